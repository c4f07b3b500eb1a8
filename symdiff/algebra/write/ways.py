"""The ways to write a value, each with a name: as a product, multiplied out, with hyperbolic functions, and more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import comb
from typing import TYPE_CHECKING, Any

from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import Powers, Value, add_power
from symdiff.algebra.poly import fmpq, fmpz_mpoly
from symdiff.algebra.write.factors import content_outside, may_cancel
from symdiff.algebra.write.functions import hyperbolic_forms
from symdiff.algebra.write.logarithms import sigmoid_forms
from symdiff.algebra.write.parts import EXPANDED
from symdiff.algebra.write.quotients import bar_inside, taken_apart
from symdiff.algebra.write.roots import joint_roots
from symdiff.algebra.write.surds import over_roots
from symdiff.core.expr import Expr

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

LARGE = 1000  # exponent of a factor that is left alone
SPREAD = 12  # terms that are written one fraction each


def expanded(writer: Writer, v: Value) -> Iterator[Expr]:
    """The numerator as one sum, over the rest; term by term; and divided by a factor of the denominator."""
    split = numerator(writer, v)
    if split is None:
        return
    p, rest = split
    make = writer.make
    inner, outer = content_outside(writer, p)
    top = writer.polynomial(inner)
    if outer:
        top = make.product(1, [(top, 1), *writer.factors_of(outer)])
    if rest.is_number() and rest.c == 1:
        yield top
        return
    below, factors = make.factors(writer.plain(rest))
    yield make.product(below, [(top, 1), *factors])
    if len(p) <= SPREAD and not any([writer.is_symbolic(j) for j in outer]):
        if may_cancel(writer, p, rest):
            yield make.sum([(1, writer.plain(part)) for part in fractions(writer.field, p, rest)])
        yield from divided(writer, p, rest)


def numerator(writer: Writer, v: Value) -> tuple[fmpz_mpoly, Value] | None:
    """The factors with positive whole exponents multiplied out, and the rest; None where that is too large."""
    name = v.name()
    if name not in writer.split:
        writer.split[name] = new_numerator(writer.field, v)
    return writer.split[name]


def new_numerator(field: Functions, v: Value) -> tuple[fmpz_mpoly, Value] | None:
    work, sums = 1, 0
    for i, n in v.pw.items():
        if n.denominator == 1 and n > 0:
            terms = len(field.bases[i])
            sums += terms > 1
            work *= comb(int(n) + terms - 1, int(n)) if terms < 12 and n < LARGE else 99
    if not sums or work > EXPANDED:
        return None
    p, sg, left = field.ring.constant(v.c.p), v.sg, {}
    bars = barred(field, v)
    for i, n in v.pw.items():
        if n.denominator == 1 and n > 0 and i not in bars:
            p = p * field.bases[i] ** int(n)
            if n % 2 and i not in field.positive:
                sg = sg ^ {i}
        else:
            left[i] = n
    p = field.reduced(p)
    sg, sign = field.signs.known(sg)
    return None if p.is_zero() else (p * sign, Value(fmpq(1) / v.c.q, left, sg))


def barred(field: Functions, v: Value) -> frozenset[int]:
    """The bases that stand in v with their size."""
    odd = [i for i, n in v.pw.items() if n.denominator == 1 and n % 2 and i not in field.positive]
    if not field.signs.known(v.sg.symmetric_difference(odd))[0]:
        return NONE
    return frozenset([i for i in odd if i not in v.sg and not field.signs.is_known(i)])


def fractions(field: Functions, p: fmpz_mpoly, rest: Value) -> Iterator[Value]:
    """Each term of the numerator over the rest."""
    for powers, c in p.terms():
        yield field.mul(monomial_value(field, powers, c), rest)


def monomial_value(field: Functions, powers: Iterable[Any], c: Any) -> Value:
    pw: Powers = {}
    sg = NONE
    for j, n in enumerate(powers):
        if n:
            i = field.base_of.get(j)
            if i is None:
                i = field.base(field.gens[j])
            add_power(pw, i, int(n))
            if n % 2 and i not in field.positive:
                sg = sg ^ {i}
    return Value(fmpq(c), pw, sg)


def divided(writer: Writer, p: fmpz_mpoly, rest: Value) -> Iterator[Expr]:
    """Quotient and remainder by a factor below."""
    field = writer.field
    for i, n in rest.pw.items():
        if n.denominator == 1 and n < 0 and len(field.bases[i]) > 1 and len(rest.pw) <= 6:
            quotient, remainder = divmod(p, field.bases[i])
            if not quotient.is_zero() and len(quotient) + len(remainder) <= len(p) + 1:
                base = Value(fmpq(1), {i: 1}, NONE if i in field.positive else frozenset((i,)))
                whole = field.mul(field.mul(field.from_polynomial(quotient), base), rest)
                part = field.mul(field.from_polynomial(remainder), rest)
                yield writer.make.sum([(1, writer.plain(whole)), (1, writer.plain(part))])


def quotients(writer: Writer, v: Value) -> Iterator[Expr]:
    """The bar inside the sum above it; the sum over coprime denominators."""
    if not any([n < 0 and n.denominator == 1 for n in v.pw.values()]):
        return
    split = numerator(writer, v)
    if split is not None:
        yield from bar_inside(writer, split)
        yield from taken_apart(writer, split)


def as_products(writer: Writer, v: Value) -> Iterator[Expr]:
    return writer.products(v)


WAYS: tuple[tuple[str, Callable[[Writer, Value], Iterator[Expr]]], ...] = (
    ("common factors taken out", as_products),
    ("multiplied out", expanded),
    ("hyperbolic functions", hyperbolic_forms),
    ("sigmoids", sigmoid_forms),
    ("roots of products", joint_roots),
    ("quotients in a sum", quotients),
    ("denominators without roots", over_roots),
)
