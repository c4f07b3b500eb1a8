"""First-order methods: steps that are rates times a direction, on all rows or in batches, by rates given or found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from symdiff.errors import FitError
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.objective import Objective
from symdiff.fit.methods.batches import CurvedEpochs, Epochs, steady_in_batches
from symdiff.fit.methods.directions import HeavyBall, Slopes
from symdiff.fit.methods.parts import DESCENT, Direction, Ground, Method, Step
from symdiff.fit.methods.rates import AGAIN, Curved, Paced, Rates, pace_of, steady
from symdiff.text.parse import Formula

RATE: Final = 0.1  # where nothing suggests one


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller may set: rates, schedule, momentum, the size and the seed of batches; the steps allowed."""

    rate: Rates | None = None
    momentum: float = 0.0
    schedule: Formula | None = None
    batch: int | None = None
    seed: int = 0
    steps: int = 10_000


@dataclass(frozen=True, slots=True)
class FirstOrder:
    """A row of the table: a direction made of a momentum, and how rates are found for it.

    `momentum` and `batch` are what is taken where nothing is said, `boost` is by what a momentum lets stable rates
    grow. A method with a rate of its `own` has a momentum of its own too.
    """

    name: str
    direction: Callable[[float], Direction]
    momentum: float = 0.0
    boost: Callable[[float], float] = lambda share: 1 + share
    own: float | None = None
    batch: int | None = None

    def __call__(self, objective: Objective, start: Vector, settings: Settings) -> Method:
        """The method for an objective."""
        if self.own is not None and settings.momentum:
            raise FitError(f"{self.name} has a momentum of its own", "leave momentum out")
        share, batch = settings.momentum or self.momentum, settings.batch or self.batch
        told = f", momentum {share:g}" if share else ""
        told += f", batches of {batch} rows, seed {settings.seed}" if batch else ""
        followed = settings.rate is None and settings.schedule is None and self.own is None
        if followed and not objective.quadratic:
            return self.by_curvature(settings, share, batch, told)
        rate = self.own if settings.rate is None else settings.rate
        if rate is None:
            rate = self.suggested(objective, start, share, batch, settings.seed)
        return self.by_pace(rate, objective, settings, share, batch, told)

    def by_curvature(self, settings: Settings, share: float, batch: int | None, told: str) -> Method:
        """With rates that follow the curvature from place to place."""
        boost = self.boost(share)

        def epochs(ground: Ground) -> Step:
            rates = CurvedEpochs(ground.objective, batch or 1, settings.seed, boost)
            return Epochs(ground, rates, self.direction(share), batch or 1, settings.seed)

        told = f"a rate each from the second derivatives, taken again every {AGAIN} steps{told}"
        if batch:
            return Method(self.name, lambda _: Slopes(), epochs, settings=told)
        return Method(
            self.name,
            lambda _: self.direction(share),
            lambda ground: Curved(ground, boost),
            settings=told,
            momentum=share,
        )

    def by_pace(
        self, rate: Rates, objective: Objective, settings: Settings, share: float, batch: int | None, told: str
    ) -> Method:
        """With rates that are known beforehand."""
        pace = pace_of(rate, settings.schedule, objective.names, settings.steps)

        def epochs(ground: Ground) -> Step:
            return Epochs(ground, lambda state: pace.at(state.step), self.direction(share), batch or 1, settings.seed)

        if batch:
            return Method(self.name, lambda _: Slopes(), epochs, settings=pace.words + told)
        plain = self.name == DESCENT
        return Method(
            self.name,
            lambda _: self.direction(share),
            lambda ground: Paced(ground, pace),
            settings=pace.words + told,
            rates=pace.rates if plain else None,
            pace=pace.at if plain else None,
            momentum=share,
        )

    def suggested(
        self, objective: Objective, start: Vector, share: float, batch: int | None, seed: int
    ) -> dict[str, float | str]:
        """The rates that the curvature at the start suggests, by name."""
        rates = steady_in_batches(objective, start, batch, seed) if batch else steady(objective, start)
        rates = self.boost(share) * np.where(rates > 0, rates, 1.0) if rates.any() else np.full(len(start), RATE)
        return dict(zip(objective.names, rates.tolist(), strict=True))


def ball(share: float) -> Direction:
    """Down the slopes, with a momentum if there is one."""
    return HeavyBall(share) if share else Slopes()
