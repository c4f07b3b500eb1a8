"""The loss of a problem as what a descent goes down: the mean over the rows of data, its exact slopes and Hessian."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from symdiff.algebra.rewrite import subs
from symdiff.calculus.diff import gradient, hessian
from symdiff.core.expr import Expr, Num, Sym
from symdiff.core.ops import ZERO, maximum, sqrt
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.descent.objective import FormulaLoss, jumps, varies
from symdiff.fit.leastsquares.slopes import limited, slopes
from symdiff.fit.losses import PREDICTION, RESIDUAL, RESPONSE
from symdiff.fit.problem import Plan, Problem, named
from symdiff.numeric.compile import Compiled
from symdiff.numeric.sums import Sums


class DataLoss:
    """The mean over the rows of the loss of a problem, the losses of several responses added up.

    Of squares r'r/n the gradient is 2 J'r/n and the Hessian 2 (J'J + sum r r'')/n; of any other loss both come from its
    formula. All are sums over rows, taken in one pass and in constant memory.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem, self.plan = problem, problem.plan
        self.names = self.plan.free
        self.arrays: tuple[Vector, ...] = problem.arrays
        self.rows = len(problem) if problem.arrays else 1
        self.formulas = formulas_of(self.plan, self.rows)
        self.calls = 0
        self.quick: Compiled | None = None

    def __call__(self, at: Vector) -> tuple[float, Vector]:
        """The mean loss and its slopes. Of few rows, once it is called often, by a program without rows."""
        self.calls += 1
        if self.calls == OFTEN:
            self.quick = self.function()
        if self.quick is not None:
            loss, *slopes = self.quick(*at.tolist())
            return loss, np.array(slopes)
        with np.errstate(all="ignore"):
            loss, slopes = self.formulas.first([*at.tolist(), *self.arrays])
            return loss / self.rows, slopes / self.rows

    def hessian(self, at: Vector) -> Square:
        """The exact second derivatives of the mean loss."""
        with np.errstate(all="ignore"):
            return self.formulas.second([*at.tolist(), *self.arrays]) / self.rows

    def curvature(self, at: Vector) -> Square:
        """2 J'J/n of squares, which is what Gauss and Newton take; of other losses what is like it: `rows_of`."""
        with np.errstate(all="ignore"):
            return self.formulas.curvature([*at.tolist(), *self.arrays]) / self.rows

    @property
    def quadratic(self) -> bool:
        """Whether the second derivatives are the same everywhere."""
        return self.formulas.quadratic

    @property
    def columns(self) -> dict[str, Vector]:
        """What the model reads, by name."""
        known = dict(zip(self.plan.columns, self.arrays, strict=True))
        return {name: known[name] for name in self.plan.inputs if name in known}

    @property
    def model(self) -> Expr:
        """The formula that is fitted, the first if there are several."""
        return self.plan.models[0]

    def linearised(self, at: Vector, moved: dict[str, Vector] | None = None) -> tuple[Vector, Square]:
        """The residuals, response by response, and their slopes; of other columns where some are `moved`."""
        if not moved:
            return self.problem.linearised(at)
        return Problem(self.plan, self.problem.data, {**self.problem.named, **moved}).linearised(at)

    def batch(self, rows: NDArray[np.intp]) -> DataLoss:
        """The same mean over some rows only."""
        part = copy(self)
        part.calls, part.quick = OFTEN, None
        part.arrays, part.rows = tuple([column[rows] for column in self.arrays]), len(rows)
        return part

    def function(self) -> Compiled | None:
        """The loss and its slopes as a function of floats, in a program without rows; None where it would be long.

        Of squares that are linear in the parameters k + 1 rows are left, those of R in [J r] = QR.
        """
        if len(self.names) > FEWEST:
            return None
        whole = self.reduced() if self.formulas.squares and self.quadratic else self.unrolled()
        return None if whole is None else FormulaLoss(whole, self.names).function()

    def reduced(self) -> Expr | None:
        """The loss by the rows of R."""
        if self.rows > MANY_ROWS:
            return None
        r, J = self.linearised(np.zeros(len(self.names)))
        R = np.asarray(np.linalg.qr(np.column_stack([J.T, r]), mode="r"))
        if not np.isfinite(R).all():
            return None
        names = [Sym(name) for name in self.names]
        rows = [sum([x * number(c) for x, c in zip(names, row, strict=False)], number(row[-1])) for row in R.tolist()]
        return sum([row**2 for row in rows], ZERO) / self.rows

    def unrolled(self) -> Expr | None:
        """The loss as the sum over its rows, written out."""
        if self.rows > FEW or not self.arrays:
            return None
        one = sum(losses_of(self.plan), ZERO)
        cells = zip(*[column.tolist() for column in self.arrays], strict=True)
        columns: list[Expr] = [Sym(name) for name in self.plan.columns]
        rows = [subs(one, dict(zip(columns, map(number, row), strict=True))) for row in cells]
        return sum(rows, ZERO) / self.rows


def number(value: float) -> Num:
    """A float as the number it is."""
    return Num(Fraction(value))


class Formulas:
    """The loss of a plan summed over rows, as programs, made when first wanted."""

    def __init__(self, plan: Plan, backend: str) -> None:
        self.backend = backend
        self.names, self.args, self.residuals = plan.free, plan.args, plan.residuals
        self.squares = plan.loss.squares
        self.plan = plan

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()  # programs do not travel; `formulas_of` makes them again

    @cached_property
    def loss(self) -> Expr:
        """The loss of one row; of squares it is not needed."""
        return sum(losses_of(self.plan), ZERO)

    @cached_property
    def program(self) -> Sums:
        """Of squares the rows [J r], else the loss and its slopes."""
        if self.squares:
            return self.sums(self.plan.rows)
        return self.sums([], (self.loss, *gradient(self.loss, self.names)))

    def sums(self, blocks: Sequence[Sequence[Expr]], plain: Sequence[Expr] = ()) -> Sums:
        """A program of the arguments of the plan."""
        return Sums(self.args, blocks, plain, self.backend)

    @cached_property
    def entries(self) -> dict[tuple[int, int], Expr]:
        """The second derivatives that are not 0: of squares, of the part that J'J leaves out."""
        if not self.squares:
            return {place: e for place, e in hessian(self.loss, self.names).entries.items() if place[0] <= place[1]}
        whole: dict[tuple[int, int], Expr] = {}
        for r in self.residuals:
            for (i, j), e in hessian(limited(r, self.names), self.names).entries.items():
                if i <= j:
                    whole[i, j] = whole.get((i, j), ZERO) + 2 * r * e
        return whole

    @cached_property
    def curving(self) -> Sums:
        """Their sums."""
        return self.sums([], list(self.entries.values()))

    @cached_property
    def quadratic(self) -> bool:
        """Whether the Hessian is the same everywhere."""
        slopes = [e for J in self.plan.slopes for e in J] if self.squares else list(self.entries.values())
        kinked = list(self.residuals) if self.squares else [self.loss]
        return not (varies(slopes, self.names) or jumps(kinked, self.names))

    def first(self, values: Sequence[float | Vector]) -> tuple[float, Vector]:
        """The loss and its slopes."""
        G, plain = self.program(values)
        if not self.squares:
            return float(plain[0]), plain[1:]
        return float(G[-1, -1]), 2 * G[:-1, -1]

    @cached_property
    def steep(self) -> Sums:
        """Of squares the rows [J r]; else those whose sums are the Hessian without the curvature of the model."""
        return self.program if self.squares else self.sums(rows_of(self.plan))

    def curvature(self, values: Sequence[float | Vector]) -> Square:
        """A matrix like the Hessian that curves down nowhere."""
        G, _ = self.steep(values)
        return np.asarray(2 * G[:-1, :-1] if self.squares else G)

    def second(self, values: Sequence[float | Vector]) -> Square:
        """The Hessian."""
        k = len(self.names)
        whole = np.zeros((k, k))
        if self.entries and not (self.squares and self.quadratic):
            for (i, j), value in zip(self.entries, self.curving(values)[1].tolist(), strict=True):
                whole[i, j] = whole[j, i] = value
        return whole + self.curvature(values) if self.squares else whole


def formulas_of(plan: Plan, rows: int) -> Formulas:
    """The programs of a plan, made once.

    On few rows always by the same back end, so that the same fit, asked for again, takes the same path to the last bit.
    """
    backend = "auto" if rows > MANY_ROWS else "numpy"
    found = plan.settings.get(f"{KEY}, {backend}")
    if not isinstance(found, Formulas):
        found = plan.settings[f"{KEY}, {backend}"] = Formulas(plan, backend)
    return found


KEY: Final = "mean loss"
FEW: Final = 20  # rows that a loss is written out for
FEWEST: Final = 8  # parameters
MANY_ROWS: Final = 100_000  # more are never held beside their slopes
OFTEN: Final = 500  # calls, after which a function made for few rows has paid off


def rows_of(plan: Plan) -> list[tuple[Expr, ...]]:
    """Rows w for which the sum of w w' is that of rho'' u_i u_j, u what the loss rho is a function of: f or r.

    A negative rho'' counts as 0. (The generalised Gauss-Newton matrix: Schraudolph 2002; for likelihoods nearly
    Fisher's information.)
    """
    name = RESIDUAL if plan.loss.of_residual else PREDICTION
    bend = hessian(plan.loss.formula, [name]).entries.get((0, 0), ZERO)
    rows: list[tuple[Expr, ...]] = []
    for into, weight, u in arguments_of(plan):
        root = sqrt(maximum(subs(bend, into) if weight is None else weight**2 * subs(bend, into), 0))
        rows.append(tuple([root * slope for slope in slopes(u, plan.free)]))
    return rows


def losses_of(plan: Plan) -> list[Expr]:
    """The loss of each response in one row, weighted: a loss of f and y by what squares are weighted with."""
    whole = []
    for into, weight, _ in arguments_of(plan):
        one = subs(plan.loss.formula, into)
        whole.append(limited(one if weight is None else weight**2 * one, plan.free))
    return whole


Argument = tuple[dict[Expr, Expr], Expr | None, Expr]


def arguments_of(plan: Plan) -> Iterator[Argument]:
    """For each response what stands for r, or f and y, in its loss; what the loss is weighted with; r or f itself."""
    if plan.loss.of_residual:
        for r in plan.residuals:
            yield {Sym(RESIDUAL): r}, None, r
        return
    ties: dict[Expr, Expr] = {Sym(name): e for name, e in plan.tied.items()}
    weights: list[Expr | None] = [Sym(name) for name in plan.weights] or [None] * len(plan.models)
    for model, y, weight in zip(plan.models, named(plan.responses, plan.derived), weights, strict=True):
        f = subs(model, ties) if ties else model
        yield {Sym(PREDICTION): f, Sym(RESPONSE): y}, weight, f
