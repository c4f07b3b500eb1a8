"""From values of a field back to expressions: every value is written in several ways, and the cheapest stays.

Each way has a name (`WAYS`, and the tables of the modules that this one calls), which explanations quote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from symdiff.algebra.compose import Composer, Factor, Term
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.values import ExhaustedError, Key, UnsettledError, Value
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.algebra.shapes import TASTE
from symdiff.algebra.write.angles import ONE_SINE, with_steps
from symdiff.algebra.write.functions import exchanged
from symdiff.algebra.write.logarithms import logarithm
from symdiff.algebra.write.parts import Parts, UnwritableError, numbered
from symdiff.algebra.write.powers import Product, logarithms_in, with_powers
from symdiff.algebra.write.sums import SUM_WAYS, TRIED
from symdiff.algebra.write.ways import WAYS
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import ZERO

INDIFFERENT = frozenset(("symbol", "closed", "call", "atan", "asin"))  # kinds that no number in a product joins


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


__all__ = ["UnwritableError", "Writer"]
