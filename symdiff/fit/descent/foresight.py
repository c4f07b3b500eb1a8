"""What a descent will do, said before its first step, from the exact Hessian of the loss.

Near a minimum one step of descent with the rates R multiplies the error by I - RH. So the eigenvalues of H decide:
with one rate for all parameters the error shrinks below 2/largest, shrinks fastest at 2/(smallest + largest), and
then by the factor (k - 1)/(k + 1) a step, where k = largest/smallest is the condition (Nocedal and Wright, Numerical
Optimization, 2nd ed., section 3.3; with momentum: Polyak 1964). For a model linear in its parameters the squared loss
is quadratic, and all of this is exact from any start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.descent.objective import Objective
from symdiff.fit.words import about, listed, num

Rate: TypeAlias = float | Mapping[str, float]

NEAR = 1e-6  # "steps to 1e-6": until a millionth of the error is left
FLAT = 1e-12  # an eigenvalue of the scaled Hessian below this is 0 as far as floats can tell
TINY = 1e-300  # a second derivative below this has no usable inverse


@dataclass(frozen=True, slots=True, eq=False)
class Foresight:
    """The curvature of a loss at the start of a descent, and what follows from it.

    `hessian` is the matrix of second derivatives in the order of `names`, `eigenvalues` its eigenvalues, ascending;
    `quadratic` says whether they are the same everywhere (else what is said here holds near the start only). `rates`
    is a rate for each parameter that works, from the Hessian's diagonal: empty where the diagonal gives none. `flat`
    are the parameters that nothing determines, `directions` the number of directions in which nothing changes.

    All of it is about plain descent, or about descent with a `momentum`, `ahead` if it is Nesterov's. Of methods with
    other rates (Adam's, those of batches) it tells what plain descent would do, and that this is not `asked`.
    """

    names: tuple[str, ...]
    hessian: Square
    quadratic: bool
    eigenvalues: tuple[float, ...]
    flat: tuple[str, ...]
    directions: int
    rates: dict[str, float]
    momentum: float = 0.0
    ahead: bool = False
    asked: str = ""

    def rolling(self, momentum: float, ahead: bool = False) -> Foresight:
        """The same for descent with a momentum, which lets all stable rates grow alike."""
        moved = replace(self, momentum=momentum, ahead=ahead)
        return replace(moved, rates={name: moved.boost * rate for name, rate in self.rates.items()})

    @property
    def boost(self) -> float:
        """By what the momentum lets stable rates grow."""
        return (1 + self.momentum) / (1 + 2 * self.momentum if self.ahead else 1)

    @property
    def largest(self) -> float:
        """The largest eigenvalue, 0 if none is positive."""
        return max(self.eigenvalues[-1], 0.0)

    @property
    def smallest(self) -> float:
        """The smallest positive eigenvalue, flat directions aside; where rounding hides it, what it is at most."""
        hidden = self.largest * len(self.names) * np.finfo(float).eps
        curved = [value for value in self.eigenvalues if value >= -hidden][self.directions :]
        return max(curved[0], hidden) if curved else 0.0

    @property
    def condition(self) -> float:
        """largest/smallest: how much longer than wide the valley is."""
        return self.largest / self.smallest if self.smallest else math.inf

    @property
    def largest_stable_rate(self) -> float:
        """2/largest, or what a momentum makes of it: with one rate for all parameters, anything above grows."""
        return 2 * self.boost / self.largest if self.largest > TINY else math.inf

    @property
    def best_rate(self) -> float:
        """2/(smallest + largest): the fastest single rate; with a momentum the fastest of those that go with it."""
        if self.ahead and math.isfinite(self.largest_stable_rate):
            return float(min(self.largest_stable_rate * np.linspace(0.02, 0.98, 49), key=self.contraction))
        return 2 * self.boost / (self.smallest + self.largest) if self.largest > TINY else math.inf

    def multipliers(self, rate: Rate) -> tuple[Vector, Square]:
        """The eigenvalues v of RH, ascending, and their directions as columns: a step multiplies those by 1 - v."""
        each = np.array([rate[name] if isinstance(rate, Mapping) else rate for name in self.names])
        root = np.sqrt(each)
        with np.errstate(all="ignore"):
            values, vectors = np.linalg.eigh(np.nan_to_num(root[:, None] * self.hessian * root))
            return values, vectors * root[:, None]

    def stable(self, rate: Rate, momentum: float | None = None) -> bool:
        """Whether descent with this rate (one, or one each) comes nearer and nearer."""
        boost = self.boost if momentum is None else 1 + momentum
        return bool(self.multipliers(rate)[0][-1] < 2 * boost)

    def contraction(self, rate: Rate, momentum: float | None = None) -> float:
        """What one step leaves of the error in the slowest direction; directions without curvature do not count.

        With momentum b and the multiplier v it is the larger root of z^2 - (1 + b - v) z + b = 0, in size; Nesterov's
        looks ahead, and has z^2 - (1 + b) (1 - v) z + b (1 - v) = 0.
        """
        b = self.momentum if momentum is None else momentum
        values = self.multipliers(rate)[0]
        v = values[np.argsort(np.abs(values))][self.directions :]
        half, product = ((1 + b) * (1 - v) / 2, b * (1 - v)) if self.ahead else ((1 + b - v) / 2, b + 0 * v)
        inside = half**2 - product
        real = np.abs(half) + np.sqrt(np.maximum(inside, 0))
        return float(np.max(np.where(inside >= 0, real, np.sqrt(np.maximum(product, 0))), initial=0.0))

    def steps_to(self, part: float = NEAR, rate: Rate | None = None, momentum: float | None = None) -> float:
        """About how many steps leave `part` of the error, inf if it grows; without a rate at the best single one."""
        left = self.contraction(self.best_rate if rate is None else rate, momentum)
        if left >= 1:
            return math.inf
        return max(1.0, math.ceil(math.log(part) / math.log(left))) if left else 1.0

    def along(self, i: int, rate: Rate = 1.0) -> str:
        """The parameters that make up most of the i-th direction, the strongest first."""
        vector = np.abs(self.multipliers(rate)[1][:, i])
        strong = [j for j in np.argsort(-vector) if vector[j] > 0.5 * vector.max()]
        return " and ".join(self.names[j] for j in strong)

    def text(self) -> str:
        """What the Hessian says, in sentences, one a line."""
        if not self.largest:
            return "The loss does not curve upwards at the start: nothing can be said about rates."
        return "\n".join([self.says_where(), self.says_shape(), *self.says_rates()])

    def says_where(self) -> str:
        """Where the rest holds."""
        if self.quadratic:
            return "The loss is quadratic: what its Hessian says here holds everywhere."
        return "The loss is not quadratic: this is its Hessian at the start, and holds near it."

    def says_shape(self) -> str:
        """The eigenvalues, and the directions of the first and the last."""
        values = listed([num(v) for v in self.eigenvalues])
        if self.eigenvalues[0] < -FLAT * self.largest:
            return f"Eigenvalues {values}: the loss curves down along {self.along(0)}."
        if self.flat:
            return f"Eigenvalues {values}: the loss does not determine {listed(self.flat)}."
        if len(self.names) == 1:
            return f"Second derivative {values}."
        return (
            f"Eigenvalues {values}, condition {num(self.condition)}: "
            f"steepest along {self.along(-1)}, flattest along {self.along(0)}."
        )

    def says_rates(self) -> list[str]:
        """Which rates are stable, and how fast."""
        limit, best = num(self.largest_stable_rate), num(self.best_rate)
        if self.eigenvalues[0] < -FLAT * self.largest:
            return [f"A rate above {limit} overshoots along {self.along(-1)}."]
        steps = f"{about(self.steps_to())} to {num(NEAR)} of the error"
        lines = [f"{self.says_what()} is stable below {limit}, fastest at {best}: {steps}."]
        if self.rates and len(self.names) > 1:
            each = listed([f"{name}: {num(rate)}" for name, rate in self.rates.items()])
            lines.append(f"A rate each, {each}: {about(self.steps_to(rate=self.rates))}.")
        return lines

    def says_what(self) -> str:
        """For which descent the rates are."""
        if self.asked:
            return f"{self.asked} takes other steps; of plain descent one rate"
        named = "Nesterov's momentum" if self.ahead else "momentum"
        return f"With {named} {num(self.momentum)} one rate" if self.momentum else "One rate"


def foresee(objective: Objective, start: Vector) -> Foresight | None:
    """What the Hessian at the start says; None where it is beyond floats."""
    hessian = objective.hessian(start)
    curvature = hessian if objective.quadratic else objective.curvature(start)
    if not (np.isfinite(hessian).all() and np.isfinite(curvature).all()):
        return None
    values = tuple(np.linalg.eigvalsh(hessian).tolist())
    rates = rates_each(curvature)
    suggested = dict(zip(objective.names, rates.tolist(), strict=True)) if rates.all() else {}
    flat, directions = undetermined(hessian, objective.names)
    return Foresight(objective.names, hessian, objective.quadratic, values, flat, directions, suggested)


def rates_each(curvature: Square, momentum: float = 0.0) -> Vector:
    """A rate for each parameter, all of them c/diagonal, with the c that makes descent fastest; 0 where nothing curves.

    Scaled by its diagonal the matrix has ones there, so its p eigenvalues are at most p: the c is never far from 1.
    """
    diagonal = np.diagonal(curvature)
    curved = diagonal > TINY
    rates = np.zeros(len(diagonal))
    if curved.any():
        root = 1 / np.sqrt(diagonal[curved])
        values = np.linalg.eigvalsh(root[:, None] * curvature[np.ix_(curved, curved)] * root)
        rates[curved] = 2 * (1 + momentum) / (values[values > FLAT].min() + values[-1]) * root**2
    return rates


def equilibrated(hessian: Square) -> tuple[Square, Vector]:
    """D H D and D, with the diagonal D that brings the largest entry of each row near 1, so that units drop out."""
    scale = np.ones(len(hessian))
    for _ in range(8):  # each pass takes the square root of what is left to do (Ruiz 2001)
        largest = np.abs(scale[:, None] * hessian * scale).max(axis=1)
        scale = scale / np.sqrt(np.where(largest > TINY, largest, 1.0))
    return scale[:, None] * hessian * scale, scale


def undetermined(hessian: Square, names: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The parameters that take part in directions in which the loss does not change at all; how many directions."""
    scaled, _ = equilibrated(hessian)
    values, vectors = np.linalg.eigh(scaled)
    flat = np.abs(values) <= FLAT * max(np.abs(values).max(), TINY)
    moved = np.abs(vectors[:, flat]).max(axis=1, initial=0.0) > 1e-3
    return tuple(name for name, yes in zip(names, moved, strict=True) if yes), int(flat.sum())
