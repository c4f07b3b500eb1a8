"""Where a formula of one variable may have no value or jump, read from its text: the zeros of what it divides by.

The columns `domain` and `smooth` of the table say what each operation asks of its arguments, as comparisons; a choice
has its condition. All these can change only where the two sides of a comparison are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Sym, lift
from symdiff.core.fold import free_symbols, postorder
from symdiff.numeric.compile import compile
from symdiff.numeric.singular import Mask, Vector

GRID = 1000  # intervals in which zeros are looked for
MOST = 200  # places
FUNCTIONS = 40  # of which zeros are looked for
HALVINGS = 60
COMPARISONS = (ops.lt, ops.le, ops.gt, ops.ge, ops.eq, ops.ne)
ROUNDED = (ops.floor, ops.ceil)
FACTORS = (ops.mul, ops.div, ops.neg, ops.absolute)


class Critical:
    """Where `e` may have a pole, a hole, an edge or a jump, as a function of x, with values `env` for all else.

    >>> from symdiff import parse
    >>> special = Critical(parse("1/(x - 1)^2 + log(x)"), Sym("x"))
    >>> special.places(-5, 5)
    [0.0, 1.0]
    >>> special.between(np.array([-1.0, 0.5, 0.7, 2.0]))
    array([ True, False,  True])
    """

    def __init__(self, e: Expr, x: Sym, env: Mapping[Sym, float] | None = None) -> None:
        functions = list(dict.fromkeys([u for u in sides(e) if x in free_symbols(u)]))[:FUNCTIONS]
        self.compiled, self.others = compile(functions, [x, *(env or {})], backend="numpy"), tuple((env or {}).values())

    def values(self, at: Vector) -> tuple[Vector, ...]:
        """What may be compared with 0 in the formula, each as an array of values."""
        return self.compiled(at, *self.others)  # type: ignore[no-any-return]

    def places(self, low: float, high: float) -> list[float]:
        """Where one of these is 0 and changes its sign, from `low` to `high`: at most 200, and not all there are."""
        at = low + (high - low) * (np.arange(GRID + 1) / GRID)
        found: list[float] = []
        for number, values in enumerate(self.values(at)):
            zeros, changes = at[values == 0].tolist(), np.flatnonzero(changing(values))
            if len(zeros) + len(changes) <= MOST:
                found += [*zeros, *self.bisected(number, at[changes], at[changes + 1])]
        return sorted(set(found))[:MOST]

    def between(self, at: Vector) -> Mask:
        """Between which neighbours one of these changes its sign."""
        found = np.zeros(len(at) - 1, dtype=bool)
        for values in self.values(at):
            found |= changing(values)
        return found

    def bisected(self, number: int, low: Vector, high: Vector) -> list[float]:
        """The zeros of one of these, each between two places with values of different sign."""
        if not low.size:
            return []
        negative = self.values(low)[number] < 0
        for _ in range(HALVINGS):
            middle = low + (high - low) / 2
            below = (self.values(middle)[number] < 0) == negative
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        nearer = np.abs(self.values(low)[number]) < np.abs(self.values(high)[number])
        zeros: list[float] = np.where(nearer, low, high).tolist()
        return zeros


def changing(values: Vector) -> Mask:
    """Which neighbours have different signs."""
    signs = np.sign(values)
    found: Mask = signs[1:] * signs[:-1] < 0
    return found


def sides(e: Expr) -> Iterator[Expr]:
    """The expressions that are 0 where a condition of some part of `e` may change."""
    for node in postorder(e):
        if isinstance(node, App):
            for difference in differences(node):
                yield from factors(difference)


def differences(node: App) -> Iterator[Expr]:
    """Left side minus right side of all that is compared in the conditions of one operation, or in a comparison."""
    if node.op is ops.pow and isinstance(node.args[1], Num) and node.args[1].value == int(node.args[1].value) > 0:
        return
    conditions = [lift(column(*node.args)) for column in (node.op.domain, node.op.smooth) if column is not None]
    for part in [node, *postorder(*conditions, closed=node.args)]:
        if isinstance(part, App) and part.op in COMPARISONS:
            u, v = part.args
            rounded = isinstance(v, App) and v.op in ROUNDED
            yield ops.sin(ops.pi() * u) if rounded else u - v


def factors(u: Expr) -> Iterator[Expr]:
    """Expressions of which at least one is 0 wherever `u` is: it may be a product, a power, or a difference from 0."""
    stack = [u]
    while stack:
        v = stack.pop()
        if isinstance(v, App) and v.op is ops.sub and v.args[1] is ops.ZERO:
            stack.append(v.args[0])
        elif isinstance(v, App) and v.op in FACTORS:
            stack += v.args
        elif isinstance(v, App) and v.op is ops.pow:
            stack.append(v.args[0])
        else:
            yield v
