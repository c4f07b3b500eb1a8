"""Polynomials in the generators of a tower, written down: expanded or by Horner's rule; the shortest to read wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from symdiff.algebra.measure import reading
from symdiff.algebra.normal import normal
from symdiff.algebra.ring.generators import SQUARES, Power
from symdiff.algebra.ring.ratios import Poly
from symdiff.algebra.ring.tower import Tower
from symdiff.core import ops
from symdiff.core.exact import Exact, is_decimal
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import ONE, rational_value
from symdiff.core.order import ordering

NESTED = 400  # terms up to which Horner's rule is tried
SWAPPED = 60  # terms up to which cosines are tried for sines
HALF = Fraction(1, 2)

Exponents = dict[int, int]
Placed = tuple[int, Expr, int]  # rank, base, exponent


class Product(NamedTuple):
    """number * over[0] * over[1] ... / (under[0] * under[1] ...)."""

    number: Fraction
    over: list[Expr]
    under: list[Expr]


class Polynomials:
    """Writes polynomials of one tower. `decimals`: numbers that end are written with a decimal point."""

    def __init__(self, tower: Tower, *, decimals: bool = False) -> None:
        self.tower, self.decimals = tower, decimals
        key = ordering()
        arranged = sorted(tower.nodes, key=lambda i: key(tower.nodes[i]))
        self.rank = {i: place for place, i in enumerate(arranged)}
        self.costs: dict[Expr, float] = {}
        self.alone = {j: i for j, base in enumerate(tower.bases) for i in tower.nodes if base == tower.gens[i]}
        self.known: list[tuple[Poly, Expr]] = []

    def polynomial(self, p: Poly) -> Expr:
        """The shortest form of a polynomial: expanded, or by Horner's rule in one of its generators."""
        for known, e in self.known:
            if known == p:
                return e
        made = self.best([self.expanded(p), *self.nested(p), *self.swapped(p)])
        self.known.append((p, made))
        return made

    def expanded(self, p: Poly) -> Expr:
        return self.sum([self.term(int(c), exponents) for exponents, c in by_degree(p)])

    def term(self, c: int, exponents: Sequence[int]) -> Product:
        """A number times generators."""
        number, placed = self.placed({i: int(n) for i, n in enumerate(exponents) if n}, {})
        return product_of(c * number, placed)

    def placed(self, powers: Exponents, under: Exponents) -> tuple[Fraction, list[Placed]]:
        """Generators to their exponents, in the order of writing, and the number that is left.

        A power takes in what powers of its base there are, also those `under`, which are taken out there.
        """
        number = Fraction(1)
        found: list[Placed] = []
        for i in sorted(powers):  # the power of a power first: it takes in the other
            if i in self.tower.powers and powers.get(i):
                number *= self.place_power(found, i, powers, under)
        found += [(self.rank[i], *self.raised(i, n)) for i, n in powers.items() if n]
        found.sort(key=lambda place: place[0])
        return number, found

    def nested(self, p: Poly) -> Iterator[Expr]:
        """Horner's rule in each generator that occurs in several powers."""
        if 2 < len(p) <= NESTED:
            for i, degree in enumerate(p.degrees()):
                if degree > 1 or (degree and len(p) > 3):
                    yield self.by_horner(p, i)

    def by_horner(self, p: Poly, i: int) -> Expr:
        """g^2 (g^3 (...) + b) + a: the terms by their power of the generator g, highest first."""
        layers: dict[int, list[Product]] = {}
        for exponents, c in by_degree(p):
            others = [0 if j == i else m for j, m in enumerate(exponents)]
            layers.setdefault(int(exponents[i]), []).append(self.term(int(c), others))
        degrees = sorted(layers, reverse=True)
        terms: list[Product] = []
        for degree, below in zip(degrees, [*degrees[1:], 0], strict=True):
            terms += layers[degree]
            if degree > below:
                terms = [self.multiplied(terms, i, degree - below)]
        return self.sum(terms)

    def multiplied(self, terms: list[Product], i: int, n: int) -> Product:
        """A sum times the n-th power of a generator."""
        power = raised(*self.raised(i, n))
        if len(terms) == 1:
            return terms[0]._replace(over=[*terms[0].over, power])
        if all([term.number < 0 for term in terms]):
            return Product(Fraction(-1), [power, self.sum([t._replace(number=-t.number) for t in terms])], [])
        return Product(Fraction(1), [power, self.sum(terms)], [])

    def swapped(self, p: Poly) -> Iterator[Expr]:
        """p with a + b g^2 for the even powers of f, where g is its partner: cos(u) for sin(u)."""
        if len(p) > SWAPPED:
            return
        for i, degree in enumerate(p.degrees()):
            node = self.tower.nodes.get(i)
            if degree > 1 and node.__class__ is App and node.op in SQUARES:
                partner, a, b = SQUARES[node.op]
                other = self.tower.images.get(App(partner, node.args))
                if other is not None and other.top in self.tower.gens:
                    changed = substituted_square(p, self.tower.gens[i], i, a + b * other.top**2)
                    yield from [self.expanded(changed), *self.nested(changed)]

    def place_power(self, placed: list[Placed], i: int, powers: Exponents, under: Exponents) -> Fraction:
        """u^a to its exponent, with what powers of u there are as well: they make one power. Gives the number left."""
        power, n = self.tower.powers[i], powers.pop(i)
        k = 0
        if power.base is not None:
            j = power.base
            k = powers.pop(self.alone[j], 0) if j in self.alone else -under.pop(j, 0)
        value = rational_value(power.exponent)
        if value is None:
            placed.append((self.rank[i], symbolic_power(power, n, k), 1))
        else:
            total = n * Fraction(value) + k
            placed += [
                (self.rank[i], factor, 1 if total > 0 else -1) for factor in fractional_power(power.u, abs(total))
            ]
        return power.scale**-k

    def raised(self, i: int, n: int) -> tuple[Expr, int]:
        """The n-th power of a generator, as an expression and an exponent."""
        if i in self.tower.exponentials:
            factor, w = self.tower.exponentials[i]
            return (App(ops.exp, (self.multiple(factor * n, w),)), 1) if n else (ONE, 0)
        node = self.tower.nodes[i]
        if node.__class__ is App and node.op is ops.div:  # a generator 1/v
            return node.args[1], -n
        return node, n

    def multiple(self, factor: Exact, w: Expr) -> Expr:
        """A number times w, as it is written."""
        number = Num(factor) if self.decimals and is_decimal(factor) else ops.rational(factor)
        return w if factor == 1 else normal(App(ops.mul, (number, w)))

    # ----------------------------------------------------------------------------------------------------------- sums

    def sum(self, terms: list[Product]) -> Expr:
        """The terms in this order, but a positive one first; what is negative is subtracted."""
        first = next((k for k, term in enumerate(terms) if term.number > 0), 0)
        whole = self.quotient(terms[first])
        for k, term in enumerate(terms):
            if k != first:
                op = ops.sub if term.number < 0 else ops.add
                whole = App(op, (whole, self.quotient(term._replace(number=abs(term.number)))))
        return whole

    def quotient(self, term: Product) -> Expr:
        """The product as it is written."""
        number, over, under = term
        top, bottom = (number, 1) if self.decimals and is_decimal(number) else (number.numerator, number.denominator)
        over, under = list(over), [Num(bottom), *under] if bottom != 1 else under
        if top == -1 and over:
            over[0] = App(ops.neg, (over[0],))
        elif top != 1 or not over:
            over.insert(0, Num(top))
        return App(ops.div, (joined(over), joined(under))) if under else joined(over)

    def best(self, candidates: Iterable[Expr]) -> Expr:
        return min(candidates, key=self.cost)

    def cost(self, e: Expr) -> float:
        """What a reader reads; remembered for every part."""
        costs, stack = self.costs, [e]
        while stack:
            node = stack[-1]
            if node in costs:
                stack.pop()
                continue
            waiting = [part for part in node.args if part not in costs]
            if waiting:
                stack += waiting
            else:
                costs[stack.pop()] = reading(node) + sum([costs[part] for part in node.args])
        return costs[e]


def product_of(number: Fraction, placed: Sequence[Placed]) -> Product:
    over = [raised(base, n) for _, base, n in placed if n > 0]
    return Product(number, over, [raised(base, -n) for _, base, n in placed if n < 0])


def joined(factors: list[Expr]) -> Expr:
    whole = factors[0]
    for factor in factors[1:]:
        whole = App(ops.mul, (whole, factor))
    return whole


def raised(base: Expr, n: int) -> Expr:
    return base if n == 1 else App(ops.pow, (base, Num(n)))


def symbolic_power(power: Power, n: int, k: int) -> Expr:
    """u^(n a + k)."""
    if n == 1 and k == 0:
        return App(ops.pow, (power.u, power.exponent))
    exponent = normal(App(ops.add, (App(ops.mul, (Num(n), power.exponent)), Num(k))))
    return App(ops.pow, (power.u, exponent))


def fractional_power(u: Expr, n: Fraction) -> list[Expr]:
    """u^n for n >= 0, as factors: x*sqrt(x), but x^(5/2) and (x + 1)^(3/2)."""
    if n == HALF or (n == 3 * HALF and u.__class__ is not App):
        return [*([u] if n > 1 else []), App(ops.sqrt, (u,))]
    if n.denominator == 1:
        return [raised(u, n.numerator)] if n else []
    return [App(ops.pow, (u, ops.rational(n)))]


def by_degree(p: Poly) -> list[tuple[tuple[int, ...], int]]:
    """The terms, highest degree first."""
    return sorted(p.terms(), key=lambda term: -sum(term[0]))


def substituted_square(p: Poly, f: Poly, i: int, square: Poly) -> Poly:
    """p with `square` for f^2, f the i-th generator; by Horner's rule on whole layers."""
    layers: dict[int, Poly] = {}
    for exponents, c in p.terms():
        m = int(exponents[i])
        others = tuple([m % 2 if j == i else int(n) for j, n in enumerate(exponents)])
        layers[m // 2] = layers.get(m // 2, 0) + p.context().from_dict({others: c})
    return sum([layer * square**half for half, layer in layers.items()], f * 0)
