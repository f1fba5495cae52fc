"""Writes the settings' table in `docs/operations.md` from the settings themselves: `python -m server.docs`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from server.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"

_BEGIN = "<!-- settings: written by `python -m server.docs` -->"
_END = "<!-- end of settings -->"


def table() -> str:
    """All settings, as a Markdown table."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `{_variable(name, field)}` | {_default(field.get_default())} | {field.description} |")
    return "\n".join(rows)


def page(text: str) -> str:
    """The page with its table as it should be.

    Raises:
        ValueError: When the page has no place for the table.
    """
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"the page lacks `{_BEGIN}` or `{_END}`")
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def _variable(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"SPEEDY_{name.upper()}"


def _default(value: Any) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return f"`{text}`" if text else "empty"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
