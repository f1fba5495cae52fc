"""What is wrong with the arguments of a step: where, what, and what to do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from functions.check import Fault, Flow, escape, way
from functions.definition import Function
from functions.wording import is_of_type, worded

#: Between what is wrong with an argument as one of its forms and as another.
_OR = "; or "
_MOST_GATHERED = 20
_LONGEST_FORM = 300


def argument_faults(
    found: Function, error: ValidationError, given: list[Any] | dict[str, Any], pointer: str, flow: Flow
) -> list[Fault]:
    """The faults of arguments that do not fit; one a place.

    Args:
        found: The function.
        error: What pydantic found.
        given: The arguments, in order or by name.
        pointer: Where the step stands.
        flow: What bounds the near names that are looked for.
    """
    names = [parameter.name for parameter in found.parameters]
    named = dict(zip(names, given, strict=False)) if isinstance(given, list) else given
    faults: list[Fault] = []
    described: dict[str, str] = {}
    for item in error.errors(include_url=False):
        name = str(item["loc"][0])
        if item["type"] == "missing" and name not in named:
            faults.append(Fault(pointer, f"`{found.name}` needs the argument `{name}`", f"it takes {usage(found)}"))
        elif name not in names:
            hint = flow.near(name[:100], names) or f"it takes {usage(found)}"
            faults.append(
                Fault(f"{pointer}/{escape(name)}", f"`{found.name}` has no argument `{name[:100]}`", hint, item["type"])
            )
        else:
            first = str(names.index(name) + 1) if isinstance(given, list) else name
            place = [first, *way(named.get(name), item["loc"][1:])]
            if item["type"] == "missing":
                place.append(str(item["loc"][-1]))
            # What an argument is by default may not go with the others.
            where = f"{pointer}/{'/'.join(map(escape, place))}" if name in named else pointer
            faults.append(Fault(where, *worded(item, found.model, flow.near), item["type"]))
            described.setdefault(where, name)
    documented = {parameter.name: " ".join(parameter.description.split()) for parameter in found.parameters}
    return [_hinted(fault, described.get(fault.pointer), documented) for fault in _merged(faults)]


def too_many(found: Function, given: list[Any], pointer: str) -> list[Fault]:
    """A fault for each argument in order that a function has no parameter for."""
    if len(given) <= len(found.parameters):
        return []
    hint = _gathered(found, given) or f"`{found.name}` takes {usage(found)}"
    return [
        Fault(f"{pointer}/{i + 1}", "is one argument too many", hint) for i in range(len(found.parameters), len(given))
    ]


def _gathered(found: Function, given: list[Any]) -> str | None:
    """The right form where the first arguments are texts that belong into one list; None: it is not that."""
    texts = list(itertools.takewhile(lambda value: isinstance(value, str), given[:_MOST_GATHERED]))
    forms: list[Any] = [texts]
    if len(texts) == 2 and texts[1].lower() in ("asc", "desc"):
        forms.insert(0, [{"column": texts[0], "order": texts[1].lower()}])
    for form in forms if len(texts) > 1 else ():
        arguments = [form, *given[len(texts) :]]
        if len(arguments) > len(found.parameters):
            continue
        try:
            found.model.model_validate(
                {parameter.name: value for parameter, value in zip(found.parameters, arguments, strict=False)}
            )
        except ValidationError:
            continue
        shown = json.dumps([found.name, *arguments], ensure_ascii=False)
        return f"write {shown}" if len(shown) <= _LONGEST_FORM else None
    return None


def usage(found: Function) -> str:
    """The arguments of a function, in a line."""
    if not found.parameters:
        return "no arguments"
    return ", ".join(f"{p.name}{'' if p.required else f'={json.dumps(p.default)}'}" for p in found.parameters)


def _hinted(fault: Fault, argument: str | None, documented: Mapping[str, str]) -> Fault:
    if fault.hint or argument is None:
        return fault
    return replace(fault, hint=f"`{argument}`: {documented[argument]}")


def _merged(faults: Sequence[Fault]) -> Iterator[Fault]:
    """One fault a place: an argument that may have several forms is told what is wrong with it as each of them.

    That it is not of the type of one form says nothing where something else is wrong with it as another.
    """
    telling = {above for fault in faults if not is_of_type(fault.code) for above in _upwards(fault.pointer)}
    telling |= {above for fault in faults for above in _upwards(fault.pointer) if above != fault.pointer}
    found: dict[str, Fault] = {}
    for fault in faults:
        if is_of_type(fault.code) and fault.pointer in telling:
            continue
        known = found.setdefault(fault.pointer, fault)
        if fault.detail not in known.detail.split(_OR):
            detail = f"{known.detail}{_OR}{fault.detail}"
            found[fault.pointer] = replace(known, detail=detail, hint=known.hint or fault.hint)
    return iter(found.values())


def _upwards(pointer: str) -> Iterator[str]:
    """A place, and the places around it."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
