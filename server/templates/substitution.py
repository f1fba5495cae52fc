"""Parameters in the steps and options of a template: where they stand, and putting values there.

Three objects with a single member are not what they look like:

    {"parameter": "day"}                             the value of the parameter, whatever its type
    {"text": ["s3://lake/", {"parameter": "day"}]}   a text put together of texts and of strings or integers
    {"literal": …}                                   what it holds, as it is: an argument that looks like one of these

`text` is one of them only where its list holds a parameter: `{"text": ["a"]}` is an object like any other. A value that
is put in is not looked into, so it can bring nothing but itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.check import escape
from server.strict_json import dump


@dataclass(frozen=True)
class Place:
    """Where one of the three stands."""

    #: JSON pointer into the template.
    pointer: str
    #: parameter, text or literal.
    form: str
    #: The parameters that it names: texts, if the template is right, and None for what can name none.
    names: tuple[Any, ...] = ()


class TooLarge(Exception):
    """What is put in is too large."""


def form_of(value: object) -> str | None:
    """Which of the three an object is; None: none."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((name, inner),) = value.items()
    if name in ("parameter", "literal"):
        return str(name)
    if name == "text" and isinstance(inner, list) and any(form_of(part) == "parameter" for part in inner):
        return "text"
    return None


def places(value: object, pointer: str) -> Iterator[Place]:
    """All places in a value, in order.

    Args:
        value: Steps or options.
        pointer: Where the value stands.
    """
    form = form_of(value)
    if form is not None and isinstance(value, dict):
        inner = value[form]
        parts = inner if form == "text" else [value] if form == "parameter" else []
        yield Place(pointer, form, tuple(_name(part) for part in parts if not isinstance(part, str)))
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, f"{pointer}/{escape(name)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, f"{pointer}/{index}")


def _name(part: Any) -> Any:
    return part["parameter"] if form_of(part) == "parameter" else None


def place_of(pointer: str, found: Mapping[str, Place]) -> tuple[Place, str] | None:
    """The place at or above a pointer, and what of the pointer leads on from there; None: there is none."""
    parts = pointer.split("/")
    for count in range(len(parts), 0, -1):
        place = found.get("/".join(parts[:count]))
        if place is not None:
            return place, "".join(f"/{part}" for part in parts[count:])
    return None


class Substitution:
    """Puts values in the places of a template, and counts how much that is."""

    def __init__(self, values: Mapping[str, Any], *, most_bytes: int) -> None:
        """Puts in nothing yet.

        Args:
            values: By parameter.
            most_bytes: Most that may be put in, as JSON.
        """
        self._values = values
        self._sizes = {name: len(dump(value)) for name, value in values.items()}
        self._left = most_bytes

    def fill(self, value: Any) -> Any:
        """A value with all places filled; a new one where there are any.

        Raises:
            TooLarge: When that is more than may be put in: a large value in many places.
        """
        form = form_of(value)
        if form == "parameter":
            return self._value(value["parameter"])
        if form == "text":
            return "".join(
                str(self._value(part["parameter"])) if isinstance(part, dict) else part for part in value["text"]
            )
        if form == "literal":
            return value["literal"]
        if isinstance(value, dict):
            return {name: self.fill(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return value

    def _value(self, name: str) -> Any:
        self._left -= self._sizes[name]
        if self._left < 0:
            raise TooLarge
        return self._values[name]
