"""Columns of the data that are others in another unit."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from symdiff.core.expr import Sym
from symdiff.fit.data.table import Vector
from symdiff.fit.problem import Problem
from symdiff.fit.statistics.determined.writing import number, plus, times
from symdiff.fit.statistics.portions import BLOCK
from symdiff.text.show import show

MOST: Final = 20  # columns that are held against each other


def collinear(problem: Problem) -> tuple[str, ...]:
    """Columns of the model that are others in another unit, `v = 2*u + 1`, in every row.

    >>> from symdiff import fit
    >>> found = fit("a*u + b*v + c", {"u": [1, 2, 4, 8], "v": [3, 5, 9, 17], "y": [1, 2, 3, 5]})
    >>> collinear(found.problem)
    ('v = 2*u + 1',)
    """
    columns = [(name, problem.named[name]) for name in problem.inputs[:MOST] if name in problem.named]
    told = []
    for (one, u), (other, v) in combinations(columns, 2):
        low, high = int(u.argmin()), int(u.argmax())
        if u[low] == u[high]:
            continue
        slope = float((v[high] - v[low]) / (u[high] - u[low]))
        offset = float(v[low] - slope * u[low])
        if slope and near_line(u, v, slope, offset):
            small = abs(offset) <= 1e-9 * float(np.abs(v[[low, high]]).max())
            line = times(slope, Sym(one)) if small else plus(times(slope, Sym(one)), 1.0, number(offset))
            told.append(f"{other} = {show(line)}")
    return tuple(told)


def near_line(u: Vector, v: Vector, slope: float, offset: float) -> bool:
    """Whether v = slope u + offset in every row, to rounding."""
    enough = 1e-11 * max(abs(slope) * float(np.abs(u).max()), abs(offset))
    for start in range(0, len(u), BLOCK):
        some = slice(start, start + BLOCK)
        if not (np.abs(v[some] - slope * u[some] - offset) <= enough).all():
            return False
    return True
