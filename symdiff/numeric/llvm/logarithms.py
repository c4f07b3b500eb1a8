"""Vector code of logarithms, at most 1 unit in the last place from the truth, and softplus, at most 2.

u = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), s = f/(2 + f), h = f^2/2, and log(1 + f) = f - (h - s (h + R(s^2)))
with the coefficients of fdlibm's e_log.c (Sun Microsystems, 1993), right to 2^-58, kept as a sum of two doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, ldexp, sqrt
from typing import NamedTuple

from symdiff.numeric.llvm.exponentials import LOG2_HIGH, LOG2_LOW, exp_of_minus
from symdiff.numeric.llvm.pairs import fast_sum
from symdiff.numeric.llvm.plain import defined
from symdiff.numeric.llvm.vectors import Vectors

# fmt: off
LOG2_E, LOG2_E_LOW = 1.4426950408889634, 2.0355273740931033e-17
LOG10_E, LOG10_E_LOW = 0.4342944819032518, 1.098319650216765e-17
LOG10_2_HIGH, LOG10_2_LOW = 0.3010299955494702, 1.1451100898021838e-10
# Lg1 ... Lg7 of fdlibm's e_log.c
LOG = (6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
       1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01)
# fmt: on


class Logarithm(NamedTuple):
    """A logarithm as k log 2 + high + low, with |high| < 0.36, low far below high."""

    k: str
    high: str
    low: str

    def pair(self, b: Vectors) -> tuple[str, str]:
        """The same as a sum of two doubles, the second within the rounding error of the first."""
        whole = b.mul(self.k, b.constant(LOG2_HIGH))
        found = b.add(whole, self.high)
        return found, b.add(b.sub(self.high, b.sub(found, whole)), b.fma(self.k, b.constant(LOG2_LOW), self.low))

    def value(self, b: Vectors) -> str:
        """The same, rounded."""
        return b.add(*self.pair(b))


def log_value(b: Vectors, u: str) -> str:
    """log u, u > 0."""
    return beyond(b, logarithm(b, u).value(b), u)


def beyond(b: Vectors, value: str, u: str) -> str:
    """The value of a logarithm of u: none for u <= 0, infinite at infinity."""
    found = b.select(b.compare("oeq", u, b.constant(inf)), u, value)
    return defined(b, found, b.compare("ogt", u, b.constant(0.0)))


def logarithm(b: Vectors, u: str) -> Logarithm:
    """log u for a positive finite u, subnormal ones too."""
    small = b.compare("olt", u, b.constant(ldexp(1, -1022)))
    k, m = split(b, b.select(small, b.mul(u, b.constant(ldexp(1, 54))), u))
    high, low = log_of_mantissa(b, b.sub(m, b.constant(1.0)))
    return Logarithm(b.select(small, b.sub(k, b.constant(54.0)), k), high, low)


def split(b: Vectors, u: str) -> tuple[str, str]:
    """k and m with u = 2^k m, m in [sqrt(1/2), sqrt(2)), for a positive normal u."""
    root = b.bits_of(sqrt(0.5))
    shifted = b.iadd(b.isub(b.bits(u), root), b.bits_of(1.0))
    biased = b.as_float(b.ior(b.lshr(shifted, 52), b.bits_of(ldexp(1, 52))))
    m = b.as_float(b.iadd(b.iand(shifted, b.integer((1 << 52) - 1)), root))
    return b.sub(biased, b.constant(ldexp(1, 52) + 1023)), m


def log_of_mantissa(b: Vectors, f: str) -> tuple[str, str]:
    """log(1 + f) in two parts, for 1 + f in [sqrt(1/2), sqrt(2)]."""
    s = b.div(f, b.add(b.constant(2.0), f))
    square = b.mul(s, s)
    rest = b.mul(square, b.polynomial(square, LOG))
    half = b.mul(b.mul(b.constant(0.5), f), f)
    high = b.sub(f, half)
    return high, b.fma(s, b.add(half, rest), b.sub(b.sub(f, high), half))


def log1p(b: Vectors, x: str) -> str:
    """log(1 + x), x > -1."""
    found = logarithm_of_more(b, x).value(b)
    found = b.select(b.compare("oeq", x, b.constant(inf)), x, found)
    return defined(b, found, b.compare("ogt", x, b.constant(-1.0)))


def logarithm_of_more(b: Vectors, x: str, low: str | None = None, more: str | None = None) -> Logarithm:
    """log(1 + x + low) + more log 2, x > -1, |low| within a few rounding errors of x.

    1 + x = u + c exactly, and log(u + c) = log u + c/u; 1/m is known well enough from a straight line, since c is below
    the rounding error of u. Where u stays near 1, f is x itself.
    """
    u = b.add(x, b.constant(1.0))
    back = b.sub(u, b.constant(1.0))
    c = b.add(b.sub(b.constant(1.0), b.sub(u, back)), b.sub(x, back))
    k, m = split(b, u)
    down = b.as_float(b.isub(b.bits_of(ldexp(1, 512)), b.isub(b.bits(u), b.bits(m))))  # 2^(512 - k)
    near = b.compare("oeq", k, b.constant(0.0))
    f = b.select(near, x, b.sub(m, b.constant(1.0)))
    shift = b.mul(b.mul(b.add(c, low) if low else c, b.constant(ldexp(1, -512))), down)
    shift = b.select(near, low or b.constant(0.0), shift)
    high, rest = log_of_mantissa(b, f)
    inverse = b.sub(b.constant(2.06), m)
    return Logarithm(b.add(k, more) if more else k, high, b.fma(shift, inverse, rest))


def log2(b: Vectors, u: str) -> str:
    """The logarithm to base 2, exact at powers of 2."""
    k, high, low = logarithm(b, u)
    found, rest = times(b, high, low, LOG2_E, LOG2_E_LOW)
    return beyond(b, added(b, k, found, rest), u)


def log10(b: Vectors, u: str) -> str:
    """The logarithm to base 10."""
    k, high, low = logarithm(b, u)
    found, rest = times(b, high, low, LOG10_E, LOG10_E_LOW)
    rest = b.fma(k, b.constant(LOG10_2_LOW), rest)
    return beyond(b, added(b, b.mul(k, b.constant(LOG10_2_HIGH)), found, rest), u)


def times(b: Vectors, high: str, low: str, c: float, c_low: float) -> tuple[str, str]:
    """(high + low)(c + c_low) in two parts."""
    found = b.mul(high, b.constant(c))
    rest = b.fma(high, b.constant(c), b.neg(found))
    return found, b.add(rest, b.fma(low, b.constant(c), b.mul(high, b.constant(c_low))))


def added(b: Vectors, u: str, v: str, rest: str) -> str:
    """u + v + rest, where u is 0 or larger than v."""
    found, low = fast_sum(b, u, v)
    return b.add(found, b.add(low, rest))


def logb(b: Vectors, u: str, base: str) -> str:
    """log u/log base: the quotient of sums of two doubles."""
    top, top_low = fast_sum(b, *logarithm(b, u).pair(b))
    bottom, bottom_low = fast_sum(b, *logarithm(b, base).pair(b))
    found = b.div(top, bottom)
    rest = b.add(b.fma(b.neg(found), bottom, top), b.fma(b.neg(found), bottom_low, top_low))
    found = b.add(found, b.div(rest, bottom))
    rough = b.div(log_value(b, u), log_value(b, base))
    inside = b.compare("olt", b.maximum(u, base), b.constant(inf))
    found = b.select(inside, found, rough)
    inside = b.both(b.compare("ogt", u, b.constant(0.0)), b.compare("one", log_value(b, base), b.constant(0.0)))
    return defined(b, found, inside)


def softplus(b: Vectors, x: str) -> str:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)."""
    small = exp_of_minus(b, b.absolute(x))
    return b.add(b.maximum(b.constant(0.0), x), logarithm_of_more(b, small).value(b))


# fmt: off
FUNCTIONS: dict[str, Callable[..., str]] = {
    "log":      log_value,
    "log1p":    log1p,
    "log2":     log2,
    "log10":    log10,
    "logb":     logb,
    "softplus": softplus,
}
# fmt: on
