"""Error functions on vectors: erf and erfc.

Near 0, erf x = x + x P(x^2). Elsewhere erfc x = exp(-x^2) Q(s)/(x + 2) with s = (x - 2)/(x + 2), one polynomial up to
where doubles end (the change of variable of Schonfelder, "Chebyshev expansions for the error and related functions",
1978; Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x", 1981). The square is split into
a double and its rounding error, since exp turns absolute errors into relative ones. The largest errors met: erf 1.0
ulp, erfc 1.7.
"""

from __future__ import annotations

from collections.abc import Callable

from symdiff.numeric.llvm import gammas
from symdiff.numeric.llvm.gammas import exp_and_power
from symdiff.numeric.llvm.pairs import Pair, fast_sum, one, opposite, pair_quotient, product, quotient, two_sum
from symdiff.numeric.llvm.powers import pair_product
from symdiff.numeric.llvm.vectors import Vectors

LAST = 28.0  # from 27.3 on erfc is below half the least double
CUT = 0.46875  # left of it erfc is 1 - erf

# fmt: off
# erf(x)/x - 1 in x^2 for |x| <= 1: relative error 2^-62.7
NEAR = (0.12837916709551256, -0.3761263890318375, 0.11283791670954908, -0.026866170645080147, 0.005223977624838836,
        -0.000854832698160074, 0.00012055331128905139, -1.4925595496586351e-05, 1.646100195669799e-06,
        -1.6350310352746614e-07, 1.4659665139007251e-08, -1.1372133979828606e-09, 5.955574392719266e-11)
# (x + 2) exp(x^2) erfc(x) in s for 0.46 <= x <= 27.4: relative error 2^-59.5
FAR = (1.021582705242023, -0.6871606844138106, 0.2794720925560553, -0.0364422315068831, -0.021510661889538034,
       0.006479185067973629, 0.003090612060987137, -0.0008372960686491364, -0.0006630735353923109, 3.4371526285959e-05,
       0.00014447102319333808, 3.414808731089337e-05, -2.1697640940955003e-05, -1.611623759992782e-05,
       -1.1216267141213768e-06, 3.6261356876948904e-06, 1.998275391244362e-06, 4.492235079788276e-08,
       -5.809534727248365e-07, -3.886017749209398e-07, 3.053173357227538e-08, 1.644920723426529e-07,
       1.757304392948761e-08, -3.147275599936628e-08)
# fmt: on


def erf(b: Vectors, x: str) -> str:
    """The error function: the integral of exp(-t^2) from 0 to x, times 2/sqrt(pi).

    >>> b = Vectors(4)
    >>> lines = erf(b, "%x") and len(b.lines)
    >>> erfc(b, "%x") == erf(b, "%x"), len(b.lines) - lines < 10
    (False, True)
    """
    size = b.absolute(x)
    far = b.copysign(b.sub(b.constant(1.0), complement(b, size)), x)
    return b.select(b.compare("olt", size, b.constant(1.0)), near(b, x), far)


def erfc(b: Vectors, x: str) -> str:
    """1 - erf(x), which keeps its digits where erf is nearly 1."""
    size = b.absolute(x)
    far = complement(b, size)
    left = b.sub(b.constant(2.0), far)
    far = b.select(b.compare("olt", x, b.constant(0.0)), left, far)
    return b.select(b.compare("olt", size, b.constant(CUT)), b.sub(b.constant(1.0), near(b, x)), far)


FUNCTIONS: dict[str, Callable[..., str]] = {"erf": erf, "erfc": erfc, **gammas.FUNCTIONS}


def near(b: Vectors, x: str) -> str:
    """erf for |x| <= 1."""
    return b.fma(x, b.polynomial(b.mul(x, x), NEAR), x)


def complement(b: Vectors, size: str) -> str:
    """erfc for positive numbers from CUT on; nan stays."""
    x = b.minimum(b.constant(LAST), size)
    below = two_sum(b, x, b.constant(2.0))
    slow, power = exp_and_power(b, opposite(b, product(b, x, x)))
    q = far_polynomial(b, below)
    return b.scale(quotient(b, pair_product(b, slow, q), below), power)


def far_polynomial(b: Vectors, below: Pair) -> Pair:
    """Q(s), s = 1 - 4/(x + 2), and its error, from that of s as well."""
    t = pair_quotient(b, one(b), below)
    s = b.fma(t.high, b.constant(-4.0), b.constant(1.0))
    first, *others = FAR
    slope = b.polynomial(s, others)
    return fast_sum(b, b.constant(first), b.fma(slope, s, b.mul(slope, b.mul(t.low, b.constant(-4.0)))))
