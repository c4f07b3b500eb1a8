"""Sums of logarithms as one logarithm: log a + log b = log(a b) wherever the left side has a value."""

from __future__ import annotations

from fractions import Fraction

from symdiff.algebra.budget import Budget, tick, timed
from symdiff.algebra.normal import normal
from symdiff.algebra.rational.logarithms import LOGARITHMS, PASSES, Told, above_zero, with_argument
from symdiff.algebra.rational.regions import region_of, spread
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import postorder
from symdiff.core.ops import ONE, ZERO, rational
from symdiff.text.parse import Formula, expression

HIGHEST, MOST_ROOTS = 100, 12  # of the exponent of a power under one logarithm


def contract_log(e: Formula, *, budget: Budget | float | None = None) -> Expr:
    """The formula with sums of logarithms and multiples of them written as one logarithm.

    The factors are numbers up to 100, and products of them with symbols. Raises LimitError where it takes longer than
    `budget` (seconds or a Budget; 10 s), ParseError on bad text.

    >>> contract_log("log(x) + 2*log(y) - log(z)")
    log(x*y^2/z)
    """
    e = expression(e)
    with calm, timed("contract_log", budget):
        return contracted_logs(e).result


def contracted_logs(e: Expr) -> Told:
    """Sums and products that hold logarithms, from the leaves up."""
    told = Told(normal(e, tick))
    for _ in range(PASSES):
        before = told.result
        told.result = normal(contracted_once(before, told), tick)
        if told.result is before:
            break
    return told


def contracted_once(e: Expr, told: Told) -> Expr:
    order = postorder(e)
    tops = {e} | {p for node in order for p in node.args if region_of(node) != "sum" or region_of(p) != "sum"}
    done: dict[Expr, Expr] = {}
    for node in order:
        tick()
        if not isinstance(node, App):
            done[node] = node
        else:
            whole = App(node.op, tuple([done[part] for part in node.args]))
            done[node] = joined_logs(whole, told) if node in tops and region_of(whole) in ("sum", "product") else whole
    return done[e]


def joined_logs(e: Expr, told: Told) -> Expr:
    """A sum with its logarithms of each kind joined to one."""
    weights = spread(e, "sum") if region_of(e) == "sum" else {e: 1}
    groups: dict[tuple[object, ...], list[tuple[Exact, Expr, App]]] = {}
    rest: list[tuple[int, Expr]] = []
    for part, n in weights.items():
        tick()
        found = multiple_of_log(part, n)
        if found is None:
            rest.append((n, part))
        else:
            groups.setdefault((found[2].op, *found[2].args[1:]), []).append(found)
    if not any([len(group) > 1 or abs(group[0][0]) != 1 or group[0][1] is not ONE for group in groups.values()]):
        return e
    whole: Expr = ZERO
    for n, part in rest:
        whole = App(ops.add, (whole, App(ops.mul, (Num(n), part))))
    for group in groups.values():
        whole = App(ops.add, (whole, one_log(group, told)))
    return whole


def multiple_of_log(e: Expr, n: int) -> tuple[Exact, Expr, App] | None:
    """(q, m, log u) where n e is q m log u with a number q and a product m of symbols; None where it is not."""
    weights = spread(e, "product") if region_of(e) == "product" else {e: 1}
    number, symbols, log = Fraction(n), ONE, None
    for part, k in weights.items():
        if isinstance(part, Num) and part is not ZERO and abs(k) == 1:
            number *= Fraction(part.value) ** k
        elif isinstance(part, Sym) and k > 0:
            power = part if k == 1 else App(ops.pow, (part, Num(k)))
            symbols = power if symbols is ONE else App(ops.mul, (symbols, power))  # type: ignore[assignment]  # an Expr
        elif isinstance(part, App) and part.op in LOGARITHMS and k == 1 and log is None:
            log = part
        else:
            return None
    fits = abs(number.numerator) <= HIGHEST and number.denominator <= MOST_ROOTS
    return None if log is None or not fits else (normalised(number), symbols, log)


def one_log(group: list[tuple[Exact, Expr, App]], told: Told) -> Expr:
    """The logarithm of the product; of its reciprocal, with a minus, where all the multiples are negative."""
    sign = -1 if all([n < 0 for n, _, _ in group]) else 1
    over: Expr = ONE
    for n, m, log in group:
        tick()
        u = log.args[0]
        if not above_zero(u, False) and (len(group) > 1 or n.denominator == 1):
            told.conditions[App(ops.gt, (u, ZERO))] = None
        op = ops.div if n * sign < 0 else ops.mul
        over = App(op, (over, powered(u, max(n, -n), m)))
    over = normal(over, tick)
    undone = group[0][2].op is ops.log and isinstance(over, App) and over.op is ops.exp
    whole = over.args[0] if undone else with_argument(group[0][2], over)
    return whole if sign > 0 else App(ops.neg, (whole,))


def powered(u: Expr, n: Exact, m: Expr) -> Expr:
    """u^(n m)."""
    exponent = rational(n) if m is ONE else m if n == 1 else App(ops.mul, (rational(n), m))
    return u if exponent is ONE else App(ops.pow, (u, exponent))
