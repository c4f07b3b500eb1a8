"""Standard errors of many fits at once, with the meaning that `statistics.Statistics` gives to those of one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from symdiff.calculus.diff import gradient
from symdiff.fit.data.table import Vector
from symdiff.fit.many.stacked import SOLID, Groups, Stack, Stacked, Truth, Whole
from symdiff.fit.many.sturdy import sandwich
from symdiff.fit.problem import Plan
from symdiff.fit.statistics.shape import BLURRED, MOVED
from symdiff.numeric.compile import compile

PLAIN = 1e12  # the squared length of an inverse up to which it may be taken without singular values


class Roots(NamedTuple):
    """What inverts each system: W'W is inv(R'R) on the directions that are determined, of unit length in `null` others.

    W and null have the shape (g, directions, k); `rank` counts what is determined.
    """

    W: Stacked
    null: Stacked
    rank: Whole


def deviations_of(plan: Plan, at: Stacked, stack: Stack, sizes: Whole) -> tuple[Stacked, Truth]:
    """The standard errors of all parameters of each group by least squares, and which groups determine them all.

    nan without more rows than parameters, at a bound, and where there is no fit; infinite where undetermined.
    """
    held = held_at(plan, at)
    there = np.isfinite(stack.loss)
    with np.errstate(all="ignore"):
        roots = roots_of(np.where(held[:, None, :] | ~there[:, None, None], 0.0, stack.R))
        spare = sizes * len(plan.residuals) - roots.rank
        variance = np.ones(len(at)) if plan.absolute else np.where(spare > 0, stack.loss / spare, np.nan)
        found = spread_out(plan, at, roots.W * np.sqrt(variance)[:, None, None], roots.null, held)
    found[~there] = np.nan
    return found, roots.rank == (~held).sum(axis=1)


def robust_deviations_of(groups: Groups, at: Stacked, loss: Vector) -> tuple[Stacked, Truth]:
    """The same for a robust loss, of groups whose residuals are in units of their scales."""
    held = held_at(groups.plan, at)
    W, null, rank = sandwich(groups, np.where(np.isfinite(at), at, 0.0), held)
    with np.errstate(all="ignore"):
        found = spread_out(groups.plan, at, W, null, held)
    found[~np.isfinite(loss)] = np.nan
    return found, rank == (~held).sum(axis=1)


def held_at(plan: Plan, at: Stacked) -> Truth:
    """Which parameters rest on a bound."""
    if not plan.bounded:
        return np.zeros(at.shape, bool)
    return np.asarray((at <= plan.limits.lower) | (at >= plan.limits.upper))


def roots_of(R: Stacked) -> Roots:
    """The inverses of systems, by singular values where these might be small."""
    g, k = R.shape[:2]
    lengths = np.sqrt(np.einsum("gij,gij->gj", R, R))
    lengths[lengths == 0] = 1.0
    scaled = R / lengths[:, None, :]
    diagonal = np.abs(np.diagonal(scaled, axis1=1, axis2=2))
    plain = diagonal.min(axis=1) > SOLID
    inverse = np.linalg.inv(np.where(plain[:, None, None], scaled, np.eye(k)))
    plain &= np.square(inverse).sum(axis=(1, 2)) < PLAIN
    W, null, rank = inverse.transpose(0, 2, 1) / lengths[:, None, :], np.zeros((g, k, k)), np.full(g, k)
    rest = np.flatnonzero(~plain)
    if len(rest):
        _, s, Vt = np.linalg.svd(scaled[rest])
        solid = s > BLURRED * s[:, :1]
        directions = Vt / lengths[rest][:, None, :]
        W[rest] = directions * np.where(solid, 1 / np.where(solid, s, 1.0), 0.0)[:, :, None]
        size = np.sqrt(np.square(directions).sum(axis=2))
        null[rest] = directions * np.where(solid, 0.0, 1 / size)[:, :, None]
        rank[rest] = solid.sum(axis=1)
    return Roots(W, null, rank)


def spread_out(plan: Plan, at: Stacked, W: Stacked, null: Stacked, held: Truth) -> Stacked:
    """The errors of all parameters, where W'W is the covariance of the free ones."""
    if not plan.tied and not held.any() and not null.any():
        return np.asarray(np.sqrt(np.square(W).sum(axis=1)))
    slopes = slopes_of(plan, at)
    found = np.sqrt(np.square(np.matmul(W, slopes.transpose(0, 2, 1))).sum(axis=1))
    reach = np.sqrt(np.square(slopes).sum(axis=2))
    loose = (np.abs(np.matmul(null, slopes.transpose(0, 2, 1))) > MOVED * reach[:, None, :]).any(axis=1)
    resting = (np.abs(slopes) * held[:, None, :]).any(axis=2)
    return np.where(resting, np.nan, np.where(reach == 0, 0.0, np.where(loose, np.inf, found)))


def slopes_of(plan: Plan, at: Stacked) -> Stacked:
    """The slopes of all parameters in the free ones, of shape (g, parameters, k)."""
    names = (*plan.parameters, *[name for name in plan.free if name not in plan.parameters])
    found = np.zeros((len(at), len(names), len(plan.free)))
    for i, name in enumerate(names):
        if name in plan.tied:
            partials = compile(gradient(plan.tied[name], plan.free), plan.free)(*at.T)
            found[:, i] = np.array(np.broadcast_arrays(*partials, at[:, 0])[:-1]).T
        else:
            found[:, i, plan.free.index(name)] = 1.0
    return found
