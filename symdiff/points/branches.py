"""Power series of what depends on conditions: each holds or not around the point, and perhaps otherwise at the point.

A comparison is decided by the first term of the difference that is not 0; `and`, `or` and `not` have three answers, and
a choice is the branch that holds around the point.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Op
from symdiff.core.ops import ZERO
from symdiff.points.recurrences import Near, Rule, Terms, Wanted, needs_of_lead, undefined

if TYPE_CHECKING:
    from symdiff.points.series import Coefficient, Expansion


class Choice(Rule):
    """The branch that holds around the point; if another one holds at the point, it must have the same value there."""

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        condition = as_condition(node.args[0])
        yield condition, None
        if condition in s.truths:
            near = s.truths[condition]
            yield from [(branch(node, holds), 0) for holds in (near.around, near.at) if holds is not None]

    def needs_to_go_on(self, s: Expansion, node: App, terms: Terms) -> Iterator[Wanted]:
        yield self.taken(s, node), terms.next

    def begun(self, s: Expansion, node: App) -> Terms:
        near = s.truths[as_condition(node.args[0])]
        if near.error:
            raise near.error
        if near.around is None:
            raise undefined(node, "its branches meet there")
        taken = branch(node, near.around)
        if near.at is not None and near.at is not near.around:
            s.check_regular(taken, node)
            if not s.field.is_zero(s.read(taken, 0) - s.read(branch(node, near.at), 0)):
                raise undefined(node, "its value there is not that of its surroundings")
        if not s.moves(node):
            return Terms(0, [s.read(taken, 0)], whole=True)  # who asks only where it starts reads its value as well
        return Terms(s.terms[taken].start, [])

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        return s.read(self.taken(s, node), terms.next)

    def taken(self, s: Expansion, node: App) -> Expr:
        return branch(node, bool(s.truths[as_condition(node.args[0])].around))


def branch(node: App, holds: bool) -> Expr:
    return node.args[1] if holds else node.args[2]


def as_condition(e: Expr) -> Expr:
    """A number that stands as a condition is one where it is not 0."""
    return e if isinstance(e, App) and e.op.form in ("relation", "logic") else ops.ne(e, ZERO)


class Relation(Rule):
    """u < v and the like: the first term of u - v that is not 0 tells the sign of the difference around the point."""

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        difference = ops.sub(*node.args)
        yield difference, None
        yield from needs_of_lead(s, difference)

    def begun(self, s: Expansion, node: App) -> Terms:
        difference, holds = ops.sub(*node.args), node.op.exact
        lead = s.lead(difference)
        sign = 0 if lead is None else s.field.sign(s.read(difference, lead))
        right, left = holds(sign, 0), holds(-sign if (lead or 0) % 2 else sign, 0)  # type: ignore[misc]  # all have it
        at = right if not lead else holds(0, 0) if lead > 0 else None  # type: ignore[misc]
        return condition(s, node, Near(right if right is left else None, at))


class Logic(Rule):
    """and, or, not, with three answers; one argument may decide, whatever the other is."""

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        for part in map(as_condition, node.args):
            yield part, None
            if part not in s.truths or s.truths[part][:2] == (node.op is ops.either,) * 2:
                return  # one at a time: so it is known which one failed

    def begun(self, s: Expansion, node: App) -> Terms:
        nears = [s.truths[part] for part in map(as_condition, node.args) if part in s.truths]
        error = next((near.error for near in nears if near.error), None)
        around, at = [answered(node.op, [near[i] for near in nears]) for i in range(2)]
        return condition(s, node, Near(around, at, error if around is None else None))


def answered(row: Op, answers: list[Any]) -> bool | None:
    """The answer of and, or, not; None where it is open."""
    if row is ops.no:
        return None if answers[0] is None else not answers[0]
    decisive = row is ops.either
    return decisive if decisive in answers else None if None in answers else not decisive


def condition(s: Expansion, node: App, near: Near) -> Terms:
    """What is known of a condition; as a number it is 1 or 0."""
    s.truths[node] = near
    return Terms(0, [s.field.number(int(bool(near.around)))], whole=True)
