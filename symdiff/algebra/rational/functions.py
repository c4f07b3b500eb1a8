"""Rational functions of a formula's parts: what `+ - * / ^` make of them is a product of powers of polynomials.

A region is the arithmetic at the top of a formula. Its leaves, symbols and functions of anything, are generators, and
its value is `number * prod g^n * prod p^n` with generators g and polynomials p in them. Products are never multiplied
out; sums are, over their common factors, if an estimate allows it.

Roots of one thing are powers of one root: sqrt(x) makes x the square of a generator, which is sound since x >= 0 in the
whole region; so are the exponentials: exp(2 x + y) is exp(x)^2 exp(y).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import lcm

from symdiff.algebra.budget import tick
from symdiff.algebra.poly import TooLargeError, fmpq, fmpz_mpoly
from symdiff.algebra.rational.products import (
    Generator,
    NoValueError,
    Product,
    Ring,
    expansion,
    exponent,
    join,
    known_in,
    least,
    place,
)
from symdiff.algebra.rational.regions import divides, inside, region_of, root_of, same_kind, spread, whole_exponent
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import ONE
from symdiff.core.order import Key

WIDEST = 20_000_000  # exponents in a polynomial: its terms times the generators
PASSES = 4
MOST_ROOTS = 20  # of sums: with more of them, nested or not, each is an unknown like any other


class TooWideError(TooLargeError):
    """A sum of many terms in many generators, each term a row of exponents of all of them."""

    def __init__(self, terms: int, generators: int) -> None:
        counts = f"{terms:,} terms in {generators:,} distinct parts (symbols, functions, sums below a bar)"
        super().__init__(f"{counts}: terms times parts is at most {WIDEST:,}")


class Region(Ring):
    """The arithmetic at the top of a formula as rational functions.

    `termwise`: the reciprocal of a sum is a generator of its own, so that sums stay sums of terms. Else sums are put
    over their common denominator and what they share with it cancels. `room` is how many terms a sum may have that has
    products to multiply out. `exponents` tells of each exp(u) the terms of u with their coefficients.
    """

    def __init__(
        self,
        root: Expr,
        key: Callable[[Expr], Key],
        exponents: Mapping[Expr, Mapping[Expr, Exact]],
        *,
        termwise: bool,
        room: int,
    ) -> None:
        self.root, self.termwise, self.exponents = root, termwise, exponents
        self.order, self.looks_under_roots = inside(root, MOST_ROOTS)
        self.position = {node: k for k, node in enumerate(self.order)}
        found = self.found(key)
        self.index = {(g.of, g.exponential): i for i, g in enumerate(found)}
        self.spare = len(found)
        super().__init__(found + [Generator(ONE)] * (self.reciprocals() if termwise else 0), room)
        self.done: dict[Expr, Product] = {}
        self.under: list[Product] = []  # whatever has stood below a bar

    # ---------------------------------------------------------------------------------------------------- generators

    def found(self, key: Callable[[Expr], Key]) -> list[Generator]:
        """The generators in the order that sums take: by structure, then roots of numbers, exponentials last."""
        roots: dict[tuple[Expr, bool], int] = {}
        for node in self.order:
            tick()
            for thing, denominator in self.parts_of(node):
                roots[thing] = lcm(roots.get(thing, 1), denominator)
        arranged = sorted(roots, key=lambda thing: (thing[1], isinstance(thing[0], Num), key(thing[0])))
        return [Generator(of, roots[of, is_exp], is_exp) for of, is_exp in arranged]

    def parts_of(self, node: Expr) -> Iterable[tuple[tuple[Expr, bool], int]]:
        """The things a leaf is a power of, with the denominators of the exponents; nothing for arithmetic."""
        if region_of(node) != "leaf":
            return ()
        if node in self.exponents:
            return [((term, True), n.denominator) for term, n in self.exponents[node].items()]
        under = root_of(node) if isinstance(node, App) else None
        return [((node, False), 1)] if under is None else [((under[0], False), under[1].denominator)]

    def reciprocals(self) -> int:
        """At most so many sums are ever divided by; what is under a root is one of them."""
        apps = [node for node in self.order if isinstance(node, App)]
        rooted = sum([root_of(node) is not None for node in apps])
        return rooted + (sum([region_of(node) == "sum" for node in apps]) if any(map(divides, apps)) else 0)

    def reciprocal(self, p: fmpz_mpoly) -> int:
        """The generator that stands for 1/p."""
        for i in range(self.spare, len(self.generators)):
            known = self.generators[i].inverse
            if known is None:
                self.generators[i] = Generator(ONE, inverse=p)
                return i
            if known == p:
                return i
        raise TooLargeError("too many denominators")

    # ---------------------------------------------------------------------------------------------------- evaluating

    def value(self) -> Product:
        """The value of the whole region. Raises TooLargeError and NoValueError."""
        needed = {self.root}
        for node in self.order:
            kind = region_of(node)
            under = root_of(node) if isinstance(node, App) and kind == "leaf" else None
            if kind in ("sum", "product"):
                needed.update([part for part in node.args if region_of(part) != kind])
            elif under is not None and self.looks_under_roots:
                needed.add(under[0])
        for node in self.order:
            tick()
            if node in needed:
                self.done[node] = self.value_of(node)
        return self.done[self.root]

    def value_of(self, node: Expr) -> Product:
        match region_of(node):
            case "number":
                return Product(fmpq(node.value.numerator, node.value.denominator))  # type: ignore[union-attr]  # a Num
            case "leaf":
                return self.leaf(node)
            case "sum":
                weights = spread(node, "sum")
                return self.total([self.done[part].scaled(n) for part, n in weights.items() if n], node)
            case _:
                weights = spread(node, "product")
                self.look_below(node)
                return self.product([self.done[part].raised(n) for part, n in weights.items() if n])

    def look_below(self, top: Expr) -> None:
        """Note what stands below the bars of a product. Raises NoValueError if it is 0, even if it is above one too."""
        below: set[Expr] = set()
        for node in reversed(same_kind(top, "product")):
            n = whole_exponent(node)
            parts = node.args if n is None else node.args[:1] if n else ()
            below.update(parts if node in below or (n or 0) < 0 else node.args[1:] if node.op is ops.div else ())
        noted = [part for part in below if part in self.position and region_of(part) != "product"]
        for part in sorted(noted, key=self.position.__getitem__):
            if self.done[part].number == 0:
                raise NoValueError
            self.under.append(self.done[part])

    def leaf(self, node: Expr) -> Product:
        one = fmpq(1)
        if node in self.exponents:
            terms = self.exponents[node].items()
            where = [(self.index[term, True], n) for term, n in terms]
            return Product(one, {i: int(n * self.generators[i].roots) for i, n in where})
        under = root_of(node) if isinstance(node, App) else None
        if under is None:
            i = self.index[node, False]
            return Product(one, {i: self.generators[i].roots})
        base, exponent = under
        i = self.index[base, False]
        nested = region_of(base) != "leaf" or base in self.exponents or (isinstance(base, App) and root_of(base))
        if nested and self.looks_under_roots:
            self.note_base(i, self.done[base])
        return self.product([Product(one, {i: int(exponent * self.generators[i].roots)})])

    # ---------------------------------------------------------------------------------------------------------- sums

    def total(self, terms: list[Product], node: Expr | None = None) -> Product:
        """The sum, over the factors that its terms share. Raises TooLargeError, which knows the node."""
        try:
            return self.summed(terms)
        except TooLargeError as large:
            if not hasattr(large, "node"):
                large.node = node  # type: ignore[attr-defined]  # for the one who may leave the sum as it is
            raise

    def summed(self, terms: list[Product]) -> Product:
        terms = [term for term in terms if term.number != 0]
        if self.termwise:
            terms = [self.with_reciprocals(term) for term in terms]
        if len(terms) < 2:
            return self.without_reciprocals(terms[0]) if terms else Product(fmpq(0))
        common, polys = self.shared(terms)
        whole, denominator = self.added(terms, common, polys)
        shared = Product(fmpq(1, denominator), common, polys)
        whole, extra = self.reduced(whole, common if self.termwise else {})
        if whole.is_zero():
            return Product(fmpq(0))
        result = self.product([shared, extra, self.content(whole)])
        return self.without_reciprocals(result) if self.termwise else self.cancelled(result)

    def shared(self, terms: list[Product]) -> tuple[dict[int, int], list[tuple[fmpz_mpoly, int]]]:
        """The least exponents: of denominators only, where sums stay sums of terms."""
        generators = least([term.generators for term in terms])
        if self.termwise:
            return {i: n for i, n in generators.items() if n < 0}, []
        known: list[tuple[fmpz_mpoly, int]] = []
        for term in terms:
            for p, _ in term.polys:
                tick()
                join(known, p, 0)
        numbered = []
        for term in terms:
            tick()
            numbered.append({place(known, p): n for p, n in term.polys})
        return generators, [(known[i][0], n) for i, n in sorted(least(numbered).items()) if n]

    def added(
        self, terms: list[Product], common: dict[int, int], polys: list[tuple[fmpz_mpoly, int]]
    ) -> tuple[fmpz_mpoly, int]:
        """The sum of the terms divided by what they share, and the denominator of its coefficients."""
        if len(terms) * len(self.generators) > WIDEST:
            raise TooWideError(len(terms), len(self.generators))
        denominator = lcm(*[int(term.number.q) for term in terms])
        single: dict[tuple[int, ...], int] = {}
        whole = self.ring.constant(0)
        room = self.room
        for term in terms:
            tick()
            number = int((term.number * denominator).p)
            own = term.generators
            monomial = self.monomial({i: own.get(i, 0) - common.get(i, 0) for i in {**own, **common}})
            rest = [(p, n - exponent(polys, p)) for p, n in term.polys]
            rest += [(p, -n) for p, n in polys if not known_in(term.polys, p)]
            if not any([n for _, n in rest]):
                single[monomial] = single.get(monomial, 0) + number
                continue
            p = expansion(self.ring, [(p, n) for p, n in rest if n], room)
            room -= 0 if len(terms) == 1 else len(p)
            if room < 0:
                raise TooLargeError("too many terms")
            whole += p * self.ring.from_dict({monomial: number})
        return whole + self.ring.from_dict(single), denominator

    def terms(self, value: Product) -> tuple[list[tuple[list[int], int]], fmpq]:
        """The value multiplied out: terms with integer coefficients, and their common scale. Raises TooLargeError.

        Exponents may be negative, and a reciprocal of a sum is one generator; only for a region that is `termwise`.
        What stands below every term may have become the sum above it: then both go.
        """
        rows, scale = self.multiplied_out(value)
        inverses = range(self.spare, len(self.generators))
        for _ in range(PASSES):
            if len(rows) < 2 or not any([all([row[j] > 0 for row, _ in rows]) for j in inverses]):
                break
            before, (rows, scale) = rows, self.multiplied_out(self.gathered(rows, scale))
            if rows == before:
                break
        return rows, scale

    def gathered(self, rows: list[tuple[list[int], int]], scale: fmpq) -> Product:
        """A sum of terms as a product."""
        least = [min(0, *column) for column in zip(*[row for row, _ in rows], strict=True)]
        shifted = {tuple([k - m for k, m in zip(row, least, strict=True)]): c for row, c in rows}
        down = Product(scale, {j: m for j, m in enumerate(least) if m})
        return self.without_reciprocals(self.product([down, self.content(self.ring.from_dict(shifted))]))

    def multiplied_out(self, value: Product) -> tuple[list[tuple[list[int], int]], fmpq]:
        """Products and powers of sums multiplied out once."""
        whole = self.with_reciprocals(value)
        over = Product(fmpq(1), {i: n for i, n in whole.generators.items() if n > 0}, whole.polys)
        under = {i: n for i, n in whole.generators.items() if n < 0}
        p, extra = self.reduced(self.half(over, 1), under)
        if len(p) * len(self.generators) > WIDEST:
            raise TooWideError(len(p), len(self.generators))
        beside = self.product([Product(whole.number, under), extra])
        rows = []
        for exponents, c in p.terms():
            tick()
            rows.append(([*map(int, exponents)], int(c)))
        for i, n in beside.generators.items():
            for row, _ in rows:
                row[i] += n
        return self.over_roots(rows) if self.pure else rows, beside.number

    def over_roots(self, rows: list[tuple[list[int], int]]) -> list[tuple[list[int], int]]:
        """sqrt(u) times the generator for 1/u is 1/sqrt(u); 1/sqrt(u)^2 is that generator."""
        inverses = [(i, sign, self.reciprocal(p)) for p, i, sign in self.pure]
        found: dict[tuple[int, ...], int] = {}
        for row, c in rows:
            tick()
            for i, sign, j in inverses:
                q = self.generators[i].roots
                if row[j] or (row[i] < 0 and row[i] % q == 0):
                    n = row[i] - q * row[j]
                    c *= sign ** (row[j] % 2)
                    row[i], row[j] = (n, 0) if n % q or n > 0 else (0, -n // q)
                    c *= sign ** (row[j] % 2)
            found[tuple(row)] = found.get(tuple(row), 0) + c
        return [(list(row), c) for row, c in found.items() if c]

    # --------------------------------------------------------------------------------------------------- reciprocals

    def base(self, g: Generator) -> Product:
        base = super().base(g)
        return self.with_reciprocals(base) if self.termwise else base

    def with_reciprocals(self, term: Product) -> Product:
        """Sums below the bar as powers of generators."""
        if not any([n < 0 for _, n in term.polys]):
            return term
        generators = dict(term.generators)
        for p, n in term.polys:
            if n < 0:
                i = self.reciprocal(p)
                generators[i] = generators.get(i, 0) - n
        return Product(term.number, generators, [(p, n) for p, n in term.polys if n > 0])

    def without_reciprocals(self, term: Product) -> Product:
        """Generators that stand for reciprocals as powers of sums again."""
        plain = {i: n for i, n in term.generators.items() if self.generators[i].inverse is None}
        if len(plain) == len(term.generators):
            return term
        powers = [(g.inverse, -n) for i, n in term.generators.items() if (g := self.generators[i]).inverse is not None]
        return self.product([Product(term.number, plain, term.polys), Product(fmpq(1), {}, powers)])
