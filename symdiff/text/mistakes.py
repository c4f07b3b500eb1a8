"""What a place that cannot be read most likely means: a row of the messages, with its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from symdiff.text.messages import quoted

if TYPE_CHECKING:
    from symdiff.text.lex import Reader
    from symdiff.text.tokens import Token

# What is often written in place of a sign.
SLIPS = {
    "[": "(", "]": ")", "{": "(", "}": ")", "⁽": "^(", "⁾": ")", "°": "*pi/180",
    "=>": ">=", "=<": "<=", "⩾": ">=", "⩽": "<=", "&": "and", "&&": "and", "~": "not",
}  # fmt: skip
NUMERAL = re.compile(r"[0-9][0-9_]*(?:\.[0-9_]+)?")
DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")
HIDDEN = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"])
KINDS = {"Cc": "control character", "Cs": "lone surrogate", "Co": "private character", "Cn": "unassigned character"}


class Finding(NamedTuple):
    """A row of the messages, the place it is said of, and the words that fill it in."""

    row: str
    span: tuple[int, int]
    words: Mapping[str, object]


def stranger(text: str, span: tuple[int, int]) -> Finding:
    """What to say of a piece that is no terminal of the grammar."""
    piece = text[slice(*span)]
    if piece == "=":
        return Finding("equals", span, {})
    if numeral := NUMERAL.match(text, span[0]):
        return Finding("underscore", numeral.span(), {"meant": numeral[0].replace("_", "")})
    if len(piece) > 1 and piece in SLIPS:
        return Finding("slip", span, {"found": quoted(piece), "meant": quoted(SLIPS[piece])})
    start = next((i for i in range(*span) if not unicodedata.normalize("NFKC", "x" + text[i]).isidentifier()), span[0])
    return strange_character(text[start], start)


def strange_character(c: str, start: int) -> Finding:
    """What to say of a character that stands in no formula."""
    span = (start, start + 1)
    category = unicodedata.category(c)
    if category in HIDDEN:
        name = unicodedata.name(c, KINDS.get(category, "hidden character")).lower()
        return Finding("hidden_character", span, {"character": f"U+{ord(c):04X}, {name}"})
    named = f"{quoted(c)} ({unicodedata.name(c, 'a character without a name').lower()})"
    meant = SLIPS.get(c) or plain(c)
    row = "similar_character" if meant else "unknown_character"
    return Finding(row, span, {"character": named, "meant": quoted(meant)})


def plain(c: str) -> str:
    """The ASCII that a character is a variant of, full-width or raised; empty where there is none."""
    form = unicodedata.normalize("NFKC", c)
    if form == c or not form.isascii():
        return ""
    return "^" + form if unicodedata.decomposition(c).startswith("<super>") else form


def misplaced(reader: Reader, place: int) -> Finding:
    """What to say of the token at which the parser stopped; the place after the last token is the end of the text."""
    tokens = reader.tokens
    before = tokens[place - 1] if place else None
    found = tokens[place] if place < len(tokens) else None
    words = {"before": quoted(before.piece) if before else "", "found": quoted(found.piece) if found else ""}
    if found is None:
        end = reader.span(place - 1)[1]
        return Finding("formula_ends", (end, end), words)
    if before is not None and before.ends:
        return after_operand(reader, place, words)
    return Finding(without_operand(before, found), reader.span(place), words)


def without_operand(before: Token | None, found: Token) -> str:
    """Where a number, a name or a bracket had to come."""
    if before is None or before.type in ("OPEN", "LFENCE", "COMMA"):
        if found.type in ("CLOSE", "RFENCE") and before is not None and before.type != "COMMA":
            return "nothing_inside"
        return "argument_missing" if before is not None and found.type in ("COMMA", "CLOSE") else "nothing_before"
    if found.type in ("CLOSE", "RFENCE", "COMMA"):
        return "nothing_follows"
    return "needs_brackets" if found.type in ("PLUS", "MINUS", "NOT") else "two_operators"


def after_operand(reader: Reader, place: int, words: Mapping[str, object]) -> Finding:
    """Where an operator had to come."""
    before, found = reader.tokens[place - 1], reader.tokens[place]
    previous, span = reader.span(place - 1), reader.span(place)
    if found.type == "COMMA":
        return comma(reader, place)
    if found.type == "NOT":
        return Finding("not_between", span, words)
    if found.type in ("BANG", "POWER", "SUPERSCRIPT"):
        return Finding("double_factorial" if before.type == found.type == "BANG" else "power_of_power", span, words)
    if before.type == "NUMBER" and previous[1] == span[0]:
        return Finding("two_points", (previous[0], span[1]), {"found": quoted(before.piece + found.piece)})
    return Finding("two_operands", span, words)


def comma(reader: Reader, place: int) -> Finding:
    """Between the arguments of no function: a decimal comma, if digits stand close on both sides."""
    if decimal := DECIMAL_COMMA.match(reader.text, reader.span(place - 1)[0]):
        return Finding("decimal_comma", decimal.span(), {"meant": decimal[0].replace(",", ".")})
    return Finding("comma", reader.span(place), {})
