"""A value taken apart for writing it as a product: what stands plainly in it, what under roots, what in bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from symdiff.algebra.compose import Factor
from symdiff.algebra.field.values import Powers, UnsettledError, Value
from symdiff.algebra.poly import fmpq
from symdiff.algebra.write.factors import stays_outside
from symdiff.algebra.write.functions import exchanged
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

EXPANDED = 40  # terms of a numerator that is multiplied out for a look
COMBINED = 30  # and of a product of some of the factors


class UnwritableError(UnsettledError):
    """The value has no text here: a sign of something that may be 0."""


class Parts:
    """A value taken apart for writing: a number, factors with whole exponents, and everything else as it will stand."""

    def __init__(self, writer: Writer, v: Value) -> None:
        self.writer, self.field = writer, writer.field
        sg, sign = self.field.signs.known(v.sg)
        self.c: Exact = v.coefficient() * sign
        self.whole: list[tuple[int, int]] = []  # bases that are written plainly, to whole powers
        self.other: list[Factor] = []
        self.generators: dict[int, Exact] = {}
        self.fractional: dict[Exact, list[int]] = {}
        self.bars: dict[Exact, list[int]] = {}
        self.signs = self.free_signs(v, sg)
        for i, n in v.pw.items():
            self.take(i, n)
        self.symbolic: dict[int, Exact] = {}
        if self.generators:
            if any([writer.is_symbolic(j) for j in self.generators]):
                self.symbolic = self.generators
            else:
                self.other += writer.factors_of(self.generators)
        for n, bases in self.fractional.items():
            self.other += self.rooted(bases, n)
        if self.bars:
            self.write_bars()
        for i in sorted(self.signs) if self.signs else ():
            if i not in self.field.signs.nonzero:
                raise UnwritableError
            self.other.append((App(ops.sign, (writer.polynomial(self.field.bases[i]),)), 1))

    def write_bars(self) -> None:
        """Sizes to one power under one pair of bars."""
        for m in dict.fromkeys([max(n, -n) for n in self.bars]):
            over, under = self.bars.get(m, []), self.bars.get(-m, [])
            self.other.append((self.size_of_product(over, under), m) if over else (self.size_of_product(under), -m))

    def free_signs(self, v: Value, sg: frozenset[int]) -> set[int]:
        """The signs to write; where those of the odd powers are the same product, these, and no bars are needed."""
        odd = frozenset([i for i, n in v.pw.items() if n.denominator == 1 and n % 2 and i not in self.field.positive])
        left, sign = self.field.signs.known(sg ^ odd)
        if left:
            return set(sg)
        self.c *= sign
        return set(odd)

    def take(self, i: int, n: Exact) -> None:
        field = self.field
        j = field.lone.get(i)
        kind = field.info[j].kind if j is not None else ""
        if kind in ("exp", "root") or (kind == "power" and n.denominator == 1 and self.is_plain(i, n)):
            self.generators[j] = n  # type: ignore[index]  # a kind comes from a generator
            self.signs.discard(i)
        elif n.denominator != 1:
            self.take_root(i, n)
        elif i in self.signs:
            self.signs.discard(i)
            self.take_signed(i, int(n))
        elif i in field.positive or n % 2 == 0:
            self.whole.append((i, int(n)))
        elif field.signs.is_known(i):
            self.whole.append((i, int(n)))
            self.c *= field.signs.is_known(i)
        else:
            self.bars.setdefault(n, []).append(i)

    def take_signed(self, i: int, n: int) -> None:
        """A base to a power, with its sign: p |p| for sign(p) p^2."""
        if n % 2 or n < 0:
            self.whole.append((i, n))
            if n % 2 == 0:
                self.signs.add(i)
        else:
            self.whole.append((i, n - 1))
            self.bars.setdefault(1, []).append(i)

    def size_of_product(self, over: list[int], under: Iterable[int] = ()) -> Expr:
        powers: Powers = {**dict.fromkeys(over, 1), **dict.fromkeys(under, -1)}
        product = Value(fmpq(1), powers, frozenset(powers))
        return App(ops.absolute, (self.writer.value(product),))

    def is_plain(self, i: int, n: Exact) -> bool:
        """Whether p^n says all about the sign of p in the value."""
        return i in self.field.positive or (n % 2 == 0) == (i not in self.signs)

    def take_root(self, i: int, n: Exact) -> None:
        """|p|^n; with the sign of p and an odd root, the real root of p."""
        if i not in self.signs:
            self.fractional.setdefault(n, []).append(i)
            return
        self.signs.discard(i)
        p = self.writer.polynomial(self.field.bases[i])
        if n.denominator % 2 and n.numerator % 2:
            root = (
                App(ops.cbrt, (p,))
                if n.denominator == 3
                else App(ops.root, (p, self.writer.make.number(n.denominator)))
            )
            self.other.append((root, n.numerator))
        elif n > 1:
            self.whole.append((i, 1))
            self.fractional.setdefault(n - 1, []).append(i)
        elif n > 0 or i in self.field.signs.nonzero:
            self.other += [(App(ops.sign, (p,)), 1), (App(ops.absolute, (p,)), n)]
        else:
            raise UnwritableError

    def rooted(self, bases: list[int], n: Exact) -> list[Factor]:
        """|p q|^n: under one root without bars where the product is certainly not negative, else each with its own."""
        writer, field = self.writer, self.field
        unknown = [i for i in bases if i not in field.positive and not field.signs.is_known(i)]
        apart: list[Factor] = [(writer.size(i), n) for i in bases if i not in unknown]
        apart += [(self.size_of_product(unknown), n)] if unknown else []
        signed = frozenset([i for i in bases if i not in field.positive])
        sign = self.sign_of_product(signed)
        if sign == 0 or len(bases) == 1:
            return apart
        p = field.ring.constant(sign)
        for i in bases:
            p = p * field.bases[i]
            if len(p) > EXPANDED:
                return apart
        together: list[Factor] = [(writer.value(field.from_polynomial(field.reduced(p))), n)]
        if any([not field.signs.is_known(i) for i in signed]):
            return together
        cost = writer.make.cost
        return min((together, apart), key=lambda way: cost(writer.make.product(1, way)))

    def sign_of_product(self, bases: frozenset[int]) -> int:
        """1 or -1 where the product of the bases has that sign or is 0; else 0."""
        left, sign = self.field.signs.known(bases)
        if not left:
            return sign
        for members, sign, unless in self.field.signs.facts:
            if members == bases and not unless - self.field.signs.nonzero:
                return sign
        return 0

    # --------------------------------------------------------------------------------------------- the ways of products

    def combinations(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Groups of factors with one exponent, small enough to be multiplied out."""
        by_exponent: dict[int, list[int]] = {}
        for i, n in self.whole:
            by_exponent.setdefault(n, []).append(i)
        bases = self.field.bases
        for n, group in by_exponent.items():
            if 2 <= len(group) <= 5:
                for count in range(2, len(group) + 1):
                    for chosen in combinations(group, count):
                        sizes = [len(bases[i]) for i in chosen]
                        work = 1
                        for size in sizes:
                            work *= size
                        if max(sizes) > 1 and work <= COMBINED and not self.is_hopeless(chosen, n):
                            yield chosen, n

    def is_hopeless(self, chosen: tuple[int, ...], n: int) -> bool:
        """Whether a generator among the factors is better left outside of the one sum among them."""
        field = self.field
        sums = [i for i in chosen if i not in field.lone]
        if len(sums) != 1:
            return False
        return any(
            [stays_outside(self.writer, field.lone[i], 1, field.bases[sums[0]]) for i in chosen if i in field.lone]
        )

    def written(self, groups: list[tuple[tuple[int, ...], int]]) -> Expr:
        factors: list[Factor] = []
        powers: dict[int, Exact] = {}
        for chosen, n in groups:
            if len(chosen) == 1:
                j = self.field.lone.get(chosen[0])
                if j is not None:
                    powers[j] = n
                else:
                    factors += self.opened(self.writer.polynomial(self.field.bases[chosen[0]]), n)
            else:
                p = self.field.ring.constant(1)
                for i in chosen:
                    p = p * self.field.bases[i]
                factors += self.opened(self.writer.polynomial(self.field.reduced(p)), n)
        if self.symbolic:
            return exchanged(
                self.writer, *self.writer.product_of(self.c, powers | self.symbolic, [*factors, *self.other])
            )
        if powers:
            factors += self.writer.factors_of(powers)
        return exchanged(self.writer, self.c, [*factors, *self.other])

    def opened(self, e: Expr, n: int) -> list[Factor]:
        """A sum that is written as a product, as the powers in it."""
        if e.__class__ is not App or e.op not in (ops.mul, ops.div, ops.neg):
            return [(e, n)]
        c, factors = self.writer.make.factors(e)
        return [(b, m * n) for b, m in numbered(c, factors)]


def numbered(c: Exact, factors: Sequence[Factor]) -> list[Factor]:
    """A product with its number among the factors."""
    return list(factors) if c == 1 else [*factors, (Num(c.numerator), 1), (Num(c.denominator), -1)]
