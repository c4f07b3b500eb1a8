"""Robust fits of many groups at once: each group with the scale of its own residuals, and errors by the sandwich."""

from __future__ import annotations

from typing import Final

import numpy as np

from symdiff.calculus.diff import gradient, hessian
from symdiff.core.ops import ZERO
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.dataloss import losses_of
from symdiff.fit.leastsquares.plane import EPS
from symdiff.fit.losses import TUNED
from symdiff.fit.many.march import March, Seen, march
from symdiff.fit.many.stacked import Groups, Stacked, Truth, Whole
from symdiff.fit.problem import Plan
from symdiff.fit.solving import MAD, ROUNDS
from symdiff.numeric.compile import compile
from symdiff.numeric.sums import Sums

SETTLED: Final = 1e-3  # of a scale: a change that is none
KEY: Final = "sandwiches"


def robust(
    groups: Groups, start: Stacked, loss_scale: float | None, steps: int, seen: Seen | None = None
) -> tuple[March, Vector]:
    """The least robust loss of each group, and the scales of their residuals.

    The scale is that of `solving.by_residuals`: what is given, else from the median size of the residuals of the group,
    followed until it settles (Huber 1981, section 7.8).
    """
    plan = groups.plan
    ends = plan.ends
    fixed = loss_scale is not None or plan.loss.name not in TUNED or plan.absolute
    usual = loss_scale or TUNED.get(plan.loss.name, 1.0)
    scale = np.full(len(start), usual) if fixed else usual * typical(groups, start) / MAD
    scale[~(scale > 0)] = 1.0  # where every residual is 0, or none has a value
    ended = march(scaled(groups, scale), start, *ends, steps=steps, seen=seen)
    for _ in range(0 if fixed else ROUNDS - 1):
        new = usual * typical(groups, ended.at) / MAD
        moved = np.flatnonzero((new > 0) & ~(np.abs(new - scale) <= SETTLED * scale))
        if not len(moved):
            break
        scale[moved] = new[moved]
        again = march(scaled(groups.some(moved), scale[moved]), ended.at[moved], *ends, steps=steps, seen=seen)
        ended.at[moved], ended.ends[moved] = again.at, again.ends
        ended.stack.put(moved, again.stack)
        ended.steps[moved] += again.steps
        ended.evaluations[moved] += again.evaluations
    return ended, scale


def scaled(groups: Groups, scale: Vector) -> Groups:
    """The groups with their residuals divided by a number each: it goes into the weights, which a robust plan has."""
    arrays = [
        column / np.repeat(scale, groups.sizes) if name in groups.plan.weights else column
        for name, column in zip(groups.plan.columns, groups.arrays, strict=True)
    ]
    return Groups(groups.plan, arrays, groups.sizes)


def residuals(groups: Groups, at: Stacked) -> Stacked:
    """The residuals of all rows, of shape (responses, rows)."""
    plan = groups.plan
    given = [*[np.repeat(column, groups.sizes) for column in at.T], *groups.arrays]
    with np.errstate(all="ignore"):
        found = compile(list(plan.residuals), plan.args)(*given)
    return np.array(np.broadcast_arrays(*found, given[0])[:-1])


def typical(groups: Groups, at: Stacked) -> Vector:
    """The median size of the residuals of each group; where that is 0, a thousandth of their mean."""
    found = np.abs(residuals(groups, at))
    responses = len(found)
    group = np.tile(np.repeat(np.arange(len(at)), groups.sizes), responses)
    ordered = found.ravel()[np.lexsort((found.ravel(), group))]
    count = groups.sizes * responses
    first = np.cumsum(count) - count
    median = (ordered[first + (count - 1) // 2] + ordered[first + count // 2]) / 2
    return np.where(median == 0, 1e-3 * np.add.reduceat(ordered, first) / count, median)


def squared(groups: Groups, at: Stacked) -> Vector:
    """The sum of the squared residuals of each group."""
    squares = np.square(residuals(groups, at)).sum(axis=0)
    return np.add.reduceat(squares, groups.starts)


def sandwich(groups: Groups, at: Stacked, held: Truth) -> tuple[Stacked, Stacked, Whole]:
    """W, whose W'W are the covariances of the free parameters, directions that are not determined, how many are.

    The covariance is inv(H) G inv(H) N/(N - rank) with the Hessian H of the loss and the sum G of the squares of its
    slopes (Huber 1981, section 6.3; White 1980); nan where H curves down. What is held has no variance. Both W and the
    directions have the shape (g, k, k).
    """
    k = at.shape[1]
    G, H = matrices(groups, at)
    good = np.isfinite(H).all(axis=(1, 2)) & np.isfinite(G).all(axis=(1, 2))
    used = np.expand_dims(good, (1, 2)) & ~held[:, :, None] & ~held[:, None, :]
    H, G = np.where(used, H, 0.0), np.where(used, G, 0.0)
    size = np.sqrt(np.abs(np.diagonal(H, axis1=1, axis2=2)))
    size = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(H / (size[:, :, None] * size[:, None, :]))
    axes = vectors.transpose(0, 2, 1) / size[:, None, :]
    rounding = 16 * EPS * k * np.abs(values).max(axis=1, keepdims=True)
    solid = values > rounding
    good &= ~(values < -rounding).any(axis=1)
    weights = np.where(solid, 1 / np.where(solid, values, 1.0), 0.0)
    inverse = np.matmul(axes.transpose(0, 2, 1) * weights[:, None, :], axes)
    squares, directions = np.linalg.eigh(G)
    rank, number = solid.sum(axis=1), groups.sizes * len(groups.plan.residuals)
    factor = np.where(good & (number > rank), number / np.maximum(number - rank, 1), np.nan)
    W = np.matmul(np.sqrt(np.maximum(squares, 0.0))[:, :, None] * directions.transpose(0, 2, 1), inverse)
    null = np.where(solid[:, :, None], 0.0, axes / np.sqrt(np.square(axes).sum(axis=2))[:, :, None])
    return W * np.sqrt(factor)[:, None, None], null, rank


def matrices(groups: Groups, at: Stacked) -> tuple[Stacked, Stacked]:
    """The sum of squares of the slopes of the loss, row by row, and its Hessian, of each group."""
    k = at.shape[1]
    numbers, by_group = np.ascontiguousarray(at.T), [True] * k + [False] * len(groups.arrays)
    with np.errstate(all="ignore"):
        G, entries = sandwiches(groups.plan).groups([*numbers, *groups.arrays], groups.sizes, by_group)
    H = np.zeros_like(G)
    for place, (i, j) in enumerate(pairs(k)):
        H[:, i, j] = H[:, j, i] = entries[:, place]
    return G, H


def pairs(k: int) -> list[tuple[int, int]]:
    """The places in the lower half of a matrix."""
    return [(i, j) for i in range(k) for j in range(i + 1)]


def sandwiches(plan: Plan) -> Sums:
    """The sums of squares of the slopes of the loss, and of its second derivatives, made once."""
    if KEY not in plan.settings:
        costs = losses_of(plan)
        bends = [hessian(e, plan.free).entries for e in costs]
        plain = [sum([bend.get(place, ZERO) for bend in bends], ZERO) for place in pairs(len(plan.free))]
        plan.settings[KEY] = Sums(plan.args, [gradient(e, plan.free) for e in costs], plain)
    found = plan.settings[KEY]
    assert isinstance(found, Sums)
    return found
