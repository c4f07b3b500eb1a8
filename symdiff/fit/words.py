"""How reports write numbers and lists."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable


def num(value: float, digits: int = 3) -> str:
    """A number to so many digits, without a tail of zeros.

    >>> num(0.152961), num(1234567), num(1e-9)
    ('0.153', '1.23e6', '1e-9')
    """
    return re.sub(r"e(-?)\+?0*", r"e\1", f"{value:.{digits}g}")


def about(steps: float) -> str:
    """A number of steps, rounded to what an estimate is good for.

    >>> about(2929), about(12), about(1), about(math.inf)
    ('about 2,900 steps', 'about 12 steps', 'about 1 step', 'practically never')
    """
    if math.isinf(steps):
        return "practically never"
    if steps >= 1e9:
        return f"about {steps:.0e} steps"
    rounded = int(steps) if steps < 100 else int(float(f"{steps:.2g}"))
    return f"about {rounded:,} step{'s' if rounded != 1 else ''}"


def counted(number: int, thing: str) -> str:
    """A number of things: 1 row, 2 rows."""
    return f"{number:,} {thing}{'s' if number != 1 else ''}"


def listed(things: Iterable[str]) -> str:
    """Things one after the other, separated by commas."""
    return ", ".join(things)


def real(value: float) -> float | None:
    """The value, or None where JSON has no word for it.

    >>> real(1.5), real(math.inf)
    (1.5, None)
    """
    return value if math.isfinite(value) else None


def rounded(value: float, error: float) -> tuple[str, str]:
    """A value and its error, the error to two digits, the value to the same place.

    >>> rounded(2.53412, 0.01234), rounded(1234567.8, 8900.0), rounded(0.00000123456, 0.0000000031)
    (('2.534', '0.012'), ('1234600', '8900'), ('1.2346e-6', '0.0031e-6'))
    """
    if not math.isfinite(error):
        return num(value, 6), "-"
    if error == 0 or error < 1e-14 * abs(value):
        return num(value, 10 if value > 1e-12 else 6), num(error, 2)
    place = -math.floor(math.log10(float(f"{error:.1e}"))) + 1  # decimals of the second digit
    size = math.floor(math.log10(max(abs(value), error)))
    if -4 <= size < 9:
        return f"{round(value, place):.{max(place, 0)}f}", f"{round(error, place):.{max(place, 0)}f}"
    decimals = max(place + size, 0)
    unit = 10.0**size if abs(size) < 300 else math.nan
    if math.isnan(unit):
        return num(value, 6), num(error, 2)
    return f"{value / unit:.{decimals}f}e{size}", f"{error / unit:.{decimals}f}e{size}"
