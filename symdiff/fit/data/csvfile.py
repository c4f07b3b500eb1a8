"""Tables in text files, as people have them: any separator, quotes, byte order marks, decimal commas, broken rows.

Nothing is fatal unless nothing is left: a row that cannot be read is listed by its line in the file (the header is
line 1) with the reason, and the rows around it are read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

from symdiff.errors import DataError, LimitError
from symdiff.fit.data.cells import SHORT, value_of
from symdiff.fit.data.preamble import beginning, in_words
from symdiff.fit.data.skipped import Faults
from symdiff.fit.data.table import Columns, Table
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

    >>> dict(read_csv(io.StringIO("t,y\\n0,1\\n1,oops\\n")).columns)
    {'t': ['0', '1'], 'y': ['1', 'oops']}
    """
    text, name, notes = text_of(source)
    lines = io.StringIO(text, newline=None).readlines()
    while lines and not lines[-1].strip():  # a newline too many at the end is no row
        lines.pop()
    skipped = Faults()
    form = form_of(lines, name, notes, skipped)
    if form is None:
        raise empty(name)
    return table_of(lines[form.begin :], form, form.begin, skipped)


class Form(NamedTuple):
    """What the head of a file tells: its names and its separator, and how many lines there are above the first row."""

    source: str
    names: list[str]
    mark: str
    begin: int
    notes: list[str]
    called: Mapping[str, str] = MappingProxyType({})


def form_of(lines: Sequence[str], source: str, notes: list[str], skipped: Faults) -> Form | None:
    """What the first lines of a file tell; None if there is no row in them. Comments above join `skipped`."""
    mark, above = beginning(lines, separator(lines))
    if above:
        notes.append(in_words(lines[:above]))
    line, first = next(full_rows(lines[above:], mark, above, skipped), (0, []))
    if not line:
        return None
    names, has_header = header([cell.strip() for cell in first], source, mark != ",")
    if has_header:
        return Form(source, names, mark, line + sum([cell.count("\n") for cell in first]), notes)
    notes.append(f"no header row: the columns are called {' and '.join(names)}")
    return Form(source, names, mark, line - 1, notes)


def empty(name: str) -> DataError:
    """The error for a file without a row."""
    return DataError(f"{name} is empty", "a table has a row of names and rows of numbers, as in: x,y / -2,-3 / 3,7")


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
    check_text(found, name)
    try:
        return found.decode("utf-8-sig"), name, []
    except UnicodeDecodeError:
        return found.decode("cp1252", errors="replace"), name, ["the file is not UTF-8; read as Windows-1252"]


def check_text(found: bytes, name: str) -> None:
    """That a file begins with text: without bytes that no text has. Raises DataError."""
    if found.startswith(b"PAR1"):
        raise DataError(f"{name} is a Parquet file", "its name is to end in .parquet")
    if NO_TEXT.search(found, 0, LOOKED_INTO):
        raise DataError(
            f"{name} is no table: it begins with bytes that are not text",
            "a table is text (CSV) or a Parquet file; a spreadsheet can be saved as CSV",
        )


NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")  # control characters; ^Z ended texts of DOS
LOOKED_INTO = 4096


def bytes_of(path: str | Path) -> str | bytes:
    """What a file holds. Raises DataError if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return all_of(file, str(path))
    except (OSError, ValueError) as error:  # a ValueError for a path with a NUL in it
        raise unreadable(path, error) from error


def unreadable(path: str | Path, error: Exception) -> DataError:
    """The error for a file that cannot be read."""
    reason = getattr(error, "strerror", None) or str(error)
    hint = "text that is already there is read with io.StringIO(text)" if "\n" in str(path) else None
    return DataError(f"cannot read {str(path)[:100]!r}: {reason}", hint)


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
            raise LimitError(
                f"{name} holds more than {LARGEST_FILE:,} bytes",
                "give it in batches",
            )
    found: str | bytes = pieces[0][:0].join(pieces) if pieces else ""
    return found


def separator(lines: Sequence[str]) -> str:
    """What stands between the cells of the first line that is no comment."""
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    bare = re.sub(r'"[^"]*"', "", first).strip()
    return next((mark for mark in ";\t, " if mark in bare), ",")


def full_rows(lines: Sequence[str], mark: str, before: int, skipped: Faults) -> Iterator[Row]:
    """The rows with something in them; the others join `skipped`."""
    for line, cells in split(lines, mark, before, skipped):
        if not any(cell.strip() for cell in cells):
            skipped.add(line, "the row is empty")
        elif cells[0].lstrip().startswith("#"):
            skipped.add(line, "a comment")
        else:
            yield line, cells


def split(lines: Sequence[str], mark: str, before: int, skipped: Faults) -> Iterator[Row]:
    """Each row as its line, counted on from `before`, and its cells. After broken quotes it goes on a line further."""
    at = 0
    while at < len(lines):
        ahead = (lines[i].strip(" ") if mark == " " else lines[i] for i in range(at, len(lines)))
        rows = csv.reader(ahead, delimiter=mark, skipinitialspace=True, strict=True)
        begin = at
        try:
            for cells in rows:
                yield before + begin + 1, cells
                begin = at + rows.line_num
            return
        except csv.Error:
            skipped.add(before + begin + 1, "its quotes do not match")
            at = begin + 1


def table_of(lines: Sequence[str], form: Form, before: int, skipped: Faults) -> Table:
    """The rows in some lines of a file, which come after `before` others, as columns under the names of the header."""
    names, mark, width = form.names, form.mark, len(form.names)
    twice = frozenset(name for name in names if names.count(name) > 1)
    places = {name: i for i, name in enumerate(names) if name}
    cells = plain_cells(lines, mark, width)
    if cells is not None:
        held = Columns(places, lambda name: cells[places[name] :: width])
        rows = range(before + 1, before + 1 + len(lines))
        return Table(form.source, held, rows, skipped, form.notes, mark != ",", twice, form.called)
    whole: list[Row] = []
    for line, row in full_rows(lines, mark, before, skipped):
        if any(cell.strip() for cell in row[width:]):
            skipped.add(line, f"{counted(len(row), 'cell')} under {counted(width, 'name')}")
        else:
            whole.append((line, row))
    columns = {name: [row[i] if i < len(row) else SHORT for _, row in whole] for name, i in places.items()}
    rows_at = [line for line, _ in whole]
    return Table(form.source, columns, rows_at, skipped, form.notes, mark != ",", twice, form.called)


def plain_cells(lines: Sequence[str], mark: str, width: int) -> list[str] | None:
    """The cells of lines, row by row, where there is nothing to judge: no quotes, comments, empty, short or long rows.

    None where there is. So most tables of numbers are split, in a fifth of the time.

    >>> plain_cells(["1,2\\n", "3,4\\n"], ",", 2), plain_cells(["1,2\\n", "3\\n"], ",", 2)
    (['1', '2', '3', '4'], None)
    """
    body = "".join(lines).removesuffix("\n")
    if '"' in body or "#" in body or not body:
        return None
    if mark == " ":
        apart = body.replace("\n", "").isprintable() and {len(line.split()) for line in lines} == {width}
        return body.split() if apart else None
    if {line.count(mark) for line in lines} != {width - 1} or re.search(rf"^[{mark}\s]*$", body, re.MULTILINE):
        return None
    return body.replace("\n", mark).split(mark)


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
