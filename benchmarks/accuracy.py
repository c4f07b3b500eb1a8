"""Accuracy: the largest errors of every function of the table, in units in the last place (ulp) of the true value.

The judge is ball arithmetic, at as many bits as it takes to know the error to a millionth of an ulp: correctly rounded
results are 0.5 off at most. Arguments are seeded: random bits of all magnitudes, uniform in the sample range of the
row, close to edges, zeros and multiples of a right angle, up to where results overflow, and huge. Functions by balls
that are slow far out (marked *) stay in the sample range. Where there is no value, nan is right and anything else
wrong. Lanes that the machine code flags, to be computed again on the careful path, have no error of their own.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from flint import arb

from benchmarks.arguments import LARGEST, Array, Columns, arguments, is_slow
from benchmarks.results import Cell, Table
from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.numeric.pairs import FARTHEST, sine_and_cosine
from symdiff.numeric.rows import on_arrays, on_numbers
from symdiff.points.ball import as_ball, enclosure_of, precise, rounded_value
from symdiff.points.point import UnboundedError

NUMERIC = tuple([row for row in ops.TABLE.values() if row.arity and row.ball is not None])
BITS = (128, 512, 2048, 8192)
CLOSE = arb("1e-6")  # ulp: how well an error is known


class Truth(NamedTuple):
    """The true values at these points: the nearest doubles, and what they lack, in ulp."""

    columns: Columns
    nearest: Array
    rest: Array


class Worst(NamedTuple):
    """The largest error, in ulp, and where it is."""

    error: float
    at: tuple[float, ...]


# -------------------------------------------------------------------------------------------------------------- judging


def truth(row: Op, columns: Columns) -> Truth:
    """The true values of a row, without the points where even balls do not tell."""
    found = [true_value(row, point) for point in points(columns)]
    known = np.array([one is not None for one in found])
    values = np.array([one for one in found if one is not None])
    return Truth([column[known] for column in columns], values[:, 0], values[:, 1])


def true_value(row: Op, point: tuple[float, ...]) -> tuple[float, float] | None:
    """The nearest double and the rest, in ulp: nan where there is no value, None where balls do not tell."""
    try:
        nearest = rounded_value(row, point)
    except UnboundedError:
        return None
    except (ValueError, ZeroDivisionError):
        return math.nan, 0.0
    for bits in BITS:
        with precise(bits):
            rest = (enclosure_of(row, tuple(map(as_ball, point))) - exactly(nearest)) / arb(unit_of(nearest))
            if rest.is_finite() and rest.rad() < CLOSE:
                return nearest, float(rest.mid())
    return (nearest, nearest) if math.isinf(nearest) else None


def exactly(x: float) -> arb:
    """A double; an infinity is the power of two after the largest double."""
    return arb(math.copysign(1, x)) * arb(2) ** 1024 if math.isinf(x) else arb(x)


def unit_of(x: float) -> float:
    return math.ulp(min(abs(x), LARGEST))


def points(columns: Columns) -> list[tuple[float, ...]]:
    return list(zip(*[column.tolist() for column in columns], strict=True))


def worst(found: Array, true: Truth, unless: Array | None = None) -> Worst:
    """The largest error, infinite where only one of the two is a number; `unless` it does not count."""
    off = errors(np.asarray(found), true)
    if unless is not None:
        off[unless] = 0
    i = int(np.argmax(off))
    return Worst(float(off[i]), tuple([float(column[i]) for column in true.columns]))


def errors(found: Array, true: Truth) -> Array:
    """In ulp; an infinity counts as what would come after the largest float."""
    nearest = true.nearest
    with np.errstate(all="ignore"):
        unit = np.spacing(np.minimum(np.abs(nearest), LARGEST))
        steps = (np.clip(found, -LARGEST, LARGEST) - np.clip(nearest, -LARGEST, LARGEST)) / unit
        off = np.abs(steps + infinite(found) - infinite(nearest) - true.rest)
    same = np.isinf(found) & (found == nearest) | np.isnan(found) & np.isnan(nearest)
    return np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))


def infinite(x: Array) -> Array:
    """The sign of an infinity, 0 for what is finite."""
    return np.where(np.isinf(x), np.sign(x), 0.0)


# -------------------------------------------------------------------------------------------------------- the functions


def by_machine(row: Op, columns: Columns) -> tuple[Array, Array]:
    """The values in machine code, with the lanes of this processor, and which of them are flagged."""
    from symdiff.numeric.llvm.kernel import Kernel
    from symdiff.numeric.tape import Plan, Step

    places, values = tuple(range(row.arity)), np.empty((1, len(columns[0])))
    plan = Plan(places, (), {}, (Step(row.name, row.arity, places),), (row.arity,))
    flags = np.zeros(len(columns[0]), bool)
    flags[Kernel(plan)(columns, [], values)] = True
    return values[0], flags


def by_numpy(row: Op, columns: Columns) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(on_arrays(row)(*columns))


def by_numbers(row: Op, columns: Columns) -> Array:
    function = on_numbers(row)
    return np.array([float(function(*point)) for point in points(columns)])


# -------------------------------------------------------------------------------------------------------------- tables


def tables(quick: bool) -> list[Table]:
    counts = (800, 60) if quick else (30_000, 3_000)
    return [of_doubles(*counts), of_the_pair(counts[0])]


def of_doubles(count: int, count_of_slow: int) -> Table:
    rows = [measured(row, count_of_slow if is_slow(row) else count) for row in NUMERIC]
    heads = ["float64", "points", "machine code", "NumPy", "numbers", "flagged, ordinary", "flagged, all", "worst at"]
    return Table("Largest errors in ulp, in double precision", heads, rows, [environment()])


def measured(row: Op, count: int) -> list[Cell]:
    """The line of one row."""
    columns = arguments(row, count)
    true = truth(row, columns)
    said: dict[str, Worst | None] = {"machine code": None}
    flags = None
    if find_spec("llvmlite"):
        values, flags = by_machine(row, true.columns)
        said["machine code"] = None if flags.all() else worst(values, true, flags)
    said["NumPy"] = worst(by_numpy(row, true.columns), true)
    said["numbers"] = worst(by_numbers(row, true.columns), true)
    name = row.name + ("*" if is_slow(row) else "")
    return [name, valued(true), *map(figure, said.values()), *shares(row, columns, flags), place(said)]


def valued(true: Truth) -> int:
    """At how many of the points there is a value."""
    return int(np.count_nonzero(~np.isnan(true.nearest)))


def figure(one: Worst | None) -> Cell:
    """Two decimals, so that lines can be compared."""
    return None if one is None else f"{one.error:.2f}"


def shares(row: Op, columns: Columns, flags: Array | None) -> list[Cell]:
    """Of the flagged lanes, at ordinary arguments and at all; empty where there are none."""
    if flags is None:
        return ["", ""]
    usual = by_machine(row, [column[: len(column) // 4].copy() for column in columns])[1]
    return [f"{share.mean():.1%}" if share.any() else "" for share in (usual, flags)]


def place(said: dict[str, Worst | None]) -> str:
    """Of the largest error of all ways to compute, if that is more than rounding."""
    way, one = max([(way, one) for way, one in said.items() if one is not None], key=lambda pair: pair[1].error)
    return f"{way}: {', '.join(map(repr, one.at))}" if one.error > 0.501 else ""


def of_the_pair(count: int) -> Table:
    """`sine_and_cosine` writes both in NumPy, for a price below that of either."""
    (angles,) = arguments(ops.sin, count)
    angles = angles[np.abs(angles) <= FARTHEST]
    sine, cosine = np.empty_like(angles), np.empty_like(angles)
    sine_and_cosine(angles, sine, cosine)
    rows: list[Sequence[Cell]] = []
    for row, values in ((ops.sin, sine), (ops.cos, cosine)):
        true = truth(row, [angles])
        one = worst(values, true)
        rows.append([row.name, valued(true), figure(one), place({"NumPy": one})])
    heads = ["together", "points", "NumPy", "worst at"]
    return Table("Sine and cosine of one array together, up to 2^45", heads, rows)


def environment() -> str:
    """What the figures depend on besides this package."""
    libc = " ".join(platform.libc_ver()) or "the C library of the system"
    if not find_spec("llvmlite"):
        return f"NumPy {np.__version__}; numbers by {libc}; no machine code: llvmlite is not installed."
    from symdiff.numeric.llvm.engine import host

    return f"Machine code with {host().lanes} lanes; NumPy {np.__version__}; numbers by {libc}. No machine code: –."
