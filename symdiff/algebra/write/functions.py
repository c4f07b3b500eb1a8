"""Ways to write quotients of sines and cosines, and polynomials in exponentials that are hyperbolic functions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, Any

from symdiff.algebra.compose import Factor, Term
from symdiff.algebra.field.values import Key, Value
from symdiff.algebra.poly import fmpq, fmpz_mpoly
from symdiff.algebra.write.logarithms import logs_of_numbers
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Op

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

HIGHEST = 1000  # power of a number that is written out
LARGEST = 24  # terms of a polynomial in exponentials that is looked at

Quotient = tuple[Op, Op, Op, Op, Op, Op]
TRIGONOMETRIC: Quotient = (ops.sin, ops.cos, ops.tan, ops.cot, ops.sec, ops.csc)
HYPERBOLIC: Quotient = (ops.sinh, ops.cosh, ops.tanh, ops.coth, ops.sech, ops.csch)
EXCHANGED = frozenset((*TRIGONOMETRIC[:2], *HYPERBOLIC[:2], ops.sign, ops.log))  # what is joined with other factors


def exchanged(writer: Writer, c: Exact, factors: list[Factor]) -> Expr:
    """The product with sin/cos as tan, 1/cos as sec, sin cos as sin of the double angle, where that is cheaper."""
    if not any([e.__class__ is App and (e.op in EXCHANGED or (n < 0 and is_sum(e))) for e, n in factors]):
        return writer.make.product(c, factors)
    c, factors = quotients_joined(writer, c, factors)
    whole = writer.make.product(c, factors)
    others = list(divided_through(writer, c, factors))
    return writer.make.best([whole, *others]) if others else whole


def quotients_joined(writer: Writer, c: Exact, factors: list[Factor]) -> tuple[Exact, list[Factor]]:
    for names in (TRIGONOMETRIC, HYPERBOLIC):
        for angle in angles_of(factors, names):
            c, factors = best_exchange(writer, c, factors, names, angle)
    return logs_of_numbers(writer, c, signs_joined(writer, factors))


def divided_through(writer: Writer, c: Exact, factors: list[Factor]) -> Iterator[Expr]:
    """u/(a u + b v) as 1/(a + b v/u), for u that is never 0: where cos(x) is, cos(x)/(cos(x) + sin(x)) has a value."""
    for below, n in factors:
        if n >= 0 or n.denominator != 1 or not is_sum(below):
            continue
        terms = [(m, *writer.make.factors(term)) for m, term in writer.make.opened(1, below)]
        for u, m in factors:
            if m >= -n and any([(u, 1) in held for _, _, held in terms]) and is_never_zero(writer, u):
                divided = [(k, quotients_joined(writer, q, [*held, (u, -1)])) for k, q, held in terms]
                inner = [(k, writer.make.product(*part)) for k, part in divided]
                others = [factor for factor in factors if factor[0] not in (u, below)]
                yield writer.make.product(c, [*others, (u, m + n), (writer.make.sum(inner), n)])


def is_never_zero(writer: Writer, e: Expr) -> bool:
    """Whether e is a hyperbolic cosine or an exponential, or a generator that the formula divides by."""
    if e.__class__ is App and e.op in (ops.cosh, ops.exp):
        return True
    field = writer.field
    return any([i in field.signs.nonzero and writer.atoms.get(j) is e for i, j in field.lone.items()])


def signs_joined(writer: Writer, factors: list[Factor]) -> list[Factor]:
    """sign(x) sign(y) is sign(x y)."""
    signs = [(e, n) for e, n in factors if e.__class__ is App and e.op is ops.sign and n > 0]
    if len(signs) < 2:
        return factors
    joint = App(ops.sign, (writer.make.product(1, [(e.args[0], n) for e, n in signs]),))
    return [*[factor for factor in factors if factor not in signs], (joint, 1)]


def angles_of(factors: list[Factor], names: Quotient) -> list[Expr]:
    """The angles whose quotients or products are worth a look."""
    found: dict[Expr, list[Exact]] = {}
    for e, n in factors:
        if e.__class__ is App and e.op in names[:2] and n.denominator == 1:
            found.setdefault(e.args[0], []).append(n)
    return [angle for angle, powers in found.items() if len(powers) > 1 or powers[0] < 0]


def best_exchange(
    writer: Writer, c: Exact, factors: list[Factor], names: Quotient, angle: Expr
) -> tuple[Exact, list[Factor]]:
    make = writer.make
    sin, cos = App(names[0], (angle,)), App(names[1], (angle,))
    others = [(e, n) for e, n in factors if (e is not sin and e is not cos) or n.denominator != 1]
    s, k = [sum([n for e, n in factors if e is which and n.denominator == 1]) for which in (sin, cos)]
    ways = [(c * number, [*others, *new]) for number, new in exchanges(writer, names, angle, int(s), int(k))]
    return min(ways, key=lambda way: make.cost(make.product(*way)))


def exchanges(writer: Writer, names: Quotient, angle: Expr, s: int, k: int) -> Iterator[tuple[Exact, list[Factor]]]:
    """sin^s cos^k in other words: a number, and factors."""
    sin, cos, tan, cot, sec, csc = [App(op, (angle,)) for op in names]
    yield 1, powers((sin, s), (cos, k))
    if k < 0:
        yield 1, powers((sin, s), (sec, -k))
    if s < 0:
        yield 1, powers((csc, -s), (cos, k))
    if s < 0 and k < 0:
        yield 1, powers((csc, -s), (sec, -k))
    if s > 0 > k:
        m = min(s, -k)
        yield 1, powers((tan, m), (sin, s - m), (cos, k + m))
        yield 1, powers((tan, m), (sin, s - m), (sec, -k - m))
        yield 1, powers((tan, s), (sec, -k - s))
    if s < 0 < k:
        m = min(k, -s)
        yield 1, powers((cot, m), (csc, -s - m), (cos, k - m))
        # 1/tan is no way to write cot: it has no value where cos(x) = 0
        yield 1, powers((cot, k), (csc, -s - k))
    if s == k and 0 < abs(s) <= HIGHEST:
        double = writer.make.product(2, [(angle, 1)]) if not is_sum(angle) else writer.make.sum([(2, angle)])
        yield Fraction(1, 2) ** s if s > 0 else 2**-s, powers((App(names[0], (double,)), s))


def is_sum(e: Expr) -> bool:
    return e.__class__ is App and e.op in (ops.add, ops.sub)


def powers(*factors: Factor) -> list[Factor]:
    return [(e, n) for e, n in factors if n]


# --------------------------------------------------------------------------------------------------------- hyperbolic

Group = tuple[fmpz_mpoly, int]


def hyperbolic_forms(writer: Writer, v: Value) -> Iterator[Expr]:
    """The value with polynomials in exponentials that read the same backwards written as cosh and sinh."""
    field = writer.field
    if "exp" not in field.kinds:
        return
    left, sign = field.signs.known(v.sg ^ odd_bases(writer, v))
    if left:
        return
    exponentials = {j for j, g in field.info.items() if g.kind == "exp"}
    groups: list[Group] = []
    shifts: dict[int, Fraction] = {}
    others: dict[int, Exact] = {}
    for i, n in v.pw.items():
        j = field.lone.get(i)
        if j in exponentials:
            shifts[j] = Fraction(n)
        elif n.denominator == 1 and held(field.bases[i], exponentials):
            groups.append((field.bases[i], int(n)))
        else:
            others[i] = n
    if not groups:
        return
    rest = Value(v.c * sign, others, frozenset([i for i in odd_bases(writer, v) if i in others]))
    seen: list[list[Group]] = []
    for way in groupings(writer, groups, exponentials):
        if way not in seen and all([len(p) <= LARGEST for p, _ in way]):
            seen.append(way)
            e = written(writer, rest, way, shifts, exponentials)
            if e is not None:
                yield e


def odd_bases(writer: Writer, v: Value) -> frozenset[int]:
    positive = writer.field.positive
    return frozenset([i for i, n in v.pw.items() if n.denominator == 1 and n % 2 and i not in positive])


def held(p: fmpz_mpoly, generators: set[int]) -> list[int]:
    """Which of the generators p holds."""
    degrees = p.degrees()
    return [j for j in sorted(generators) if degrees[j]]


def groupings(writer: Writer, groups: list[Group], exponentials: set[int]) -> Iterator[list[Group]]:
    """The factors one by one; those of one exponent together; and all together."""
    yield groups
    yield together(groups, lambda p, n: n)
    if len(exponentials) > 1:
        yield together(groups, lambda p, n: (n, tuple(held(p, exponentials))))
    if all([n > 0 for _, n in groups]) and sum([n for _, n in groups]) <= 6:
        whole = writer.field.ring.constant(1)
        for p, n in groups:
            whole = whole * p**n
        yield [(whole, 1)]


def together(groups: list[Group], key: Any) -> list[Group]:
    found: dict[Any, Group] = {}
    for p, n in groups:
        k = key(p, n)
        found[k] = (found[k][0] * p, n) if k in found else (p, n)
    return list(found.values())


def written(
    writer: Writer, rest: Value, groups: list[Group], shifts: dict[int, Fraction], exponentials: set[int]
) -> Expr | None:
    c: Exact = 1
    factors: list[Factor] = []
    shifts = dict(shifts)
    for p, n in groups:
        found = symmetric(writer, p, held(p, exponentials))
        if found is None:
            return None
        e, middle, number = found
        factors.append((e, n))
        if abs(n) > HIGHEST:
            return None
        c = c * Fraction(number) ** n
        for j, half in middle.items():
            shifts[j] = shifts.get(j, Fraction(0)) + half * n
    vector = {writer.field.info[j].key: n for j, n in shifts.items() if n}
    q, others = writer.make.factors(writer.plain(rest)) if rest.pw or rest.sg else (rest.rational(), [])
    exponential = writer.exponentials(vector) if vector else []
    return exchanged(writer, c * q, [*factors, *exponential, *others])


def symmetric(writer: Writer, p: fmpz_mpoly, generators: list[int]) -> tuple[Expr, dict[int, Fraction], int] | None:
    """p as the middle power times a number times a sum of cosh and sinh; None if it does not read the same backwards.

    What is multiplied by anything else has its own mirror: b (E^2 + 1) + c (E^2 - 1) is 2 E (b cosh + c sinh).
    """
    terms = [([int(n) for n in powers], int(c)) for powers, c in p.terms()]
    low = [min([powers[j] for powers, _ in terms]) for j in generators]
    high = [max([powers[j] for powers, _ in terms]) for j in generators]
    weights: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
    for powers, c in terms:
        k = tuple([2 * powers[j] - a - b for j, a, b in zip(generators, low, high, strict=True)])
        weights[tuple([0 if j in generators else n for j, n in enumerate(powers)]), k] = c
    mirrored = [(weights.get((rest, tuple([-n for n in k]))), c) for (rest, k), c in weights.items()]
    if not all([other in (c, -c) for other, c in mirrored]):
        return None
    even = [other == c for other, c in mirrored]
    common = gcd(*weights.values())
    middle = {j: Fraction(a + b, 2) for j, a, b in zip(generators, low, high, strict=True)}
    return sum_of_hyperbolic(writer, weights, common, generators, even), middle, 2 * common


def sum_of_hyperbolic(
    writer: Writer, weights: dict[Any, int], common: int, generators: list[int], mirrors: list[bool]
) -> Expr:
    make, field = writer.make, writer.field
    found: list[Term] = []
    for ((rest, k), c), even in zip(weights.items(), mirrors, strict=True):
        lead = next((n for n in k if n), 0)
        if lead < 0:
            continue
        factors = writer.factors_of({j: n for j, n in enumerate(rest) if n})
        weight = Fraction(c, common)
        if lead == 0:
            found.append((1, make.product(weight / 2, factors)))
            continue
        held_here = [(j, n) for j, n in zip(generators, k, strict=True) if n]
        vector: dict[Key, Fraction] = {field.info[j].key: Fraction(n, 2) for j, n in held_here}
        u = writer.angle(vector)
        if make.begins_with_minus(u):
            u = make.negated(u)
            weight = weight if even else -weight
        found.append((1, make.product(weight, [*factors, (App(ops.cosh if even else ops.sinh, (u,)), 1)])))
    return make.sum(found)


__all__ = ["exchanged", "fmpq", "hyperbolic_forms"]
