"""Ways to write a quotient: its bar inside the sum that stands above it, and as a sum over coprime denominators."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import UnsettledError, Value
from symdiff.algebra.poly import fmpq, fmpq_poly, fmpz, fmpz_mpoly
from symdiff.algebra.write.factors import meets
from symdiff.core.expr import Expr

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

TERMS = 8  # of a numerator that is written one fraction each, or of a denominator that divides it
DEGREE = 12  # of denominators that are taken apart
PARTS = 3

Numerator = tuple[fmpz_mpoly, Value]  # and the rest


def bar_inside(writer: Writer, split: Numerator) -> Iterator[Expr]:
    """w (u + v)/x as w (u + v/x): the factors w stay outside."""
    p, rest = content_outside(writer, split)
    field = writer.field
    below = [i for i, n in rest.pw.items() if n.denominator == 1 and n < 0 and meets(writer, i, p)]
    if len(p) > TERMS or not below or len(below) == len(rest.pw):
        return
    for chosen in [below] if len(below) == 1 else [below, *[[i] for i in below]]:
        if len(chosen) > PARTS:
            continue
        inner = part_of(writer, rest, chosen)
        outer = field.div(rest, inner)
        number, factors = writer.make.factors(writer.plain(outer))
        for whole in insides(writer, p, inner):
            yield writer.make.product(number, [*factors, (whole, 1)])


def content_outside(writer: Writer, split: Numerator) -> Numerator:
    """With the monomial that all terms share in the rest."""
    p, rest = split
    content = p.term_content()
    return (
        (p, rest)
        if content.is_constant()
        else (p // content, writer.field.mul(writer.field.from_polynomial(content), rest))
    )


def part_of(writer: Writer, v: Value, bases: list[int]) -> Value:
    """The powers of these bases in v, with the signs that they have."""
    odd = frozenset([i for i in bases if v.pw[i] % 2 and i not in writer.field.positive])
    return Value(fmpq(1), {i: v.pw[i] for i in bases}, odd)


def insides(writer: Writer, p: fmpz_mpoly, inner: Value) -> Iterator[Expr]:
    """p times `inner` term by term, and as the quotient and the rest by a factor below."""
    field, make = writer.field, writer.make
    yield make.sum([(1, writer.plain(field.mul(monomial(writer, powers, c), inner))) for powers, c in p.terms()])
    for i in inner.pw:
        if len(field.bases[i]) > 1:
            quotient, remainder = divmod(p, field.bases[i])
            if not quotient.is_zero() and not remainder.is_zero() and len(quotient) + len(remainder) <= len(p):
                base = Value(fmpq(1), {i: 1}, NONE if i in field.positive else frozenset((i,)))
                first = writer.value(field.mul(field.mul(field.from_polynomial(quotient), base), inner))
                yield make.sum([(1, first), (1, writer.plain(field.mul(field.from_polynomial(remainder), inner)))])


def monomial(writer: Writer, powers: tuple[int, ...], c: fmpz) -> Value:
    """A term of a polynomial as a value."""
    field = writer.field
    return field.from_polynomial(field.ring.from_dict({powers: c}))


# ----------------------------------------------------------------------------------------------------- taken apart


def taken_apart(writer: Writer, split: Numerator) -> Iterator[Expr]:
    """p/(q r) as a polynomial and a/q + b/r, where only one generator stands above and below."""
    p, rest = content_outside(writer, split)
    field = writer.field
    below = [i for i, n in rest.pw.items() if n.denominator == 1 and n < 0 and i not in field.primes]
    j = only_generator(p)
    if j is None or not 2 <= len(below) <= PARTS or any([only_generator(field.bases[i]) != j for i in below]):
        return
    if sum([-int(rest.pw[i]) * int(field.bases[i].total_degree()) for i in below]) > DEGREE:
        return
    inner = part_of(writer, rest, below)
    outer = field.div(rest, inner)
    parts = [writer.plain(v) for v in coprime_parts(writer, p, inner, j)]
    whole = writer.make.sum([(1, part) for part in parts])
    number, factors = writer.make.factors(writer.plain(outer))
    yield writer.make.product(number, [*factors, (whole, 1)])


def only_generator(p: fmpz_mpoly) -> int | None:
    """The generator of a polynomial in one."""
    held = [j for j, n in enumerate(p.degrees()) if n]
    return held[0] if len(held) == 1 else None


def coprime_parts(writer: Writer, p: fmpz_mpoly, inner: Value, j: int) -> Iterator[Value]:
    """The polynomial part, then a fraction for each base below: by Bezout's identity."""
    field = writer.field
    powers = {i: univariate(field.bases[i], j) ** -int(n) for i, n in inner.pw.items()}
    whole = fmpq_poly([1])
    for power in powers.values():
        whole = whole * power
    quotient, top = divmod(univariate(p, j), whole)
    if quotient.degree() >= 0:
        yield from_univariate(writer, quotient, j)
    for i, power in powers.items():
        gcd, _, inverse = power.xgcd(whole // power)
        part = (top * inverse) % power
        if gcd.degree() > 0:
            raise UnsettledError
        if part.degree() >= 0:
            signs = NONE if i in field.positive or inner.pw[i] % 2 == 0 else frozenset((i,))
            yield field.mul(from_univariate(writer, part, j), Value(fmpq(1), {i: inner.pw[i]}, signs))


def univariate(p: fmpz_mpoly, j: int) -> fmpq_poly:
    """A polynomial in generator j alone."""
    found = [0] * (int(p.degrees()[j]) + 1)
    for powers, c in p.terms():
        found[int(powers[j])] = int(c)
    return fmpq_poly(found)


def from_univariate(writer: Writer, p: fmpq_poly, j: int) -> Value:
    field = writer.field
    bottom = int(p.denom())
    found = {}
    for n, c in enumerate((p * bottom).coeffs()):
        if c != 0:
            found[tuple([n if k == j else 0 for k in range(field.room)])] = int(c.p)
    return field.scaled(field.from_polynomial(field.ring.from_dict(found)), Fraction(1, bottom))
