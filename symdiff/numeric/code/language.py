"""What a programming language is, to whoever writes formulas in it: one record, and the parts that several share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from textwrap import wrap
from typing import NamedTuple

from symdiff.core.exact import Exact
from symdiff.core.ops import ATOM
from symdiff.errors import EvaluationError
from symdiff.text.digits import decimal_places

MARGIN = 98  # characters of a line
NEGATIVE, QUOTIENT = 6, 5  # how tightly -2 and 1/3 bind
FAITHFUL = 2**53  # integers below are floats


class Statement(NamedTuple):
    """A part with a name of its own: `depth` is 0 where it needs no other such part, else one more than they have."""

    name: str
    text: str
    depth: int


class Draft(NamedTuple):
    """All that a text of code is made of.

    `about` are the lines of the comment, `args` the names of the arguments in this language (`used` those that matter),
    `results` the texts of the results, `labels` their names, `full` whether each depends on all arguments; `helpers`
    are the short functions that stand in front, `own` functions of the user's with their numbers of arguments; `spare`
    gives a name that is not taken.
    """

    name: str
    about: Sequence[str]
    args: Sequence[str]
    used: frozenset[str]
    statements: Sequence[Statement]
    results: Sequence[str]
    labels: Sequence[str]
    full: Sequence[bool]
    helpers: Sequence[str]
    own: Mapping[str, int]
    spare: Callable[[str], str]


class Code(str):
    """Source code: a text; for C also `header`, which declares what the text defines.

    >>> Code("int x;\\n", "extern int x;\\n").header
    'extern int x;\\n'
    """

    header: str

    def __new__(cls, text: str, header: str = "") -> Code:
        made = super().__new__(cls, text)
        made.header = header
        return made

    def __reduce__(self) -> tuple[type[Code], tuple[str, str]]:
        return Code, (str(self), self.header)


class Language(NamedTuple):
    """A programming language, or a library of one.

    `column` is its column in the table, `title` how people call it; `reserved` are names that an argument cannot have,
    `spelling` makes a name one of the language, `same` says which names it takes for one. `decimal` writes a float,
    `infinity` what is beyond them; `helpers` are the functions a cell of the table may name. `width` and `height` bound
    the parts that get no name of their own: characters, and operations inside each other. `assemble` writes it all.
    Where the arguments are `columns` of a table they keep their names, and results give way.
    """

    column: str
    title: str
    reserved: frozenset[str]
    spelling: Callable[[str], str]
    decimal: Callable[[float], str]
    infinity: str
    helpers: Mapping[str, str]
    assemble: Callable[[Draft], Code]
    columns: bool = False
    same: Callable[[str], str] = str
    width: int = 68
    height: int = 12


def numeral(q: Exact, language: Language) -> tuple[str, int]:
    """A number as text of code, read back as the nearest float, and how tightly the text binds."""
    try:
        near = float(q)
    except OverflowError:
        if not language.infinity:
            raise EvaluationError(f"a number is beyond the floats, and {language.title} has no infinity") from None
        return (language.infinity, ATOM) if q > 0 else (f"-{language.infinity}", NEGATIVE)
    if isinstance(q, Fraction) and is_short(q) and decimal_places(q.denominator) is None:
        return f"{language.decimal(float(q.numerator))}/{language.decimal(float(q.denominator))}", QUOTIENT
    text = language.decimal(near)
    return text, NEGATIVE if text[0] == "-" else ATOM


def is_short(q: Fraction) -> bool:
    """Whether the division of two floats gives the nearest float."""
    return max(abs(q.numerator), q.denominator) < FAITHFUL


def whole_or_decimal(x: float) -> str:
    """2 for 2.0, for languages in which that is the same number."""
    return str(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)


# -------------------------------------------------------------------------------------------------------- parts of text


def commented(about: Iterable[str], mark: str) -> str:
    """The lines of a comment, each wrapped."""
    return "".join(
        [
            f"{line}\n"
            for text in about
            for line in wrap(text, MARGIN, initial_indent=f"{mark} ", subsequent_indent=f"{mark}     ") or [mark]
        ]
    )


def wrapped(head: str, parts: Iterable[str], tail: str) -> str:
    """`head` `parts`, with commas between, `tail`: on one line, else the parts on indented lines of their own."""
    parts = list(parts)
    line = head + ", ".join(parts) + tail
    if len(line) <= MARGIN:
        return line
    inside = " " * (len(head) - len(head.lstrip()) + 8)
    lines = [inside]
    for i, part in enumerate(parts):
        text = part + (", " if i + 1 < len(parts) else tail)
        if len(lines[-1]) + len(text.rstrip()) > MARGIN:
            lines.append(inside)
        lines[-1] += text
    return "\n".join([head, *[line.rstrip() for line in lines]])


def needed(names: Iterable[str], helpers: Mapping[str, str]) -> list[str]:
    """The helpers of these names and what they need themselves, in the order of the page."""
    wanted: set[str] = set()
    waiting = [name for name in names if name in helpers]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [word for word in called(helpers[name]) if word in helpers]
    return [text for name, text in helpers.items() if name in wanted]


def words(text: str) -> list[str]:
    """The names in a cell of the table, with what stands before their points left out.

    >>> words("math.atan2(%1 + 0.0, real(%2))")
    ['math', 'real']
    """
    found: list[str] = re.findall(r"(?<![.\w])[^\W\d]\w*", text)
    return found


def called(text: str) -> list[str]:
    """The functions that a text of code calls."""
    found: list[str] = re.findall(r"(?<![.\w])([^\W\d]\w*)\(", text)
    return found
