"""What is asked, as formulas (a plan, kept for the next data of the same shape), and met with data (a problem)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symdiff.algebra.normal import normal
from symdiff.algebra.rewrite import subs
from symdiff.core.expr import Expr, Num, Sym
from symdiff.core.fold import free_symbols
from symdiff.core.names import checked_name
from symdiff.core.ops import ZERO
from symdiff.errors import FitError
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.asked import Limits, tied_up
from symdiff.fit.data.reading import check_name, usable
from symdiff.fit.data.table import Data, Square, Table, Vector
from symdiff.fit.descent.objective import jumps, varies
from symdiff.fit.leastsquares.slopes import slopes
from symdiff.fit.losses import PREDICTION, RANGES, RESIDUAL, RESPONSE, Loss, loss_of
from symdiff.fit.models import check, check_given, formula_of, inputs_of, told
from symdiff.numeric.compile import Compiled, compile
from symdiff.numeric.val import val
from symdiff.text.parse import Formula, expression
from symdiff.text.show import show

Names = tuple[str, ...]
EVERY: Final = ""  # stands for all columns that the models read


class Ask(NamedTuple):
    """Everything that is asked of a fit but the data: what a plan is made of, and kept under."""

    models: tuple[Formula, ...]
    responses: tuple[Formula, ...]
    x: Names | None = None
    sigmas: tuple[Formula, ...] = ()  # standard errors, or weights, of each response; none at all where empty
    weighted: bool = False
    absolute: bool = False
    spreads: tuple[tuple[str, Formula], ...] = ()  # standard errors of inputs
    fixed: tuple[tuple[str, float], ...] = ()
    tied: tuple[tuple[str, Formula], ...] = ()
    bounds: tuple[tuple[str, float, float], ...] = ()
    constraints: tuple[Formula, ...] = ()
    loss: Formula = "squares"
    given: Names = ()  # names that have a start or a rate


class Design(NamedTuple):
    """A linear residual as columns: the name of one in the data, a number, or None for the next of what is compiled."""

    parts: tuple[str | float | None, ...]
    compiled: Compiled | None


@dataclass(eq=False)
class Plan:
    """A fit as formulas: what is searched, which columns are read, what is to be small.

    `models` and `responses` go together one by one, in `parameters` and columns. `free` are the parameters searched,
    `tied` gives the others in terms of them (a number for a fixed one). `residuals` are (model - response)/sigma in
    `free` and `columns`; columns that are computed once (a formula of columns to be fitted, 1/sigma) are in `derived`.
    """

    models: tuple[Expr, ...]
    responses: tuple[Expr, ...]
    inputs: Names
    parameters: Names
    free: Names
    tied: dict[str, Expr]
    limits: Limits
    read: Names
    derived: dict[str, Expr]
    weights: dict[str, Expr]
    residuals: tuple[Expr, ...]
    loss: Loss
    spreads: dict[str, Expr]
    weighted: bool
    absolute: bool
    settings: dict[str, object] = field(default_factory=dict)

    @cached_property
    def columns(self) -> Names:
        """The columns that the residuals read."""
        names = {x.name for x in free_symbols(*self.residuals)} - set(self.free)
        return tuple(sorted(names | set(self.loss.names) & set(self.read)))

    @cached_property
    def args(self) -> Names:
        """The arguments of what is compiled."""
        return (*self.free, *self.columns)

    @cached_property
    def slopes(self) -> tuple[tuple[Expr, ...], ...]:
        """The partial derivatives of each residual in the free parameters."""
        return tuple([slopes(r, self.free) for r in self.residuals])

    @cached_property
    def rows(self) -> tuple[tuple[Expr, ...], ...]:
        """For each residual the row [J r] of the least-squares problem (of the loss to second order)."""
        return tuple([self.loss.rows(r, J)[0] for r, J in zip(self.residuals, self.slopes, strict=True)])

    @cached_property
    def costs(self) -> tuple[Expr, ...]:
        """The loss of each residual; none for squares, whose sum is in the rows."""
        found = [self.loss.rows(r, J)[1] for r, J in zip(self.residuals, self.slopes, strict=True)]
        return tuple([cost for cost in found if cost is not None])

    @cached_property
    def compiled(self) -> Compiled:
        """All rows, and the costs after them, as one function."""
        return compile([e for row in self.rows for e in row] + list(self.costs), self.args)

    @cached_property
    def least_squares(self) -> Compiled:
        """Residuals and slopes without the loss, [J r] for each response."""
        rows = [(*J, r) for r, J in zip(self.residuals, self.slopes, strict=True)]
        return self.compiled if self.loss.squares else compile([e for row in rows for e in row], self.args)

    @cached_property
    def linear(self) -> bool:
        """Whether the residuals are linear in the free parameters."""
        return not any(varies(J, self.free) for J in self.slopes) and not jumps(self.residuals, self.free)

    @cached_property
    def designs(self) -> tuple[Design, ...]:
        """For each linear residual the columns of J, and -r where every parameter is 0."""
        zero: dict[Expr, Expr] = {Sym(name): ZERO for name in self.free}
        return tuple(
            [
                design([*[normal(slope) for slope in J], normal(-subs(r, zero))], self.columns)
                for r, J in zip(self.residuals, self.slopes, strict=True)
            ]
        )

    @property
    def bounded(self) -> bool:
        """Whether some free parameter has a bound."""
        return self.limits.bounded

    @property
    def ends(self) -> tuple[Vector | None, Vector | None]:
        """The bounds of the free parameters, in their order; None where there are none at all."""
        return (self.limits.lower, self.limits.upper) if self.bounded else (None, None)


class Problem:
    """A plan met with data; `arrays` are the values of its columns. A robust loss divides the residuals by `scale`."""

    def __init__(self, plan: Plan, data: Data, arrays: dict[str, Vector], scale: float = 1.0) -> None:
        self.plan, self.data, self.scale = plan, data, scale
        self.named = arrays
        self.arrays = tuple([arrays[name] for name in plan.columns])

    def __len__(self) -> int:
        return len(self.data)

    def __reduce__(self) -> tuple[type[Problem], tuple[Plan, Data, dict[str, Vector], float]]:
        return Problem, (replace(self.plan, settings={}), self.data, self.named, self.scale)  # programs do not travel

    @property
    def names(self) -> Names:
        """The parameters that are searched."""
        return self.plan.free

    def rescaled(self, scale: float) -> Problem:
        """The problem with its residuals divided by a number: what a robust loss has for its unit."""
        weights = {name: self.named[name] * (self.scale / scale) for name in self.plan.weights}
        return Problem(self.plan, self.data, {**self.named, **weights}, scale)

    def linearised(self, at: Vector) -> tuple[Vector, Square]:
        """The residuals, response by response, and their slopes: one row for each free parameter."""
        k, n = len(self.plan.free), len(self.data)
        with np.errstate(all="ignore"):
            found = self.plan.least_squares(*at.tolist(), *self.arrays)
        table = np.array([np.broadcast_to(row, (n,)) for row in found]).reshape(-1, k + 1, n)
        return table[:, -1].ravel(), np.ascontiguousarray(table[:, :-1].transpose(1, 0, 2)).reshape(k, -1)

    def residuals(self, at: Vector) -> Vector:
        """The residuals, weighted, response by response."""
        return self.linearised(at)[0]

    def values(self, at: Vector) -> dict[str, float]:
        """All parameters, in the order of the formulas: those searched, tied and fixed."""
        found = dict(zip(self.plan.free, at.tolist(), strict=True))
        env = dict(found)
        found |= {name: float(val(e, env)) for name, e in self.plan.tied.items()}
        return {name: found[name] for name in (*self.plan.parameters, *self.extra)}

    @property
    def extra(self) -> Names:
        """Free parameters that no model names: they came with ties."""
        return tuple([name for name in self.plan.free if name not in self.plan.parameters])

    # ------------------------------------------------------------ the only model, input, response, where there is one

    @property
    def model(self) -> Expr:
        """The first model."""
        return self.plan.models[0]

    @property
    def response(self) -> Expr:
        """What it is to be near."""
        return self.plan.responses[0]

    @property
    def parameters(self) -> Names:
        """All parameters of the formulas."""
        return self.plan.parameters

    @property
    def inputs(self) -> Names:
        """The columns that the models read."""
        return self.plan.inputs

    @property
    def target(self) -> Vector:
        """The values of the first response."""
        return self.targets[0]

    @cached_property
    def targets(self) -> tuple[Vector, ...]:
        """The values of each response."""
        names = {e: name for name, e in self.plan.derived.items()}
        zero = np.zeros(len(self.data))
        return tuple(
            [
                self.named[show(e)] if e.__class__ is Sym else zero if e.__class__ is Num else self.named[names[e]]
                for e in self.plan.responses
            ]
        )


PLANS: dict[tuple[Ask, Names], Plan] = {}
KEPT: Final = 64


def plan_for(ask: Ask, found: Table) -> Plan:
    """The plan of what is asked of a table with these columns, made once."""
    key = (ask, tuple(found.columns))
    plan = PLANS.get(key)
    if plan is None:
        plan = planned(ask, found)
        if len(PLANS) >= KEPT:
            del PLANS[next(iter(PLANS))]
        PLANS[key] = plan
    return plan


def planned(ask: Ask, found: Table) -> Plan:
    """What is asked, worked out. Raises FitError, DataError, ParseError, each with the next step."""
    pairs = [formula_of(m, y, found, ask.x) for m, y in zip(ask.models, ask.responses, strict=True)]
    models, responses = tuple([m for m, _ in pairs]), tuple([y for _, y in pairs])
    used = [s.name for s in free_symbols(*responses)]
    for name in used:
        check_name(found, name, Advice("say with ", Setting("y"), " which column to predict"))
    names = [s.name for s in free_symbols(*models)]
    inputs = inputs_of(names, found, ask.x, used)
    loss = loss_of(ask.loss)
    in_loss = [name for name in loss.names if name in found.columns and name not in names]
    own = [name for name in loss.names if name not in found.columns]
    parameters = tuple(dict.fromkeys([*[name for name in names if name not in inputs], *own]))
    check(models, parameters, inputs, used, found)
    tied, limits, free = tied_up(ask.fixed, ask.tied, ask.constraints, ask.bounds, parameters, tuple(found.columns))
    check_given(ask.given, tuple(dict.fromkeys([*parameters, *free])), inputs)
    into: dict[Expr, Expr] = {Sym(name): e for name, e in tied.items()}
    loss = of_all(replace(loss, formula=subs(loss.formula, into) if into else loss.formula), free, bool(ask.sigmas))
    taken = {*names, *used, *free, *found.columns}
    derived = {fresh(f"_y{i}", taken): y for i, y in enumerate(responses) if y.__class__ not in (Sym, Num)}
    scaled = loss.of_residual and not loss.squares  # such a loss has a unit, which goes into the weights
    sigmas = [expression(s) for s in ask.sigmas or ((1,) * len(models) if scaled else ())]
    weights = {fresh(f"_w{i}", taken): s for i, s in enumerate(sigmas)}
    spreads = spreads_of(ask, inputs, responses, loss)
    residuals = [
        weighed(m, y, w) for m, y, w in zip(models, named(responses, derived), padded(weights, models), strict=True)
    ]
    readers = free_symbols(*responses, *sigmas, *spreads.values())
    read = tuple(dict.fromkeys([*used, *inputs, *in_loss, *[s.name for s in readers]]))
    for name in read:
        check_name(found, name)
    return Plan(
        models, responses, inputs, parameters, free, tied, limits.checked(free), read, derived, weights,
        tuple([subs(r, into) if into else r for r in residuals]), loss, spreads, ask.weighted, ask.absolute,
    )  # fmt: skip


def spreads_of(ask: Ask, inputs: Names, responses: Sequence[Expr], loss: Loss) -> dict[str, Expr]:
    """The standard errors of the columns read; of an implicit model, where none are given, 1. Raises FitError."""
    implicit = all(y.__class__ is Num for y in responses)
    spreads = {name: expression(s) for to, s in ask.spreads for name in (inputs if to == EVERY else (to,))}
    if strange := [name for name in spreads if name not in inputs]:
        raise FitError(f"sigma_x names {told(strange)}, and the model reads {told(inputs)}", "name columns it reads")
    if spreads and not implicit and not ask.sigmas:
        what = (
            f"sigma_x gives errors of {told(tuple(spreads))}, and there are none of {', '.join(map(show, responses))}"
        )
        raise FitError(what, Advice("give ", Setting("sigma"), " too: without it distances depend on the units"))
    if implicit and not spreads:
        spreads = {name: expression(1) for name in inputs}
    if spreads and not loss.squares:
        raise FitError(
            f"errors in {told(list(spreads))} are fitted by squares of distances, not by the loss {loss.told}",
            Advice("leave out ", Setting("loss"), ", or ", Setting("sigma_x")),
        )
    return spreads


def of_all(loss: Loss, free: Names, sigmas: bool) -> Loss:
    """A loss of residuals that has parameters of its own as one of prediction and response. Raises FitError."""
    own = [name for name in loss.names if name in free]
    if not (own and loss.of_residual):
        return loss
    if sigmas:
        raise FitError(
            f"the loss {loss.told} has the parameter {told(own)} of its own, and residuals in units of sigma have none",
            "leave sigma out, and write it into the loss, as a column or number",
        )
    into: dict[Expr, Expr] = {Sym(RESIDUAL): Sym(PREDICTION) - Sym(RESPONSE)}
    return replace(loss, formula=subs(loss.formula, into), of_residual=False)


def design(es: Sequence[Expr], columns: Names) -> Design:
    """Formulas of columns, told apart by what they cost."""
    parts = [e.name if isinstance(e, Sym) else float(e.value) if isinstance(e, Num) else None for e in es]
    others = [e for e, part in zip(es, parts, strict=True) if part is None]
    return Design(tuple(parts), compile(others, columns) if others else None)


def named(responses: Sequence[Expr], derived: Mapping[str, Expr]) -> list[Expr]:
    """The responses, formulas of columns under the name of the column that holds their values."""
    names = {e: name for name, e in derived.items()}
    return [Sym(names[e]) if e in names else e for e in responses]


def padded(weights: Mapping[str, Expr], models: Sequence[Expr]) -> list[str | None]:
    """The column of weights of each model, None where there is none."""
    return list(weights) if weights else [None] * len(models)


def weighed(model: Expr, response: Expr, weight: str | None) -> Expr:
    """(model - response) times a column of 1/sigma."""
    difference = model - response if not (isinstance(response, Num) and response.value == 0) else model
    return difference if weight is None else difference * Sym(weight)


def fresh(name: str, taken: set[str]) -> str:
    """A name that nothing has, and which is then taken."""
    while name in taken:
        name = f"_{name}"
    taken.add(checked_name(name))
    return name


def met(plan: Plan, found: Table) -> Problem:
    """The plan with the values of its columns. Rows that cannot take part are skipped, and listed."""
    return problem_of(plan, usable(found, plan.read))


def problem_of(plan: Plan, data: Data) -> Problem:
    """The same for data whose columns are finite."""
    if plan.weights:
        data = with_weight(plan, data)
    for e in plan.derived.values():
        data = data.without(~np.isfinite(column_of(e, data)), f"{show(e)} has no value")
    if plan.loss.name in RANGES:
        check_responses(plan, data)
    arrays = dict(data.columns)
    arrays |= {name: column_of(e, data) for name, e in plan.derived.items()}
    arrays |= {name: multiplier(column_of(e, data), plan.weighted) for name, e in plan.weights.items()}
    return Problem(plan, data, arrays)


def check_responses(plan: Plan, data: Data) -> None:
    """That a likelihood has responses that may occur. Raises FitError."""
    low, high, word = RANGES[plan.loss.name]
    for e in plan.responses:
        values = column_of(e, data)
        wrong = (values < low) | (values > high)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            here = f"{show(e)} is {values[first]:g} in row {data.rows[first]}"
            raise FitError(
                f"the loss {plan.loss.name} is for {word}, and {here}",
                Advice("leave such rows out, scale the response, or take another ", Setting("loss")),
            )


def with_weight(plan: Plan, data: Data) -> Data:
    """The rows whose sigma is above 0, or whose weight is; a weight of 0 says that a row does not count."""
    word = "weight" if plan.weighted else "sigma"
    for e in dict.fromkeys(plan.weights.values()):
        for wrong, reason in WRONG.items():
            data = data.without(wrong(column_of(e, data)), f"the {word} {reason}")
    return data


# fmt: off
WRONG: Final[dict[Callable[[Vector], NDArray[np.bool_]], str]] = {
    lambda values: values == 0:          "is 0",
    lambda values: values < 0:           "is negative",
    lambda values: ~np.isfinite(values): "has no value",
}
# fmt: on


def multiplier(values: Vector, weighted: bool) -> Vector:
    """What a residual is multiplied by."""
    with np.errstate(all="ignore"):
        return np.sqrt(values) if weighted else 1 / values


def column_of(e: Expr, data: Data) -> Vector:
    """The values of a formula of columns, row by row; nan where there is none."""
    if e.__class__ is Sym and show(e) in data.columns:
        return data.columns[show(e)]
    names = list(data.columns)
    found = compile(e, names)(*data.columns.values()) if names else compile(e, "")()
    return np.array(np.broadcast_to(found, (len(data),)))
