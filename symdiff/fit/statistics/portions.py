"""The rows of a problem in portions, so that what is computed row by row takes constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from symdiff.fit.problem import Problem

BLOCK: Final = 1 << 16  # rows that are looked at together


def parts(problem: Problem, size: int = BLOCK) -> Iterator[Problem]:
    """The problem in blocks of rows."""
    if len(problem) <= size or not problem.arrays:
        yield problem
        return
    for low in range(0, len(problem), size):
        yield part_of(problem, slice(low, low + size))


def part_of(problem: Problem, where: slice) -> Problem:
    """The problem of some of the rows; nothing is copied."""
    data = replace(problem.data, columns={}, rows=problem.data.rows[where])
    return Problem(problem.plan, data, {name: column[where] for name, column in problem.named.items()}, problem.scale)


def sample(problem: Problem, most: int) -> Problem:
    """At most so many of the rows, spread over all."""
    step = -(-len(problem) // most)
    return problem if step <= 1 or not problem.arrays else part_of(problem, slice(0, len(problem), step))
