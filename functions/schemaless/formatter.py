"""The formatter mechanism: `@formatter` registers a plain function of one value under its name.

A formatter is given a `Value` and gives a column, of strings or tagged text, in which NULL means "no value". What it
cannot read becomes NULL; it never fails. Look-up is by dictionary only, as in the catalog.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any

import docstring_parser
from pydantic import AfterValidator
from pyspark.sql import Column

from functions.check import refuse
from functions.errors import StepFailed
from functions.names import near
from functions.schemaless.reading import Value
from functions.schemaless.tagged import Tagged

#: Where formatters live; each module of this package holds one.
PACKAGE = "functions.formatters"


@dataclass(frozen=True)
class Formatter:
    """A formatter: the plain callable and what its docstring says."""

    name: str
    call: Callable[[Value], Column | Tagged]
    #: Whether it gives tagged text, and looks at the kind of the value; the others give text, and look at text alone.
    is_tagged: bool
    summary: str
    description: str
    #: Pairs of a JSON value and what becomes of it.
    examples: tuple[tuple[Any, Any], ...]


class Formatters:
    """The formatters by name."""

    def __init__(self, found: Mapping[str, Formatter]) -> None:
        self._found = MappingProxyType(dict(sorted(found.items())))

    def __iter__(self) -> Iterator[Formatter]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def find(self, name: str, *, argument: str) -> Formatter:
        """The formatter of that name.

        Args:
            name: The formatter.
            argument: The step's argument that names it, for the message.

        Raises:
            StepFailed: When there is none.
        """
        if name not in self._found:
            raise StepFailed(f"there is no formatter `{name[:100]}`", argument=argument, hint=self.near(name))
        return self._found[name]

    def near(self, name: str) -> str:
        """A hint that names the nearest formatter, or all of them."""
        return near(name, self._found) or f"the formatters are {', '.join(self._found)}"


def formatter(call: Callable[[Value], Column | Tagged]) -> Formatter:
    """Makes a formatter of a plain function; a `_` at the end of its name keeps it apart from a builtin.

    Raises:
        TypeError: When the docstring lacks a summary or examples.
    """
    name = getattr(call, "__name__", "").rstrip("_")
    text = docstring_parser.parse(inspect.getdoc(call) or "", style=docstring_parser.DocstringStyle.GOOGLE)
    if not text.short_description or not text.examples or not text.examples[0].description:
        raise TypeError(f"formatter {name}: needs a docstring with a summary and an `Example:` of JSON pairs")
    examples = [tuple(json.loads(line)) for line in text.examples[0].description.splitlines()]
    is_tagged = inspect.signature(call, eval_str=True).return_annotation is Tagged
    return Formatter(
        name, call, is_tagged, text.short_description, (text.long_description or "").strip(), tuple(examples)
    )


def load() -> Formatters:
    """The formatters of this installation: every module of the package holds one, named for its file."""
    found: dict[str, Formatter] = {}
    for module_info in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__):
        module = importlib.import_module(f"{PACKAGE}.{module_info.name}")
        defined = [value for value in vars(module).values() if isinstance(value, Formatter)]
        if [item.name for item in defined] != [module_info.name.rstrip("_")]:
            raise TypeError(f"{module.__name__} must hold one formatter, named {module_info.name}")
        found[defined[0].name] = defined[0]
    return Formatters(found)


@cache
def formatters() -> Formatters:
    """The formatters, loaded once; they only exist after this module, which each of them imports."""
    return load()


def _known(name: str) -> str:
    if name not in formatters():
        raise refuse("no_such_formatter", f"there is no formatter `{name[:100]}`", formatters().near(name))
    return name


#: The name of a formatter.
FormatterName = Annotated[str, AfterValidator(_known)]

__all__ = ["Formatter", "FormatterName", "Formatters", "formatter", "formatters", "load"]
