"""Which word of a schema is at fault, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from functions.names import near

#: Longer schemas are not searched for the word: each try reads anew.
_LONGEST = 2_000
_MOST_TRIES = 10
#: Types elsewhere, and the type here.
_ELSEWHERE = {
    "float64": "double", "float32": "float", "datetime": "timestamp", "datetime64": "timestamp", "object": "string",
    "list": "array", "dict": "map", "json": "variant", "uuid": "string", "time": "string", "category": "string",
}  # fmt: skip
_BACKTICKS = "a name with spaces or signs stands in backticks"
IsType = Callable[[str], bool]


def type_fault(text: str, known: list[str], is_type: IsType) -> tuple[str, str]:
    """What is wrong with what should be a type: a detail and a hint.

    Args:
        text: What is no type.
        known: The types that there are, as `array<…>`.
        is_type: Whether a text is a type.
    """
    text = _on_one_line(text)
    names = [re.split(r"\W", name)[0] for name in known]
    listed = f"the types are {', '.join(known)}"
    word = next(_unknown_words(text, names, is_type), None) if len(text) <= _LONGEST else None
    if word is None:
        return f"`{text[:100]}` is no type of a column", listed
    found = _ELSEWHERE.get(word.lower())
    meant = f"did you mean `{found}`?" if found else near(word, names)
    if meant and word.isupper():
        meant = re.sub(r"`.*`", lambda match: match[0].upper(), meant)
    return f"`{word[:100]}` is no type of a column", f"{meant} {listed}" if meant else listed


def schema_fault(ddl: str, known: list[str], is_type: IsType) -> tuple[str, str]:
    """What is wrong with what should be columns and their types; the arguments are those of `type_fault`."""
    ddl = _on_one_line(ddl)
    for column in _columns(ddl) if len(ddl) <= _LONGEST else ():
        told = _column_fault(column.strip(), known, is_type)
        if told is not None:
            return told
    listed = f"such as `id INT, tags ARRAY<STRING>`; {_BACKTICKS}; the types are {', '.join(known)}"
    return f"`{ddl[:100]}` is no list of columns and their types", listed


def _column_fault(column: str, known: list[str], is_type: IsType) -> tuple[str, str] | None:
    match = re.fullmatch(r"(`(?:[^`]|``)+`|\w+)\s*:?\s*(.*)", column, re.DOTALL)
    if match and is_type(match[2]):
        return None
    if is_type(column):
        return f"`{column[:100]}` is a type without the name of a column", f"such as `id {column[:100]}`"
    if match and not match[2]:
        return f"the column {_shown(match[1])} has no type", f"such as {_shown(match[1])} STRING"
    if match and (kind := _type_at_start(match[2], is_type)):
        rest = match[2][len(kind) :].strip()
        hint = f"columns are set apart by commas, and {_BACKTICKS}"
        return f"`{rest[:100]}` behind `{match[1].strip('`')[:100]} {kind[:100]}` is not understood", hint
    for name, kind in _cuts(column):
        if is_type(kind) and "`" not in name and re.search(r"\w", name):
            return f"`{name[:100]}` is no name of a column as it stands", f"{_BACKTICKS}: `{name[:100]}` {kind[:100]}"
    return type_fault(match[2], known, is_type) if match and re.match(r"\w", match[2]) else None


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _shown(name: str) -> str:
    return name[:100] if name.startswith("`") else f"`{name[:100]}`"


def _type_at_start(text: str, is_type: IsType) -> str | None:
    """The type that a text begins with, if more follows."""
    ends = [match.start() for match in re.finditer(r"[\s;,]", text)][:_MOST_TRIES]
    return next((text[:end] for end in ends if is_type(text[:end])), None)


def _cuts(column: str) -> Iterator[tuple[str, str]]:
    """A text cut in two at its white space and colons, the shortest beginning first."""
    for match in list(re.finditer(r"\s*:\s*|\s+", column))[:_MOST_TRIES]:
        yield column[: match.start()], column[match.end() :]


def _columns(ddl: str) -> Iterator[str]:
    """The text between the commas that stand in no brackets and no quotes."""
    start = depth = 0
    is_quoted = False
    for place, character in enumerate(ddl):
        if character == "`":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (character in "<(") - (character in ">)")
            if character == "," and depth <= 0:
                yield ddl[start:place]
                start = place + 1
    yield ddl[start:]


def _unknown_words(text: str, names: list[str], is_type: IsType) -> Iterator[str]:
    """The words of a type that stand where a type stands, and are none."""
    for match in list(re.finditer(r"[^\W\d]\w*", text))[: 2 * _MOST_TRIES]:
        is_name = re.match(r"`?\s*:|`?\s+[\w`]", text[match.end() :])
        if not is_name and match[0].lower() not in names and not is_type(match[0]):
            yield match[0]
