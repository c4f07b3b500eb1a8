"""From what stands in a cell to a float, or to the reason why it holds none."""

from __future__ import annotations

import math
import re
from typing import Final

MISSING_WORDS: Final = frozenset(("na", "n/a", "null", "none", "-", "--", "?"))
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
    if cell is None:
        return "is empty"
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
