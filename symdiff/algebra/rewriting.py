"""Each verb with its conditions: what must hold where the result has a value and the formula had none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.algebra import verbs
from symdiff.algebra.budget import Budget, tick, timed
from symdiff.algebra.normal import normal
from symdiff.algebra.outcome import Simplification, Step
from symdiff.algebra.rational import angles, logarithms, one_logarithm, partial
from symdiff.algebra.rational.bottomup import Form
from symdiff.algebra.rational.lost import lost
from symdiff.algebra.rational.regions import divides, region_of, spread
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.expr import App, Expr, Sym
from symdiff.core.fold import postorder
from symdiff.core.ops import ZERO, rational_value
from symdiff.errors import OperandError
from symdiff.text.parse import Formula, expression

Told = tuple[Expr, list[Expr]]


def rewriting(
    verb: Callable[..., Expr], e: Formula, *args: Any, budget: Budget | float | None = None, **options: Any
) -> Simplification:
    """What a verb makes of a formula, as one step, with the conditions that it loses.

    `verb` is one of expand, factor, collect, together, cancel, apart, expand_trig, contract_trig, expand_log,
    contract_log; the rest is what the verb takes. `budget` (seconds or a Budget; 10 s) is for the verb and its
    conditions together. Raises what the verb raises, OperandError for any other.

    >>> rewriting(verbs.cancel, "(x^2 - 1)/(x - 1)").conditions
    (x != 1,)
    """
    if verb not in TOLD:
        names = ", ".join([known.__name__ for known in TOLD])
        raise OperandError(f"{getattr(verb, '__name__', verb)!r} is no verb that rewrites", f"one of {names}")
    before = expression(e)
    with calm, timed(verb.__name__, budget):
        result, conditions = TOLD[verb](before, *args, **options)
    steps = () if result is before else (Step(verb.__name__, before, result),)
    return Simplification(result, tuple(conditions), steps)


# ------------------------------------------------------------------------------------------------------ verb by verb


def of_form(form: Form) -> Callable[..., Told]:
    """The verb that puts a formula in this form."""

    def told(e: Expr, deep: bool = True) -> Told:
        run = verbs.settled(form, e, deep=deep)
        return run.result, lost(run)

    return told


def collect(e: Expr, x: Formula, *, factored: bool = False, deep: bool = True) -> Told:
    run = verbs.collected(e, expression(x), factored, deep=deep)
    return run.result, lost(run)


def apart(e: Expr, x: Sym | str | None = None, deep: bool = True) -> Told:
    """Here also what the result asks in addition: that denominators without x, which it brings, are not 0."""
    run = verbs.settled(partial.partial_fractions(partial.unknown(e, x)), e, deep=deep)
    plain = verbs.settled(verbs.TOGETHER, e, deep=deep)
    brought = [u for u in denominators(run.result) if u not in denominators(plain.result) and rational_value(u) is None]
    fresh = [u for u in brought if not any([cancels(u, v) for v in denominators(plain.result)])]
    return run.result, [*lost(run), *[App(ops.ne, (u, ZERO)) for u in fresh]]


def cancels(u: Expr, v: Expr) -> bool:
    """Whether u divides v."""
    return not denominators(verbs.cancel(App(ops.div, (v, u))))


def by_normal_form(verb: Callable[..., Expr]) -> Callable[..., Told]:
    """A verb on functions, which collects like terms besides."""

    def told(e: Expr) -> Told:
        result = verb(e)
        return result, gone(e, result)

    return told


def expand_log(e: Expr, *, positive: bool = False) -> Told:
    told = logarithms.expanded_logs(e, positive)
    return told.result, [*gone(e, told.result), *told.conditions]


def contract_log(e: Expr) -> Told:
    told = one_logarithm.contracted_logs(e)
    return told.result, [*gone(e, told.result), *told.conditions]


def gone(before: Expr, after: Expr) -> list[Expr]:
    """What stands below a bar before and nowhere below one after."""
    kept = {normal(u, tick) for u in denominators(after)}
    return [
        App(ops.ne, (u, ZERO)) for u in dict.fromkeys([normal(u, tick) for u in denominators(before)]) if u not in kept
    ]


def denominators(e: Expr) -> list[Expr]:
    """The factors that stand below a bar, numbers left out, each once, in the order in which they are met."""
    found: dict[Expr, None] = {}
    for node in postorder(e):
        tick()
        if isinstance(node, App) and divides(node):
            under = node.args[1] if node.op is ops.div else node.args[0]
            parts = spread(under, "product") if region_of(under) == "product" else (under,)
            found.update(dict.fromkeys([part for part in parts if rational_value(part) is None]))
    return list(found)


TOLD: dict[Callable[..., Expr], Callable[..., Told]] = {
    verbs.expand: of_form(verbs.EXPANDED),
    verbs.factor: of_form(verbs.FACTORED),
    verbs.together: of_form(verbs.TOGETHER),
    verbs.cancel: of_form(verbs.CANCELLED),
    verbs.collect: collect,
    partial.apart: apart,
    angles.expand_trig: by_normal_form(angles.expand_trig),
    angles.contract_trig: by_normal_form(angles.contract_trig),
    logarithms.expand_log: expand_log,
    one_logarithm.contract_log: contract_log,
}
VERBS = {verb.__name__: verb for verb in TOLD}
