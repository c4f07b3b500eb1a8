"""Data that come in parts, for a fit in constant memory: large files, and streams of arrays or frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from symdiff.errors import DataError
from symdiff.fit.data.called import renamed
from symdiff.fit.data.csvblocks import csv_tables
from symdiff.fit.data.parquet import is_parquet, parquet_batches
from symdiff.fit.data.reading import as_found, check_name, judged, table
from symdiff.fit.data.skipped import Layer, Skipped, Skips
from symdiff.fit.data.streams import Once, Stream, is_empty, items, settled
from symdiff.fit.data.table import Data, Table, joined

SIZE: Final = 1 << 17  # rows in a batch: two columns are 2 MB
IN_MEMORY: Final = 256_000_000  # bytes of columns that are kept rather than read again and again
LISTED: Final = 1000  # rows left out that a pass remembers


@dataclass(slots=True)
class Tally:
    """What one pass through all batches has met: rows used and left out (the first of them listed), and notes."""

    used: int = 0
    left_out: int = 0
    listed: list[Skipped] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def add(self, data: Data) -> None:
        """One batch more."""
        self.used += len(data)
        self.left_out += len(data.skipped)
        self.listed.extend(data.skipped[: LISTED - len(self.listed)])
        self.notes = (*self.notes, *[note for note in data.notes if note not in self.notes])


class Batches(Stream, Iterable[Data]):
    """The usable rows of a source, in parts of bounded size, as often as they are asked for.

    `names` are the columns; `tally` tells what the last pass, or the present one, has met so far.
    """

    __slots__ = ("names", "rows", "size", "source", "stream", "tally", "x", "y")

    def __init__(self, stream: Any, names: Sequence[str], x: Sequence[str], y: str, size: int) -> None:
        self.stream, self.names, self.x, self.y, self.size = stream, tuple(names), tuple(x), y, size
        self.source = str(stream) if isinstance(stream, str | Path) else "the batches given"
        self.tally, self.rows = Tally(), -1

    def __iter__(self) -> Iterator[Data]:
        yield from with_rows(self.passing(items(self.stream)))
        if self.rows not in (-1, self.tally.used):
            told = f"{self.source} had {self.rows:,} usable rows at first, and {self.tally.used:,} when read again"
            raise DataError(told, "a function must begin anew each time it is called, and a file must stay as it is")
        self.rows = self.tally.used

    def ahead(self) -> Iterator[Data]:
        """The same without using up what can be read only once, for a look at the first rows."""
        return with_rows(self.passing(self.stream.ahead() if isinstance(self.stream, Once) else items(self.stream)))

    def passing(self, found: Iterable[Any]) -> Iterator[Data]:
        """One pass. Raises DataError at its end if there was no usable row."""
        self.tally = tally = Tally()
        for before, part in tables(found, self.names, self.x, self.y, self.size):
            data = judged(part, self.names).shifted(before)
            tally.add(data)
            if len(data) <= self.size:
                yield data
                continue
            yield replace(data.take(slice(0, self.size)), skipped=data.skipped)
            for begin in range(self.size, len(data), self.size):
                yield data.take(slice(begin, begin + self.size))
        if not tally.used:
            told = "; ".join(map(str, tally.listed[:3]))
            raise DataError(f"no usable row in {self.source}", f"skipped {told}" if told else "no batch has a row")


def with_rows(parts: Iterable[Data]) -> Iterator[Data]:
    """The parts that have rows; what was left out of a part without any goes with the next one, else with the last."""
    lost: list[Layer] = []
    held: Data | None = None
    for part in parts:
        if not len(part):
            lost.extend(part.skipped.layers)
            continue
        if held is not None:
            yield held
        held, lost = replace(part, skipped=Skips([*lost, *part.skipped.layers])) if lost else part, []
    if held is not None:
        yield replace(held, skipped=Skips([*held.skipped.layers, *lost])) if lost else held


def batches(source: Any, names: Sequence[str], x: Sequence[str] = ("x",), y: str = "y", *, size: int = SIZE) -> Batches:
    """The rows of a source that have a finite number in each of the named columns, at most `size` at a time.

    `source` is the path of a CSV or Parquet file of any length, or batches, each of which is anything that `table`
    takes: in a list, from an object that can be iterated again, from a function without arguments that returns a new
    iterator each time, or from an iterator, which is good for one pass. `x` and `y` name the columns of batches that
    have no names. Rows are numbered through all batches, from 1; in a file by its lines.

    Raises DataError on the way: for a column that is not there, for a pass without a usable row, for a second pass
    through an iterator, and if a pass has other rows than the first.

    >>> parts = batches([{"x": [1, 2], "y": [3, 5]}, {"x": [3, None], "y": [7, 9]}], ["x", "y"])
    >>> [data.columns["y"].tolist() for data in parts], parts.tally.used, str(parts.tally.listed[0])
    ([[3.0, 5.0], [7.0]], 3, 'row 4: x is empty')
    """
    return Batches(settled(source), names, x, y, size)


def opening(source: Any, x: Sequence[str] = ("x",), y: str = "y") -> Table:
    """The first rows of a stream as a table, whose columns are those of all.

    >>> list(opening([{"t": [1, 2], "y": [3, 5]}, {"t": [3], "y": [7]}]).columns)
    ['t', 'y']
    """
    if isinstance(source, Batches):
        source = source.stream
    found = source.ahead() if isinstance(source, Once) else items(source)
    item = next((item for item in found if not is_empty(item)), None)
    if item is None:
        raise DataError("no batches given", "a batch is a dict of columns, a frame, or an array")
    if isinstance(item, str | Path):
        return table(item) if is_parquet(item) else next(csv_tables(item))
    return table(item, x, y)


def prefix(source: Batches, n: int) -> Data:
    """The first `n` rows of all, or as many as there are. Batches from an iterator stay unread.

    >>> prefix(batches([{"x": [1, 2], "y": [3, 5]}, {"x": [3, 4], "y": [7, 9]}], ["x", "y"]), 3).columns["x"].tolist()
    [1.0, 2.0, 3.0]
    """
    parts: list[Data] = []
    for data in source.ahead():
        parts.append(data)
        if sum(map(len, parts)) >= n:
            break
    found = joined(parts)
    return found if len(found) <= n else found.take(slice(0, n))


def spread(source: Batches, n: int) -> Data:
    """Between `n` and 2n rows, evenly spaced over one whole pass, or all if there are fewer.

    The start of sorted data says little of the rest; these rows do.

    >>> spread(batches([{"x": [*range(100)], "y": [*range(100)]}], ["x", "y"]), 5).columns["x"].tolist()
    [0.0, 16.0, 32.0, 48.0, 64.0, 80.0, 96.0]
    """
    parts: list[Data] = []
    step, seen, kept = 1, 0, 0
    for data in source:
        part = data.take(np.arange(-seen % step, len(data), step))  # a copy: a slice would keep the whole batch
        parts, seen, kept = [*parts, part], seen + len(data), kept + len(part)
        while kept >= 2 * n:
            whole = joined(parts).take(slice(None, None, 2))
            parts, step, kept = [whole], 2 * step, len(whole)
    return joined(parts)


def gathered(source: Batches, most: int = IN_MEMORY) -> Data | None:
    """All the data at once, if their columns take at most so many bytes; else None, and the batches stay unread.

    A text of which the cells would fill the memory may hold numbers that do not.

    >>> parts = batches([{"x": [1, 2], "y": [3, 5]}, {"x": [3, 4], "y": [7, 9]}], ["x", "y"])
    >>> gathered(parts, most=40), gathered(parts).columns["y"].tolist()
    (None, [3.0, 5.0, 7.0, 9.0])
    """
    parts: list[Data] = []
    for data in source.ahead():
        most -= sum([column.nbytes for column in data.columns.values()])
        if most < 0:
            return None
        parts.append(data)
    return joined(parts)


def tables(
    found: Iterable[Any], names: Sequence[str], x: Sequence[str], y: str, size: int
) -> Iterator[tuple[int, Table]]:
    """The tables in all batches, files in parts, and how many rows come before those that count from 1."""
    before = 0
    for place, item in enumerate(found, 1):
        if isinstance(item, str | Path):
            parts, counts_on = file_tables(item, names, size), not is_parquet(item)
        else:
            parts, counts_on = named_tables(item, place, x, y), False
        last = 0
        for part in parts:
            for name in names:
                check_name(part, name)
            yield before, part
            last = max(last, max(part.rows[-1:], default=0), max(part.skipped.rows, default=0))
            if not counts_on:
                before, last = before + last, 0
        before += last


def named_tables(item: Any, place: int, x: Sequence[str], y: str) -> Iterator[Table]:
    """The table of one batch, which errors call by its place."""
    if is_empty(item):
        return
    try:
        found = table(item, x, y)
    except DataError as error:
        raise DataError(f"batch {place}: {error.message}", error.hint) from error
    yield Table(f"batch {place}", *[getattr(found, name) for name in Table.__slots__[1:]])


def file_tables(path: str | Path, names: Sequence[str], size: int) -> Iterator[Table]:
    """The table of a file, in parts."""
    if not is_parquet(path):
        yield from csv_tables(path, names)
        return
    whole = table(path)
    for name in names:
        check_name(whole, name)
    headers = {whole.called.get(name, name): name for name in names}
    for batch in parquet_batches(path, list(headers), size):
        if batch.num_rows:
            yield renamed(as_found(batch), headers)
