"""What a caller of `fit` asks, put in order: formulas, names, numbers; arrays of errors or weights become columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from symdiff.core.expr import Expr
from symdiff.errors import FitError, ParseError, nearest
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.called import column
from symdiff.fit.data.columns import cells_of
from symdiff.fit.data.reading import check_name, table
from symdiff.fit.data.table import Table
from symdiff.fit.methods.rates import real
from symdiff.fit.problem import EVERY, Ask
from symdiff.fit.words import counted
from symdiff.text.parse import Formula, expression

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
    inputs = names_of(x)
    first = responses[0]
    found = table(data, inputs or ("x",), first if isinstance(first, str) and first.isidentifier() else "y")
    for name in inputs or ():
        check_name(found, column(name, found.called))
    if found.called:
        responses = tuple([response(one, found) for one in responses])
        inputs = None if inputs is None else tuple([column(name, found.called) for name in inputs])
        sigma, weights, sigma_x = [by_name(errors, found.called) for errors in (sigma, weights, sigma_x)]
    if sigma is not None and weights is not None:
        raise FitError("both sigma and weights are given", "a weight is 1/sigma^2: leave one of them out")
    errors = []
    if sigma is not None or weights is not None:
        word = "weights" if sigma is None else "sigma"
        for i, one in enumerate(listed(weights if sigma is None else sigma, responses, word)):
            error, found = as_column(one, found, word, i)
            errors.append(error)
    spreads = []
    if sigma_x is not None:
        for i, (name, one) in enumerate(spread(sigma_x)):
            error, found = as_column(one, found, "sigma_x", i)
            spreads.append((name, error))
    if sigma is None and absolute_sigma:
        raise FitError(
            "absolute sigma says how sigma is to be read, and there is none", Advice("give ", Setting("sigma"))
        )
    alone = constraints != () and (isinstance(constraints, str) or not isinstance(constraints, Iterable))
    ask = Ask(
        models, responses, inputs, tuple(errors), weights is not None, absolute_sigma, tuple(spreads),
        tuple([(name, real(value, f"the value of {name}")) for name, value in (fixed or {}).items()]),
        tuple((tied or {}).items()),
        tuple([(name, *ends(pair, name)) for name, pair in (bounds or {}).items()]),
        (constraints,) if alone else tuple(constraints),  # type: ignore[arg-type]  # told apart by `alone`
        loss, tuple(given),
    )  # fmt: skip
    return ask, found


def names_of(x: Any) -> tuple[str, ...] | None:
    """The columns that `x` names, None where it says nothing. Raises FitError for what are no names."""
    if x is None or isinstance(x, str):
        return None if x is None else (x,)
    names = tuple(x) if isinstance(x, Iterable) else (x,)
    if strange := [name for name in names if not isinstance(name, str)]:
        raise FitError(f"x is {strange[0]!r}, no name", Advice("name columns, as ", Setting("x", ("t", "u"))))
    return names


def paired(model: Models, y: Formula | Sequence[Formula] | None) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """Models and their responses: {"u": model of u, "v": ...}, or as many models as responses."""
    if model.__class__ is str and y.__class__ is str:
        return (model,), (y,)  # two texts, as nearly always
    if isinstance(model, Mapping):
        return tuple(model.values()), tuple(model)
    if y is None:
        raise FitError("y is None", "name the column that is fitted, or give 0 for an implicit model")
    models, several = tuple(each(model)), isinstance(y, Sequence) and not isinstance(y, str)
    responses = tuple(each(y)) * (1 if several else len(models))
    if not models:
        raise FitError("no model is given", 'example: fit("a*x + b", data)')
    equations = all(isinstance(m, str) and "=" in m for m in models)
    if len(models) != len(responses) or (len(models) > 1 and not several and not equations):
        raise FitError(
            f"{counted(len(models), 'model')} for {counted(len(responses) if several else 1, 'response')}",
            'give a model for each response, as {"u": "a*x + b", "v": "a*x^2"}',
        )
    return models, responses


def response(asked: Formula, found: Table) -> Formula:
    """A response, a column by its name where its header is given. Raises DataError for what is nearly a header."""
    name = column(asked, found.called)
    if isinstance(name, str) and nearest(name, found.called.values()):
        try:
            expression(name)
        except ParseError:
            check_name(found, name)
    return name  # type: ignore[no-any-return]  # as it was asked, or a text


def by_name(errors: Any, called: Mapping[str, str]) -> Any:
    """Errors with names for formulas in place of headers, alone or for each of several columns."""
    if isinstance(errors, Mapping):
        return {column(name, called): column(error, called) for name, error in errors.items()}
    return column(errors, called)


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
        value = real(errors, name)
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
