"""Divisions by one and the same value, twice or more, as products with its reciprocal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence

from symdiff.numeric.tape import Step

SQUARE, RECIPROCAL = "square", "reciprocal"  # u*u and 1/v: operations of lowered code that are no rows of the table


class Shared:
    """Steps with shared reciprocals: `code`; `again` tells which values turned out to be others, `made` what is new.

    A division by v^2 counts as one by v if there are others by v: 1/v^2 is the square of 1/v. Products that have become
    the same are one.

    >>> steps = [Step("/", 3, (0, 2)), Step("/", 4, (1, 2))]
    >>> [(op, args) for op, _, args in Shared(steps, {0, 1, 2, 3, 4}, 5).code]
    [('reciprocal', (2,)), ('*', (0, 5)), ('*', (1, 5))]
    """

    def __init__(self, steps: Sequence[Step], moving: Container[int], fresh: int) -> None:
        self.code: list[Step] = []
        self.again: dict[int, int] = {}
        self.made: set[int] = set()
        self.known: dict[int, int] = {}  # the reciprocals that stand in the code, by divisor
        self.products: dict[tuple[int, ...], int] = {}
        self.fresh = fresh
        self.shared = shared_divisors(steps, moving)
        for step in steps:
            self.take(step)

    def take(self, step: Step) -> None:
        """Append a step, as it is or as a product."""
        op, place, args = step.op, step.place, tuple([self.again.get(arg, arg) for arg in step.args])
        if op in ("/", RECIPROCAL) and args[-1] in self.shared:
            reciprocal = self.reciprocal(args[-1])
            if op == RECIPROCAL:
                self.again[place] = reciprocal
                return
            op, args = "*", (args[0], reciprocal)
        if op == "*" and (same := self.products.setdefault(tuple(sorted(args)), place)) != place:
            self.again[place] = same
        else:
            self.code.append(Step(op, place, args))

    def reciprocal(self, divisor: int) -> int:
        """The place of the reciprocal of a divisor, put into the code when first asked for, after that of its root."""
        if divisor not in self.known:
            root = self.shared[divisor]
            if root is not None and root not in self.known:
                self.known[root] = self.append(RECIPROCAL, self.again.get(root, root))
            self.known[divisor] = (
                self.append(RECIPROCAL, divisor) if root is None else self.append(SQUARE, self.known[root])
            )
        return self.known[divisor]

    def append(self, op: str, arg: int) -> int:
        """A new step."""
        place, self.fresh = self.fresh, self.fresh + 1
        self.made.add(place)
        self.code.append(Step(op, place, (arg,)))
        return place


def shared_divisors(steps: Sequence[Step], moving: Container[int]) -> dict[int, int | None]:
    """What is divided by more than once; with the v of a divisor v^2, where there are divisions by v too."""
    count = Counter([args[-1] for op, place, args in steps if op in ("/", RECIPROCAL) and args[-1] in moving])
    roots = {place: args[0] for op, place, args in steps if op == SQUARE and place in count and args[0] in count}
    wanted = {*roots, *roots.values()}
    return {v: roots.get(v) for v in count if count[v] > 1 or v in wanted}
