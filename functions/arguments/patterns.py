"""Regular expressions in steps: Java's, checked as far as can be at submission, and wholly at planning."""

from __future__ import annotations

import re
import warnings
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pyspark.sql import SparkSession

from functions.check import refuse
from functions.constants import error_of, text_literal
from functions.errors import StepFailed

_MOST = 1000
#: What Python finds wrong in a pattern that Java does not take either; in others the two differ.
_WRONG_IN_BOTH = (
    "missing )",
    "unbalanced parenthesis",
    "nothing to repeat",
    "unterminated character set",
    "bad escape (end",
)
#: What Java writes in another way than Python: made plain, since only the brackets around it matter here.
_OF_JAVA = re.compile(r"\\[pP]\{\w+(?:=\w+)?\}|\\[pP][LMNZSPC]|\\[hHRzGXvV]|\\x\{[0-9A-Fa-f]+\}")


def _checked(pattern: str) -> str:
    if r"\Q" in pattern:  # what follows is no pattern
        return pattern
    text = _OF_JAVA.sub("w", pattern).replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(text)
        except FutureWarning:  # sets in sets, which are Java's
            pass
        except (re.error, RecursionError, OverflowError) as error:
            detail = str(error)
            if detail.startswith(_WRONG_IN_BOTH):
                raise refuse(
                    "bad_pattern", f"is no regular expression: {detail}", r"a letter such as ( is itself behind a \ "
                ) from error
    return pattern


#: A regular expression as Java has them.
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=_MOST), AfterValidator(_checked)]


def check_pattern(session: SparkSession, pattern: str, *, group: int = 0, argument: str = "pattern") -> None:
    """Has Java read a pattern; nothing of the data is looked at.

    Args:
        session: The job's session.
        pattern: The pattern.
        group: The group that it must have.
        argument: The step's argument that holds it.

    Raises:
        StepFailed: When it is none, or has no such group.
    """
    # An empty first branch matches the empty text, and only at a match the group is looked for.
    error = error_of(session, f"regexp_extract('', {text_literal('|' + pattern)}, {group:d})")
    if error is None:
        return
    if (error.getCondition() or "").endswith("REGEX_GROUP_INDEX"):
        count = (error.getMessageParameters() or {}).get("groupCount", "fewer")
        raise StepFailed(
            f"group {group} is wanted, and the pattern has {count} groups",
            argument="group",
            hint="groups are counted by their opening parenthesis, from 1; 0 is the whole match",
        ) from error
    raise StepFailed(
        f"`{pattern[:100]}` is no regular expression of Java",
        argument=argument,
        hint="docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html tells how to write one",
    ) from error


def check_replacement(session: SparkSession, pattern: str, replacement: str) -> None:
    r"""Has Java read a pattern and what replaces its matches, in which `$1` is a group and `\$` a dollar.

    Raises:
        StepFailed: When one of them is none, or the replacement speaks of a group that the pattern does not have.
    """
    error = error_of(session, f"regexp_replace('', {text_literal('|' + pattern)}, {text_literal(replacement)})")
    if error is not None:
        check_pattern(session, pattern)
        raise StepFailed(
            f"`{replacement[:100]}` cannot replace a match of the pattern",
            argument="replacement",
            hint=r"$1 is the first group of the pattern, $0 the whole match; a dollar is \$, a backslash \\",
        ) from error
