"""Products of powers of generators and polynomials, and what can be done with them inside one ring.

A product is never multiplied out unless it is asked for. Roots of one thing are powers of one root: sqrt(x) makes x the
square of a generator, which is sound since x >= 0 in the whole region.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symdiff.algebra.budget import tick
from symdiff.algebra.poly import (
    HIGHEST,
    Factors,
    TooLargeError,
    check_product,
    cofactors,
    fmpq,
    fmpz_mpoly,
    fmpz_mpoly_ctx,
    graded,
    irreducible,
    split,
)
from symdiff.core.exact import Exact
from symdiff.core.expr import Expr

NUMBER_BITS = 1 << 17  # of a number's power


class NoValueError(Exception):
    """Something is divided by 0: the formula has no value anywhere."""


@dataclass(slots=True)
class Product:
    """number * prod generator^n * prod polynomial^n; the polynomials are primitive, lead with a plus, have two terms or
    more and no generator in common, so that equal ones are equal."""

    number: fmpq
    generators: dict[int, int] = field(default_factory=dict)
    polys: list[tuple[fmpz_mpoly, int]] = field(default_factory=list)

    def raised(self, n: int) -> Product:
        """The n-th power. Raises NoValueError for 0 to a negative power, TooLargeError for a number too long."""
        if self.number == 0 and n < 0:
            raise NoValueError
        bits = int(self.number.p.bit_length()) + int(self.number.q.bit_length())
        if self.number not in (0, 1, -1) and bits * abs(n) > NUMBER_BITS:
            raise TooLargeError("a number would be too long")
        generators = {i: k * n for i, k in self.generators.items()}
        return Product(self.number**n, generators, [(p, k * n) for p, k in self.polys])

    def scaled(self, number: Exact | fmpq) -> Product:
        if isinstance(number, Fraction):
            number = fmpq(number.numerator, number.denominator)
        return Product(self.number * number, self.generators, self.polys)


@dataclass(slots=True)
class Generator:
    """What stands for one unknown: a leaf or a sum to the power 1/roots, or exp of it divided by roots.

    `base` is the value of what is under the root where that is no generator itself; `inverse` is the polynomial whose
    reciprocal it stands for.
    """

    of: Expr
    roots: int = 1
    exponential: bool = False
    base: Product | None = None
    inverse: fmpz_mpoly | None = None


class Ring:
    """Products in these generators. `room` is how many terms a product may have that is multiplied out."""

    def __init__(self, generators: list[Generator], room: int) -> None:
        self.generators, self.room = generators, room
        self.ring = graded(len(generators))
        self.gens = self.ring.gens()
        self.based: list[int] = []  # the generators that have a base
        self.pure: list[tuple[fmpz_mpoly, int, int]] = []  # sums with a root: the sum, the root's generator, a sign

    def note_base(self, i: int, base: Product) -> None:
        """Remember what is under a root: a lone sum to the first power is from now on a power of the root itself."""
        g = self.generators[i]
        if g.base is None:
            g.base = base
            self.based = sorted([*self.based, i])
            lone = base.number in (1, -1) and not base.generators and len(base.polys) == 1 and base.polys[0][1] == 1
            if lone and not any([p == base.polys[0][0] for p, _, _ in self.pure]):
                self.pure.append((base.polys[0][0], i, int(base.number.p)))

    # ------------------------------------------------------------------------------------------------------ products

    def product(self, parts: Iterable[Product]) -> Product:
        """The product, like factors together and whole powers of roots taken out."""
        number, generators = fmpq(1), dict[int, int]()
        polys: list[tuple[fmpz_mpoly, int]] = []
        waiting = list(parts)
        while waiting:
            tick()
            part = waiting.pop()
            number *= part.number
            for i, n in part.generators.items():
                generators[i] = generators.get(i, 0) + n
            for p, n in part.polys:
                tick()
                sign, as_root = self.as_root(p, n)
                number *= sign
                if as_root is None:
                    join(polys, p, n)
                else:
                    generators[as_root[0]] = generators.get(as_root[0], 0) + as_root[1]
            if not waiting:
                waiting = self.whole_powers(generators)
        if number == 0:
            return Product(number)
        number = self.meet_roots(number, generators, polys)
        kept = {i: n for i, n in generators.items() if n}
        return Product(number, kept, [(p, n) for p, n in polys if n])

    def meet_roots(self, number: fmpq, generators: dict[int, int], polys: list[tuple[fmpz_mpoly, int]]) -> fmpq:
        """sqrt(u)/u is 1/sqrt(u), for a product u too: a root and what is under it on two sides of the bar."""
        for i in self.based:
            g = self.generators[i]
            if g.base is None or not g.base.polys or not generators.get(i):
                continue
            shares = [Fraction(generators.get(j, 0), n) for j, n in g.base.generators.items()]
            shares += [Fraction(exponent(polys, p), n) for p, n in g.base.polys]
            whole = int(min(shares)) if generators[i] < 0 else int(max(shares))
            if whole * generators[i] < 0:
                generators[i] += whole * g.roots
                number /= g.base.number**whole
                for j, n in g.base.generators.items():
                    generators[j] = generators.get(j, 0) - n * whole
                for p, n in g.base.polys:
                    join(polys, p, -n * whole)
        return number

    def as_root(self, p: fmpz_mpoly, n: int) -> tuple[int, tuple[int, int] | None]:
        """p^n as a sign and a power of the root of p, where p has one here."""
        for q, i, sign in self.pure:
            if p == q:
                return sign if n % 2 else 1, (i, n * self.generators[i].roots)
        return 1, None

    def whole_powers(self, generators: dict[int, int]) -> list[Product]:
        """What the roots among the generators make as whole powers of their bases; they are left with the rest."""
        found = []
        for i, n in generators.items():
            g = self.generators[i]
            whole = int(Fraction(n, g.roots)) if g.roots > 1 else 0  # towards 0
            if whole and g.base is not None and not any([i == j for _, j, _ in self.pure]):
                generators[i] = n - whole * g.roots
                found.append(g.base.raised(whole))
        return found

    def cancelled(self, whole: Product) -> Product:
        """The product with what numerator and denominator share taken out."""
        over = [(p, n) for p, n in whole.polys if n > 0]
        under = [(p, n) for p, n in whole.polys if n < 0]
        done: list[tuple[fmpz_mpoly, int]] = []
        extra: list[Product] = []
        while over:
            p, n = over.pop()
            for place_, (q, m) in enumerate(under):
                tick()
                found = cofactors(p, q)
                if found is not None:
                    g, a, b = found
                    del under[place_]
                    for part, power in ((a, n), (b, m), (g, n + m)):
                        if power and part.is_constant():
                            extra.append(Product(fmpq(part.leading_coefficient()) ** power))
                        elif power:
                            (over if power > 0 else under).append((part, power))
                    break
            else:
                done.append((p, n))
        return self.product([Product(whole.number, whole.generators, done + under), *extra])

    def factored(self, whole: Product) -> Product:
        """The product with every polynomial split into irreducible ones."""
        parts = []
        for p, n in whole.polys:
            tick()
            parts.append(Product(fmpq(1), {}, [(q, m * n) for q, m in irreducible(p)]))
        return self.product([Product(whole.number, whole.generators), *parts])

    # --------------------------------------------------------------------------------------------------- polynomials

    def monomial(self, exponents: Mapping[int, int]) -> tuple[int, ...]:
        """Exponents of all generators. Raises TooLargeError for a degree that no polynomial should have."""
        row = [0] * len(self.generators)
        for i, n in exponents.items():
            row[i] = n
            if n >= HIGHEST:
                raise TooLargeError("the degree is too high")
        return tuple(row)

    def content(self, p: fmpz_mpoly) -> Product:
        """A polynomial as a product: its number, its powers of generators, and the rest."""
        if p.is_zero():
            return Product(fmpq(0))
        number, exponents, rest = split(p)
        return Product(fmpq(number), {i: n for i, n in enumerate(exponents) if n}, [] if rest.is_one() else [(rest, 1)])

    def half(self, whole: Product, sign: int, room: int | None = None) -> fmpz_mpoly:
        """What stands above the bar (sign 1) or below it (sign -1), multiplied out. Raises TooLargeError."""
        number = int(whole.number.p if sign > 0 else whole.number.q)
        generators = {i: n * sign for i, n in whole.generators.items() if n * sign > 0}
        powers = [(p, n * sign) for p, n in whole.polys if n * sign > 0]
        for p, i, minus in self.pure:
            n, rest = divmod(generators.get(i, 0), self.generators[i].roots)
            if n and not rest:
                powers.append((p, n))
                number *= minus ** (n % 2)
                del generators[i]
        monomial = self.monomial(generators)
        return expansion(self.ring, powers, room or self.room) * self.ring.from_dict({monomial: number})

    def reduced(self, p: fmpz_mpoly, beside: Mapping[int, int]) -> tuple[fmpz_mpoly, Product]:
        """p with r^q replaced by what is under the root, and a factor. `beside` p stand powers of r, none above 0."""
        extra = Product(fmpq(1))
        changed = True
        while changed:
            changed = False
            for i in self.based:
                tick()
                g = self.generators[i]
                if int(p.degrees()[i]) + beside.get(i, 0) >= g.roots:
                    p, more = self.lowered(p, i, g, beside.get(i, 0))
                    extra = self.product([extra, more])
                    changed = True
        return p, extra

    def lowered(self, p: fmpz_mpoly, i: int, g: Generator, beside: int) -> tuple[fmpz_mpoly, Product]:
        """One root's whole powers replaced, over the denominator of what is under it."""
        layers: dict[int, dict[tuple[int, ...], int]] = {}
        for exponents, number in p.terms():
            tick()
            row = [int(n) for n in exponents]
            whole = max(0, (row[i] + beside) // g.roots)
            row[i] -= whole * g.roots
            layers.setdefault(whole, {})[tuple(row)] = int(number)
        base = self.base(g)
        top, bottom = self.half(base, 1), self.half(base, -1)
        highest = max(layers)
        whole_sum = self.ring.constant(0)
        for n, layer in layers.items():
            tick()
            powers = [(q, k) for q, k in ((top, n), (bottom, highest - n)) if k and not q.is_one()]
            whole_sum += expansion(self.ring, [*powers, (self.ring.from_dict(layer), 1)], self.room)
        return whole_sum, self.content(bottom).raised(-highest)

    def base(self, g: Generator) -> Product:
        """What is under a root, as it is multiplied out."""
        return g.base or Product(fmpq(0))


def expansion(ring: fmpz_mpoly_ctx, factors: Factors, room: int) -> fmpz_mpoly:
    """The product of powers multiplied out, by twos so that the clock is seen between. Raises TooLargeError."""
    if len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    if not factors:
        return ring.constant(1)
    check_product(factors, room)
    powers = []
    for p, n in factors:
        tick()
        powers.append(p**n)
    while len(powers) > 1:
        powers.sort(key=len)
        pairs = zip(powers[::2], powers[1::2], strict=False)
        left = powers[-1:] if len(powers) % 2 else []
        powers = [timed_product(p, q) for p, q in pairs] + left
    return powers[0]


def timed_product(p: fmpz_mpoly, q: fmpz_mpoly) -> fmpz_mpoly:
    tick()
    return p * q


# ---------------------------------------------------------------------------------------- lists of powers, exponents


def join(polys: list[tuple[fmpz_mpoly, int]], p: fmpz_mpoly, n: int) -> None:
    """Multiply a list of powers by p^n."""
    for i, (q, m) in enumerate(polys):
        if p == q:
            polys[i] = p, m + n
            return
    polys.append((p, n))


def place(polys: list[tuple[fmpz_mpoly, int]], p: fmpz_mpoly) -> int:
    return next(i for i, (q, _) in enumerate(polys) if p == q)


def exponent(polys: list[tuple[fmpz_mpoly, int]], p: fmpz_mpoly) -> int:
    return next((n for q, n in polys if p == q), 0)


def known_in(polys: list[tuple[fmpz_mpoly, int]], p: fmpz_mpoly) -> bool:
    return any([p == q for q, _ in polys])


def least(rows: list[dict[int, int]]) -> dict[int, int]:
    """The least exponent of each; what is missing has 0."""
    found: dict[int, int] = {}
    counts: dict[int, int] = {}
    for row in rows:
        for i, n in row.items():
            found[i] = min(n, found.get(i, n))
            counts[i] = counts.get(i, 0) + 1
    return {i: n for i, m in found.items() if (n := m if counts[i] == len(rows) else min(m, 0))}
