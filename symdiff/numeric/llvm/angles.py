"""Circular functions on vectors: sin, cos, tan, cot, sec and csc.

Angles are reduced by pi/2 in three parts (Cody and Waite, "Software Manual for the Elementary Functions", chapter 8;
Muller, "Elementary Functions", section 11.2), with fused steps: the first is exact, so that what is left of the angle
is right next to multiples of pi/2 too. Polynomials are minimax, by Remez' algorithm in 50 digits. The largest errors
met: sin and cos 1.5 ulp, tan and cot 1.2, sec and csc 0.8.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import NamedTuple

from symdiff.numeric.llvm import arcs
from symdiff.numeric.llvm.instructions import Doubt
from symdiff.numeric.llvm.pairs import Pair, either_pair, exactly, fast_sum, one, pair_sum, product, quotient
from symdiff.numeric.llvm.vectors import MAGIC, Vectors

FARTHEST = 2.0**40  # angles beyond are left to the careful path: their turns by a product with 2/pi would be too rough
SIGN = -(1 << 63)
HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)  # pi/2 is their sum, to 2^-161

# On |r| <= pi/4: sin r = r + r^3 P(r^2), relative error 2^-57.9, and cos r = 1 - r^2/2 + r^4 P(r^2), 2^-63.9.
# fmt: off
SINE = (-0.1666666666666663, 0.008333333333322118, -0.00019841269829587704,
        2.755731362008553e-06, -2.5050747469198002e-08, 1.589620869361494e-10)
COSINE = (0.041666666666666595, -0.001388888888887305, 2.480158728884532e-05,
          -2.7557314177172355e-07, 2.0875700522943133e-09, -1.1358518712957554e-11)
# tan r = r + r^3 P(r^2), 2^-56.2.
TANGENT = (0.33333333333332776, 0.1333333333341451, 0.0539682539267204, 0.021869489607785165, 0.008863219180728936,
           0.0035922889365938835, 0.001454758789524538, 0.0005950614533476395, 0.0002223890918530244,
           0.00013650705456851232, -2.6360749843432783e-05, 8.94294186006478e-05, -4.486437264269896e-05,
           2.0860364137122355e-05)
# fmt: on


def sin(b: Vectors, u: str) -> str:
    """The sine; it shares nearly all with the cosine of the same angle.

    >>> b = Vectors(4)
    >>> sin(b, "%x") == sin(b, "%x"), len(b.lines), cos(b, "%x") == sin(b, "%x"), len(b.lines)
    (True, 35, False, 35)
    """
    return sine_and_cosine(b, u)[0]


def cos(b: Vectors, u: str) -> str:
    """The cosine."""
    return sine_and_cosine(b, u)[1]


def tan(b: Vectors, u: str) -> str:
    """The tangent; after an odd number of right angles it is -1/tan of the rest."""
    r = turned(b, u)
    t = tangent(b, r.rest)
    return b.select(r.odd, b.neg(quotient(b, one(b), t)), t.high)


def cot(b: Vectors, u: str) -> str:
    """The cotangent; nothing at 0."""
    r = turned(b, u)
    flag_tiny(b, u)
    t = tangent(b, r.rest)
    return b.select(r.odd, b.neg(t.high), quotient(b, one(b), t))


def sec(b: Vectors, u: str) -> str:
    """The secant, 1/cos."""
    r = turned(b, u)
    cosine = either_pair(b, r.odd, sine_of_rest(b, r.rest), cosine_of_rest(b, r.rest))
    return signed(b, quotient(b, one(b), cosine), sign_of_cosine(b, r.turns))


def csc(b: Vectors, u: str) -> str:
    """The cosecant, 1/sin; nothing at 0."""
    r = turned(b, u)
    flag_tiny(b, u)
    sine = either_pair(b, r.odd, cosine_of_rest(b, r.rest), sine_of_rest(b, r.rest))
    return signed(b, quotient(b, one(b), sine), b.shl(r.turns, 62))


FUNCTIONS: dict[str, Callable[..., str]] = {
    **{each.__name__: each for each in (sin, cos, tan, cot, sec, csc)},
    **arcs.FUNCTIONS,
}


def signed(b: Vectors, u: str, sign: str) -> str:
    """u, or -u where the highest bit of an integer is 1."""
    return b.as_float(b.ixor(b.bits(u), b.iand(sign, b.integer(SIGN))))


# ------------------------------------------------------------------------------------------------- reduced angles


class Turned(NamedTuple):
    """An angle as a number of right angles, modulo 2^32, whether it is odd, and the rest."""

    turns: str
    odd: str
    rest: Pair


def right_angles(b: Vectors, u: str) -> tuple[str, str, str]:
    """The nearest number of right angles, as a double and an integer, and the rest in units of 2^-53 at most: exact."""
    shifted = b.mul_add(u, b.constant(2 / pi), b.constant(MAGIC))
    turns = b.sub(shifted, b.constant(MAGIC))
    b.doubts.append(Doubt(u, limit=FARTHEST))
    return turns, b.bits(shifted), b.moderate_fma(turns, b.constant(-HALF_PI[0]), u)


def sine_and_cosine(b: Vectors, u: str) -> tuple[str, str]:
    """Both at once, from one reduction: 35 instructions."""

    def make() -> tuple[str, str]:
        n, turns, rest = right_angles(b, u)
        rest = b.moderate_fma(n, b.constant(-HALF_PI[1]), rest)
        rest = b.mul_add(n, b.constant(-HALF_PI[2]), rest)
        r2 = b.mul(rest, rest)
        s = b.mul_add(b.mul(r2, rest), b.polynomial(r2, SINE), rest)
        c = b.mul_add(r2, b.polynomial(r2, (-0.5, *COSINE)), b.constant(1.0))
        odd = b.odd(turns)
        sine, cosine = b.select(odd, c, s), b.select(odd, s, c)
        return signed(b, sine, b.shl(turns, 62)), signed(b, cosine, sign_of_cosine(b, turns))

    found: tuple[str, str] = b.remember(("sine and cosine", u), make)
    return found


def sign_of_cosine(b: Vectors, turns: str) -> str:
    """Bit 1 of turns + 1, moved to the place of the sign."""
    return b.iadd(b.shl(turns, 62), b.integer(1 << 62))


def turned(b: Vectors, u: str) -> Turned:
    """The same with the rounding error of the rest, for quotients."""

    def make() -> Turned:
        n, turns, rest = right_angles(b, u)
        r = pair_sum(b, exactly(b, rest), product(b, n, b.constant(-HALF_PI[1])))
        low = b.fma(n, b.constant(-HALF_PI[2]), r.low)
        return Turned(turns, b.odd(turns), Pair(r.high, low))

    found: Turned = b.remember(("turned", u), make)
    return found


def tangent(b: Vectors, r: Pair) -> Pair:
    """The tangent of an angle up to pi/4, and its rounding error."""
    r2 = b.mul(r.high, r.high)
    more = b.fma(b.mul(r2, r.high), b.polynomial(r2, TANGENT), b.fma(r.low, r2, r.low))
    return fast_sum(b, r.high, more)


def sine_of_rest(b: Vectors, r: Pair) -> Pair:
    """The same of the sine."""
    r2 = b.mul(r.high, r.high)
    slope = b.fma(r2, b.constant(-0.5), b.constant(1.0))
    return fast_sum(b, r.high, b.fma(b.mul(r2, r.high), b.polynomial(r2, SINE), b.mul(r.low, slope)))


def cosine_of_rest(b: Vectors, r: Pair) -> Pair:
    """The same of the cosine."""
    r2 = product(b, r.high, r.high)
    rough = fast_sum(b, b.constant(1.0), b.mul(r2.high, b.constant(-0.5)))
    more = b.fma(b.mul(r2.high, r2.high), b.polynomial(r2.high, COSINE), rough.low)
    drift = b.fma(r.high, r.low, b.mul(b.constant(0.5), r2.low))  # r^2/2 is that much larger than rough says
    return fast_sum(b, rough.high, b.sub(more, drift))


def flag_tiny(b: Vectors, u: str) -> None:
    """The inverse of these overflows."""
    tiny = b.compare("olt", b.absolute(u), b.constant(2.0**-1000))
    b.flag(b.both(tiny, b.compare("one", u, b.constant(0.0))))
