"""The sums of least squares over a part of the data: small, and they add up, wherever the parts are, in any order.

`solve(partial(model, at, chunk) + partial(model, at, another) + ...)` is a Gauss-Newton step over all rows, the answer
itself where the model is linear; `fit_partials` repeats it to the end. A cluster, a database or a loop over files
needs nothing else: what travels are k^2 numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from symdiff.errors import DataError, FitError
from symdiff.fit.data.reading import judged, table
from symdiff.fit.data.table import Data, Square, Vector
from symdiff.fit.leastsquares.marquardt import STEPS, levenberg_marquardt
from symdiff.fit.leastsquares.plane import AnySystem, System, Turned, summed
from symdiff.fit.leastsquares.systems import Many
from symdiff.fit.many.step import determined, gauss_newton
from symdiff.fit.methods.rates import real
from symdiff.fit.problem import Plan, Problem, plan_for, problem_of
from symdiff.fit.request import Bounds, Models, asked, ends
from symdiff.fit.words import listed
from symdiff.text.parse import Formula
from symdiff.text.show import show

LOOSE: Final = 1e-10  # of a parameter's share in all directions: less of one that is not determined is rounding


@dataclass(frozen=True, eq=False)
class Partial:
    """The sums over some rows at one place: they form a commutative monoid under +, with NOTHING for its zero.

    names    the parameters searched, k of them, and `at` their values, at which the sums were made
    matrix   [J r]'[J r], of shape (k + 1, k + 1), for the residuals r (divided by sigma) and their slopes J; where
             `turned`, the triangle R of the QR factorisation of [J r] instead, which keeps twice the digits
    loss     the sum of the losses, r'r for least squares
    rows     how many rows were used, times `responses` residuals each
    skipped  how many rows were not, by reason

    Adding in a tree rather than in a row keeps rounding small. Raises FitError for sums made at different places.

    >>> one = partial("m*x + b", {"m": 0, "b": 0}, {"x": [0, 1], "y": [1, 3]})
    >>> two = partial("m*x + b", {"m": 0, "b": 0}, {"x": [2, 3], "y": [5, None]})
    >>> total = one + two
    >>> total.rows, total.skipped, {name: round(value, 9) for name, value in solve(total).values.items()}
    (3, {'y is empty': 1}, {'m': 2.0, 'b': 1.0})
    """

    names: tuple[str, ...]
    at: tuple[float, ...]
    matrix: Square
    loss: float
    rows: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    turned: bool = False
    responses: int = 1

    def __post_init__(self) -> None:
        matrix = np.asarray(self.matrix, float)
        if matrix.shape != (len(self.names) + 1,) * 2 or len(self.at) != len(self.names):
            shape = "x".join(map(str, matrix.shape))
            raise FitError(
                f"sums of shape {shape} for {len(self.names)} parameters", "give k + 1 rows of k + 1 numbers"
            )
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "at", tuple([float(value) for value in self.at]))

    def __add__(self, other: Partial) -> Partial:
        if not isinstance(other, Partial):
            return NotImplemented
        if not self.names or not other.names:
            return self if self.names else other
        if (self.names, self.at, self.turned) != (other.names, other.at, other.turned):
            told = f"{self.place()} and {other.place()}"
            raise FitError(
                f"sums made at different places cannot be added: {told}", "make all of them anew at one place"
            )
        matrix = triangle([self.matrix, other.matrix]) if self.turned else self.matrix + other.matrix
        skipped = {
            reason: self.skipped.get(reason, 0) + other.skipped.get(reason, 0)
            for reason in sorted({*self.skipped, *other.skipped})
        }
        rows, loss = self.rows + other.rows, self.loss + other.loss
        return Partial(self.names, self.at, matrix, loss, rows, skipped, self.turned, self.responses)

    def __radd__(self, other: Any) -> Partial:
        return self if other == 0 else NotImplemented  # so that the built-in `sum` works

    def place(self) -> str:
        """Where it was made, in words."""
        kind = ", turned" if self.turned else ""
        return listed([f"{name} = {value:g}" for name, value in zip(self.names, self.at, strict=True)]) + kind

    def plain(self) -> dict[str, Any]:
        """The same as plain data, safe for JSON: `Partial.of` reads them.

        >>> one = partial("a", {"a": 1}, {"y": [3, 5]}, x=[])
        >>> Partial.of(one.plain()).matrix.tolist()
        [[2.0, -6.0], [-6.0, 20.0]]
        """
        return {
            "names": list(self.names), "at": list(self.at), "matrix": self.matrix.tolist(), "loss": self.loss,
            "rows": self.rows, "skipped": dict(self.skipped), "turned": self.turned, "responses": self.responses,
        }  # fmt: skip

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Partial:
        """From plain data, as SQL or JSON give them; what is left out has its default."""
        return cls(**{**plain, "names": tuple(plain["names"]), "at": tuple(plain["at"])})

    def system(self) -> AnySystem | None:
        """The reduced system R s + z of all these rows; None where a sum is not finite."""
        k = len(self.names)
        if not np.isfinite(self.matrix).all() or not np.isfinite(self.loss):
            return None
        if self.turned:
            return System(self.loss, self.matrix[:k, :k], self.matrix[:k, k])
        return summed(self.matrix, self.loss)


NOTHING: Final = Partial((), (), np.zeros((1, 1)), 0.0)


def triangle(triangles: Sequence[Square]) -> Square:
    """The triangle of triangles below each other."""
    return np.asarray(np.linalg.qr(np.vstack(triangles), mode="r"))


def partial(
    model: Models | Plan,
    at: Mapping[str, float],
    chunk: Any,
    y: Formula | Sequence[Formula] | None = "y",
    x: str | Sequence[str] | None = None,
    *,
    turned: bool = False,
    **options: Any,
) -> Partial:
    """The sums of least squares over the rows of a chunk, with the parameters at a place.

    `at` has a number for each parameter that is searched. `chunk` is anything `fit` takes as data; a row that cannot
    be used is counted with its reason, and a chunk without any usable row gives sums of 0. `options` are those of `fit`
    that say what is fitted: sigma, weights, fixed, tied, loss. `turned` makes triangles instead of sums: slower, for
    models whose parameters are hard to tell apart. Raises FitError and DataError for what concerns all rows.

    >>> partial("a*x", {"a": 1}, {"x": [1, 2], "y": [3, 4]}).matrix.tolist()
    [[5.0, -6.0], [-6.0, 8.0]]
    """
    if isinstance(model, Plan):
        plan, found = model, table(chunk, model.inputs or ("x",), show(model.responses[0]))
    else:
        ask, found = asked(model, chunk, y, x, tuple(at), **options)
        plan = plan_for(ask, found)
    return over(plan, place_of(plan.free, at), judged(found, plan.read), turned)


def place_of(names: Sequence[str], at: Mapping[str, float]) -> Vector:
    """The values of parameters in their order. Raises FitError for one that is missing."""
    if missing := [name for name in names if name not in at]:
        raise FitError(f"no value for {listed(missing)}", f"the sums are made at a place: give all of {listed(names)}")
    return np.array([real(at[name], f"the value of {name}") for name in names])


def over(plan: Plan, at: Vector, data: Data, turned: bool) -> Partial:
    """The sums over data whose columns are finite."""
    width, skipped = len(at) + 1, data.skipped.counts() if len(data.skipped) else {}
    names, place, responses = plan.free, tuple(at.tolist()), len(plan.residuals)
    empty = Partial(names, place, np.zeros((width, width)), 0.0, 0, skipped, turned, responses)
    if not len(data):
        return empty
    try:
        problem = problem_of(plan, data)
    except DataError:  # no row of this chunk has a weight, which is no fault of the others
        more = {**skipped, "no weight or response that can be used": len(data)}
        return Partial(names, place, empty.matrix, 0.0, 0, more, turned, responses)
    skipped = problem.data.skipped.counts() if len(problem.data.skipped) else {}
    matrix, loss = turned_over(problem, at) if turned else summed_over(problem, at)
    return Partial(names, place, matrix, loss, len(problem), skipped, turned, responses)


def summed_over(problem: Problem, at: Vector) -> tuple[Square, float]:
    """[J r]'[J r] and the loss."""
    with np.errstate(all="ignore"):
        G, loss = Many(problem.plan, [problem.arrays]).total(at)
    return G, float(G[-1, -1]) if loss is None else loss


def turned_over(problem: Problem, at: Vector) -> tuple[Square, float]:
    """The triangle of [J r] and the loss."""
    whole, width = Turned(), len(at) + 1
    with np.errstate(all="ignore"):
        for rows, cost in Many(problem.plan, [problem.arrays]).blocks(at):
            if not np.isfinite(rows).all():
                return np.full((width, width), np.nan), np.nan
            whole.add(rows, cost)
    assert whole.R is not None
    R = np.zeros((width, width))
    R[: len(whole.R)] = whole.R
    return R, whole.loss


# --------------------------------------------------------------------------------------------------------- solutions


class Solution(NamedTuple):
    """Parameters and their standard errors (infinite where the rows do not determine them), with what they come from.

    `loss` is what is foreseen after the step; `reason` says why the search ended: "step" after a single step.
    """

    values: dict[str, float]
    errors: dict[str, float]
    loss: float
    rows: int
    skipped: Mapping[str, int]
    system: AnySystem
    reason: str = "step"


def solve(total: Partial, absolute_sigma: bool = False) -> Solution:
    """The parameters after one Gauss-Newton step from the place of the sums: for a linear model the least squares.

    `absolute_sigma` takes the sigmas as they are, and does not scale the errors by the residuals. Raises FitError if
    there is no row, or if a sum is not finite.

    >>> found = solve(partial("m*x", {"m": 0}, {"x": [1, 2, 3], "y": [2, 4, 6.3]}))
    >>> round(found.values["m"], 9), round(found.errors["m"], 9)
    (2.064285714, 0.033881546)
    """
    system = total.system()
    if system is None:
        raise FitError(f"the sums at {total.place()} are not finite", "make them at a place where the model has values")
    if not total.rows:
        raise FitError("the sums are over no row at all", "look at .skipped for the reasons")
    step, loss, _ = gauss_newton(system)
    return solution(total, system, np.array(total.at) + step, loss, absolute_sigma, "step")


def solution(total: Partial, system: AnySystem, at: Vector, loss: float, absolute: bool, reason: str) -> Solution:
    """Values with their errors: the diagonal of inv(J'J), times loss/(N - k) unless the sigmas are absolute."""
    scale = system.lengths()
    S, Vt, _ = system.spectrum(scale)
    solid = determined(system, S)
    spare = total.rows * total.responses - int(solid.sum())
    variance = 1.0 if absolute else loss / spare if spare > 0 else np.nan
    squares = np.square(Vt.T / scale[:, None])
    errors = np.sqrt(variance * (squares[:, solid] / np.square(S[solid])).sum(axis=1))
    loose = squares[:, ~solid] > LOOSE * squares.max(axis=1, keepdims=True)
    errors = np.where(loose.any(axis=1), np.inf, errors).tolist()
    values = dict(zip(total.names, at.tolist(), strict=True))
    return Solution(
        values, dict(zip(total.names, errors, strict=True)), loss, total.rows, total.skipped, system, reason
    )


def fit_partials(
    total: Callable[[dict[str, float]], Partial],
    start: Mapping[str, float],
    *,
    bounds: Bounds | None = None,
    absolute_sigma: bool = False,
    steps: int = STEPS,
) -> Solution:
    """The least loss, where `total` makes the sums over all rows at any place, by Levenberg and Marquardt's method.

    `total` is called with values of the parameters, some ten times: it may send them to where the data are. Raises
    FitError where the sums at the start are not finite.

    >>> chunks = [{"x": [0, 1], "y": [2.0, 1.0]}, {"x": [2, 3], "y": [0.5, 0.25]}]
    >>> total = lambda at: sum(partial("a*exp(-b*x)", at, chunk) for chunk in chunks)
    >>> {name: round(value, 9) for name, value in fit_partials(total, {"a": 1, "b": 1}).values.items()}
    {'a': 2.0, 'b': 0.693147181}
    """
    first = total(dict(start))
    if set(first.names) != set(start):
        told = f"the start names {listed(start)}, the sums have {listed(first.names) or 'no parameter'}"
        raise FitError(told, "give a start to every parameter that is searched, and to no other")
    known = [first]  # the sums at the start are not made twice

    def plane(at: Vector) -> AnySystem | None:
        place = dict(zip(first.names, at.tolist(), strict=True))
        return (known.pop() if known and tuple(at) == first.at else total(place)).system()

    limits = np.array([ends((bounds or {}).get(name, (None, None)), name) for name in first.names]).reshape(-1, 2)
    ended = levenberg_marquardt(plane, np.array(first.at), lower=limits[:, 0], upper=limits[:, 1], steps=steps)
    if ended.system is None:
        raise FitError(f"the sums at the start {first.place()} are not finite", "start where the model has values")
    return solution(first, ended.system, ended.at, ended.system.loss, absolute_sigma, ended.reason)
