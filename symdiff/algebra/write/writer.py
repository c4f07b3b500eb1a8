"""From values of a field back to expressions: every value is written in several ways, and the cheapest stays.

Each way has a name (`WAYS`, and the tables of the modules that this one calls), which explanations quote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

from symdiff.algebra.compose import TASTE, Composer, Factor, Term
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import ExhaustedError, Key, Powers, UnsettledError, Value, add_power
from symdiff.algebra.poly import fmpq, fmpz_mpoly
from symdiff.algebra.write.angles import ONE_SINE, with_steps
from symdiff.algebra.write.factors import content_outside, may_cancel, stays_outside
from symdiff.algebra.write.functions import exchanged, hyperbolic_forms
from symdiff.algebra.write.logarithms import logarithm, sigmoid_forms
from symdiff.algebra.write.powers import Product, logarithms_in, with_powers
from symdiff.algebra.write.quotients import bar_inside, taken_apart
from symdiff.algebra.write.roots import joint_roots
from symdiff.algebra.write.sums import SUM_WAYS, TRIED
from symdiff.algebra.write.surds import over_roots
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import ZERO

EXPANDED = 40  # terms of a numerator that is multiplied out for a look
COMBINED = 30  # and of a product of some of the factors
SPREAD = 12  # terms that are written one fraction each


INDIFFERENT = frozenset(("symbol", "closed", "call", "atan", "asin"))  # kinds that no number in a product joins


class UnwritableError(UnsettledError):
    """The value has no text here: a sign of something that may be 0."""


class Writer:
    """Writes the values of one field."""

    def __init__(self, field: Functions, composer: Composer) -> None:
        self.field, self.make = field, composer
        self.polynomials: dict[str, Expr] = {}
        self.values: dict[Any, Expr] = {}
        self.atoms: dict[int, Expr] = {}
        self.plainly: dict[Any, Expr] = {}
        self.monomials: dict[Any, Expr] = {}
        self.powered: dict[Any, list[Factor]] = {}
        self.split: dict[Any, tuple[fmpz_mpoly, Value] | None] = {}
        self.power_forms: dict[Any, list[list[Factor]]] = {}
        self.level = 0  # of collections within collections
        self.ways: dict[Expr, str] = {}  # how what was written was found

    # ----------------------------------------------------------------------------------------------------------- values

    def value(self, v: Value) -> Expr:
        """The cheapest of the ways to write v. Raises UnsettledError where there is none."""
        if v.c == 0:
            return ZERO
        name = v.name()
        found = self.values.get(name)
        if found is None:
            found = self.values[name] = self.best_of(v, WAYS) if self.has_other_ways(v) else self.plain(v)
            self.ways.setdefault(found, WAYS[0][0])
        return found

    def has_other_ways(self, v: Value) -> bool:
        """Whether v may be anything but a product: half of the values are generators to whole powers."""
        field = self.field
        if field.roots:
            return True
        return any([n.denominator != 1 or (i not in field.lone and i not in field.primes) for i, n in v.pw.items()])

    def plain(self, v: Value) -> Expr:
        """v as a product, without a look at other ways."""
        if v.c == 0:
            return ZERO
        name = v.name()
        found = self.plainly.get(name)
        if found is None:
            found = self.plainly[name] = self.make.best(self.products(v))
        return found

    def best_of(self, v: Value, ways: Iterable[tuple[str, Callable[[Writer, Value], Iterator[Expr]]]]) -> Expr:
        candidates: dict[Expr, str] = {}
        for name, way in ways:
            try:
                for e in way(self, v):
                    candidates.setdefault(e, name)
            except ExhaustedError:
                raise
            except UnsettledError:
                if name == WAYS[0][0]:
                    raise
        best = self.make.best(candidates)
        self.ways.setdefault(best, candidates[best])
        return best

    def products(self, v: Value) -> Iterator[Expr]:
        """c * prod p^e: as it is, and with some factors of equal exponents multiplied out."""
        parts = Parts(self, v)
        yield parts.written([((i,), n) for i, n in parts.whole])
        for chosen, n in parts.combinations():
            others = [((i,), m) for i, m in parts.whole if i not in chosen]
            yield parts.written([*others, (chosen, n)])

    # ----------------------------------------------------------------------------------------------------------- atoms

    def atom(self, j: int) -> Expr:
        """A generator as an expression."""
        found = self.atoms.get(j)
        if found is None:
            found = self.atoms[j] = self.new_atom(j)
        return found

    def new_atom(self, j: int) -> Expr:
        kind, key, of = self.field.info[j]
        if kind in ("symbol", "closed"):
            return key  # type: ignore[no-any-return]  # the symbol
        if kind == "pi":
            return ops.pi()
        if kind == "step":
            return self.make.product(2, self.step(key))
        if kind in ("sin", "cos"):
            return App(ops.TABLE[kind], (self.angle(dict(key)),))
        if kind == "half":
            return App(ops.tan, (self.angle({k: c / 2 for k, c in key}),))
        if kind in ("atan", "asin"):
            return App(ops.TABLE[kind], (self.value(of),))
        if kind == "log":
            return logarithm(self, key)
        if kind == "size":
            return self.size(key)
        if kind == "root":
            return self.make.power(self.size(key[0]), Fraction(1, key[1]))
        if kind == "exp":
            return self.make.product(1, self.exponentials({key: Fraction(1)}))
        if kind == "power":
            return self.symbolic_power(self.value(of[0]), self.value(of[1]))
        op, args = of
        return App(op, tuple([self.value(a) if a.__class__ is Value else a for a in args]))

    def size(self, i: int) -> Expr:
        """|p_i|, without bars where the sign is known."""
        p = self.field.bases[i]
        sign = 1 if i in self.field.positive else self.field.signs.is_known(i)
        return App(ops.absolute, (self.polynomial(p),)) if not sign else self.polynomial(p if sign > 0 else -p)

    def sizes(self, bases: list[tuple[int, int]]) -> Expr:
        """The product of |p_i|^n, without bars where the sign of the product is known."""
        positive, signs = self.field.positive, self.field.signs
        odd = frozenset([i for i, n in bases if n % 2 and i not in positive and not signs.is_known(i)])
        left, sign = signs.known(odd)
        plain = set() if left else odd
        plain |= {i for i, n in bases if n % 2 == 0}
        factors: list[Factor] = [
            (self.polynomial(self.field.bases[i]) if i in plain else self.size(i), n) for i, n in bases
        ]
        return self.make.product(1 if left else sign, factors)

    def angle(self, vector: dict[Key, Fraction]) -> Expr:
        return self.value(self.field.sum_of(vector))

    def symbolic_power(self, base: Expr, exponent: Expr) -> Expr:
        return App(ops.pow, (base, exponent))

    # ---------------------------------------------------------------------------------------------- powers with symbols

    def factors_of(self, powers: dict[int, Exact]) -> list[Factor]:
        """Generators to powers, as expressions to powers; exponentials of one monomial and powers of one base meet."""
        asked = tuple(powers.items())
        found = self.powered.get(asked)
        if found is None:
            found = self.powered[asked] = numbered(*self.product_of(1, powers, []))
        return found

    def product_of(self, c: Exact, powers: dict[int, Exact], found: list[Factor]) -> Product:
        """A number, generators to powers and further factors as a number and factors."""
        found = list(found)
        vector: dict[Key, Fraction] = {}
        symbolic: list[tuple[int, int]] = []
        for j, n in powers.items():
            kind, key, _ = self.field.info[j]
            if kind == "exp":
                vector[key] = vector.get(key, Fraction(0)) + n
            elif kind == "root":
                found.append((self.size(key[0]), Fraction(n) / key[1]))
            elif kind == "step":
                found += [(factor, n) for factor, _ in [(Num(2), 1), *self.step(key)]]
            elif kind == "power" and n.denominator == 1:
                symbolic.append((j, int(n)))
            else:
                found.append((self.atom(j), n))
        return with_powers(self, c, found, symbolic, vector) if symbolic or vector else (c, found)

    def exponentials(self, vector: dict[Key, Fraction]) -> list[Factor]:
        """exp of a sum, multiples of log p as powers of p."""
        return numbered(*with_powers(self, 1, [], [], vector))

    def step(self, n: int) -> list[Factor]:
        """cos(pi/n)."""
        return [(App(ops.cos, (self.make.product(Fraction(1, n), [(ops.pi(), 1)]),)), 1)]

    def is_symbolic(self, j: int) -> bool:
        """Whether a generator is a power with a symbol, of a base that other factors may have too."""
        kind, key, _ = self.field.info[j]
        return kind == "power" or (kind == "exp" and bool(logarithms_in(self.field, key)))

    # ------------------------------------------------------------------------------------------------------ polynomials

    def polynomial(self, p: fmpz_mpoly) -> Expr:
        """The cheapest of the ways to write a polynomial as a sum."""
        text = str(p)
        found = self.polynomials.get(text)
        if found is None:
            flat = self.polynomials[text] = self.flat(p)  # for the ways that come back here
            found = self.polynomials[text] = self.new_polynomial(p, flat)
        return found

    def new_polynomial(self, p: fmpz_mpoly, flat: Expr) -> Expr:
        candidates = {flat: "like terms"}
        if 1 < len(p) <= TRIED and self.level < 2:
            self.level += 1
            for name, way in SUM_WAYS if self.level == 1 else SUM_WAYS[:1]:
                try:
                    e = way(self, p)
                except ExhaustedError:
                    raise
                except UnsettledError:
                    continue
                if e is not None:
                    candidates.setdefault(e, name)
            self.level -= 1
        best = self.make.best(candidates)
        for e, name in candidates.items():  # of equals, one with a number that may cancel
            if name == ONE_SINE and self.make.cost(e) < self.make.cost(best) + TASTE * 1e4:
                best = e
        self.ways.setdefault(best, candidates[best])
        return best

    def flat(self, p: fmpz_mpoly) -> Expr:
        """Term by term."""
        self.field.spend(len(p))
        if self.field.step >= 0 and p.degrees()[self.field.step]:
            return with_steps(self, p)
        return self.make.sum([self.term(int(c), powers) for powers, c in p.terms()])

    def term(self, c: int, powers: Iterable[Any]) -> Term:
        """c times generators to powers, the number apart where it cannot meet the rest."""
        held = tuple([(j, int(n)) for j, n in enumerate(powers) if n])
        if not all([self.field.info[j].kind in INDIFFERENT for j, _ in held]):
            return 1, self.known_monomial(c, held)
        return c, self.known_monomial(1, held)

    def monomial(self, c: Exact, powers: Iterable[Any]) -> Expr:
        """c times generators to powers."""
        return self.known_monomial(c, tuple([(j, int(n)) for j, n in enumerate(powers) if n]))

    def known_monomial(self, c: Exact, held: tuple[tuple[int, int], ...]) -> Expr:
        found = self.monomials.get((c, held))
        if found is None:
            found = self.monomials[c, held] = exchanged(self, *self.product_of(c, dict(held), []))
        return found

    def plain_sum(self, p: fmpz_mpoly) -> Expr:
        """A polynomial as a sum or as a product, without a look at other ways."""
        if len(p) == 1:
            return self.flat(p)
        return self.make.best((self.flat(p), self.plain(self.field.from_polynomial(p))))


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


# ------------------------------------------------------------------------------------------------ ways to write a value


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
            work *= comb(int(n) + terms - 1, int(n)) if terms < 12 else 99
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

__all__ = ["UnwritableError", "Writer"]
