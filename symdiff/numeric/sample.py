"""A function of one variable as curves that can be drawn: continuous pieces, and the places where they break.

A first grid finds what is wider than a thousandth of the range. Then intervals are halved: where the curve bends, until
straight lines look like it, and where it jumps or ends, until the place is known as closely as floats tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from symdiff.numeric.bends import LEAP, bent, close, restless, sudden
from symdiff.numeric.critical import Critical
from symdiff.numeric.singular import (
    CUTS,
    Counted,
    Function,
    Mask,
    Singularity,
    Vector,
    edges,
    homed,
    judged,
    lone,
    peaks,
)
from symdiff.numeric.view import Interval, trimmed, whole

GRID = 2000  # intervals at first
MOST = 20_000  # evaluations
INTEGERS = 200  # in ranges no longer than this all integers are looked at
SEED, JITTER = 20_240, 0.5  # every other place of the grid is moved, up to a quarter of a step: no period hides
OUTSIDE = 4  # more steps on either side: a pole at the end of the range shows from both sides too
STEEPER, ABRUPT = 4.0, 1000.0  # times as steep as the curve next to it: it may be a jump; it is one
SHARP = 2.0**-38  # of the range: what jumps even within this is a jump
NEAR = 2.0**-21  # of the range: nearer to a lone place without a value there is nothing to see but rounding errors
BLUR = 2.0**-34  # of the range: so near to a pole its place may not be known
BEYOND = 1.0  # times its height above and below a picture: what is further is worth no evaluation
MISSED = 0.02  # of the range: one misses the curve where it is missing on so much
SAME = 1e-3  # of the height: limits no further apart meet in a hole
HALVINGS = 60


class Piece(NamedTuple):
    """A continuous piece of a curve: places in ascending order, and the values there. A lone point is one too."""

    x: Vector
    y: Vector


class Curve(NamedTuple):
    """A sampled function: its pieces from left to right, the places of its poles, and its holes (x, y).

    `height` is what is worth seeing of it, None where it has no values; `evaluations` is how many it took. `beyond` are
    the stretches, wide enough to be missed, on which the values are too large to be drawn.
    """

    pieces: tuple[Piece, ...]
    poles: tuple[float, ...]
    holes: tuple[tuple[float, float], ...]
    height: Interval | None
    evaluations: int
    beyond: tuple[Interval, ...] = ()


def sample(f: Function, low: float, high: float, special: Critical | None = None, most: int = MOST) -> Curve:
    """The curve of `f` from `low` to `high` as continuous pieces, none of which crosses a pole or a jump.

    `f` takes an array of places and gives one of values, nan where there is none. `special` is what its formula tells,
    as of poles too narrow to be found otherwise. About `most` evaluations are made, always at the same places, of which
    a few lie just outside of the range.

    >>> tan = sample(np.tan, -5, 5)
    >>> len(tan.pieces), [round(pole, 3) for pole in tan.poles]
    (5, [-4.712, -1.571, 1.571, 4.712])
    """
    samples = Samples(Counted(f, most), Interval(low, high), special)
    samples.open(samples.singularities())
    samples.refine()
    samples.open(judged(samples.f, samples.jumps(), samples.range.length))
    samples.refine()  # poles that only the jumps have told change what is worth seeing
    pieces, beyond = tuple(samples.pieces()), tuple(samples.beyond())
    return Curve(pieces, samples.poles(), samples.holes(), samples.height(), most - samples.f.left, beyond)


def grid(low: float, high: float) -> Vector:
    """Places all over the range and a few more on either side, the ends and the integers among them.

    Many of these are round, as many are not.
    """
    steps = np.arange(-OUTSIDE, GRID + OUTSIDE + 1, dtype=float)
    steps[1::2] += JITTER * (np.random.default_rng(SEED).random(len(steps) // 2) - 0.5)
    x = low + (high - low) * (steps / GRID)
    x[GRID + OUTSIDE] = high
    whole_numbers = np.arange(math.ceil(low), math.floor(high) + 1) if high - low <= INTEGERS else x[:0]
    return np.unique(np.concatenate([x, whole_numbers]))


class Samples:
    """What is known of a function so far: its values at places in ascending order, and its singularities."""

    def __init__(self, f: Counted, over: Interval, critical: Critical | None) -> None:
        self.f, self.range, self.critical = f, over, critical
        self.special = np.array(critical.places(*over) if critical else [], dtype=float)
        self.found: list[Singularity] = []
        self.x = grid(*over)
        self.y = f(self.x)
        self.even = self.y[(self.x >= over.low) & (self.x <= over.high)]
        self.add(self.special)

    def add(self, x: Vector) -> None:
        """Evaluate at more places."""
        self.merge(x, self.f(x))

    def merge(self, x: Vector, y: Vector) -> None:
        """Take in values, instead of those known at the same places."""
        self.x, first = np.unique(np.concatenate([x, self.x]), return_index=True)
        self.y = np.concatenate([y, self.y])[first]

    def keep(self, kept: Mask) -> None:
        """Forget the other samples."""
        self.x, self.y = self.x[kept], self.y[kept]

    # ------------------------------------------------------------------------------------------------- singularities

    def singularities(self) -> list[Singularity]:
        """What happens at lone places without a value, at special places, at edges, and where |f| has a sharp peak."""
        inside, outside = edges(self.f, self.x, self.y)
        self.add(np.concatenate([inside, outside]))
        known = np.concatenate([self.special, self.lone(), inside])
        tops = np.flatnonzero(peaks(self.x, self.y))
        free = [i for i in tops if not np.any((known >= self.x[i - 1]) & (known <= self.x[i + 2]))]
        some = np.array(free[: self.f.left // 120], dtype=int)
        places = dict.fromkeys([*known, *homed(self.f, self.x[some], self.x[some + 1])])
        return judged(self.f, np.array(list(places), dtype=float), self.range.length)

    def lone(self) -> Vector:
        """The places without a value whose neighbours have one."""
        return self.x[lone(self.y)]

    def open(self, found: Iterable[Singularity]) -> None:
        """Take in singularities: a pole has no value, and a lone place without one gets neighbours close by."""
        low, high = self.range
        self.found = distinct([*self.found, *[s for s in found if low <= s.x <= high]], NEAR * self.range.length)
        poles = np.array([s.x for s in self.found if s.pole and not s.at_edge])
        self.keep((self.x >= low) & (self.x <= high) & ~close(self.x, poles, BLUR * self.range.length))
        self.merge(poles, np.full(len(poles), np.nan))
        places, away = self.lone(), NEAR * self.range.length
        near = np.concatenate([places - away, places + away])
        self.add(near[(near > low) & (near < high)])

    def poles(self) -> tuple[float, ...]:
        """Where the function goes beyond all bounds."""
        return tuple([s.x for s in self.found if s.pole])

    def holes(self) -> tuple[tuple[float, float], ...]:
        """Where it has no value, but the same limit from both sides."""
        height, places = self.height(), set(self.lone().tolist())
        same = SAME * height.length if height else 0.0
        return tuple(
            [
                (s.x, s.left)
                for s in self.found
                if s.x in places and not s.pole and abs(s.left - s.right) <= same and s.drift <= same
            ]
        )

    # -------------------------------------------------------------------------------------------------------- pieces

    def height(self) -> Interval | None:
        """What is worth seeing of the values."""
        return trimmed(self.even) if self.poles() or np.isinf(self.y).any() else whole(self.y)

    def scaled(self) -> tuple[Vector, Vector]:
        """The samples in a picture of width and height 1; what is far above or below is put where that ends."""
        height = self.height() or Interval(0.0, 1.0)
        u = (self.x - self.range.low) / self.range.length
        with np.errstate(over="ignore"):
            v = np.clip(self.y / height.length - height.low / height.length, -BEYOND, 1 + BEYOND)
        return u, np.where(np.isfinite(self.y), v, np.nan)

    def refine(self) -> None:
        """Halve intervals until straight lines between the samples look like the curve, or nothing is left to spend."""
        for _ in range(HALVINGS):
            u, v = self.scaled()
            wanted = np.flatnonzero(bent(u, v) | (sudden(u, v, STEEPER) & (np.diff(u) > SHARP)) | self.ends(u, v))
            widest = wanted[np.argsort(-np.diff(u)[wanted], kind="stable")[: max(0, self.f.left)]]
            middle = self.x[widest] + (self.x[widest + 1] - self.x[widest]) / 2
            middle = middle[(middle > self.x[widest]) & (middle < self.x[widest + 1])]
            if not middle.size:
                return
            self.add(middle)

    def ends(self, u: Vector, v: Vector) -> Mask:
        """The intervals at one end of which the curve ends within the picture."""
        known, alone = ~np.isnan(v), lone(self.y)
        seen = np.abs(v - 0.5) < 0.5 + BEYOND
        closest = np.where(alone[1:] | alone[:-1], 2 * NEAR, SHARP)
        found: Mask = (known[1:] != known[:-1]) & (seen[1:] | seen[:-1]) & (np.diff(u) > closest)
        return found

    def torn(self) -> Mask:
        """The intervals over which the curve jumps; with poles also those where it goes up and down wildly."""
        u, v = self.scaled()
        found = sudden(u, v, ABRUPT) & (np.diff(u) <= SHARP)
        return found | self.unclear(v) if self.poles() else found

    def lost(self) -> Mask:
        """The samples on both sides of which there may be a pole."""
        unclear = self.unclear(self.scaled()[1]) if self.poles() else np.zeros(len(self.x) - 1, dtype=bool)
        beside = np.concatenate([[False], unclear, [False]])
        found: Mask = beside[1:] & beside[:-1]
        return found

    def unclear(self, v: Vector) -> Mask:
        """The intervals over which there may be a pole that nothing was left to find."""
        if not self.critical:
            return restless(v)
        return restless(v) | ((np.abs(np.nan_to_num(np.diff(v))) > LEAP) & self.critical.between(self.x))

    def jumps(self) -> Vector:
        """The places in the middle of the jumps."""
        torn = np.flatnonzero(self.torn())
        return self.x[torn] + (self.x[torn + 1] - self.x[torn]) / 2

    def pieces(self) -> Iterable[Piece]:
        """The samples between the places without a value, and between jumps; none about which nothing is clear."""
        known = np.isfinite(self.y) & ~self.lost()
        begins = known & ~np.concatenate([[False], known[:-1] & ~self.torn()])
        number = np.cumsum(begins)
        for k in range(1, number[-1] + 1):
            own = known & (number == k)
            yield Piece(self.x[own], self.y[own])

    def beyond(self) -> Iterable[Interval]:
        """The stretches, wide enough to be missed, on which the values are too large to be drawn."""
        large = np.concatenate([[False], np.isinf(self.y), [False]])
        large[1:-1] |= np.isnan(self.y) & large[2:] & large[:-2]  # 0 times what is too large has no value
        starts, stops = np.flatnonzero(large[1:] & ~large[:-1]), np.flatnonzero(large[:-1] & ~large[1:]) - 1
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            if self.x[stop] - self.x[start] > MISSED * self.range.length:
                yield Interval(self.border(start - 1, start), self.border(stop + 1, stop))

    def border(self, drawn: int, large: int) -> float:
        """Where values too large to be drawn begin, between two neighbouring samples; by bisection."""
        if not 0 <= drawn < len(self.x):
            return float(self.x[large])
        outside, inside = self.x[[drawn]], self.x[[large]]
        for _ in range(CUTS):
            middle = outside + (inside - outside) / 2
            outside, inside = (outside, middle) if np.isinf(self.f(middle)[0]) else (middle, inside)
        return float(inside[0])


def distinct(found: Iterable[Singularity], apart: float) -> list[Singularity]:
    """The singularities from left to right; of those closer together than this the first that was found."""
    kept: list[Singularity] = []
    for s in found:
        if all(abs(s.x - other.x) > apart for other in kept):
            kept.append(s)
    return sorted(kept)
