"""Corners of a loss: where |u| or a choice turns over, slopes jump, and a minimum may stand on the edge."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from symdiff.core.expr import App, Expr
from symdiff.core.fold import free_symbols, postorder
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.descent.objective import FormulaLoss, Objective
from symdiff.fit.methods.parts import Ground, State
from symdiff.numeric.compile import compile
from symdiff.text.show import show

NEAR: Final = 1e-7  # of the parameters: so near a corner a search ends that cannot get across
JUMP: Final = 1e-3  # of the largest slope: what is no smooth change
LOOKS: Final = 32  # ways tried besides the axes
SOLID: Final = 1e-7  # of the scaled Hessian: an eigenvalue that is no rounding
SOLIDLY: Final = 1e-4
ROUNDING: Final = 1e-13
STRIDES: Final = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)  # of the size of the parameters


def kinked(ground: Ground, state: State, start: Vector, largest: float) -> tuple[str, str, str] | None:
    """What to say of an end at a corner: reason, sentence, advice; None where no slope jumps (by `largest` slopes)."""
    corners = corners_at(ground.objective, state)
    if not corners or not jump(ground.objective, state.at) > JUMP * largest:
        return None
    told = ", ".join(corners)
    if lower(ground, state, start) is None:
        return (
            "converged",
            f"the slopes jump here, for the loss has a corner where {told}; no place around is lower",
            "",
        )
    why = f"the slopes jump here, for the loss has a corner where {told}, along which it still falls"
    return "stalled", why, "start elsewhere, or write the loss without the corner"


def jump(objective: Objective, at: Vector) -> float:
    """By how much a slope changes across a place, along its own parameter."""
    found, stride = 0.0, 10 * NEAR * (1.0 + float(np.abs(at).max()))
    for i in range(len(at)):
        side = np.zeros(len(at))
        side[i] = stride
        found = max(found, float(np.abs(objective(at + side)[1] - objective(at - side)[1]).max()))
    return found


def corners_at(objective: Objective, state: State) -> list[str]:
    """The conditions under which the loss has a corner, of those that hold at a place."""
    if not isinstance(objective, FormulaLoss):
        return []
    gaps = list(dict.fromkeys(gaps_of(objective.loss, objective.names)))
    if not gaps:
        return []
    values = compile(gaps, objective.names)(*state.at.tolist())
    size = NEAR * (1.0 + float(np.abs(state.at).max()))
    return [f"{show(gap)} = 0" for gap, value in zip(gaps, values, strict=True) if abs(value) <= size]


def gaps_of(e: Expr, names: tuple[str, ...]) -> Iterator[Expr]:
    """The expressions at whose zeros a part of e turns over."""
    for node in postorder(e):
        if isinstance(node, App) and any(s.name in names for s in free_symbols(node)):
            if node.op.name == "abs":
                yield node.args[0]
            elif node.op.name in ("min", "max") or node.op.form == "relation":
                yield node.args[0] - node.args[1]


def lower(ground: Ground, state: State, start: Vector) -> Vector | None:
    """A place nearby where the loss is lower by more than rounding, if one is found.

    Nearby is in proportion to the parameters, or to the way from the start.
    """
    n, box = len(state.at), ground.box
    draw = np.random.default_rng(0)
    ways = np.concatenate([downhill(state)[None, :], np.eye(n), -np.eye(n), draw.normal(size=(LOOKS, n))])
    size = size_of(state.at, start)
    for stride in STRIDES:
        for way in ways:
            there = box.inside(state.at + stride * size * way)
            loss = ground.objective(there)[0]
            if math.isfinite(loss) and loss < state.loss - ROUNDING * abs(state.loss):
                return there
    return None


def size_of(at: Vector, start: Vector) -> Vector:
    """How large a parameter is, or how far it has come; no less than a thousandth of the others."""
    size = np.maximum(np.abs(at), np.abs(at - start))
    return np.maximum(size, 1e-3 * (float(size.max()) or 1.0))


def downhill(state: State) -> Vector:
    """Against the slopes, at length 1 in the largest."""
    return np.asarray(-state.slopes / (float(np.abs(state.slopes).max()) or 1.0))


def solid(ground: Ground, state: State, start: Vector) -> bool:
    """Whether a place is a minimum beyond doubt: the Hessian about as positive as at the start, the slopes 0."""
    moving = ground.box.moving(state.at, state.slopes)
    H, before = [ground.objective.hessian(at)[np.ix_(moving, moving)] for at in (state.at, start)]
    if not curves_up(H, np.diagonal(before)):
        return False
    g = state.slopes[moving]
    return float(g @ newton_step(H, g)) <= 1e-9 * abs(state.loss)


def newton_step(H: Square, g: Vector) -> Vector:
    """H^-1 g of a Hessian that curves up, in the units of its diagonal, so that sizes drop out."""
    root = np.sqrt(np.diagonal(H))
    return np.asarray(np.linalg.solve(H / root / root[:, None], g / root) / root)


def curves_up(H: Square, before: Vector | None = None) -> bool:
    """Whether a Hessian has clearly positive eigenvalues only, in units of its diagonal, or what that was before."""
    diagonal = np.diagonal(H)
    if not np.isfinite(H).all() or not (diagonal > 0).all():
        return False
    root = np.sqrt(diagonal if before is None else np.fmax(diagonal, np.abs(before)))
    least = SOLID if before is None else SOLIDLY
    return bool(np.linalg.eigvalsh(H / root / root[:, None]).min(initial=1.0) > least)
