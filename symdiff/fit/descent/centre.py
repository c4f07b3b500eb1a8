"""Columns far from 0: when they hide from floats what a fit could still gain, and the same model about their means."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

import numpy as np

from symdiff.algebra.rewrite import subs
from symdiff.core.expr import Expr, Num, Sym
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.dataloss import DataLoss
from symdiff.fit.descent.foresight import FLAT, equilibrated
from symdiff.fit.descent.objective import Objective
from symdiff.fit.methods.parts import Box, State
from symdiff.text.show import show

FAR: Final = 0.1  # a column whose spread is below this part of its mean is worth centring
BLURRED: Final = 1e-10  # a spread below this part of the mean is too small to try along which parameters the loss falls
REACH: Final = 1e-5 / float(np.finfo(float).eps)  # of the residuals: farther along, rounding could pass for a gain
FALL: Final = 1e-3  # of the loss: a gain that rounding does not make
LONGEST: Final = 80  # characters of a model that is written out in advice


def hidden(objective: Objective, state: State, floor: float, box: Box) -> bool:
    """Whether a place that looks like a minimum is none, for the loss falls where floats see no curvature.

    At x = 1e9, 1e9 + 1, ... the slopes in m and b of a line agree to the last digit, as if the data did not determine
    them. A model that is really undetermined keeps its loss in those directions; here one can walk down. Parameters
    that rest on a bound stay there.
    """
    moving = box.moving(state.at, state.slopes)
    if not objective.quadratic or state.loss <= floor or not moving.any():
        return False
    scaled, scale = equilibrated(objective.hessian(state.at)[np.ix_(moving, moving)])
    values, vectors = np.linalg.eigh(scaled)
    flat = np.zeros((len(moving), int((level := np.abs(values) <= FLAT * np.abs(values).max()).sum())))
    flat[moving] = scale[:, None] * vectors[:, level]
    ways = [sign * way for way in flat.T for sign in (1.0, -1.0)]
    return bool(ways) and (blurred(objective, state.at) or any(falls(objective, state, way, box) for way in ways))


def falls(objective: Objective, state: State, way: Vector, box: Box) -> bool:
    """Whether the loss falls as one goes that way, in strides that double until it rises."""
    stride = REACH * math.sqrt(abs(state.loss))
    for part in range(60, -1, -1):
        loss, _ = objective(box.inside(state.at + stride / 2**part * way))
        if not loss <= state.loss + FALL / 10 * abs(state.loss):
            return False
        if loss < state.loss - FALL * abs(state.loss):
            return True
    return False


def blurred(objective: Objective, at: Vector, part: float = BLURRED) -> bool:
    """Whether a slope of the model varies from row to row by less than this part of its size (but does vary)."""
    if not isinstance(objective, DataLoss):
        return False
    _, slopes = objective.linearised(at)
    with np.errstate(all="ignore"):
        spread = slopes.std(axis=1)
        varies = (slopes != slopes[:, :1]).any(axis=1)
        return bool((varies & (spread < part * np.abs(slopes.mean(axis=1)))).any())


def spreads(objective: Objective) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of the columns that a model reads and that vary; none for a loss without columns."""
    if not isinstance(objective, DataLoss):
        return {}
    varying = {name: column for name, column in objective.columns.items() if (column != column[0]).any()}
    with np.errstate(all="ignore"):
        return {name: (float(column.mean()), float(column.std())) for name, column in varying.items()}


def centred(objective: Objective, at: Vector) -> str:
    """How to write the same model about the means of columns far from 0, as advice; "" where that is another model."""
    means = {name: rounded(*pair) for name, pair in spreads(objective).items() if 0 < pair[1] < FAR * abs(pair[0])}
    if not (means and isinstance(objective, DataLoss) and objective.quadratic and blurred(objective, at, FAR)):
        return ""
    if not same(objective, at, means):
        return ""
    moved: dict[Expr, Expr] = {Sym(name): Sym(name) - number(mean) for name, mean in means.items()}
    shown = show(subs(objective.model, moved))
    terms = ", ".join([f"({show(term)}) for {show(x)}" for x, term in moved.items()])
    example = f", as in {shown}" if len(shown) <= LONGEST else ""
    return f"centre {', '.join(means)}: write {terms}{example}"


def same(objective: DataLoss, at: Vector, means: dict[str, float]) -> bool:
    """Whether the model about the means can do what the model can: each of its slopes is a sum of theirs."""
    near = {name: column - means.get(name, 0.0) for name, column in objective.columns.items()}
    _, slopes = objective.linearised(at)
    with np.errstate(all="ignore"):
        _, about = objective.linearised(at, near)
    if not (np.isfinite(slopes).all() and np.isfinite(about).all()):
        return False
    wanted, given = unit(slopes), unit(about)
    found, *_ = np.linalg.lstsq(given.T, wanted.T)
    return bool(np.abs(given.T @ found - wanted.T).max() < 1e-9)


def unit(rows: Vector) -> Vector:
    """The rows, each with 1 for its largest number."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    return np.asarray(rows / np.where(largest > 0, largest, 1.0))


def rounded(mean: float, spread: float) -> float:
    """The mean to the digit where the spread begins: no more is needed, and it is shorter to type."""
    return round(mean, -math.floor(math.log10(spread))) if spread > 0 else mean


def number(value: float) -> Num:
    """The float as it is written in decimal."""
    return Num(Fraction(repr(value)))
