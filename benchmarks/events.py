"""Generates nested events, one JSON object a line: `python -m benchmarks.events COUNT FILE`.

1,000,000 are about 450 MB. The same count gives the same file. Events are schema-free as the catalog allows: `items`
may be a list, an empty list or absent, `customer.sex` may be null, and one line in 10,000 is not JSON.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

_CITIES = ("Recife", "São Paulo", "Porto Alegre", "Belém", "Curitiba", "Manaus")
_WORDS = ("order", "customer", "parcel", "late", "urgent", "gift", "return", "call", "before", "noon", "porta", "ação")


def event(number: int, draw: random.Random) -> dict[str, Any]:
    """One event of about 450 bytes."""
    items = [
        {
            "sku": f"SKU-{draw.randrange(10_000):05d}",
            "quantity": draw.randrange(1, 9),
            "price": round(draw.random() * 500, 2),
        }
        for _ in range(draw.randrange(4))
    ]
    value: dict[str, Any] = {
        "id": number,
        "created_at": f"2018-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}T{draw.randrange(24):02d}:15:00",
        "customer": {
            "name": f" Customer {draw.randrange(100_000)} ",
            "cpf": f"{draw.randrange(10**11):011d}",
            "sex": draw.choice(("masculino", "feminino", None)),
            "address": {"city": draw.choice(_CITIES), "cep": f"{draw.randrange(10**8):08d}"},
        },
        "total": round(draw.random() * 2000, 2),
        "note": " ".join(draw.choices(_WORDS, k=draw.randrange(14, 33))),
    }
    if draw.random() < 0.9:
        value["items"] = items
    return value


def write(count: int, path: Path) -> None:
    """Writes `count` lines to a file."""
    draw = random.Random(20180121)
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            line = json.dumps(event(number, draw), ensure_ascii=False)
            out.write((line[: len(line) // 2] if number % 10_000 == 9_999 else line) + "\n")


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
