"""Tables in text files, as people have them: any separator, quotes, byte order marks, decimal commas, broken rows.

Nothing is fatal unless nothing is left: a row that cannot be read is listed by its line in the file (the header is
line 1) with the reason, and the rows around it are read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from symdiff.errors import DataError, LimitError
from symdiff.fit.cells import SHORT, value_of
from symdiff.fit.table import Skipped, Table
from symdiff.fit.words import counted

Row = tuple[int, list[str]]

LARGEST_FILE = 256_000_000  # bytes, or characters where the text is read already: what is longer is not for this module
LONGEST_LINE = 1_000_000
PIECE = 1 << 18  # what is read at a time


@runtime_checkable
class Readable(Protocol):
    """An open file."""

    def read(self, size: int = ..., /) -> str | bytes:
        """At most so much of what is left in it; nothing at its end."""


def read_csv(source: str | Path | Readable) -> Table:
    """The table in a file, given by its path or open.

    The cells are separated by what the first line shows: semicolons, tabs, commas or blanks. Where it is not a comma,
    `3,14` is a number with a decimal comma. A first row of numbers is data: then two columns are called x and y. A
    row that begins with `#` is a comment. Raises DataError if the file cannot be read, is empty, or has no header and
    not two columns; LimitError if it is longer than LARGEST_FILE, or a line of it than LONGEST_LINE.

    >>> read_csv(io.StringIO("t,y\\n0,1\\n1,oops\\n")).columns
    {'t': ['0', '1'], 'y': ['1', 'oops']}
    """
    text, name, notes = text_of(source)
    lines = io.StringIO(text, newline=None).readlines()
    while lines and not lines[-1].strip():  # a newline too many at the end is no row
        lines.pop()
    mark = separator(lines)
    skipped: list[Skipped] = []
    rows = list(full_rows(lines, mark, skipped))
    if not rows:
        raise DataError(f"{name} is empty", "a table has a row of names and rows of numbers, as in: x,y / -2,-3 / 3,7")
    return table_of(rows, skipped, name, notes, decimal_comma=mark != ",")


def text_of(source: str | Path | Readable) -> tuple[str, str, list[str]]:
    """The text of a source, what to call it, and what is to be said about how it was read."""
    if isinstance(source, Readable):
        name = str(getattr(source, "name", "the text given"))
        found = all_of(source, name)
    else:
        found, name = bytes_of(source), str(source)
    if isinstance(found, str):
        return found.removeprefix("\ufeff"), name, []
    if found.startswith((b"\xff\xfe", b"\xfe\xff")):
        return found.decode("utf-16", errors="replace"), name, []
    try:
        return found.decode("utf-8-sig"), name, []
    except UnicodeDecodeError:
        return found.decode("cp1252", errors="replace"), name, ["the file is not UTF-8; read as Windows-1252"]


def bytes_of(path: str | Path) -> str | bytes:
    """What a file holds. Raises DataError if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return all_of(file, str(path))
    except (OSError, ValueError) as error:  # a ValueError for a path with a NUL in it
        reason = getattr(error, "strerror", None) or str(error)
        hint = "text that is already there is read with io.StringIO(text)" if "\n" in str(path) else None
        raise DataError(f"cannot read {str(path)[:100]!r}: {reason}", hint) from error


def all_of(source: Readable, name: str) -> str | bytes:
    """All that is left in an open file, which need not end. Raises LimitError, before much of it is in memory."""
    pieces: list[Any] = []
    size = line = 0
    while piece := source.read(PIECE):
        pieces.append(piece)
        size += len(piece)
        ends: tuple[Any, ...] = ("\n", "\r") if isinstance(piece, str) else (b"\n", b"\r")
        last = max([piece.rfind(end) for end in ends])
        line = line + len(piece) if last < 0 else len(piece) - last - 1
        if line > LONGEST_LINE:
            raise LimitError(f"{name} has a line of more than {LONGEST_LINE:,} characters", "is it a table of text?")
        if size > LARGEST_FILE:
            raise LimitError(f"{name} holds more than {LARGEST_FILE:,} bytes", "fit a part of it, or give arrays")
    found: str | bytes = pieces[0][:0].join(pieces) if pieces else ""
    return found


def separator(lines: Sequence[str]) -> str:
    """What stands between the cells of the first line that is no comment."""
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    bare = re.sub(r'"[^"]*"', "", first).strip()
    return next((mark for mark in ";\t, " if mark in bare), ",")


def full_rows(lines: Sequence[str], mark: str, skipped: list[Skipped]) -> Iterator[Row]:
    """The rows with something in them; the others join `skipped`."""
    for line, cells in split(lines, mark, skipped):
        if not any(cell.strip() for cell in cells):
            skipped.append(Skipped(line, "the row is empty"))
        elif cells[0].lstrip().startswith("#"):
            skipped.append(Skipped(line, "a comment"))
        else:
            yield line, cells


def split(lines: Sequence[str], mark: str, skipped: list[Skipped]) -> Iterator[Row]:
    """Each row as its line and its cells. After a row with broken quotes reading goes on with the next line."""
    at = 0
    while at < len(lines):
        ahead = (lines[i].strip(" ") if mark == " " else lines[i] for i in range(at, len(lines)))
        rows = csv.reader(ahead, delimiter=mark, skipinitialspace=True, strict=True)
        begin = at
        try:
            for cells in rows:
                yield begin + 1, cells
                begin = at + rows.line_num
            return
        except csv.Error:
            skipped.append(Skipped(begin + 1, "its quotes do not match"))
            at = begin + 1


def table_of(rows: list[Row], skipped: list[Skipped], source: str, notes: list[str], *, decimal_comma: bool) -> Table:
    """The rows as columns under the names of the header."""
    names, has_header = header([cell.strip() for cell in rows[0][1]], source, decimal_comma)
    if not has_header:
        notes = [*notes, f"no header row: the columns are called {' and '.join(names)}"]
    whole: list[Row] = []
    for line, cells in rows[1:] if has_header else rows:
        if any(cell.strip() for cell in cells[len(names) :]):
            skipped.append(Skipped(line, f"{counted(len(cells), 'cell')} under {counted(len(names), 'name')}"))
        else:
            whole.append((line, cells))
    columns = {name: [cells[i] if i < len(cells) else SHORT for _, cells in whole] for i, name in enumerate(names)}
    columns.pop("", None)
    twice = frozenset(name for name in names if names.count(name) > 1)
    return Table(source, columns, [line for line, _ in whole], skipped, notes, decimal_comma, twice)


def header(first: list[str], name: str, decimal_comma: bool) -> tuple[list[str], bool]:
    """The names of the columns, and whether the first row gave them."""
    if any(isinstance(value_of(cell, decimal_comma), str) for cell in first):
        return first, True
    if len(first) == 2:
        return ["x", "y"], False
    raise DataError(
        f"{name} has no header row: its first row is all numbers, and {len(first)} columns cannot be called x and y",
        "put a row of names first, as in: t,u,y",
    )
