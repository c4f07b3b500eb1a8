"""Values of the field in which formulas are compared: signed products of powers of irreducible polynomials.

A value is  c * s * prod |p_i|^e_i : c rational, p_i irreducible primitive polynomials in the generators (prime numbers
among them), e_i rational, s the product of the signs of some of the p_i. Products, quotients and powers add exponents;
a sum takes out the least exponents, multiplies out what is left and factors it. x is |x| with the sign of x.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any, NamedTuple

from symdiff.algebra.field.signs import NONE, Members
from symdiff.algebra.poly import fmpq
from symdiff.core.exact import Exact

Powers = dict[int, Exact]
Key = tuple[frozenset[tuple[int, Exact]], Members]


class UnsettledError(Exception):
    """The field cannot say what this part is; another may, or it stays as it is."""


class CrowdedError(Exception):
    """More generators are needed than the ring was made for."""


class UndecidedError(UnsettledError):
    """The sign of a base would have to be known."""

    def __init__(self, base: int) -> None:
        self.base = base


class NowhereError(UnsettledError):
    """There is no value: a division by zero, a logarithm of zero."""


class ExhaustedError(UnsettledError):
    """This formula has cost so much work that it is better read in smaller parts."""


class OversizedError(UnsettledError):
    """Multiplying out would be too much."""


class Value:
    """c * (the signs of sg) * prod |base|^exponent; never changed once made."""

    __slots__ = ("c", "key", "pw", "sg", "whole")

    def __init__(self, c: fmpq, pw: Powers, sg: Members) -> None:
        self.c, self.pw, self.sg = c, pw, sg

    def shape(self) -> Key:
        """Everything but the number."""
        try:
            return self.key
        except AttributeError:
            self.key: Key = (frozenset(self.pw.items()), self.sg)
            return self.key

    def name(self) -> tuple[Any, ...]:
        """Equal for equal values."""
        try:
            return self.whole
        except AttributeError:
            self.whole: tuple[Any, ...] = (self.c.p, self.c.q, self.shape())
            return self.whole

    def is_number(self) -> bool:
        return not self.pw and not self.sg

    def rational(self) -> Fraction:
        return Fraction(int(self.c.p), int(self.c.q))

    def coefficient(self) -> Exact:
        """The number in front: an int where it is one."""
        return int(self.c.p) if self.c.q == 1 else self.rational()


class Generator(NamedTuple):
    """What a generator stands for: its kind ("symbol", "exp", "root", ...), its key, and what it is made of."""

    kind: str
    key: Any
    of: Any = None


ONE, ZERO = Value(fmpq(1), {}, NONE), Value(fmpq(0), {}, NONE)
HALF = Fraction(1, 2)


def number(q: Exact) -> Value:
    return Value(fmpq(q.numerator, q.denominator), {}, NONE)


def negated(a: Value) -> Value:
    return Value(-a.c, a.pw, a.sg)


def add_power(pw: Powers, i: int, n: Exact) -> None:
    """Multiply by base i to the n."""
    n = pw.get(i, 0) + n
    if not n:
        pw.pop(i, None)
    else:
        pw[i] = n if n.__class__ is int or n.denominator != 1 else n.numerator


def least_powers(terms: list[Value]) -> Powers:
    """The least exponent of every base; 0 where a term is without it."""
    first = terms[0].pw
    least = dict(first)
    for v in terms[1:]:
        pw = v.pw
        for i, n in least.items():
            if n > 0 and i not in pw:
                least[i] = 0
        for i, n in pw.items():
            if n < least.get(i, 0) or i not in least:
                least[i] = min(n, 0) if i not in least else n
    return least


def growth(terms: int, n: int) -> float:
    """How many terms the n-th power of so many terms has at most, or a number that is too large anyway."""
    return comb(n + terms - 1, n) if n < 40 and terms < 40 else float(terms) ** min(n, 8)
