"""The words of a command typed in a session, where formulas stand unquoted between them.

`eval x^2 + y x=3 y=2` has the words `x^2 + y`, `x=3` and `y=2`; `gradient(x*y, x, y)` is another way to write
`gradient x*y --var x --var y`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from shlex import quote, split
from typing import TYPE_CHECKING

from symdiff.app.answer import UsageError

if TYPE_CHECKING:
    from symdiff.app.commands import Command

OPTIONS = r"(?:^|\s)(?=--[a-z])"  # not compiled: only a session needs them
BINDING_STARTS = r"(?:^|[\s,])(?=[^\W\d]\w*\s*=(?!=))"
JOINS = r"[-+*/^=<>)]|.*[-+*/^=<>(]$"  # a word that is no formula by itself
LAST_WORD = r"""(.*?)\s+("[^"]*"|'[^']*'|\S+)"""


def words_of(row: Command, rest: str) -> list[str]:
    """What follows the name of a command, as the command line would give it."""
    before, *after = re.split(OPTIONS, rest.rstrip(), maxsplit=1)
    positional = arguments_of_call(before) or row.cut(before.strip().removeprefix("()"))
    if row.more is not None:  # f(a, b) stands for f a --more b
        after += [f"{row.more}={quote(word)}" for word in positional[1:]]
        positional = positional[:1]
    try:
        return [*split(" ".join(after)), "--", *positional]
    except ValueError as error:
        raise UsageError(f"the options cannot be read: {str(error).lower()}", "close the quotation mark") from None


def arguments_of_call(rest: str) -> list[str]:
    """The arguments in `(f, x, y)` directly after a command; nothing where more follows or the brackets are empty."""
    if not rest.startswith("("):
        return []
    depth, commas = 0, [0]
    for place, character in enumerate(rest := rest.rstrip()):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and place < len(rest) - 1:
            return []
        if depth == 1 and character == ",":
            commas.append(place)
    ends = [*commas[1:], len(rest) - 1]
    return [word for start, end in zip(commas, ends, strict=True) if (word := rest[start + 1 : end].strip())]


# How a command cuts what stands before its options.

Cut = Callable[[str], list[str]]


def whole(text: str) -> list[str]:
    """One word: everything."""
    return [unquoted(text)] if text else []


def each(text: str) -> list[str]:
    """Words between spaces or commas."""
    return text.replace(",", " ").split()


def two_formulas(text: str) -> list[str]:
    """Two formulas with a comma between them; or in quotation marks, or without blanks."""
    found = arguments_of_call(f"({text})")
    if len(found) < 2:
        try:
            found = split(text)
        except ValueError:
            return whole(text)
    return [unquoted(word) for word in found]


def formulas_alone(text: str) -> list[str]:
    """Formulas with commas between them, or in quotation marks."""
    several = arguments_of_call(f"({text})")
    if len(several) < 2:
        several = two_formulas(text) if text[:1] in ("'", '"') else whole(text)
    return [unquoted(word) for word in several]


def formula_and_values(text: str) -> list[str]:
    """A formula, then `x=3` and the like."""
    formula, *values = re.split(BINDING_STARTS, text)
    return [word for word in (unquoted(formula.strip()), *[value.strip(" ,") for value in values]) if word]


def formulas_and_values(text: str) -> list[str]:
    """Formulas with commas between them, or in quotation marks; then `x=3` and the like."""
    before, *values = re.split(BINDING_STARTS, text)
    return [*formulas_alone(before.strip(" ,")), *[unquoted(value.strip(" ,")) for value in values]]


def formula_and_file(text: str) -> list[str]:
    """A formula, then the name of a file."""
    match = re.fullmatch(LAST_WORD, text, re.DOTALL)
    return [unquoted(match[1]), unquoted(match[2])] if match else whole(text)


def formulas_and_file(text: str) -> list[str]:
    """Formulas with commas between them, in quotation marks, or without blanks, then the name of a file."""
    before, *file = formula_and_file(text)
    formulas = formulas_alone(before.strip(" ,"))
    if len(formulas) == 1 and not any([re.match(JOINS, word) for word in formulas[0].split()]):
        formulas = formulas[0].split()
    return [*formulas, *file]


def unquoted(text: str) -> str:
    """A text without the quotation marks that a shell would have taken away."""
    mark, inside = text[:1], text[1:-1]
    return inside if mark in ("'", '"') and text[1:].endswith(mark) and mark not in inside else text
