"""What a misfit costs: the table of losses, formulas of the residual `r` or of prediction `f` and response `y`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from symdiff.calculus.diff import d
from symdiff.core.expr import Expr, Num, Sym
from symdiff.core.fold import free_symbols, subs
from symdiff.core.ops import maximum, sqrt, where
from symdiff.errors import FitError, nearest
from symdiff.text.parse import Formula, expression
from symdiff.text.show import show

RESIDUAL, PREDICTION, RESPONSE = "r", "f", "y"

# fmt: off
# Each is twice a negative log-likelihood, constants aside, so that squares are squares: name, formula, what it is for.
# Robust ones as in Holland and Welsch 1977, likelihoods as deviances (McCullagh and Nelder 1989, section 2.3).
LOSSES: Final = {
    "squares":  ("r^2",                                      "normal errors"),
    "soft_l1":  ("2*(sqrt(1 + r^2) - 1)",                    "outliers: squares near 0, absolute values far off"),
    "huber":    ("where(abs(r) <= 1, r^2, 2*abs(r) - 1)",    "outliers: squares up to 1, then absolute values"),
    "cauchy":   ("log(1 + r^2)",                             "many outliers: far ones hardly count"),
    "arctan":   ("atan(r^2)",                                "many outliers: none costs more than pi/2"),
    "welsch":   ("1 - exp(-r^2)",                            "many outliers: far ones do not count"),
    "poisson":  ("2*(f - y - y*log(f) + where(y > 0, y*log(y), 0))",
                                                             "counts y of mean f"),
    "binomial": ("-2*(where(y > 0, y*log(f), 0) + where(y < 1, (1 - y)*log(1 - f), 0))",
                                                             "shares y of yes, with the chance f"),
}
# Scales at which a robust loss loses 5 % of what squares would give for normal errors, in standard deviations.
TUNED: Final = {"soft_l1": 1.345, "huber": 1.345, "cauchy": 2.385, "arctan": 2.385, "welsch": 2.985}
# fmt: on


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """A loss: its name, its formula, and whether it is one of the residual (else of prediction and response)."""

    name: str
    formula: Expr
    of_residual: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The columns and parameters that it names beside r, f and y."""
        return tuple([x.name for x in free_symbols(self.formula) if x.name not in (RESIDUAL, PREDICTION, RESPONSE)])

    @property
    def told(self) -> str:
        """Its name, or its formula."""
        return show(self.formula) if self.name == "formula" else self.name

    @property
    def squares(self) -> bool:
        """Whether it is least squares."""
        return self.name == "squares"

    def rows(self, residual: Expr, slopes: tuple[Expr, ...]) -> tuple[tuple[Expr, ...], Expr | None]:
        """The rows [J r] of the least-squares problem that is the loss, to second order, and the loss itself.

        With s^2 = rho''/2 the rows are s J and rho'/(2 s): they give the gradient, and the Hessian without the
        curvature of the model. Where rho curves down, s^2 is a tenth of the weight rho'/(2 r) instead, so that the
        matrix stays positive (compare Triggs and others 2000, section 4.3).
        """
        if self.squares:
            return (*slopes, residual), None
        r: Expr = Sym(RESIDUAL)
        first = d(self.formula, RESIDUAL)
        s = sqrt(subs(weight(r, first, d(first, RESIDUAL)), {r: residual}))
        return (*[s * slope for slope in slopes], subs(first / 2, {r: residual}) / s), subs(self.formula, {r: residual})


LEAST: Final = Num(Fraction(1, 10**30))  # a weight: where a loss is flat, the row stays without effect


def weight(r: Expr, first: Expr, second: Expr) -> Expr:
    """rho''/2, but at least a tenth of rho'/(2 r), and above 0."""
    return where(r**2 > 0, maximum(maximum(second / 2, first / (20 * r)), LEAST), second / 2)


# fmt: off
# What a likelihood takes for a response: the least and the most, and what that is called.
RANGES: Final = {
    "poisson":  (0.0, math.inf, "counts, 0 or more"),
    "binomial": (0.0, 1.0,      "shares, from 0 to 1"),
}
# fmt: on


@cache
def loss_of(asked: Formula) -> Loss:
    """The loss of a name of the table, or of a formula in `r`, or in `f` and `y`. Raises FitError, ParseError.

    >>> loss_of("huber").of_residual, loss_of("log(1 + exp(-y*f))").of_residual
    (True, False)
    """
    if isinstance(asked, str) and asked.strip() in LOSSES:
        name = asked.strip()
        formula = expression(LOSSES[name][0])
        return Loss(name, formula, Sym(RESIDUAL) in free_symbols(formula))
    formula = expression(asked)
    names = {x.name for x in free_symbols(formula)}
    if RESIDUAL not in names and PREDICTION not in names:
        close = nearest(str(asked), LOSSES)
        hint = f"did you mean {close!r}?" if close else f"choose from {', '.join(LOSSES)}, or as in 'log(1 + r^2)'"
        raise FitError(f"the loss {asked} is neither a name nor a formula of the residual r or the prediction f", hint)
    if RESIDUAL in names and PREDICTION in names:
        formula = subs(formula, {Sym(RESIDUAL): Sym(PREDICTION) - Sym(RESPONSE)})
    return Loss("formula", formula, RESIDUAL in names and PREDICTION not in names)
