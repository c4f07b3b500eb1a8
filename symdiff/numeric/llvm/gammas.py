"""The gamma function, its logarithm and the derivative of that on vectors.

From 5/2 on Stirling's series, as log gamma x = (x - 1/2) log x - x + log(2 pi)/2 + P(1/x^2)/x (DLMF 5.11.1), where P is
minimax instead of asymptotic. Below, log gamma has the zeros 1 and 2 and digamma has one at 1.46: they are divided out,
and the quotient is a polynomial in s = (x - 9/8)/(x + 9/8); from 1/2 down x + 1 takes the place of x. All by Remez'
algorithm in 50 digits. The largest errors met: gamma 1.8 ulp, loggamma 1.2, digamma 1.8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, pi

from symdiff.numeric.llvm.exponentials import EXP, LOG2_E, LOG2_HIGH, LOG2_LOW
from symdiff.numeric.llvm.logarithms import logarithm
from symdiff.numeric.llvm.pairs import (
    Pair,
    either_pair,
    exactly,
    fast_sum,
    one,
    pair_quotient,
    pair_sum,
    product,
    two_sum,
)
from symdiff.numeric.llvm.plain import defined
from symdiff.numeric.llvm.powers import log_in_two_parts, pair_product, times
from symdiff.numeric.llvm.vectors import MAGIC, Vectors

FAR = 2.5
CENTRE = 1.125
HALF_LOG_2PI = (0.9189385332046728, -3.8782941580672414e-17)
PSI_ZERO = (1.4616321449683622, 9.549995429965697e-17)
PI_LOW = 1.2246467991473532e-16
LARGEST = 200.0  # gamma is infinite, and 1/gamma 0, from here on
LOWEST = -(2.0**50)  # further down there are only a few numbers between integers

# fmt: off
# x (log gamma x - Stirling's formula) in 1/x^2 for x >= 5/2: 2^-60.5 of log gamma
STIRLING = (0.08333333333333175, -0.0027777777771200735, 0.0007936506920553097, -0.0005952298064229903,
            0.0008413347002689417, -0.0019034828183092207, 0.006071683489650371, -0.023415528915509232,
            0.09136563959013207, -0.3067717605620707, 0.7711646685326684, -1.2402147257332707, 0.9389857449376104)
# log gamma x/((x - 1) (x - 2)) in s for 1/2 <= x <= 5/2: relative error 2^-57.2
BETWEEN = (0.5487833977237905, -6.155735444741197e-18, -0.4750947770808959, 0.1303964656595721, -0.1631380968420186,
           0.0867519623366992, -0.09911794227534494, 0.06455379790306884, -0.07112614612177322, 0.05134199035822338,
           -0.05543863365322142, 0.042606119642122256, -0.045407761702653614, 0.03640347216746505,
           -0.03848231809786958, 0.03182996944641987, -0.032946249714089056, 0.027687843319143226,
           -0.03225674455570982, 0.028747507796077064, -0.013667571955423579, 0.009045102134951528,
           -0.053794994047084155, 0.051336112533315846)
# digamma x/(x - its zero) in s for 1/2 <= x <= 5/2: relative error 2^-57.1
PSI_BETWEEN = (1.154056940499151, -1.0538449663191473e-16, -1.564533105266837, 1.1622939027921595, -1.2519845546385184,
               1.1950936153471883, -1.23052809751093, 1.2060907348058303, -1.2239794722488462, 1.2103013764915764,
               -1.2211045843668311, 1.212352787000952, -1.2196005156804681, 1.2135232315539226, -1.2184242071430424,
               1.2138702668971737, -1.2219783691843564, 1.2195260388529034, -1.1802053696451114, 1.1698569020733274,
               -1.4570830321968788, 1.492528590942364, -0.26909961400766585, 0.1614855677444697, -3.214296685614551,
               3.3416567491273894)
# x^2 (log x - 1/(2x) - digamma x) in 1/x^2 for x >= 5/2: 2^-60.1 of digamma
PSI_FAR = (0.08333333333332926, -0.008333333331182495, 0.0039682535519800395, -0.00416662458506735,
           0.007573155552632468, -0.020984929664549526, 0.08014090059392434, -0.37226473896221257, 1.8046570997039868,
           -7.9022994324577205, 27.79409349384964, -70.56556297392393, 112.55491088158288, -83.79193492592066)
# (sin(pi r)/r - pi)/r^2 in r^2 for |r| <= 1/2: 2^-61.6 of the sine
SINE_OF_PI = (-5.167712780049969, 2.550164039877303, -0.5992645293189623, 0.08214588657284701, -0.007370430500852897,
              0.0004662997828912543, -2.190339834489748e-05, 7.696712270463155e-07)
# fmt: on


def loggamma(b: Vectors, x: str) -> str:
    """The logarithm of gamma for x > 0; beyond 1e305 it is left to the careful path.

    >>> b = Vectors(4)
    >>> loggamma(b, "%x").startswith("%v")
    True
    """
    infinite = b.compare("oeq", x, b.constant(inf))
    b.flag(b.both(b.compare("ogt", x, b.constant(1e305)), b.negate(infinite)))
    low = b.compare("olt", x, b.constant(0.5))
    base = b.select(low, b.add(x, b.constant(1.0)), x)
    here = b.select(low, x, b.sub(x, b.constant(1.0)))  # base - 1 and base - 2, before base was rounded
    there = fast_sum(b, b.select(low, b.constant(-1.0), b.constant(-2.0)), x)
    zeros = pair_product(b, exactly(b, here), there)
    between = pair_product(b, zeros, polynomial_between(b, base, BETWEEN))
    log_x = b.remember(("log in two parts", x), lambda: log_in_two_parts(b, x))
    near = b.add(b.neg(log_x.high), b.sub(between.high, log_x.low))
    found = b.select(low, near, b.add(*between))
    found = b.select(b.compare("oge", x, b.constant(FAR)), b.add(*stirling(b, exactly(b, x), log_x)), found)
    found = b.select(infinite, x, found)
    return defined(b, found, b.compare("ogt", x, b.constant(0.0)))


def digamma(b: Vectors, x: str) -> str:
    """The derivative of loggamma; left of 0, where zeros are close together, it is left to the careful path."""
    b.flag(b.compare("olt", x, b.constant(0.0)))
    low = b.compare("olt", x, b.constant(0.5))
    inverse, error = pair_quotient(b, one(b), exactly(b, x))
    base = b.select(low, b.add(x, b.constant(1.0)), x)
    root, rest = PSI_ZERO
    zero = pair_sum(b, exactly(b, base), Pair(b.constant(-root), b.constant(-rest)))
    between = pair_product(b, zero, polynomial_between(b, base, PSI_BETWEEN))
    error = b.select(b.compare("ogt", x, b.constant(2.0**-1000)), error, b.constant(0.0))
    down = b.add(b.sub(between.high, inverse), b.sub(between.low, error))
    near = b.select(low, down, b.add(*between))
    high, tail = logarithm(b, x).pair(b)
    inverse2 = b.mul(inverse, inverse)
    series = b.fma(inverse2, b.polynomial(inverse2, PSI_FAR), b.mul(inverse, b.constant(0.5)))
    far = b.select(b.compare("oeq", x, b.constant(inf)), x, b.add(high, b.sub(tail, series)))
    found = b.select(b.compare("oge", x, b.constant(FAR)), far, near)
    return defined(b, found, b.compare("ogt", x, b.constant(0.0)))


def gamma(b: Vectors, x: str) -> str:
    """Euler's gamma function; no value at 0, -1, -2 ..."""
    found, power = gamma_and_power(b, x)
    return b.scale(b.add(*found), power)


def factorial(b: Vectors, u: str) -> str:
    """gamma(u + 1), which is u gamma(u) where u + 1 would be rounded too much."""
    small = b.compare("olt", b.absolute(u), b.constant(0.5))
    found, power = gamma_and_power(b, b.select(small, b.add(u, b.constant(1.0)), u))
    factor = b.select(small, b.constant(1.0), b.minimum(b.constant(LARGEST), u))
    return b.scale(b.add(*pair_product(b, exactly(b, factor), found)), power)


FUNCTIONS: dict[str, Callable[..., str]] = {each.__name__: each for each in (loggamma, digamma, gamma, factorial)}


def gamma_and_power(b: Vectors, x: str) -> tuple[Pair, str]:
    """u and n with gamma x = 2^n u.

    Up to 5/2 it is gamma(x + 3)/(x (x + 1) (x + 2)), and gamma(-w) = -pi/(w sin(pi w) gamma(w)) (DLMF 5.5.1, 5.5.3).
    """
    size = b.absolute(x)
    tiny = b.both(b.compare("olt", size, b.constant(2.0**-1000)), b.compare("one", size, b.constant(0.0)))
    b.flag(b.either(tiny, b.compare("olt", x, b.constant(LOWEST))))
    w = b.minimum(b.constant(LARGEST), size)
    low, left = b.compare("olt", w, b.constant(FAR)), b.compare("olt", x, b.constant(0.0))
    z = either_pair(b, low, two_sum(b, w, b.constant(3.0)), exactly(b, w))
    factors = either_pair(b, low, two_factors(b, w), one(b))
    down = pair_product(b, exactly(b, b.select(low, w, b.constant(1.0))), factors)
    log_gamma = stirling(b, z, log_in_two_parts(b, z.high))
    found, power = exp_and_power(b, Pair(*(b.select(left, b.neg(part), part) for part in log_gamma)))
    sine = pair_product(b, exactly(b, b.select(low, b.constant(1.0), size)), sine_of_pi(b, size))
    above, below = either_pair(b, left, reflected(b, factors), one(b)), either_pair(b, left, sine, down)
    return pair_product(b, found, pair_quotient(b, above, below)), power


def stirling(b: Vectors, z: Pair, log_z: Pair) -> Pair:
    """log gamma z for z >= 5/2, given the logarithm of z.high."""
    inverse = b.div(b.constant(1.0), z.high)
    inverse2 = b.mul(inverse, inverse)
    slope = b.sub(log_z.high, b.mul(inverse, b.constant(0.5)))  # nearly digamma
    main = times(b, log_z, b.sub(z.high, b.constant(0.5)))
    difference = two_sum(b, main.high, b.neg(z.high))
    total = two_sum(b, difference.high, b.constant(HALF_LOG_2PI[0]))
    series = b.fma(inverse, b.polynomial(inverse2, STIRLING), b.constant(HALF_LOG_2PI[1]))
    low = b.add(b.add(difference.low, total.low), b.fma(z.low, slope, main.low))
    return fast_sum(b, total.high, b.add(low, series))


def polynomial_between(b: Vectors, x: str, coefficients: Sequence[float]) -> Pair:
    """A polynomial in s = (x - 9/8)/(x + 9/8); its first coefficient comes in two parts."""
    s = pair_quotient(b, two_sum(b, x, b.constant(-CENTRE)), two_sum(b, x, b.constant(CENTRE)))
    first, rest, *others = coefficients
    slope = b.polynomial(s.high, others)
    return two_sum(b, b.constant(first), b.fma(s.high, slope, b.fma(s.low, slope, b.constant(rest))))


def exp_and_power(b: Vectors, y: Pair) -> tuple[Pair, str]:
    """u and n with exp y = 2^n u."""
    n, _ = b.nearest(b.mul(y.high, b.constant(LOG2_E)))
    near = b.fma(n, b.constant(-LOG2_HIGH), y.high)
    low = b.fma(n, b.constant(-LOG2_LOW), y.low)
    r = b.add(near, low)
    tail = b.fma(b.mul(r, r), b.polynomial(r, EXP), b.add(b.sub(near, r), low))
    high, rest = fast_sum(b, b.constant(1.0), r)
    return fast_sum(b, high, b.add(rest, tail)), n


def two_factors(b: Vectors, w: str) -> Pair:
    """(w + 1) (w + 2)."""
    return pair_product(b, two_sum(b, w, b.constant(1.0)), two_sum(b, w, b.constant(2.0)))


def reflected(b: Vectors, down: Pair) -> Pair:
    """-pi times factors."""
    return pair_product(b, Pair(b.constant(-pi), b.constant(-PI_LOW)), down)


def sine_of_pi(b: Vectors, w: str) -> Pair:
    """sin(pi w), 0 at integers."""
    shifted = b.add(w, b.constant(MAGIC))
    r = b.sub(w, b.sub(shifted, b.constant(MAGIC)))
    r2 = product(b, r, r)
    bend = pair_product(b, r2, exactly(b, b.polynomial(r2.high, SINE_OF_PI)))
    slope = pair_sum(b, Pair(b.constant(pi), b.constant(PI_LOW)), bend)
    sine = pair_product(b, exactly(b, r), slope)
    sign = b.shl(b.bits(shifted), 63)
    return Pair(*(b.as_float(b.ixor(b.bits(part), sign)) for part in sine))
