"""Parameters that the data leave open only three or more together: what is determined of a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Final, TypeAlias

import numpy as np

from symdiff.core.expr import Num
from symdiff.core.ops import exp
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.statistics.determined.pairs import vanishes
from symdiff.fit.statistics.determined.quantity import Quantity, Trial
from symdiff.fit.statistics.determined.writing import by, plus, simple, times
from symdiff.fit.statistics.shape import BLURRED, Bools
from symdiff.text.show import show

Told: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], bool]  # names, what is determined, whether exactly

MANY: Final = 5  # parameters at a time that are told from logarithms


def groups_of(quantities: Sequence[Quantity]) -> list[tuple[list[Quantity], Square]]:
    """Quantities that are left open only together, with the directions in which, one column each."""
    if len(quantities) < 3:
        return []
    lengths = np.array([np.linalg.norm(one.column) for one in quantities])
    matrix = np.array([one.column for one in quantities]).T / lengths
    _, s, Vt = np.linalg.svd(matrix)
    rank = int((s > BLURRED * s[0]).sum())
    null = reduced(Vt[rank:]) / lengths
    groups = []
    left = [set(np.flatnonzero(row).tolist()) for row in null]
    while left:
        members = left.pop()
        while touching := [other for other in left if other & members]:
            members = members.union(*touching)
            left = [other for other in left if other not in touching]
        rows = [row for row in null if set(np.flatnonzero(row).tolist()) <= members]
        order = sorted(members)
        groups.append(([quantities[i] for i in order], np.array(rows)[:, order].T))
    return groups


def reduced(rows: Square) -> Square:
    """The reduced row echelon form, what is rounding set to 0."""
    matrix, at = np.array(rows, float), 0
    for column in range(matrix.shape[1]):
        if at == len(matrix):
            break
        pivot = at + int(np.abs(matrix[at:, column]).argmax())
        if abs(matrix[pivot, column]) <= 1e-8 * np.abs(rows).max():
            matrix[at:, column] = 0.0
            continue
        matrix[[at, pivot]] = matrix[[pivot, at]]
        matrix[at] /= matrix[at, column]
        others = np.arange(len(matrix)) != at
        matrix[others] -= np.outer(matrix[others, column], matrix[at])
        at += 1
    matrix[np.abs(matrix) <= 1e-8 * np.abs(matrix).max(axis=1, initial=1e-300, keepdims=True)] = 0.0
    return matrix


def together(group: Sequence[Quantity], null: Square, trial: Trial) -> Told:
    """What a group determines: in the parameters, or the logarithms of some, whichever keeps the fit along the null."""
    names = tuple([name for one in group for name in one.members])
    values = np.array([one.value(trial.at) for one in group])
    linear = np.zeros(len(group), bool)
    for logs, whole in [*[(logs, True) for logs in choices(values)], (linear, False)]:
        directions = np.where(logs, null.T / np.where(values, values, 1.0), null.T)
        found = complements(directions)
        if whole:
            found = [rows for rows in found if all([simple(w) is not None for w in rows.ravel().tolist() if w])]
            if not logs.any() and any([vanishes(row, values) for rows in found[:1] for row in rows]):
                continue
        if found and all(stays(group, values, t, logs, trial) for t in directions):
            exact = all([one.exact for one in group])
            return names, shortest(found, group, logs), exact
    return names, shortest(complements(null.T), group, linear), False


def shortest(found: Sequence[Square], group: Sequence[Quantity], logs: Bools) -> tuple[str, ...]:
    """Of several ways to write the same combinations the shortest, the first of those."""
    ways = [tuple([written(row, group, logs) for row in rows]) for rows in found]
    return min(ways, key=lambda texts: sum(map(len, texts)))


def choices(values: Vector) -> Iterator[Bools]:
    """Which quantities to take the logarithms of: none, all, then some."""
    count = len(values)
    yield np.zeros(count, bool)
    if count > MANY:
        every = np.ones(count, bool)
        yield from [every] if values.all() else []
        return
    for chosen in sorted(product((True, False), repeat=count), key=lambda one: -sum(one)):
        logs = np.array(chosen)
        if logs.any() and values[logs].all():
            yield logs


def complements(directions: Square) -> list[Square]:
    """The combinations that do not change along any of the directions, one a row, in reduced form.

    In which of the parameters they are reduced is a choice: all of them, of few, those that share the last first.
    """
    rank, count = len(directions), directions.shape[1]
    _, _, Vt = np.linalg.svd(directions)
    rows = Vt[rank:]
    if count > MANY:
        return [reduced(rows)]
    found = []
    for shared in reversed(list(combinations(range(count), rank))):
        order = [*[i for i in range(count) if i not in shared], *shared]
        whole = reduced(rows[:, order])
        if np.array_equal(whole[:, : count - rank], np.eye(count - rank)):
            found.append(whole[:, np.argsort(order)])
    return found or [reduced(rows)]


def stays(group: Sequence[Quantity], values: Vector, direction: Vector, logs: Bools, trial: Trial) -> bool:
    """Whether the fit is as good some way along a direction, and back."""
    sizes = np.where(logs, 1.0, np.where(values, np.abs(values), 1.0))
    for way in (0.25, -0.25):
        step = way * direction / np.abs(direction / sizes).max()
        there, alone = trial.at.copy(), 0.0
        for one, new in zip(group, np.where(logs, values * np.exp(step), values + step).tolist(), strict=True):
            one.put(there, new)
            alone = max(alone, trial.change(there))  # the first has nothing yet that makes up for it
        if not trial.same(there, alone):
            return False
    return True


def written(row: Vector, group: Sequence[Quantity], logs: Bools) -> str:
    """A combination as a formula: powers of what has a logarithm, times the exponential of the sum of the rest."""
    total = factors = None
    for w, one, log in zip(row.tolist(), group, logs.tolist(), strict=True):
        if w and log:
            factors = one.formula if factors is None else by(factors, w, one.formula)
        elif w:
            total = times(w, one.formula) if total is None else plus(total, w, one.formula)
    if factors is None or total is None:
        return show(total if factors is None and total is not None else factors or Num(0))
    return show(factors * exp(total))
