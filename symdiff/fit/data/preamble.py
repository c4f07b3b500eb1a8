"""Lines that instruments write above a table: where the table begins, and what separates its cells."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from symdiff.fit.data.cells import shortened, value_of

MARKS: Final = ";\t, "
LOOKED: Final = 200  # lines in which the table must have begun
FEWEST: Final = 2  # rows of numbers that make a table
LONGEST: Final = 20_000  # characters of a line that are looked at
SHOWN: Final = 2  # lines above it that are quoted

Kinds = tuple[bool, ...]  # for each cell of a line whether it is a number


class Beginning(NamedTuple):
    """The separator of a table, and how many lines stand above its header, or above its first row if it has none."""

    mark: str
    above: int


def beginning(lines: Sequence[str], mark: str) -> Beginning:
    """Where the table in some lines begins, whose first line suggests a separator.

    The table are the lines with as many cells, and numbers in the same places, as most others; its header is the first
    of the lines right above them with as many cells.

    >>> beginning(["Instrument: Cary 60\\n", "\\n", "nm,A\\n", "400,0.11\\n", "401,0.12\\n"], " ")
    Beginning(mark=',', above=2)
    """
    at_once = Beginning(mark, 0)
    some = [(i, line) for i, line in enumerate(lines[:LOOKED]) if line.strip() and not line.lstrip().startswith("#")]
    if len(some) <= FEWEST:
        return at_once
    width = len(cells_in(some[0][1], mark))
    if any(len(kinds) == width and all(kinds) for kinds in (kinds_of(line, mark) for _, line in some[1:])):
        return at_once  # as it is for most tables in their second line
    kinds = {one: [kinds_of(line, one) for _, line in some] for one in MARKS}
    usual = {one: Counter([form for form in kinds[one] if len(form) > 1 and any(form)]) for one in MARKS}
    best = max(MARKS, key=lambda one: max([(n, all(form)) for form, n in usual[one].items()], default=(0, False)))
    form, count = max(usual[best].items(), key=lambda one: one[1], default=((), 0))
    if count < FEWEST or (best == mark and len(form) == width):
        return at_once
    first = kinds[best].index(form)
    above = header_above([i for i, _ in some], kinds[best], first)
    bare = len(form) == 2 and all(form) and not some[first - 1][1].strip().isidentifier()
    named = bare if above == first else not any(kinds[best][above])
    return Beginning(best, some[above][0]) if above and named else at_once


def header_above(lines: Sequence[int], kinds: Sequence[Kinds], first: int) -> int:
    """The first of the lines right above a row, no line between them, that have as many cells; else the row itself."""
    at, width = first, len(kinds[first])
    while at and len(kinds[at - 1]) == width and (at == first or lines[at] == lines[at - 1] + 1):
        at -= 1
    return at


def kinds_of(line: str, mark: str) -> Kinds:
    """Which cells of a line are numbers."""
    return tuple([not isinstance(value_of(cell.strip(), mark != ","), str) for cell in cells_in(line, mark)])


def cells_in(line: str, mark: str) -> list[str]:
    """The cells of a line by itself."""
    bare = line[:LONGEST].strip(" \r\n") if mark == " " else line[:LONGEST].rstrip("\r\n")
    return next(iter(csv.reader([bare], delimiter=mark, skipinitialspace=True)), [])


def in_words(lines: Sequence[str]) -> str:
    """What stands above a table."""
    told = [shortened(line.strip()) for line in lines if line.strip()]
    more = f" and {len(told) - SHOWN:,} more" if len(told) > SHOWN else ""
    return f"the table begins in line {len(lines) + 1}: above it stand {', '.join(told[:SHOWN])}{more}"
