"""Parameters joined two at a time, while their columns of J are parallel: the table of the forms there are."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from symdiff.core.expr import Expr
from symdiff.core.ops import exp
from symdiff.fit.data.table import Vector
from symdiff.fit.statistics.determined.quantity import Quantity, Trial
from symdiff.fit.statistics.determined.writing import by, plus, simple, times

PARALLEL: Final = 1e-10  # of the length of a column: what may stand out of the direction of another


def joined_up(quantities: list[Quantity], trial: Trial) -> list[Quantity]:
    """The quantities, those with parallel columns joined, as long as there are any."""
    while pairs := [(p, q) for p, q in combinations(quantities, 2) if parallel(p.column, q.column)]:
        p, q, one = next(
            filter(None, (joined(*pair, form, trial) for form in FORMS for pair in pairs)), near(*pairs[0])
        )
        quantities = [one if other is p else other for other in quantities if other is not q]
    return quantities


def parallel(p: Vector, q: Vector) -> bool:
    """Whether two columns are, to rounding."""
    u, v = p / np.linalg.norm(p), q / np.linalg.norm(q)
    return bool(np.linalg.norm(v - (u @ v) * u) <= PARALLEL)


class Form(NamedTuple):
    """A way to join p, of value u, and q, of value v, with a weight w.

    If dq is made up for by dp = -ratio dq, the weight is `weight(u, v, ratio)`; `value(u, v, w)` is what they are
    together, `back(F, v, w)` the u that gives F, `slope(u, v, w)` the derivative in u.
    """

    formula: Callable[[Expr, Expr, float], Expr]
    weight: Callable[[float, float, float], float]
    value: Callable[[float, float, float], float]
    back: Callable[[float, float, float], float]
    slope: Callable[[float, float, float], float]
    whole: bool  # whether the weight is to be a small fraction


# fmt: off
SUM = (lambda p, q, w: plus(p, w, q),      lambda u, v, ratio: ratio,        lambda u, v, w: u + w*v,
       lambda F, v, w: F - w*v,             lambda u, v, w: 1.0)
PRODUCT = (lambda p, q, w: by(p, w, q),   lambda u, v, ratio: ratio*v/u,    lambda u, v, w: u*abs(v)**w,
       lambda F, v, w: F/abs(v)**w,         lambda u, v, w: abs(v)**w)
GROWTH = (lambda p, q, w: p*exp(times(w, q)),     lambda u, v, ratio: ratio/u,      lambda u, v, w: u*math.exp(w*v),
       lambda F, v, w: F*math.exp(-w*v),    lambda u, v, w: math.exp(w*v))
FACTOR = (lambda p, q, w: q*exp(times(w, p)),     lambda u, v, ratio: 1/(ratio*v),  lambda u, v, w: v*math.exp(w*u),
       lambda F, v, w: math.log(F/v)/w,     lambda u, v, w: v*w*math.exp(w*u))
FORMS: Final = (
    Form(*SUM, True), Form(*PRODUCT, True), Form(*GROWTH, True), Form(*FACTOR, True),
    Form(*SUM, False), Form(*GROWTH, False), Form(*FACTOR, False), Form(*PRODUCT, False),
)
# fmt: on


def joined(p: Quantity, q: Quantity, form: Form, trial: Trial) -> tuple[Quantity, Quantity, Quantity] | None:
    """Two, and the quantity they are together by a form that keeps the fit as q changes; None where it does not."""
    u, v = p.value(trial.at), q.value(trial.at)
    try:
        w = form.weight(u, v, ratio(p, q))
        zero = form.value is SUM[2] and vanishes(np.array([1.0, w]), np.array([u, v]))
        vague = simple(w) is None or zero
        if (form.whole and vague) or not holds(form, p, q, w, trial):
            return None
        return p, q, merged(form, p, q, w, form.slope(u, v, w), True)
    except (ArithmeticError, ValueError):  # a form that has no value here is not the form
        return None


def near(p: Quantity, q: Quantity) -> tuple[Quantity, Quantity, Quantity]:
    """Two, and their sum with weights, which is what is determined to first order."""
    return p, q, merged(FORMS[0], p, q, ratio(p, q), 1.0, False)


def ratio(p: Quantity, q: Quantity) -> float:
    """By how much p goes down to make up for q going up by 1."""
    return float(p.column @ q.column) / float(p.column @ p.column)


def holds(form: Form, p: Quantity, q: Quantity, w: float, trial: Trial) -> bool:
    """Whether the fit is as good with q a quarter larger, or smaller, and p making up for it."""
    v = q.value(trial.at)
    together = form.value(p.value(trial.at), v, w)
    for factor in (1.25, 0.8):
        there = trial.at.copy()
        other = v * factor if v else factor - 1
        q.put(there, other)
        alone = trial.change(there)
        p.put(there, form.back(together, other, w))
        if not trial.same(there, alone):
            return False
    return True


def merged(form: Form, p: Quantity, q: Quantity, w: float, slope: float, exact: bool) -> Quantity:
    """The two as one."""
    return Quantity(
        form.formula(p.formula, q.formula, w),
        (*p.members, *q.members),
        p.column / slope,
        lambda at: form.value(p.value(at), q.value(at), w),
        lambda at, value: p.put(at, form.back(value, q.value(at), w)),
        exact and p.exact and q.exact,
    )


def vanishes(weights: Vector, values: Vector) -> bool:
    """Whether a sum is 0 without being so term by term: then its terms have fixed ratios, which tells more."""
    terms = weights * values
    return bool(np.abs(terms).sum() > 0 and abs(terms.sum()) <= 1e-7 * np.abs(terms).sum())
