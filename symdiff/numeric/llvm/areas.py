"""Vector code of the inverse hyperbolic functions, by log(1 + t), at most 2 units in the last place from the truth.

The forms without cancellation are those of fdlibm (s_asinh.c and others, Sun Microsystems, 1993). Where t is a rounded
sum or quotient, what rounding lost goes along.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, ldexp

from symdiff.numeric.llvm.logarithms import logarithm_of_more
from symdiff.numeric.llvm.pairs import fast_sum
from symdiff.numeric.llvm.plain import defined
from symdiff.numeric.llvm.vectors import Vectors

BIG = 2.0**28  # beyond, sqrt(1 + x^2) is x


def asinh(b: Vectors, x: str) -> str:
    """log(a + sqrt(a^2 + 1)) = log(1 + (a + a^2/(1 + sqrt(a^2 + 1)))), log 2a far out; a = |x|."""
    a = b.absolute(x)
    square = b.mul(a, a)
    root = b.sqrt(b.fma(a, a, b.constant(1.0)))
    return b.copysign(of_sum(b, a, a, b.div(square, b.add(b.constant(1.0), root))), x)


def acosh(b: Vectors, x: str) -> str:
    """log(1 + (d + sqrt(x^2 - 1))), d = x - 1; log 2x far out."""
    root = b.sqrt(b.fma(x, x, b.constant(-1.0)))
    found = of_sum(b, x, root, b.sub(x, b.constant(1.0)))
    return defined(b, found, b.compare("oge", x, b.constant(1.0)))


def of_sum(b: Vectors, a: str, u: str, v: str) -> str:
    """log(1 + u + v), u >= v; where a is big, log 2a."""
    far = b.compare("ogt", a, b.constant(BIG))
    less = b.sub(a, b.constant(1.0))
    total, lost = fast_sum(b, u, v)
    t = b.select(far, less, total)
    low = b.select(far, b.sub(b.constant(-1.0), b.sub(less, a)), lost)
    found = logarithm_of_more(b, t, low, b.select(far, b.constant(1.0), b.constant(0.0))).value(b)
    return b.select(b.compare("oeq", a, b.constant(inf)), a, found)


def asech(b: Vectors, x: str) -> str:
    """acosh(1/x) = log(1 + (d + sqrt(1 - x^2))/x), d = 1 - x; log 2/x near 0."""
    root = b.sqrt(b.fma(b.neg(x), x, b.constant(1.0)))
    found = of_quotient(b, x, *fast_sum(b, root, b.sub(b.constant(1.0), x)))
    inside = b.both(b.compare("ogt", x, b.constant(0.0)), b.compare("ole", x, b.constant(1.0)))
    return defined(b, found, inside)


def acsch(b: Vectors, x: str) -> str:
    """asinh(1/x) = log(1 + (1 + 1/(a + sqrt(a^2 + 1)))/a), log 2/a near 0; a = |x|."""
    a = b.absolute(x)
    root = b.sqrt(b.fma(a, a, b.constant(1.0)))
    found = of_quotient(b, a, *fast_sum(b, b.constant(1.0), b.div(b.constant(1.0), b.add(a, root))))
    return defined(b, b.copysign(found, x), b.compare("one", x, b.constant(0.0)))


def of_quotient(b: Vectors, a: str, top: str, top_low: str) -> str:
    """log(1 + (top + top_low)/a); where a is tiny, log 2/a = log(1 + (1/(2^60 a) - 1)) + 61 log 2."""
    near = b.compare("olt", a, b.constant(ldexp(1, -60)))
    q = b.div(b.select(near, b.constant(1.0), top), b.select(near, b.mul(a, b.constant(ldexp(1, 60))), a))
    less = b.sub(q, b.constant(1.0))
    t = b.select(near, less, q)
    rest = b.div(b.add(b.fma(b.neg(q), a, top), top_low), a)
    low = b.select(near, b.sub(q, b.add(less, b.constant(1.0))), b.select(b.is_nan(rest), b.constant(0.0), rest))
    return logarithm_of_more(b, t, low, b.select(near, b.constant(61.0), b.constant(0.0))).value(b)


def atanh(b: Vectors, x: str) -> str:
    """log(1 + 2a/(1 - a))/2, a = |x| < 1."""
    a = b.absolute(x)
    bottom = b.sub(b.constant(1.0), a)
    found = half_log(b, b.add(a, a), bottom, b.sub(b.sub(b.constant(1.0), bottom), a))
    return defined(b, b.copysign(found, x), b.compare("olt", a, b.constant(1.0)))


def acoth(b: Vectors, x: str) -> str:
    """atanh(1/x) = log(1 + 2/(a - 1))/2, a = |x| > 1."""
    a = b.absolute(x)
    bottom = b.sub(a, b.constant(1.0))
    found = half_log(b, b.constant(2.0), bottom, b.sub(b.constant(-1.0), b.sub(bottom, a)))
    found = b.select(b.compare("oeq", a, b.constant(inf)), b.constant(0.0), found)
    return defined(b, b.copysign(found, x), b.compare("ogt", a, b.constant(1.0)))


def half_log(b: Vectors, top: str, bottom: str, bottom_low: str) -> str:
    """log(1 + top/(bottom + bottom_low))/2."""
    q = b.div(top, bottom)
    rest = b.fma(b.neg(q), bottom_low, b.fma(b.neg(q), bottom, top))
    return b.mul(b.constant(0.5), logarithm_of_more(b, q, b.div(rest, bottom)).value(b))


# fmt: off
FUNCTIONS: dict[str, Callable[..., str]] = {
    "asinh": asinh,
    "acosh": acosh,
    "atanh": atanh,
    "acoth": acoth,
    "asech": asech,
    "acsch": acsch,
}
# fmt: on
