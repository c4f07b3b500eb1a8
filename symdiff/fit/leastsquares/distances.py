"""Errors in the columns a model reads: orthogonal distances, by a shift of each row's inputs that is solved for.

For given parameters the shifts of a row depend on no other row: they are found for all rows at a time, and taken out
of the outer problem (Boggs, Byrd and Schnabel 1987; as projection of the inner unknowns: Golub and Pereyra 2003). With
e the weighted residuals of a row and E their slopes in the inputs times the inputs' standard errors, what is left is
M^(-1/2) (e - E s) with M = I + E E', and M = E E' for an implicit model, whose residuals are to vanish.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from symdiff.calculus.diff import gradient
from symdiff.core.expr import Num
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.leastsquares.plane import System, Turned
from symdiff.fit.problem import Problem, column_of
from symdiff.numeric.compile import compile

ROUNDS: Final = 60  # of the inner iteration
HALVES: Final = 30  # of a step that leads farther away
SETTLED: Final = 1e-13  # of the size of the shifts: a change that ends it


class Distances:
    """A plane over the parameters alone. Where it was last is where the next shifts begin."""

    def __init__(self, problem: Problem) -> None:
        plan = problem.plan
        self.problem, self.moved = problem, tuple(plan.spreads)
        self.places = [plan.columns.index(name) for name in self.moved]
        self.sigmas = np.array([column_of(e, problem.data) for e in plan.spreads.values()])
        self.implicit = all(y.__class__ is Num for y in plan.responses)
        rows = [(r, *J, *gradient(r, self.moved)) for r, J in zip(plan.residuals, plan.slopes, strict=True)]
        self.width, self.inner = len(rows[0]), len(self.moved)
        self.compiled = compile([e for row in rows for e in row], plan.args)
        self.shifts = np.zeros((self.inner, len(problem)))

    def __call__(self, at: Vector) -> System | None:
        """The reduced system there, with the best shifts of all rows."""
        found = self.settled(at)
        if found is None:
            return None
        shifts, table = found
        e, J, E = self.parts(table)
        loss = float(np.sum(shifts**2)) + (0.0 if self.implicit else float(np.sum(e**2)))
        left = e - np.einsum("mdn,dn->mn", E, shifts)
        rows = self.whitened(E, np.concatenate([J, left[:, None]], axis=1))
        if rows is None:
            return None
        self.shifts = shifts
        whole = Turned()
        for response in rows:
            whole.add(response, 0.0)
        system = whole.system()
        return None if system is None else System(loss, system.R, system.z)

    def table(self, at: Vector, shifts: Square) -> Square:
        """Residuals, slopes in the parameters and in the inputs, at the shifted inputs."""
        arrays = list(self.problem.arrays)
        for i, place in enumerate(self.places):
            arrays[place] = arrays[place] + self.sigmas[i] * shifts[i]
        n = len(self.problem)
        found = self.compiled(*at.tolist(), *arrays)
        return np.array([np.broadcast_to(row, (n,)) for row in found]).reshape(-1, self.width, n)

    def parts(self, table: Square) -> tuple[Square, Square, Square]:
        """e of shape (m, n), J of shape (m, k, n), E of shape (m, d, n)."""
        J, E = table[:, 1 : self.width - self.inner], table[:, self.width - self.inner :]
        return table[:, 0], J, E * self.sigmas

    def settled(self, at: Vector) -> tuple[Square, Square] | None:
        """The shifts at which each row is nearest, and what the formulas give there."""
        best: tuple[Square, Square] | None = None
        for begin in self.beginnings():
            found = self.settle(at, begin)
            if found is not None and (best is None or self.cost(*found).sum() < self.cost(*best).sum()):
                best = found
            if best is not None:
                return best
        return best

    def beginnings(self) -> Sequence[Square]:
        """Where to begin: the last shifts; none at all where these lead nowhere."""
        return [self.shifts, np.zeros_like(self.shifts)] if self.shifts.any() else [self.shifts]

    def settle(self, at: Vector, shifts: Square) -> tuple[Square, Square] | None:
        """Gauss-Newton for all rows at a time; a row whose cost rises takes half the way back."""
        table = self.table(at, shifts)
        if not np.isfinite(table).all():
            return None
        cost = self.cost(shifts, table)
        for _ in range(ROUNDS):
            wanted = self.next(shifts, table)
            if wanted is None:
                return None
            step = wanted - shifts
            there, found = self.nearer(at, shifts, step, cost)
            change = float(np.abs(there - shifts).max(initial=0.0))
            shifts, table, cost = there, found, self.cost(there, found)
            if change <= SETTLED * max(float(np.abs(shifts).max(initial=0.0)), SETTLED):
                break
        return (shifts, table) if np.isfinite(table).all() else None

    def nearer(self, at: Vector, shifts: Square, step: Square, cost: Vector) -> tuple[Square, Square]:
        """The whole step for the rows that it brings nearer, half of it and so on for the others."""
        share = np.ones(step.shape[1])
        there, found = shifts, np.zeros(0)
        for _ in range(HALVES):
            there = shifts + share * step
            found = self.table(at, there)
            worse = self.worse(self.cost(there, found), cost)
            if not worse.any():
                return there, found
            share = np.where(worse, share / 2, share)
        there = np.where(self.worse(self.cost(there, found), cost), shifts, there)
        return there, self.table(at, there)

    def worse(self, now: Vector, before: Vector) -> NDArray[np.bool_]:
        """Which rows cost more; of an implicit model it is not the cost that falls, and only what has no value is."""
        return ~np.isfinite(now) if self.implicit else ~(now <= before * (1 + 1e-12) + 1e-300)

    def cost(self, shifts: Square, table: Square) -> Vector:
        """What each row costs."""
        e, _, _ = self.parts(table)
        own = np.sum(shifts**2, axis=0)
        return np.asarray(own + np.sum(e**2, axis=0))

    def next(self, shifts: Square, table: Square) -> Square | None:
        """-E' M^-1 (e - E s): the shifts that the slopes suggest."""
        e, _, E = self.parts(table)
        left = e - np.einsum("mdn,dn->mn", E, shifts)
        solved = self.solved(E, left[:, None])
        return None if solved is None else np.asarray(-np.einsum("mdn,mn->dn", E, solved[:, 0]))

    def middle(self, E: Square) -> Square:
        """M, of shape (n, m, m)."""
        M: Square = np.einsum("mdn,kdn->nmk", E, E)
        return M if self.implicit else np.asarray(M + np.eye(len(E)))

    def solved(self, E: Square, rows: Square) -> Square | None:
        """M^-1 times rows of shape (m, c, n)."""
        M = self.middle(E)
        if M.shape[1] == 1:
            diagonal = M[:, 0, 0]
            return np.asarray(rows / diagonal) if (diagonal > 0).all() else None
        try:
            return np.asarray(np.linalg.solve(M, rows.transpose(2, 0, 1)).transpose(1, 2, 0))
        except np.linalg.LinAlgError:
            return None

    def whitened(self, E: Square, rows: Square) -> Square | None:
        """M^(-1/2) times rows of shape (m, c, n)."""
        M = self.middle(E)
        if M.shape[1] == 1:
            diagonal = M[:, 0, 0]
            return np.asarray(rows / np.sqrt(diagonal)) if (diagonal > 0).all() else None
        try:
            lower = np.linalg.cholesky(M)
        except np.linalg.LinAlgError:
            return None
        return np.asarray(np.linalg.solve(lower, rows.transpose(2, 0, 1)).transpose(1, 2, 0))
