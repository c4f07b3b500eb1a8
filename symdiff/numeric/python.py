"""One point at a time by a Python function, generated from the tape alone: its text has nothing that anybody typed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from numpy import __version__ as numpy_version
from numpy.lib import NumpyVersion

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.core.values import real_power
from symdiff.numeric.lower import Lowered, lowered
from symdiff.numeric.reciprocals import RECIPROCAL, SQUARE
from symdiff.numeric.rows import on_numbers
from symdiff.numeric.tape import Step, Tape
from symdiff.numeric.wanted import Request

# fmt: off
TEXTS = {
    "+":         "{0} + {1}",
    "-":         "{0} - {1}",
    "*":         "{0} * {1}",
    "/":         "{0} / {1}",
    "neg":       "-{0}",
    SQUARE:      "{0} * {0}",
    RECIPROCAL:  "1.0 / {0}",
    "abs":       "abs({0})",
    "max":       "{0} if {0} >= {1} else {1} if {1} >= {0} else nan",
    "min":       "{0} if {0} <= {1} else {1} if {1} <= {0} else nan",
    "where":     "{2} if {0} == 0.0 else {1} if {0} == {0} else nan",
    "<":         "1.0 if {0} < {1} else 0.0 if {0} >= {1} else nan",
    "<=":        "1.0 if {0} <= {1} else 0.0 if {0} > {1} else nan",
    ">":         "1.0 if {0} > {1} else 0.0 if {0} <= {1} else nan",
    ">=":        "1.0 if {0} >= {1} else 0.0 if {0} < {1} else nan",
}
# fmt: on
MIXING = ("+", "-", "*", "/")  # one float makes the result a float; of the other signs all arguments count
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

COMPLAINTS = "(ArithmeticError, ValueError, TypeError)"
ABSENT = object()
ARRAYS_ARE_NO_NUMBERS = NumpyVersion(numpy_version) >= "2.4.0"  # before, math.exp took an array of one element
DEEPEST, LONGEST = 12, 400  # of an expression: Python's own parser recurses


def method(tape: Tape, wanted: Request) -> Callable[..., Any]:
    """A method `(self, *numbers, out=None)` that gives the wanted results, which the tape computes, for these numbers.

    Whatever is no number of Python's, or makes its arithmetic complain, is handed on to `self.otherwise` as it came;
    what did not come at all is `ABSENT`.

    >>> from symdiff.numeric.wanted import request
    >>> wanted = request(["x/y", "x*y"], "x y")
    >>> class Ratio:
    ...     __call__ = method(Tape(wanted.formulas, wanted.args), wanted)
    ...     otherwise = lambda self, *values, out: "otherwise"
    >>> f = Ratio()
    >>> f(1.0, 4), f(1.0, 0.0), f(1.0, "2")
    ((0.25, 4.0), 'otherwise', 'otherwise')
    """
    code = lowered(tape)
    writer = Writer(code, code.plan.body, code.results, range(len(tape.args)))
    given = ", ".join(["self", *[f"{x}=absent" for x in writer.arguments], "out=None"])
    passed = ", ".join([*writer.arguments, "out=out"])
    # A check of the type of each argument would take twice as long as that of their sum.
    asked = writer.open_arguments()
    sums = [" + ".join([writer.arguments[i] for i in asked[j : j + 50]]) for j in range(0, len(asked), 50)]
    strange = ["out is not None", *[f"type({some}) is not float" for some in sums]]
    lines = [f"def compiled_function({given}):", "  try:"]
    lines += [f"    if {' or '.join(strange)}:", f"      return self.otherwise({passed})"]
    lines += [f"    {line}" for line in writer.lines()]
    lines += [f"    return {wanted.cut(map(writer.result, code.results), in_brackets)}"]
    lines += [f"  except {COMPLAINTS}:", f"    return self.otherwise({passed})"]
    return executed("compiled_function", lines, writer.functions)


def prelude(
    code: Lowered, count: int, wanted: Sequence[int], ordinary: float
) -> Callable[..., tuple[float, ...] | None]:
    """A function of all `count` arguments, arrays where these vary, that gives the uniform values at these places.

    They are floats, or integers where integers are given.

    It gives None where the careful way must be taken, or nothing is certain: if a number is no float, or a factor that
    the tape has not is above `ordinary` or below its inverse.

    >>> from symdiff import parse, symbols
    >>> code = lowered(Tape([parse("a*exp(-b*x)")], symbols("x, a, b")), [0])
    >>> f = prelude(code, 3, code.plan.uniform, 2.0**200)
    >>> f("an array", 2.0, 3.0), f("an array", 2.0, "3")
    ((2.0, -3.0), None)
    """
    scalars = [i for i in range(count) if i not in code.moving]
    writer = Writer(code, code.prelude, wanted, range(count))
    names = [writer.arguments[i] for i in scalars]
    lines = [f"def made({', '.join(writer.arguments)}):", "  try:"]
    if names:
        lines += [f"    if type({' + '.join(names)}) is not float:", "      return None"]
    watched = [step.place for step in code.prelude if step.place in code.factors]
    writer.uses.update(watched * 2)  # each gets a name
    lines += [f"    {line}" for line in writer.lines()]
    names = [writer.names[place] for place in watched]
    odd = [f"not {ordinary**-2!r} < {v}*{v} < {ordinary**2!r}" for v in names]
    if odd:
        lines += [f"    if {' or '.join(odd)}:", "      return None"]
    lines += [f"    return {in_brackets([writer.names[place] for place in wanted])}"]
    lines += [f"  except {COMPLAINTS}:", "    return None"]
    return executed("made", lines, writer.functions)


def on_whole_arrays(code: Lowered, function_of_step: Callable[[Step], Callable[..., Any]]) -> Callable[..., Any]:
    """A function of the inputs and the uniform values of the plan, which gives a tuple of its results.

    Each step is one statement, a call of what `function_of_step` gives for it.

    >>> from symdiff import parse, symbols
    >>> code = lowered(Tape([parse("a*x + 1")], symbols("x, a")), [0])
    >>> from operator import add, mul
    >>> on_whole_arrays(code, lambda step: {"*": mul, "+": add}[step.op])(2.0, 5.0)
    (11.0,)
    """
    plan = code.plan
    names = {place: literal(value) for place, value in plan.constants.items()}
    names |= {place: f"x{place}" for place in (*plan.inputs, *plan.uniform)}
    functions: dict[str, Callable[..., Any]] = {}
    lines = [f"def made({', '.join([names[place] for place in (*plan.inputs, *plan.uniform)])}):"]
    for step in plan.body:
        function, names[step.place] = function_of_step(step), f"v{step.place}"
        known = next((name for name, other in functions.items() if other is function), f"f{len(functions)}")
        functions[known] = function
        lines.append(f"  v{step.place} = {known}({', '.join([names[arg] for arg in step.args])})")
    lines.append(f"  return {in_brackets([names[place] for place in plan.results])}")
    return executed("made", lines, functions)


def executed(name: str, lines: list[str], functions: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """The function that the lines define."""
    scope: dict[str, Any] = {"nan": math.nan, "inf": math.inf, "absent": ABSENT, **functions}
    exec("\n".join(lines) + "\n", scope)  # noqa: S102  # lines from above, and no others
    made: Callable[..., Any] = scope[name]
    return made


class Writer:
    """Steps as statements and expressions of Python, and the functions that these call."""

    def __init__(self, code: Lowered, steps: Sequence[Step], results: Iterable[int], arguments: Iterable[int]) -> None:
        self.code, self.steps = code, steps
        self.functions: dict[str, Callable[..., float]] = {}
        self.arguments = [f"x{i}" for i in arguments]
        self.names: dict[int, str] = dict(enumerate(self.arguments))
        self.depths: dict[int, int] = {}
        self.by_place = {step.place: step for step in steps}
        self.uses = Counter(results)
        for step in steps:
            self.uses.update([arg for i, arg in enumerate(step.args) for _ in range(self.written(step.op, i))])
        constants = self.constants()
        self.names |= {place: literal(value) for place, value in constants.items()}
        self.floats = {*constants}  # what is a float, whatever numbers the arguments are
        for step in steps:
            known = [arg in self.floats for arg in step.args]
            if not self.is_plain(step.op) or (any(known) if step.op in MIXING else all(known)):
                self.floats.add(step.place)

    def constants(self) -> dict[int, float]:
        """The values that are known now: constants, and parts of constants that have no value."""
        found = dict(self.code.constants)
        for step in self.code.prelude:
            if all([arg in found for arg in step.args]):
                row = self.code.row(step.op)
                assert row is not None
                found[step.place] = on_numbers(row)(*[found[arg] for arg in step.args])
        return found

    def open_arguments(self) -> list[int]:
        """The arguments whose type must be asked for: for others a function of the math module does that in passing.

        These go through sums and products into such a function and nowhere else, and arrays cannot go in.
        """
        reaching = set(self.code.results)
        for op, place, args in reversed(self.steps):
            row = self.code.row(op)
            closed = row is not None and not self.is_plain(op) and function_of(row) is row.value
            through = op in ("+", "-", "*", "neg", SQUARE) and place not in reaching
            if not (closed or through) or not ARRAYS_ARE_NO_NUMBERS:
                reaching.update(args)
        return [i for i in range(len(self.arguments)) if i in reaching or not self.uses[i]]

    def written(self, op: str, i: int) -> int:
        """How often the text of an operation has its i-th argument in it."""
        return TEXTS[op].count(f"{{{i}}}") if self.is_plain(op) else 1

    def is_plain(self, op: str) -> bool:
        """Whether an operation is written with signs, not called."""
        return op in TEXTS and ops.TABLE.get(op) is self.code.row(op)

    def lines(self) -> list[str]:
        """The statements: what is used once stands where it is used, so that branches not taken are not run."""
        lines = []
        asked = {place for step in self.steps if (place := self.asked(step)) is not None}
        for step in self.steps:
            if step.place in asked or step.place in self.names:
                continue
            text, depth = self.expression(step), 1 + max([self.depths.get(arg, 0) for arg in step.args], default=0)
            if self.uses[step.place] == 1 and depth < DEEPEST and len(text) < LONGEST:
                self.names[step.place], self.depths[step.place] = f"({text})", depth
            else:
                self.names[step.place] = f"v{step.place}"
                lines.append(f"v{step.place} = {text}")
        return lines

    def result(self, place: int) -> str:
        """A result as a float: integers among the arguments may have gone through sums and products alone."""
        return self.names[place] if place in self.floats else f"{self.names[place]} + 0.0"

    def asked(self, step: Step) -> int | None:
        """The relation that a choice asks, where nothing else does."""
        condition = self.by_place.get(step.args[0]) if step.op == "where" else None
        if condition is None or condition.op not in OPPOSITE or self.uses[condition.place] > 2:
            return None
        return condition.place

    def expression(self, step: Step) -> str:
        """One operation as an expression of Python."""
        args = [self.names[arg] for arg in step.args if arg in self.names]
        condition = self.asked(step)
        if condition is not None:
            op, _, (u, v) = self.by_place[condition]
            left, right = self.names[u], self.names[v]
            return f"{args[-2]} if {left} {op} {right} else {args[-1]} if {left} {OPPOSITE[op]} {right} else nan"
        if self.is_plain(step.op):
            return TEXTS[step.op].format(*args)
        return f"{self.called(step)}({', '.join(args)})"

    def called(self, step: Step) -> str:
        """The name of the function that computes a row."""
        row = self.code.row(step.op)
        assert row is not None
        exponent = self.code.constants.get(step.args[1]) if row is ops.pow else None
        function = function_of(row)
        if exponent:  # then math.pow forgets no nan, and where it is an integer no minus before an infinity
            function = math.pow if exponent.is_integer() else real_power
        fresh = f"f{len(self.functions)}"
        name = next((known for known, other in self.functions.items() if other is function), fresh)
        self.functions[name] = function
        return name


def in_brackets(texts: Iterable[str]) -> str:
    """A tuple of Python."""
    return f"({''.join([f'{text}, ' for text in texts])})"


def literal(value: float) -> str:
    """A float as Python reads it, in brackets where it begins with a sign."""
    return f"({value!r})" if repr(value)[0] == "-" else repr(value)


FORGETFUL = (math.hypot, math.floor, math.ceil, math.pow)  # of nan, or of the type


def function_of(row: Op) -> Callable[..., float]:
    """What computes a row: a function of the math module where that does what the policy says, else the careful one."""
    plain: Callable[..., float] | None = getattr(math, getattr(row.value, "__name__", ""), None)
    if plain is not row.value or plain is None or plain in FORGETFUL:
        return careful(row)
    return plain


careful = lru_cache(maxsize=256)(on_numbers)
