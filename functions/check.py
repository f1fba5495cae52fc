"""What is known while a job's steps are checked, before anything runs.

Arguments whose types stand in `functions/arguments/` are checked against what earlier steps produced. pydantic hands
each validator the `Flow` as its context, so every fault carries the exact place of the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from functions.names import near
from functions.storage.roots import Roots
from functions.storage.s3_allow import AllowList
from functions.workspace import Frame


@dataclass
class Flow:
    """What the steps so far have produced, by kind and by name; no data."""

    roots: Roots
    #: What jobs may use on S3; every list must allow a path.
    s3: tuple[AllowList, ...] = ()
    #: Raises a ValueError that says what is wrong with the URL of a webhook; None: nobody asks.
    check_url: Callable[[str], object] | None = None
    frame: type[Frame] | None = None
    #: Fields by table, once `split_into_tables` has run; None while the objects' fields are unknown.
    parts: dict[str, tuple[str, ...]] | None = None
    #: Names of the tables that exist; None until a step makes some.
    tables: set[str] | None = None
    #: False once a step that may have made tables is at fault: then no missing table is reported, since the
    #: first mistake may be its cause.
    tables_known: bool = True
    #: Names of the tables whose rows have become ordered lists, which have no fields.
    lists: set[str] = field(default_factory=set)
    dataset: bool = False
    warnings: list[str] = field(default_factory=list)
    #: Near names that may still be looked for: it takes time, and after so many no one reads them.
    hints: int = 100

    def near(self, name: str, names: Collection[str]) -> str | None:
        """A hint with the nearest of some names, or None."""
        self.hints -= 1
        return near(name, names) if self.hints >= 0 else None


@dataclass(frozen=True)
class Fault:
    """One mistake in a request: where (JSON pointer), what, and what to do."""

    pointer: str
    detail: str
    hint: str | None = None
    #: Stable name of the kind of mistake, such as path_not_allowed.
    code: str = "step_refused"

    def to_json(self) -> dict[str, str]:
        """The form in which problem documents list it."""
        return {"pointer": self.pointer, "detail": self.detail} | ({"hint": self.hint} if self.hint else {})


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults by the step that they are in, each told once; those of no step come first."""

    def step(fault: Fault) -> int:
        _, first, number, *_ = [*fault.pointer.split("/"), "", ""]
        return int(number) if first == "steps" and number.isdecimal() else -1

    once = {(fault.pointer, fault.detail): fault for fault in faults}
    return sorted(once.values(), key=step)


def escape(part: str) -> str:
    """One part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def way(value: Any, parts: Iterable[str | int]) -> Iterator[str]:
    """The way into a JSON value, as far as it leads anywhere; what the value has not is passed over.

    pydantic names other things beside keys and numbers, such as the form of an argument that it tried.

    Args:
        value: The value.
        parts: Keys and numbers, from the outside in.
    """
    for part in parts:
        is_there = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
        if is_there:
            value = value[part]
            yield str(part)


def refuse(kind: str, detail: str, hint: str | None = None) -> PydanticCustomError:
    """An error for a validator to raise; the texts may hold any characters."""
    return PydanticCustomError(kind, "{detail}", {"detail": detail, "hint": hint or ""})


def flow_of(info: ValidationInfo) -> Flow | None:
    """The flow, or None where arguments are checked by themselves."""
    return info.context if isinstance(info.context, Flow) else None
