"""Which steps of a job do nothing for what comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from functions.batches import Batches
from functions.steps import Call
from functions.workspace import Dataset, Frame, Tables


def unused(calls: Sequence[Call]) -> list[str]:
    """A warning for each step without which the job would give the same.

    What counts is what sinks store, what the last result shows, what webhooks are called for, and what is expected of
    the data. Tables are not told apart: a step that uses one uses all.

    Args:
        calls: The checked steps of a whole job.
    """
    found: list[str] = []
    is_frame_wanted = are_tables_wanted = has_result = False
    for call in reversed(calls):
        function = call.function
        if function.gives is Dataset:
            if has_result:
                found.append(_told(call, "a later step gives another result"))
                continue
            has_result = is_wanted = True
        elif function.gives is None or function.group == "quality" or _calls_webhooks(call):
            is_wanted = True
        elif issubclass(function.gives, Frame):
            is_wanted = is_frame_wanted
        else:
            is_wanted = are_tables_wanted
        if not is_wanted:
            found.append(_told(call, "nothing stores or shows what it makes"))
            # What it would have replaced is not wanted either.
            is_frame_wanted &= function.gives is None or not issubclass(function.gives, Frame)
            continue
        if function.gives is not None and issubclass(function.gives, Frame):
            is_frame_wanted = False
        is_frame_wanted |= function.frame_taken is not None
        are_tables_wanted |= Tables in function.takes or Tables in function.collaborators.values()
    return found[::-1]


def without_effect(calls: Sequence[Call]) -> list[str]:
    """A warning for each bound of rejects in a step that sets nothing aside."""
    found = []
    for call in calls:
        given = call.arguments
        chosen = next((name for name in ("on_error", "on_failure") if name in given), None)
        if (
            chosen is not None
            and given.get("max_rejects") is not None
            and given[chosen] not in ("reject", "quarantine")
        ):
            found.append(
                f"step {call.index} (`{call.function.name}`): `max_rejects` has no effect, "
                f"since `{chosen}` is `{given[chosen]}`"
            )
    return found


def _calls_webhooks(call: Call) -> bool:
    return bool(call.function.takes) and Batches in call.function.collaborators.values()


def _told(call: Call, why: str) -> str:
    return f"step {call.index} (`{call.function.name}`) has no effect: {why}"
