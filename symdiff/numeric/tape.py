"""Straight-line code: formulas as a list of operations on numbered values, which every back end runs or compiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, NamedTuple, TypeAlias

from symdiff.core.calm import calm
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import postorder
from symdiff.errors import MissingError
from symdiff.numeric.val import on_floats
from symdiff.points.point import Fault, step


class Step(NamedTuple):
    """One operation: `op` names a row of the table or a lowered primitive, `place` the value it defines."""

    op: str
    place: int
    args: tuple[int, ...]


class Plan(NamedTuple):
    """Code for one point of many: what varies from point to point, what is the same at all, and what to store."""

    inputs: tuple[int, ...]  # values that vary, given
    uniform: tuple[int, ...]  # values read by the body, the same at every point, known when called
    constants: Mapping[int, float]  # values read by the body, known when compiled
    body: tuple[Step, ...]  # parts before wholes
    results: tuple[int, ...]  # what to store: places of the body, or inputs


Row: TypeAlias = tuple[Op, tuple[int, ...]]


class Tape:
    """Formulas as rows applied to numbered values, each distinct part once.

    The arguments come first, in their order; then each step defines the next number. Constants have negative numbers,
    -1, -2, ...: in a list that ends with them in reverse they are found as Python finds them. Parts without symbols
    are constants, computed exactly as far as that goes, then rounded to floats (10^-330 to 0: x/10^-330 has no value);
    one that has no value stays a step. Raises MissingError for symbols that are no arguments. `order`: what `postorder`
    gives for the formulas, if that is known.

    >>> from symdiff import parse, symbols
    >>> tape = Tape([parse("x*sin(x) + 1/3")], symbols("x, y"))
    >>> [(row.name, args) for row, args in tape.steps], tape.constants, tape.results
    ([('sin', (0,)), ('*', (0, 2)), ('+', (3, -3))], [1.0, 3.0, 0.3333333333333333], (4,))
    """

    __slots__ = ("args", "constants", "results", "steps")

    def __init__(self, roots: Sequence[Expr], args: Sequence[Sym], order: list[Expr] | None = None) -> None:
        self.args = tuple(args)
        places: dict[Expr, int] = {x: i for i, x in enumerate(args)}
        values: list[Any] = []
        self.steps: list[Row] = []
        with calm:
            self.lay(postorder(*roots) if order is None else order, places, values)
        self.constants = [nearest_float(value) for value in values]
        self.results = tuple([places[root] for root in roots])

    def lay(self, order: list[Expr], places: dict[Expr, int], values: list[Any]) -> None:
        """Give every node its number. Written out, since large graphs spend their time here."""
        place, append, missing = len(self.args), self.steps.append, []
        for node in order:
            kind = node.__class__
            if kind is App:
                sources = tuple([places[part] for part in node.args])
                for source in sources:
                    if source >= 0:
                        break
                else:
                    found = step(node, [values[~source] for source in sources], on_floats)  # type: ignore[arg-type]
                    if found.__class__ is not Fault:
                        places[node] = ~len(values)
                        values.append(found)
                        continue
                places[node] = place
                place += 1
                append((node.op, sources))  # type: ignore[union-attr]  # an App
            elif kind is Num:
                places[node] = ~len(values)
                values.append(node.value)  # type: ignore[union-attr]  # a Num
            elif node not in places:
                missing.append(node.name)  # type: ignore[union-attr]  # a Sym
                places[node] = -1
        if missing:
            raise MissingError(missing, [x.name for x in self.args], arguments=True)


def nearest_float(value: Any) -> float:
    """The nearest float: 0 for what is too small, an infinity for what is too large."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf
