"""The value of a formula with proven digits: balls of more and more bits, until they suffice or the reason is known.

Each part becomes an exact number or a ball with the true value inside (Johansson, Arb, IEEE Trans. Computers 66, 2017).
What no number of bits decides, whether sin(pi) is 0, is asked of the simplifier, whose answer is a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, log2
from typing import Any

from symdiff.calculus.diff import Name, d
from symdiff.core import ops
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Sym, symbol
from symdiff.core.fold import fold, subs
from symdiff.errors import OperandError, SymdiffError, UndefinedError
from symdiff.numeric.bounds import MOST_DIGITS, Bounds, proven
from symdiff.numeric.unbounded import (
    has_no_ball,
    is_certain,
    is_writable,
    nearest,
    not_written_out,
    too_wide,
    undecided,
    without_ball,
)
from symdiff.numeric.val import abridged, advice, checked, complaint, number, numbers
from symdiff.points.ball import ENOUGH, MOST, REACH, as_ball, bit_length, decided, ends, is_exact, precise
from symdiff.points.domain import breaks_condition, needed
from symdiff.points.point import EXACT, Fault, step
from symdiff.text.parse import Formula, expression

SLACK = 40  # bits beyond the digits, at the first attempt
LONG = 1024  # bits: exact numbers longer than this and a few times the precision go on as balls
LOW = 3  # orders of a derivative that are differentiated by rule; higher ones are taken from the Taylor series
SETTLED = 20  # parts whose value the simplifier is asked for, at most
SECONDS = 2.0  # for one such question


def ball(
    e: Formula, env: Mapping[Any, Any] | None = None, digits: int = 30, x: Name | None = None, order: int | None = None
) -> Bounds:
    """Bounds that hold the value of e at a point, for certain, close enough to prove so many significant digits.

    `env` gives a number to each symbol, as for `val`: int and Fraction mean themselves, a float its exact binary value.
    With `x`, the value is that of the derivative in x of this order (default 1). An exact value has the radius 0.

    A pair (low, high) or Bounds in place of a number stands for all numbers between: then the bounds hold e on the
    whole box, by interval arithmetic, which is wider than the true range where a symbol occurs more than once (Moore,
    Interval Analysis, 1966). No number of digits is promised there.

    Raises UndefinedError where e has no real value, or has none in a part of the box; LimitError where no precision
    allowed decides (a value that cannot be told from 0, a comparison, a jump), naming the part; EvaluationError for a
    function without bounds; MissingError, OperandError and ParseError as `val` does, DerivativeError as `d`.

    >>> ball("sin(x)", {"x": 1})
    Bounds(0.841470984807896506652502321630)
    >>> print(ball("exp(pi*sqrt(163)) - 262537412640768744", digits=10), ball("x^x", {"x": 2}, digits=12, x="x"))
    -7.499274028e-13 6.77258872224
    >>> print(ball("x^2 + y", {"x": (1, 2), "y": 3}))
    [4, 7]
    """
    check_digits(digits)
    formula = expression(e)
    order = (0 if x is None else 1) if order is None else order
    if order and x is None:
        raise OperandError("a derivative is one in some variable", 'example: ball("x^2", {"x": 1}, x="x", order=1)')
    if x is not None and order > LOW:
        from symdiff.numeric.taylor import derivative_bounds

        return derivative_bounds(formula, symbol(x), order, checked({} if env is None else env), digits)
    if x is not None:
        formula = d(formula, x, order=order)
    point, boxes = coordinates(formula, {} if env is None else env)
    if boxes:
        from symdiff.numeric.box import bounds_on_box

        return bounds_on_box(formula, point, boxes, digits)
    return Search(formula, point, digits).run()


def check_digits(digits: object) -> None:
    if not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise OperandError(f"digits is a whole number from 1 to {MOST_DIGITS:,}, not {digits!r}")


def coordinates(e: Expr, env: Any) -> tuple[dict[Sym, Exact], dict[Sym, tuple[Exact, Exact]]]:
    """The exact number of every symbol of e, and the two ends of those that stand for an interval (so is the first)."""
    env = checked(env)
    pairs = {key: ends_of(key, thing) for key, thing in env.items() if isinstance(thing, tuple | list | Bounds)}
    found = numbers(e, {**env, **{key: low for key, (low, _) in pairs.items()}}, {})
    named = {key.name if isinstance(key, Sym) else key: pair for key, pair in pairs.items()}
    point = {s: exact_value(value) for s, value in found.items()}
    boxes = {s: named[s.name] for s in point if s.name in named and named[s.name][0] != named[s.name][1]}
    return point, boxes


def ends_of(key: object, thing: Any) -> tuple[Exact, Exact]:
    """The ends of an interval, as it was given. Raises OperandError where it is none."""
    low, high = (thing.lower, thing.upper) if isinstance(thing, Bounds) else thing if len(thing) == 2 else (1, 0)
    name = key if isinstance(key, str) else str(key)
    low, high = exact_value(number(name, low)), exact_value(number(name, high))
    if low > high:
        raise OperandError(f"{name} = {thing!r}: an interval is (low, high) with low <= high")
    return low, high


def exact_value(value: Any) -> Exact:
    """A float as the fraction that it is."""
    return normalised(Fraction(value))


class Search:
    """One formula at one exact point, enclosed with more and more bits."""

    def __init__(self, e: Expr, point: Mapping[Sym, Exact], digits: int) -> None:
        self.e, self.point, self.digits = e, point, digits
        self.need = ceil(digits * log2(10)) + 4
        self.more = 2 * max(map(bit_length, point.values()), default=0)
        self.settled: dict[Expr, Any] = {}  # parts whose exact value the simplifier has proved

    def run(self) -> Bounds:
        """The bounds. Raises the SymdiffError that names what is in the way."""
        found, bits = self.refined(self.need + SLACK, MOST)
        while not self.is_final(found, bits) and len(self.settled) < SETTLED and self.settle(found):
            found, bits = self.refined(self.need + SLACK, MOST)
        if not self.is_final(found, bits):
            found, bits = self.refined(2 * bits, REACH)
        if found.__class__ is Fault:
            raise self.refusal(found, bits)
        if is_exact(found):
            return Bounds(Fraction(found), Fraction(found), self.digits, bits)
        if not self.suffices(found):
            raise too_wide(abridged(repr(self.e)), found, bits, self.digits)
        return self.bounds(found, bits)

    def refined(self, bits: int, most: int) -> tuple[Any, int]:
        """What is found with enough bits, or with so many and those that the digits and the point want."""
        most = max(most, 4 * self.need) + self.more
        while not self.is_final(found := self.enclosure(bits), bits) and bits < most:
            bits = min(2 * bits, most)
        return found, bits

    def enclosure(self, bits: int) -> Any:
        """The value of the formula: exact, a ball of so many bits, or a Fault."""

        def value(node: App, parts: list[Any]) -> Any:
            if node in self.settled:
                return self.settled[node]
            found = step(node, parts, decided)
            return as_ball(found) if bit_length(found) > LONG + 4 * bits and node is not self.e else found

        with precise(bits):
            return fold(self.e, num=lambda n: n.value, sym=self.point.__getitem__, app=value)

    def is_final(self, found: Any, bits: int) -> bool:
        """Whether more bits would change nothing that matters."""
        if found.__class__ is Fault:
            return is_certain(found) or has_no_ball(found.node.op) or (bits >= ENOUGH and breaks_condition(found))
        return found.__class__ in EXACT or self.suffices(found)

    def suffices(self, found: Any) -> bool:
        """Whether a ball proves the digits, with a little more, so that all of it rounds to one decimal."""
        return bool(found.rel_accuracy_bits() >= self.need + SLACK // 4)

    def bounds(self, found: Any, bits: int) -> Bounds:
        """The ends of a ball. Raises LimitError where they are too long to be written out."""
        try:
            lower, upper = ends(found)
        except OverflowError as error:
            raise not_written_out(abridged(repr(self.e)), found.abs_upper()) from error
        return Bounds(lower, upper, proven(lower, upper, self.digits), bits)

    # ------------------------------------------------------------------------------ what bits do not decide

    def settle(self, found: Any) -> bool:
        """Whether the value of a part that leaves the whole open could be proved; it is known from then on."""
        if found.__class__ is not Fault:
            return self.settle_part(self.e)
        node = found.node
        if node.op.form == "relation":
            return self.settle_equality(node)
        open_parts = [part for part, arg in zip(node.args, found.args, strict=True) if arg.__class__ not in EXACT]
        return any([self.settle_part(part) for part in open_parts])

    def settle_part(self, part: Expr) -> bool:
        """Whether the simplifier finds the rational number that a part is. The part has a value: its ball is finite."""
        from symdiff.algebra.simplify import simplify

        here: dict[Expr | str, object] = dict(self.point.items())
        value = ops.rational_value(simplify(subs(part, here), SECONDS))
        if value is not None:
            self.settled[part] = value
        return value is not None

    def settle_equality(self, node: App) -> bool:
        """Whether the two sides of a comparison are proved equal, which balls never show."""
        difference = ops.sub(*node.args)
        if not self.settle_part(difference):
            return False
        self.settled[node] = node.op.exact(self.settled[difference], 0)  # type: ignore[misc]  # relations have it
        return True

    # ------------------------------------------------------------------------------------------ why there are none

    def refusal(self, fault: Fault, bits: int) -> SymdiffError:
        """The error that says why a part has no bounds."""
        node, row = fault.node, fault.node.op
        if has_no_ball(row):
            return without_ball(row)
        near = tuple(map(nearest, fault.args))
        broken = breaks_condition(fault)
        if near == fault.args or (broken and all(map(is_writable, near))):
            return complaint(Fault(node, near, fault.error))
        if broken:
            return UndefinedError(f"{abridged(repr(node))} has no real value here", repr(node))
        if self.proves_undefined(fault):
            return UndefinedError(f"{abridged(repr(node))} has no real value here", repr(node), advice(node, near))
        return undecided(node, near, bits)

    def proves_undefined(self, fault: Fault) -> bool:
        """Whether the simplifier proves that the condition on the arguments fails: cos(pi/2) is 0."""
        condition = needed(fault, fault.node.args)
        if condition is None:
            return False
        inquiry = Search(condition, self.point, 1)
        found, bits = inquiry.refined(inquiry.need + SLACK, MOST)
        return found.__class__ is Fault and inquiry.settle(found) and inquiry.enclosure(bits) is False
