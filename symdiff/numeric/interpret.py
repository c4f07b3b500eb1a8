"""The tape run as it is written, step by step, on numbers or arrays: slower than any other way, and right everywhere.

What has no value is nan, a value beyond the floats an infinity, and a branch not taken never matters
(`docs/decisions.md`, "Undefined points"). The fast ways hand their exceptional points to this one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from symdiff.core.expr import Op
from symdiff.numeric.rows import on_arrays, on_numbers
from symdiff.numeric.tape import Tape

Function: TypeAlias = Callable[..., Any]

array_function = lru_cache(maxsize=1024)(on_arrays)
number_function = lru_cache(maxsize=1024)(on_numbers)


class Interpreter:
    """`Interpreter(tape)(values)` gives a value for each result: floats where all that it depends on are floats.

    `values` are floats and arrays of one shape. Arrays are freed when they have been used for the last time.

    >>> from symdiff import parse, symbols
    >>> Interpreter(Tape([parse("1/x + y")], symbols("x, y")))([np.array([0.0, 2.0]), 1.0])
    [array([nan, 1.5])]
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.backwards = tape.constants[::-1]
        self.functions: dict[Op, Function] = {}
        self.dead: list[tuple[int, ...]] | None = None

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """The results at these values of the arguments."""
        if all([value.__class__ is float for value in values]):
            return self.on_floats(values)
        return self.on_arrays(values)

    def on_floats(self, values: Sequence[float]) -> list[float]:
        """The results at one point."""
        functions = self.functions or self.looked_up()
        registers = [*values, *[0.0] * len(self.tape.steps), *self.backwards]
        place = len(values)
        for row, sources in self.tape.steps:
            registers[place] = functions[row](*[registers[source] for source in sources])
            place += 1
        return [registers[place] for place in self.tape.results]

    def looked_up(self) -> dict[Op, Function]:
        """The functions of the rows on numbers, found when the first number comes."""
        self.functions = {row: number_function(row) for row in {row for row, _ in self.tape.steps}}
        return self.functions

    def on_arrays(self, values: Sequence[Any]) -> list[Any]:
        """The results where some arguments are arrays; what does not depend on these stays a float."""
        registers: list[Any] = [*values, *[0.0] * len(self.tape.steps), *self.backwards]
        place = len(values)
        with np.errstate(all="ignore"):
            for (row, sources), unused in zip(self.tape.steps, self.last_uses(), strict=True):
                args = [registers[source] for source in sources]
                varies = any([arg.__class__ is not float for arg in args])
                registers[place] = (array_function if varies else number_function)(row)(*args)
                for source in unused:
                    registers[source] = 0.0
                place += 1
        return [registers[place] for place in self.tape.results]

    def last_uses(self) -> list[tuple[int, ...]]:
        """For every step, the values that nothing after it reads."""
        if self.dead is not None:
            return self.dead
        seen = set(self.tape.results)
        found = []
        for _, sources in reversed(self.tape.steps):
            found.append(tuple([source for source in dict.fromkeys(sources) if source not in seen and source >= 0]))
            seen.update(sources)
        self.dead = found[::-1]
        return self.dead
