"""Ways to write quotients with roots: without a common divisor that the roots' relations show, and without roots below.

Both multiply by conjugates: (x - sqrt 2) (x + sqrt 2) = x^2 - 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor
from typing import TYPE_CHECKING

from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import Value, growth
from symdiff.algebra.poly import fmpq, fmpz_mpoly
from symdiff.core.expr import Expr

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

BELOW = 8  # terms of a denominator that is looked at
ABOVE = 60  # terms of a numerator that is multiplied out for it


def over_roots(writer: Writer, v: Value) -> Iterator[Expr]:
    """The value with a denominator that holds roots cancelled, or multiplied by its conjugates."""
    field = writer.field
    if not field.roots:
        return
    p, rest = numerator(field, v)
    if len(p) > 1 and field.root_generators(p):
        yield from multiplied_in(writer, p, rest)
    for i, n in v.pw.items():
        if n < 0 and n.denominator == 1 and len(field.bases[i]) <= BELOW and field.holds_roots(i):
            quotient = field.quotient(p, i) if len(p) > 1 else None
            if quotient is not None:
                q, c = quotient
                left = field.mul(rest, power(field, i, 1))
                yield from cancelled(writer, q, Value(left.c * c, left.pw, left.sg))
            else:
                yield from rationalised(writer, p, rest, i, -int(n))


def multiplied_in(writer: Writer, p: fmpz_mpoly, rest: Value) -> Iterator[Expr]:
    """sqrt 2 (1 + sqrt 2) as 2 + sqrt 2: roots of numbers go into the sum, its number out of it or into each term."""
    field = writer.field
    left, c = dict(rest.pw), rest.c
    for i, n in rest.pw.items():
        have = field.roots.get(i)
        if i in field.primes and have is not None and have[1] % n.denominator == 0:
            whole = floor(n)
            p = p * field.gens[have[0]] ** int((n - whole) * have[1])
            c *= fmpq(field.bases[i].leading_coefficient()) ** whole
            del left[i]
    content, p = field.reduced(p).primitive()
    rest = Value(c * content, left, rest.sg)
    yield from cancelled(writer, p, rest)


def cancelled(writer: Writer, q: fmpz_mpoly, rest: Value) -> Iterator[Expr]:
    """q times the rest: q as one sum, in factors, and term by term where the rest is a number."""
    number, factors = writer.make.factors(writer.plain(rest))
    yield writer.make.product(number, [(writer.polynomial(q), 1), *factors])
    yield from writer.products(writer.field.mul(writer.field.from_polynomial(q), rest))
    if rest.is_number():
        yield writer.make.sum([(rest.rational() * int(a), writer.monomial(1, powers)) for powers, a in q.terms()])


def numerator(field: Functions, v: Value) -> tuple[fmpz_mpoly, Value]:
    """The sums above the bar multiplied out, unless that is too large, and the rest."""
    p, left, signs = field.ring.constant(1), dict(v.pw), v.sg
    for i, n in v.pw.items():
        terms = len(field.bases[i])
        if n > 0 and n.denominator == 1 and terms > 1 and len(p) * growth(terms, int(n)) <= ABOVE:
            del left[i]
            p = p * field.bases[i] ** int(n)
            if n % 2 and i not in field.positive:
                signs = signs ^ {i}
    return field.reduced(p), Value(v.c, left, signs)


def power(field: Functions, i: int, n: int) -> Value:
    """Base i, with its sign, to the n."""
    return Value(fmpq(1), {i: n}, NONE if i in field.positive or n % 2 == 0 else frozenset((i,)))


def rationalised(writer: Writer, p: fmpz_mpoly, rest: Value, i: int, n: int) -> Iterator[Expr]:
    """1/d is q/N, where d q = N and q is 0 nowhere; multiplied out with the sums above the bar, and not."""
    field, make = writer.field, writer.make
    found = field.cofactor(i)
    if found is None or n > 2 or len(p) * len(found[0]) ** n > ABOVE:
        return
    q, norm = found
    below = field.from_polynomial(norm)
    if not field.never_zero(below) and field.sign_of(q) != (1, True):
        return
    whole = field.mul(field.mul(rest, power(field, i, n)), field.whole_power(below, -n))
    number, factors = make.factors(writer.plain(whole))
    conjugates = writer.polynomial(q)
    if not p.is_constant():
        content, top = field.reduced(p * q**n).primitive()
        yield from cancelled(writer, top, Value(whole.c * content, whole.pw, whole.sg))
        yield make.product(number, [(writer.polynomial(p), 1), (conjugates, n), *factors])
    else:
        yield make.product(number * int(p.leading_coefficient()), [(conjugates, n), *factors])
