"""Many least-squares problems of one plan at once: their reduced systems in stacks, from sums or by QR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.plane import LIMIT
from symdiff.fit.leastsquares.systems import sums_of
from symdiff.fit.problem import Plan

Whole: TypeAlias = NDArray[np.intp]
Truth: TypeAlias = NDArray[np.bool_]
Stacked: TypeAlias = NDArray[np.float64]  # (g, k, k) or (g, k): a matrix or a vector of each group

CROWDED: Final = (
    0.7  # of the groups whose rows are at hand: when fewer take part, the rows of the others are left behind
)
SOLID: Final = 1e-13  # a diagonal of R, its columns of length 1: below there is no plain step
ROWS: Final = 1 << 16  # of data that are turned at a time


class Stack(NamedTuple):
    """The reduced system of each group (see `plane.System`), and its Gauss-Newton step, infinite where R is singular.

    A loss that is nan says that there is none.
    """

    loss: Vector
    R: Stacked
    z: Stacked
    step: Stacked

    def at(self, which: Whole | Truth) -> Stack:
        """The systems of some groups."""
        return Stack(self.loss[which], self.R[which], self.z[which], self.step[which])

    def put(self, which: Whole | Truth, found: Stack) -> None:
        """Replace the systems of some groups."""
        self.loss[which], self.R[which], self.z[which], self.step[which] = found


class Groups:
    """Rows of data sorted by group, `sizes` of them in each, met with a plan.

    Called with places, of shape (g, k), it gives the reduced systems of groups. They come from sums over rows; a group
    whose J is ill conditioned is turned by QR from then on.

    >>> from symdiff.fit.data.reading import table
    >>> from symdiff.fit.problem import Ask, met, plan_for
    >>> found = table({"y": [1.0, 3.0, 5.0]})
    >>> problem = met(plan_for(Ask(("m",), ("y",), ()), found), found)
    >>> groups = Groups(problem.plan, problem.arrays, np.array([2, 1]))
    >>> groups(np.zeros((2, 1)), np.arange(2)).loss.round(9).tolist()
    [10.0, 25.0]
    """

    def __init__(self, plan: Plan, arrays: Sequence[Vector], sizes: Whole) -> None:
        self.plan, self.arrays, self.sizes = plan, tuple(arrays), sizes
        self.starts = np.cumsum(sizes) - sizes
        self.turned = np.zeros(len(sizes), bool)
        self.kept, self.near = np.arange(len(sizes)), self.arrays

    def __call__(self, at: Stacked, which: Whole) -> Stack:
        """The systems of some groups (rising), each at its own row of `at`, of shape (len(which), k)."""
        with np.errstate(all="ignore"):
            if not self.turned[which].any():
                return self.sum_up(at, which)
            found = nothing(*at.shape)
            for places, work in ((~self.turned[which], self.sum_up), (self.turned[which], self.turn)):
                if places.any():
                    found.put(places, work(at[places], which[places]))
        return found

    def sum_up(self, at: Stacked, which: Whole) -> Stack:
        """Systems from sums; groups for which these are too inexact are turned, now and from now on."""
        self.leave_behind(which)
        k = at.shape[1]
        mine: Any = slice(None) if len(which) == len(self.kept) else np.searchsorted(self.kept, which)
        numbers = np.zeros((k, len(self.kept)))  # what is computed for groups that take no part is left out again
        numbers[:, mine] = at.T
        by_group = [True] * k + [False] * len(self.near)
        G, costs = sums_of(self.plan).groups([*numbers, *self.near], self.sizes[self.kept], by_group)
        G, costs = G[mine], costs[mine]
        loss = costs.sum(axis=1) if self.plan.costs else G[:, k, k]
        found, good = reduced(G, loss)
        bad = ~good & np.isfinite(loss)
        if bad.any():
            self.turned[which[bad]] = True
            found.put(bad, self.turn(at[bad], which[bad]))
        return found

    def leave_behind(self, which: Whole) -> None:
        """Keep the rows of these groups only, if they are much fewer than those at hand."""
        places = np.minimum(np.searchsorted(self.kept, which), len(self.kept) - 1)
        if not (self.kept[places] == which).all():
            self.kept, self.near = np.arange(len(self.sizes)), self.arrays
        if len(which) > CROWDED * len(self.kept):
            return
        mine = np.zeros(len(self.sizes), bool)
        mine[which] = True
        rows = np.repeat(mine[self.kept], self.sizes[self.kept])
        self.near = tuple([column[rows] for column in self.near])
        self.kept = self.kept[mine[self.kept]]

    def turn(self, at: Stacked, which: Whole) -> Stack:
        """Systems by QR: groups of about the same size together, filled up with rows of 0."""
        found, k = nothing(*at.shape), at.shape[1]
        for some in self.alike(which):
            tall, cost = self.tall(at[some], which[some])
            whole = np.asarray(np.isfinite(tall).all(axis=(1, 2)))
            T = qr(np.where(np.expand_dims(whole, (1, 2)), tall, 0.0))
            loss = np.einsum("gn,gn->g", tall[:, :, k], tall[:, :, k]) if cost is None else cost
            found.put(some, stack_of(np.where(whole, loss, np.nan), T[:, :k, :k], T[:, :k, k]))
        return found

    def alike(self, which: Whole) -> Iterator[Whole]:
        """Places in `which`, in parts: groups of about the same size, not too many rows."""
        order = np.argsort(self.sizes[which], kind="stable")
        sizes = self.sizes[which[order]]
        ends = np.cumsum(sizes)
        first = 0
        while first < len(order):
            before = int(ends[first - 1]) if first else 0
            end = max(first + 1, int(np.searchsorted(ends, before + ROWS, "right")))
            largest = 2 * max(1, int(sizes[first]))
            end = max(first + 1, min(end, int(np.searchsorted(sizes, largest, "right"))))
            yield order[first:end]
            first = end

    def tall(self, at: Stacked, some: Whole) -> tuple[Stacked, Vector | None]:
        """[J r] of each of some groups, of shape (g, rows, k + 1), and the losses where they are not r'r."""
        k, responses, sizes = at.shape[1], len(self.plan.residuals), self.sizes[some]
        rows = self.rows(some)
        given = [*[np.repeat(column, sizes) for column in at.T], *[column[rows] for column in self.arrays]]
        found = np.array(np.broadcast_arrays(*self.plan.compiled(*given), given[0])[:-1])
        group = np.repeat(np.arange(len(some)), sizes)
        place = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        tall = np.zeros((len(some), responses, max(int(sizes.max(initial=0)), k + 1), k + 1))
        tall[group, :, place, :] = found[: responses * (k + 1)].reshape(responses, k + 1, -1).transpose(2, 0, 1)
        plain = found[responses * (k + 1) :].sum(axis=0)
        cost = np.asarray(np.bincount(group, plain, len(some)), float) if self.plan.costs else None
        return np.reshape(tall, (len(some), -1, k + 1)), cost

    def some(self, which: Whole) -> Groups:
        """Some of the groups, with their rows."""
        rows = self.rows(which)
        return Groups(self.plan, [column[rows] for column in self.arrays], self.sizes[which])

    def rows(self, some: Whole) -> Whole:
        """The places of the rows of some groups, one group after the other."""
        sizes = self.sizes[some]
        shifts: Whole = np.repeat(self.starts[some] - (np.cumsum(sizes) - sizes), sizes)
        return shifts + np.arange(len(shifts))


def nothing(g: int, k: int) -> Stack:
    """No systems, in the places of those to come."""
    return Stack(np.full(g, np.nan), np.zeros((g, k, k)), np.zeros((g, k)), np.zeros((g, k)))


def stack_of(loss: Vector, R: Stacked, z: Stacked) -> Stack:
    """Systems with their steps -inv(R) z."""
    diagonal = np.abs(np.diagonal(R, axis1=1, axis2=2)) / lengths(R)
    solid = diagonal.min(axis=1) > SOLID
    step = -np.linalg.solve(np.where(np.expand_dims(solid, (1, 2)), R, np.eye(R.shape[1])), z[:, :, None])[:, :, 0]
    return Stack(loss, R, z, np.where(solid[:, None], step, np.inf))


def reduced(G: Stacked, loss: Vector) -> tuple[Stack, Truth]:
    """The systems of sums [J r]'[J r], and which of them are exact enough.

    >>> stack, good = reduced(np.array([[[4.0, 8.0], [8.0, 34.0]]]), np.array([34.0]))
    >>> stack.R.tolist(), stack.z.tolist(), stack.step.tolist(), good.tolist()
    ([[[2.0]]], [[4.0]], [[-2.0]], [True])
    """
    k = G.shape[1] - 1
    scale = np.sqrt(np.diagonal(G, axis1=1, axis2=2)[:, :k].T)
    scale = np.where(scale > 0, scale, 1.0)
    columns = np.ascontiguousarray(G[:, :k].transpose(1, 2, 0)) / scale[:, None]  # the groups last: contiguous numbers
    L = cholesky(columns[:, :k] / scale[None])
    W = inverse(L)
    good = np.isfinite(loss) & (
        np.square(W).sum(axis=(0, 1)) * LIMIT < 1
    )  # the sum is that of 1/eigenvalue of J'J, scaled
    z = np.einsum("ijg,jg->ig", W, columns[:, k])
    step = -np.einsum("jig,jg->ig", W, z) / scale
    R = (L * scale[:, None]).transpose(2, 1, 0)
    return Stack(
        np.where(good, loss, np.nan), np.ascontiguousarray(R), *[np.ascontiguousarray(v.T) for v in (z, step)]
    ), good


def cholesky(A: Stacked) -> Stacked:
    """The lower triangles L with L L' = A, of shape (k, k, g); nan where a matrix is not positive definite.

    NumPy's raises an error for all of them if one is not.
    """
    L = np.zeros_like(A)
    for j in range(len(L)):
        column = A[j:, j] - np.einsum("img,mg->ig", L[j:, :j], L[j, :j])
        L[j:, j] = column / np.sqrt(np.where(column[0] > 0, column[0], np.nan))
    return L


def inverse(L: Stacked) -> Stacked:
    """The inverses of lower triangles, of shape (k, k, g)."""
    W = np.zeros_like(L)
    for j in range(len(L)):
        W[j, j] = 1 / L[j, j]
        W[j, :j] = -np.einsum("mg,mcg->cg", L[j, :j], W[:j, :j]) * W[j, j]
    return W


def lengths(R: Stacked) -> Stacked:
    """The length of each column, 1 for a column of zeros."""
    found = np.sqrt(np.einsum("gij,gij->gj", R, R))
    return np.where(found > 0, found, 1.0)


def qr(tall: Stacked) -> Stacked:
    """The triangle R of each matrix."""
    return np.asarray(np.linalg.qr(tall, mode="r"))
