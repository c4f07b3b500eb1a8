"""Terms found one after another: each lowers the loss most, given those before, as in a periodogram or picking peaks.

Linear parameters multiply functions of the others; functions that share a parameter make a group. Groups are taken in
the order in which they explain the data (orthogonal matching pursuit: Pati, Rezaiifar and Krishnaprasad 1993), a few
choices at a time are followed, and after each the parameters found so far are improved together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import free_symbols, subs
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.leastsquares.varpro import Projected, Split
from symdiff.fit.starts.ranking import best, chunks, evaluated, rows
from symdiff.numeric.compile import Compiled, compile

WIDTH: Final = 4  # choices followed at a time
TRIES: Final = 4  # choices taken from the samples of a group


class Group(NamedTuple):
    """Places, among the others and among the linear parameters, of what belongs together."""

    others: tuple[int, ...]
    linear: tuple[int, ...]


Draw = Callable[[Group], Square]
Improve = Callable[[Projected, Vector, list[int]], tuple[Vector, float]]


class State(NamedTuple):
    """A choice for some groups: the values of the others so far, which groups have them, and the loss."""

    values: Vector
    done: frozenset[int]
    loss: float


def groups_of(model: Split) -> list[Group]:
    """The groups; parameters that are in no function that is multiplied come with the first.

    >>> from symdiff import parse
    >>> from symdiff.fit.leastsquares.varpro import split
    >>> groups_of(split([parse("a*exp(-b*x) + c*sin(w*x) + e - y")], tuple("abcew"), ("x", "y")))
    [Group(others=(0,), linear=(0,)), Group(others=(1,), linear=(1,))]
    """
    inside = [names_in([row[j] for row in model.factors], model.others) for j in range(len(model.linear))]
    sets = [names_in(model.offsets, model.others), *inside]
    merged: list[set[int]] = []
    for found in sets:
        joined = set(found)
        for other in [m for m in merged if m & joined]:
            merged.remove(other)
            joined |= other
        if joined:
            merged.append(joined)
    merged.sort(key=min)
    return [Group(tuple(sorted(m)), tuple([j for j, found in enumerate(inside) if found & m])) for m in merged]


def names_in(es: Sequence[Expr], names: Sequence[str]) -> set[int]:
    """Places of the names that are in the formulas."""
    found = {s.name for s in free_symbols(*es)}
    return {i for i, name in enumerate(names) if name in found}


def alike(model: Split, group: Group) -> tuple[Expr, ...]:
    """The functions of a group under names by number: the same for groups that differ in names only."""
    into: dict[Expr | str, object] = {model.others[i]: Sym(f"_{k}") for k, i in enumerate(group.others)}
    return tuple([subs(row[j], into) for j in group.linear for row in model.factors])


class Pursuit:
    """The groups of a model, and what they are searched with.

    `draw` gives samples of the others for a group; `improve` takes a few steps from a place in the parameters that
    move (their places among the others) and gives where they led and the loss there; `lower` and `upper` bound the
    linear parameters.
    """

    def __init__(
        self, model: Split, arrays: Sequence[Vector], draw: Draw, improve: Improve, lower: Vector, upper: Vector
    ) -> None:
        self.model, self.arrays, self.draw, self.improve = model, arrays, draw, improve
        self.lower, self.upper = lower, upper
        self.groups = groups_of(model)
        self.programs = [program_of(model, group) for group in self.groups]
        self.kinds = [alike(model, group) for group in self.groups]
        self.always = [j for j in range(len(model.linear)) if all(j not in g.linear for g in self.groups)]

    def run(self) -> list[State]:
        """Choices for all groups, best first.

        Where the residuals without linear parameters have parameters of their own, terms cannot be left out, and
        nothing is pursued.
        """
        if len(self.groups) < 2 or names_in(self.model.offsets, self.model.others):
            return []
        states = [State(np.ones(len(self.model.others)), frozenset(), np.inf)]
        for _ in self.groups:
            states = distinct([s for state in states for k in self.open(state) for s in self.with_group(state, k)])
            states = states[:WIDTH]
        return states

    def open(self, state: State) -> list[int]:
        """The groups without values, one of each kind."""
        first = {self.kinds[k]: k for k in reversed(range(len(self.groups))) if k not in state.done}
        return sorted(first.values())

    def with_group(self, state: State, k: int) -> Iterator[State]:
        """The state with values for one more group: the best samples of it, improved together with those before."""
        done = state.done | {k}
        active = sorted([*self.always, *[j for g in done for j in self.groups[g].linear]])
        moving = sorted([i for g in done for i in self.groups[g].others])
        plane = Projected(self.model, self.arrays, active, moving)
        for values in self.chosen(state, k):
            there, loss = self.improve(plane, values[moving], moving)
            values[moving] = there
            yield State(values, done, loss)

    def chosen(self, state: State, k: int) -> list[Vector]:
        """The values of the state with the best samples of a group, no two of nearly the same loss."""
        group, drawn = self.groups[k], self.draw(self.groups[k])[:, list(self.groups[k].others)]
        before = [*self.always, *[j for g in state.done for j in self.groups[g].linear]]
        known = rows(self.model, self.arrays, state.values[None, :])[:, [*before, len(self.model.linear)]]
        order = [*group.linear, *before]
        lower, upper = self.lower[order], self.upper[order]
        losses = []
        for part in chunks(drawn, known[0].size + len(group.linear) * known.shape[2]):
            new = evaluated(self.programs[k], len(self.model.residuals), self.arrays, part)
            W = np.concatenate([new, np.broadcast_to(known, (len(part), *known.shape[1:]))], axis=1)
            losses.append(best(W, lower, upper).losses)
        found = []
        for i in apart(np.concatenate(losses), TRIES):
            values = state.values.copy()
            values[list(group.others)] = drawn[i]
            found.append(values)
        return found


def program_of(model: Split, group: Group) -> Compiled:
    """The functions of a group, for each residual, of its parameters and the columns."""
    names = [model.others[i] for i in group.others]
    return compile([row[j] for row in model.factors for j in group.linear], (*names, *model.columns), backend="numpy")


def apart(losses: Vector, most: int, share: float = 1e-3) -> list[int]:
    """Places of the least losses, rising, each larger than the one before by at least a share."""
    found: list[int] = []
    for i in np.argsort(losses, kind="stable").tolist():
        if not np.isfinite(losses[i]) or len(found) == most:
            break
        if not found or losses[i] > losses[found[-1]] * (1 + share):
            found.append(i)
    return found


def distinct(states: Sequence[State]) -> list[State]:
    """The states, best first, one of each loss."""
    losses = np.array([state.loss for state in states])
    return [states[i] for i in apart(losses, len(states), 1e-6)]
