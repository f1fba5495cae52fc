"""The catalog mechanism: `@function` turns a plain function into a checked, documented step.

A function's signature says everything:

- the first parameter, if its type is a workspace type (`Lines`, `Objects`, `Frame`, `Tables`), is what the step takes;
- the other positional parameters are the step's arguments, in order or by name;
- keyword-only parameters are collaborators that the runner hands in (`Storage`, `Rejects`);
- the return annotation is what the step gives.

Look-up is by dictionary only: no text of a request ever reaches `getattr`, `import_module` or `eval`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, get_type_hints

import docstring_parser
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from functions.check import Fault, Flow
from functions.names import near
from functions.workspace import Dataset, Frame, Lines, Objects, Tables

#: Where catalog functions live; each module of these packages holds one.
PACKAGES = ("functions.sources", "functions.frames", "functions.tables", "functions.sinks")

_TITLES = {Lines: "lines", Objects: "objects", Frame: "a frame", Tables: "tables", Dataset: "a dataset"}
_KINDS = (Frame, Tables, Dataset)


class BadDefinition(TypeError):
    """A catalog function is not written as the catalog needs it."""


class StepFaults(Exception):
    """Some steps are wrong; `faults` lists every mistake found."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))


@dataclass(frozen=True)
class Parameter:
    """One argument of a step."""

    name: str
    description: str
    required: bool
    default: object = None


@dataclass(frozen=True)
class Function:
    """A catalog function: the plain callable and all that its signature and docstring say."""

    name: str
    call: Callable[..., Any]
    group: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    example: list[Any]
    takes: type | None
    takes_name: str | None
    gives: type | None
    collaborators: Mapping[str, type]
    model: type[BaseModel]

    @cached_property
    def json_schema(self) -> dict[str, Any]:
        """The arguments as a JSON Schema object, keyed by parameter name."""
        schema = self.model.model_json_schema()
        schema["title"] = self.name
        return schema

    def to_json(self) -> dict[str, Any]:
        """What `GET /functions/{name}` shows."""
        return {
            "name": self.name,
            "group": self.group,
            "summary": self.summary,
            "description": self.description,
            "takes": _TITLES[self.takes] if self.takes else None,
            "gives": _TITLES[self.gives] if self.gives else None,
            "arguments": [
                {"name": p.name, "description": p.description, "required": p.required}
                | ({} if p.required else {"default": p.default})
                for p in self.parameters
            ],
            "parameters": self.json_schema,
            "example": self.example,
        }


@dataclass(frozen=True)
class Call:
    """A checked step: a function and its arguments by name."""

    index: int
    function: Function
    arguments: Mapping[str, Any]


class Catalog:
    """The functions by name."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = MappingProxyType(dict(sorted(functions.items())))

    def __iter__(self) -> Iterator[Function]:
        return iter(self._functions.values())

    def __len__(self) -> int:
        return len(self._functions)

    def find(self, name: str) -> Function | None:
        """The function of that name, or None."""
        return self._functions.get(name)

    def near(self, name: str) -> str | None:
        """A hint that names the function nearest to a misspelt name, or None."""
        return near(name, self._functions)

    def check(self, steps: object, flow: Flow, *, max_steps: int = 100) -> list[Call]:
        """Checks a job's steps against the catalog and the flow of what they produce.

        Args:
            steps: The `steps` value of a request, as parsed from JSON.
            flow: What exists before the first step; updated on the way.
            max_steps: The most steps that a job may have.

        Returns:
            A call for each step.

        Raises:
            StepFaults: With every fault found, each with a JSON pointer such as `/steps/2/1`.
        """
        if not isinstance(steps, list):
            raise StepFaults([Fault("/steps", "must be a list of steps", 'such as [["load_rdd", "README.md"]]')])
        if not steps:
            raise StepFaults([Fault("/steps", "must hold at least one step")])
        if len(steps) > max_steps:
            raise StepFaults([Fault("/steps", f"has {len(steps)} steps; the limit is {max_steps}")])
        calls: list[Call] = []
        faults: list[Fault] = []
        for index, step in enumerate(steps):
            try:
                calls.append(self._check_step(index, step, flow))
            except StepFaults as error:
                faults.extend(error.faults)
        if faults:
            raise StepFaults(faults)
        return calls

    def _check_step(self, index: int, step: object, flow: Flow) -> Call:
        pointer = f"/steps/{index}"
        name, given = _name_and_arguments(step, pointer)
        found = self.find(name)
        if found is None:
            where = f"{pointer}/0" if isinstance(step, list) else f"{pointer}/function"
            flow.frame, flow.parts, flow.tables_known = Frame, None, False
            raise StepFaults(
                [
                    Fault(
                        where,
                        f"there is no function `{name[:100]}`",
                        self.near(name[:100]) or "GET /functions lists all",
                    )
                ]
            )
        faults = _flow_faults(found, pointer, flow)
        parts = flow.parts
        try:
            arguments = _arguments(found, given, pointer, flow)
        except StepFaults as error:
            faults.extend(error.faults)
        _advance(found, flow, parts)
        if faults:
            if found.gives is Tables:
                flow.tables_known = False
            raise StepFaults(faults)
        return Call(index, found, arguments)


def function(call: Callable[..., Any]) -> Function:
    """Makes a catalog function of a plain function; see the module.

    Raises:
        BadDefinition: When the signature or docstring lacks something; the message says what.
    """
    name = getattr(call, "__name__", repr(call))
    hints = get_type_hints(call, include_extras=True)
    signature = inspect.signature(call)
    if "return" not in hints:
        raise BadDefinition(f"{name}: needs a return annotation that says what it gives (None for nothing)")
    gives = None if hints["return"] is type(None) else hints["return"]
    takes, takes_name = None, None
    positional: list[inspect.Parameter] = []
    collaborators: dict[str, type] = {}
    for place, parameter in enumerate(signature.parameters.values()):
        if parameter.name not in hints:
            raise BadDefinition(f"{name}: parameter `{parameter.name}` needs an annotation")
        annotation = hints[parameter.name]
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            collaborators[parameter.name] = annotation
        elif place == 0 and isinstance(annotation, type) and issubclass(annotation, _KINDS):
            takes, takes_name = annotation, parameter.name
        else:
            positional.append(parameter)
    text = docstring_parser.parse(inspect.getdoc(call) or "", style=docstring_parser.DocstringStyle.GOOGLE)
    if not text.short_description:
        raise BadDefinition(f"{name}: needs a docstring with a summary")
    described = {item.arg_name: (item.description or "").strip() for item in text.params}
    missing = [p.name for p in positional if not described.get(p.name)]
    if missing:
        raise BadDefinition(f"{name}: `Args:` does not describe {', '.join(missing)}")
    if not text.examples or not text.examples[0].description:
        raise BadDefinition(f"{name}: needs an `Example:` with a step as JSON")
    fields: dict[str, Any] = {
        p.name: (hints[p.name], ... if p.default is inspect.Parameter.empty else p.default) for p in positional
    }
    model = create_model(
        f"{name}_arguments",
        __config__=ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True),
        **fields,
    )
    for parameter in positional:
        model.model_fields[parameter.name].description = described[parameter.name]
    model.model_rebuild(force=True)
    return Function(
        name=name,
        call=call,
        group=call.__module__.rpartition(".")[0].rpartition(".")[2],
        summary=text.short_description,
        description=(text.long_description or "").strip(),
        parameters=tuple(
            Parameter(
                p.name,
                described[p.name],
                p.default is inspect.Parameter.empty,
                None if p.default is inspect.Parameter.empty else p.default,
            )
            for p in positional
        ),
        example=json.loads(text.examples[0].description),
        takes=takes,
        takes_name=takes_name,
        gives=gives,
        collaborators=collaborators,
        model=model,
    )


def load() -> Catalog:
    """The catalog of this installation: every module of `PACKAGES` holds one function, named for its file."""
    found: dict[str, Function] = {}
    for package_name in PACKAGES:
        package = importlib.import_module(package_name)
        for module_info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package_name}.{module_info.name}")
            defined = [value for value in vars(module).values() if isinstance(value, Function)]
            if [item.name for item in defined] != [module_info.name]:
                raise BadDefinition(f"{module.__name__} must hold one catalog function, named {module_info.name}")
            found[defined[0].name] = defined[0]
    return Catalog(found)


def _name_and_arguments(step: object, pointer: str) -> tuple[str, list[Any] | dict[str, Any]]:
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


def _arguments(found: Function, given: list[Any] | dict[str, Any], pointer: str, flow: Flow) -> dict[str, Any]:
    names = [parameter.name for parameter in found.parameters]
    faults: list[Fault] = []
    if isinstance(given, list):
        usage = f"`{found.name}` takes {_usage(found)}"
        faults += [
            Fault(f"{pointer}/{i + 1}", "is one argument too many", usage) for i in range(len(names), len(given))
        ]
        named = dict(zip(names, given, strict=False))
    else:
        named = given
    try:
        checked = found.model.model_validate(named, context=flow)
    except ValidationError as error:
        faults += [_fault(found, dict(item), pointer, isinstance(given, list)) for item in error.errors()]
    if faults:
        raise StepFaults(faults)
    return {name: getattr(checked, name) for name in names}


def _fault(found: Function, item: dict[str, Any], pointer: str, positional: bool) -> Fault:
    place = [part for part in item["loc"] if part != "[key]"]
    name = str(place[0])
    names = [parameter.name for parameter in found.parameters]
    if item["type"] == "missing" and len(place) == 1:
        return Fault(pointer, f"`{found.name}` needs the argument `{name}`", f"it takes {_usage(found)}")
    if item["type"] == "extra_forbidden" and len(place) == 1:
        hint = near(name, names) or f"it takes {_usage(found)}"
        return Fault(f"{pointer}/{escape(name)}", f"`{found.name}` has no argument `{name[:100]}`", hint)
    first = str(names.index(name) + 1) if positional else name
    where = "/".join(escape(str(part)) for part in (first, *place[1:]))
    described = next((p.description for p in found.parameters if p.name == name), "")
    hint = (item.get("ctx") or {}).get("hint") or f"`{name}`: {described}"
    return Fault(f"{pointer}/{where}", str(item["msg"]), hint, str(item["type"]))


def _flow_faults(found: Function, pointer: str, flow: Flow) -> list[Fault]:
    if found.takes is None:
        return []
    if issubclass(found.takes, Tables):
        if flow.tables is None and flow.tables_known:
            return [
                Fault(
                    pointer,
                    f"`{found.name}` takes tables, and no earlier step made any",
                    "group_by_table makes tables of objects",
                )
            ]
        return []
    if flow.frame is None:
        return [
            Fault(
                pointer,
                f"`{found.name}` takes {_TITLES[found.takes]}, and no earlier step produced any",
                "start with a source such as load_rdd",
            )
        ]
    if flow.frame is not Frame and not issubclass(flow.frame, found.takes):
        hint = "jsonify makes objects of lines" if found.takes is Objects else None
        return [
            Fault(
                pointer,
                f"`{found.name}` takes {_TITLES[found.takes]}, and here the job has {_TITLES[flow.frame]}",
                hint,
            )
        ]
    return []


def _advance(found: Function, flow: Flow, parts: dict[str, tuple[str, ...]] | None) -> None:
    """What the flow holds after the step; tables and parts are noted by the argument types themselves.

    A step that gives a frame and notes no parts of its own leaves none: `parts` are those before the step.
    """
    if found.gives is None:
        return
    if issubclass(found.gives, Frame):
        flow.frame = found.gives
        if flow.parts is parts:
            flow.parts = None
    elif issubclass(found.gives, Tables):
        flow.tables = flow.tables or set()
    elif issubclass(found.gives, Dataset):
        flow.dataset = True


def _usage(found: Function) -> str:
    if not found.parameters:
        return "no arguments"
    return ", ".join(f"{p.name}{'' if p.required else f'={json.dumps(p.default)}'}" for p in found.parameters)


def _json_type(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def escape(part: str) -> str:
    """One part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")
