"""Bounds of a formula on a whole box, by interval arithmetic: each part gets an interval that holds all its values.

The natural interval extension (Moore, Interval Analysis, 1966): what occurs twice is taken to vary independently, so
x - x on [0, 1] is within [-1, 1]. Ends are rounded outwards; of a branch that may or may not be taken, both count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, log2
from typing import Any, TypeAlias

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import fold
from symdiff.errors import SymdiffError, UndefinedError
from symdiff.numeric.bounds import Bounds, proven
from symdiff.numeric.interval import RULES, Interval, by_balls, hull, spanned
from symdiff.numeric.unbounded import has_no_ball, not_written_out, size_text, without_ball
from symdiff.numeric.val import abridged
from symdiff.points.ball import as_ball, ends, precise
from symdiff.points.point import Fault

SLACK = 64  # bits beyond the digits


MAYBE = None  # the answer of a comparison that holds at some points of the box, or may
Range: TypeAlias = Any  # an Interval, an answer (True, False, MAYBE), or a Fault


def bounds_on_box(e: Expr, point: Mapping[Sym, Exact], boxes: Mapping[Sym, tuple[Exact, Exact]], digits: int) -> Bounds:
    """Bounds that hold e at every point of the box. Raises UndefinedError where a part may have no value somewhere.

    >>> from symdiff import parse
    >>> print(bounds_on_box(parse("x^2 - 1"), {}, {Sym("x"): (-1, 2)}, 10))
    [-1, 3]
    """
    bits = ceil(digits * log2(10)) + SLACK
    with precise(bits):
        given = {s: hull(as_ball(q)) for s, q in point.items()}
        given |= {s: Interval(as_ball(low).lower(), as_ball(high).upper()) for s, (low, high) in boxes.items()}
        found = fold(e, num=number, sym=given.__getitem__, app=ranged)
        if found.__class__ is Fault:
            raise refusal(found)
        found = as_interval(found)
        try:
            lower, upper = ends(found.low)[0], ends(found.high)[1]
        except OverflowError as error:
            size = found.low.abs_upper().max(found.high.abs_upper())
            raise not_written_out(abridged(repr(e)), size) from error
    return Bounds(lower, upper, proven(lower, upper, digits), bits)


def refusal(fault: Fault) -> SymdiffError:
    """The error about a part that may have no value somewhere on the box."""
    if has_no_ball(fault.node.op):
        return without_ball(fault.node.op)
    told = ", ".join([
        f"{abridged(repr(part))} goes from {size_text(arg.low, 6)} to {size_text(arg.high, 6)}"
        for part, arg in zip(fault.node.args, map(as_interval, fault.args), strict=True) if not isinstance(part, Num)
    ])  # fmt: skip
    part = repr(fault.node)
    return UndefinedError(f"{abridged(part)} may have no value somewhere on the box: {told}", part)


def number(n: Num) -> Interval:
    return hull(as_ball(n.value))


def as_interval(found: Range) -> Interval:
    """A range as numbers: a condition is 1 or 0."""
    if isinstance(found, Interval):
        return found
    return Interval(as_ball(int(found is True)), as_ball(int(found is not False)))


def ranged(node: App, parts: list[Range]) -> Range:
    """The range of a node from those of its parts; a Fault where it may have no value."""
    row = node.op
    try:
        if row in CHOICES:
            return CHOICES[row](*parts)
        for part in parts:
            if part.__class__ is Fault:
                return part
        intervals = [as_interval(part) for part in parts]
        rule = CONDITIONS.get(row) or RULES.get(row)
        return rule(*intervals) if rule else by_balls(row, *intervals)
    except (ArithmeticError, ValueError) as error:
        return Fault(node, tuple(parts), error)


# ----------------------------------------------------------------------------------------------------------- conditions


def ordered(row: Op) -> Callable[[Interval, Interval], Any]:
    """u < v and the like: certain where it is so, or not, for the ends farthest apart either way."""
    relation: Any = row.exact

    def answer(u: Interval, v: Interval) -> Any:
        one, other = relation(u.low, v.high), relation(u.high, v.low)
        return bool(one) if one == other else MAYBE

    return answer


def same(u: Interval, v: Interval) -> Any:
    """Whether u = v: certain only for two points, or where they have nothing in common."""
    if u.high < v.low or v.high < u.low:
        return False
    return True if u.low == u.high == v.low == v.high else MAYBE


def opposite_answer(answer: Any) -> Any:
    return MAYBE if answer is MAYBE else not answer


def as_answer(found: Range) -> Any:
    """A range as a condition: true where it does not hold 0."""
    if not isinstance(found, Interval):
        return found
    return True if not found.holds(0) else False if found.low == found.high else MAYBE


def chosen(condition: Range, then: Range, otherwise: Range) -> Range:
    """The branch taken; both, where that may differ from point to point."""
    answer = as_answer(condition)
    if answer.__class__ is Fault:
        return answer
    if answer is not MAYBE:
        return then if answer else otherwise
    for found in (then, otherwise):
        if found.__class__ is Fault:
            return found
    return spanned([*as_interval(then), *as_interval(otherwise)])


def joined(decisive: bool) -> Callable[[Range, Range], Range]:
    """`and` and `or`: the decisive answer if an argument gives it, else a Fault if there is one."""

    def answer(u: Range, v: Range) -> Range:
        answers = [as_answer(u), as_answer(v)]
        if any([a is decisive for a in answers]):
            return decisive
        fault = next((a for a in answers if a.__class__ is Fault), None)
        return fault if fault is not None else MAYBE if MAYBE in answers else not decisive

    return answer


CHOICES: dict[Op, Callable[..., Range]] = {ops.where: chosen, ops.both: joined(False), ops.either: joined(True)}
CONDITIONS: dict[Op, Callable[..., Any]] = {row: ordered(row) for row in (ops.lt, ops.le, ops.gt, ops.ge)} | {
    ops.eq: same,
    ops.ne: lambda u, v: opposite_answer(same(u, v)),
    ops.no: lambda u: opposite_answer(as_answer(u)),
}
