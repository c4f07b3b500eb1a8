"""Why a search has no start to give: no place with a value, or one whose numbers are beyond floats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NoReturn

import numpy as np

from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import free_symbols, postorder, subs
from symdiff.core.ops import pow
from symdiff.errors import FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.defined import LARGEST, check_rows, check_targets, out_of_range
from symdiff.fit.words import listed, num
from symdiff.text.show import show

if TYPE_CHECKING:
    from symdiff.fit.data.table import Vector
    from symdiff.fit.problem import Problem
    from symdiff.fit.starts.hunt import Hunt

FAR: Final = 50.0  # ranges of a column between it and 0: exponentials over so many decades are no floats


def refuse_all(problem: Problem, tried: int) -> NoReturn:
    """Say that the model has a value at none of the places tried. Raises FitError."""
    check_targets(problem)
    models = listed([show(model) for model in problem.plan.models])
    check_rows(problem, np.ones(len(problem.names)), models)
    raise FitError(
        f"the model {models} has finite values and slopes at none of the places tried: {tried:,}, of many sizes and "
        "both signs",
        Advice(
            "say with ", Setting("start"), " where it has, or keep parameters where it has with ", Setting("bounds")
        ),
    )


def check_floats(hunt: Hunt, at: Vector) -> None:
    """That the best place and the slopes there have squares that are floats. Raises FitError."""
    if hunt.exponent or not hunt.few or hunt.cast.algebra is not None:
        return
    names, sizes = hunt.plan.free, slopes_at(hunt, at)
    flat = not hunt.plan.loss.of_residual and any(out_of_range(size) for size in sizes.tolist())
    if not flat and max(float(np.abs(at).max()), float(sizes.max())) <= LARGEST:
        return
    place = listed([f"{name} = {num(value)}" for name, value in zip(names, at.tolist(), strict=True)])
    where = "where the model is flat" if sizes.max() < 1 else "at the edge of the floats"
    raise FitError(f"the search for a start ends {where}: {place}", hint(hunt))


def slopes_at(hunt: Hunt, at: Vector) -> Vector:
    """The largest size of the slopes of the residuals in each parameter, 0 where there are none."""
    found = hunt.plan.least_squares(*at.tolist(), *hunt.few)
    rows = np.array([np.broadcast_to(row, hunt.few[0].shape) for row in found])
    sizes = np.abs(rows.reshape(len(hunt.plan.residuals), len(at) + 1, -1)[:, :-1]).max(axis=(0, 2))
    return np.asarray(np.nan_to_num(sizes, nan=0.0, posinf=np.inf))


def hint(hunt: Hunt) -> str:
    """Bring what lies far off to where it can be raised or exponentiated; else hold what runs away."""
    columns = dict(zip(hunt.plan.columns, hunt.few, strict=True))
    far = [name for name in hunt.plan.inputs if name in columns and is_far(columns[name])]
    if not far:
        return Advice("hold such parameters with ", Setting("bounds"), " or ", Setting("fixed"))
    bases = named_in_bases(hunt.plan.models, hunt.plan.free)
    shifts = {name: begin(columns[name]) for name in far}
    into: dict[Expr | str, object] = {
        name: Sym(name) / Num(by) if name in bases else Sym(name) - Num(by) for name, by in shifts.items()
    }
    models = listed([show(subs(model, into)) for model in hunt.plan.models])
    return f"{listed(far)} lies far from 0: bring it nearer in the formula, as in {models}"


def named_in_bases(models: Sequence[Expr], free: Sequence[str]) -> set[str]:
    """The names in bases of powers with a parameter in the exponent: these are to be scaled, for shifts change them."""
    powers = [node for node in postorder(*models) if isinstance(node, App) and node.op is pow]
    varied = [node for node in powers if any(x.name in free for x in free_symbols(node.args[1]))]
    return {x.name for node in varied for x in free_symbols(node.args[0])}


def is_far(column: Vector) -> bool:
    """Whether a column lies far from 0 for its range."""
    return bool(np.abs(column).min() > FAR * np.ptp(column) > 0)


def begin(column: Vector) -> int | float:
    """The least value of a column, rounded to its range."""
    low, unit = float(column.min()), 10.0 ** np.floor(np.log10(np.ptp(column)))
    rounded = float(np.floor(low / unit) * unit)
    return int(rounded) if rounded.is_integer() else rounded
