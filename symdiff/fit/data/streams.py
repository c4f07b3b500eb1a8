"""What comes in parts: large files, lists and iterators of batches, functions that begin anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from symdiff.errors import DataError
from symdiff.fit.data.columns import has_names, is_column
from symdiff.fit.data.frames import is_frame
from symdiff.fit.data.parquet import is_parquet
from symdiff.fit.data.table import Table

LARGE_CSV: Final = 32_000_000  # bytes; read at once, the cells take twenty times that
LARGE_PARQUET: Final = 128_000_000


def settled(source: Any) -> Any:
    """The source itself; for an iterator, which can be looked into only once, its points in a list or its batches.

    >>> settled(zip([1, 2], [3, 4], strict=True))
    [(1, 3), (2, 4)]
    """
    if not isinstance(source, Iterator) or hasattr(type(source), "read"):
        return source
    first = next(source, None)
    if first is not None and is_batch(first):
        return Once(first, source)
    return [] if first is None else list(chain([first], source))


def is_stream(source: Any) -> bool:
    """Whether a source comes in parts, or is a file too large to be read at once: then it is for `batches`.

    An iterator is to pass `settled` first.

    >>> is_stream([(1, 2), (3, 4)]), is_stream([{"x": [1, 2], "y": [3, 4]}]), is_stream(lambda: iter(()))
    (False, True, True)
    """
    kind = type(source)
    if kind is dict or kind is np.ndarray:
        return False
    if isinstance(source, Stream):
        return True
    if isinstance(source, str | Path):
        return length_of(source) > (LARGE_PARQUET if is_parquet(source) else LARGE_CSV)
    if kind is list or kind is tuple:
        return len(source) > 0 and is_batch(source[0])
    if is_batch(source) or has_names(source) or hasattr(kind, "read") or isinstance(source, Iterator):
        return False
    if isinstance(source, Iterable):
        first = next(iter(source), None)
        return first is not None and is_batch(first)
    return callable(source)


class Stream:
    """What is for `batches`, whatever else it may be."""

    __slots__ = ()


class Once(Stream):
    """Batches from an iterator, which can be gone through a single time."""

    __slots__ = ("gone", "head", "rest")

    def __init__(self, first: Any, rest: Iterator[Any]) -> None:
        self.head, self.rest, self.gone = [first], rest, False

    def __iter__(self) -> Iterator[Any]:
        if self.gone:
            hint = "give a list of them, or a function that makes the iterator anew, as in: lambda: read_batches()"
            raise DataError("the batches come from an iterator, which can be gone through only once", hint)
        self.gone = True
        while self.head:
            yield self.head.pop(0)
        yield from self.rest

    def ahead(self) -> Iterator[Any]:
        """The first batches, which are kept for the pass that is to come."""
        yield from self.head
        for item in self.rest:
            self.head.append(item)
            yield item


def items(source: Any) -> Iterable[Any]:
    """The batches that a source consists of; itself, if it is one."""
    if isinstance(source, str | Path) or not (isinstance(source, Once) or is_stream(source)):
        return [source]
    if not isinstance(source, Iterable):
        source = source()
        if not isinstance(source, Iterable) or is_batch(source):
            told = f"the function given returned a {type(source).__name__}, not an iterator of batches"
            raise DataError(told, "it is to return, or yield, one batch after the other")
    return source


def is_batch(item: Any) -> bool:
    """Whether a part of a source is a table of its own, and not a point."""
    if isinstance(item, np.ndarray):
        return item.ndim == 2 or item.dtype.names is not None
    if isinstance(item, str | Path | Table):
        return True
    if isinstance(item, list | tuple):
        return len(item) > 0 and (isinstance(item[0], list | tuple) or has_names(item[0]) or all(map(is_column, item)))
    if is_frame(item):
        return not is_column(item)
    if has_names(item):
        cells = [item[name] for name in item.keys()]  # noqa: SIM118  a row of SQLite is no dict
        return bool(cells) and all([hasattr(type(c), "__len__") and not isinstance(c, str | bytes) for c in cells])
    return False


def is_empty(item: Any) -> bool:
    """Whether a batch has no rows."""
    if has_names(item) and not is_frame(item):
        return not any([len(item[name]) for name in item.keys()])  # noqa: SIM118
    return hasattr(type(item), "__len__") and not len(item)


def length_of(path: str | Path) -> int:
    """The bytes in a file; none in what is no file, which fails when it is read."""
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return 0
