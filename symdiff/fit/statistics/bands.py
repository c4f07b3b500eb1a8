"""Predictions of a fitted model, and the bands within which the curve, or the next measurement, is to be expected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import free_symbols, subs
from symdiff.errors import DataError, FitError
from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.slopes import slopes
from symdiff.fit.problem import Plan, Problem
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.statistics.intervals import quantile_of
from symdiff.fit.statistics.portions import BLOCK
from symdiff.fit.statistics.shape import errors_of
from symdiff.fit.words import listed
from symdiff.numeric.compile import Compiled, compile
from symdiff.text.show import show

Inputs: TypeAlias = ArrayLike | Mapping[str, ArrayLike]
Prediction: TypeAlias = "float | Vector"
Band: TypeAlias = "tuple[Prediction, Prediction]"

T = TypeVar("T")

KINDS: Final = ("confidence", "prediction")


def predict(problem: Problem, values: Mapping[str, float], at: Inputs) -> Prediction | dict[str, Prediction]:
    """The models at one place or many: a number for a number, an array for a sequence; nan where there is no value.

    `values` are all parameters. Several models answer by the names of their responses. Raises DataError.

    >>> from symdiff import fit
    >>> found = fit("a*x", {"x": [1, 2], "y": [2, 4]})
    >>> predict(found.problem, {"a": 3.0}, [1, 5]).tolist()
    [3.0, 15.0]
    """
    plan = problem.plan
    columns, shape = inputs_at(problem, at)
    if missing := [name for name in plan.parameters if name not in values]:
        raise DataError(f"to predict, the model needs a value of {listed(missing)}", "give all parameters, or none")
    if "models" not in plan.settings:
        plan.settings["models"] = compile(plan.models, (*plan.parameters, *plan.inputs))
    program = plan.settings["models"]
    assert isinstance(program, Compiled)
    with np.errstate(all="ignore"):
        raw = program(*[float(values[name]) for name in plan.parameters], *columns.values())
    arrays = [np.broadcast_to(one, (math.prod(shape),)).reshape(shape) for one in raw]
    return by_response(plan, [shaped(np.where(np.isfinite(one), one, math.nan), shape) for one in arrays])


def band(statistics: Statistics, at: Inputs, level: float = 0.95, kind: str = "confidence") -> Band | dict[str, Band]:
    """The lower and the upper end of the band at these places, each of the shape of the question.

    "confidence" holds the curve, "prediction" the next measurement, at each place by itself with the chance `level`:
    the prediction plus and minus a quantile of Student's t times the root of g' C g (+ sigma^2), with the exact slopes
    g of the model in the parameters and their covariance C (Bates and Watts 1988, section 2.3.2). Infinite where the
    data do not determine the curve. Raises FitError without rows to spare, DataError for missing columns.

    >>> from symdiff import fit
    >>> found = fit("a*x", {"x": [1, 2, 3, 4], "y": [2.1, 3.9, 6.2, 7.8]})
    >>> low, high = band(found.statistics, [0.0, 10.0], kind="prediction")
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([-0.57, 18.71], [0.57, 21.09])
    """
    if kind not in KINDS:
        raise FitError(f"there is no band of kind {kind!r}", f"choose from {', '.join(KINDS)}")
    quantile = quantile_of(statistics, level)
    if statistics.widths is None:
        raise FitError(
            "the fit has no band: the loss curves down here", "take more rows, or a model with fewer parameters"
        )
    if not math.isfinite(quantile):
        why = "there are no more rows than parameters"
        raise FitError(f"the fit has no band: {why}", "take more rows, or a model with fewer parameters")
    if math.isnan(statistics.variance):
        hint = "take a loss that is curved, as one of the table"
        raise FitError("the fit has no band: its loss has no curvature that tells how far errors go", hint)
    columns, shape = inputs_at(statistics.problem, at)
    noise = noise_at(statistics, columns, at) if kind == "prediction" else [0.0] * len(statistics.problem.plan.models)
    return by_response(
        statistics.problem.plan,
        [
            ends(statistics, program, columns, shape, quantile, extra)
            for program, extra in zip(programs(statistics.problem.plan), noise, strict=True)
        ],
    )


def ends(
    statistics: Statistics,
    program: Compiled,
    columns: Mapping[str, Vector],
    shape: tuple[int, ...],
    quantile: float,
    noise: float | Vector,
) -> Band:
    """Lower and upper end, a block of places at a time."""
    assert statistics.widths is not None
    count = math.prod(shape)
    centre, width = np.empty(count), np.empty(count)
    with np.errstate(all="ignore"):
        for low in range(0, count, BLOCK):
            some = slice(low, min(low + BLOCK, count))
            found = program(*statistics.at.tolist(), *[column[some] for column in columns.values()])
            rows = np.array([np.broadcast_to(row, (some.stop - low,)) for row in found])
            centre[some] = rows[0]
            width[some] = errors_of(statistics.widths, statistics.deviation, rows[1:].T)
        reach = quantile * np.sqrt(width**2 + noise)
        bad = ~np.isfinite(centre)
        lower, upper = centre - reach, centre + reach
    lower[bad], upper[bad] = math.nan, math.nan
    return shaped(lower.reshape(shape), shape), shaped(upper.reshape(shape), shape)


def programs(plan: Plan) -> tuple[Compiled, ...]:
    """Each model with its slopes in the free parameters, made once."""
    found = plan.settings.get("bands")
    if not isinstance(found, tuple):
        into: dict[Expr | str, object] = {Sym(name): e for name, e in plan.tied.items()}
        models = [subs(model, into) if into else model for model in plan.models]
        args = (*plan.free, *plan.inputs)
        found = tuple([compile([model, *slopes(model, plan.free)], args) for model in models])
        plan.settings["bands"] = found
    return found


def noise_at(statistics: Statistics, columns: Mapping[str, Vector], at: Inputs) -> list[float | Vector]:
    """The variance of a measurement at these places, for each response."""
    plan = statistics.problem.plan
    if not statistics.squares or plan.spreads:
        what = "errors in the inputs" if plan.spreads else f"the loss {plan.loss.name}"
        raise FitError(f"with {what} no prediction band is known", 'take kind="confidence"')
    scale = 1.0 if statistics.absolute else statistics.reduced_chi_squared
    if not plan.weights:
        return [scale] * len(plan.models)
    return [scale * variance_of(e, plan, columns, at) for e in plan.weights.values()]


def variance_of(e: Expr, plan: Plan, columns: Mapping[str, Vector], at: Inputs) -> float | Vector:
    """sigma^2, or 1/weight, from the columns that it is a formula of."""
    names = [symbol.name for symbol in free_symbols(e)]
    known = dict(columns)
    for name in names:
        if name not in known:
            if not isinstance(at, Mapping) or name not in at:
                word = "weight" if plan.weighted else "sigma"
                raise DataError(
                    f"the prediction band needs the {word} of a measurement at each place, which is {show(e)}",
                    f"give {name} with the inputs, as in band({{..., {name!r}: 0.1}}, kind='prediction')",
                )
            shape = next((column.shape for column in columns.values()), ())
            known[name] = np.broadcast_to(np.asarray(at[name], np.float64).ravel(), shape)
    (found,) = compile([e], names)(*[known[name] for name in names])
    with np.errstate(all="ignore"):
        value = np.asarray(1 / np.asarray(found) if plan.weighted else np.square(found))
    return value if value.ndim else float(value)


def inputs_at(problem: Problem, at: Inputs) -> tuple[dict[str, Vector], tuple[int, ...]]:
    """What the models read, as arrays of one axis, and the shape of the question. Raises DataError."""
    inputs = problem.inputs
    given = at if isinstance(at, Mapping) else dict.fromkeys(inputs, at)
    if missing := [name for name in inputs if name not in given]:
        raise DataError(f"to predict, the model needs {listed(missing)}", f"as in predict({{{missing[0]!r}: 1.5}})")
    if len(inputs) > 1 and not isinstance(at, Mapping):
        raise DataError(
            f"the model reads {listed(inputs)}", f"give each of them, as in predict({{{inputs[0]!r}: ...}})"
        )
    try:
        arrays = np.broadcast_arrays(*[np.asarray(given[name], np.float64) for name in inputs])
    except (TypeError, ValueError) as error:
        raise DataError(f"the places to predict at are no numbers of one shape: {error}", "give numbers") from None
    shape = arrays[0].shape if arrays else ()
    return {name: array.ravel() for name, array in zip(inputs, arrays, strict=True)}, shape


def shaped(found: Vector, shape: tuple[int, ...]) -> Prediction:
    """A number where one was asked for."""
    return found if shape else float(found)


def by_response(plan: Plan, found: Sequence[T]) -> T | dict[str, T]:
    """One answer as it is, several by the names of the responses."""
    if len(found) == 1:
        return found[0]
    return {show(y): one for y, one in zip(plan.responses, found, strict=True)}


def residuals(problem: Problem, at: Vector) -> Vector | dict[str, Vector]:
    """Measured less predicted, not divided by sigma, row by row; of several responses by their names."""
    rows = problem.residuals(at).reshape(len(problem.plan.residuals), -1) * -1.0
    weights = [problem.named[name] for name in problem.plan.weights]
    for row, weight in zip(rows, weights, strict=False):
        row /= weight
    return by_response(problem.plan, list(rows))
