"""A proof by counting: a polynomial that is 0 at more points of a grid than its degrees allow is 0 everywhere.

The second way to prove two formulas equal, which shares nothing with the first: the formulas are never multiplied out,
only evaluated, in integers. So it reaches what has few generators and high powers, `(x+1)^900*(x+1)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import rational_value

Degrees = dict[Expr, int]  # of a polynomial, in each generator
Bounds = tuple[Degrees, Degrees, int, int]  # degrees of numerator and denominator, and about how many bits they have
Pair = tuple[int, int]  # numerator and denominator

MOST_GENERATORS, MOST_PARTS, MOST_WORK = 11, 5_000, 1_000_000  # work: points times nodes times thousands of bits
RATIONAL = frozenset((ops.add, ops.sub, ops.mul, ops.div, ops.neg))


def vanishes(e: Expr, check: Callable[[], None]) -> bool:
    """Whether e is proved 0 wherever it has a value; False says nothing. What `check` raises ends the work.

    e is read as a quotient of polynomials in its parts that are not rational. A numerator is 0 everywhere if it is 0
    on a grid with one more value for each generator than its degree (Alon, Combinatorial Nullstellensatz, 1999, 2.1).

    >>> from symdiff import parse
    >>> vanishes(parse("(sin(x) + 1)^900*(sin(x) + 1) - (1 + sin(x))^901"), lambda: None)
    True
    """
    inside, generators = rational_parts(e)
    if len(generators) > MOST_GENERATORS or len(inside) > MOST_PARTS:
        return False
    degrees = grid(inside, generators, e)
    if degrees is None:
        return False
    defined = False
    for values in product(*[range(-(n // 2), n - n // 2 + 1) for n in degrees.values()]):
        check()
        top, bottom = evaluated(inside, e, dict(zip(degrees, values, strict=True)))
        if top:
            return False
        defined = defined or bottom != 0
    return defined


def rational_parts(e: Expr) -> tuple[list[App], list[Expr]]:
    """The sums, products, quotients and whole powers from e down, parts first; and the parts at which they end."""
    inside: list[App] = []
    ends: dict[Expr, None] = {}
    seen: set[Expr] = set()
    stack: list[Expr | None] = [e]
    while stack:
        node = stack.pop()
        if node is None:
            inside.append(stack.pop())  # type: ignore[arg-type]  # a mark always lies on an App
        elif node not in seen:
            seen.add(node)
            if isinstance(node, App) and (node.op in RATIONAL or whole_exponent(node) is not None):
                stack += (node, None, *(node.args if node.op in RATIONAL else node.args[:1]))
            elif not isinstance(node, Num):
                ends[node] = None
    return inside, list(ends)


def whole_exponent(node: App) -> int | None:
    """n of a part u^n with a given integer n."""
    n = rational_value(node.args[1]) if node.op is ops.pow else None
    return n.numerator if n is not None and n.denominator == 1 else None


def grid(inside: Sequence[App], generators: Sequence[Expr], e: Expr) -> Degrees | None:
    """The degrees of the numerator of e, in every generator; None where to evaluate it so often takes too long."""
    known: dict[Expr, Bounds] = {x: ({x: 1}, {}, 12, 0) for x in generators}
    for node in inside:
        known[node] = bounds(node, [known.get(part) or number_bounds(part) for part in node.args])
        if max(known[node][2:]) > MOST_WORK:
            return None
    top, _, *bits = known[e] if e in known else number_bounds(e)
    points = prod([n + 1 for n in top.values()])
    return top if points * (len(inside) + 1) * (1 + max(bits) // 1000) <= MOST_WORK else None


def number_bounds(e: Expr) -> Bounds:
    """Those of a number, which has no degree."""
    q = e.value if isinstance(e, Num) else 0
    return {}, {}, q.numerator.bit_length(), q.denominator.bit_length() - 1


def bounds(node: App, parts: Sequence[Bounds]) -> Bounds:
    """The degrees of one part from those of its parts, as if nothing cancelled."""
    a, b, m, n = parts[0]
    if node.op is ops.neg:
        return parts[0]
    if node.op is ops.pow:
        k = whole_exponent(node) or 0
        a, b, m, n = times(a, abs(k)), times(b, abs(k)), m * abs(k), (n + 1) * abs(k) if n else 0
        return (b, a, n, m) if k < 0 else (a, b, m, n)
    c, d, p, q = parts[1]
    if node.op is ops.mul:
        return plus(a, c), plus(b, d), m + p, n + q + 1
    if node.op is ops.div:
        return plus(a, d), plus(b, c), m + q + 1, n + p
    left, right = plus(a, d), plus(c, b)
    return {x: max(left.get(x, 0), right.get(x, 0)) for x in (left | right)}, plus(b, d), max(m + q, p + n) + 2, n + q


def plus(p: Degrees, q: Degrees) -> Degrees:
    return {x: p.get(x, 0) + q.get(x, 0) for x in (p | q)}


def times(p: Degrees, n: int) -> Degrees:
    return {x: n * m for x, m in p.items()}


def evaluated(inside: Sequence[App], e: Expr, point: Mapping[Expr, int]) -> Pair:
    """Numerator and denominator of e, uncancelled, at a point of the grid."""
    known: dict[Expr, Pair] = {x: (value, 1) for x, value in point.items()}
    for node in inside:
        known[node] = combined(node, [known.get(part) or number_pair(part) for part in node.args])
    return known.get(e) or number_pair(e)


def number_pair(e: Expr) -> Pair:
    q = e.value if isinstance(e, Num) else 0  # an exponent that is -2 or 4/2: `combined` reads it otherwise
    return q.numerator, q.denominator


def combined(node: App, parts: Sequence[Pair]) -> Pair:
    """One part as numerator and denominator, from its parts."""
    a, b = parts[0]
    if node.op is ops.neg:
        return -a, b
    if node.op is ops.pow:
        n = whole_exponent(node) or 0
        return (b**-n, a**-n) if n < 0 else (a**n, b**n)
    c, d = parts[1]
    if node.op is ops.mul:
        return a * c, b * d
    if node.op is ops.div:
        return a * d, b * c
    return (a * d + c * b if node.op is ops.add else a * d - c * b), b * d
