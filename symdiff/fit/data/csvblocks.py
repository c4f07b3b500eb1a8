"""Tables in text files of any length, a block of whole lines at a time: the file is never in memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from symdiff.errors import DataError, LimitError
from symdiff.fit.data.called import names_for
from symdiff.fit.data.csvfile import LONGEST_LINE, LOOKED_INTO, Form, check_text, empty, form_of, table_of, unreadable
from symdiff.fit.data.parquet import numbers_in_text
from symdiff.fit.data.preamble import LOOKED
from symdiff.fit.data.skipped import Faults
from symdiff.fit.data.table import Table

BLOCK = 1 << 20  # bytes that are read at a time
QUOTED = 1 << 23  # bytes to wait for the end of a quotation that runs over lines, before it is taken for a broken one


def csv_tables(path: str | Path, names: Sequence[str] = (), block: int = BLOCK) -> Iterator[Table]:
    """The table in a file, some thousand rows at a time, read as `read_csv` does, in constant memory.

    Of the columns only those in `names` need be there in each part. Raises DataError if the file cannot be read, is
    empty, or has no header and not two columns; LimitError if one of its lines is longer than LONGEST_LINE.
    """
    form: Form | None = None
    lines: list[str] = []
    line, notes = 0, list[str]()
    for found in begun(blocks(path, block)):
        if form is not None and not lines and (quick := numbers(found, form, line, names)) is not None:
            yield quick
            line += len(quick.rows)
            continue
        lines += io.StringIO(decoded(found, notes), newline=None).readlines()
        last = len(lines)
        while last and not lines[last - 1].strip():  # at the end of the file they are no rows
            last -= 1
        lines, blank = lines[:last], lines[last:]
        faults = Faults()
        if form is None:
            form = form_of(lines, str(path), notes, faults)
            if form is None:
                lines += blank
                continue
            line, lines = form.begin, lines[form.begin :]
            form = under_names(form)
        yield table_of(lines, form, line, faults)
        line, lines = line + len(lines), blank
    if form is None:
        raise empty(str(path))


def begun(found: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, the first of them so long that it holds all lines in which a table may begin."""
    first = b""
    for block in found:
        first += block
        if max(first.count(b"\n"), first.count(b"\r")) >= LOOKED:
            break
    if first:
        yield first
    yield from found


def numbers(block: bytes, form: Form, before: int, names: Sequence[str]) -> Table | None:
    """The table in a block, if a reader of plain numbers can read it; None where there is something to judge."""
    plain = names and all([form.names.count(name) == 1 for name in names]) and form.mark != " "
    if not plain or b'"' in block or b"#" in block:
        return None
    block = block.replace(b"\r\n", b"\n")
    if b"\r" in block or block.endswith(b"\n\n"):
        return None
    columns = numbers_in_text(block, form.mark, len(form.names), [form.names.index(name) for name in names])
    if columns is None:
        return None
    rows = range(before + 1, before + 1 + len(columns[0]))
    return Table(form.source, dict(zip(names, columns, strict=True)), rows, notes=form.notes, called=form.called)


def under_names(form: Form) -> Form:
    """The same with names for formulas, as `table` gives them."""
    names = names_for(form.names)
    called = {name: header for header, name in names.items()}
    return form._replace(names=[names.get(header, header) for header in form.names], called=called)


def blocks(path: str | Path, block: int) -> Iterator[bytes]:
    """What is in a file, in UTF-8 or what Windows wrote before it, some whole lines at a time."""
    try:
        with Path(path).open("rb") as file:
            mark = file.read(3)
            file.seek(3 if mark == codecs.BOM_UTF8 else 0)
            if mark.startswith((b"\xff\xfe", b"\xfe\xff")):
                yield from byte_blocks(codecs.EncodedFile(file, "utf-8", "utf-16", errors="replace"), str(path), block)
            else:
                check_text(mark + file.peek(LOOKED_INTO), str(path))
                yield from byte_blocks(file, str(path), block)
    except DataError:
        raise
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def byte_blocks(file: Any, name: str, block: int) -> Iterator[bytes]:
    """What is in a file, cut at ends of lines, and if possible not within quotes."""
    rest = b""
    while piece := file.read(block):
        rest += piece
        end = rest.rfind(b"\n") + 1 or rest.rfind(b"\r", 0, -1) + 1
        if len(rest) - end > LONGEST_LINE:
            raise LimitError(f"{name} has a line of more than {LONGEST_LINE:,} characters", "is it a table of text?")
        if rest.count(b'"', 0, end) % 2 and len(rest) < QUOTED:
            continue
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def decoded(found: bytes, notes: list[str]) -> str:
    """Text in UTF-8, and if it is not, in what Windows wrote before."""
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        note = "the file is not UTF-8; read as Windows-1252"
        notes.extend([note] if note not in notes else [])
        return found.decode("cp1252", errors="replace")
