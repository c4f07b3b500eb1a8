"""Power series of formulas, coefficient by coefficient: each is computed when another one asks for it, and once.

`recurrences.py` says what a coefficient of a node asks for and what it then is; this module keeps the order of the
work, on a stack of its own. The coefficients may lie in any field: `Field` says what of it is needed, `fields.py` has
two. Terms of negative order may cancel on the way, so that sin(x)/x has a series at 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.core.fold import postorder
from symdiff.errors import LimitError, UndefinedError
from symdiff.points import branches, powers, recurrences
from symdiff.points.point import Fault
from symdiff.points.recurrences import Near, Rule, Terms, Wanted, singular, undefined

Coefficient = Any  # of the field: with + - * / among themselves and with int, and == 0 where that is plain

EXTRA = 40  # orders beyond twice those asked for, to which a denominator may vanish
MOST_STEPS = 300_000  # coefficients computed in all


class Field(Protocol):
    """Where the coefficients lie. Where it does not tell, methods raise OpenError."""

    def number(self, q: Exact) -> Coefficient:
        """A rational number."""

    def value(self, node: App, args: Sequence[Coefficient]) -> Coefficient:
        """The value of the row of a node. Raises UndefinedError where it has none."""

    def sign(self, c: Coefficient) -> int:
        """-1, 0 or 1."""

    def is_zero(self, c: Coefficient) -> bool:
        """Whether a coefficient is 0."""

    def integer(self, c: Coefficient) -> int | None:
        """The integer that it certainly is, if any."""

    def holds(self, condition: Expr, values: Mapping[Sym, Coefficient]) -> bool:
        """Whether a condition holds at these values, or may be taken to."""


class OpenError(Exception):
    """The field does not tell; another one (of more bits, with symbols) may. `fault`: the part it is about, if any."""

    def __init__(self, why: str, fault: Fault | None = None) -> None:
        super().__init__(why)
        self.fault = fault


class Expansion:
    """Series in x around a point, of formulas that share parts. `point` gives every symbol its value, x among them.

    >>> from symdiff import parse
    >>> from symdiff.points.fields import Rationals
    >>> x, field = Sym("x"), Rationals()
    >>> around = Expansion(field, x, {x: field.number(0)}, 4)
    >>> [str(c) for c in around.coefficients(parse("exp(sin(x))"), 4)]
    ['1', '1', '1/2', '0', '-1/8']
    """

    def __init__(self, field: Field, x: Sym, point: Mapping[Sym, Coefficient], order: int) -> None:
        self.field, self.x, self.point = field, x, point
        self.zero, self.one = field.number(0), field.number(1)
        self.highest = 2 * order + EXTRA
        self.terms: dict[Expr, Terms] = {}
        self.truths: dict[Expr, Near] = {}  # of conditions
        self.moving: dict[Expr, bool] = {}
        self.steps = 0

    def coefficients(self, e: Expr, order: int) -> list[Coefficient]:
        """The coefficients of e of order 0 to `order`. Raises UndefinedError where e has no Taylor series here."""
        self.extend(e, order)
        self.check_settled([e])
        self.check_regular(e, e)
        return [self.read(e, k) for k in range(order + 1)]

    # -------------------------------------------------------------------------------------------------- on demand

    def extend(self, e: Expr, order: int) -> None:
        """Compute coefficients until that of this order is known, and first those that it asks for."""
        stack: list[Wanted] = [(e, order)]
        busy: dict[tuple[Expr, int | None], int] = {}  # what is being computed, and where on the stack it lies
        while stack:
            node, k = stack[-1]
            if self.has(node, k):
                stack.pop()
                continue
            key = node, self.terms[node].next if node in self.terms else None
            try:
                wanted = self.missing(node)
                if not wanted:
                    self.advance(node)
                    busy.pop(key, None)
                elif busy.setdefault(key, len(stack)) == len(stack):
                    stack.extend(wanted)
                else:
                    raise singular(node)  # its next coefficient asks for itself: the derivative has a pole here
            except UndefinedError as error:
                self.shield(stack, busy, error)

    def has(self, node: Expr, k: int | None) -> bool:
        """Whether a coefficient is known, or for None the order from which they start."""
        terms = self.terms.get(node)
        return terms is not None and (k is None or terms.whole or k < terms.next)

    def missing(self, node: Any) -> list[Wanted]:
        """What a node asks for and is not known yet."""
        return [need for need in rule_of(self, node).needs(self, node) if not self.has(*need)]

    def advance(self, node: Any) -> None:
        """Begin a node, or compute its next coefficient: what these need is known."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise LimitError("the Taylor series takes too many steps", "ask for fewer terms")
        rule = rule_of(self, node)
        if node not in self.terms:
            if rule not in (CHOICE, LOGIC):
                self.check_settled(node.args)
            self.terms[node] = begun = rule.begun(self, node)
            if begun.start < -self.highest:
                raise singular(node)
        else:
            terms = self.terms[node]
            if terms.next > 2 * self.highest:
                raise undefined(node, f"terms of order {terms.next} are asked for")
            terms.coefficients.append(rule.computed(self, node, terms))

    def shield(self, stack: list[Wanted], busy: dict[Any, int], error: UndefinedError) -> None:
        """What is undefined inside of `and` or `or` counts only if the other argument does not decide."""
        places = [i for i, (node, _) in enumerate(stack) if isinstance(node, App) and node.op in (ops.both, ops.either)]
        if not places or places[-1] == len(stack) - 1:
            raise error
        argument, _ = stack[places[-1] + 1]
        self.truths[argument] = Near(None, None, error)
        self.terms[argument] = Terms(0, [], whole=True)
        del stack[places[-1] + 1 :]
        for key in [key for key, place in busy.items() if place > len(stack)]:
            del busy[key]

    # ------------------------------------------------------------------------------------------- what is known

    def read(self, node: Expr, k: int) -> Coefficient:
        """A coefficient that is known."""
        terms = self.terms[node]
        i = k - terms.start
        return terms.coefficients[i] if 0 <= i < len(terms.coefficients) else self.zero

    def moves(self, node: Expr) -> bool:
        """Whether a node depends on x."""
        if node not in self.moving:
            for part in postorder(node, closed=self.moving):
                if part not in self.moving:
                    self.moving[part] = part is self.x or any([self.moving[u] for u in part.args])
        return self.moving[node]

    def lead(self, node: Expr) -> int | None:
        """The order of the first term known that is not 0; None where there is none yet."""
        terms = self.terms[node]
        for k, c in enumerate(terms.coefficients, terms.start):
            if not self.field.is_zero(c):
                return k
        return None

    def dot(self, pairs: Iterable[tuple[Coefficient, Coefficient]]) -> Coefficient:
        """A sum of products, without those that are plainly 0."""
        total = self.zero
        for u, v in pairs:
            if not (u == 0 or v == 0):
                total = total + u * v
        return total

    def check_settled(self, parts: Iterable[Expr]) -> None:
        """Raises UndefinedError where a part is a condition that stands as a number, and changes here."""
        for part in parts:
            truth = self.truths.get(part)
            if truth is not None and (truth.around is None or truth.around is not truth.at):
                raise truth.error or undefined(part, "it changes there")

    def check_regular(self, part: Expr, whole: Expr) -> None:
        """Raises UndefinedError where a part has a pole here."""
        terms = self.terms[part]
        for k in range(terms.start, min(0, terms.next)):
            if not self.field.is_zero(self.read(part, k)):
                raise singular(whole)


# ------------------------------------------------------------------------------------------------------------ the rules

LEAF, CONSTANT, FUNCTION = recurrences.Leaf(), recurrences.Constant(), recurrences.Function()
POWER, SMALL_POWER = powers.Power(), powers.SmallPower()
SUM, CHOICE, RELATION, LOGIC = recurrences.Sum(), branches.Choice(), branches.Relation(), branches.Logic()
RULES: dict[Op, Rule] = {
    ops.add: SUM,
    ops.sub: SUM,
    ops.neg: SUM,
    ops.mul: recurrences.Product(),
    ops.div: recurrences.Quotient(),
}


def rule_of(s: Expansion, node: Any) -> Rule:
    """The rule for a node."""
    if not isinstance(node, App):
        return LEAF
    row = node.op
    if row is ops.where:
        return CHOICE
    if row.form in ("relation", "logic"):
        return RELATION if row.form == "relation" else LOGIC
    if not s.moves(node):
        return CONSTANT
    if row is ops.pow and not s.moves(node.args[1]):
        return SMALL_POWER if node.args[1] in powers.SMALL else POWER
    return RULES.get(row, FUNCTION)
