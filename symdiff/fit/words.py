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
