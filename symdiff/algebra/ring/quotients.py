"""Elements of a tower, written down: factored, part by part, term by term; the shortest to read wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from symdiff.algebra.ring.generators import SQUARES
from symdiff.algebra.ring.horner import Exponents, Placed, Polynomials, Product, product_of
from symdiff.algebra.ring.ratios import Poly, Ratio, Refused
from symdiff.algebra.ring.tower import Tower
from symdiff.core.expr import App, Expr
from symdiff.core.ops import ZERO

FACTORED = 120  # terms up to which a polynomial is factored
FACTORED_DEGREE = 60
TERMS = 6  # of a sum written term by term
PARTS = 8  # summands of a result written part by part

Factor = tuple[Poly, int]


class Quotients(Polynomials):
    """Writes elements of one tower."""

    def __init__(self, tower: Tower, *, decimals: bool = False) -> None:
        super().__init__(tower, decimals=decimals)
        self.based: dict[int, list[int]] = {}  # the generators u^a by the number of the base u
        for i, power in tower.powers.items():
            if power.base is not None:
                self.based.setdefault(power.base, []).append(i)

    def written(self, u: Ratio) -> Expr:
        """The shortest of the forms of u. Raises Refused where none is sure to have a value wherever u has one."""
        if u.top == 0:
            return ZERO
        return self.best([self.sum(self.products(u)), *self.in_parts(u), *self.term_by_term(u)])

    def products(self, u: Ratio) -> list[Product]:
        """u as one product, or as a sum of so many as there are powers that take in what is below."""
        bound = self.bound_generators(u)
        return [self.shortest_product(part) for part in (self.parts(u, bound) if bound else [u])]

    def bound_generators(self, u: Ratio) -> list[int]:
        """The powers u^a that take in what is below: u^a/u is u^(a - 1), part by part.

        A part without such a power must lose the denominator by division, and where relations hold that may fail.
        """
        return [i for j in u.under for i in self.based.get(j, ())]

    def in_parts(self, u: Ratio) -> Iterator[Expr]:
        """The sum of what belongs to each product of functions, where these are few."""
        functions = [i for i in self.tower.nodes if self.tower.nodes[i].__class__ is App]
        if len(u.top) > FACTORED or not functions:
            return
        parts = self.parts(u, functions)
        if 1 < len(parts) <= PARTS and len(parts) < len(u.top):
            yield self.sum([self.shortest_product(part) for part in parts])

    def term_by_term(self, u: Ratio) -> Iterator[Expr]:
        """The sum of the terms, if each loses all that is a sum below it: 1/x^2 - 3/x^3."""
        if 1 < len(u.top) <= TERMS and all([j in self.alone or j in self.based for j in u.under]):
            everything = sorted(self.tower.nodes)
            yield self.sum([self.shortest_product(part) for part in self.parts(u, everything)])

    def parts(self, u: Ratio, by: Sequence[int]) -> list[Ratio]:
        """u as a sum of what has the same exponents of these generators, each part in lowest terms."""
        groups: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
        for exponents, number in u.top.terms():
            groups.setdefault(tuple([int(exponents[i]) for i in by]), {})[exponents] = number
        parts = []
        for key, terms in groups.items():
            part = self.tower.tidy(Ratio(self.tower.ring.from_dict(terms), u.under, u.number))
            self.check_bound(part, dict(zip(by, key, strict=True)))
            parts.append(part)
        return parts

    def check_bound(self, part: Ratio, exponents: Exponents) -> None:
        """Raises Refused where a base is left without its power, and division might have missed it."""
        for j in part.under:
            mine = self.based.get(j)
            if mine and not any([exponents.get(i) for i in mine]) and self.tower.has_root(self.tower.bases[j]):
                raise Refused("a denominator that may not be one")

    # ------------------------------------------------------------------------------------------------------- products

    def shortest_product(self, u: Ratio) -> Product:
        """The quotient with all factors apart, or only with what its terms have in common taken out."""
        common = u.top.term_content()
        ((exponents, number),) = common.terms()
        rest = u.top / common
        unit = Fraction(int(number), u.number)
        if rest.is_constant():  # 1 or -1
            return self.product(unit * int(rest.leading_coefficient()), exponents, [], u.under)
        if max(rest.coeffs()) < 0:
            unit, rest = -unit, -rest
        plain = self.product(unit, exponents, [(rest, 1)], u.under)
        if len(rest) > FACTORED or rest.total_degree() > FACTORED_DEGREE:
            return plain
        content, factors = factored(rest)
        if len(factors) == 1 and factors[0][1] == 1 and not self.shares(rest, u.under):
            return plain
        factors.sort(key=lambda pair: (len(pair[0]), [int(m) for m in pair[0].degrees()]))
        return self.shorter(plain, self.product(unit * content, exponents, factors, u.under))

    def shorter(self, a: Product, b: Product) -> Product:
        return b if self.cost(self.sum([b])) <= self.cost(self.sum([a])) else a

    def shares(self, p: Poly, under: Exponents) -> bool:
        return any([len(self.tower.bases[j]) > 1 and p.gcd(self.tower.bases[j]) != 1 for j in under])

    def product(self, number: Fraction, exponents: Sequence[int], factors: list[Factor], under: Exponents) -> Product:
        """The product of a number, generators and polynomials over bases; powers of one thing together."""
        powers = {i: int(m) for i, m in enumerate(exponents) if m}
        left: Exponents = {}
        for j, k in under.items():
            if j in self.alone:
                powers[self.alone[j]] = powers.get(self.alone[j], 0) - k
            else:
                left[j] = k
        own, placed = self.placed(powers, left)
        below = [(self.tower.bases[j], -k) for j, k in left.items()]
        number, factors = turned(number * own, without_common(factors, below))
        sign, factors, squares = self.squares(factors)
        placed = sorted([*placed, *squares], key=lambda place: place[0])
        return product_of(number * sign, [*placed, *[(0, self.polynomial(p), k) for p, k in factors]])

    def squares(self, factors: list[Factor]) -> tuple[int, list[Factor], list[Placed]]:
        """g(u)^2 for factors a + b f(u)^2, as cos(u)^2 for 1 - sin(u)^2: a sign, the other factors, and these."""
        sign = 1
        found: list[Placed] = []
        for i in {i: None for p, _ in factors if (i := self.with_partner(p)) is not None}:
            node, f = self.tower.nodes[i], self.tower.gens[i]
            partner = SQUARES[node.op][0]  # type: ignore[union-attr]  # with_partner has seen that it is an App
            _, a, b = SQUARES[partner]
            square = a + b * f**2
            for parts in ([square], [-square], [f - 1, f + 1]):
                whole = parts[0] if len(parts) == 1 else f**2 - 1
                n = common_exponent(factors, parts)
                if n and whole in (square, -square):
                    factors = lowered(factors, parts, n)
                    found.append((self.rank[i], App(partner, node.args), 2 * n))
                    sign *= -1 if n % 2 and whole != square else 1
        return sign, factors, found

    def with_partner(self, p: Poly) -> int | None:
        """The generator f(u) of a polynomial in it alone, if f has a partner g with g^2 = a + b f^2."""
        if len(p) != 2:
            return None
        present = [i for i, m in enumerate(p.degrees()) if m]
        node = self.tower.nodes.get(present[0]) if len(present) == 1 else None
        return present[0] if node.__class__ is App and node.op in SQUARES and self.tower.moves[node] else None


def turned(number: Fraction, factors: list[Factor]) -> tuple[Fraction, list[Factor]]:
    """Give a minus to a short factor that has one already: -(x - 1) y is (1 - x) y."""
    if number < 0:
        for k, (p, n) in enumerate(factors):
            coefficients = p.coeffs()
            if n % 2 and len(p) <= 3 and min(coefficients) < 0 < max(coefficients):
                return -number, [*factors[:k], (-p, n), *factors[k + 1 :]]
    return number, factors


def factored(p: Poly) -> tuple[int, list[Factor]]:
    """The content and the irreducible factors."""
    try:
        content, factors = p.factor()
    except OverflowError:  # python-flint sorts the factors, and fails to compare coefficients beyond 64 bits
        return 1, [(p, 1)]
    return int(content), [(factor, int(k)) for factor, k in factors]


def without_common(over: list[Factor], below: list[Factor]) -> list[Factor]:
    """Both lists as one, bases below with negative exponents; a base is split where it shares a factor with the top."""
    factors = list(over)
    for base, k in below:
        n = -k
        for place, (p, m) in enumerate(factors):
            shared = p.gcd(base) if m > 0 and len(p) > 1 else None
            if shared is not None and shared == p:
                rest = base / p
                cut = min(m, n)
                factors[place] = (p, m - cut)
                if n > cut:
                    factors.append((p, cut - n))
                base = rest
        factors.append((base, k))
    return [(p, m) for p, m in factors if m and not p.is_one()]


def common_exponent(factors: list[Factor], parts: list[Poly]) -> int:
    """To which power the product of the parts divides the factors, or what is below them."""
    exponents = [next((k for p, k in factors if p == part), 0) for part in parts]
    if min(exponents) > 0:
        return min(exponents)
    return max(exponents) if max(exponents) < 0 else 0


def lowered(factors: list[Factor], parts: list[Poly], n: int) -> list[Factor]:
    left = [(p, k - n if any([p == part for part in parts]) else k) for p, k in factors]
    return [(p, k) for p, k in left if k]
