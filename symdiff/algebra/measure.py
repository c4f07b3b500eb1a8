"""Measures of size, between which candidates compete: what one node costs, its parts not counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num
from symdiff.core.fold import fold

Measure: TypeAlias = Callable[[Expr], float]

CHEAP = frozenset((ops.add, ops.sub, ops.neg, ops.mul))


def reading(node: Expr) -> float:
    """What a reader reads: 1 for each operator, call, symbol and constant; for a number its digits, and its minus sign.

    >>> from symdiff import parse
    >>> total(parse("-12*x^2 + sin(y)"), reading)
    10
    """
    return digits(node.value) if node.__class__ is Num else 1


def digits(q: Exact) -> int:
    """How many digits and minus signs the number is written with."""
    if q.denominator == 1:
        return len(str(q)) if -(10**18) < q < 10**18 else q.numerator.bit_length() * 3 // 10
    return sum([c.isdigit() or c == "-" for c in str(Num(q))])


def arithmetic(node: Expr) -> float:
    """What a machine computes: nothing for a leaf, 1 for + - *, 4 for a quotient, 10 for a power or a function.

    >>> from symdiff import parse
    >>> total(parse("x*x + 1/x"), arithmetic)
    6
    """
    if not isinstance(node, App):
        return 0
    return 1 if node.op in CHEAP else 4 if node.op is ops.div else 10


def total(e: Expr, measure: Measure = reading) -> float:
    """The measure of the whole tree; a shared part counts each time it is written."""
    cost: float = fold(e, num=measure, sym=measure, app=lambda node, parts: measure(node) + sum(parts))
    return cost
