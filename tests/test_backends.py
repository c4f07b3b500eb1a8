"""All back ends against proven bounds: 1,000 random expressions of the table, at ordinary and at extreme points.

The judge is a ball that grows by 4 units in the last place at every operation: where the formula is well conditioned
this is 4 units of the value, and where it is not, no sequence of such operations does better. At a point where the ball
leaves open whether there is a value, or which branch is taken, nothing is asked.
"""

import math
from functools import cache

import numpy as np
import pytest
from drawn import ROWS, Draw
from flint import arb

from symdiff.core import ops
from symdiff.core.expr import Sym
from symdiff.numeric.arrays import has_native
from symdiff.numeric.compile import compile
from symdiff.points.ball import as_ball, on_balls, precise
from symdiff.points.point import Fault, evaluate

BITS = 400
UNITS = 2.0**-50  # four units in the last place, of the least significand
SMALLEST = 4 * 5e-324
SMALL = [0.0, 0.3, -0.7, 0.9999999, 1e-9, -1.5, 2.5, -3.75, 40.0]
EXTREME = [1e-320, -2e-310, 1e-200, -1e-155, 1e-90, 1e77, -1e154, 3e160, -1e300, 1.7e308, 1e22, 123456.789, 1e6]
GROUP = 40

BACKENDS = ["math", "numpy", pytest.param("llvm", marks=pytest.mark.skipif(not has_native(), reason="no llvmlite"))]


def points():
    """Each number as the first coordinate and as the second, beside an ordinary one and beside any other."""
    all_of_them = [*SMALL, *EXTREME]
    beside = [(u, SMALL[(2 * i + 1) % len(SMALL)]) for i, u in enumerate(all_of_them)]
    across = [(all_of_them[(7 * i + 3) % len(all_of_them)], u) for i, u in enumerate(all_of_them)]
    return np.array(beside + across)


def formulas(count=1000):
    draw = Draw(20261121)
    return [draw.expression(ROWS[i % len(ROWS)], 1 + i % 3) for i in range(count)]


def grown(ball):
    """The ball, wider by four units in the last place of the largest value in it."""
    return ball if ball == 0 and ball.is_exact() else ball + arb(0, abs(ball).upper() * UNITS + SMALLEST)


def rounded(row, parts):
    """A row on balls, as floats would have it: off by some units; what is beyond the floats is no ball."""
    found = on_balls(row, [part if isinstance(part, arb) else as_float(part) for part in parts])
    if isinstance(found, bool):
        return found
    if not abs(found) < 1e308:
        raise OverflowError("beyond the floats")
    return grown(found)


def as_float(number):
    """An exact number, rounded unless it is a float."""
    ball = as_ball(number)
    return ball if abs(number) < 1e300 and float(number) == number else grown(ball)


@cache
def bounds(e, u, v):
    """The ball around the value; nan where there is certainly none, None where that is open."""
    with precise(BITS):
        found = evaluate(e, {Sym("x"): arb(u), Sym("y"): arb(v)}, rounded)
        if isinstance(found, Fault):
            return math.nan if is_outside(found) else None
        return found if isinstance(found, arb) else as_float(found)


def is_outside(fault):
    """Whether the arguments certainly lie outside of the domain of the row."""
    row, args = fault.node.op, fault.args
    if row.domain is None or row in (ops.pow, ops.root) or not all(isinstance(arg, arb) for arg in args):
        return False  # of powers and roots the column says less than the whole
    names = [Sym(f"a{i}") for i in range(len(args))]
    return evaluate(row.domain(*names), dict(zip(names, args, strict=True)), on_balls) is False


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_value_lies_in_the_ball(backend):
    columns = points()
    drawn, asked, missed = formulas(), 0, []
    for start in range(0, len(drawn), GROUP):
        group = drawn[start : start + GROUP]
        rows = values(backend, group, columns)
        for e, row in zip(group, rows, strict=True):
            for (u, v), value in zip(columns.tolist(), row, strict=True):
                ball = bounds(e, u, v)
                if ball is None:
                    continue
                asked += 1
                if not (math.isnan(value) if ball != ball else value == value and ball.contains(value)):
                    missed.append((e, u, v, value, ball))
    assert not missed, f"{len(missed)} of {asked}: {missed[:5]}"
    assert asked > 20_000


def values(backend, group, columns):
    """A row of values for each formula."""
    function = compile(group, "x y", backend=backend)
    if backend == "math":
        return list(zip(*[function(u, v) for u, v in columns.tolist()], strict=True))
    return [row.tolist() for row in function(columns[:, 0].copy(), columns[:, 1].copy())]
