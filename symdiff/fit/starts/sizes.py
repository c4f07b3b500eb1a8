"""Places of the search by the sizes that a formula and its data suggest: seeded, spread evenly over several decades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from symdiff.core.expr import Expr
from symdiff.core.fold import free_symbols
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.starts.roles import Roles, Wave, constant, distance
from symdiff.numeric.compile import compile

NEAR, FAR = 1.0, 3.0  # decades around a suggested size: most samples are within the first, all within the second
POSITIVE: Final = 0.75  # of sizes are tried with this sign: people write minus signs into formulas
DEEP: Final = 1.7  # decades below the range of the data to which distances go
POWERS: Final = np.array([0.5, 1, 2, 3, 1.5, -1, -0.5, -2, 0.25, 4, -3, 0.1])
MOST: Final = 20_000  # samples of a frequency


class Sampler:
    """Draws values of the searched parameters, in the order of `names`, within their bounds.

    `columns` are the data, or a part of them that has 1/`finer` of the rows.
    """

    def __init__(
        self,
        roles: Roles,
        names: Sequence[str],
        columns: Mapping[str, Vector],
        lower: Vector,
        upper: Vector,
        given: Mapping[str, float],
        peaks: Mapping[str, Vector],
        finer: float = 1.0,
    ) -> None:
        self.roles, self.names, self.columns = roles, tuple(names), columns
        self.lower, self.upper, self.given, self.peaks = lower, upper, given, peaks
        self.logs = {name: logs_of(column) for name, column in columns.items()}
        self.gauges = {name: gauge_of(wave, columns, finer) for name, wave in roles.waves.items()}
        self.unknowns, self.solution = solved(roles.equations, columns)

    @property
    def peaked(self) -> bool:
        """Whether the data have peaks at which places could be."""
        return any(len(at) for at in self.peaks.values())

    def draw(self, m: int, rng: np.random.Generator, picked: bool = False) -> Square:
        """m samples, one in a row; `picked`: places are those of peaks of the data, in rising order."""
        sizes: dict[str, Vector] = {}
        rows = rng.integers(len(next(iter(self.columns.values()))) if self.columns else 1, size=m)
        for name, (low, span) in self.logs.items():
            own = low[rows]
            sizes[name] = np.where(rng.random(m) < 0.5, own, span) if np.isfinite(span) else own
        values = self.places(m, rng, sizes, picked)
        known = np.array([sizes.get(key, np.zeros(m)) for key in self.unknowns[1]]).reshape(-1, m)
        logs = self.logs_from(known, rng) + self.solution[:, -1:]
        suggested = dict(zip(self.unknowns[0], logs, strict=True))
        for name in self.names:
            if name not in values:
                values[name] = self.value(name, suggested.get(name, np.zeros(m)), m, rng)
        self.shift(values, rows, rng)
        found = np.array([self.bounded(i, values[name], rng) for i, name in enumerate(self.names)])
        return found.reshape(len(self.names), m).T

    def logs_from(self, known: Square, rng: np.random.Generator) -> Square:
        """The suggested sizes, less numbers: from one row of data for all parameters, or from a row for each."""
        m = known.shape[1]
        own = rng.random(m) < 0.5
        found = self.solution[:, :-1] @ known
        for i, weights in enumerate(self.solution[:, :-1]):
            found[i] = np.where(own, weights @ known[:, rng.permutation(m)], found[i])
        return found

    def value(self, name: str, log: Vector, m: int, rng: np.random.Generator) -> Vector:
        """Values of a parameter by the part it plays."""
        if name in self.given:
            return np.full(m, self.given[name])
        u = even(m, rng)
        if name in self.gauges:
            return self.turning(name, u, rng)
        if name in self.roles.phases:
            return 2 * np.pi * u / abs(constant(self.roles.phases[name]) or 1.0)
        sign = np.where(rng.random(m) < POSITIVE, 1.0, -1.0)
        if name in self.roles.bases:
            g = column_of(self.roles.bases[name], self.columns)
            return np.exp(sign * np.exp(decades(u)) / (np.ptp(g) or 1.0))
        with np.errstate(over="ignore"):
            by_size = sign * np.exp(log + decades(u))
        if name in self.roles.powers:
            return np.where(rng.random(m) < 0.5, by_size, POWERS[(u * len(POWERS)).astype(int) % len(POWERS)])
        return by_size

    def turning(self, name: str, u: Vector, rng: np.random.Generator) -> Vector:
        """Frequencies up to the one that the spacing of the data can show, low ones more often; or their periods."""
        fastest, slowest, period = self.gauges[name]
        low = rng.random(len(u)) < 0.5
        w = np.where(low, u * u, u) * fastest + 0.1 * slowest
        return 1 / w if period else w

    def count(self, names: Sequence[str]) -> int:
        """How many samples it takes to search over these parameters."""
        cells = [self.gauges[name][0] / self.gauges[name][1] for name in names if name in self.gauges]
        few = {0: 1, 1: 200, 2: 800}.get(len(names), 1500)
        return max(few, min(int(8 * np.prod(cells) * (1 + (len(names) > len(cells)))), MOST)) if cells else few

    def places(self, m: int, rng: np.random.Generator, sizes: dict[str, Vector], picked: bool) -> dict[str, Vector]:
        """Values of the places whose sums have columns beside them only, and the distances of the data from them."""
        found: dict[str, Vector] = {}
        for name, place in self.roles.places.items():
            if not place.alone or name not in self.names or name in self.roles.phases:
                continue
            data = np.sort(-column_of(place.rest, self.columns) / place.factor)
            span = float(np.ptp(data)) or abs(float(data[0])) or 1.0
            found[name], within = somewhere(data, span, m, rng)
            if picked and len(self.peaks.get(name, ())):
                found[name], within = rng.choice(self.peaks[name], m), np.ones(m, bool)
            if name in self.given:
                found[name] = np.full(m, self.given[name])
                within = np.full(m, data[0] <= self.given[name] <= data[-1])
            near = np.log(span) - np.log(10) * DEEP * rng.random(m)
            far = np.log(np.abs(found[name] - np.median(data)) + 1e-3 * span)
            sizes[distance(name)] = np.where(within, near, far)
        if picked:
            self.in_order(found)
        return found

    def in_order(self, found: dict[str, Vector]) -> None:
        """Places on the same scale rise in the order of their names in the formula."""
        alike: dict[Expr, list[str]] = {}
        for name in found:
            if name not in self.given:
                alike.setdefault(self.roles.places[name].rest, []).append(name)
        for names in alike.values():
            table = np.sort(np.array([found[name] for name in names]), axis=0)
            found.update(zip(names, table, strict=True))

    def shift(self, values: dict[str, Vector], rows: NDArray[np.int64], rng: np.random.Generator) -> None:
        """Give most places in sums with other parameters the value at which the sum is 0 in one of the rows."""
        for name, place in self.roles.places.items():
            if place.alone or name not in values or name in self.roles.phases or name in self.given:
                continue
            there = {column: array[rows] for column, array in self.columns.items()} | values
            with np.errstate(all="ignore"):
                zero = -column_of(place.rest, there) / place.factor
            take = np.isfinite(zero) & (rng.random(len(zero)) < 0.75)
            values[name] = np.where(take, zero, values[name])

    def bounded(self, i: int, values: Vector, rng: np.random.Generator) -> Vector:
        """The values, those out of bounds replaced: between two bounds at random, beyond one by reflection."""
        low, high = self.lower[i], self.upper[i]
        out = (values < low) | (values > high)
        if not out.any():
            return values
        if np.isfinite(low) and np.isfinite(high):
            return np.where(out, low + (high - low) * rng.random(len(values)), values)
        return np.where(out, 2 * (low if np.isfinite(low) else high) - values, values)


def somewhere(data: Vector, span: float, m: int, rng: np.random.Generator) -> tuple[Vector, NDArray[np.bool_]]:
    """Places among sorted data, beyond their ends, or of the size of one of them; and whether it is the first."""
    u = even(m, rng)
    quantile = np.interp(u, np.linspace(0, 1, len(data)), data)
    inside = np.where(rng.random(m) < 0.5, quantile, data[0] + u * span)
    reach = span * 10.0 ** rng.uniform(-1, 1.5, m)
    outside = np.where(rng.random(m) < 0.5, data[0] - reach, data[-1] + reach)
    within = rng.random(m) < 0.75
    sized = rng.random(m) < 0.25
    by_size = rng.choice(data, m) * np.where(rng.random(m) < 0.5, 1.0, -1.0) * np.exp(decades(even(m, rng)))
    return np.where(sized, by_size, np.where(within, inside, outside)), within & ~sized


def even(m: int, rng: np.random.Generator) -> Vector:
    """m numbers in [0, 1), one in each m-th part, in a random order: a side of a Latin hypercube."""
    return np.asarray((rng.permutation(m) + rng.random(m)) / m)


def decades(u: Vector) -> Vector:
    """Logarithms of factors: for three fifths of u within NEAR decades, for all within FAR."""
    t = 2 * u - 1
    return np.asarray(np.log(10) * np.interp(t, [-1, -0.6, 0.6, 1], [-FAR, -NEAR, NEAR, FAR]))


def logs_of(column: Vector) -> tuple[Vector, float]:
    """The logarithms of the sizes of a column, row by row, and that of its range (-inf where it is constant)."""
    span = float(np.ptp(column)) if len(column) else 0.0
    with np.errstate(divide="ignore"):
        own = np.log(np.abs(column))
        whole = float(np.log(span))
    middle = np.median(own[np.isfinite(own)]) if np.isfinite(own).any() else 0.0
    return np.where(np.isfinite(own), own, middle), whole


def gauge_of(wave: Wave, columns: Mapping[str, Vector], finer: float) -> tuple[float, float, bool]:
    """The fastest frequency that the data can show, the slowest step between two, and whether it is one of periods.

    Data of which a part is at hand are `finer` than these; of their frequencies as many are tried as can be.
    """
    g = np.unique(column_of(wave.gauge, columns))
    steps = np.diff(g[np.isfinite(g)])
    if not len(steps):
        return 1.0, 1.0, wave.period
    fastest, slowest = float(np.pi / np.median(steps)), float(np.pi / steps.sum())
    return max(fastest, min(fastest * finer, slowest * MOST)), slowest, wave.period


def solved(
    equations: Sequence[Mapping[str, float]], columns: Mapping[str, Vector]
) -> tuple[tuple[list[str], list[str]], Square]:
    """The unknown sizes in terms of the known ones and 1, as the shortest solution of least squares."""
    keys = list(dict.fromkeys([key for equation in equations for key in equation if key]))
    known = [key for key in keys if key in columns or key.startswith("~")]
    unknown = [key for key in keys if key not in known]
    A = np.array([[e.get(key, 0.0) for key in unknown] for e in equations]).reshape(len(equations), len(unknown))
    B = np.array([[e.get(key, 0.0) for key in (*known, "")] for e in equations]).reshape(len(equations), len(known) + 1)
    return (unknown, known), -np.linalg.pinv(A, rcond=1e-9) @ B


def column_of(e: Expr, columns: Mapping[str, Vector]) -> Vector:
    """The values of a formula of named columns."""
    names = [s.name for s in free_symbols(e)]
    length = len(next(iter(columns.values())))
    return np.array(np.broadcast_to(compile(e, names)(*[columns[name] for name in names]), (length,)))
