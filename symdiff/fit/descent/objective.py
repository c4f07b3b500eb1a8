"""What a descent goes down: a loss, its exact slopes, its exact second derivatives, as programs made from formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Final, Protocol

import numpy as np

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import gradient, hessian
from symdiff.core.expr import App, Expr, Sym
from symdiff.core.fold import free_symbols, postorder
from symdiff.core.ops import ceil, floor, sign
from symdiff.errors import FitError
from symdiff.fit.data.table import Square, Vector
from symdiff.numeric.compile import Compiled, compile

MANY: Final = 300  # parameters: with more no matrix of second derivatives is made


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


class FormulaLoss:
    """A loss that is a formula in its parameters, as `sum((m*x + b - y)**2 for x, y in points)` is one in m and b.

    `residuals` are formulas whose squares add up to the loss, if it is known to be such a sum.
    """

    def __init__(self, loss: Expr, parameters: Sequence[str] | None = None, residuals: Sequence[Expr] = ()) -> None:
        self.names = tuple(parameters) if parameters is not None else tuple(s.name for s in free_symbols(loss))
        if not self.names:
            raise FitError("the loss is a number: it has no parameter to change", "leave the parameters as symbols")
        self.loss, self.residuals = loss, tuple(residuals)
        self.slopes = gradient(loss, self.names)
        self.first = compile((loss, *self.slopes), self.names)

    @cached_property
    def entries(self) -> dict[tuple[int, int], Expr]:
        """The second derivatives that are not 0."""
        return {(i, j): e for (i, j), e in hessian(self.loss, self.names).entries.items() if i <= j}

    @cached_property
    def second(self) -> Compiled:
        """Their program."""
        return compile(list(self.entries.values()), self.names)

    @cached_property
    def rows(self) -> Compiled:
        """The program of the residuals and, one after the other, their slopes."""
        return compile(list(self.residuals), self.names, "jacobian")

    @cached_property
    def quadratic(self) -> bool:
        """Whether no second derivative has a parameter in it, and nothing jumps."""
        return not (varies(self.entries.values(), self.names) or jumps([self.loss, *self.slopes], self.names))

    def __call__(self, at: Vector) -> tuple[float, Vector]:
        """The loss and its slopes, one program for both."""
        values = self.first(*at.tolist())
        return values[0], np.array(values[1:])

    def function(self) -> Compiled:
        """The loss and its slopes as a function of floats."""
        return self.first

    def hessian(self, at: Vector) -> Square:
        """Each second derivative at its two places."""
        whole = np.zeros((len(self.names), len(self.names)))
        if self.entries:
            for (i, j), value in zip(self.entries, self.second(*at.tolist()), strict=True):
                whole[i, j] = whole[j, i] = value
        return whole

    @cached_property
    def along(self) -> Compiled:
        """The program of the Hessian times a direction."""
        return compile(self.loss, self.names, "hvp")

    def product(self, at: Vector) -> Callable[[Vector], Vector]:
        """The Hessian there times vectors, without the Hessian."""
        place = at.tolist()
        return lambda v: np.array(self.along(*place, *v.tolist())[1])

    def linearised(self, at: Vector) -> tuple[Vector, Square]:
        """The residuals, and their slopes: one row for each parameter."""
        found = self.rows(*at.tolist())
        return np.array(found[:-1]), np.array(found[-1]).T

    def curvature(self, at: Vector) -> Square:
        """2 J'J of residuals, else the Hessian with every eigenvalue made positive."""
        if self.residuals:
            _, slopes = self.linearised(at)
            with np.errstate(all="ignore"):
                return np.asarray(2 * (slopes @ slopes.T))
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
