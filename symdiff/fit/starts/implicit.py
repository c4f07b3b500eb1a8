"""Implicit models F = 0: a curve is near its points where F over its gradient is small, the distance to first order."""

from __future__ import annotations

from symdiff.calculus.diff import gradient
from symdiff.core.expr import Expr, Num
from symdiff.core.fold import free_symbols
from symdiff.core.ops import ONE, ZERO, sqrt
from symdiff.fit.problem import Names, Plan


def is_implicit(plan: Plan) -> bool:
    """Whether the models have no response: their values are to vanish."""
    return all(isinstance(y, Num) for y in plan.responses)


def sampson(plan: Plan) -> tuple[Expr, ...]:
    """Sampson's distances F/|grad F|, each input in units of its standard error.

    Squares of F itself vanish where parameters go to infinity and F with them becomes flat; distances do not. Sources:
    P. D. Sampson, Comp. Graphics Image Proc. 18 (1982) 97; G. Taubin, IEEE PAMI 13 (1991) 1115.

    >>> from symdiff.fit.data.reading import table
    >>> from symdiff.fit.problem import Ask, plan_for
    >>> sampson(plan_for(Ask(("x^2 + y^2 - r^2",), (0,)), table({"x": [1.0], "y": [1.0]})))
    ((x^2 + y^2 - r^2)/sqrt((2*x)^2 + (2*y)^2),)
    """
    return tuple([F / sqrt(squares(F, plan.spreads)) for F in plan.residuals])


def squares(F: Expr, spreads: dict[str, Expr]) -> Expr:
    """The square of the gradient of F in the inputs, in units of their standard errors."""
    parts = [slope if s is ONE else s * slope for s, slope in zip(spreads.values(), gradient(F, spreads), strict=True)]
    squared: list[Expr] = [part**2 for part in parts if part is not ZERO]
    return sum(squared[1:], squared[0]) if squared else ONE


def columns_of(plan: Plan) -> Names:
    """The columns that the distances read: those of the residuals, and those of the standard errors of inputs."""
    more = [s.name for s in free_symbols(*plan.spreads.values())]
    return tuple(dict.fromkeys([*plan.columns, *more]))
