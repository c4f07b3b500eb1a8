"""The reduced systems of a problem: few rows by QR all at once, many as sums, ill-conditioned ones by QR in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.leastsquares.plane import AnySystem, Plane, System, Turned, summed
from symdiff.fit.problem import Plan, Problem
from symdiff.numeric.sums import Sums

FEW: Final = 4000  # numbers in [J r]: up to here a QR of all rows is as fast as their sums, and keeps all digits
PASSES: Final = 15  # over all rows, that a fit is likely to take
BLOCK: Final = 8192  # rows of [J r] that are turned at a time


def plane_of(problem: Problem) -> Plane:
    """The reduced system of a problem as a function of the place."""
    plan = problem.plan
    few = len(problem) * len(plan.residuals) * (len(plan.free) + 1) <= FEW
    return Few(plan, problem.arrays) if few else Many(plan, [problem.arrays])


class Few:
    """All rows of [J r] at once, by QR. The places for them stay, so that the next call finds them prepared."""

    def __init__(self, plan: Plan, arrays: Sequence[Vector]) -> None:
        self.plan, self.arrays = plan, arrays
        self.width = len(plan.free) + 1
        self.count = len(arrays[0]) if arrays else 1
        self.table = np.empty((self.width * len(plan.residuals) + len(plan.costs), self.count))
        self.out = tuple(self.table)
        self.tall = self.table[: self.width].T
        self.responses = len(plan.residuals)

    def __call__(self, at: Vector) -> System | None:
        """The reduced system there."""
        if self.arrays:
            self.plan.compiled(*at.tolist(), *self.arrays, out=self.out)
        else:
            self.table[:, 0] = self.plan.compiled(*at.tolist())
        if self.responses == 1:
            tall = self.tall
        else:
            rows = self.table[: self.width * self.responses].reshape(self.responses, self.width, self.count)
            tall = rows.transpose(0, 2, 1).reshape(-1, self.width)
        whole = Turned()
        whole.add(tall.T, self.cost())
        return whole.system()

    def cost(self) -> float | None:
        """The sum of the losses, None where it is r'r."""
        return float(self.table[self.width * self.responses :].sum()) if self.plan.costs else None


class Many:
    """Sums over all rows of all parts, or QR block by block where these would lose too many digits."""

    def __init__(self, plan: Plan, parts: Iterable[Sequence[Vector]]) -> None:
        self.plan, self.parts = plan, parts
        self.sums = sums_of(plan)
        if isinstance(parts, list):
            self.sums.expect(sum([len(arrays[0]) for arrays in parts if arrays]), PASSES)
        self.turned = False

    def __call__(self, at: Vector) -> AnySystem | None:
        """The reduced system there."""
        if not self.turned:
            return summed(*self.total(at))
        whole = Turned()
        for rows, cost in self.blocks(at):
            whole.add(rows, cost)
        return whole.system()

    def finer(self) -> bool:
        """Go over to QR, if that was not done yet: asked by a method to which the sums are not exact enough."""
        before, self.turned = self.turned, True
        return not before

    def total(self, at: Vector) -> tuple[Square, float | None]:
        """[J r]'[J r], and the loss where it is not in there."""
        numbers = at.tolist()
        width = len(numbers) + 1
        G, cost = np.zeros((width, width)), 0.0
        for arrays in self.parts:
            part, costs = self.sums([*numbers, *arrays])
            G, cost = G + part, cost + float(costs.sum())
        return G, cost if self.plan.costs else None

    def blocks(self, at: Vector) -> Iterator[tuple[Square, float | None]]:
        """The rows [J r], block by block, and their loss."""
        numbers, width, responses = at.tolist(), len(at) + 1, len(self.plan.residuals)
        for arrays in self.parts:
            for low in range(0, len(arrays[0]), BLOCK):
                found = self.plan.compiled(*numbers, *[a[low : low + BLOCK] for a in arrays])
                table = np.array(np.broadcast_arrays(*found, arrays[0][low : low + BLOCK])[:-1])
                cost = float(table[width * responses :].sum()) if self.plan.costs else None
                for i in range(responses):
                    yield table[i * width : (i + 1) * width], cost if not i or cost is None else 0.0


def sums_of(plan: Plan) -> Sums:
    """The sums of a plan, made once, so that its machine code is."""
    if "sums" not in plan.settings:
        plan.settings["sums"] = Sums(plan.args, plan.rows, plan.costs)
    found = plan.settings["sums"]
    assert isinstance(found, Sums)
    return found
