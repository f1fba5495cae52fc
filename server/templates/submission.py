"""From a template and the values of its parameters to a checked job: every mistake is found at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from functions.check import Fault
from server.errors import InvalidRequest
from server.jobs.submission import Submission, fingerprint_of, member_faults
from server.templates.declarations import Declaration, value_faults
from server.templates.substitution import Place, Substitution, TooLarge, place_of, places
from server.templates.template import NAME_RULE, Content, Reference, Template, read_reference

_EXAMPLE = 'such as "daily@2", or "daily" for its latest version'


def names_template(body: object) -> bool:
    """Whether a submission asks for a template."""
    return isinstance(body, dict) and "template" in body


def read_use(body: Mapping[str, Any], faults: list[Fault]) -> Reference | None:
    """The template that a submission names; None where it names none. What is wrong is added to the faults."""
    faults += member_faults(body)
    if "steps" in body:
        faults.append(Fault("/steps", "does not go with `template`", "send one of the two"))
    if not isinstance(body.get("parameters", {}), dict):
        faults.append(Fault("/parameters", "must be an object", 'such as {"day": "2026-01-31"}'))
    if not isinstance(body["template"], str):
        faults.append(Fault("/template", "must be text", _EXAMPLE))
        return None
    reference = read_reference(body["template"])
    if reference is None:
        faults.append(Fault("/template", f"names no template: a name has {NAME_RULE}", _EXAMPLE))
    return reference


def read_template_submission(
    body: Mapping[str, Any], template: Template, check: Callable[[object], Submission], *, most_bytes: int
) -> Submission:
    """Checks a submission that uses a template, the values first and then the job that they make.

    Args:
        body: The parsed body, in which `read_use` found nothing wrong.
        template: The template that it names.
        check: The check of a submission with steps.
        most_bytes: Most that values may bring into the steps.

    Raises:
        InvalidRequest: With every mistake found. One that a value brought stands at `/parameters/…`, one of the
            template's own steps at their place in the template, which the detail names.
    """
    content = template.content
    declared = {name: Declaration.model_validate(given) for name, given in content.parameters.items()}
    given = body.get("parameters", {})
    faults = value_faults(declared, given, str(template.reference))
    if faults:
        raise InvalidRequest(faults)
    values = {name: given.get(name, declaration.default) for name, declaration in declared.items()}
    filling = Substitution(values, most_bytes=most_bytes)
    try:
        steps, options = filling.fill(content.steps), filling.fill(dict(content.options))
    except TooLarge:
        hint = f"values may bring {most_bytes} bytes into the steps, each counted wherever it stands"
        raise InvalidRequest([Fault("/parameters", "makes the steps too large", hint)]) from None
    try:
        submission = check({"steps": steps, "options": _merged(options, body.get("options"))})
    except InvalidRequest as error:
        faults = [_at_use(fault, template, given, body.get("options")) for fault in error.faults]
        raise InvalidRequest(faults) from None
    job = replace(submission.job, template=str(template.reference))
    place_fault = partial(_at_use, template=template, given=given, options=body.get("options"))
    return replace(submission, job=job, fingerprint=fingerprint_of(dict(body)), place_fault=place_fault)


def _merged(own: dict[str, Any], given: object) -> object:
    """The template's options and those of the submission, which win member by member, also inside `s3`."""
    if given is None:
        return own
    if not isinstance(given, dict):
        return given
    merged = {**own, **given}
    if isinstance(own.get("s3"), dict) and isinstance(given.get("s3"), dict):
        merged["s3"] = {**own["s3"], **given["s3"]}
    return merged


def _at_use(fault: Fault, template: Template, given: Mapping[str, Any], options: object) -> Fault:
    """A fault of the job, at its place in the submission or in the template."""
    if _is_given(fault.pointer, options):
        return fault
    at = place_of(fault.pointer, _places(template.content))
    pointer = fault.pointer
    if at is not None:
        place, rest = at
        if place.form != "literal":
            return _of_values(fault, place, rest, template, given)
        pointer = f"{place.pointer}/literal{rest}"
    return replace(fault, pointer=pointer, detail=f"{fault.detail} (in the template `{template.reference}`)")


def _of_values(fault: Fault, place: Place, rest: str, template: Template, given: Mapping[str, Any]) -> Fault:
    names = list(dict.fromkeys(place.names))
    where = f"at {place.pointer} of the template `{template.reference}`"
    if len(names) > 1:
        listed = ", ".join(f"`{name}`" for name in names)
        return replace(fault, pointer="/parameters", detail=f"{fault.detail} ({listed} together, {where})")
    if names[0] not in given:
        where = f"its default, {where}"
    rest = rest if place.form == "parameter" else ""
    return replace(fault, pointer=f"/parameters/{names[0]}{rest}", detail=f"{fault.detail} ({where})")


def _is_given(pointer: str, options: object) -> bool:
    """Whether a pointer leads to an option that the submission gave, and not the template."""
    if not isinstance(options, dict):
        return pointer.startswith("/options") and options is not None
    _, first, *others = [*pointer.split("/"), ""]
    if first != "options" or not others:
        return False
    within = options.get(others[0]) if others[0] == "s3" else None
    if isinstance(within, dict) and len(others) > 1 and others[1]:
        return others[1] in within or others[1].startswith("aws_")  # a credential is the submission's to bring
    return others[0] in options


def _places(content: Content) -> dict[str, Place]:
    found = [*places(content.steps, "/steps"), *places(dict(content.options), "/options")]
    return {place.pointer: place for place in found}
