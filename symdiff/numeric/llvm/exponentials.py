"""Vector code of exponentials and hyperbolic functions, at most 2 units in the last place from the truth.

x = n log 2 + r with |r| <= log(2)/2, log 2 in two parts (Cody and Waite, Software Manual for the Elementary Functions,
1980), and exp(x) = 2^n (1 + p), p = r + r^2 q(r), where q interpolates (exp(r) - 1 - r)/r^2 at Chebyshev points (degree
10, error 3e-18). The rest follow without cancellation (Muller, Elementary Functions, chapter 11).
"""

from __future__ import annotations

from collections.abc import Callable
from math import ldexp

from symdiff.numeric.llvm.plain import defined
from symdiff.numeric.llvm.vectors import BIASED_TWICE, MAGIC, Vectors

# fmt: off
LOG2_HIGH, LOG2_LOW = 6.931471803691238e-01, 1.9082149292705877e-10  # n LOG2_HIGH is exact for |n| < 2^21
LOG2_E = 1.4426950408889634

# (exp(r) - 1 - r)/r^2 for |r| <= log(2)/2
EXP = (0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326112, 0.001388888888888373, 0.0001984126987490126,
       2.4801587325605324e-05, 2.7557255297969643e-06, 2.755727357010214e-07, 2.5105259538448494e-08,
       2.0914717341716378e-09)
# the same for exp alone: 2^-56.4 of exp(r), minimax
EXP_SHORT = (0.5000000000000011, 0.16666666666666413, 0.04166666666652995, 0.008333333333494716, 0.001388888894369385,
             0.00019841269506177484, 2.4801493025362962e-05, 2.755758659268598e-06, 2.76302769630665e-07,
             2.5000037827106375e-08)
# the same for |r| <= log(2)/32: error 3e-17
EXP_NEAR = (0.5, 0.16666666665296223, 0.04166666666495362, 0.008333449934107185, 0.0013889034639665864)
# 2^(j/16), and what rounding it lost
ROOTS = (1.0, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916, 1.189207115002721, 1.241857812073484,
         1.2968395546510096, 1.3542555469368927, 1.4142135623730951, 1.4768261459394993, 1.5422108254079407,
         1.6104903319492543, 1.681792830507429, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474)
RESTS = (0.0, 8.551889705537965e-17, -3.046782079812471e-17, 8.912812676025408e-17, 3.982015231465646e-17,
         4.658027591836937e-17, 2.5382502794888315e-17, 7.70094837980299e-17, -9.667293313452913e-17,
         -3.483994556892796e-17, 7.949834809697621e-17, 2.4707192569797888e-17, 8.199010020581497e-17,
         2.960140695448873e-17, 3.283107224245627e-17, -1.0619946056195963e-16)
# (sinh(x)/x - 1)/x^2 in x^2, for |x| <= 1: interpolation at Chebyshev points, error 4e-19
SINH = (0.16666666666666666, 0.008333333333333299, 0.00019841269841324198, 2.7557319191381816e-06,
        2.5052117695907823e-08, 1.6057679623801638e-10, 7.746178593018827e-13)
# fmt: on


# --------------------------------------------------------------------------------------------------------- exponentials


def exp(b: Vectors, x: str) -> str:
    """e^x."""
    if b.is_wide:
        return exp_by_table(b, between(b, x, -746.0, 710.0))
    return exp_between(b, between(b, x, -746.0, 710.0))


def exp_between(b: Vectors, x: str) -> str:
    """e^x for |x| < 1400."""
    shifted = b.mul_add(x, b.constant(LOG2_E), b.constant(BIASED_TWICE))
    n = b.sub(shifted, b.constant(BIASED_TWICE))
    r = b.mul_add(n, b.constant(-LOG2_LOW), b.mul_add(n, b.constant(-LOG2_HIGH), x))
    p = b.mul_add(b.mul(r, r), b.polynomial(r, EXP_SHORT), r)
    return b.scale_by_bits(b.add(b.constant(1.0), p), b.bits(shifted))


def exp_by_table(b: Vectors, x: str) -> str:
    """e^x = 2^n 2^(j/16) e^r with |r| <= log(2)/32, on wide vectors, which hold the sixteen powers in two registers."""
    shifted = b.fma(x, b.constant(LOG2_E), b.constant(MAGIC / 16))
    n = b.sub(shifted, b.constant(MAGIC / 16))
    r = b.fma(n, b.constant(-LOG2_LOW), b.fma(n, b.constant(-LOG2_HIGH), x))
    p = b.fma(b.mul(r, r), b.polynomial(r, EXP_NEAR), r)
    root, rest = b.of_sixteen(b.bits(shifted), ROOTS), b.of_sixteen(b.bits(shifted), RESTS)
    return b.scale_to_floor(b.add(root, b.fma(root, p, rest)), n)


def expm1(b: Vectors, x: str) -> str:
    """e^x - 1: half of it is 2^(n-1) p + (2^(n-1) - 1/2), which does not overflow too early."""
    p, n = expm1_and_power(b, between(b, x, -40.0, 710.0), exact=True)
    half = b.power_of_two(b.sub(n, b.constant(1.0)))
    found = b.fma(half, p, b.sub(half, b.constant(0.5)))
    return b.select(b.compare("oeq", n, b.constant(0.0)), p, b.add(found, found))


def expm1_and_power(b: Vectors, x: str, exact: bool = False) -> tuple[str, str]:
    """p and n with e^x = 2^n (1 + p); `exact`: with the rounding error of r put right, where 1 + p is not the end."""
    n, _ = b.nearest(b.mul(x, b.constant(LOG2_E)))
    high = b.fma(n, b.constant(-LOG2_HIGH), x)
    r = b.fma(n, b.constant(-LOG2_LOW), high)
    tail = b.mul(b.mul(r, r), b.polynomial(r, EXP))
    if exact:
        tail = b.add(tail, b.fma(n, b.constant(-LOG2_LOW), b.sub(high, r)))
    return b.add(r, tail), n


def between(b: Vectors, x: str, low: float, high: float) -> str:
    """x, moved into an interval; nan stays."""
    return b.maximum(b.constant(low), b.minimum(b.constant(high), x))


def exp_of_minus(b: Vectors, a: str, times: float = 0.0) -> str:
    """2^times e^-a, a >= 0."""
    p, n = expm1_and_power(b, b.maximum(b.constant(-747.0), b.neg(a)))
    return b.scale(b.add(b.constant(1.0), p), b.add(n, b.constant(times)) if times else n)


def sigmoid(b: Vectors, x: str) -> str:
    """1/(1 + e^-x): with t = e^-|x| and w = t/(1 + t), 1 - w, and t - t w left of 0."""
    small = exp_of_minus(b, b.absolute(x))
    rest = b.div(small, b.add(b.constant(1.0), small))
    left = b.compare("olt", x, b.constant(0.0))
    return b.select(left, b.fma(b.neg(small), rest, small), b.sub(b.constant(1.0), rest))


# ----------------------------------------------------------------------------------------------------------- hyperbolic


def sinh(b: Vectors, x: str) -> str:
    """The odd part of e^x: a polynomial for |x| < 1, else (e^a - e^-a)/2 with a = |x|."""
    a, square = b.absolute(x), b.mul(x, x)
    near = b.fma(b.mul(x, square), b.polynomial(square, SINH), x)
    half = half_exp(b, a)
    far = b.copysign(b.sub(half, b.div(b.constant(0.25), half)), x)
    return b.select(b.compare("olt", a, b.constant(1.0)), near, far)


def cosh(b: Vectors, x: str) -> str:
    """The even part of e^x."""
    half = half_exp(b, b.absolute(x))
    return b.add(half, b.div(b.constant(0.25), half))


def half_exp(b: Vectors, a: str) -> str:
    """e^a/2, which overflows as late as sinh and cosh do; a >= 0."""
    p, n = expm1_and_power(b, b.minimum(b.constant(712.0), a))
    return b.scale(b.add(b.constant(1.0), p), b.sub(n, b.constant(1.0)))


def tanh(b: Vectors, x: str) -> str:
    """q = E/(E + 2) with E = e^2a - 1, put right for the rounding of E + 2, whose reciprocal is (1 - q)/2."""
    top, bottom, low = tanh_parts(b, b.absolute(x))
    q = b.div(top, bottom)
    rest = b.fma(b.neg(q), low, b.fma(b.neg(q), bottom, top))
    found = b.fma(rest, b.fma(q, b.constant(-0.5), b.constant(0.5)), q)
    return b.copysign(b.minimum(b.constant(1.0), found), x)


def coth(b: Vectors, x: str) -> str:
    """(E + 2)/E, no value at 0."""
    top, bottom, low = tanh_parts(b, b.absolute(x))
    q = b.div(bottom, top)
    rest = b.add(low, b.fma(b.neg(q), top, bottom))
    found = b.add(q, b.select(b.compare("olt", q, b.constant(ldexp(1, 60))), b.div(rest, top), b.constant(0.0)))
    return defined(b, b.copysign(found, x), b.compare("une", x, b.constant(0.0)))


def tanh_parts(b: Vectors, a: str) -> tuple[str, str, str]:
    """E, E + 2 rounded, and what that lost, for E = e^2a - 1 = 2^n p + (2^n - 1)."""
    p, n = expm1_and_power(b, b.minimum(b.constant(40.0), b.add(a, a)), exact=True)
    power = b.power_of_two(n)
    top = b.fma(power, p, b.sub(power, b.constant(1.0)))
    bottom = b.add(top, b.constant(2.0))
    larger, smaller = b.maximum(top, b.constant(2.0)), b.minimum(top, b.constant(2.0))
    return top, bottom, b.sub(smaller, b.sub(bottom, larger))


def sech(b: Vectors, x: str) -> str:
    """2t/(1 + t^2) with t = e^-a, and 2t - 2t t^2/(1 + t^2) for a > 1."""
    a = b.absolute(x)
    twice = exp_of_minus(b, a, times=1.0)
    small = b.mul(twice, b.constant(0.5))
    near = b.compare("olt", a, b.constant(1.0))
    q = b.div(b.select(near, twice, b.mul(small, small)), b.fma(small, small, b.constant(1.0)))
    return b.select(near, q, b.fma(b.neg(twice), q, twice))


def csch(b: Vectors, x: str) -> str:
    """1/sinh x, and 2t/(1 - t^2) = 2t + 2t t^2/(1 - t^2) with t = e^-a for a > 1; no value at 0."""
    a, square = b.absolute(x), b.mul(x, x)
    sine = b.fma(b.mul(a, square), b.polynomial(square, SINH), a)
    twice = exp_of_minus(b, a, times=1.0)
    small = b.mul(b.mul(twice, twice), b.constant(0.25))
    near = b.compare("olt", a, b.constant(1.0))
    q = b.div(b.select(near, b.constant(1.0), small), b.select(near, sine, b.sub(b.constant(1.0), small)))
    found = b.select(near, q, b.fma(twice, q, twice))
    return defined(b, b.copysign(found, x), b.compare("une", x, b.constant(0.0)))


# fmt: off
FUNCTIONS: dict[str, Callable[..., str]] = {
    "exp":     exp,
    "expm1":   expm1,
    "sigmoid": sigmoid,
    "sinh":    sinh,
    "cosh":    cosh,
    "tanh":    tanh,
    "coth":    coth,
    "sech":    sech,
    "csch":    csch,
}
# fmt: on
