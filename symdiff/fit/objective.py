"""What a descent goes down: a loss, its exact slopes, its exact second derivatives, as programs made from formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import gradient, hessian
from symdiff.core.expr import App, Expr, Sym
from symdiff.core.fold import free_symbols, postorder
from symdiff.core.ops import ZERO, ceil, floor, sign
from symdiff.errors import FitError
from symdiff.fit.table import Vector
from symdiff.numeric.compile import compile

Square: TypeAlias = NDArray[np.float64]


class Objective(Protocol):
    """A loss in named parameters, met as a vector in the order of `names`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""

    @property
    def quadratic(self) -> bool:
        """Whether the second derivatives are the same everywhere."""

    def __call__(self, at: Vector) -> tuple[float, Vector]:
        """The loss and its slopes; nan or inf where there are none."""

    def hessian(self, at: Vector) -> Square:
        """The exact second derivatives of the loss."""

    def curvature(self, at: Vector) -> Square:
        """A matrix like the Hessian that curves down nowhere: what a step length can be taken from."""


class LeastSquares:
    """The mean squared error of a model at the rows of data, in its parameters.

    With the residuals r = f - y of n rows and J the slopes of f, row by row: the loss is r'r/n, its gradient 2 J'r/n
    and its Hessian 2 (J'J + sum r f'')/n. The formulas of f, J and f'' are differentiated once and evaluated over all
    rows at a time.
    """

    def __init__(self, model: Expr, parameters: Sequence[str], columns: Mapping[str, Vector], target: Vector) -> None:
        self.names = tuple(parameters)
        self.model, self.columns, self.target = model, columns, target
        args = [*parameters, *columns]
        slopes = gradient(model, self.names)
        self.quadratic = not (varies(slopes, self.names) or jumps([model], self.names))
        second = {} if self.quadratic else hessian(model, self.names).entries
        self.places = [(i, j) for i, j in second if i <= j]
        self.first = Rows((model, *slopes), args)
        self.second = Rows([second[place] for place in self.places], args) if second else None

    def __call__(self, at: Vector) -> tuple[float, Vector]:
        """r'r/n and 2 J'r/n."""
        with np.errstate(all="ignore"):
            residuals, slopes = self.linearised(at)
            return float(residuals @ residuals / len(residuals)), 2 * (slopes @ residuals) / len(residuals)

    def linearised(self, at: Vector) -> tuple[Vector, Square]:
        """The residuals, and the slopes of the model: one row for each parameter, one column for each row of data."""
        table = self.first([*at.tolist(), *self.columns.values()], len(self.target))
        return table[0] - self.target, table[1:]

    def hessian(self, at: Vector) -> Square:
        """2 (J'J + sum r f'')/n."""
        whole = self.curvature(at)
        if self.second is None:
            return whole
        with np.errstate(all="ignore"):
            residuals, _ = self.linearised(at)
            table = self.second([*at.tolist(), *self.columns.values()], len(self.target))
            for (i, j), term in zip(self.places, 2 * (table @ residuals) / len(residuals), strict=True):
                whole[i, j] += term
                whole[j, i] = whole[i, j]
        return whole

    def curvature(self, at: Vector) -> Square:
        """2 J'J/n, which is what Gauss and Newton take for the Hessian."""
        with np.errstate(all="ignore"):
            _, slopes = self.linearised(at)
            return np.asarray(2 * (slopes @ slopes.T) / len(self.target))


class FormulaLoss:
    """A loss that is a formula in its parameters, as `sum((m*x + b - y)**2 for x, y in points)` is one in m and b."""

    def __init__(self, loss: Expr, parameters: Sequence[str] | None = None) -> None:
        self.names = tuple(parameters) if parameters is not None else tuple(s.name for s in free_symbols(loss))
        if not self.names:
            raise FitError("the loss is a number: it has no parameter to change", "leave the parameters as symbols")
        self.loss = loss
        self.slopes = gradient(loss, self.names)
        self.first = Rows((loss, *self.slopes), self.names)

    @cached_property
    def entries(self) -> dict[tuple[int, int], Expr]:
        """The second derivatives that are not 0."""
        found = hessian(self.loss, self.names).entries
        reduced = {(i, j): normal(e) for (i, j), e in found.items() if i <= j}
        return {place: e for place, e in reduced.items() if e is not ZERO}

    @cached_property
    def second(self) -> Rows:
        """Their program."""
        return Rows(list(self.entries.values()), self.names)

    @cached_property
    def quadratic(self) -> bool:
        """Whether no second derivative has a parameter in it, and nothing jumps."""
        return not (varies(self.entries.values(), self.names) or jumps([self.loss, *self.slopes], self.names))

    def __call__(self, at: Vector) -> tuple[float, Vector]:
        """The loss and its slopes, one program for both."""
        values = self.first(at.tolist(), 1)[:, 0]
        return float(values[0]), values[1:]

    def hessian(self, at: Vector) -> Square:
        """Each second derivative at its two places."""
        whole = np.zeros((len(self.names), len(self.names)))
        if self.entries:
            for (i, j), value in zip(self.entries, self.second(at.tolist(), 1)[:, 0], strict=True):
                whole[i, j] = whole[j, i] = value
        return whole

    def curvature(self, at: Vector) -> Square:
        """The Hessian with every eigenvalue made positive."""
        whole = self.hessian(at)
        if not np.isfinite(whole).all():
            return whole
        values, vectors = np.linalg.eigh(whole)
        return np.asarray((vectors * np.abs(values)) @ vectors.T)


def varies(es: Iterable[Expr], names: Sequence[str]) -> bool:
    """Whether one of the formulas has one of the names in it, cancellation aside."""
    return any(s.name in names for e in es for s in free_symbols(e)) and any(
        s.name in names for e in es for s in free_symbols(normal(e))
    )


def jumps(es: Iterable[Expr], names: Sequence[str]) -> bool:
    """Whether a formula jumps, or has a corner, where one of the names changes: derivatives do not show that."""
    depends: set[Expr] = set()
    for node in postorder(*es):
        if isinstance(node, Sym) and node.name in names:
            depends.add(node)
        if isinstance(node, App) and not depends.isdisjoint(node.args):
            depends.add(node)
            if node.op in (sign, floor, ceil) or node.op.form == "relation":
                return True
    return False


class Rows:
    """Formulas as one program over rows of data: the value of each at each row, nan or inf where there is none."""

    def __init__(self, es: Sequence[Expr], args: Sequence[str]) -> None:
        self.program = compile(es, args)

    def __call__(self, args: Sequence[object], length: int) -> Square:
        """One row for each formula, `length` columns: a formula that varies with no column is the same in all."""
        found = self.program(*args)
        return np.array([np.broadcast_to(values, (length,)) for values in found])
