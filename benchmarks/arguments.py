"""Arguments for the functions of the table: seeded, of all magnitudes, and many where a function is difficult."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.numeric.special import SPECIAL

Array: TypeAlias = NDArray[Any]
Columns: TypeAlias = Sequence[Array]  # the arguments of a row, one array each
Generator: TypeAlias = np.random.Generator

LARGEST = float(np.finfo(float).max)

# fmt: off
EXTREMES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 5e-324, 2.0**-1022, -1e-310, 1e300, -1e300, LARGEST]
NEAR = [  # where a row has an edge, a zero or too large a value; quarters of integers are drawn besides
    1.0, 2.0, math.pi, math.pi/2, 1/math.e, math.sqrt(0.5), math.log(2)/2, 0.46875, 0.5, 0.3725074107813666, 26.543,
    0.6165054856207162, 1.451369234883381, 0.5238225713898644, 1.4616321449683623, -0.5040830082644554, 36.7, 171.624,
    3.3841804225511864, 22.0, 709.782, 710.475, 745.133,
]
# fmt: on


def arguments(row: Op, count: int) -> Columns:
    """Some `count` points for a row: the first quarter, or all, are ordinary, uniform in its sample range."""
    rng = np.random.default_rng([20261121, *row.name.encode()])
    if is_slow(row):
        return list(ordinary(row, rng, count))
    others = count - count // 4
    parts: list[Columns] = [list(ordinary(row, rng, count // 4))]
    if row.arity == 2:
        parts.append(beside(row, rng, others // 3))
        others -= others // 3
    parts.append([far(rng, others) for _ in range(row.arity)])
    return [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]


def is_slow(row: Op) -> bool:
    """Whether the values of a row are balls, or nearly so: far out, one may take seconds."""
    return row.value is None and row is not ops.beta and (row.name not in SPECIAL or row.arity > 1)


def ordinary(row: Op, rng: Generator, count: int) -> Array:
    """Uniform in the sample range; an order of a derivative is an integer."""
    drawn = [
        rng.integers(low, high, count, endpoint=True) if isinstance(low, int) else rng.uniform(low, high, count)
        for low, high in row.sample
    ]
    return np.array(drawn, float)


def far(rng: Generator, count: int) -> Array:
    """Doubles of all magnitudes, special ones, and ones close to those; shuffled."""
    n = count // 8
    bits = rng.integers(0, 2**64, n, dtype=np.uint64).view(float)
    right_angles = np.rint(rng.choice([-1, 1], n) * 2 ** rng.uniform(0, 40, n)) * (math.pi / 2)
    special = np.where(rng.random(n) < 0.5, rng.choice(NEAR, n), rng.integers(1, 4 * 192, n) / 4)
    near = special * (1 + signed(rng, 2.0 ** -rng.uniform(1, 53, n)))
    drawn = [
        EXTREMES,
        bits[np.isfinite(bits)],
        signed(rng, near),
        right_angles,
        signed(rng, 10 ** rng.uniform(-20, 20, n)),
        signed(rng, 2 ** rng.uniform(40, 1024, n)),
        signed(rng, 2.0 ** -rng.uniform(0, 1074, n)),
        *[rng.uniform(-bound, bound, n // 3) for bound in (1.5, 30, 180)],
    ]
    every = np.concatenate(drawn)
    return rng.permutation(np.append(every, rng.uniform(-750, 750, count - len(every))))


def signed(rng: Generator, sizes: Array) -> Array:
    signs: Array = rng.choice([-1.0, 1.0], len(sizes))
    return signs * sizes


def beside(row: Op, rng: Generator, count: int) -> Columns:
    """Two arguments that belong together: of powers and roots all sizes of results, of other rows similar sizes."""
    near_one = 1 + signed(rng, 2.0 ** -rng.uniform(1, 52, count))
    if row.name not in ("^", "root"):
        scale = 2.0 ** rng.uniform(-500, 500, count)
        close = [scale * rng.uniform(-2, 2, count), scale * near_one]
        wider = ordinary(row, rng, count) * 2.0 ** rng.uniform(0, 5, count)
        return list(np.where(rng.random(count) < 0.5, close, wider))
    base = np.where(rng.random(count) < 0.5, near_one, 2 ** rng.uniform(-60, 60, count))
    exponent, whole = rng.uniform(-745, 710, count) / np.log(base), rng.random(count) < 0.3
    base = np.where(whole, signed(rng, base), base)
    if row.name == "^":
        return [base, np.where(whole, np.rint(exponent), exponent)]
    return [base, np.where(whole, rng.integers(2, 60, count), 1 / exponent)]
