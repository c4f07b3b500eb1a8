"""What can be read off an expression at a glance: a sum or a power, where its minus is, and how it pleases."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import rational_value

Factor = tuple[Expr, Exact]
Term = tuple[Exact, Expr]

HALF = Fraction(1, 2)
TASTE = 1e-9  # between forms that cost the same
OPENED = frozenset((ops.add, ops.sub, ops.neg))
WITH_NUMBER = frozenset((ops.mul, ops.div, ops.neg))
UNJOINED = 3.5
CALL = 1e-5  # more than the margin: 3*pi/8 takes the place of atan(sqrt(2) + 1)
LESS_LIKED = {ops.add: 1.5, ops.sub: 1.5, ops.neg: 1.6, ops.div: 1.25, ops.pow: 0.5}


def own_power(e: Expr) -> Factor | None:
    """An expression as a power of its base, if it is written as one."""
    if e.__class__ is App and e.op is ops.sqrt:
        return e.args[0], HALF
    if e.__class__ is App and e.op is ops.pow:
        q = rational_value(e.args[1])
        return (e.args[0], q) if q else None
    return None


def taste(node: Expr) -> float:
    """What decides between forms of the same measure: small numbers, few quotients and opposites."""
    if node.__class__ is Num:
        return TASTE * min(abs(node.value.numerator) + node.value.denominator, 1000) / 100
    if node.__class__ is App:
        plain = TASTE * (UNJOINED if is_unjoined(node) else LESS_LIKED.get(node.op, 1))
        return plain + CALL if node.op.form == "call" and node.args else plain
    return 0.0


def is_unjoined(node: App) -> bool:
    """(x^n)^2 and x x^n, which are as long as x^(2 n) and x^(n + 1)."""
    if node.op is ops.mul:
        u, v = node.args
        return v.__class__ is App and v.op is ops.pow and v.args[0] is u
    return node.op is ops.pow and node.args[0].__class__ is App and node.args[0].op is ops.pow


def has_minus(e: Expr) -> bool:
    """Whether a term of a sum is subtracted, or begins with a minus."""
    while e.__class__ is App and e.op is ops.add:
        if e.args[1].__class__ is App and e.args[1].op is ops.neg:
            return True
        e = e.args[0]
    return (e.__class__ is App and e.op in (ops.sub, ops.neg)) or (e.__class__ is Num and e.value < 0)


def summands(e: Expr) -> Iterator[Expr]:
    """The terms of a sum, without their signs."""
    while e.__class__ is App and (e.op is ops.add or e.op is ops.sub):
        yield e.args[1]
        e = e.args[0]
    yield e


def denominator(term: Expr) -> int:
    """The number below the bar of a term, as products are written: first in line."""
    if term.__class__ is App and term.op is ops.neg:
        term = term.args[0]
    if term.__class__ is not App or term.op is not ops.div:
        return term.value.denominator if term.__class__ is Num else 1
    below = term.args[1]
    while below.__class__ is App and below.op is ops.mul:
        below = below.args[0]
    return abs(below.value.numerator) if isinstance(below, Num) and below.value.denominator == 1 and below.value else 1


def is_sum(e: Expr) -> bool:
    return e.__class__ is App and (e.op is ops.add or e.op is ops.sub)


def is_product(e: Expr) -> bool:
    return e.__class__ is App and e.op in (ops.mul, ops.div)


def chained(parts: list[Expr]) -> Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = App(ops.mul, (whole, part))
    return whole


def bits(q: Exact) -> int:
    return q.numerator.bit_length() + q.denominator.bit_length()
