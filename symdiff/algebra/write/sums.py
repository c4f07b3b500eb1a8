"""Ways to write a polynomial in the generators as a sum: powers collected, angles joined, squares exchanged."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

from symdiff.algebra.compose import Factor, Term
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.algebra.write.angles import ONE_SINE, phases
from symdiff.algebra.write.logarithms import logarithms_joined
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr
from symdiff.core.ops import ONE, ZERO

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

TRIED = 40  # terms of a polynomial for which other ways are tried
HORNER = 8  # terms up to which powers are collected: beyond, nine tenths of the time go for a hundredth of the size
DEPTH = 3  # collections within a collection
ANGLE = 8  # sines and cosines in a product that is written as a sum of angles
PAIRS = 3


def collected(writer: Writer, p: fmpz_mpoly) -> Expr | None:
    """v Q + R, the generator that saves most taken out first; then R, and Q, likewise.

    A polynomial in one symbol stays as every textbook writes it.
    """
    if not 3 <= len(p) <= HORNER or is_plain(writer, p):
        return None
    candidates = [
        e for j in most_frequent(p, 3 if writer.level == 1 else 1) if (e := taken_out(writer, p, j)) is not None
    ]
    return writer.make.best(candidates) if candidates else None


def is_plain(writer: Writer, p: fmpz_mpoly) -> bool:
    """Whether p is a polynomial with numbers for coefficients in one symbol."""
    held = [j for j, n in enumerate(p.degrees()) if n]
    return len(held) == 1 and writer.field.info[held[0]].kind == "symbol"


def taken_out(writer: Writer, p: fmpz_mpoly, j: int) -> Expr | None:
    """p as v^n Q + R, and R again, as long as there is a generator to take out."""
    terms: list[Term] = []
    rest = p
    for _ in range(DEPTH):
        low, quotient, rest = by_generator(writer, p, j)
        if len(quotient) < 2:
            return None if not terms else writer.make.sum([*terms, (1, writer.flat(p))])
        inner = writer.plain_sum(quotient)
        number, factors = writer.make.factors(inner)
        outer = writer.factors_of({j: low})
        terms.append((1, writer.make.product(number, [*outer, *factors])))
        if rest.is_zero():
            return writer.make.sum(terms)
        if len(rest) == 1:
            break
        p = rest
        again = most_frequent(p, 1)
        if not again:
            break
        j = again[0]
    return writer.make.sum([*terms, (1, writer.flat(rest))])


def most_frequent(p: fmpz_mpoly, count: int) -> list[int]:
    """The generators that most terms hold, at least two."""
    found: dict[int, int] = {}
    for powers in p.monoms():
        for j, n in enumerate(powers):
            if n:
                found[j] = found.get(j, 0) + 1
    return sorted([j for j, n in found.items() if n >= 2], key=lambda j: (-found[j], -j))[:count]


def by_generator(writer: Writer, p: fmpz_mpoly, j: int) -> tuple[int, fmpz_mpoly, fmpz_mpoly]:
    """The least power of generator j in the terms that have it, those terms without it, and the others."""
    low = min([int(powers[j]) for powers in p.monoms() if powers[j]])
    with_it: dict[tuple[int, ...], Any] = {}
    others: dict[tuple[int, ...], Any] = {}
    for powers, c in p.terms():
        exponents = [int(n) for n in powers]
        if exponents[j]:
            exponents[j] -= low
            with_it[tuple(exponents)] = c
        else:
            others[tuple(exponents)] = c
    ring = writer.field.ring
    return low, ring.from_dict(with_it), ring.from_dict(others)


def squares_exchanged(writer: Writer, p: fmpz_mpoly) -> Expr | None:
    """s^2 for 1 - c^2, or the other way round, where that makes fewer terms."""
    field, best = writer.field, None
    degrees = p.degrees()
    for sin, cos in pairs_in(writer, p):
        for a, b in ((sin, cos), (cos, sin)):
            if 2 <= degrees[a] <= 6:
                q = without_squares(writer, p, a, b)
                if len(q) <= len(p) and q != p:
                    e = writer.plain_sum(q)
                    if best is None or writer.make.cost(e) < writer.make.cost(best):
                        best = e
    del field
    return best


def without_squares(writer: Writer, p: fmpz_mpoly, a: int, b: int) -> fmpz_mpoly:
    ring, gens = writer.field.ring, writer.field.gens
    other = 1 - gens[b] ** 2
    whole = ring.constant(0)
    for powers, c in p.terms():
        exponents = [int(n) for n in powers]
        n = exponents[a] // 2
        exponents[a] -= 2 * n
        whole = whole + ring.from_dict({tuple(exponents): c}) * other**n
    return whole


def pairs_in(writer: Writer, p: fmpz_mpoly) -> list[tuple[int, int]]:
    """The generators (sin, cos) of each angle in p."""
    if "sin" not in writer.field.kinds:
        return []
    found = writer.field.found
    degrees = p.degrees()
    pairs = [(j, found["cos", key]) for (kind, key), j in found.items() if kind == "sin"]
    return [(s, c) for s, c in pairs if degrees[s] or degrees[c]]


# ------------------------------------------------------------------------------------------------- sums of angles

Turns = dict[tuple[int, ...], int]  # of multiples of the angles: coefficients, without the power of 1/2


def angles_joined(writer: Writer, p: fmpz_mpoly) -> Expr | None:
    """Products of sines and cosines as sines and cosines of sums of angles."""
    pairs = pairs_in(writer, p)
    if not pairs:
        return None
    degrees = p.degrees()
    total = sum([int(degrees[s] + degrees[c]) for s, c in pairs])
    if not 2 <= total <= ANGLE or len(pairs) > PAIRS:
        return None
    found: dict[tuple[tuple[int, ...], bool, tuple[int, ...]], int] = {}
    for powers, c in p.terms():
        rest, sines, count, turns = turned(pairs, [int(n) for n in powers])
        for angle, weight in turns.items():
            lead = next((n for n in angle if n), 0)
            if lead < 0 or (lead == 0 and sines % 2):
                continue
            weight = weight * int(c) * (1 if lead == 0 else 2) * (-1) ** (sines // 2) << total - count
            key = (rest, bool(sines % 2), angle)
            found[key] = found.get(key, 0) + weight
    found = {key: weight for key, weight in found.items() if weight}
    if len(found) > len(p) + 1:
        return None
    return sum_of_angles(writer, pairs, {key: Fraction(weight, 1 << total) for key, weight in found.items()})


def turned(pairs: list[tuple[int, int]], exponents: list[int]) -> tuple[tuple[int, ...], int, int, Turns]:
    """A monomial without its sines and cosines, how many sines and how many in all, and their product over angles.

    cos a is (E + 1/E)/2 and sin a is -i (E - 1/E)/2 with E = exp(i a); the powers of -i and of 1/2 are counted apart.
    """
    turns: Turns = {(0,) * len(pairs): 1}
    sines = count = 0
    for n, (s, c) in enumerate(pairs):
        signs = [-1] * exponents[s] + [1] * exponents[c]
        sines += exponents[s]
        count += len(signs)
        exponents[s] = exponents[c] = 0
        for sign in signs:
            turns = shifted(turns, n, sign)
    return tuple(exponents), sines, count, turns


def shifted(turns: Turns, n: int, sign: int) -> Turns:
    found: Turns = {}
    for angle, weight in turns.items():
        for step, factor in ((1, 1), (-1, sign)):
            to = (*angle[:n], angle[n] + step, *angle[n + 1 :])
            found[to] = found.get(to, 0) + weight * factor
    return found


def sum_of_angles(writer: Writer, pairs: list[tuple[int, int]], found: dict[Any, Fraction]) -> Expr:
    if not found:
        return ZERO
    bottom = lcm(*[w.denominator for w in found.values()])
    top = gcd(*[int(w * bottom) for w in found.values()])
    make = writer.make
    terms = [(w * bottom / top, angle_term(writer, pairs, *key)) for key, w in found.items()]
    whole = make.sum(terms)
    number, factors = make.factors(whole) if len(terms) == 1 else (1, [(whole, 1)])
    return make.product(Fraction(top, bottom) * number, factors)


def angle_term(
    writer: Writer, pairs: list[tuple[int, int]], rest: tuple[int, ...], odd: bool, angle: tuple[int, ...]
) -> Expr:
    make, info = writer.make, writer.field.info
    factors: list[Factor] = [(e, n) for e, n in writer.factors_of({j: n for j, n in enumerate(rest) if n})]
    c: Exact = 1
    if any(angle):
        vector: dict[Any, Fraction] = {}
        for n, (s, _) in zip(angle, pairs, strict=True):
            for k, weight in info[s].key if n else ():
                vector[k] = vector.get(k, Fraction(0)) + weight * n
        u = writer.angle({k: w for k, w in vector.items() if w})
        if make.begins_with_minus(u):
            u = make.negated(u)
            c = -1 if odd else 1
        factors.append((App(ops.sin if odd else ops.cos, (u,)), 1))
    return make.product(c, factors) if factors else ONE


SUM_WAYS: tuple[tuple[str, Callable[[Writer, fmpz_mpoly], Expr | None]], ...] = (
    ("powers collected", collected),
    ("logarithms joined", logarithms_joined),
    ("sums of angles", angles_joined),
    (ONE_SINE, phases),
    ("sin^2 + cos^2 = 1", squares_exchanged),
)
