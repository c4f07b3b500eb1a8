"""The generators that a formula is a polynomial in, and how it is read into their ring.

Every part of the formula that is no sum, product, quotient or whole power is a generator: x, exp(u), tan(u), sqrt(u).
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import NamedTuple

from symdiff.algebra.ring.multiples import scaled, unit_exponents
from symdiff.algebra.ring.ratios import MOST_POWER, MOST_TERMS, Poly, Ratio, Refused, Relation, Ring, bounded, minus
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import postorder
from symdiff.core.ops import ONE

RING = frozenset((ops.add, ops.sub, ops.neg, ops.mul, ops.div, ops.pow))

# fmt: off
# f(u)^2 = a + b g(u)^2
SQUARES: dict[Op, tuple[Op, int, int]] = {
    ops.sin:  (ops.cos,   1, -1),   ops.cos:  (ops.sin,   1, -1),
    ops.tan:  (ops.sec,  -1,  1),   ops.sec:  (ops.tan,   1,  1),
    ops.cot:  (ops.csc,  -1,  1),   ops.csc:  (ops.cot,   1,  1),
    ops.sinh: (ops.cosh, -1,  1),   ops.cosh: (ops.sinh,  1,  1),
    ops.tanh: (ops.sech,  1, -1),   ops.sech: (ops.tanh,  1, -1),
    ops.coth: (ops.csch,  1,  1),   ops.csch: (ops.coth, -1,  1),
}
# fmt: on


class Full(Refused):
    """All generators of the ring are in use: a larger one may do."""


class Power(NamedTuple):
    """What a generator u^exponent is made of: u = scale * base, where `base` is the number of a base or None."""

    u: Expr
    exponent: Expr
    base: int | None
    scale: Fraction


class Exponential(NamedTuple):
    """What a generator exp(factor * w) is made of."""

    factor: Exact
    w: Expr


class Generators(Ring):
    """The ring of one formula: its generators, and what they stand for.

    Generators are taken from the last to the first: in the lexicographic order each stands above those it is made of,
    so that one pass of divisions reduces by all relations.
    """

    def __init__(self, e: Expr, x: Sym, room: int) -> None:
        super().__init__(room)
        self.x = x
        self.nodes: dict[int, Expr] = {}  # what each generator stands for
        self.images: dict[Expr, Ratio] = {}
        self.moves: dict[Expr, bool] = {}  # whether a node depends on x
        self.powers: dict[int, Power] = {}
        self.exponentials: dict[int, Exponential] = {}
        self.roots: dict[int, Ratio] = {}  # of generators r with r^q = u: u
        self.units = unit_exponents(e)
        self.value = self.read(e)

    def read(self, root: Expr) -> Ratio:
        """The value of `root` in the ring; new generators are taken as they are met."""
        for node in postorder(root):
            if node not in self.moves:
                self.moves[node] = node is self.x or any([self.moves[part] for part in node.args])
        images, stack = self.images, [root]
        while stack:
            node = stack[-1]
            waiting = [part for part in self.parts(node) if part not in images]
            if waiting:
                stack += waiting
            else:
                stack.pop()
                if node not in images:
                    images[node] = self.image(node)
        return images[root]

    def parts(self, node: Expr) -> tuple[Expr, ...]:
        """The parts whose values are needed for that of the node: none of what is constant and no polynomial."""
        if node.__class__ is not App or (node.op not in RING and not self.moves[node]):
            return node.args[:1] if node.__class__ is App and node.op is ops.sqrt else ()
        return node.args

    def image(self, node: Expr) -> Ratio:
        """The value of a node whose parts have one."""
        match node:
            case Num(value):
                return Ratio(self.ring.constant(value.numerator), {}, value.denominator)
            case Sym():
                return Ratio(self.generator(node), {})
            case _:
                return self.image_of(node)

    def image_of(self, node: App) -> Ratio:
        parts = [self.images[part] for part in self.parts(node)]
        match node.op:
            case ops.add:
                return self.sum(*parts)
            case ops.sub:
                return self.sum(parts[0], minus(parts[1]))
            case ops.neg:
                return minus(parts[0])
            case ops.mul:
                return self.product(*parts)
            case ops.div:
                return self.product(parts[0], self.inverse(parts[1], node.args[1]))
            case ops.pow:
                return self.power(node, *parts)
            case ops.sqrt:
                return self.fractional(node, parts[0], Fraction(1, 2))
            case ops.exp if self.moves[node]:
                return self.exponential(node.args[0])
            case _:
                return Ratio(self.generator(node), {})

    def generator(self, node: Expr) -> Poly:
        """A new generator that stands for the node. Raises Full."""
        number = len(self.gens) - 1 - len(self.nodes)
        if number < 0:
            raise Full
        self.nodes[number] = node
        if node.__class__ is App and node.op in SQUARES and self.moves[node]:
            self.relate(number, node)
        return self.gens[number]

    def relate(self, number: int, node: App) -> None:
        """Once both f(u) and g(u) are generators: f^2 = a + b g^2."""
        partner, a, b = SQUARES[node.op]
        other = self.images.get(App(partner, node.args))
        if other is not None:
            self.relations.append(Relation(number, 2, self.gens[number] ** 2 - a - b * other.top**2))
            self.relations.sort()

    # --------------------------------------------------------------------------------------------- quotients and powers

    def inverse(self, u: Ratio, node: Expr) -> Ratio:
        """1/u, where u is the value of the node."""
        if u.top == 0:
            raise Refused("a division by 0")
        common = u.top.term_content()
        rest = u.top / common
        if not rest.is_constant() and not self.moves[node] and self.has_root(rest):
            return Ratio(self.generator_of(App(ops.div, (ONE, node))), {})
        ((exponents, number),) = common.terms()
        number = int(number) * (int(rest.leading_coefficient()) if rest.is_constant() else 1)
        whole = Ratio(self.one * (u.number if number > 0 else -u.number), {}, abs(number))
        for j, k in u.under.items():
            whole = self.product(whole, Ratio(self.bases[j] ** k, {}))
        for i, k in enumerate(exponents):
            for _ in range(bounded(int(k))):
                whole = self.product(whole, self.inverse_of_generator(i))
        return whole if rest.is_constant() else self.product(whole, self.inverse_of_sum(rest))

    def generator_of(self, node: Expr) -> Poly:
        """The generator for the node, a new one if it has none; for what is made here and does not move."""
        if node not in self.images:
            self.moves[node] = False
            self.images[node] = Ratio(self.generator(node), {})
        return self.images[node].top

    def inverse_of_generator(self, i: int) -> Ratio:
        if i in self.roots:  # 1/r = r^(q-1)/u
            q = next(relation.degree for relation in self.relations if relation.generator == i)
            u = self.roots[i]
            return self.product(Ratio(self.gens[i] ** (q - 1), {}), self.inverse(u, self.powers[i].u))
        return Ratio(self.one, {self.base(self.gens[i]): 1})

    def power(self, node: App, u: Ratio, n: Ratio) -> Ratio:
        """u^n; e^n is exp(n)."""
        base, exponent = node.args
        if base.__class__ is App and base.op is ops.e and self.moves[exponent]:
            return self.exponential(exponent)
        if n.top.is_constant() and not n.under:
            value = Fraction(int(n.top.leading_coefficient()) if n.top != 0 else 0, n.number)
            return self.whole(u, value.numerator, base) if value.denominator == 1 else self.fractional(node, u, value)
        return Ratio(self.unit_power(node, u, node.args[1]), {})

    def whole(self, u: Ratio, n: int, node: Expr) -> Ratio:
        """u^n for a whole n."""
        if n == 0:
            return Ratio(self.one, {})
        if n < 0:
            u, n = self.inverse(u, node), -n
        k = len(u.top)
        if bounded(n) and (comb(n + k - 1, n) > MOST_TERMS or u.top.total_degree() * n > MOST_POWER):
            raise Refused("a power of too many terms")
        return self.tidy(Ratio(u.top**n, {j: n * m for j, m in u.under.items()}, u.number**n))

    def fractional(self, node: App, u: Ratio, n: Fraction) -> Ratio:
        """u^n for a fraction n: u to its whole part, times a power of the root r with r^q = u.

        Where relations concern u, the power itself is the generator: u^(5/2) = u^2 r could not be divided by u again.
        """
        if u.under or u.number != 1 or u.top == 0 or self.has_root(u.top):
            return Ratio(self.unit_power(node, u, ops.rational(n)), {})
        whole, part = divmod(n.numerator, n.denominator)
        root = self.root(node.args[0], u, n.denominator)
        return self.product(self.whole(u, whole, node.args[0]), Ratio(root**part, {}))

    def root(self, node: Expr, u: Ratio, q: int) -> Poly:
        """The generator u^(1/q)."""
        exponent = ops.rational(Fraction(1, q))
        for i, power in self.powers.items():
            if i in self.roots and power.exponent is exponent and self.roots[i] == u:
                return self.gens[i]
        made = App(ops.sqrt, (node,)) if q == 2 else App(ops.pow, (node, exponent))
        self.moves[made] = self.moves[node]
        r = self.unit_power(made, u, exponent)
        i = len(self.gens) - len(self.nodes)
        self.roots[i] = u
        self.relations.append(Relation(i, q, r**q - u.top))
        self.relations.sort()
        return r

    def unit_power(self, node: App, u: Ratio, exponent: Expr) -> Poly:
        """A generator u^exponent. Only powers of u as a whole divide it: u^a/u is u^(a - 1), at u = 0 too."""
        r = self.generator(node)
        number, scale = None, Fraction(1)
        if not u.under and not u.top.is_constant():
            content, p = u.top.primitive()
            if len(p) == 1 and p.leading_coefficient() < 0:  # of -x the base is x, as it is of x
                content, p = -content, -p
            number, scale = self.base(p), Fraction(int(content), u.number)
        self.powers[len(self.gens) - len(self.nodes)] = Power(node.args[0], exponent, number, scale)
        return r

    def exponential(self, u: Expr) -> Ratio:
        """exp(u) as a power of exp(g w): all factors of w in exponents are multiples of g."""
        factor, w = scaled(u)
        unit = self.units.get(w, factor)
        n = Fraction(factor) / unit
        if n.denominator != 1:
            unit, n = factor, Fraction(1)
        key = App(ops.exp, (w if unit == 1 else App(ops.mul, (Num(unit), w)),))
        if key not in self.images:
            self.moves[key] = True
            self.images[key] = Ratio(self.generator(key), {})
            i = len(self.gens) - len(self.nodes)
            self.exponentials[i] = Exponential(unit, w)
        return self.whole(self.images[key], n.numerator, key)
