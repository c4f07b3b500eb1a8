"""The walk down: what joins a direction and a step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symdiff.fit.data.table import Vector
from symdiff.fit.methods.parts import Ground, Method, State, changed
from symdiff.fit.methods.quick import AFTER, quick_function, quick_states


def walk(ground: Ground, start: Vector, method: Method) -> Iterator[State]:
    """The states of a descent from the start on; it ends where no step leads lower, even if the direction forgets."""
    direction, step = method.direction(ground), method.step(ground)
    state = ground.state(0, ground.box.inside(start))
    yield state
    while True:
        if state.step == AFTER and (function := quick_function(ground, method)):
            yield from quick_states(function, state, method, direction)
        with np.errstate(all="ignore"):
            found = step(state, direction(state))
            if found is None:
                direction = method.direction(ground)
                found = step(state, direction(state))
        if found is None:
            return
        if found.at is state.at or (ground.box.bounded and changed(state, found)):
            direction = method.direction(ground)
        state = found
        yield state
