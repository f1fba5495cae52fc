"""The catalog: the functions of this installation by name, and the check of a whole job against them.

Look-up is by dictionary only: no text of a request ever reaches `getattr`, `import_module` or `eval`.
"""

from __future__ import annotations

import importlib.util
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, ModuleType

from functions.check import Fault, Flow
from functions.definition import BadDefinition, Function, function
from functions.familiar_names import familiar
from functions.names import near, nearest
from functions.steps import Call, StepFaults, advance, arguments_of, flow_faults, name_and_arguments
from functions.usage import unused, without_effect
from functions.workspace import Frame, Tables

__all__ = ["BadDefinition", "Call", "Catalog", "Function", "StepFaults", "function", "load"]

#: Where catalog functions live; each module of these packages holds one.
_GROUPS = ("sources", "frames", "tables", "columns", "rows", "relations", "quality", "control", "results", "sinks")
PACKAGES = tuple(f"functions.{group}" for group in _GROUPS)


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
        """A hint that names the function that is called so elsewhere, or is nearest to a misspelt name, or None."""
        elsewhere = familiar(name, self._functions)
        return near(name, self._functions) if elsewhere is None else f"here it is called `{elsewhere}`"

    def meant(self, name: str) -> Function | None:
        """The function of that name, or the one that a hint would name."""
        found = name if name in self._functions else familiar(name, self._functions) or nearest(name, self._functions)
        return None if found is None else self._functions[found]

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
        calls, faults = self.checked(steps, flow, max_steps=max_steps)
        if faults:
            raise StepFaults(faults)
        return calls

    def checked(self, steps: object, flow: Flow, *, max_steps: int = 100) -> tuple[list[Call], list[Fault]]:
        """Calls for the steps that hold no mistake, and the mistakes of the others; see `check`."""
        if not isinstance(steps, list):
            return [], [Fault("/steps", "must be a list of steps", 'such as [["load_rdd", "README.md"]]')]
        if not steps:
            return [], [Fault("/steps", "must hold at least one step")]
        if len(steps) > max_steps:
            return [], [Fault("/steps", f"has {len(steps)} steps; the limit is {max_steps}")]
        calls: list[Call] = []
        faults: list[Fault] = []
        for index, step in enumerate(steps):
            try:
                calls.append(self._check_step(index, step, flow))
            except StepFaults as error:
                faults.extend(error.faults)
        if not faults:
            flow.warnings += [*unused(calls), *without_effect(calls)]
        return calls, faults

    def _check_step(self, index: int, step: object, flow: Flow) -> Call:
        pointer = f"/steps/{index}"
        name, given = name_and_arguments(step, pointer)
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
        faults = flow_faults(found, pointer, flow)
        parts = flow.parts
        try:
            arguments = arguments_of(found, given, pointer, flow)
        except StepFaults as error:
            faults.extend(error.faults)
        advance(found, flow, parts)
        if faults:
            if found.gives is Tables:
                flow.tables_known = False
            raise StepFaults(faults)
        return Call(index, found, arguments, step)


def load(own: Path | None = None) -> Catalog:
    """The catalog of this installation: every module of `PACKAGES` holds one function, named for its file.

    Args:
        own: A folder of the operator's own functions, one a file, too; None: there is none.

    Raises:
        BadDefinition: When a file cannot be read, holds no such function, or one whose name is taken.
    """
    found: dict[str, Function] = {}
    for package_name in PACKAGES:
        package = importlib.import_module(package_name)
        for module_info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package_name}.{module_info.name}")
            found[module_info.name] = _defined(module, module_info.name, module.__name__)
    for file in _files(own) if own is not None else ():
        if file.stem in found:
            raise BadDefinition(f"{file}: the catalog has a function `{file.stem}` already; choose another name")
        found[file.stem] = replace(_defined(_module(file), file.stem, str(file)), group=OWN)
    return Catalog(found)


#: The group of an operator's own functions.
OWN = "own"


def _defined(module: ModuleType, name: str, place: str) -> Function:
    defined = [value for value in vars(module).values() if isinstance(value, Function)]
    if [item.name for item in defined] != [name]:
        shown = ", ".join(f"`{item.name}`" for item in defined) or "none"
        raise BadDefinition(f"{place} must hold one catalog function, named {name}; it holds {shown}")
    return defined[0]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadDefinition(f"{folder} is no folder of functions")
    return sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))


def _module(file: Path) -> ModuleType:
    """Runs an operator's own file: its code is trusted as the server's is."""
    if not file.stem.isidentifier():
        raise BadDefinition(f"{file}: a function cannot be named `{file.stem}`")
    name = f"speedy_own_functions.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise BadDefinition(f"{file} cannot be read")
    module = importlib.util.module_from_spec(spec)
    # Annotations are looked up in the module by its name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BadDefinition as error:
        raise BadDefinition(f"{file}: {error}") from error
    except (Exception, SystemExit) as error:  # one that ends the process would end the server without a word
        raise BadDefinition(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    return module
