"""What a caller of `fit` asks, put in order: formulas, names, numbers; arrays of errors or weights become columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from symdiff.core.expr import Expr
from symdiff.errors import FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.columns import cells_of
from symdiff.fit.data import table
from symdiff.fit.problem import EVERY, Ask
from symdiff.fit.table import Table
from symdiff.fit.words import counted
from symdiff.text.parse import Formula

Models: TypeAlias = Formula | Sequence[Formula] | Mapping[str, Formula]
Bound: TypeAlias = tuple[float | None, float | None]
Bounds: TypeAlias = Mapping[str, Bound]


def asked(
    model: Models,
    data: Any,
    y: Formula | Sequence[Formula] | None,
    x: str | Sequence[str] | None,
    given: Sequence[str] = (),
    *,
    sigma: Any = None,
    absolute_sigma: bool = False,
    weights: Any = None,
    sigma_x: Any = None,
    bounds: Bounds | None = None,
    fixed: Mapping[str, float] | None = None,
    tied: Mapping[str, Formula] | None = None,
    constraints: Formula | Iterable[Formula] = (),
    loss: Formula = "squares",
) -> tuple[Ask, Table]:
    """The ask, and the table of the data with a column for each array of errors or weights."""
    models, responses = paired(model, y)
    inputs = (x,) if isinstance(x, str) else None if x is None else tuple(x)
    first = responses[0]
    found = table(data, inputs or ("x",), first if isinstance(first, str) and first.isidentifier() else "y")
    if sigma is not None and weights is not None:
        raise FitError("both sigma and weights are given", "a weight is 1/sigma^2: leave one of them out")
    errors = []
    if sigma is not None or weights is not None:
        word = "weights" if sigma is None else "sigma"
        for i, each in enumerate(listed(weights if sigma is None else sigma, responses, word)):
            error, found = as_column(each, found, word, i)
            errors.append(error)
    spreads = []
    if sigma_x is not None:
        for i, (name, each) in enumerate(spread(sigma_x)):
            error, found = as_column(each, found, "sigma_x", i)
            spreads.append((name, error))
    if sigma is None and absolute_sigma:
        raise FitError(
            "absolute sigma says how sigma is to be read, and there is none", Advice("give ", Setting("sigma"))
        )
    alone = isinstance(constraints, str) or not isinstance(constraints, Iterable)
    ask = Ask(
        models, responses, inputs, tuple(errors), weights is not None, absolute_sigma, tuple(spreads),
        tuple([(name, finite(value, f"the value of {name}")) for name, value in (fixed or {}).items()]),
        tuple((tied or {}).items()),
        tuple([(name, *ends(pair, name)) for name, pair in (bounds or {}).items()]),
        (constraints,) if alone else tuple(constraints),  # type: ignore[arg-type]  # told apart by `alone`
        loss, tuple(given),
    )  # fmt: skip
    return ask, found


def paired(model: Models, y: Formula | Sequence[Formula] | None) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """Models and their responses: {"u": model of u, "v": ...}, or as many models as responses."""
    if isinstance(model, Mapping):
        return tuple(model.values()), tuple(model)
    models = tuple(model) if isinstance(model, Sequence) and not isinstance(model, str) else (model,)
    several = isinstance(y, Sequence) and not isinstance(y, str)
    one: Formula = 0 if y is None or (isinstance(y, Sequence) and not isinstance(y, str)) else y
    responses = tuple(y) if isinstance(y, Sequence) and not isinstance(y, str) else (one,) * len(models)
    if not models:
        raise FitError("no model is given", 'example: fit("a*x + b", data)')
    equations = all(isinstance(m, str) and "=" in m for m in models)
    if len(models) != len(responses) or (len(models) > 1 and not several and not equations):
        raise FitError(
            f"{counted(len(models), 'model')} for {counted(len(responses) if several else 1, 'response')}",
            'give a model for each response, as {"u": "a*x + b", "v": "a*x^2"}',
        )
    return models, responses


def each(asked: Formula | Sequence[Formula]) -> Sequence[Formula]:
    """One formula, or several, as several."""
    return asked if isinstance(asked, Sequence) and not isinstance(asked, str) else [asked]


def listed(errors: Any, responses: Sequence[Formula], word: str) -> list[Any]:
    """The errors of each response: one for all, or by name."""
    if isinstance(errors, Mapping):
        if missing := [str(y) for y in responses if y not in errors]:
            raise FitError(f"no {word} for {', '.join(missing)}", "give one for each response, or one for all")
        if unknown := [str(name) for name in errors if name not in responses]:
            told = ", ".join(map(str, responses))
            raise FitError(f"there is {word} for {', '.join(unknown)}, and what is fitted is {told}", "leave it out")
        return [errors[y] for y in responses]
    return [errors] * len(responses)


def spread(errors: Any) -> list[tuple[str, Any]]:
    """The errors of inputs, by name; one for all of them without a name."""
    return list(errors.items()) if isinstance(errors, Mapping) else [(EVERY, errors)]


def as_column(errors: Any, found: Table, name: str, i: int) -> tuple[Formula, Table]:
    """Errors as a formula of columns: a number, a formula, or an array, which becomes a column."""
    if isinstance(errors, str | Expr):
        return errors, found
    if not isinstance(errors, Iterable) or not getattr(errors, "ndim", 1):
        value = finite(errors, name)
        if value <= 0:
            raise FitError(f"{name} is {value!r}", "it must be above 0")
        return value, found
    shape = getattr(errors, "shape", ())
    if len(shape) > 1:
        raise FitError(f"{name} has the shape {shape}", "a list of numbers is wanted, one for each row")
    cells = cells_of(errors, name)
    if len(cells) != len(found.rows):
        raise FitError(
            f"{name} has {len(cells):,} numbers, and the data {len(found.rows):,} rows", "one for each row is wanted"
        )
    own = name if i == 0 else f"{name}{i + 1}"
    while own in found.columns:
        own = f"_{own}"
    return own, replace(found, columns={**found.columns, own: cells})


def ends(pair: Any, name: str) -> tuple[float, float]:
    """The two bounds of a parameter; None is none."""
    try:
        low, high = pair
        return (-math.inf if low is None else float(low)), (math.inf if high is None else float(high))
    except (TypeError, ValueError):
        raise FitError(
            f"the bounds of {name} are {pair!r}", "give two numbers, as (0, 5), or None for no bound"
        ) from None


def finite(value: Any, what: str) -> float:
    """A finite float. Raises FitError."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FitError(f"{what} is {value!r}", "it must be a finite number")
    return number
