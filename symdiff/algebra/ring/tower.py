"""A ring of polynomials that is closed under differentiation, built from a formula (Ritt's differential algebra).

The table's partial derivatives of the generators, read into the same ring, may bring new generators (cos(u) for
sin(u)), until the derivative of each is in the ring.
"""

from __future__ import annotations

from symdiff.algebra.ring.generators import Full, Generators, Power
from symdiff.algebra.ring.ratios import Poly, Ratio, Refused, joined, signed, times
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Sym, lift
from symdiff.core.ops import ZERO, rational_value

ROOMS = (6, 12, 24)  # generators: small rings are faster, so the next is tried when one is full
OPAQUE = frozenset(("relation", "logic", "cases"))  # forms of rows that no ring closes


def tower(e: Expr, x: Sym) -> Tower:
    """The smallest ring that holds e and its derivatives in x. Raises Refused where there is none."""
    for room in ROOMS:
        try:
            return Tower(e, x, room)
        except Full:
            continue
    raise Refused("no finite ring, or one of too many generators")


class Tower(Generators):
    """The ring of one formula, and the derivatives of its generators."""

    def __init__(self, e: Expr, x: Sym, room: int) -> None:
        super().__init__(e, x, room)
        self.slopes: dict[int, Ratio] = {}  # of the generators that move
        self.close()

    def close(self) -> None:
        """The derivative of every generator, and of those that turn up in derivatives."""
        done = 0
        while done < len(self.nodes):
            done += 1
            i = len(self.gens) - done
            if self.moves[self.nodes[i]]:
                self.slopes[i] = self.tidy(self.slope_of_generator(i))
        self.relations.sort()

    def slope_of_generator(self, i: int) -> Ratio:
        node, g = self.nodes[i], Ratio(self.gens[i], {})
        if node is self.x:
            return Ratio(self.one, {})
        if i in self.exponentials:
            factor, w = self.exponentials[i]
            number = Ratio(self.ring.constant(factor.numerator), {}, factor.denominator)
            return self.product(g, self.product(number, self.slope(self.read(w))))
        if i in self.powers:
            return self.product(g, self.slope_of_power(self.powers[i]))
        return self.slope_by_table(node)

    def slope_of_power(self, power: Power) -> Ratio:
        """(u^a)'/u^a = a u'/u + a' log(u)."""
        u, a = self.read(power.u), self.read(power.exponent)
        total = Ratio(self.zero, {})
        if self.moves[power.u]:
            if not below_one(power.exponent) and (power.base is None or self.divisible_by_power(u.top)):
                raise Refused("a power of a quotient or of a power")
            below = Ratio(self.one, {power.base: 1}) if power.base is not None else self.inverse(u, power.u)
            below = Ratio(below.top * power.scale.denominator, below.under, below.number * power.scale.numerator)
            rise = self.slope(u)
            total = Ratio(times(times(a.top, rise.top), below.top), joined(a.under, rise.under, below.under), 1)
            total = signed(total, a.number * rise.number * below.number)
        if self.moves[power.exponent]:
            total = self.sum(total, self.product(self.slope(a), self.read(App(ops.log, (power.u,)))))
        return total

    def divisible_by_power(self, p: Poly) -> bool:
        """Whether p = u^a q: p^b p'/p would lose u^a and keep 1/u, where p^(b - 1) u^(a - 1) has a value."""
        degrees = p.term_content().degrees()
        return any([degrees[i] and i not in self.roots for i in self.powers])

    def slope_by_table(self, node: Expr) -> Ratio:
        """The chain rule, with the table's partial derivatives read into the ring."""
        if node.__class__ is not App or node.op.form in OPAQUE:
            raise Refused(f"{node!r} closes no ring")
        total = Ratio(self.zero, {})
        for part, formula in zip(node.args, node.op.partials, strict=True):
            if self.moves[part]:
                if formula is None:
                    raise Refused(f"no formula for the derivative of {node.op!r}")
                by_part = lift(formula(*node.args))
                if by_part is not ZERO:
                    total = self.sum(total, self.product(self.read(by_part), self.slope(self.read(part))))
        return total

    def slope(self, u: Ratio) -> Ratio:
        """The derivative of a value whose generators have theirs."""
        total = self.slope_of_polynomial(u.top)
        total = self.product(total, Ratio(self.one, u.under, u.number))
        for j, k in u.under.items():
            rise = self.product(self.slope_of_polynomial(self.bases[j]), Ratio(u.top * -k, {}, u.number))
            total = self.sum(total, self.product(rise, Ratio(self.one, joined(u.under, {j: 1}))))
        return total

    def slope_of_polynomial(self, p: Poly) -> Ratio:
        total = Ratio(self.zero, {})
        for i, rise in self.slopes.items():
            by_generator = p.derivative(i)
            if by_generator != 0:
                total = self.sum(total, self.product(Ratio(by_generator, {}), rise))
        return total


def below_one(exponent: Expr) -> bool:
    value = rational_value(exponent)
    return value is not None and value < 1
