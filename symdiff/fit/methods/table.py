"""The table of methods, and the method that a name and settings ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from symdiff.errors import FitError, nearest
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.objective import Objective
from symdiff.fit.methods.batches import BATCH, InRows
from symdiff.fit.methods.directions import BFGS, LBFGS, MOMENTUM, Adam, Conjugate, GaussNewton, Nesterov, Slopes
from symdiff.fit.methods.first import RATE, FirstOrder, Settings, ball
from symdiff.fit.methods.parts import AHEAD, DESCENT, Direction, Ground, Method, Stop
from symdiff.fit.methods.rates import real
from symdiff.fit.methods.truncated import Truncated
from symdiff.fit.methods.trust import Trust
from symdiff.fit.methods.wolfe import Wolfe

__all__ = ["METHODS", "NEWTON", "Row", "Settings", "method_of", "row_of"]

NEWTON: Final = "Newton's method"
SEARCHING: Final = Stop(level=8, patience=200)  # each step of a search counts


class Row(NamedTuple):
    """A method: what it is, which derivatives it needs, which settings it takes, how it is made for an objective."""

    doc: str
    needs: str
    settings: tuple[str, ...]
    make: Callable[[Objective, Vector, Settings], Method]


@dataclass(frozen=True, slots=True)
class Searching:
    """A row of the table: a direction along which a place is searched that fulfils the conditions of Wolfe.

    The slope there is at most `share` of what it was; `remembers` tells that the last gain says how far to look.
    """

    name: str
    direction: Callable[[Ground], Direction]
    share: float = 0.9
    remembers: bool = False

    def __call__(self, objective: Objective, start: Vector, settings: Settings) -> Method:
        """The method, which is the same for all objectives."""
        return Method(self.name, self.direction, self.step, SEARCHING, searches=True)

    def step(self, ground: Ground) -> Wolfe:
        """The search along the direction."""
        return Wolfe(ground, self.share, self.remembers)


def newton(objective: Objective, start: Vector, settings: Settings) -> Method:
    """Newton's method with the exact Hessian, in a trust region."""
    return Method(NEWTON, lambda _: Slopes(), Trust, SEARCHING, "exact Hessian, trust region", searches=True)


def truncated(objective: Objective, start: Vector, settings: Settings) -> Method:
    """Newton's method for many parameters."""
    return Method("truncated Newton", lambda _: Slopes(), Truncated, SEARCHING, "Hessian products", searches=True)


DESCENDING: Final = FirstOrder(DESCENT, ball)
ROLLING: Final = FirstOrder(DESCENT, ball, MOMENTUM)
LOOKING: Final = FirstOrder(AHEAD, Nesterov, MOMENTUM, lambda share: (1 + share) / (1 + 2 * share))
ADAPTING: Final = FirstOrder("Adam", lambda _: Adam(), own=RATE)
STOCHASTIC: Final = FirstOrder("stochastic gradient descent", ball, batch=BATCH)
LEARNING: Final = Searching("BFGS", lambda _: BFGS())
LITTLE: Final = Searching("L-BFGS", lambda _: LBFGS())
LINEARISED: Final = Searching("Gauss-Newton", GaussNewton)
CONJUGATE: Final = Searching("conjugate gradients", lambda _: Conjugate(), 0.1, True)

FIRST: Final = ("rate", "momentum", "schedule", "batch", "seed")
# fmt: off
METHODS: Final[dict[str, Row]] = {
    "descent":      Row("against the gradient, by one rate or one each",      "slopes",    FIRST, DESCENDING),
    "momentum":     Row("the same, and each move keeps a share of the last",  "slopes",    FIRST, ROLLING),
    "nesterov":     Row("momentum that looks ahead",                          "slopes",    FIRST, LOOKING),
    "adam":         Row("running means of the slopes over their size",        "slopes",    FIRST, ADAPTING),
    "sgd":          Row("descent on batches of rows, shuffled every epoch",   "slopes",    FIRST, STOCHASTIC),
    "cg":           Row("nonlinear conjugate gradients, Polak-Ribiere+",      "slopes",    (),    CONJUGATE),
    "bfgs":         Row("the inverse Hessian learned from slopes",            "slopes",    (),    LEARNING),
    "l-bfgs":       Row("the same in little memory, for many parameters",     "slopes",    (),    LITTLE),
    "gauss-newton": Row("linearised residuals, damped by a line search",      "residuals", (),    LINEARISED),
    "newton":       Row("the exact Hessian in a trust region, past saddles",  "hessian",   (),    newton),
    "newton-cg":    Row("the same by products alone, for many parameters",    "hessian",   (),    truncated),
}
WHOLE: Final = ("auto",)  # asked for beside the rows: what suits the formula
BY_ROWS: Final = ("auto", "lm")  # and with data Levenberg and Marquardt's method, which has a module of its own
# What methods are called elsewhere, where that is far from their names here.
ELSEWHERE: Final = {
    "levenberg": "lm", "marquardt": "lm", "levenberg-marquardt": "lm", "leastsq": "lm", "least-squares": "lm",
    "gd": "descent", "gradient-descent": "descent", "steepest-descent": "descent", "minibatch": "sgd",
    "conjugate-gradient": "cg", "conjugate-gradients": "cg", "heavy-ball": "momentum", "trust-ncg": "newton",
    "trust-exact": "newton", "gn": "gauss-newton",
}
# fmt: on


def method_of(name: object, objective: Objective, start: Vector, settings: Settings) -> Method:
    """The method that a name and settings ask for. Raises FitError with near misses, ParseError for a bad formula.

    >>> from symdiff import parse
    >>> from symdiff.fit.descent.objective import FormulaLoss
    >>> method_of("descent", FormulaLoss(parse("x^2")), np.zeros(1), Settings(rate=0.1)).words()
    'gradient descent, rate 0.1'
    """
    if not 0 <= real(settings.momentum, "the momentum") < 1:
        raise FitError(
            f"the momentum is {settings.momentum}", "it is the share of a move that is kept: at least 0, below 1"
        )
    row = row_of(name, BY_ROWS if isinstance(objective, InRows) else WHOLE)
    plain = Settings()
    for setting in FIRST:
        given = getattr(settings, setting)
        if given != getattr(plain, setting) and setting not in row.settings:
            takers = ", ".join(other for other, one in METHODS.items() if setting in one.settings)
            raise FitError(f"the method {name!r} takes no {setting}", f"leave it out, or choose from {takers}")
    if settings.batch is not None and not whole(settings.batch):
        raise FitError(f"the batch is {settings.batch!r}", "it is a number of rows, 1 or more")
    return row.make(objective, start, settings)


def whole(value: object) -> bool:
    """Whether it is a whole number, 1 or more."""
    return isinstance(value, int | np.integer) and bool(value > 0)


def row_of(name: object, others: Sequence[str] = WHOLE) -> Row:
    """The row of a method. Raises FitError with near misses, among the rows and what else may be asked for."""
    if isinstance(name, str) and (row := METHODS.get(name)):
        return row
    known, plain = (*others, *METHODS), str(name).lower().replace("_", "-").replace(" ", "-")
    called = ELSEWHERE.get(plain)
    close = called if called in known else nearest(plain, known)
    hint = f"did you mean {close!r}?" if close else f"choose from {', '.join(known)}"
    raise FitError(f"there is no method {name!r}", hint)
