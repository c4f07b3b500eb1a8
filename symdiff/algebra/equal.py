"""Whether two formulas are equal: with a proof, different at a point, or undecided and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Literal

from symdiff.algebra.budget import Budget, SpentError, budget_of
from symdiff.algebra.grid import vanishes
from symdiff.algebra.normal import normal
from symdiff.algebra.prove import Proof, proof
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.declare import ABSTRACT
from symdiff.core.expr import App, Expr, Op
from symdiff.core.fold import postorder, size
from symdiff.core.ops import ZERO
from symdiff.points.ball import decimals
from symdiff.points.domain import unmet
from symdiff.points.places import Point, hints, places
from symdiff.points.point import Fault
from symdiff.points.sides import Look, Sides, reached
from symdiff.text.parse import Formula, expression
from symdiff.text.show import show

SECONDS = 2.0  # where no budget is given
EARLY, EARLY_ALIKE, EARLY_BITS = 8, 3, (64, 128)  # looks before a proof is tried, fewer where the sides agree
CHECKED, CONDITIONAL = 10, 96  # looks that check a proof, and one that holds under conditions
DOMAINS = 4  # points where one side has no value that are asked why
LATE, CLOSE, BITS = 160, 24, (64, 256, 1024)  # looks where there is no proof, and how many of them are close
CONSTANT_BITS = (256, 1024, 4096)  # for formulas without symbols, which have one point only
STARTS, VALUES = 4, 20  # points from which one with values is sought, and what is tried for a symbol
FEW = 3  # points where the sides agree that are no reason to stop looking
PROVING = 0.6  # of the time that is left
MOST_NODES = 20_000  # of what is brought into normal form: 0.2 s
READABLE, LISTED = 500, 12  # parts of a condition, and coordinates in a reason: more say nothing to a reader
STEPS = (0, 1, -1, 2, -2, Fraction(1, 2), 5, -5, Fraction(1, 10), 10, -10, 100, -100)


@dataclass(frozen=True)
class Verdict:
    """What came of a comparison; true as a bool only where it is "equal".

    verdict     "equal": proved; "different": proved, by a point; "undecided"
    witness     for "different": exact values of the symbols at which both sides have values and these differ
    conditions  for "equal": where they do not hold, one side may have no value, or the proof says nothing
    reason      a sentence for people
    """

    verdict: Literal["equal", "different", "undecided"]
    reason: str
    witness: dict[str, int | Fraction] | None = None
    conditions: tuple[Expr, ...] = ()

    def __bool__(self) -> bool:
        return self.verdict == "equal"

    def __str__(self) -> str:
        if self.verdict == "equal":
            return f"equal where {' and '.join(map(show, self.conditions))}" if self.conditions else "equal"
        return f"{self.verdict}: {self.reason}"


def equal(a: Formula, b: Formula, budget: Budget | float | None = None) -> Verdict:
    """Whether a and b have the same value wherever both have one.

    "equal" is said with a proof only, "different" only with a point where proven bounds of the two values do not
    overlap, "undecided" with the reason; so `if equal(a, b):` is safe. Two formulas with no value at a common point
    may be proved equal all the same. Conditions have truth values for values; abstract functions have none, and only
    a proof tells.

    `a` and `b` are expressions, numbers or text; `budget` is a number of seconds (2) or a Budget. Raises ParseError on
    bad text, OperandError on what is no formula, ValueError on what is no budget, and nothing else.

    >>> equal("(x + 1)^2", "x^2 + 2*x + 1").verdict
    'equal'
    >>> str(equal("sqrt(x^2)", "x"))
    'different: at x = -1 the sides are 1 and -1'
    >>> bool(equal("asin(sin(x))", "x"))
    False
    """
    left, right = expression(a), expression(b)
    limits = budget_of(SECONDS if budget is None else budget)
    if left is right:
        return Verdict("equal", "the two sides are the same formula")
    try:
        with calm:
            return Trial(left, right, limits).verdict()
    except SpentError as spent:
        return Verdict("undecided", f"the budget ran out ({spent}) before there was a proof or a difference")


class Trial:
    """One comparison, and what has been seen so far."""

    def __init__(self, left: Expr, right: Expr, limits: Budget) -> None:
        self.left, self.right, self.limits = left, right, limits
        self.sides = Sides(left, right, limits.check)
        if len(self.sides.nodes) > limits.nodes:
            raise SpentError("nodes")
        self.abstract = [node.op.call for node in self.sides.nodes if isinstance(node, App) and is_abstract(node.op)]
        self.alike = 0  # points at which both sides have a value, and the same as far as one sees
        self.unproved = ""  # why
        self.unmet: list[Expr] = []  # conditions without which one side has a value and the other none

    def verdict(self) -> Verdict:
        """The verdict. Raises SpentError."""
        point = self.early()
        if point is None:
            found = proved(self.left, self.right, self.limits)
            if found:
                return self.checked(found.conditions)
            self.unproved = found.reason
            point = self.late()
        return self.undecided() if point is None else self.different(point)

    def points(self, most: int) -> Iterator[Point]:
        """The first points, always the same."""
        return islice(places(self.sides.symbols, self.sides.nodes), most)

    # ---------------------------------------------------------------------------------------------------- looking

    def seen(self, point: Point, precisions: Sequence[int], *, closely: bool = False) -> Look:
        """What is to be seen here. Balls look where doubles see a difference or cannot be asked; `closely`: always."""
        found = None if closely else self.sides.glance(point)
        if found is None or found == "apart":
            found = self.sides.look(point, *precisions)
        self.alike += found == "alike"
        return found

    def early(self) -> Point | None:
        """A point where the sides differ, from a few cheap looks."""
        for point in self.points(EARLY):
            if self.seen(point, EARLY_BITS) == "apart":
                return point
            if self.alike >= EARLY_ALIKE:
                break
        return None

    def late(self) -> Point | None:
        """The same from many looks, some of them close, once there is no proof."""
        self.alike = 0  # the first points come again
        precisions = BITS if self.sides.symbols else CONSTANT_BITS
        for i, point in enumerate(self.points(LATE)):
            if self.seen(point, precisions, closely=i < CLOSE) == "apart":
                return point
        return None if self.alike > FEW or self.abstract or not self.sides.symbols else self.sought()

    def sought(self) -> Point | None:
        """The same where no point tried so far has values on both sides: look for some, then around them."""
        values = [*STEPS, *hints(self.sides.nodes)][:VALUES]
        for start in self.points(STARTS):
            point = reached(self.sides, start, values)
            for near in [] if point is None else around(point):
                if self.seen(near, BITS) == "apart":
                    return near
        return None

    # ---------------------------------------------------------------------------------------------------- answers

    def checked(self, conditions: tuple[Expr, ...]) -> Verdict:
        """What a proof comes to: it may hold under conditions only, and a point where the sides differ overrules it."""
        self.alike, asked, reason = 0, 0, "proved"
        try:
            for point in self.points(CHECKED if not conditions else CONDITIONAL):
                found = self.seen(point, BITS)
                if found == "apart":
                    return self.different(point)
                if found == "lopsided" and asked < DOMAINS:
                    asked += 1
                    self.compare_domains(point, conditions)
            if not (self.alike or self.abstract) and (apart := self.sought()) is not None:
                return self.different(apart)
        except SpentError:
            if conditions:
                raise
        if not self.alike:
            reason = "proved; no point was found where both sides have a value"
        return Verdict("equal", reason, conditions=(*conditions, *self.unmet))

    def compare_domains(self, point: Point, conditions: tuple[Expr, ...]) -> None:
        """Note what one side asks for and the other does not, unless a condition known already rules the point out."""
        known = (*conditions, *self.unmet)
        if any([self.sides.value(condition, point) is False for condition in known]):
            return
        faults = [value for value in self.sides.values(point, BITS[0]) if isinstance(value, Fault)]
        condition = unmet(faults[0]) if len(faults) == 1 else None
        if condition is not None and condition not in known and size(condition) <= READABLE:
            self.unmet.append(condition)

    def different(self, point: Point) -> Verdict:
        """The verdict with this witness."""
        witness = {x.name: value for x, value in point.items()}
        listed = [f"{name} = {value}" for name, value in islice(witness.items(), LISTED)]
        at = f"at {', '.join(listed)}{', ...' if len(witness) > LISTED else ''} " if witness else ""
        return Verdict("different", f"{at}the sides are {' and '.join(decimals(*self.sides.last))}", witness)

    def undecided(self) -> Verdict:
        """What was tried in vain."""
        if not self.sides.symbols and self.alike:
            tried = f"the sides agree as far as {CONSTANT_BITS[-1]} bits tell"
        elif self.alike:
            tried = f"the sides agree at all points looked at, {self.alike} with values"
        elif self.abstract:
            tried = f"{self.abstract[0]} is an abstract function, without values to compare"
        else:
            tried = "no point was found where both sides have a value"
        return Verdict("undecided", f"{self.unproved or 'no proof was found'}, and {tried}")


def is_abstract(row: Op) -> bool:
    return ABSTRACT.get(row.name) is row


def around(point: Point) -> Iterator[Point]:
    """The point, and others near it, one coordinate moved at a time."""
    yield point
    for step in (Fraction(1, 1000), Fraction(1, 10)):
        for x, value in point.items():
            yield {**point, x: value + step}
            yield {**point, x: value - step}


# --------------------------------------------------------------------------------------------------------------- proof


def proved(left: Expr, right: Expr, limits: Budget) -> Proof:
    """A proof that the sides are equal; else the reason why there is none. Raises SpentError."""
    reason = ""
    for u, v in differences(left, right):
        difference = App(ops.sub, (u, v))
        found = proof(difference, limits.share(PROVING))
        if found or same_normal_form(u, v, difference) or vanishes(difference, limits.check):
            return found or Proof(True)
        reason = reason or found.reason
    return Proof(False, reason=reason)


def same_normal_form(u: Expr, v: Expr, difference: Expr) -> bool:
    """Whether two parts are one, or their difference is 0 in normal form: for what the prover finds too large."""
    return u is v or (len(postorder(difference)) <= MOST_NODES and normal(difference) is ZERO)


def differences(left: Expr, right: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Pairs of formulas, of which it is enough to prove one equal: u < v is v - u > 0, and u == v is v == u."""
    yield left, right
    (sign, u), (other, v) = compared(left), compared(right)
    if sign is not None and sign is other:
        yield u, v
        if sign in (ops.eq, ops.ne):
            yield u, App(ops.neg, (v,))


def compared(e: Expr) -> tuple[Op | None, Expr]:
    """A comparison as one of <, <=, ==, != and what it compares with 0; None for anything else."""
    opposite = False
    while isinstance(e, App) and e.op is ops.no:
        opposite, e = not opposite, e.args[0]
    if not isinstance(e, App) or e.op.form != "relation":
        return None, e
    u, v = e.args
    sign = OPPOSITE[e.op] if opposite else e.op
    return (TURNED[sign], App(ops.sub, (v, u))) if sign in TURNED else (sign, App(ops.sub, (u, v)))


OPPOSITE = {ops.lt: ops.ge, ops.ge: ops.lt, ops.gt: ops.le, ops.le: ops.gt, ops.eq: ops.ne, ops.ne: ops.eq}
TURNED = {ops.gt: ops.lt, ops.ge: ops.le}
