"""Descent of few parameters in Python's own floats: for two or three numbers NumPy takes ten times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Final, TypeAlias

from symdiff.fit.methods.directions import HeavyBall
from symdiff.fit.methods.parts import Direction, Ground, Method, State

AFTER: Final = 200  # steps: a walk so long pays for the function that is made for it
FEW: Final = 8  # parameters

Function: TypeAlias = Callable[..., Sequence[float]]


def quick_function(ground: Ground, method: Method) -> Function | None:
    """The loss and its slopes as a function of floats, where a walk by known rates can use one."""
    few = method.pace is not None and len(ground.objective.names) <= FEW and not ground.box.bounded
    make = getattr(ground.objective, "function", None)
    return make() if few and make is not None else None


def quick_states(function: Function, state: State, method: Method, direction: Direction) -> Iterator[State]:
    """The states after this one, of descent with known rates and perhaps a momentum; their vectors are lists."""
    assert method.pace is not None
    pace, fixed = method.pace, method.rates is not None
    rates: list[float] = pace(state.step).tolist()
    momentum = method.momentum if isinstance(direction, HeavyBall) else 0.0
    velocity = direction.velocity.tolist() if isinstance(direction, HeavyBall) else [0.0] * len(rates)  # type: ignore[union-attr]  # it has been called
    at: list[float] = state.at.tolist()
    slopes: Sequence[float] = state.slopes.tolist()
    for step in count(state.step + 1):
        if not fixed:
            rates = pace(step - 1).tolist()
        if momentum:
            velocity = [momentum * v - g for v, g in zip(velocity, slopes)]  # noqa: B905  # strict takes its time
            at = [p + rate * v for p, rate, v in zip(at, rates, velocity)]  # noqa: B905
        else:
            at = [p - rate * g for p, rate, g in zip(at, rates, slopes)]  # noqa: B905
        loss, *slopes = function(*at)
        yield State(step, at, loss, slopes)  # type: ignore[arg-type]  # lists for vectors, as said
