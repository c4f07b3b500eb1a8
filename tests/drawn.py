"""Random expressions that have values: drawn from the table with every argument inside its row's sample range.

`strategies.expressions` draws anything, mostly without a value at most points; these are for tests that compare values.
"""

from fractions import Fraction
from random import Random

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.ops import ANY, TABLE

ROWS = tuple(TABLE.values())  # as imported: rows that a test adds are not drawn
TRUTHS = ("relation", "logic")
VALUED = tuple([row for row in ROWS if row.form not in TRUTHS])
RELATIONS = tuple([row for row in ROWS if row.form == "relation"])

x, y = Sym("x"), Sym("y")


class Draw(Random):
    """Draws expressions in x and y, which have their values in (-1, 1)."""

    def expression(self, row: Op, depth: int) -> Expr:
        """The row at the top (a truth: in the condition of a choice), with at most `depth` more below one another."""
        if row.form in TRUTHS:
            return ops.where(self.truth(row, depth), self.anything(depth), self.anything(depth))
        return self.applied(row, depth)

    def applied(self, row: Op, depth: int) -> Expr:
        if row is ops.where:
            return App(row, (self.truth(self.choice(RELATIONS), depth), self.anything(depth), self.anything(depth)))
        return App(row, tuple([self.argument(row, i, depth) for i in range(row.arity)]))

    def truth(self, row: Op, depth: int) -> Expr:
        if row.form == "logic":
            return App(row, tuple([self.truth(self.choice(RELATIONS), depth) for _ in range(row.arity)]))
        return App(row, (self.anything(depth), self.anything(depth)))

    def argument(self, row: Op, i: int, depth: int) -> Expr:
        """An expression within the sample range; a plain number where the row cannot be differentiated."""
        low, high = row.sample[i]
        if row.partials[i] is None:
            return Num(
                self.randint(int(low), int(high))
                if self.random() < 0.5 or isinstance(low, int)
                else self.decimal(low, high)
            )
        inner = self.anything(depth)
        if (low, high) == ANY:
            return inner
        if inner.__class__ is App:
            inner = self.choice([ops.sin, ops.cos, ops.tanh])(inner)
        middle, half = (Fraction(str(round(value, 4))) for value in ((low + high) / 2, (high - low) / 2))
        return Num(middle) + Num(half) * inner if inner.__class__ is not Num else Num(self.decimal(low, high))

    def anything(self, depth: int) -> Expr:
        if depth == 0 or self.random() < 0.4:
            return self.choice([x, x, y, x + y, x * y, x, y, Num(self.decimal(-3, 3))])
        return self.applied(self.choice(VALUED), depth - 1)

    def decimal(self, low: float, high: float) -> Fraction:
        return Fraction(str(round(self.uniform(low, high), 2)))

    def point(self) -> dict[Sym, Fraction]:
        """Values for x and y, far enough from 0 and from each other for a difference quotient."""
        while True:
            u, v = self.decimal(-1, 1), self.decimal(-1, 1)
            if min(abs(u), abs(v), abs(u - v), abs(u + v)) > 0.01:
                return {x: u + Fraction(1, 977), y: v + Fraction(1, 1009)}
