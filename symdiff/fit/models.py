"""What is fitted: a formula, split into the columns of the data and the parameters to be found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from symdiff.algebra.rewrite import subs
from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import free_symbols
from symdiff.core.ops import ZERO
from symdiff.errors import FitError, near_misses, nearest
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.reading import check_name
from symdiff.fit.data.table import Table
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


EQUATION: Final = re.compile(r"(?<![<>=!])=(?!=)")


def formula_of(model: Formula, y: Formula, found: Table, x: tuple[str, ...] | None) -> tuple[Expr, Expr]:
    """The model and what it is to be near: a formula, a named model, or an equation as text.

    An equation `u = v` is a model of the response u where u names nothing but columns that v does not name; else it
    is an implicit model, u - v near 0.
    """
    text = model.strip() if isinstance(model, str) else ""
    if text in NAMED:
        response = expression(y)
        return in_column_of(expression(NAMED[text]), found, x, [s.name for s in free_symbols(response)]), response
    if len(EQUATION.findall(text)) != 1:
        return expression(model), expression(y)
    left, right = [expression(side) for side in EQUATION.split(text)]
    names, others = [s.name for s in free_symbols(left)], {s.name for s in free_symbols(right)}
    alone = left.__class__ is Sym or any(name in found.columns for name in others)
    if names and alone and all(name in found.columns and name not in others for name in names):
        return right, left
    return left - right, ZERO


def in_column_of(formula: Expr, found: Table, inputs: tuple[str, ...] | None, used: Names) -> Expr:
    """A named model in the letter the data use for x: the column asked for, else the only one beside y."""
    if inputs is not None and len(inputs) != 1:
        hint = Advice("give ", Setting("x", "name"), ", or a formula")
        raise FitError(f"{show(formula)} is a model in one column, not in {len(inputs)}", hint)
    others = inputs or [name for name in found.columns if name not in used]
    if inputs is None and len(others) > 1 and "x" not in found.columns:
        raise FitError(
            f"{show(formula)} is a model in one column, and there are {len(others)}: {told(others)}",
            Advice("say which it reads, as in ", Setting("x", others[0])),
        )
    if inputs is None and ("x" in found.columns or not others):
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


def check(formulas: Sequence[Expr], parameters: Names, columns: Names, used: Names, found: Table) -> None:
    """That there is something to find, and that it is not y from y."""
    if own := [name for name in (*columns, *parameters) if name in used]:
        raise FitError(
            f"the model reads {told(own)}, which it is to predict",
            Advice("say which columns it may read, as in ", Setting("x", "t")),
        )
    if not parameters:
        raise FitError(
            f"{', '.join(map(show, formulas))} has no parameter to fit",
            f"each of its names is a column of {found.source}",
        )


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
