"""Which part of a curve is worth seeing: which range, and of its height all, or with poles what lies between them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from symdiff.numeric.singular import Counted, Function, Vector, lone, peaks

OUTER = 0.1  # of the values at either end make no claim on the height of a picture with poles
MARGIN = 0.75  # of the height of the others is added there
BRANCH, STEEP = 25, 8.0  # so many samples from the foot of a branch it is not yet so many times as high
ROOM = 2.0  # times the foot of a branch is shown of it
FLAT = 1e-10  # of its size: what varies less is rounding errors
POINTS = 2001  # at which a range is tried
WIDER = (10.0, 100.0, 1000.0, 1e4)  # ranges, half of each
NARROWER = (10.0, *[k * unit for unit in (1.0, 0.1, 0.01, 0.001) for k in (5, 2, 1)])
VISIBLE = 0.01  # of the height: what differs by less from the middle value is as good as flat
FEW = 10  # values are too few to know a range from
SHOWN = 0.3  # of a range, at least, should not be flat


class Interval(NamedTuple):
    """From `low` to `high`, both finite."""

    low: float
    high: float

    @property
    def length(self) -> float:
        """How long it is."""
        return self.high - self.low

    def padded(self, share: float) -> Interval:
        """Widened on either side by this share of its length.

        >>> Interval(0.0, 10.0).padded(0.1)
        Interval(low=-1.0, high=11.0)
        """
        return Interval(self.low - share * self.length, self.high + share * self.length)


def whole(y: Vector) -> Interval | None:
    """From the least to the largest value; around a constant, half of its size; None without values.

    >>> whole(np.array([1.0, np.nan, 3.0])), whole(np.array([4.0])), whole(np.zeros(1))
    (Interval(low=1.0, high=3.0), Interval(low=2.0, high=6.0), Interval(low=-1.0, high=1.0))
    """
    y = y[np.isfinite(y)]
    if not y.size:
        return None
    low, high = float(y.min()), float(y.max())
    size = max(abs(low), abs(high))
    if high - low > FLAT * size:
        return Interval(low, high)
    return Interval(low - (size / 2 or 1.0), high + (size / 2 or 1.0))


def trimmed(y: Vector) -> Interval | None:
    """The height of values, evenly spaced on their curve, of which some lie next to a pole or beyond all bounds.

    >>> x = np.linspace(-10, 10, 2000)
    >>> bottom, top = trimmed(1 / x)
    >>> -2 < bottom < -0.5 and 0.5 < top < 2
    True
    """
    y = y[np.isfinite(y)]
    if not y.size:
        return None
    inner = Interval(*[float(q) for q in np.quantile(y, [OUTER, 1 - OUTER])])
    low, high = inner.padded(MARGIN)
    turns = ROOM * feet(y)
    low, high = min([low, *turns]), max([high, *turns])
    return whole(np.array([max(low, float(y.min())), min(high, float(y.max()))]))


def feet(y: Vector) -> Vector:
    """The values nearest to 0 of the branches between poles, where these are not too narrow to be told apart.

    >>> x = np.linspace(-3, 3, 2001)
    >>> with np.errstate(divide="ignore"):
    ...     feet(1 / (x - x**3)).round(3)
    array([-2.598,  2.598])
    """
    size, sign = np.abs(y), np.sign(y)
    before, here, after = size[:-2], size[1:-1], size[2:]
    at = 1 + np.flatnonzero((here < before) & (here <= after))
    at = at[(at >= BRANCH) & (at < len(y) - BRANCH)]
    near = np.maximum(size[at - BRANCH], size[at + BRANCH]) / STEEP < size[at]
    found: Vector = y[at[near & (sign[at - BRANCH] == sign[at]) & (sign[at + BRANCH] == sign[at])]]
    return found


def usual_range(f: Function) -> Interval:
    """The range in which to draw `f` if none is given: -10 to 10, or the part of it where something happens.

    That is where `f` has values, where a narrow peak is, or nearer to 0 what grows too fast; further out, if `f` has
    values only there.

    >>> usual_range(np.sin), usual_range(np.log), usual_range(np.exp)
    (Interval(low=-10.0, high=10.0), Interval(low=0.0, high=10.0), Interval(low=-5.0, high=5.0))
    """
    first = next((half for half in WIDER if np.isfinite(tried(f, half)[1]).any()), WIDER[0])
    usual = Interval(-first, first)
    for half in (first, *[half for half in NARROWER if half < first]):
        x, y = tried(f, half)
        finite = np.isfinite(y)
        known = Interval(-half, half) if not np.isnan(y[[0, -1]]).any() else hull(x[finite], half)
        height = trimmed(y) if np.isinf(y).any() or lone(y).any() or peaks(x, y).any() else whole(y)
        if height is None:
            break
        if finite.sum() < FEW:  # its values are all near 0
            continue
        usual = known if half == first else usual
        seen = x[finite & (np.abs(y - np.median(y[finite])) > VISIBLE * height.length)]
        if len(seen) >= SHOWN * finite.sum() or len(seen) < FEW:
            return known
        if x[finite][0] < seen[0] and seen[-1] < x[finite][-1]:  # a peak
            around = hull(seen, half)
            return known if around.length > SHOWN * known.length else rounded(around.padded(1.0))
    return usual


def tried(f: Function, half: float) -> tuple[Vector, Vector]:
    """The function from -half to half."""
    x = np.linspace(-half, half, POINTS)
    return x, Counted(f, POINTS)(x)


def hull(x: Vector, half: float) -> Interval:
    """From the first to the last of some places, widened to round numbers but not beyond half."""
    if not x.size:
        return Interval(-half, half)
    low, high = rounded(Interval(float(x[0]), float(x[-1])))
    return Interval(max(low, -half), min(high, half))


def rounded(interval: Interval) -> Interval:
    """Widened to numbers of at most two digits, as far as the length goes.

    >>> rounded(Interval(0.013, 9.98))
    Interval(low=0.0, high=10.0)
    """
    digits = 1 - math.floor(math.log10(interval.length or 1.0))
    step = 10.0**-digits
    low, high = math.floor(interval.low / step) * step, math.ceil(interval.high / step) * step
    return Interval(round(low, digits) + 0.0, round(high, digits) + 0.0)
