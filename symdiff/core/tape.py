"""An expression as a flat tape: what pickles hold. No recursion in either direction, and shared parts stay shared."""

from __future__ import annotations

from typing import Any

from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import postorder


def to_tape(e: Expr) -> tuple[list[Op], list[Any], list[int]]:
    """Operations, leaves and one flat list of integers: each node in order, as operation and places of its parts.

    A leaf is -1; its value or name comes next in `leaves`.
    """
    places: dict[Expr, int] = {}
    rows: dict[Op, int] = {}
    leaves: list[Any] = []
    tape: list[int] = []
    for place, node in enumerate(postorder(e)):
        places[node] = place
        match node:
            case App():
                tape.append(rows.setdefault(node.op, len(rows)))
                tape.extend([places[part] for part in node.args])
            case Sym():
                tape.append(-1)
                leaves.append(node.name)
            case _:
                tape.append(-1)
                leaves.append(node.value)
    return list(rows), leaves, tape


def from_tape(rows: list[Op], leaves: list[Any], tape: list[int]) -> Expr:
    """The expression that `to_tape` wrote."""
    nodes: list[Expr] = []
    leaf = iter(leaves)
    step = iter(tape)
    for row in step:
        if row < 0:
            value = next(leaf)
            nodes.append(Sym(value) if isinstance(value, str) else Num(value))
        else:
            op = rows[row]
            nodes.append(App(op, tuple([nodes[next(step)] for _ in range(op.arity)])))
    return nodes[-1]
