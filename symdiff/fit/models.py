"""What is fitted: a formula, split into the columns of the data and the parameters to be found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from symdiff.algebra.rewrite import subs
from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import free_symbols
from symdiff.errors import FitError, near_misses, nearest
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data import Source, check_name, table, usable
from symdiff.fit.objective import Rows
from symdiff.fit.table import Data, Table, Vector
from symdiff.text.parse import Formula, expression
from symdiff.text.show import show

Names = Sequence[str]

# fmt: off
# Models that have a name of their own, in the letters people use for them; x is what the data are given at.
NAMED: Final = {
    "line":     "m*x + b",
    "parabola": "a*x^2 + b*x + c",
}
# fmt: on


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A model met with data: `model`, in `parameters` and the columns `inputs`, is to be near `target` in every row."""

    model: Expr
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    response: Expr
    data: Data
    target: Vector


def pose(
    model: Formula,
    source: Source,
    y: Formula = "y",
    x: str | Sequence[str] | None = None,
    given: Iterable[str] = (),
) -> Problem:
    """The problem that a model and data pose. Every name of the model that is no column is a parameter.

    `given` are the names that have a start or a rate: they must be parameters. Raises FitError and
    DataError, each with the next step.
    """
    response = expression(y)
    named = model if isinstance(model, str) and model.strip() in NAMED else None
    formula = expression(NAMED[named.strip()] if named else model)
    inputs = (x,) if isinstance(x, str) else None if x is None else tuple(x)
    found = table(source, inputs or ("x",), show(response) if response.__class__ is Sym else "y")
    used = [s.name for s in free_symbols(response)]
    for name in used:
        check_name(found, name)
    if named:
        formula = in_column_of(formula, found, inputs, used)
    names = [s.name for s in free_symbols(formula)]
    columns = inputs_of(names, found, inputs, used)
    parameters = tuple(name for name in names if name not in columns)
    check(formula, parameters, columns, used, found)
    check_given(given, parameters, columns)
    data = usable(found, dict.fromkeys([*used, *columns]))
    data, target = responses(response, data)
    return Problem(formula, parameters, columns, response, data, target)


def in_column_of(formula: Expr, found: Table, inputs: tuple[str, ...] | None, used: Names) -> Expr:
    """A named model in the letter the data use for x: the column asked for, else the only one beside y."""
    if inputs is not None and len(inputs) != 1:
        hint = Advice("give ", Setting("x", "name"), ", or a formula")
        raise FitError(f"{show(formula)} is a model in one column, not in {len(inputs)}", hint)
    others = inputs or [name for name in found.columns if name not in used]
    if inputs is None and ("x" in found.columns or len(others) != 1):
        return formula
    x: Expr = Sym("x")
    return subs(formula, {x: Sym(others[0])})


def inputs_of(names: Names, found: Table, asked: tuple[str, ...] | None, used: Names) -> tuple[str, ...]:
    """The columns the model reads: those asked for, else every one that it names."""
    if asked is not None:
        for name in asked:
            check_name(found, name)
        if unread := [name for name in asked if name not in names]:
            raise FitError(f"the model does not read the column {told(unread)}", f"its names are {told(names)}")
        return asked
    columns = tuple(name for name in names if name in found.columns)
    if not columns:
        near = near_misses([n for n in found.columns if n not in used], names)
        raise FitError(
            f"the model names no column of {found.source}: it has {told(names)}, the data {told(list(found.columns))}",
            near or Advice("a model without a column is fitted with ", Setting("x", ())),
        )
    return columns


def told(names: Names) -> str:
    """Names one after the other."""
    return ", ".join(names) or "no names"


def check(formula: Expr, parameters: Names, columns: Names, used: Names, found: Table) -> None:
    """That there is something to find, and that it is not y from y."""
    if own := [name for name in columns if name in used]:
        raise FitError(
            f"the model reads {told(own)}, which it is to predict",
            Advice("say which columns it may read, as in ", Setting("x", "t")),
        )
    if not parameters:
        raise FitError(f"{show(formula)} has no parameter to fit", f"each of its names is a column of {found.source}")


def check_given(given: Iterable[str], parameters: Names, columns: Names) -> None:
    """That what has a start or a rate is a parameter."""
    for name in given:
        if name in columns:
            hint = Advice("say with ", Setting("x"), " which columns to read")
            raise FitError(f"{name!r} is a column of the data, no parameter", hint)
        if name not in parameters:
            close = nearest(name, parameters)
            near = f"did you mean {close!r}?" if close else None
            raise FitError(f"the model has no parameter {name!r}: it has {told(parameters)}", near)


def responses(response: Expr, data: Data) -> tuple[Data, Vector]:
    """What is to be predicted, row by row; rows at which a formula of columns has no value are skipped."""
    if response.__class__ is Sym:
        return data, data.columns[show(response)]
    values = Rows([response], list(data.columns))(list(data.columns.values()), len(data))[0]
    bad = ~np.isfinite(values)
    return data.without(bad, f"{show(response)} has no value"), values[~bad]
