"""Logarithms of products as sums of logarithms, and back, over the reals.

log(a b) = log|a| + log|b|        wherever it has a value; without the bars it has none where a and b are negative
log a + log b = log(a b)          wherever the left side has a value, since a and b are positive there
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from symdiff.algebra.budget import Budget, tick, timed
from symdiff.algebra.normal import normal
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Num
from symdiff.core.fold import fold, free_symbols
from symdiff.core.ops import ZERO, rational, rational_value
from symdiff.core.order import in_order
from symdiff.text.parse import Formula, expression

LOGARITHMS = frozenset((ops.log, ops.log2, ops.log10, ops.logb))
ABOVE_ZERO = frozenset((ops.exp, ops.cosh, ops.sech, ops.pi, ops.e, ops.sigmoid, ops.softplus))
PASSES = 5


@dataclass
class Told:
    """What a rewriting of logarithms finds: the result, and what it lost: conditions of the formula alone."""

    result: Expr
    conditions: dict[Expr, None] = field(default_factory=dict)


def expand_log(e: Formula, *, positive: bool = False, budget: Budget | float | None = None) -> Expr:
    """The formula with logarithms of products, quotients, powers and exponentials written as sums.

    Over the reals: log(a*b) is log(abs(a)) + log(abs(b)), unless a is known to be positive or the sign of only one
    factor is open. With `positive` the caller assumes that all symbols are positive. Like terms are collected. Raises
    LimitError where it takes longer than `budget` (seconds or a Budget; 10 s), ParseError on bad text.

    >>> expand_log("log(x*y)")
    log(abs(x)) + log(abs(y))
    >>> expand_log("log(x*y)", positive=True)
    log(x) + log(y)
    >>> expand_log("log(2*x^3*exp(y))")
    y + log(2) + 3*log(x)
    """
    e = expression(e)
    with calm, timed("expand_log", budget):
        return expanded_logs(e, positive).result


def expanded_logs(e: Expr, positive: bool) -> Told:
    """Repeated until nothing changes: collecting like terms can bring a logarithm forward."""
    told = Told(normal(e, tick))
    for _ in range(PASSES):
        before = told.result
        told.result = normal(
            fold(before, lambda n: n, lambda s: s, lambda node, parts: opened(App(node.op, (*parts,)), positive, told)),
            tick,
        )
        if told.result is before:
            break
    return told


# ------------------------------------------------------------------------------------------------------------ expanding


@dataclass
class Factors:
    """What a logarithm's argument is made of, up to signs: bases with rational exponents, exponents of exponentials.

    `carried` counts the power of a base in which its sign matters; `halved` are bases under a root, never negative;
    `powers` are bases known to be positive, with exponents that are formulas.
    """

    bases: dict[Expr, Exact] = field(default_factory=dict)
    carried: dict[Expr, int] = field(default_factory=dict)
    halved: set[Expr] = field(default_factory=set)
    exponents: list[tuple[Exact, Expr]] = field(default_factory=list)
    powers: list[tuple[Exact, Expr, Expr]] = field(default_factory=list)
    negative: bool = False


def opened(node: App, positive: bool, told: Told) -> Expr:
    """A logarithm as a sum; any other node as it is."""
    tick()
    if node.op not in LOGARITHMS or isinstance(node.args[0], Num):
        return node
    found = factors(node.args[0], natural=node.op is ops.log, positive=positive)
    odd = [b for b, n in found.carried.items() if n % 2]
    open_signs = [b for b in odd if not at_least_zero(b, positive) and b not in found.halved]
    if found.negative and not open_signs:  # it has a value nowhere
        return node
    terms: list[Expr] = [rational(n) * v for n, v in found.exponents]
    terms += [rational(n) * m * with_argument(node, b) for n, b, m in found.powers]
    for base, n in found.bases.items():
        terms.append(rational(n) * with_argument(node, signed(base, found, open_signs, positive)))
    if len(terms) > 1 or (terms and terms[0] is not node):
        note(told, node, open_signs, positive)
    whole: Expr = ZERO
    for term in terms:
        tick()
        whole = App(ops.add, (whole, term))
    return whole


def note(told: Told, node: App, open_signs: list[Expr], positive: bool) -> None:
    """Where the sum has a value and the logarithm none."""
    if len(open_signs) > 1:
        told.conditions[App(ops.gt, (node.args[0], ZERO))] = None
    elif positive:
        for x in in_order(free_symbols(node.args[0])):
            told.conditions[App(ops.gt, (x, ZERO))] = None


def with_argument(node: App, u: Expr) -> Expr:
    return App(node.op, (u, *node.args[1:]))


def signed(base: Expr, found: Factors, open_signs: list[Expr], positive: bool) -> Expr:
    """The base with the sign that is known of it, else its absolute value."""
    if at_least_zero(base, positive) or base in found.halved:
        return base
    if open_signs == [base]:
        return App(ops.neg, (base,)) if found.negative else base
    return App(ops.absolute, (base,))


def factors(argument: Expr, *, natural: bool, positive: bool) -> Factors:
    """The factors of a logarithm's argument: log|u^c| is c log|u|, so that everything opens up to signs."""
    found = Factors()
    stack: list[tuple[Expr, Exact, bool]] = [(argument, 1, True)]  # part, exponent, whether its sign matters
    while stack:
        tick()
        u, n, sign = stack.pop()
        number = rational_value(u) if isinstance(u, Num) else None
        if number is not None and number != 0:
            found.negative ^= sign and number < 0 and n % 2 == 1
            if abs(number) != 1:
                add_base(found, Num(abs(number)), n, sign=False)
        elif isinstance(u, App) and (parts := parts_of(u, n, sign)) is not None:
            found.negative ^= u.op is ops.neg and sign and n % 2 == 1
            if (u.op is ops.sqrt or n_is_fraction(u)) and len(parts) == 1:
                found.halved.add(u.args[0])
            stack += reversed(parts)
        elif isinstance(u, App) and u.op is ops.exp and natural:
            found.exponents.append((n, u.args[0]))
        elif isinstance(u, App) and u.op is ops.pow and above_zero(u.args[0], positive):
            found.powers.append((n, u.args[0], u.args[1]))
        else:
            add_base(found, u, n, sign=sign)
    return found


def n_is_fraction(u: App) -> bool:
    """Whether u is a power with a fraction for an exponent."""
    n = rational_value(u.args[1]) if u.op is ops.pow else None
    return n is not None and n.denominator != 1


def add_base(found: Factors, base: Expr, n: Exact, *, sign: bool) -> None:
    found.bases[base] = normalised(found.bases.get(base, 0) + n)
    if sign:
        found.carried[base] = found.carried.get(base, 0) + int(n)


def parts_of(u: App, n: Exact, sign: bool) -> list[tuple[Expr, Exact, bool]] | None:
    """The factors of u^n, with exponents and whether their signs matter to that of u; None where u is one factor."""
    if u.op is ops.mul:
        return [(part, n, sign) for part in u.args]
    if u.op is ops.div:
        return [(u.args[0], n, sign), (u.args[1], -n, sign)]
    if u.op is ops.neg:
        return [(u.args[0], n, sign)]
    if u.op is ops.absolute:
        return [(u.args[0], n, False)]
    if u.op is ops.sqrt:
        return [(u.args[0], normalised(Fraction(n) / 2), False)]
    exponent = rational_value(u.args[1]) if u.op is ops.pow else None
    if exponent is None or exponent == 0:
        return None
    whole = exponent.denominator == 1 and n.denominator == 1
    return [(u.args[0], normalised(n * exponent), sign and whole)]


def above_zero(e: Expr, positive: bool) -> bool:
    """Whether e is positive wherever it has a value."""
    tick()
    return fold(
        e,
        lambda n: n.value > 0,
        lambda _: positive,
        lambda node, parts: (
            node.op in ABOVE_ZERO or (node.op in KEEP and all(parts[:1] if node.op is ops.pow else parts))
        ),
    )


KEEP = frozenset((ops.add, ops.mul, ops.div, ops.pow, ops.sqrt, ops.cbrt, ops.hypot, ops.minimum, ops.maximum))


def at_least_zero(e: Expr, positive: bool) -> bool:
    """Whether e is never negative."""
    if above_zero(e, positive):
        return True
    if not isinstance(e, App):
        return False
    n = rational_value(e.args[1]) if e.op is ops.pow else None
    return e.op in (ops.absolute, ops.sqrt) or (n is not None and (n.denominator != 1 or n % 2 == 0))
