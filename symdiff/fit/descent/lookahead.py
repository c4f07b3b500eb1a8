"""How many steps a descent by a schedule takes: rates that fall may never come near, however many steps are allowed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from symdiff.fit.descent.foresight import FLAT, Foresight
from symdiff.fit.methods.parts import Method

FAR: Final = 1024  # times the steps allowed: as far as a schedule is looked ahead
LITTLE: Final = 0.01  # of the error: what a step is supposed to leave at least, where by chance it leaves nothing
EACH: Final = 64  # steps that are looked at one by one
APART: Final = 1.1  # then every tenth of the way


def steps_by_schedule(here: Foresight, method: Method, taken: int, wanted: float) -> float:
    """How many more steps a schedule takes until the logarithm of the error has fallen by what is wanted.

    All of it is for the curvature `here`, where `taken` steps have led. inf where the rates fall so fast that it never
    does, nan where the curvature does not tell.
    """
    if here.eigenvalues[0] < -FLAT * here.largest:
        return math.nan
    goal = fallen(here, method, taken) + wanted
    total = next((steps for steps in doubled(taken) if fallen(here, method, steps) >= goal), 0)
    low = total // 2
    while total - low > max(1, total // 100):
        middle = (low + total) // 2
        low, total = (low, middle) if fallen(here, method, middle) >= goal else (middle, total)
    if total:
        return total - taken
    return math.inf if slowing(method, taken) else math.nan


def slowing(method: Method, taken: int) -> bool:
    """Whether later rates are smaller ones."""
    assert method.pace is not None
    return bool((method.pace(FAR * taken - 1, FAR * taken) < method.pace(taken - 1, taken)).all())


def fallen(here: Foresight, method: Method, steps: int) -> float:
    """By how much the logarithm of the error falls in so many steps of a schedule, by the rates of some of them."""
    assert method.pace is not None
    ks = looks(steps)
    paces = [dict(zip(here.names, method.pace(k, steps).tolist(), strict=True)) for k in ks]
    left = [max(here.contraction(rates, method.momentum), LITTLE) for rates in paces]
    return -float(np.trapezoid(np.log(left), ks))


def doubled(number: int) -> Iterator[int]:
    """The number twice, four times, ... up to `FAR` times."""
    return (number << power for power in range(1, FAR.bit_length()))


def looks(steps: int) -> list[int]:
    """Steps from 0 to the last one that stand for all."""
    further = max(0, math.floor(math.log(max(steps, 1) / EACH, APART)))
    later = [round(EACH * APART**i) for i in range(1, further + 1)]
    return [*[k for k in (*range(EACH + 1), *later) if k < steps - 1], max(steps - 1, 0)]
