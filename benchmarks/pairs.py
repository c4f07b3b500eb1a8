"""Pairs of formulas from the Rubi suite: derivative and integrand, and the same made wrong in one place."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice

from benchmarks.data import Entry
from benchmarks.judge import Point, differ
from symdiff import d, parse, postorder
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import subs

# fmt: off
SWAPS: dict[Op, Op] = {
    ops.add:  ops.sub,   ops.sub:  ops.add,
    ops.sin:  ops.cos,   ops.cos:  ops.sin,
    ops.tan:  ops.cot,   ops.cot:  ops.tan,
    ops.sec:  ops.csc,   ops.csc:  ops.sec,
    ops.sinh: ops.cosh,  ops.cosh: ops.sinh,
    ops.tanh: ops.coth,  ops.coth: ops.tanh,
    ops.exp:  ops.sinh,  ops.log:  ops.exp,
    ops.asin: ops.acos,  ops.atan: ops.atanh,
    ops.sqrt: ops.cbrt,
}
# fmt: on
TRIES = 20


def slope(entry: Entry) -> Expr:
    """The raw derivative of an antiderivative."""
    return d(parse(entry["antiderivative"]), entry["var"])


def stated_points(entry: Entry) -> list[Point]:
    return [point_of(point["at"]) for point in entry["points"]]


def point_of(at: Mapping[str, float]) -> Point:
    """Exactly the decimals that are written."""
    return {Sym(name): Fraction(str(value)) for name, value in at.items()}


def wrong_pairs(entries: Sequence[Entry], wanted: int) -> Iterator[tuple[Entry, Expr, Expr]]:
    """So many entries, drawn with a fixed seed; what is no longer their derivative; and their integrand."""
    drawn = random.Random("wrong pairs").sample(entries, len(entries))
    found = ((entry, made_wrong(entry)) for entry in drawn)
    pairs = ((entry, wrong, parse(entry["integrand"])) for entry, wrong in found if wrong is not None)
    return islice(pairs, wanted)


def made_wrong(entry: Entry) -> Expr | None:
    """The derivative with one change that moves its value at a stated point, which is proven; None if none is found."""
    dice, right, integrand = random.Random(f"wrong {entry['id']}"), slope(entry), parse(entry["integrand"])
    for _ in range(TRIES):
        wrong = changed(right, dice)
        if wrong is not None and any([differ(wrong, integrand, at) for at in stated_points(entry)]):
            return wrong
    return None


def changed(e: Expr, dice: random.Random) -> Expr | None:
    """`e` with another number, operation or function in one place."""
    places = [node for node in postorder(e) if isinstance(node, Num) or (isinstance(node, App) and node.op in SWAPS)]
    if not places:
        return None
    place = dice.choice(places)
    if isinstance(place, App):
        return subs(e, {place: App(SWAPS[place.op], place.args)})
    q = Fraction(place.value)
    return subs(e, {place: Num(dice.choice([q + 1, q - 1, -q, 2 * q]))})
