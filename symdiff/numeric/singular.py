"""Where a function of one variable has poles, holes and edges, found from its values alone.

A pole shows by its growth: halve the distance to it and the values go up, again and again by as much or more. What is
finite in the end (a root, a cusp, a steep slope) goes up by less each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
Function = Callable[[Vector], Vector]

LARGEST = 5e307  # what is beyond has no place in a picture: its height would not be a float
HALVINGS = np.arange(14, 41, 2)  # distances from a place at which it is looked at: 2^-14 to 2^-40 of the range
CLOSE, CLOSER = 3, 4  # of these, the ones whose values tell a limit: nearer, cancellation may be all one sees
STEADY = 0.5  # of its first growth is what a pole still grows in the end: log(x) all of it, the tenth root a quarter
EARLY, FASTER = 5, 1.15  # or each of the first steps is so many times the one before: for the tenth root of 1/x
ULPS = 16  # no nearer to a place than so many floats, however narrow the range
HOMING = 30  # halvings from the grid to the float at the pole
TRIAL = 6  # halvings: where |f| grows by far less in the second so many than in the first, there is no pole
LATER = 0.3  # of the growth at first
CUTS = 42  # halvings from the grid to the float at an edge


class Singularity(NamedTuple):
    """What happens at `x`: the values close to it on the left and the right, how far these still are from the limits,
    and whether it is a pole."""

    x: float
    left: float
    right: float
    drift: float
    pole: bool

    @property
    def at_edge(self) -> bool:
        """Whether there is nothing on one side of it."""
        return math.isnan(self.left) or math.isnan(self.right)


class Counted:
    """A function that counts its evaluations, and whose values beyond LARGEST are infinities.

    >>> f = Counted(lambda x: 1e200 * x**2, most=10)
    >>> f(np.array([1.0, 1e60])), f.left
    (array([1.e+200,     inf]), 8)
    """

    def __init__(self, f: Function, most: int) -> None:
        self.f, self.left = f, most

    def __call__(self, x: Vector) -> Vector:
        if not x.size:
            return x
        self.left -= x.size
        with np.errstate(all="ignore"):
            y = np.asarray(self.f(x.ravel()), dtype=float).reshape(x.shape)
        return np.where(np.abs(y) > LARGEST, np.copysign(np.inf, y), y)


def edges(f: Counted, x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """The last places with a value and the first without, next to each other, at the ends of stretches without.

    By bisection of all at once; with fewer evaluations left, less closely.
    """
    known = ~np.isnan(y)
    mixed = np.flatnonzero((known[1:] != known[:-1]) & ~(lone(y)[1:] | lone(y)[:-1]))
    inside = np.where(known[mixed], x[mixed], x[mixed + 1])
    outside = np.where(known[mixed], x[mixed + 1], x[mixed])
    for _ in range(rounds(CUTS, f.left // 3, len(mixed))):
        middle = inside + (outside - inside) / 2
        has_value = ~np.isnan(f(middle))
        inside, outside = np.where(has_value, middle, inside), np.where(has_value, outside, middle)
    return inside, outside


def lone(y: Vector) -> Mask:
    """Which places have no value although their neighbours have one.

    >>> lone(np.array([np.nan, 1, np.nan, 2, np.nan, np.nan]))
    array([ True, False,  True, False, False, False])
    """
    known = np.concatenate([[True], ~np.isnan(y), [True]])
    alone: Mask = ~known[1:-1] & known[:-2] & known[2:]
    return alone


def rounds(wanted: int, left: int, each: int) -> int:
    """How many rounds of so many evaluations are left, at most as many as wanted."""
    return min(wanted, left // each) if each else 0


def peaks(x: Vector, y: Vector) -> Mask:
    """The intervals towards which |y| rises ever faster from both sides, as it does towards a pole."""
    found = np.zeros(len(x) - 1, dtype=bool)
    with np.errstate(invalid="ignore", over="ignore"):
        slope = np.diff(np.abs(y)) / np.diff(x)
        found[2:-2] = (slope[1:-3] > slope[:-4]) & (slope[:-4] > 0) & (slope[3:-1] < slope[4:]) & (slope[4:] < 0)
    return found


def homed(f: Counted, low: Vector, high: Vector) -> Vector:
    """The places of the poles in intervals that may have one: where |f| is largest, as long as it goes on growing."""
    x = np.stack([low, low, low, low, high])
    height = np.abs(f(x[[0, 4]]))[[0, 0, 0, 0, 1]]
    ends = [np.minimum(height[0], height[4])]
    for halving in range(1, 1 + rounds(HOMING, f.left // 2, 3 * len(low))):
        x[1:4] = x[0] + (x[4] - x[0]) * np.array([[0.25], [0.5], [0.75]])
        height[1:4] = np.nan_to_num(np.abs(f(x[1:4])), nan=np.inf)
        highest = np.argmax(height[1:4], axis=0)
        for ladder in (x, height):
            ladder[[0, 4]] = np.take_along_axis(ladder, np.stack([highest, highest + 2]), axis=0)
        ends.append(np.minimum(height[0], height[4]))
        if halving == 2 * TRIAL:
            with np.errstate(invalid="ignore"):
                growing = np.isinf(ends[-1]) | (ends[-1] - ends[TRIAL] > LATER * (ends[TRIAL] - ends[0]))
            x, height = x[:, growing], height[:, growing]
    middle: Vector = x[0] + (x[4] - x[0]) / 2
    return middle


def judged(f: Counted, places: Vector, span: float) -> list[Singularity]:
    """What happens at each place on a range of this length: how the values approach it from either side."""
    places = places[: max(0, f.left) // (2 * len(HALVINGS))]
    nearest = np.maximum(span, ULPS * 2.0 ** HALVINGS[-1] * np.spacing(np.abs(places)))
    away = nearest[:, None] * 0.5**HALVINGS
    left, right = f(places[:, None] - away), f(places[:, None] + away)
    poles = grows(left) | grows(right)
    with np.errstate(invalid="ignore"):
        drift = np.fmax(np.abs(left[:, CLOSE] - left[:, CLOSER]), np.abs(right[:, CLOSE] - right[:, CLOSER]))
    columns = [column.tolist() for column in (places, left[:, CLOSE], right[:, CLOSE], drift, poles)]
    return [Singularity(*row) for row in zip(*columns, strict=True)]


def grows(values: Vector) -> Mask:
    """Which rows of values, taken ever nearer to a place, go beyond all bounds."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        steps = np.diff(values, axis=1)
        one_way = (steps > 0).all(axis=1) | (steps < 0).all(axis=1)
        steady = np.abs(steps[:, -1]) >= STEADY * np.abs(steps[:, 0])
        # Nearer to the pole of 1/(x^2 - 2x + 1) rounding errors may be all that is left.
        early = steps[:, :EARLY]
        ever_faster = (early[:, 1:] / early[:, :-1] > FASTER).all(axis=1)
    return np.isinf(values[:, -1]) | (one_way & steady) | ever_faster
