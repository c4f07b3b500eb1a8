"""From what stands in cells to floats, or to the reason why there are none."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.skipped import NOWHERE, Faults, Integers, Layer
from symdiff.fit.data.table import Cells, Vector

MISSING_WORDS: Final = frozenset(("na", "n/a", "null", "none", "nat", "-", "--", "?"))
NO_VALUES: Final = frozenset(("NAType", "NaTType", "MaskedConstant"))  # of pandas and NumPy, known by name
NO_NUMBERS: Final = frozenset(("complex", "complex64", "complex128", "clongdouble", "datetime64", "timedelta64"))
DECIMAL: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class Short:
    """Stands where a row of a file ends before its last column."""


SHORT: Final = Short()


def value_of(cell: object, decimal_comma: bool = False) -> float | str:
    """The finite float in a cell, or in words why there is none ("is empty").

    A cell is text as it stands in a file, or a number of Python, NumPy, `fractions` or `decimal`.

    >>> value_of("2.5"), value_of("2,5", decimal_comma=True)
    (2.5, 2.5)
    >>> value_of(""), value_of("abc"), value_of(float("nan"))
    ('is empty', "is 'abc', not a number", 'is nan')
    """
    if isinstance(cell, str):
        return value_of_text(cell.strip(), decimal_comma)
    if cell is SHORT:
        return "is missing (the row is short)"
    if isinstance(cell, bytes):
        return value_of_text(cell.decode("latin-1").strip(), decimal_comma)
    if cell is None or type(cell).__name__ in NO_VALUES:
        return "is empty"
    if type(cell).__name__ in NO_NUMBERS:  # `float` would take the real part, or nanoseconds since 1970
        return f"is {shortened(cell)}, not a number"
    try:
        return finite(float(cell))  # type: ignore[arg-type]  # whatever has no float is caught
    except OverflowError:
        return "is too large for a float"
    except (TypeError, ValueError):
        return f"is {shortened(cell)}, not a number"


def value_of_text(text: str, decimal_comma: bool) -> float | str:
    """The same for text. `float` alone would take "1_000", "infinity" and the digits of every script."""
    if not text:
        return "is empty"
    plain = text.replace("\N{MINUS SIGN}", "-")
    if decimal_comma and "." not in plain:
        plain = plain.replace(",", ".")
    if DECIMAL.fullmatch(plain):
        value = float(plain)
        return value if math.isfinite(value) else "is too large for a float"
    word = plain.lower()
    if word in MISSING_WORDS:
        return f"is missing ({text})"
    if word.lstrip("+-") in ("nan", "inf", "infinity"):
        return finite(float(word))
    return f"is {shortened(text)}, not a number"


def finite(value: float) -> float | str:
    """The value itself, unless it is nan or infinite."""
    if math.isfinite(value):
        return value
    return "is nan" if math.isnan(value) else "is infinite"


def shortened(thing: object) -> str:
    """How a thing is written, cut to a few words."""
    words = repr(thing)
    return words if len(words) <= 30 else words[:27] + "..."


def floats(cells: Cells, decimal_comma: bool = False) -> tuple[Vector, Layer | None]:
    """The cells as floats, and the places of those that hold no finite one, with the reasons.

    An array of float64 in one piece is given back itself.

    >>> values, wrong = floats(["1.5", "2e3", "oops", ""])
    >>> values[:2].tolist(), wrong.rows.tolist(), wrong.reasons
    ([1.5, 2000.0], [2, 3], ["is 'oops', not a number", 'is empty'])
    """
    if isinstance(cells, np.ndarray):
        if cells.dtype.kind in "fiub":
            return of_numbers(cells)
        cells = listed_cells(cells)
    values = at_once(cells, decimal_comma)
    if values is None:
        values = np.full(len(cells), np.nan)
    faults = Faults()
    for i in not_finite(values).tolist():
        value = value_of(cells[i], decimal_comma)
        if isinstance(value, str):
            faults.add(i, value)
        else:
            values[i] = value
    return values, faults.layer() if faults.rows else None


def of_numbers(cells: NDArray[Any]) -> tuple[Vector, Layer | None]:
    """The same for an array of numbers, which may be masked."""
    missing = np.ma.getmaskarray(cells) if isinstance(cells, np.ma.MaskedArray) else None
    values = as_floats(cells)
    bad = NOWHERE if cells.dtype.kind != "f" else not_finite(values)
    if missing is not None:
        bad = np.union1d(bad, np.flatnonzero(missing))
    if not len(bad):
        return values, None
    codes = np.where(np.isnan(values[bad]), 0, 1).astype(np.int8)
    if missing is not None:
        codes[missing[bad]] = 2
    return values, Layer(bad, codes, ["is nan", "is infinite", "is empty"])


def as_floats(cells: NDArray[Any]) -> Vector:
    """An array of numbers as float64 in one piece: itself, if it is that."""
    if cells.dtype == np.float64 and type(cells) is np.ndarray and cells.flags.carray:
        return cells
    with np.errstate(all="ignore"):  # a long double may pass the largest float
        return np.require(np.asarray(cells), np.float64, ["C", "A"])


BLOCK: Final = 1 << 16  # so many truth values stay in the cache


def not_finite(values: Vector) -> Integers:
    """The places at which there is no finite number; one pass, without a temporary of the length of the data."""
    if len(values) <= BLOCK:
        good = np.isfinite(values)
        return NOWHERE if np.count_nonzero(good) == len(good) else np.flatnonzero(~good)
    good = np.empty(BLOCK, bool)
    found = []
    for begin in range(0, len(values), BLOCK):
        part = values[begin : begin + BLOCK]
        if not np.isfinite(part, out=good[: len(part)]).all():
            found.append(begin + np.flatnonzero(~good[: len(part)]))
    return np.concatenate(found) if found else NOWHERE


def listed_cells(cells: NDArray[Any]) -> list[Any]:
    """The cells of an array one by one, as Python has them; None where it is masked."""
    if cells.dtype.kind in "mM":  # a list of them could be one of whole numbers, nanoseconds
        cells = cells.astype(str)
    listed: list[Any] = list(np.asarray(cells)) if cells.dtype.kind == "c" else np.asarray(cells).tolist()
    if isinstance(cells, np.ma.MaskedArray):
        for i in np.flatnonzero(np.ma.getmaskarray(cells)).tolist():
            listed[i] = None
    return listed


def at_once(cells: Sequence[object], decimal_comma: bool) -> Vector | None:
    """All the cells as floats, at the speed of C, with nan for an empty one; None if they must be seen one by one."""
    kinds = set(map(type, cells))
    try:
        if kinds <= {float, int, bool}:
            return np.array(cells, np.float64)
        return texts_at_once(cells, decimal_comma) if kinds == {str} else None  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None


def texts_at_once(cells: Sequence[str], decimal_comma: bool) -> Vector | None:
    """The same for text. What `float` reads and `value_of` does not is left to the latter."""
    whole = "\n".join(cells)
    if "_" in whole or not whole.isascii():
        return None
    if decimal_comma and "," in whole:
        cells = whole.replace(",", ".").split("\n") if whole.count("\n") < len(cells) else cells
    try:
        return np.array(list(map(float, cells)))
    except ValueError:
        return np.array([float(cell) if cell.strip() else math.nan for cell in cells])
