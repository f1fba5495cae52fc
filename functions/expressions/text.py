"""Text to tokens: bounded, without comments, with string literals read as Spark reads them."""

from __future__ import annotations

import re

from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from functions.expressions.dialect import DIALECT
from functions.expressions.faults import ExpressionRefused

#: The most characters, tokens, and brackets within brackets of a text.
LONGEST = 10_000
MOST_TOKENS = 1_200
DEEPEST = 30

_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
_NESTED_TYPES = {TokenType.ARRAY, TokenType.MAP, TokenType.STRUCT}
_UNARY = {TokenType.NOT, TokenType.DASH, TokenType.TILDE, TokenType.PLUS, TokenType.EXCLAMATION}
_PLACEHOLDER = ("placeholders and variables stand for nothing here", "write the value itself")
#: Tokens that no text may hold: what, and what to do.
_REFUSED: dict[TokenType, tuple[str, str]] = {
    TokenType.SEMICOLON: ("one expression or query is wanted, not several", "leave the semicolon out"),
    TokenType.HINT: ("hints are not taken", "leave the hint out"),
    TokenType.PLACEHOLDER: _PLACEHOLDER,
    TokenType.PARAMETER: _PLACEHOLDER,
    TokenType.SESSION_PARAMETER: _PLACEHOLDER,
    TokenType.DOLLAR: _PLACEHOLDER,
    TokenType.COLON_EQ: _PLACEHOLDER,
    TokenType.BLOCK_START: ("templates are not taken", "write the value itself"),
    TokenType.BLOCK_END: ("templates are not taken", "write the value itself"),
    TokenType.L_BRACE: ("braces mean nothing in Spark's SQL", "write the value itself"),
    TokenType.R_BRACE: ("braces mean nothing in Spark's SQL", "write the value itself"),
    TokenType.PIPE_GT: ("pipes are not taken", "write the query as SELECT … FROM …"),
    TokenType.COMMAND: ("only expressions and SELECT are taken", "leave the command out"),
    TokenType.BEGIN: ("only expressions and SELECT are taken", "leave the command out"),
    TokenType.HASH: ("`#` means nothing in Spark's SQL", "comments start with --"),
}


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text.

    Raises:
        ExpressionRefused: The text is empty, too long, nested too deep, or no text of Spark's SQL.
    """
    _check_characters(text)
    try:
        found = DIALECT.tokenize(text)
    except (SqlglotError, RecursionError, ValueError, IndexError) as error:
        raise _unread(text, error) from error
    if not found:
        raise ExpressionRefused("there is no expression", text=text, start=0, end=len(text))
    if len(found) > MOST_TOKENS:
        over = found[MOST_TOKENS]
        raise ExpressionRefused(
            f"{len(found):,} words and signs are too many",
            text=text,
            start=over.start,
            end=over.end,
            hint=f"at most {MOST_TOKENS:,}",
        )
    _check_tokens(found, text)
    return _joined([_read(token, text) for token in found], text)


#: Control characters and halves of surrogate pairs.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _check_characters(text: str) -> None:
    found = _NO_TEXT.search(text)
    if found is not None:
        place = found.start()
        raise ExpressionRefused(
            f"the character U+{ord(text[place]):04X} is no text", text=text, start=place, end=place, hint="leave it out"
        )


def _unread(text: str, error: Exception) -> ExpressionRefused:
    for quote in ("`", "'", '"', "/*"):
        start = text.rfind(quote)
        if f"Missing {quote}" in f"{error} {error.__cause__} {error.__context__}":
            return ExpressionRefused(f"{quote} is not closed", text=text, start=start, end=len(text), hint="close it")
    return ExpressionRefused("cannot be read", text=text, start=0, end=len(text))


def _check_tokens(found: list[Token], text: str) -> None:
    depth = signs = types = 0
    for before, token in zip([None, *found], found, strict=False):
        if token.token_type in _REFUSED:
            problem, hint = _REFUSED[token.token_type]
            raise ExpressionRefused(problem, text=text, start=token.start, end=token.end, hint=hint)
        if token.token_type == TokenType.HEX_STRING and text[token.start] == "0":
            raise ExpressionRefused(
                "no number of Spark's", text=text, start=token.start, end=token.end, hint="write X'1F' for bytes"
            )
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        signs = signs + 1 if token.token_type in _UNARY else 0
        # Types within types, such as array<array<…: reading them takes time by the square of their depth.
        opens = before is not None and before.token_type in _NESTED_TYPES and token.token_type == TokenType.LT
        types = max(0, types + opens - text[token.start : token.end + 1].count(">"))
        if depth + signs + types > DEEPEST:
            raise ExpressionRefused(
                f"nested more than {DEEPEST} deep",
                text=text,
                start=token.start,
                end=token.end,
                hint="use several steps",
            )


def _read(token: Token, text: str) -> Token:
    raw = text[token.start : token.end + 1]
    token.comments = []
    if token.token_type == TokenType.STRING and len(raw) >= 2:
        token.text = unescaped(raw[1:-1], raw[0])
    elif token.token_type == TokenType.RAW_STRING and len(raw) >= 3:
        token.token_type, token.text = TokenType.STRING, raw[2:-1]
    return token


_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[01][0-7]{2}|.)", re.DOTALL)
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def unescaped(raw: str, quote: str) -> str:
    """A string literal's text, by the rules of Spark's `unescapeSQLString`."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) == 1:
            return _ESCAPED.get(code, code)
        number = int(code[1:], 16) if code[0] in "uU" else int(code, 8)
        return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else "?"

    return _ESCAPE.sub(one, raw)


def _joined(found: list[Token], text: str) -> list[Token]:
    """Neighbouring string literals are one for Spark; with nothing between, a doubled quote stands for itself."""
    joined: list[Token] = []
    for token in found:
        last = joined[-1] if joined else None
        if last is not None and last.token_type == token.token_type == TokenType.STRING:
            is_doubled = token.start == last.end + 1 and text[last.end] == text[token.start]
            last.text += (text[last.end] if is_doubled else "") + token.text
            last.end = token.end
        else:
            joined.append(token)
    return joined
