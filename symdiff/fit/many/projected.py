"""Many problems with their linear parameters projected out: a search in those alone that are not linear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdiff.fit.leastsquares.plane import EPS
from symdiff.fit.many.stacked import Groups, Stack, Stacked, Whole, qr, stack_of


class Projected:
    """The reduced systems of groups in their nonlinear parameters, the linear ones always at their best.

    `linear` are the places of parameters in which all residuals are linear together. Each call takes two passes over
    the rows, one to find the linear parameters and one for the system (Kaufman 1975; Golub and Pereyra 2003).

    >>> from symdiff.fit.data.reading import table
    >>> from symdiff.fit.problem import Ask, met, plan_for
    >>> found = table({"x": [0.0, 1.0, 2.0], "y": [3.0, 6.0, 12.0]})
    >>> problem = met(plan_for(Ask(("a*2^(k*x)",), ("y",)), found), found)
    >>> projected = Projected(Groups(problem.plan, problem.arrays, np.array([3])), [0])
    >>> at = np.array([[1.0]])
    >>> projected(at, np.array([0])).loss.round(9).tolist(), projected.whole(at).round(9).tolist()
    ([0.0], [[3.0, 1.0]])
    """

    def __init__(self, groups: Groups, linear: Sequence[int]) -> None:
        self.groups, self.plan, self.sizes = groups, groups.plan, groups.sizes
        self.linear = np.array(linear, np.intp)
        self.others = np.setdiff1d(np.arange(len(groups.plan.free)), self.linear)

    def __call__(self, at: Stacked, which: Whole) -> Stack:
        """The systems of some groups, each at its own row of `at`, of shape (len(which), nonlinear parameters)."""
        found, _ = self.solved(at, which)
        m, k = len(self.linear), len(self.others)
        columns = np.concatenate([found.R[:, :, self.linear], found.R[:, :, self.others], found.z[:, :, None]], axis=2)
        T = qr(np.where(np.isfinite(columns), columns, 0.0))
        return stack_of(found.loss, T[:, m:, m : m + k], T[:, m:, m + k])

    def solved(self, at: Stacked, which: Whole) -> tuple[Stack, Stacked]:
        """The systems in all parameters with the linear ones at their best, and all parameters."""
        whole = np.zeros((len(at), len(self.plan.free)))  # from 0 no digit of a linear parameter is lost
        whole[:, self.others] = at
        found = self.groups(whole, which)
        whole[:, self.linear] += steps(found.R[:, :, self.linear], found.z)
        return self.groups(whole, which), whole

    def whole(self, at: Stacked) -> Stacked:
        """All parameters of all groups, for nonlinear ones of shape (g, nonlinear parameters)."""
        return self.solved(at, np.arange(len(at)))[1]


def steps(R: Stacked, z: Stacked) -> Stacked:
    """The shortest s for which |R s + z| is least, of each group; columns are scaled to length 1."""
    lengths = np.sqrt(np.einsum("gij,gij->gj", R, R))
    lengths = np.where(np.isfinite(lengths) & (lengths > 0), lengths, 1.0)
    scaled = R / lengths[:, None, :]
    U, S, Vt = np.linalg.svd(np.where(np.isfinite(scaled), scaled, 0.0), full_matrices=False)
    solid = S[:, :1] * EPS * R.shape[1] < S
    c = np.where(solid, np.matmul(z[:, None, :], U)[:, 0] / np.where(solid, S, 1.0), 0.0)
    found = -np.matmul(c[:, None, :], Vt)[:, 0] / lengths
    return np.where(np.isfinite(found), found, 0.0)
