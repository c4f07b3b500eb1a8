"""Roots of products: |x|^(7/4) |y|^(7/2) is (sqrt(x) y)^(7/2) where the formula takes a root of that product.

The formula says that the product is not negative, except perhaps where one of its factors is 0: there both sides are 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.signs import NONE, Members
from symdiff.algebra.field.values import Powers, Value
from symdiff.algebra.poly import fmpq
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import Expr

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer


def joint_roots(writer: Writer, v: Value) -> Iterator[Expr]:
    """Bases whose exponents are multiples of one, under that exponent."""
    field = writer.field
    bases = [i for i, n in v.pw.items() if n > 0 and i not in field.primes]
    exponents = dict.fromkeys([v.pw[i] for i in bases if v.pw[i].denominator % 2 == 0])
    if len(bases) < 2 or not exponents:
        return
    sign = sign_in(field, v.sg, v.pw)
    for e in exponents if sign else ():
        halves = {i: floor(2 * v.pw[i] / e) for i in bases}
        inner: Powers = {i: normalised(Fraction(n, 2)) for i, n in halves.items() if n}
        if len(inner) > 1 and (len(inner) < len(bases) or len(dict.fromkeys(inner.values())) > 1):
            yield from under_one(writer, v, e, inner, sign)


def under_one(writer: Writer, v: Value, e: Exact, inner: Powers, sign: int) -> Iterator[Expr]:
    field = writer.field
    odd = frozenset([i for i, n in inner.items() if n.denominator == 1 and n % 2 and i not in field.positive])
    inside = sign_in(field, odd, inner)
    if inside:
        base = writer.value(Value(fmpq(inside), inner, odd))
        left = {i: normalised(n - inner.get(i, 0) * e) for i, n in v.pw.items()}
        rest = Value(v.c * sign, {i: n for i, n in left.items() if n}, NONE)
        c, factors = writer.make.factors(writer.plain(rest))
        yield writer.make.product(c, [*factors, (base, e)])


def sign_in(field: Functions, members: Members, powers: Powers) -> int:
    """The sign of a product of bases wherever these powers are not 0; 0 if it is not known."""
    left, sign = field.signs.known(members)
    if not left:
        return sign
    for fact in field.signs.facts:
        if fact.members == members and all([i in field.signs.nonzero or powers.get(i, 0) > 0 for i in fact.unless]):
            return fact.sign
    return 0
