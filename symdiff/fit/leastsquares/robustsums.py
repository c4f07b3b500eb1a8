"""What a robust loss needs of all batches beside its reduced system: the usual size of the residuals, and sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from symdiff.calculus.diff import gradient, hessian
from symdiff.core.ops import ZERO
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.descent.dataloss import losses_of
from symdiff.fit.problem import Plan
from symdiff.numeric.compile import compile
from symdiff.numeric.sums import Sums

Parts = Iterable[Sequence[Vector]]  # the columns of a plan, batch by batch, as often as they are asked for

BINS: Final = 1 << 20
OCTAVES: Final = (1.0, 40.0, 2100.0)  # to both sides of what is expected: the last holds all floats
KEY: Final = "robust sums"


class RobustSums(NamedTuple):
    """Sums over all rows at one place: of the squared residuals, of the slopes' outer products, of the Hessians.

    `scores` and `hessian` are those of the loss, of shape (k, k): the meat and the bread of the sandwich (Huber 1981,
    section 6.3; White 1980).
    """

    rss: float
    scores: Square
    hessian: Square


def robust_sums(plan: Plan, parts: Parts, at: Vector) -> RobustSums:
    """The sums over all parts, in one pass.

    >>> from symdiff.fit.data.reading import table
    >>> from symdiff.fit.problem import Ask, met, plan_for
    >>> found = table({"x": [1, 2, 3], "y": [1, 2, 4]})
    >>> problem = met(plan_for(Ask(("a*x",), ("y",), loss="cauchy"), found), found)
    >>> robust_sums(problem.plan, [problem.arrays], np.array([1.0])).rss
    1.0
    """
    k = len(plan.free)
    G, plain = np.zeros((k, k)), np.zeros(k * (k + 1) // 2 + 1)
    program = program_of(plan)
    for arrays in parts:
        scores, sums = program([*at.tolist(), *arrays])
        G, plain = G + scores, plain + sums
    H = np.zeros((k, k))
    for (i, j), entry in zip(places(k), plain.tolist(), strict=False):
        H[i, j] = H[j, i] = entry
    return RobustSums(float(plain[-1]), G, H)


def program_of(plan: Plan) -> Sums:
    """The slopes of the loss as rows; the second derivatives and the squared residuals as plain sums. Made once."""
    if KEY not in plan.settings:
        costs = losses_of(plan)
        bends = [hessian(cost, plan.free).entries for cost in costs]
        entries = [sum([bend.get(place, ZERO) for bend in bends], ZERO) for place in places(len(plan.free))]
        squares = sum([r**2 for r in plan.residuals], ZERO)
        plan.settings[KEY] = Sums(plan.args, [gradient(cost, plan.free) for cost in costs], [*entries, squares])
    found = plan.settings[KEY]
    assert isinstance(found, Sums)
    return found


def places(k: int) -> list[tuple[int, int]]:
    """The places in the lower half of a matrix."""
    return [(i, j) for i in range(k) for j in range(i + 1)]


def median_size(plan: Plan, parts: Parts, at: Vector, expected: float) -> float:
    """The median size of all residuals, to a millionth, in one pass where it is within a factor 2 of what is expected.

    The sizes are counted in bins of equal width in their logarithm. Where the median is 0, it is a thousandth of the
    mean size, as for data in memory.
    """
    program, guess = compile(list(plan.residuals), plan.args), expected if 0 < expected < np.inf else 1.0
    total, n = 0.0, 0
    for octaves in OCTAVES:
        low, bins_each = np.log2(guess) - octaves, BINS / (2 * octaves)
        counts, total = np.zeros(BINS + 2, np.int64), 0.0
        for arrays in parts:
            sizes = np.abs(np.array(np.broadcast_arrays(*program(*at.tolist(), *arrays), arrays[0])[:-1])).ravel()
            with np.errstate(divide="ignore"):
                place = np.clip((np.log2(sizes) - low) * bins_each, -1, BINS)
            counts += np.bincount(np.floor(place).astype(np.intp) + 1, minlength=BINS + 2)
            total += float(sizes.sum())
        upto = np.cumsum(counts)
        n = int(upto[-1])
        middle = np.searchsorted(upto, [(n + 1) // 2, n // 2 + 1])
        if middle[0] > 0 and middle[1] <= BINS:
            return float(np.exp2(low + (middle - 0.5) / bins_each).mean())
    return 1e-3 * total / max(1, n)
