"""The check of a template at storing: every mistake that no values of its parameters would mend.

Steps are checked with the defaults and, where a parameter has none, with a value made up for the purpose. A fault that
such a value may have caused is not told: what the parameter really is will be checked when the template is used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict
from pydantic_core import core_schema

from functions.catalog import Catalog, StepFaults
from functions.check import Fault, Flow
from functions.names import near
from functions.workspace import Frame
from server.batches.destinations import Destinations, url_check
from server.errors import InvalidRequest
from server.faults import read_model
from server.jobs.submission import CREDENTIALS, is_too_much, option_faults, too_much
from server.limits import Limits, S3Rules
from server.settings import Settings
from server.templates.declarations import Declaration, read_declarations
from server.templates.substitution import Place, Substitution, TooLarge, place_of, places
from server.templates.template import Content

_EXAMPLE = '{"parameters": {"rows": {"type": "integer", "default": 5}}, "steps": [["take", {"parameter": "rows"}]]}'
_LITERAL = 'an argument that looks so, and is meant as it is, stands in {"literal": …}'
_LONGEST_DESCRIPTION = 10_000
#: Stands, or leads to what stands, in the place of a function's name.
_NAME_PLACE = re.compile(r"/steps/[0-9]+(/0|/function)?")
_ARGUMENT = re.compile(r"/steps/([0-9]+)/([^/]+)")
#: The code of faults of a step's shape, which look at no value: no such function, an argument too many, ….
_OF_SHAPE = Fault("", "").code
#: Codes of faults that look at one value alone.
_OF_VALUE = frozenset(get_args(core_schema.ErrorType))
#: Those that look at its type alone.
_OF_TYPE = frozenset({"string_type", "int_type", "float_type", "bool_type", "list_type", "dict_type", "model_type"})


class NewTemplate(BaseModel):
    """The body of `PUT /templates/{name}`."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)

    description: str | None = None
    parameters: dict[str, Any] | None = None
    steps: Any
    options: dict[str, Any] | None = None


@dataclass(frozen=True)
class Checked:
    """A template without a mistake."""

    content: Content
    warnings: list[str]


class Checker:
    """Checks templates against one catalog."""

    def __init__(self, catalog: Catalog, settings: Settings, limits: Limits) -> None:
        self._catalog = catalog
        self._limits = limits
        self._roots = settings.roots()
        self._check_url = url_check(Destinations.of(settings.webhook_allow))
        self._max_steps = settings.max_steps
        self._max_bytes = settings.max_body_bytes

    def check(self, body: object, tenant: str) -> Checked:
        """Checks the parsed body of `PUT /templates/{name}`, or what was stored of one.

        Raises:
            InvalidRequest: With every mistake found.
        """
        if isinstance(body, dict) and is_too_much(body):
            raise _invalid([too_much()])
        given = read_model(NewTemplate, body, _EXAMPLE, detail="the template is wrong; nothing was stored")
        if len(given.description or "") > _LONGEST_DESCRIPTION:
            raise _invalid([Fault("/description", f"has more than {_LONGEST_DESCRIPTION} characters")])
        parameters = given.parameters or {}
        # A member that is null is left out, as in a submission.
        options = {name: value for name, value in (given.options or {}).items() if value is not None}
        content = Content(given.steps, parameters, options, given.description)
        faults: list[Fault] = []
        declared = read_declarations(parameters, faults)
        found = [*places(content.steps, "/steps"), *places(options, "/options")]
        faults += place_faults(found, declared, parameters) + _secret_faults(options)
        if faults:
            raise _invalid(faults)
        warnings = self._check_filled(content, declared, {place.pointer: place for place in found}, tenant)
        used = {name for place in found for name in place.names}
        unused = [f"the parameter `{name}` stands nowhere in the template" for name in declared if name not in used]
        return Checked(content, unused + warnings)

    def _check_filled(
        self, content: Content, declared: Mapping[str, Declaration], found: Mapping[str, Place], tenant: str
    ) -> list[str]:
        """Checks the steps and options with values in place; the warnings."""
        made_up = {name for name, declaration in declared.items() if declaration.is_required}
        values = {
            name: declaration.made_up() if name in made_up else declaration.default
            for name, declaration in declared.items()
        }
        filling = Substitution(values, most_bytes=self._max_bytes)
        try:
            steps, options = filling.fill(content.steps), filling.fill(dict(content.options))
        except TooLarge:
            raise _invalid([Fault("/parameters", "the defaults make the steps too large")]) from None
        if is_too_much({"steps": steps, "options": options}):
            raise _invalid([too_much()])
        rules = self._limits.s3_rules(tenant)
        flow = Flow(self._roots, rules.lists, self._check_url)
        faults: list[Fault] = []
        try:
            self._catalog.check(steps, flow, max_steps=self._max_steps)
        except StepFaults as error:
            faults += error.faults
        faults += option_faults(options, rules)
        doubt = _Doubt(found, made_up, lambda step: self._alone(steps[step], rules))
        told = [_in_template(fault, found, declared, made_up) for fault in faults if doubt.is_certain(fault)]
        if told:
            raise _invalid(told)
        return [] if made_up else flow.warnings

    def _alone(self, step: object, rules: S3Rules) -> set[tuple[str, str]]:
        """What is wrong with a step whatever came before: places below the step, and codes."""
        flow = Flow(self._roots, rules.lists, self._check_url, frame=Frame, tables_known=False)
        try:
            self._catalog.check([step], flow)
        except StepFaults as error:
            return {(fault.pointer.removeprefix("/steps/0"), fault.code) for fault in error.faults}
        return set()


class _Doubt:
    """Tells faults that are there with any values from those that a made-up value may have caused."""

    def __init__(self, found: Mapping[str, Place], made_up: Collection[str], alone: Any) -> None:
        self._places = [place for place in found.values() if any(name in made_up for name in place.names)]
        self._by_pointer = {place.pointer: place for place in self._places}
        self._alone = alone

    def is_certain(self, fault: Fault) -> bool:
        """Whether a fault is there with any values."""
        if fault.code == _OF_SHAPE and not fault.pointer.startswith("/options"):
            return True
        if place_of(fault.pointer, self._by_pointer) is not None:
            at_place = fault.pointer in self._by_pointer
            return at_place and fault.code in _OF_TYPE
        if any(place.pointer.startswith(f"{fault.pointer}/") for place in self._places):
            return False
        found = _ARGUMENT.match(fault.pointer)
        if found is None or fault.code in _OF_VALUE:
            return True
        return self._is_of_step(int(found[1]), found[2], fault)

    def _is_of_step(self, step: int, argument: str, fault: Fault) -> bool:
        """Whether what a function looks at for itself, maybe beside this argument, holds nothing made up."""
        for place in self._places:
            other = _ARGUMENT.match(place.pointer)
            if other is None:
                continue
            if int(other[1]) == step and not _is_before(argument, other[2]):
                return False
            if int(other[1]) < step:
                return (fault.pointer.removeprefix(f"/steps/{step}"), fault.code) in self._alone(step)
        return True


def place_faults(found: list[Place], declared: Mapping[str, Declaration], parameters: Collection[str]) -> list[Fault]:
    """What is wrong with the places where parameters stand.

    Args:
        found: The places.
        declared: The parameters whose declarations are right.
        parameters: The names of all.
    """
    faults = []
    for place in found:
        if _NAME_PLACE.fullmatch(place.pointer):
            faults.append(
                Fault(place.pointer, "a step's function must be named as it is: it cannot be a parameter", _LITERAL)
            )
        elif place.pointer in ("/steps", "/options", "/options/s3", "/options/webhook"):
            what = "credentials stand here" if place.pointer.startswith("/options/") else "this is the template's own"
            faults.append(Fault(place.pointer, f"cannot be a parameter: {what}"))
        for name in place.names:
            if not isinstance(name, str):
                what = "of texts and parameters alone" if place.form == "text" else "by the name of a parameter, a text"
                faults.append(Fault(place.pointer, f"must be made {what}", _LITERAL))
            elif name not in parameters:
                hint = near(name, parameters) or f"declare it in `parameters`; {_LITERAL}"
                faults.append(Fault(place.pointer, f"there is no parameter `{name[:100]}`", hint))
            elif place.form == "text" and name in declared and not _is_text(declared[name]):
                faults.append(
                    Fault(
                        place.pointer,
                        f"`{name}` is {declared[name].type}: a text is put together of strings and integers",
                    )
                )
    return faults


def _is_text(declaration: Declaration) -> bool:
    return declaration.type in ("string", "integer") and not declaration.takes_null


def _secret_faults(options: Mapping[str, Any]) -> list[Fault]:
    """Credentials are never stored: whoever uses the template brings them."""
    hint = "send it in `options` of the submission"
    s3, webhook = options.get("s3"), options.get("webhook")
    faults = [
        Fault(f"/options/s3/{name}", "is a credential, which no template holds", hint)
        for name in CREDENTIALS
        if isinstance(s3, dict) and name in s3
    ]
    if webhook is not None:
        faults.append(Fault("/options/webhook", "holds a secret, which no template does", hint))
    return faults


def _is_before(argument: str, other: str) -> bool:
    """Whether an argument is read before another; by names there is no telling."""
    return argument.isdecimal() and other.isdecimal() and int(argument) < int(other)


def _in_template(
    fault: Fault, found: Mapping[str, Place], declared: Mapping[str, Declaration], made_up: Collection[str]
) -> Fault:
    """A fault of the filled steps, at its place in the template."""
    at = place_of(fault.pointer, found)
    if at is None:
        return fault
    place, rest = at
    if place.form == "literal":
        return replace(fault, pointer=f"{place.pointer}/literal{rest}")
    name = place.names[0]
    if place.form == "text" or name in made_up:
        kind = "" if place.form == "text" else f"`{name}` is declared as {declared[name].type}: "
        return replace(fault, pointer=place.pointer, detail=kind + fault.detail)
    return replace(
        fault,
        pointer=f"/parameters/{name}/default{rest}",
        detail=f"{fault.detail} (the default of `{name}`, at {place.pointer})",
    )


def _invalid(faults: list[Fault]) -> InvalidRequest:
    count = len(faults)
    return InvalidRequest(faults, f"{count} mistake{'s' if count != 1 else ''} found; nothing was stored")
