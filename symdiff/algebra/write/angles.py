"""Ways to write numbers of the circle, cos(k pi/n), and a sin(u) + b cos(u) as one sine or cosine."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

from symdiff.algebra.compose import Term
from symdiff.algebra.field.circle import SQUARE_ROOTS, Circle, Name, shape_of
from symdiff.algebra.field.values import HALF, ONE, Value
from symdiff.algebra.poly import fmpq, fmpq_poly, fmpz_mpoly
from symdiff.algebra.write.functions import exchanged
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer


# ------------------------------------------------------------------------------------------------ numbers of the circle


def with_steps(writer: Writer, p: fmpz_mpoly) -> Expr:
    """A polynomial some of whose coefficients are numbers of the circle, term by term."""
    field = writer.field
    terms: list[Term] = []
    for powers, coefficient in by_other_generators(p, field.step).items():
        rest = writer.monomial(1, powers)
        a = field.on_circle(field.ring.from_dict(coefficient))
        terms += [(1, writer.make.product(1, [(e, 1), (rest, 1)])) for e in number_terms(writer, a)]
    return writer.make.sum(terms)


def by_other_generators(p: fmpz_mpoly, j: int) -> dict[tuple[int, ...], dict[tuple[int, ...], int]]:
    """The coefficients of p as a polynomial in everything but generator j."""
    found: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
    for powers, c in p.terms():
        exponents = tuple([int(n) for n in powers])
        rest = (*exponents[:j], 0, *exponents[j + 1 :])
        alone = tuple([n if k == j else 0 for k, n in enumerate(exponents)])
        found.setdefault(rest, {})[alone] = int(c)
    return found


def number_terms(writer: Writer, a: fmpq_poly) -> list[Expr]:
    """A number of the circle: a product with a name, or a sum of cosines."""
    known, make = writer.field.circle, writer.make
    if known is None or a.degree() <= 0:
        return [make.number(rational(a.coeffs()[0]))]
    for prime in SQUARE_ROOTS:
        root = known.square_root(prime)
        if root is not None and shape_of(root) == shape_of(a):
            return [make.product(ratio(a, root), [(Num(prime), HALF)])]
    name = known.known_as(a)
    if name is not None:
        return [product_of_cosines(writer, known, a, name)]
    return [
        make.product(2 * rational(c), [(cosine(writer, known, k), 1)] if k else []) for k, c in known.combination(a)
    ]


def rational(q: fmpq) -> Exact:
    value = Fraction(int(q.p), int(q.q))
    return value.numerator if value.denominator == 1 else value


def ratio(a: fmpq_poly, b: fmpq_poly) -> Exact:
    """a/b, where that is rational."""
    return rational(a[a.degree()] / b[b.degree()])


def product_of_cosines(writer: Writer, known: Circle, a: fmpq_poly, name: Name) -> Expr:
    """Sines or cosines, as what is left becomes cheaper."""
    c = Fraction(ratio(a, known.named(name)))
    for _, n in name:
        c = c * Fraction(2) ** n
    ways = [
        exchanged(writer, c, [(e, n) for e, (_, n) in zip(chosen, name, strict=True)])
        for chosen in product(*[(sine(writer, known, k), cosine(writer, known, k)) for k, _ in name])
    ]
    return writer.make.best(ways)


def cosine(writer: Writer, known: Circle, k: int) -> Expr:
    """cos(k pi/n), or as the sine of what is left to pi/2 where that is shorter."""
    direct = App(ops.cos, (part_of_pi(writer, Fraction(k, known.n)),))
    return writer.make.best((direct, sine(writer, known, k))) if 2 * k < known.n else direct


def sine(writer: Writer, known: Circle, k: int) -> Expr:
    """cos(k pi/n) as a sine."""
    return App(ops.sin, (part_of_pi(writer, HALF - Fraction(k, known.n)),))


def part_of_pi(writer: Writer, r: Fraction) -> Expr:
    return writer.make.product(r, [(ops.pi(), 1)])


# --------------------------------------------------------------------------------------------- one sine for two terms

ONE_SINE = "one sine for two"
RATIOS: tuple[tuple[Fraction, int, int], ...] = (  # phi/pi, and tan(phi)^2 as a fraction
    (Fraction(1, 4), 1, 1),
    (Fraction(1, 3), 3, 1),
    (Fraction(1, 6), 1, 3),
)


def phases(writer: Writer, p: fmpz_mpoly) -> Expr | None:
    """a sin(u) + b cos(u) as c sin(u + phi), wherever b/a is the tangent of a multiple of pi/6 or pi/4."""
    field, make = writer.field, writer.make
    pairs = [(field.found["sin", key], field.found["cos", key]) for kind, key in list(field.found) if kind == "sin"]
    terms: list[Term] = []
    for s, c in pairs:
        sines, cosines, p = linear_parts(writer, p, s, c)
        if sines.is_zero() or cosines.is_zero() or (found := phase(writer, sines, cosines)) is None:
            p = p + sines * field.gens[s] + cosines * field.gens[c]
            continue
        turn, amplitude = found
        terms.append((1, turned_term(writer, dict(field.info[s].key), turn, amplitude)))
    if not terms:
        return None
    if not p.is_zero():
        terms.append((1, writer.flat(p)))
    return common_number_outside(writer, terms) if len(terms) > 1 else make.sum(terms)


def common_number_outside(writer: Writer, terms: list[Term]) -> Expr:
    """6 sqrt(2) a + 2 sqrt(2) b as 2 sqrt(2) (3 a + b)."""
    make = writer.make
    opened = [make.factors(e) for _, e in terms]
    shared = [f for f in opened[0][1] if f[0].__class__ is Num and all([f in factors for _, factors in opened[1:]])]
    common = Fraction(gcd(*[c.numerator for c, _ in opened]), lcm(*[c.denominator for c, _ in opened]))
    parts = [(c / common, make.product(1, [f for f in factors if f not in shared])) for c, factors in opened]
    return make.product(common, [(make.sum(parts), 1), *shared])


def linear_parts(writer: Writer, p: fmpz_mpoly, s: int, c: int) -> tuple[fmpz_mpoly, fmpz_mpoly, fmpz_mpoly]:
    """p = a s + b c + rest, a, b and the rest's other terms free of both."""
    parts: tuple[dict[Any, int], dict[Any, int], dict[Any, int]] = ({}, {}, {})
    for powers, n in p.terms():
        exponents = [int(m) for m in powers]
        which = {(1, 0): 0, (0, 1): 1}.get((exponents[s], exponents[c]), 2)
        if which < 2:
            exponents[s] = exponents[c] = 0
        parts[which][tuple(exponents)] = int(n)
    sines, cosines, rest = [writer.field.ring.from_dict(part) for part in parts]
    return sines, cosines, rest


def phase(writer: Writer, sines: fmpz_mpoly, cosines: fmpz_mpoly) -> tuple[Fraction, Value] | None:
    """phi/pi and c with sines sin u + cosines cos u = c sin(u + phi)."""
    field = writer.field
    if not field.roots and field.step < 0 and cosines != sines and cosines != -sines:
        return None  # without roots, tan(phi) is 1 or -1
    a, b = field.from_polynomial(sines), field.from_polynomial(cosines)
    square = field.mul(b, b)
    for turn, top, bottom in RATIOS:
        if field.sub(field.scaled(square, bottom), field.scaled(field.mul(a, a), top)).c != 0:
            continue
        cos, sin = field.turn_of_pi(turn) or (ONE, ONE)
        for sign in (1, -1):
            if field.sub(field.mul(b, cos), field.scaled(field.mul(a, sin), sign)).c == 0:
                return turn * sign, field.div(a, cos)
    return None


def turned_term(writer: Writer, vector: dict[Any, Fraction], turn: Fraction, amplitude: Value) -> Expr:
    """c sin(u + phi), as a sine or a cosine with the phase that is shorter."""
    make = writer.make
    c, factors = make.factors(writer.plain(amplitude))
    u = writer.angle(vector)
    ways: list[Expr] = []
    for op, shift, sign in ((ops.sin, Fraction(0), 1), (ops.cos, -HALF, 1), (ops.cos, HALF, -1)):
        r = turn + shift
        if abs(r) < HALF:
            angle = make.sum([(1, u), (r, ops.pi())])
            ways.append(make.product(c * sign, [*factors, (App(op, (angle,)), 1)]))
    return make.best(ways)
