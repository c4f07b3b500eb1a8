"""Two formulas at one point: whether they differ there for certain.

Doubles look first, where every row of the formulas has a value on floats: they cost a tenth. What they see proves
nothing; it is balls that tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import isfinite, nan
from random import Random
from typing import Any, Literal

from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.core.fold import free_symbols, postorder
from symdiff.points.ball import differ, enclosures
from symdiff.points.point import Fault

Point = Mapping[Sym, Exact]
Look = Literal["alike", "apart", "lopsided", "nowhere"]  # lopsided: one side has a value, the other none
Double = Callable[[Point], float | None]

MOST_STEPS = 20_000  # of a formula that doubles look at: to prepare them cannot be interrupted
ROUNDING = 1e-9  # relative difference of doubles that is worth a look with balls


class Sides:
    """Two formulas, prepared to be looked at in many points.

    `check` is called all along, and may raise to end the work.
    """

    def __init__(self, left: Expr, right: Expr, check: Callable[[], None]) -> None:
        self.roots = left, right
        self.nodes = postorder(left, right)
        self.symbols = tuple([node for node in self.nodes if isinstance(node, Sym)])
        self.check = check
        self.last: tuple[Any, Any] = (None, None)  # what the last look saw
        check()
        few = len(self.nodes) <= MOST_STEPS
        self.doubles = (double(left), double(right)) if few else (None, None)

    def values(self, point: Point, bits: int) -> tuple[Any, Any]:
        """The values of both sides, exact or enclosed; a Fault for a side without one, or none at so many bits."""
        known = enclosures(self.nodes, point, bits, self.check)
        return known[self.roots[0]], known[self.roots[1]]

    def value(self, e: Expr, point: Point, bits: int = 128) -> Any:
        """The value of another formula here; a Fault where it has none."""
        return enclosures(postorder(e), point, bits, self.check)[e]

    def look(self, point: Point, *precisions: int) -> Look:
        """What is to be seen here; "apart" is certain, found with one of these precisions."""
        seen: Look = "nowhere"
        for bits in precisions:
            left, right = self.last = self.values(point, bits)
            if differ(left, right, bits):
                return "apart"
            seen = sight(left.__class__ is Fault, right.__class__ is Fault)
            if left.__class__ is right.__class__ is int:
                break
        return seen

    def glance(self, point: Point) -> Look | None:
        """What doubles see, certain of nothing; None where they cannot be asked."""
        self.check()
        left, right = self.doubles
        if left is None or right is None:
            return None
        u, v = left(point), right(point)
        if u is None or v is None:
            return sight(u is None, v is None)
        return "apart" if abs(u - v) > ROUNDING * (abs(u) + abs(v)) else "alike"

    def faults(self, point: Point, bits: int) -> list[Fault]:
        """The parts without a value here that a side has none because of, first; then all others, each once."""
        known = enclosures(self.nodes, point, bits, self.check)
        first = [known[root] for root in self.roots if known[root].__class__ is Fault]
        if not first:
            return []
        return first + [found for node, found in known.items() if found.__class__ is Fault and found.node is node]


def sight(left_fails: bool, right_fails: bool) -> Look:
    """What two values are together that do not differ."""
    return "alike" if not (left_fails or right_fails) else "nowhere" if left_fails and right_fails else "lopsided"


# ------------------------------------------------------------------------------------------------------------- doubles


def double(e: Expr) -> Double | None:
    """The formula as a function of points to floats, or None there; None where floats alone do not give its value."""
    nodes = postorder(e)
    steps = [node for node in nodes if isinstance(node, App)]
    if not all([fit_for_floats(node.op) for node in steps]):
        return None
    leaves = [node for node in nodes if not isinstance(node, App)]
    places = {node: place for place, node in enumerate([*leaves, *steps])}
    program = [instruction(node.op, [places[part] for part in node.args]) for node in steps]

    def value(point: Point) -> float | None:
        try:
            known = [float(point[leaf] if isinstance(leaf, Sym) else leaf.value) for leaf in leaves]
            for row, i, j in program:
                known.append(row(known[i], known[j]) if j >= 0 else row(known[i]) if i >= 0 else row())
            return known[-1] if isfinite(known[-1]) else None
        except (ArithmeticError, ValueError, TypeError):  # TypeError: a row of one's own may give anything
            return None

    return value


def fit_for_floats(row: Op) -> bool:
    """Whether a float comes of floats here, where balls will give a ball."""
    return row.value is not None and row.ball is not None and row.arity <= 2


def instruction(row: Op, places: Sequence[int]) -> tuple[Callable[..., float], int, int]:
    """A row's value, and where its arguments stand; -1 for none."""
    value: Any = row.value
    first, second, *_ = [*places, -1, -1]
    return value, first, second


# ------------------------------------------------------------------------------------- towards where there is a value

TURNS = 12
MOST_MOVED = 2  # symbols, at a turn
NUDGE = Fraction(1, 8)
FAR = 1e9


def reached(sides: Sides, start: Point, values: Sequence[Exact], bits: int = 64) -> dict[Sym, Exact] | None:
    """A point where both sides have a value, sought from `start`; None where none is met.

    A turn takes a part that has no value, tries these values for its symbols, and keeps one of the points at which the
    fewest parts have none, not always the first (min-conflicts: Minton et al., Artificial Intelligence 58, 1992).
    """
    point, random = dict(start), Random(TURNS)
    for _ in range(TURNS):
        faults = sides.faults(point, bits)
        if not faults:
            return point
        fault = random.choice(faults)
        symbols = free_symbols(fault.node)
        if not symbols:
            return None
        tried = [
            near
            for x in random.sample(symbols, min(len(symbols), MOST_MOVED))
            for near in moved(point, x, [*values, *aimed(sides, fault, point, x)])
        ]
        counts = [len(sides.faults(near, bits)) for near in tried]
        point = random.choice([near for near, count in zip(tried, counts, strict=True) if count == min(counts)])
    return None


def aimed(sides: Sides, fault: Fault, point: Point, x: Sym) -> Iterator[Exact]:
    """Values of x at which, by the secant rule, an argument of the part without a value is one that its row takes."""
    for part, found, (low, high) in zip(fault.node.args, fault.args, fault.node.op.sample, strict=True):
        here, beside = rough(found), rough(sides.value(part, {**point, x: point[x] + NUDGE}))
        for target in (low, (low + high) / 2, high) if beside != here else ():
            away = (target - here) / (beside - here)
            if abs(away) < FAR:  # which nan is not
                yield normalised(point[x] + NUDGE * Fraction(away).limit_denominator(64))


def rough(value: Any) -> float:
    """A value as a float; nan where there is none."""
    try:
        return nan if value.__class__ is Fault else float(value)
    except OverflowError:
        return nan


def moved(point: Point, x: Sym, values: Sequence[Exact]) -> Iterator[dict[Sym, Exact]]:
    """The point with other values of one coordinate."""
    for value in values:
        if value != point[x]:
            yield {**point, x: value}
