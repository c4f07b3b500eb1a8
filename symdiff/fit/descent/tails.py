"""Slopes that vanish though there is no minimum: on the way to infinity, as those of exp(-x) do."""

from __future__ import annotations

from typing import Final

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.descent.kinks import curves_up, newton_step, size_of
from symdiff.fit.descent.objective import MANY
from symdiff.fit.methods.parts import Ground, State
from symdiff.fit.methods.watch import Mask

LONG: Final = 0.01  # of the way so far: a step that still leads on
CLEAR: Final = 1e-6  # of the way so far: a step that is no rounding
SAME: Final = 0.95  # of a step: the next one is no shorter, while on the way to a minimum it is


def far_off(ground: Ground, state: State, start: Vector, moving: Mask) -> bool:
    """Whether a step of Newton's is long from here, or the one after it no shorter."""
    if len(moving) > MANY or not moving.any():
        return False
    ahead = step_of(ground, state, moving)
    if ahead is None:
        return False
    share = np.abs(ahead) / size_of(state.at, start)
    if share.max() > LONG or not share.max() > CLEAR:
        return bool(share.max() > LONG)
    there = ground.state(0, ground.box.inside(state.at + ahead))
    after = step_of(ground, there, moving)
    i = int(np.argmax(share))
    return after is not None and there.loss < state.loss and bool(abs(after[i]) > SAME * abs(ahead[i]))


def step_of(ground: Ground, state: State, moving: Mask) -> Vector | None:
    """The step of Newton's method; None where the Hessian does not curve up."""
    H = ground.objective.hessian(state.at)[np.ix_(moving, moving)]
    if not curves_up(H):
        return None
    step = np.zeros(len(moving))
    step[moving] = -newton_step(H, state.slopes[moving])
    return step
