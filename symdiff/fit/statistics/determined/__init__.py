"""Which combinations of parameters the data determine, by name, where they do not determine the parameters themselves.

Null vectors of J tell along which directions the residuals stand still. Two parameters whose columns are parallel are
joined into one quantity, a sum, a product or a product with an exponential, whichever keeps the residuals when one is
exchanged for the other by a finite amount; the joined quantity may be joined again. What needs three or more at a time
is told from the null space in the parameters or their logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from symdiff.calculus.diff import gradient
from symdiff.fit.data.table import Square
from symdiff.fit.statistics.determined.columns import collinear
from symdiff.fit.statistics.determined.groups import groups_of, together
from symdiff.fit.statistics.determined.pairs import joined_up
from symdiff.fit.statistics.determined.quantity import Trial, parameter
from symdiff.fit.statistics.figures import Statistics
from symdiff.fit.statistics.portions import sample
from symdiff.fit.statistics.shape import Shape, errors_of
from symdiff.fit.words import listed, rounded
from symdiff.numeric.compile import compile
from symdiff.text.parse import expression
from symdiff.text.show import show

__all__ = ["Undetermined", "collinear", "undetermined"]

ROWS: Final = 2_000  # rows on which an exchange is tried


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Parameters that the data do not determine, and the combinations of them that they do, as formulas.

    `exact` tells that other values with the same combinations fit as well; else that is so near this place only.
    `worth` holds value and standard error of each combination.
    """

    names: tuple[str, ...]
    determined: tuple[str, ...]
    exact: bool = True
    worth: tuple[tuple[float, float], ...] = ()

    def __str__(self) -> str:
        if not self.determined and not self.exact:
            return f"the data do not determine {listed(self.names)} one by one"
        if not self.determined:
            return f"the data say nothing about {listed(self.names)}"
        verb = "is" if len(self.determined) == 1 else "are"
        near = "" if self.exact else ", to first order here"
        each = " and ".join(filter(None, [listed(self.names[:-1]), self.names[-1]]))
        worth = self.worth or ((math.nan, math.nan),) * len(self.determined)
        told = [f"{text}{in_numbers(*pair)}" for text, pair in zip(self.determined, worth, strict=True)]
        return f"only {' and '.join(told)} {verb} determined, not {each} one by one{near}"


def in_numbers(value: float, error: float) -> str:
    """A value and its error; nothing where there is none."""
    return f" = {' ± '.join(rounded(value, error))}" if math.isfinite(error) else ""


def undetermined(statistics: Statistics) -> tuple[Undetermined, ...]:
    """What the data leave open, as combinations by name; nothing where they determine every parameter.

    >>> from symdiff import fit
    >>> found = fit("(a + b)*x + c", {"x": [1, 2, 3], "y": [1, 2, 4]})
    >>> [str(one) for one in found.undetermined]
    ['only a + b = 1.50 ± 0.29 is determined, not a and b one by one']
    """
    shape, R = statistics.shape, statistics.R
    if shape is None or R is None or not shape.null.shape[1]:
        return ()
    try:
        told = combined(statistics, shape, R)
        return tuple([replace(one, worth=tuple([worth(text, statistics) for text in one.determined])) for one in told])
    except (ArithmeticError, ValueError):  # columns so far apart that no float holds their ratios: LinAlgError, nan
        names = statistics.problem.plan.free
        return (Undetermined(tuple([names[i] for i in np.flatnonzero(shape.loose)]), (), False),)


def combined(statistics: Statistics, shape: Shape, R: Square) -> list[Undetermined]:
    """The parameters that are not determined, in groups, and their combinations that are."""
    names = statistics.problem.plan.free
    loose = np.flatnonzero(shape.loose).tolist()
    told = [Undetermined((names[i],), ()) for i in loose if not R[:, i].any()]
    trial = Trial(sample(statistics.problem, ROWS), statistics.at)
    quantities = joined_up([parameter(i, names[i], R[:, i]) for i in loose if R[:, i].any()], trial)
    groups = groups_of(quantities)
    grouped = {id(one) for group, _ in groups for one in group}
    for one in quantities:
        if len(one.members) > 1 and id(one) not in grouped:
            told.append(Undetermined(tuple(sorted(one.members, key=names.index)), (show(one.formula),), one.exact))
    return told + [Undetermined(*together(group, null, trial)) for group, null in groups]


def worth(text: str, statistics: Statistics) -> tuple[float, float]:
    """The value of a combination, and its standard error by its slopes."""
    names = statistics.problem.plan.free
    e = expression(text)
    value, *slopes = compile([e, *gradient(e, names)], names)(*statistics.at.tolist())
    if statistics.widths is None:
        return float(value), math.nan
    return float(value), float(errors_of(statistics.widths, statistics.deviation, np.array([slopes], float))[0])
