"""A function of one variable as polynomials over short intervals, their coefficients taken from balls at the first use.

An interval is met by the leading bits of the argument, so that it is short where the argument is small; the distance h
from its centre is exact, and c0 + h (c1 + ...) loses nothing where h is small. Centred at a zero of the function, it is
h (c1 + ...): relative accuracy at the zero as well. The coefficients interpolate at the nodes of Chebyshev (Trefethen,
Approximation Theory and Approximation Practice, chapters 4 and 8).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from struct import Struct
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Doubles: TypeAlias = NDArray[np.float64]
OfBall: TypeAlias = Callable[[Any], Any]  # a ball to a ball

BITS = 160  # of the balls, and of the numbers the coefficients are computed with
BLOCK = 8192  # elements at a time


AS_FLOAT, AS_BITS = Struct("<d"), Struct("<q")  # the same eight bytes


class Scratches(threading.local):
    """Room for one block, an index and two numbers an element, for each thread.

    New arrays of this size cost more than the arithmetic: the C library returns them to the system each time.
    """

    def __init__(self) -> None:
        self.index = np.empty(BLOCK, np.int64)
        self.h, self.term = np.empty(BLOCK), np.empty(BLOCK)


scratches = Scratches()


class Pieces:
    """The values of f on [0, stop], as polynomials of one degree.

    The first interval is [0, start], then there are 2^split in every octave; where 0 is a pole, `origin` is False, and
    there is no first. `zeros` are those of f, to 8 digits or more; an interval near one is centred there, and an even
    degree has a node there. Beyond `stop` the last polynomial goes on, nan stays nan.

    >>> sine = Pieces(lambda u: u.sin(), 2**-3, 4.0, zeros=[3.14159265])
    >>> sine(np.array([0.5, 3.0, math.pi])).tolist()
    [0.479425538604203, 0.1411200080598672, 1.224646799147353e-16]
    """

    def __init__(
        self,
        f: OfBall,
        start: float,
        stop: float,
        *,
        split: int = 3,
        degree: int = 12,
        zeros: Iterable[float] = (),
        origin: bool = True,
    ) -> None:
        self.f, self.start, self.stop, self.degree, self.zeros = f, start, stop, degree, tuple(zeros)
        self.shift, self.origin = 52 - split, origin
        self.first = leading(start, self.shift) - origin
        self.met: dict[int, tuple[float, float, list[float]]] = {}

    def __call__(self, x: Doubles) -> Doubles:
        """f at x, one-dimensional, elements of [0, stop]."""
        found = np.empty_like(x)
        for begin in range(0, len(x), BLOCK):
            part = slice(begin, begin + BLOCK)
            self.fill(found[part], x[part])
        return found

    def fill(self, found: Doubles, x: Doubles) -> None:
        """f at one block of x, into `found`."""
        index = scratches.index[: len(x)]
        h, term = scratches.h[: len(x)], scratches.term[: len(x)]
        self.locate(x, index)
        np.clip(index, 0, len(self.centres[0]) - 1, out=index)
        near, rest = self.centres
        near.take(index, out=h, mode="clip")
        np.subtract(x, h, out=h)
        if self.zeros:
            h -= rest.take(index, out=term, mode="clip")
        value, *others = self.coefficients
        value.take(index, out=found, mode="clip")
        for coefficient in others:
            found *= h
            found += coefficient.take(index, out=term, mode="clip")

    def value(self, x: float) -> float:
        """f at one x of [0, stop], by the same polynomials; each is made when it is first needed."""
        i = min(max(self.place(x), 0), len(self.intervals) - 1)
        near, rest, (found, *others) = self.met.get(i) or self.piece(i)
        h = (x - near) - rest
        for coefficient in others:
            found = found * h + coefficient
        return found

    def piece(self, i: int) -> tuple[float, float, list[float]]:
        """The centre, as a sum of two floats, and the coefficients of one interval, the highest power first."""
        from symdiff.points.ball import precise

        centre, radius = self.intervals[i]
        with precise(BITS):
            near, rest = two_floats(centre)
            self.met[i] = near, rest, interpolated(self.f, centre, radius, self.degree)[::-1]
        return self.met[i]

    def place(self, x: float) -> int:
        """The number of the interval of x; anything below 0 and beyond the last."""
        (bits,) = AS_BITS.unpack(AS_FLOAT.pack(x))
        return int(bits >> self.shift) - self.first

    def locate(self, x: Doubles, index: NDArray[np.int64]) -> None:
        """The numbers of the intervals, into `index`; anything below 0 and beyond the last."""
        np.right_shift(x.view(np.int64), self.shift, out=index)
        np.subtract(index, self.first, out=index)

    @cached_property
    def centres(self) -> tuple[Doubles, Doubles]:
        """The centres, as sums of two floats."""
        from symdiff.points.ball import precise

        with precise(BITS):
            pairs = [two_floats(centre) for centre, _ in self.intervals]
        return np.array([near for near, _ in pairs]), np.array([rest for _, rest in pairs])

    @cached_property
    def coefficients(self) -> Doubles:
        """One column for each interval, the highest power first."""
        from symdiff.points.ball import precise

        with precise(BITS):
            columns = [interpolated(self.f, centre, radius, self.degree) for centre, radius in self.intervals]
        return np.array(columns).T[::-1].copy()

    @cached_property
    def intervals(self) -> list[tuple[Any, float]]:
        """Centre, a ball, and radius, a power of 2, of every interval."""
        from symdiff.points.ball import as_ball, precise

        with precise(BITS):
            roots = {zero: refined(self.f, zero) for zero in self.zeros}
            found = [(as_ball(0.0), self.start)] if self.origin else []
            for low, high in self.octave_pieces():
                middle, radius = (low + high) / 2, (high - low) / 2
                close = [zero for zero in self.zeros if abs(zero - middle) < 2 * radius]
                found.append((roots[close[0]], 4 * radius) if close else (as_ball(middle), radius))
        return found

    def octave_pieces(self) -> list[tuple[float, float]]:
        """The ends of the intervals after the first."""
        first, last = leading(self.start, self.shift), leading(math.nextafter(self.stop, 0.0), self.shift)
        return [(number_of(lead, self.shift), number_of(lead + 1, self.shift)) for lead in range(first, last + 1)]


class Steps(Pieces):
    """The same with intervals of equal width, a negative power of 2, around its multiples from 0 on."""

    def __init__(self, f: OfBall, width: float, stop: float, *, degree: int = 13) -> None:
        super().__init__(f, width, stop, degree=degree)

    def locate(self, x: Doubles, index: NDArray[np.int64]) -> None:
        """The numbers of the intervals, into `index`."""
        scaled = scratches.h[: len(x)]
        np.rint(np.multiply(x, 1 / self.start, out=scaled), out=scaled)
        np.copyto(index, scaled, casting="unsafe")

    def place(self, x: float) -> int:
        """The number of the interval of x, beyond the last one perhaps."""
        return round(min(x, self.stop) / self.start)

    @cached_property
    def intervals(self) -> list[tuple[Any, float]]:
        """Centre and radius of every interval."""
        from symdiff.points.ball import as_ball

        return [(as_ball(i * self.start), self.start / 2) for i in range(round(self.stop / self.start) + 1)]


def leading(x: float, shift: int) -> int:
    """The bits of a float without the last `shift`: equal for all floats of an interval."""
    return int(np.float64(x).view(np.int64)) >> shift


def number_of(lead: int, shift: int) -> float:
    """The smallest float with these leading bits."""
    return float(np.int64(lead << shift).view(np.float64))


def two_floats(ball: Any) -> tuple[float, float]:
    """The middle of a ball as a sum of two floats."""
    near = float(ball.mid())
    return near, float((ball - near).mid())


def refined(f: OfBall, zero: float) -> Any:
    """The zero of f close to this float, by the secant method."""
    from symdiff.points.ball import as_ball

    u, v = as_ball(zero * (1 + 2.0**-20)), as_ball(zero)
    for _ in range(4):
        shift = f(v) * (u - v) / (f(u) - f(v))
        if not shift.is_finite():
            break
        u, v = v, (v - shift).mid()
    return v


def interpolated(f: OfBall, centre: Any, radius: float, degree: int) -> list[float]:
    """The coefficients in h of the polynomial that is f(centre + h) at the nodes of |h| <= radius."""
    nodes, matrix = interpolation(degree)
    values = [f(centre + radius * node) for node in nodes]
    scale = BITS - max(exponent(value) for value in values)
    whole = [fixed(value, scale) for value in values]
    width = math.frexp(radius)[1] - 1
    return [
        math.ldexp(float(sum(map(int.__mul__, row, whole))), -scale - BITS - power * width)
        for power, row in enumerate(matrix)
    ]


def exponent(ball: Any) -> int:
    """The binary exponent of the middle of a ball, large and negative for 0."""
    return math.frexp(float(ball.mid()))[1]


def fixed(ball: Any, scale: int) -> int:
    """The middle of a ball times 2^scale, an integer."""
    digits, power = ball.mid().man_exp()
    shift = int(power) + scale
    return int(digits) << shift if shift >= 0 else int(digits) >> -shift


@cache
def interpolation(degree: int) -> tuple[list[float], list[list[int]]]:
    """Chebyshev's nodes of [-1, 1], to 20 bits, and the matrix, times 2^BITS, from values there to coefficients."""
    nodes = [round(math.cos(math.pi * (2 * j + 1) / (2 * degree + 2)) * UNIT) for j in range(degree + 1)]
    columns = [cardinal(node, [other for other in nodes if other != node]) for node in nodes]
    return [node / UNIT for node in nodes], [list(row) for row in zip(*columns, strict=True)]


UNIT = 2**20


def cardinal(node: int, others: list[int]) -> list[int]:
    """The polynomial that is 2^BITS at a node and 0 at the others, the lowest power first; nodes in units of 2^-20."""
    found, scale = [1], 1
    for other in others:
        found = [a - other * b for a, b in zip([0, *found], [*found, 0], strict=True)]
        scale *= node - other
    return [(c * UNIT**power << BITS) // scale for power, c in enumerate(found)]
