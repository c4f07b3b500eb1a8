"""Several expressions as one list of instructions, run on numbers or NumPy arrays: what a loop over data calls.

The graph is flattened once, common parts are computed once, constant parts not at all. No source text is made or run:
an instruction is a function, a place for its result and the places of its arguments. The policy for undefined points is
that of `val` (`docs/decisions.md`, "Undefined points"), with nan for an error; a value beyond the floats is an
infinity, as in IEEE 754.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf, nan
from typing import Any

import numpy as np

from symdiff.core.exact import shortened
from symdiff.core.expr import App, Expr, Num, Op, Sym, symbol
from symdiff.core.fold import free_symbols, postorder
from symdiff.errors import MissingError, OperandError
from symdiff.numeric.rows import on_arrays, on_numbers
from symdiff.numeric.val import on_floats
from symdiff.points.point import Fault, step
from symdiff.text.parse import Formula, expression

Instruction = tuple[Callable[..., Any], int, tuple[int, ...]]


class Program:
    """`Program(es, args)(*values)` gives a tuple: the value of each of `es` where the symbols `args` have these values.

    `es`: expressions, numbers or text; `args`: symbols or names, or one text of names. Values are numbers or arrays,
    which broadcast; every result then has the shape of all of them together. With numbers alone the results are floats.
    Conditions give 1.0, 0.0 or nan. Raises MissingError for symbols of `es` not in `args`, EvaluationError for an
    abstract function, OperandError for values that are not real numbers.

    >>> line = Program(["m*x + b", "x", "1/x"], "x m b")
    >>> line(2, 3, 1)
    (7.0, 2.0, 0.5)
    >>> line(np.array([0.0, 1.0]), 3, 1)
    (array([1., 4.]), array([0., 1.]), array([nan,  1.]))
    """

    def __init__(self, es: Iterable[Formula], args: Iterable[Sym | str] | str) -> None:
        roots = [expression(e) for e in es]
        self.args = arguments(args)
        known = set(self.args)
        if missing := [x.name for x in free_symbols(*roots) if x not in known]:
            raise MissingError(missing, [x.name for x in self.args])
        self.steps, self.registers, self.results = flattened(roots, self.args)
        self.plans: dict[tuple[bool, ...], list[Instruction]] = {}

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        """The values of the expressions, given those of the arguments in their order."""
        if len(values) != len(self.args):
            raise OperandError(f"{len(self.args)} values are wanted ({names(self.args)}), {len(values)} were given")
        numbers = [as_numbers(x, value) for x, value in zip(self.args, values, strict=True)]
        shapes = tuple([value.__class__ is not float for value in numbers])
        plan = self.plans.get(shapes) or self.planned(shapes)
        if True not in shapes:
            return self.run(plan, numbers)
        with np.errstate(all="ignore"):
            return filled(self.run(plan, numbers), numbers)

    def run(self, plan: list[Instruction], numbers: list[Any]) -> tuple[Any, ...]:
        """One pass through the instructions."""
        registers = [*numbers, *self.registers]
        for function, place, sources in plan:
            registers[place] = function(*[registers[source] for source in sources])
        return tuple([registers[place] for place in self.results])

    def planned(self, shapes: tuple[bool, ...]) -> list[Instruction]:
        """The instructions for arguments that are arrays where `shapes` says so; what is a number stays fast."""
        varies = [*shapes, *[False] * len(self.registers)]
        plan: list[Instruction] = []
        for row, place, sources in self.steps:
            varies[place] = any(varies[source] for source in sources)
            kind = on_arrays if varies[place] else on_numbers
            plan.append((kind(row), place, sources))
        self.plans[shapes] = plan
        return plan


def arguments(args: Iterable[Sym | str] | str) -> tuple[Sym, ...]:
    """The symbols of a program, each once."""
    listed = args.replace(",", " ").split() if isinstance(args, str) else args
    found = tuple(map(symbol, listed))
    if len(set(found)) < len(found):
        raise OperandError(f"an argument occurs twice: {names(found)}", "give each name once")
    return found


def names(xs: Sequence[Sym]) -> str:
    """The names, for a message."""
    return ", ".join([x.name for x in xs])


def as_numbers(x: Sym, value: Any) -> Any:
    """A float, or an array of floats."""
    if value.__class__ is float:
        return value
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf" or (array.dtype.kind == "O" and array.shape == ()):
            return float(value) if array.shape == () else array.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise unfit(x, value) from error
    raise unfit(x, value)


def unfit(x: Sym, value: Any) -> OperandError:
    """The complaint about what is not numbers."""
    return OperandError(f"the values of {x.name} are not real numbers: {shortened(value)}")


def filled(results: tuple[Any, ...], numbers: list[Any]) -> tuple[Any, ...]:
    """The results in the common shape of the arguments, also those that do not depend on all of them.

    Each is an array of its own: what is written into it changes neither an argument nor another result.
    """
    shape = np.broadcast_shapes(*{value.shape for value in numbers if value.__class__ is not float})
    taken = set(map(id, numbers))
    arrays = []
    for r in results:
        own = getattr(r, "shape", None) == shape and id(r) not in taken
        arrays.append(r if own else np.full(shape, r))
        taken.add(id(r))
    return tuple(arrays)


# ---------------------------------------------------------------------------------------------------------- flattening

Step = tuple[Op, int, tuple[int, ...]]


def flattened(roots: list[Expr], args: tuple[Sym, ...]) -> tuple[list[Step], list[float], list[int]]:
    """Steps, what the registers after the arguments hold at the start, and the places of the results.

    A place is used again once its value has been used for the last time, so that a long program on long arrays needs
    the memory of its widest moment only.
    """
    order = postorder(*roots)
    constants = constant_parts(order)
    last_user = last_users(roots, order, constants)
    places: dict[Expr, int] = {x: place for place, x in enumerate(args)}
    registers: list[float] = []
    free: list[int] = []
    steps: list[Step] = []
    for node in order:
        if node in last_user and node not in places:
            places[node] = free.pop() if free and node not in constants else len(args) + len(registers)
            if places[node] == len(args) + len(registers):
                registers.append(constants.get(node, nan))
        if isinstance(node, App) and node not in constants:
            steps.append((node.op, places[node], tuple([places[part] for part in node.args])))
            free += [places[part] for part in dict.fromkeys(node.args) if last_user[part] is node]
    return steps, registers, [places[root] for root in roots]


def last_users(roots: list[Expr], order: list[Expr], constants: dict[Expr, float]) -> dict[Expr, Expr | None]:
    """For every value that is needed while the program runs, the last node that needs it; None for a result."""
    users: dict[Expr, Expr | None] = {}
    for node in order:
        if node not in constants:
            users |= dict.fromkeys(node.args, node)
    return users | dict.fromkeys(roots, None)


def constant_parts(order: list[Expr]) -> dict[Expr, float]:
    """The values of the nodes without symbols, computed exactly as far as that goes; no entry where there is none."""
    values: dict[Expr, Any] = {}
    for node in order:
        match node:
            case Num():
                values[node] = node.value
            case App() if all(part in values for part in node.args):
                found = step(node, [values[part] for part in node.args], on_floats)
                if found.__class__ is not Fault:
                    values[node] = found
    return {node: as_float(value) for node, value in values.items()}


def as_float(value: Any) -> float:
    """The nearest float; an infinity beyond them."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf
