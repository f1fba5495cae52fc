"""What a catalog function is: `@function` turns a plain function into a documented step.

A function's signature says everything:

- the first parameters whose types are of the workspace (`Lines`, `Objects`, `Rows`, `Frame`, `Tables`) are what the
  step takes: a frame, the tables, or both;
- the other positional parameters are the step's arguments, in order or by name;
- keyword-only parameters are collaborators that the runner hands in (`Storage`, `Rejects`);
- the return annotation is what the step gives. `Frame` means the kind of frame that it took.

The docstring's `Example:` is a job, one step a line, whose last step of this name is the function's own example.
"""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

import docstring_parser
from pydantic import BaseModel, ConfigDict, create_model

from functions.workspace import Dataset, Frame, Lines, Objects, Rows, Tables

#: What a step takes and gives, in words.
TITLES = {
    Lines: "lines",
    Objects: "objects",
    Rows: "rows",
    Frame: "a frame",
    Tables: "tables",
    Dataset: "a dataset",
}
_TAKEN = (Frame, Tables)

#: A step as it stands in a job: a list, or an object with the arguments by name.
Step = list[Any] | dict[str, Any]


class BadDefinition(TypeError):
    """A catalog function is not written as the catalog needs it."""


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
    #: A job that runs; its last step of this name is `example`.
    example_steps: tuple[Step, ...]
    example: Step
    #: What it takes of the workspace: nothing, a frame, the tables, or both.
    takes: tuple[type, ...]
    gives: type | None
    collaborators: Mapping[str, type]
    model: type[BaseModel]

    @property
    def frame_taken(self) -> type[Frame] | None:
        """The kind of frame that it takes, if it takes one."""
        return next((kind for kind in self.takes if issubclass(kind, Frame)), None)

    @property
    def keeps_kind(self) -> bool:
        """Whether it gives the kind of frame that it took."""
        return self.gives is Frame and self.frame_taken is not None

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
            "takes": " and ".join(TITLES[kind] for kind in self.takes) or None,
            "gives": TITLES[self.gives] if self.gives else None,
            "arguments": [
                {"name": p.name, "description": p.description, "required": p.required}
                | ({} if p.required else {"default": p.default})
                for p in self.parameters
            ],
            "parameters": self.json_schema,
            "example": self.example,
            "example_steps": list(self.example_steps),
        }


def function(call: Callable[..., Any]) -> Function:
    """Makes a catalog function of a plain function; see the module.

    Raises:
        BadDefinition: When the signature or docstring lacks something; the message says what.
    """
    name = getattr(call, "__name__", repr(call))
    hints = get_type_hints(call, include_extras=True)
    if "return" not in hints:
        raise BadDefinition(f"{name}: needs a return annotation that says what it gives (None for nothing)")
    takes: list[type] = []
    positional: list[inspect.Parameter] = []
    collaborators: dict[str, type] = {}
    for parameter in inspect.signature(call).parameters.values():
        if parameter.name not in hints:
            raise BadDefinition(f"{name}: parameter `{parameter.name}` needs an annotation")
        annotation = hints[parameter.name]
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            collaborators[parameter.name] = annotation
        elif not positional and isinstance(annotation, type) and issubclass(annotation, _TAKEN):
            takes.append(annotation)
        else:
            positional.append(parameter)
    text = docstring_parser.parse(inspect.getdoc(call) or "", style=docstring_parser.DocstringStyle.GOOGLE)
    if not text.short_description:
        raise BadDefinition(f"{name}: needs a docstring with a summary")
    described = {item.arg_name: (item.description or "").strip() for item in text.params}
    missing = [p.name for p in positional if not described.get(p.name)]
    if missing:
        raise BadDefinition(f"{name}: `Args:` does not describe {', '.join(missing)}")
    example_steps = tuple(_steps(name, text.examples[0].description if text.examples else None))
    return Function(
        name=name,
        call=call,
        group=call.__module__.rpartition(".")[0].rpartition(".")[2],
        summary=text.short_description,
        description=(text.long_description or "").strip(),
        parameters=tuple(_parameter(p, described[p.name]) for p in positional),
        example_steps=example_steps,
        example=next(step for step in reversed(example_steps) if name_of(step) == name),
        takes=tuple(takes),
        gives=None if hints["return"] is type(None) else hints["return"],
        collaborators=collaborators,
        model=_model(name, positional, hints, described),
    )


def name_of(step: list[Any] | dict[str, Any]) -> Any:
    """The name of the function in a step of either form."""
    return step["function"] if isinstance(step, dict) else step[0]


def _parameter(found: inspect.Parameter, description: str) -> Parameter:
    is_required = found.default is inspect.Parameter.empty
    return Parameter(found.name, description, is_required, None if is_required else found.default)


def _model(
    name: str, positional: list[inspect.Parameter], hints: Mapping[str, Any], described: Mapping[str, str]
) -> type[BaseModel]:
    fields: dict[str, Any] = {
        p.name: (hints[p.name], ... if p.default is inspect.Parameter.empty else p.default) for p in positional
    }
    config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)
    with warnings.catch_warnings():
        # An argument may be called `schema`, as an old method of models is, which nobody calls here.
        warnings.filterwarnings("ignore", message="Field name .* shadows an attribute")
        model = create_model(f"{name}_arguments", __config__=config, **fields)
    for parameter in positional:
        model.model_fields[parameter.name].description = described[parameter.name]
    model.model_rebuild(force=True)
    return model


def _steps(name: str, text: str | None) -> Iterator[Step]:
    """The steps of an example, one after the other: lists, or objects."""
    decoder = json.JSONDecoder()
    rest = (text or "").strip()
    has_own = False
    while rest:
        try:
            step, end = decoder.raw_decode(rest)
        except json.JSONDecodeError as error:
            raise BadDefinition(f"{name}: `Example:` is not JSON: {error}") from error
        has_own |= name_of(step) == name
        yield step
        rest = rest[end:].lstrip()
    if not has_own:
        raise BadDefinition(f"{name}: needs an `Example:` with a step as JSON")
