"""Partial fractions in one unknown: the denominator factored, its parts separated by Euclid's algorithm.

All in polynomials with integer coefficients: a division multiplies its dividend by what it needs (pseudo-division), and
what was multiplied in stands below the bar of the result. With other symbols in the coefficients that asks that they
differ: 1/((x - a)*(x - b)) needs a != b, which `rewriting(apart, ...)` reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from symdiff.algebra.budget import Budget, tick, timed
from symdiff.algebra.poly import TooLargeError, fmpq, fmpz_mpoly
from symdiff.algebra.rational.bottomup import Form, Write
from symdiff.algebra.rational.functions import Region
from symdiff.algebra.rational.products import Product, expansion
from symdiff.algebra.rational.written import Writer, arrangement
from symdiff.algebra.verbs import SUM_ROOM, settled
from symdiff.core.calm import calm
from symdiff.core.expr import Expr, Sym, symbol
from symdiff.core.fold import free_symbols
from symdiff.errors import OperandError
from symdiff.text.parse import Formula, expression

MOST_DEGREE = 60  # of the denominator
MOST_DEGREE_BESIDE = 12  # of one with other unknowns in it

Powers = list[tuple[fmpz_mpoly, int]]


def apart(e: Formula, x: Sym | str | None = None, deep: bool = True, *, budget: Budget | float | None = None) -> Expr:
    """The formula as a sum of partial fractions in x, over the rationals.

    Everything else in the formula, other symbols and functions, belongs to the coefficients. `x` is the only symbol of
    the formula where it has one, else it has to be given: raises OperandError. A denominator of a degree above 60 is
    left as it is. With symbols in the denominator the result needs more than the formula: where a = b,
    1/((x - a)*(x - b)) has a value and its partial fractions have none. `rewriting(apart, e).conditions` says so.
    Raises LimitError where it takes longer than `budget` (seconds or a Budget; 10 s).

    >>> apart("1/(x^3 - x)")
    1/(2*(x - 1)) - 1/x + 1/(2*(x + 1))
    >>> apart("1/(x^2 + a*x)", "x")
    1/(a*x) - 1/(a*(a + x))
    """
    e = expression(e)
    with calm, timed("apart", budget):
        return settled(partial_fractions(unknown(e, x)), e, deep=deep).result


def unknown(e: Expr, x: Sym | str | None) -> Sym:
    """The symbol that is meant. Raises OperandError."""
    if x is not None:
        return symbol(x)
    found = free_symbols(e)
    if len(found) > 1:
        names = ", ".join(sorted([s.name for s in found]))
        raise OperandError(f"partial fractions in which of {names}?", 'give the variable, as in apart(e, "x")')
    return found[0] if found else Sym("x")


def partial_fractions(x: Sym) -> Form:
    """The form of partial fractions in x."""
    return Form(in_fractions(x), room=SUM_ROOM)


def in_fractions(x: Sym) -> Write:
    def write(region: Region, writer: Writer, value: Product) -> Expr:
        i = region.index.get((x, False))
        if i is None:
            return writer.product(value)
        try:
            return writer.added([written(writer, part) for part in separated(region, value, i)])
        except TooLargeError:
            return writer.product(value)

    return write


def written(writer: Writer, part: Product) -> tuple[bool, Expr]:
    """Whether a part is subtracted, and the part without its sign."""
    return part.number < 0, writer.product(part if part.number > 0 else part.scaled(-1))


def separated(region: Region, value: Product, i: int) -> list[Product]:
    """The polynomial part, term by term, and the partial fractions. Raises TooLargeError."""
    whole = region.factored(value)
    moving = denominators(region, whole, i)
    under = [(p, n) for p, n in whole.polys if n < 0 and all([p != q for q, _ in moving])]
    fixed = Product(whole.number, {j: n for j, n in whole.generators.items() if n < 0 and j != i}, under)
    over = Product(
        fmpq(1), {j: n for j, n in whole.generators.items() if n > 0}, [(p, n) for p, n in whole.polys if n > 0]
    )
    top, extra = region.reduced(region.half(over, 1), {})
    fixed = region.product([fixed, extra])
    bottom = expansion(region.ring, moving, region.room)
    if not moving:
        return [finished(region, fixed, term, 1, None) for term in layers(top, i)]
    scale, quotient, rest = divided(top, bottom, i)
    found = [finished(region, fixed, term, scale, None) for term in layers(quotient, i)]
    for q, n in sorted(moving, key=lambda power: arrangement(power[0])):
        found += fractions(region, fixed, rest, scale, q, n, [(p, k) for p, k in moving if p != q], i)
    return [part for part in found if part.number != 0]


def denominators(region: Region, whole: Product, i: int) -> Powers:
    """The irreducible factors below the bar that have the unknown in them. Raises TooLargeError."""
    moving = [(p, -n) for p, n in whole.polys if n < 0 and degree(p, i)]
    if whole.generators.get(i, 0) < 0:
        moving.append((region.gens[i], -whole.generators[i]))
    alone = all([sum(map(bool, map(int, p.degrees()))) == 1 for p, _ in moving])
    if sum([degree(p, i) * n for p, n in moving]) > (MOST_DEGREE if alone else MOST_DEGREE_BESIDE):
        raise TooLargeError("the degree of the denominator is too high")
    return moving


def fractions(
    region: Region, fixed: Product, rest: fmpz_mpoly, scale: fmpz_mpoly, q: fmpz_mpoly, n: int, others: Powers, i: int
) -> Iterable[Product]:
    """The fractions over the powers of q, up to the n-th, of rest/(scale q^n others)."""
    power = q**n
    beside, common = cofactor(power, expansion(region.ring, others, region.room), i)
    more, _, top = divided(rest * beside, power, i)
    scale = scale * common * more
    for k in range(n, 0, -1):
        tick()
        more, quotient, digit = divided(top, q, i)
        scale = scale * more
        yield finished(region, fixed, digit, scale, (q, k))
        top = quotient


def finished(
    region: Region, fixed: Product, top: fmpz_mpoly, scale: fmpz_mpoly | int, power: tuple[fmpz_mpoly, int] | None
) -> Product:
    """top/(scale power) times what is fixed, in lowest terms."""
    down = region.content(region.ring.constant(scale) if isinstance(scale, int) else scale)
    parts = [fixed, region.content(top), down.raised(-1)]
    if power is not None:
        parts.append(region.content(power[0]).raised(-power[1]))
    if top.is_zero():
        return Product(fmpq(0))
    return region.factored(region.cancelled(region.product(parts)))


# ----------------------------------------------------------------------- polynomials in one generator, the others fixed


def degree(p: fmpz_mpoly, i: int) -> int:
    return int(p.degrees()[i]) if not p.is_zero() else -1


def layers(p: fmpz_mpoly, i: int) -> list[fmpz_mpoly]:
    """p by powers of generator i, the highest first."""
    found: dict[int, dict[tuple[int, ...], int]] = {}
    for row, c in p.terms():
        tick()
        found.setdefault(int(row[i]), {})[tuple(map(int, row))] = int(c)
    return [p.context().from_dict(found[n]) for n in sorted(found, reverse=True)]


def lead(p: fmpz_mpoly, i: int) -> fmpz_mpoly:
    """The coefficient of the highest power of generator i."""
    n = degree(p, i)
    rows = {tuple(map(int, row)): int(c) for row, c in p.terms() if row[i] == n}
    return p.context().from_dict({(*row[:i], 0, *row[i + 1 :]): c for row, c in rows.items()})


def divided(p: fmpz_mpoly, q: fmpz_mpoly, i: int) -> tuple[fmpz_mpoly, fmpz_mpoly, fmpz_mpoly]:
    """(scale, quotient, rest): scale p = quotient q + rest, of lower degree than q; no generator i in the scale."""
    x, n, top = p.context().gen(i), degree(q, i), lead(q, i)
    scale, quotient, rest = p.context().constant(1), p.context().constant(0), p
    while (m := degree(rest, i)) >= n:
        tick()
        c = lead(rest, i)
        g = c.gcd(top)
        up, by = top / g, c / g * x ** (m - n)
        scale, quotient, rest = scale * up, quotient * up + by, rest * up - by * q
    return scale, quotient, rest


def cofactor(p: fmpz_mpoly, q: fmpz_mpoly, i: int) -> tuple[fmpz_mpoly, fmpz_mpoly]:
    """(t, r) with t q = r modulo p, and no generator i in r: Euclid's algorithm, p and q without a common factor."""
    rest, beside = (p, q), (p.context().constant(0), p.context().constant(1))
    while degree(rest[1], i) > 0:
        tick()
        scale, quotient, next_rest = divided(rest[0], rest[1], i)
        next_beside = beside[0] * scale - beside[1] * quotient
        g = reduce(fmpz_mpoly.gcd, [*map_lead(next_rest, i), *map_lead(next_beside, i)])
        rest, beside = (rest[1], next_rest / g), (beside[1], next_beside / g)
    return beside[1], rest[1]


def map_lead(p: fmpz_mpoly, i: int) -> list[fmpz_mpoly]:
    """The coefficients of all powers of generator i."""
    return [lead(layer, i) for layer in layers(p, i)]
