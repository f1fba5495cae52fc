"""Checking one step: its form, its arguments, and whether earlier steps made what it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from functions.argument_faults import argument_faults, too_many
from functions.check import Fault, Flow, escape, way
from functions.definition import TITLES, Function
from functions.workspace import Dataset, Frame, Lines, Objects, Rows, Tables


class StepFaults(Exception):
    """Some steps are wrong; `faults` lists every mistake found."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))


@dataclass(frozen=True)
class Call:
    """A checked step: a function and its arguments by name."""

    index: int
    function: Function
    arguments: Mapping[str, Any]
    #: The step as it stands in the job.
    step: object

    def pointer(self, argument: str | None = None, at: Sequence[str | int] = ()) -> str:
        """The JSON pointer to a part of the step, such as `/steps/2/1/0`; to the step itself where that has none.

        Args:
            argument: The argument; None: the step.
            at: The way into it, from the outside in; see `StepFailed`.
        """
        place = f"/steps/{self.index}"
        names = [parameter.name for parameter in self.function.parameters]
        if argument not in names:
            return place
        first = names.index(argument) + 1 if isinstance(self.step, list) else argument
        parts = list(way(self.step, (first, *at)))
        # What was left out has no place, and no parts.
        return place + "".join(f"/{escape(part)}" for part in parts) if parts[:1] == [str(first)] else place


def name_and_arguments(step: object, pointer: str) -> tuple[str, list[Any] | dict[str, Any]]:
    """A step's function and its arguments, in order or by name.

    Raises:
        StepFaults: When it has neither form of a step.
    """
    shape = 'a step is a list such as ["take", 5], or an object such as {"function": "take", "amount": 5}'
    if isinstance(step, dict):
        name = step.get("function")
        if not isinstance(name, str):
            raise StepFaults([Fault(f"{pointer}/function", "must be the name of a function", shape)])
        return name, {key: value for key, value in step.items() if key != "function"}
    if not isinstance(step, list):
        raise StepFaults([Fault(pointer, f"must be a list or an object, not {_json_type(step)}", shape)])
    if not step:
        raise StepFaults([Fault(pointer, "is empty", shape)])
    if not isinstance(step[0], str):
        raise StepFaults([Fault(f"{pointer}/0", f"must be the name of a function, not {_json_type(step[0])}", shape)])
    return step[0], step[1:]


def arguments_of(found: Function, given: list[Any] | dict[str, Any], pointer: str, flow: Flow) -> dict[str, Any]:
    """The arguments by name, checked.

    Raises:
        StepFaults: With every mistake in them.
    """
    names = [parameter.name for parameter in found.parameters]
    faults: list[Fault] = []
    if isinstance(given, list):
        faults += too_many(found, given, pointer)
        named = dict(zip(names, given, strict=False))
    else:
        named = given
    try:
        checked = found.model.model_validate(named, context=flow)
    except ValidationError as error:
        faults += argument_faults(found, error, given, pointer, flow)
    if faults:
        raise StepFaults(faults)
    return {name: getattr(checked, name) for name in names}


def flow_faults(found: Function, pointer: str, flow: Flow) -> list[Fault]:
    """What the step takes and no earlier step made."""
    faults = []
    if Tables in found.takes and flow.tables is None and flow.tables_known:
        detail = f"`{found.name}` takes tables, and no earlier step made any"
        faults.append(Fault(pointer, detail, "name_table makes a table of the current rows"))
    wanted = found.frame_taken
    if wanted is None:
        return faults
    if flow.frame is None:
        detail = f"`{found.name}` takes {TITLES[wanted]}, and no earlier step produced any"
        faults.append(Fault(pointer, detail, "start with a source such as load_rdd"))
    elif flow.frame is not Frame and not issubclass(flow.frame, wanted):
        detail = f"`{found.name}` takes {TITLES[wanted]}, and here the job has {TITLES[flow.frame]}"
        faults.append(Fault(pointer, detail, _OTHER_KIND.get((flow.frame, wanted))))
    return faults


#: What to do where a job has one kind of frame and a step takes another.
_OTHER_KIND = {
    (Lines, Objects): "jsonify makes objects of lines",
    (Objects, Rows): "load_json makes rows; or make a table of the objects (group_by_table), and then use_table",
    (Objects, Lines): "the objects were parsed already",
    (Rows, Lines): "put this step right behind load_text",
    (Rows, Objects): "name_table and the steps that take tables; or jsonify right behind load_text, instead of rows",
}


def advance(found: Function, flow: Flow, parts: dict[str, tuple[str, ...]] | None) -> None:
    """What the flow holds after the step; tables and parts are noted by the argument types themselves.

    A step that gives a frame and notes no parts of its own leaves none: `parts` are those before the step.
    """
    if found.gives is None or found.keeps_kind:
        return
    if issubclass(found.gives, Frame):
        flow.frame = found.gives
        if flow.parts is parts:
            flow.parts = None
    elif issubclass(found.gives, Tables):
        flow.tables = flow.tables or set()
    elif issubclass(found.gives, Dataset):
        flow.dataset = True


def _json_type(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
