"""What certainly holds: the cheap test behind the conditions of the rules. It never simplifies, and may not know."""

from __future__ import annotations

from symdiff.algebra.rules.ranges import EITHER, TRUE, added, decided, listed, range_of
from symdiff.algebra.rules.terms import TRUTH, difference, is_arithmetic
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.ops import ZERO


def holds(condition: Expr) -> bool:
    """Whether the condition certainly holds wherever both of its sides have values.

    >>> from symdiff import parse
    >>> holds(parse("exp(x) + 1 > 0")), holds(parse("x >= 0")), holds(parse("floor(x) + 2 == floor(floor(x) + 2)"))
    (True, False, True)
    """
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        if part.__class__ is App and part.op is ops.both:
            waiting += part.args
        elif part.__class__ is App and part.op is ops.either:
            if not any(map(settled, part.args)):
                return False
        elif not settled(part):
            return False
    return True


def settled(condition: Expr) -> bool:
    """The same of a single relation."""
    if condition.__class__ is not App or condition.op.form != "relation":
        return condition.__class__ is Num and condition is not ZERO
    u, v = condition.args
    if condition.op is ops.eq and v.__class__ is App and v.args and v.args[0] is u:
        if v.op is ops.floor:
            return is_whole(u)
        if v.op is ops.ne:
            return is_truth(u)
    return answer(condition.op, u, v) is True


def answer(op: Op, u: Expr, v: Expr) -> bool | None:
    """Whether the relation holds wherever both sides have values; None where that is not known or depends."""
    together = v is not ZERO and (u is v or is_arithmetic(u) or is_arithmetic(v))  # so that terms may cancel
    r = decided(op, range_of(difference(u, v)) if together else added(range_of(u), range_of(v).opposite()))
    return None if r is EITHER else r is TRUE


def is_truth(e: Expr) -> bool:
    """Whether e is 1 or 0 wherever it has a value."""
    return (e.__class__ is App and e.op.form in TRUTH) or (e.__class__ is Num and e.value in (0, 1))


WHOLE = frozenset((ops.floor, ops.ceil, ops.sign))
KEEP_WHOLE = frozenset((ops.add, ops.sub, ops.neg, ops.mul, ops.absolute, ops.maximum, ops.minimum, ops.relu))


def is_whole(e: Expr) -> bool:
    """Whether e is an integer wherever it has a value."""
    known: set[Expr] = set()
    for node in listed(e):
        if node.__class__ is Num:
            whole = node.value.__class__ is int
        elif node.__class__ is App:
            whole = node.op in WHOLE or node.op.form in TRUTH or (node.op in KEEP_WHOLE and known.issuperset(node.args))
            whole = whole or (node.op is ops.where and known.issuperset(node.args[1:]))
            whole = whole or (node.op is ops.pow and node.args[0] in known and is_count(node.args[1]))
        else:
            whole = False
        if whole:
            known.add(node)
    return e in known


def is_count(n: Expr) -> bool:
    return n.__class__ is Num and n.value.__class__ is int and n.value >= 0
