"""Between which bounds an expression lies wherever it has a value.

One pass over at most NODES nodes with exact bounds; no simplifier, no floats, no search. "Not known" is a fine answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from symdiff.core import ops
from symdiff.core.exact import Exact, exact_quotient
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.ops import rational_value

NODES = 200
BITS = 128  # of a bound; a longer one is given up
POWER = 16  # exponents up to which bounds are raised

Bound: TypeAlias = "Exact | float"  # the only floats are the two infinities
INF = math.inf


class Range(NamedTuple):
    """low <= value <= high; `above` says that low itself is not reached, `below` the same of high."""

    low: Bound
    high: Bound
    above: bool = False
    below: bool = False

    @property
    def positive(self) -> bool:
        return self.low > 0 or (self.low == 0 and self.above)

    @property
    def negative(self) -> bool:
        return self.high < 0 or (self.high == 0 and self.below)

    def opposite(self) -> Range:
        return Range(-self.high, -self.low, self.below, self.above)


ALL = Range(-INF, INF)
POSITIVE, NONNEGATIVE = Range(0, INF, above=True), Range(0, INF)
TRUE, FALSE, EITHER = Range(1, 1), Range(0, 0), Range(0, 1)
UNIT, OPEN_UNIT = Range(-1, 1), Range(-1, 1, True, True)
PI = Range(Fraction(333, 106), Fraction(355, 113), True, True)
E = Range(Fraction(2721, 1001), Fraction(1457, 536), True, True)
HALF_PI = Fraction(355, 226)  # just above pi/2


def range_of(e: Expr) -> Range:
    """Bounds of e at every point where it has a value.

    >>> from symdiff import parse
    >>> range_of(parse("2 + sin(x)"))
    Range(low=1, high=3, above=False, below=False)
    """
    if e.__class__ is Num:
        return Range(e.value, e.value)
    if e.__class__ is not App:
        return ALL
    done: dict[Expr, Range] = {}
    for node in listed(e):
        done[node] = of_node(node, done)
    return done[e]


def listed(e: Expr) -> list[Expr]:
    """The nodes of e, parts before wholes; of a large e the root alone, whose parts are then unknown."""
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(e, False)]
    while stack:
        node, parts_done = stack.pop()
        if parts_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            if len(seen) > NODES:
                return [e]
            stack.append((node, True))
            stack += [(part, False) for part in node.args]
    return order


def of_node(node: Expr, done: dict[Expr, Range]) -> Range:
    """Bounds of one node from those of its parts."""
    if node.__class__ is Num:
        return Range(node.value, node.value)
    if node.__class__ is not App:
        return ALL
    parts = [done.get(part, ALL) for part in node.args]
    if node.op is ops.pow:
        return power(parts[0], rational_value(node.args[1]))
    if node.op.form == "relation":
        return compared(node.op, *parts)
    known = ROWS.get(node.op)
    return ALL if known is None else short(known(*parts))


def short(r: Range) -> Range:
    """The same range with bounds of at most BITS bits."""
    low = r.low if fits(r.low) else 0 if r.low > 0 else -INF
    high = r.high if fits(r.high) else 0 if r.high < 0 else INF
    return r if low == r.low and high == r.high else Range(low, high, low == 0 or r.above, high == 0 or r.below)


def fits(bound: Bound) -> bool:
    return isinstance(bound, float) or bound.numerator.bit_length() + bound.denominator.bit_length() <= BITS


# -------------------------------------------------------------------------------------------------------- arithmetic


def added(u: Range, v: Range) -> Range:
    return Range(u.low + v.low, u.high + v.high, u.above or v.above, u.below or v.below)


def times(u: Range, v: Range) -> Range:
    """Products of bounds; a bound is reached where both of its factors are, or where one of them is a reached 0."""
    ends = [
        (corner(s, t), not ((s == 0 and not x) or (t == 0 and not y)) and (x or y))
        for s, x in ((u.low, u.above), (u.high, u.below))
        for t, y in ((v.low, v.above), (v.high, v.below))
    ]
    low, high = min([end for end, _ in ends]), max([end for end, _ in ends])
    return Range(low, high, all([o for end, o in ends if end == low]), all([o for end, o in ends if end == high]))


def corner(s: Bound, t: Bound) -> Bound:
    return 0 if s == 0 or t == 0 else s * t


def inverse(u: Range) -> Range:
    """1/u."""
    if u.low >= 0:
        return inverse_of_positive(u)
    return inverse_of_positive(u.opposite()).opposite() if u.high <= 0 else ALL


def inverse_of_positive(u: Range) -> Range:
    """1/u of u >= 0; it has no value at 0."""
    return Range(reciprocal(u.high), reciprocal(u.low), u.below or u.high == INF, u.above or u.low == 0)


def reciprocal(bound: Bound) -> Bound:
    return INF if bound == 0 else 0 if isinstance(bound, float) else exact_quotient(1, bound)


def power(u: Range, exponent: Exact | None) -> Range:
    """A power of u; the exponent where it is a number."""
    if exponent is None or exponent.denominator != 1:  # of a negative base only integer powers have a value
        real = exponent is not None or u.low >= 0
        return (
            POSITIVE if u.positive or (real and exponent is not None and exponent < 0) else NONNEGATIVE if real else ALL
        )
    if exponent < 0:
        return inverse(power_of_integer(u, -exponent.numerator))
    return power_of_integer(u, exponent.numerator)


def power_of_integer(u: Range, n: int) -> Range:
    """u^n for n >= 0."""
    if n == 0:
        return TRUE
    if n % 2 == 0:
        u = size(u)
    if n > POWER:
        return POSITIVE if u.positive else NONNEGATIVE if u.low >= 0 else POSITIVE.opposite() if u.negative else ALL
    return short(Range(u.low**n, u.high**n, u.above, u.below))


def size(u: Range) -> Range:
    """|u|."""
    if u.low >= 0:
        return u
    if u.high <= 0:
        return u.opposite()
    high = max(-u.low, u.high)
    reached = (not u.above and -u.low == high) or (not u.below and u.high == high)
    return Range(0, high, False, not reached)


def larger(u: Range, v: Range) -> Range:
    """max(u, v)."""
    low, high = max(u.low, v.low), max(u.high, v.high)
    above = any([r.above for r in (u, v) if r.low == low])
    return Range(low, high, above, all([r.below for r in (u, v) if r.high == high]))


def smaller(u: Range, v: Range) -> Range:
    return larger(u.opposite(), v.opposite()).opposite()


def hull(u: Range, v: Range) -> Range:
    """What lies in one of the two."""
    low, high = min(u.low, v.low), max(u.high, v.high)
    return Range(
        low, high, all([r.above for r in (u, v) if r.low == low]), all([r.below for r in (u, v) if r.high == high])
    )


def within(u: Range, v: Range) -> Range:
    """What lies in both, where that is known to be something."""
    low, high = max(u.low, v.low), min(u.high, v.high)
    above, below = any([r.above for r in (u, v) if r.low == low]), any([r.below for r in (u, v) if r.high == high])
    return Range(low, high, above, below) if low < high or (low == high and not (above or below)) else v


# --------------------------------------------------------------------------------------------------------- functions


def like(bounds: Range = ALL) -> Callable[[Range], Range]:
    """A function with the sign of its argument, 0 at 0 alone, within these bounds."""

    def signed(u: Range) -> Range:
        low = 0 if u.low >= 0 else -INF
        high = 0 if u.high <= 0 else INF
        return within(Range(low, high, u.positive, u.negative), bounds)

    return signed


def always(bounds: Range) -> Callable[..., Range]:
    return lambda *_: bounds


def where_positive(u: Range) -> Range:
    """A function that is positive where its argument is."""
    return POSITIVE if u.positive else ALL


def exponential(u: Range) -> Range:
    """exp(u) >= 1 + u, and below 1 where u is below 0."""
    high = 1 if u.high <= 0 else INF
    return Range(max(1 + u.low, 0), high, u.low <= -1 or u.above, u.negative or high == INF)


def logarithm(u: Range) -> Range:
    """1 - 1/u <= log(u) <= u - 1."""
    low = -INF if u.low <= 0 else 1 - reciprocal(u.low)
    return Range(low, u.high - 1, u.above, u.below)


def square_root(u: Range) -> Range:
    """At least min(u, 1), at most max(u, 1)."""
    low = min(max(u.low, 0), 1)
    return Range(low, max(u.high, 1) if u.high > 0 else 0, u.positive and low == 0, False)


def rounded(step: Callable[[Exact], int]) -> Callable[[Range], Range]:
    """floor or ceil, which grow with their argument."""

    def whole(u: Range) -> Range:
        low = u.low if isinstance(u.low, float) else step(u.low)
        high = u.high if isinstance(u.high, float) else step(u.high)
        return Range(low, high)

    return whole


def sign(u: Range) -> Range:
    low = 1 if u.positive else 0 if u.low >= 0 else -1
    return Range(low, -1 if u.negative else 0 if u.high <= 0 else 1)


def chosen(condition: Range, then: Range, otherwise: Range) -> Range:
    if condition.positive or condition.negative:
        return then
    return otherwise if condition == FALSE else hull(then, otherwise)


def truth(u: Range) -> Range:
    return TRUE if u.positive or u.negative else FALSE if u == FALSE else EITHER


def compared(op: Op, u: Range, v: Range) -> Range:
    """The answer of a relation, as far as the bounds decide it."""
    return decided(op, added(u, v.opposite()))


def decided(op: Op, r: Range) -> Range:
    """The answer of `r op 0`."""
    if op is ops.gt or op is ops.le:
        yes, no = r.positive, r.high <= 0
    elif op is ops.ge or op is ops.lt:
        yes, no = r.low >= 0, r.negative
    else:
        yes, no = r.low == r.high == 0, r.positive or r.negative
    if op in (ops.le, ops.lt, ops.ne):
        yes, no = no, yes
    return TRUE if yes else FALSE if no else EITHER


# fmt: off
ROWS: dict[Op, Callable[..., Range]] = {
    ops.add: added,      ops.sub: lambda u, v: added(u, v.opposite()),          ops.neg: Range.opposite,
    ops.mul: times,      ops.div: lambda u, v: times(u, inverse(v)),
    ops.pi: always(PI),  ops.e: always(E),

    ops.sqrt: square_root,        ops.cbrt: like(),              ops.root: lambda u, _: like()(u),
    ops.exp: exponential,         ops.expm1: like(Range(-1, INF, above=True)),
    ops.log: logarithm,           ops.log1p: like(),

    ops.absolute: size,           ops.sign: sign,                ops.relu: lambda u: larger(u, FALSE),
    ops.floor: rounded(math.floor),                              ops.ceil: rounded(math.ceil),
    ops.maximum: larger,          ops.minimum: smaller,

    ops.sin: always(UNIT),        ops.cos: always(UNIT),
    ops.asin: like(Range(-HALF_PI, HALF_PI)),                    ops.acos: always(Range(0, PI.high)),
    ops.atan: like(Range(-HALF_PI, HALF_PI)),                    ops.acot: like(Range(-HALF_PI, HALF_PI)),
    ops.acsc: like(Range(-HALF_PI, HALF_PI)),                    ops.asec: always(Range(0, PI.high)),
    ops.atan2: always(Range(-PI.high, PI.high)),

    ops.sinh: like(),             ops.asinh: like(),             ops.cosh: always(Range(1, INF)),
    ops.tanh: like(OPEN_UNIT),    ops.atanh: like(),             ops.sech: always(Range(0, 1, above=True)),
    ops.coth: like(),             ops.acoth: like(),             ops.acosh: always(NONNEGATIVE),
    ops.csch: like(),             ops.acsch: like(),             ops.asech: always(NONNEGATIVE),

    ops.hypot: lambda u, v: POSITIVE if truth(u) == TRUE or truth(v) == TRUE else NONNEGATIVE,
    ops.sigmoid: always(Range(0, 1, True, True)),                ops.softplus: always(POSITIVE),

    ops.where: chosen,            ops.no: lambda u: added(TRUE, truth(u).opposite()),
    ops.both: lambda u, v: smaller(truth(u), truth(v)),          ops.either: lambda u, v: larger(truth(u), truth(v)),

    ops.erf: like(OPEN_UNIT),     ops.erfi: like(),              ops.erfc: always(Range(0, 2, True, True)),
    ops.gamma: where_positive,    ops.beta: lambda u, v: POSITIVE if u.positive and v.positive else ALL,
    ops.factorial: lambda u: where_positive(added(u, TRUE)),
    ops.uppergamma: lambda a, u: where_positive(u),              ops.expint: lambda n, u: where_positive(u),
    ops.lambertw: like(Range(-1, INF)),
    ops.besselk: always(POSITIVE),
    ops.zeta: lambda u: where_positive(added(u, TRUE.opposite())),
}
# fmt: on
