"""Parameters of a template: what is declared of them, and whether a value fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from functions.check import Fault, escape
from functions.names import near
from server.errors import InvalidRequest
from server.faults import read_model
from server.templates.template import NAME_RULE, is_name

_MOST = 100
_MOST_CHOICES = 1000
_EXAMPLE = '{"type": "string", "default": "data/in.jsonl"}'
_NUMBERS = ("integer", "number")
#: Types whose values have a length.
_LONG = ("string", "list")

_Kind = Literal["string", "integer", "number", "boolean", "list", "object"]
_Length = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Declaration(BaseModel):
    """What is declared of one parameter."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)

    type: _Kind
    description: Annotated[str, StringConstraints(max_length=1000)] | None = None
    #: What it is where no value is given; without the member a value is needed. `null` is a default, too.
    default: Any = None
    #: The values that it may have.
    enum: Annotated[list[Any], Field(min_length=1, max_length=_MOST_CHOICES)] | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    #: Characters of a string, elements of a list.
    min_length: _Length | None = None
    max_length: _Length | None = None

    @property
    def is_required(self) -> bool:
        """Whether a value must be given."""
        return "default" not in self.model_fields_set

    @property
    def takes_null(self) -> bool:
        """Whether null is a value of it: where it is the default."""
        return not self.is_required and self.default is None

    def fault(self, value: object) -> tuple[str, str | None] | None:
        """What is wrong with a value, and a hint; None: it fits."""
        if value is None and self.takes_null:
            return None
        if not _is_a(self.type, value):
            return f"must be {_article(self.type)}, not {_kind_of(value)}", self.description
        if self.enum is not None and not any(_same(value, choice) for choice in self.enum):
            return "is none of the values that it may have", _choices(value, self.enum)
        return self._beyond(value)

    def _beyond(self, value: Any) -> tuple[str, str | None] | None:
        if self.minimum is not None and value < self.minimum:
            return f"must be at least {self.minimum}", self.description
        if self.maximum is not None and value > self.maximum:
            return f"must be at most {self.maximum}", self.description
        if self.min_length is not None and len(value) < self.min_length:
            return f"must have a length of at least {self.min_length}", self.description
        if self.max_length is not None and len(value) > self.max_length:
            return f"must have a length of at most {self.max_length}", self.description
        return None

    def made_up(self) -> Any:
        """A value that fits, as far as one is easily found: what steps are checked with where there is none."""
        if self.enum:
            return self.enum[0]
        if self.type in _NUMBERS:
            least = 1 if self.minimum is None else max(1, self.minimum)
            return least if self.maximum is None else min(least, self.maximum)
        length = self.min_length or 1
        empty: dict[str, Any] = {"string": "x" * min(length, 10_000), "boolean": True, "list": [], "object": {}}
        return empty[self.type]


def read_declarations(given: Mapping[str, object], faults: list[Fault]) -> dict[str, Declaration]:
    """The declarations by name, without those that are wrong; what is wrong is added to the faults."""
    if len(given) > _MOST:
        faults.append(Fault("/parameters", f"has {len(given)} parameters; the limit is {_MOST}"))
        return {}
    found: dict[str, Declaration] = {}
    for name, body in given.items():
        place = f"/parameters/{escape(name)}"
        if not is_name(name):
            faults.append(Fault(place, f"is no name of a parameter: it needs {NAME_RULE}"))
        try:
            declaration = read_model(Declaration, body, _EXAMPLE)
        except InvalidRequest as error:
            faults += [Fault(place + fault.pointer, fault.detail, fault.hint) for fault in error.faults]
            continue
        wrong = _faults(declaration, place)
        faults += wrong
        if not wrong:
            found[name] = declaration
    return found


def value_faults(declarations: Mapping[str, Declaration], values: Mapping[str, object], whose: str) -> list[Fault]:
    """What is wrong with the values that someone gives.

    Args:
        declarations: The parameters.
        values: The values by name.
        whose: What names the template, for messages.
    """
    faults = []
    for name, value in values.items():
        place = f"/parameters/{escape(name)}"
        declaration = declarations.get(name)
        if declaration is None:
            hint = near(name, declarations) or f"it has {', '.join(f'`{known}`' for known in declarations) or 'none'}"
            faults.append(Fault(place, f"`{whose}` has no parameter `{name[:100]}`", hint))
        elif wrong := declaration.fault(value):
            faults.append(Fault(place, *wrong))
    for name, declaration in declarations.items():
        if declaration.is_required and name not in values:
            hint = f"`{name}` is {_article(declaration.type)}" + (
                f": {declaration.description}" if declaration.description else ""
            )
            faults.append(Fault("/parameters", f"`{whose}` needs the parameter `{name}`", hint))
    return faults


def _faults(declaration: Declaration, place: str) -> list[Fault]:
    """What is wrong with a declaration beyond its shape."""
    faults = []
    for member, kinds in (
        ("minimum", _NUMBERS),
        ("maximum", _NUMBERS),
        ("min_length", _LONG),
        ("max_length", _LONG),
    ):
        if getattr(declaration, member) is not None and declaration.type not in kinds:
            of = " or ".join(_article(kind) for kind in kinds)
            faults.append(Fault(f"{place}/{member}", f"goes with {of} only, and this is {_article(declaration.type)}"))
    for least, most in (("minimum", "maximum"), ("min_length", "max_length")):
        low, high = getattr(declaration, least), getattr(declaration, most)
        if low is not None and high is not None and low > high:
            faults.append(Fault(f"{place}/{most}", f"is less than `{least}`: no value would fit"))
    if faults:
        return faults
    unbound = declaration.model_copy(update={"enum": None})
    for index, choice in enumerate(declaration.enum or ()):
        if wrong := unbound.fault(choice):
            faults.append(Fault(f"{place}/enum/{index}", *wrong))
    if not declaration.is_required and (wrong := declaration.fault(declaration.default)):
        faults.append(Fault(f"{place}/default", *wrong))
    return faults


def _is_a(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "list": (list,),
        "object": (dict,),
    }
    return isinstance(value, kinds.get(kind, ()))


def _same(left: object, right: object) -> bool:
    """Whether two JSON values are the same; to Python, true is 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _article(kind: str) -> str:
    if kind == "boolean":
        return "true or false"
    return f"{'an' if kind in ('integer', 'object') else 'a'} {kind}"


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    return next(
        _article(kind) for kind in ("boolean", "string", "integer", "number", "list", "object") if _is_a(kind, value)
    )


def _choices(value: object, choices: list[Any]) -> str:
    texts = [choice for choice in choices if isinstance(choice, str)]
    found = near(value, texts) if isinstance(value, str) else None
    shown = ", ".join(str(choice)[:50] for choice in choices[:10])
    return found or f"they are {shown}{' …' if len(choices) > 10 else ''}"
