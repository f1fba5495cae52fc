"""What is wrong with a text, and where."""

from __future__ import annotations

from sqlglot import exp

from functions.errors import StepFailed

_LONGEST_SNIPPET = 60


class ExpressionRefused(StepFailed):
    """The expression is refused.

    `place` is the number of the first character at fault, counted from 1; `snippet` is what stands there.
    """

    code = "expression_refused"

    def __init__(self, problem: str, *, text: str, start: int, end: int, hint: str | None = None) -> None:
        start = max(0, min(start, len(text) - 1))
        self.place = start + 1
        self.snippet = shown(text[start : max(end, start) + 1])
        super().__init__(f"{problem}, at character {self.place}: `{self.snippet}`", hint=hint)


def shown(text: str) -> str:
    """Some text on one line, for a message; what cannot be printed is written as an escape."""
    clean = "".join(c if c.isprintable() else " " if c in "\t\r\n" else f"\\u{ord(c):04x}" for c in text[:200])
    return clean if len(clean) <= _LONGEST_SNIPPET else f"{clean[:_LONGEST_SNIPPET]}…"


def refused(problem: str, node: exp.Expr, text: str, hint: str | None = None) -> ExpressionRefused:
    """An error that points at a node of the tree: at its own place, or else where its parts stand."""
    places = [(part.meta["start"], part.meta["end"]) for part in _placed(node)]
    start = min((start for start, _ in places), default=0)
    end = max((end for _, end in places), default=len(text) - 1)
    return ExpressionRefused(problem, text=text, start=start, end=end, hint=hint)


def _placed(node: exp.Expr) -> list[exp.Expr]:
    found = [part for part in node.walk() if "start" in part.meta]
    # A word such as `*` has no place of its own: its neighbours tell nearly where it stands.
    while not found and node.parent is not None:
        node = node.parent
        found = [part for part in node.walk() if "start" in part.meta]
    return found
