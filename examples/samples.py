"""Puts the data that the jobs in `jobs/` read into a folder: `python examples/samples.py data/samples`.

It comes out of Python packages that hold public data; `./start.sh setup` installs them.
"""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path


def copy_samples(folder: Path) -> Path:
    """Copies the files, as they are, and makes one file of JSON lines of those of `countryinfo`.

    Returns:
        The folder.
    """
    (folder / "countries").mkdir(parents=True, exist_ok=True)
    for package, data in {"vega_datasets": "_data", "pycountry": "databases"}.items():
        for path in (_package(package) / data).iterdir():
            if path.suffix in {".csv", ".json"}:
                shutil.copy(path, folder)
    shutil.copy(_package("botocore") / "data" / "endpoints.json", folder / "aws-endpoints.json")
    countries = sorted((_package("countryinfo") / "data").glob("*.json"))
    for path in countries:
        shutil.copy(path, folder / "countries")
    lines = [json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False) for path in countries]
    (folder / "countries.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {name} is not installed: ./start.sh setup")
    return Path(spec.origin).parent


if __name__ == "__main__":
    print(copy_samples(Path(sys.argv[1] if len(sys.argv) > 1 else "data/samples")))
