"""Formulas as functions of numbers and arrays, as fast as the machine computes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from math import isnan, prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.calculus.diff import Name
from symdiff.core.calm import calm
from symdiff.core.exact import shortened
from symdiff.core.expr import Sym
from symdiff.errors import OperandError, SymdiffError
from symdiff.numeric.arrays import (
    ENGINES,
    FEW_VALUES,
    Again,
    BlockEngine,
    Engine,
    NativeEngine,
    check_native,
    has_native,
    prepared,
)
from symdiff.numeric.given import (
    as_numbers,
    common_shape,
    common_type,
    place_for,
    places_given,
    plain_values,
    row_of,
    rows_of,
)
from symdiff.numeric.interpret import Interpreter
from symdiff.numeric.python import ABSENT, method
from symdiff.numeric.stable import stable_in_order
from symdiff.numeric.tape import Tape
from symdiff.numeric.threads import processors
from symdiff.numeric.val import val
from symdiff.numeric.wanted import Request, chosen, request
from symdiff.text.parse import Formula

Array: TypeAlias = NDArray[np.floating[Any]]

BACKENDS = ("auto", "math", "numpy", "llvm")
MOST_THREADS = 1024
FEW, FEWEST = 14, 2  # points: up to here Python's own floats are faster than arrays; without a function made for it
CALLS = 32  # with numbers, until a Python function is made for them: making it takes as long as some 60 calls without
LONGEST = 20_000  # steps of a tape that a Python function is made of
WORK, WORK_A_STEP = 10**8, 10**6  # points times steps after which making machine code has paid off
PLAIN_STEPS, FUNCTION = frozenset("+-*/"), 5  # what takes one instruction, and how many others take
MOST_NATIVE = 5_000  # steps: compiling more takes seconds


def compile(
    es: Formula | Iterable[Formula],
    args: Iterable[Name] | str,
    derivatives: str | Iterable[str] | None = None,
    backend: str = "auto",
    *,
    wrt: Iterable[Name] | str | None = None,
    threads: int | None = None,
    stable: bool = True,
) -> Compiled:
    """The function of `args` that formulas mean, with their derivatives beside them if asked for, common parts once.

    `es`: one formula (expression, number or text), which gives one result, or several, which give a tuple. `args`: the
    arguments in their order, as symbols, names, or one text of names. `derivatives`: one or several of

        "gradient"   the partial derivatives with respect to `wrt` (default: all arguments); of several formulas the
                     Jacobian, which "jacobian" means too
        "hessian"    the second partial derivatives of one formula
        "jvp"        Jacobian times a direction, whose components follow the arguments when the function is called
        "hvp"        Hessian times that direction

    which come after the values: `f, (f_x, f_y) = compile("x*y", "x y", "gradient")(2.0, 3.0)`.

    The function takes numbers or arrays, which broadcast, in the order of `args`. Of numbers it gives floats (and
    tuples of them for derivatives); of arrays arrays of the shape of all of them together, for derivatives with axes
    for the derivative before it; of float32 arrays alone float32. `out=` takes arrays for the results. A point where a
    formula has no value gives nan (`undefined` counts them), a value beyond the floats an infinity.

    `backend`: "math" computes point by point in Python, "numpy" in blocks, "llvm" by machine code made for the formula
    (it needs the extra `jit`); "auto" picks by the number of points, and `.backend` tells which ran last on arrays
    ("math" until then). `threads`: how many may share the work on large arrays (default: one for each processor).
    `stable`: whether to compute forms that lose fewer digits, `expm1(x)` for `exp(x) - 1` (docs/accuracy.md), or
    everything as it is written.

    Raises ParseError for bad text, MissingError for symbols that are no arguments, OperandError for arguments that do
    not fit, DerivativeError where a derivative has no formula, ExtraError for "llvm" without llvmlite.

    >>> f = compile("a*exp(-b*x)", "x a b", "gradient", wrt="a b")
    >>> f(0.0, 2.0, 1.0)
    (2.0, (1.0, -0.0))
    >>> value, slopes = f(np.array([0.0, 1.0, 2.0]), 2.0, 0.0)
    >>> value.tolist(), slopes.tolist(), f.backend
    ([2.0, 2.0, 2.0], [[1.0, 1.0, 1.0], [-0.0, -2.0, -4.0]], 'numpy')
    """
    if chosen(backend, BACKENDS, "back end") == "llvm":
        check_native()
    if threads is not None and (threads.__class__ is not int or not 0 < threads < MOST_THREADS):
        raise OperandError(f"the number of threads is a positive integer, not {shortened(threads)}")
    with calm:
        return Compiled(request(es, args, derivatives, wrt), backend, threads, stable)


@dataclass(frozen=True, slots=True)
class Undefined:
    """Where results have no value: at how many points, the index of the first, and what is wrong there."""

    count: int
    first: tuple[int, ...] | None
    reason: str | None


class Compiled:
    """A function made of formulas by `compile`; it pickles as these, and is compiled again where it arrives."""

    __slots__ = (
        "again",
        "backend",
        "calls",
        "engines",
        "interpreter",
        "last",
        "limit",
        "native",
        "request",
        "stable",
        "tape",
        "weight",
        "wish",
        "work",
    )

    def __init__(self, wanted: Request, backend: str, threads: int | None, stable: bool) -> None:
        self.request, self.wish, self.stable = wanted, backend, stable
        self.backend = "math" if backend == "auto" else backend
        self.limit = threads or processors()
        if stable:
            forms, order = stable_in_order(wanted.formulas)
            self.tape = Tape(forms, wanted.args, order)
        else:
            self.tape = Tape(wanted.formulas, wanted.args)
        self.interpreter = Interpreter(self.tape)
        self.engines: dict[tuple[Any, ...], Engine] = {}
        self.weight = 0
        self.calls = 0
        self.native: bool | None = None
        self.again: Again | None = None
        self.last: list[int] = []  # arrays of the last call: only those that come again are worth preparing for
        self.work = 0

    def __call__(self, *values: Any, out: Any = None) -> Any:
        """The results at these values of the arguments: numbers of any kind, arrays, mistakes."""
        again = self.again
        if again is not None and again(values, out):
            return out
        if self.engines and (found := self.few(values, out)) is not None:
            return found
        numbers = self.numbers(values)
        if not all([value.__class__ is float for value in numbers]):
            with np.errstate(all="ignore"):
                return self.on_arrays(numbers, out)
        if out is not None:
            raise OperandError("out takes the results for arrays; for numbers there is none", "leave it out")
        return self.request.cut(self.on_numbers(numbers))

    otherwise = __call__  # where a function made for numbers sends what it cannot do

    def __repr__(self) -> str:
        names = ", ".join([x.name for x in self.args])
        return f"<compiled function of {names or 'nothing'}: {len(self.request.formulas)} formulas>"

    def __reduce__(self) -> tuple[Any, ...]:
        return recompiled, (tuple(self.request), self.wish, self.limit, self.stable)

    @property
    def args(self) -> tuple[Sym, ...]:
        """The arguments, in the order in which their values are given."""
        return self.request.args

    def undefined(self, *values: Any) -> Undefined:
        """Where a result has no value at these arguments.

        >>> compile("log(x)", "x").undefined(np.array([1.0, 0.0, -1.0]))
        Undefined(count=2, first=(1,), reason='log(x) has no real value: x is 0.0')
        """
        numbers = [np.asarray(value) for value in self.numbers(values)]
        shape = common_shape(numbers)
        if not prod(shape):
            return Undefined(0, None, None)
        gaps = np.zeros(shape, bool)
        for form, found in zip(self.request.shapes, self.listed(self(*values)), strict=True):
            gaps |= np.isnan(np.asarray(found)).reshape(-1, *shape).any(axis=0) if prod(form) else False
        count = int(np.count_nonzero(gaps))
        if not count:
            return Undefined(0, None, None)
        first = tuple([int(i) for i in np.argwhere(gaps)[0]])
        return Undefined(count, first, self.reason([float(np.broadcast_to(x, shape)[first]) for x in numbers]))

    def listed(self, results: Any) -> Sequence[Any]:
        """The results, also of one alone."""
        return [results] if self.request.alone else results

    def reason(self, point: Sequence[float]) -> str | None:
        """Why some formula has no value at a point."""
        if missing := [x.name for x, value in zip(self.args, point, strict=True) if isnan(value)]:
            return f"{', '.join(missing)} is nan"
        env = dict(zip(self.args, point, strict=True))
        for e in self.request.formulas:
            try:
                val(e, {x: env[x] for x in self.args if x in env})
            except SymdiffError as error:
                return error.message
        return "a part is beyond the floats"

    # ----------------------------------------------------------------------------------------------------------- calls

    def numbers(self, values: Sequence[Any]) -> list[Any]:
        """Floats and arrays of floats, as many as there are arguments. Raises OperandError."""
        values = [value for value in values if value is not ABSENT]
        if len(values) != len(self.args):
            wanted = ", ".join([x.name for x in self.args])
            raise OperandError(f"{len(self.args)} values are wanted ({wanted}), {len(values)} were given")
        given = zip(self.args, values, strict=True)
        return [value if value.__class__ is float else as_numbers(x, value) for x, value in given]

    def on_numbers(self, numbers: Sequence[float]) -> Sequence[float]:
        """One point, step by step. What is called often gets a function of its own."""
        self.calls += 1
        if self.wish == "math" or self.calls == CALLS:
            self.promote()
        return self.interpreter.on_floats(numbers)

    def promote(self) -> None:
        """From now on a Python function made of the tape is what a call runs; whatever it cannot do comes back here."""
        if self.__class__ is not Compiled or len(self.tape.steps) > LONGEST:
            return
        body = {"__slots__": (), "__call__": method(self.tape, self.request), "__doc__": Compiled.__doc__}
        self.__class__ = type("Compiled", (Compiled,), body)  # a call finds its method in the class only

    def on_arrays(self, numbers: list[Any], out: Any) -> Any:
        """The results where some arguments are arrays."""
        arrays = [x for x in numbers if x.__class__ is not float]
        shape, dtype = common_shape(arrays), common_type(arrays)
        given = [x if x.__class__ is float else row_of(x, shape, dtype) for x in numbers]
        if out is None:
            targets = places = [np.empty((*form, *shape), dtype) for form in self.request.shapes]
        else:
            targets = places_given(out, self.request, shape)
            places = [place_for(target, dtype, arrays) for target in targets]
        direct = all([place is target for place, target in zip(places, targets, strict=True)])
        self.again = None
        rows = [row for place, form in zip(places, self.request.shapes, strict=True) for row in rows_of(place, form)]
        if rows and len(rows[0]):
            engine = self.fill(given, rows, dtype)
            if out is not None and direct and isinstance(engine, NativeEngine):
                met, self.last = self.last, [id(x) for x in (out, *arrays)]
                self.again = prepared(engine, given, numbers, rows, out) if met == self.last else None
        for target, place in zip(targets, places, strict=True):
            if place is not target:
                target[...] = place
        return out if out is not None else targets[0] if self.request.alone else tuple(targets)

    def few(self, values: Sequence[Any], out: Any) -> Any:
        """The results for arrays of a few points that need no preparation; None where the usual way is the way."""
        given = plain_values(values)
        arrays = [x for x in given if x.__class__ is not float]
        if not arrays or len(given) != len(self.args) or self.backend != "numpy":
            return None
        varying, shape = tuple([i for i, x in enumerate(given) if x.__class__ is not float]), arrays[0].shape
        engine, count = self.engines.get(("numpy", varying, "d")), prod(shape)
        if not isinstance(engine, BlockEngine) or count * len(self.tape.steps) > FEW_VALUES:
            return None
        if not engine.is_ready() or self.chosen(count) != "numpy":
            return None
        places = None if out is None else places_given(out, self.request, shape)
        rows = engine.few(given)
        if rows is None or places is None:
            return None if rows is None else self.gathered(rows, shape)
        with np.errstate(all="ignore"):  # a place may be too narrow
            for place, found in zip(places, self.listed(self.gathered(rows, shape)), strict=True):
                place[...] = found
        return out

    def gathered(self, rows: Sequence[Array], shape: tuple[int, ...]) -> Any:
        """Rows as results, those of a derivative as one array."""
        if not any(self.request.shapes):
            return rows[0] if self.request.alone else rows
        rest = iter(rows)
        results = []
        for form in self.request.shapes:
            found = list(islice(rest, prod(form)))
            results.append(np.array(found).reshape(*form, *shape) if form else found[0])
        return tuple(results)

    def fill(self, given: list[Any], rows: list[Array], dtype: Any) -> Engine | None:
        """Compute all rows, and tell by what."""
        count = len(rows[0])
        varying = tuple([i for i, x in enumerate(given) if x.__class__ is not float])
        self.backend = self.chosen(count)
        if self.backend == "math":
            if count > FEW:
                self.promote()
            columns = [repeat(x, count) if x.__class__ is float else x.tolist() for x in given]
            for i, point in enumerate(zip(*columns, strict=True)):
                for row, value in zip(rows, self.at(point), strict=True):
                    row[i] = value
            return None
        key = (self.backend, varying, dtype.char)
        if key not in self.engines:
            self.engines[key] = ENGINES[self.backend](self.tape, self.interpreter, varying, dtype)
        engine = self.engines[key]
        engine(given, rows, self.limit)
        return engine

    def at(self, point: Sequence[float]) -> Sequence[float]:
        """All formulas at one point, by the function made for it where there is one."""
        return self.interpreter.on_floats(point) if self.__class__ is Compiled else self.request.flat(self(*point))

    def chosen(self, count: int) -> str:
        """The back end for so many points: machine code once it will have earned the time it takes to make."""
        if self.wish != "auto":
            return self.wish
        if count <= (FEWEST if self.__class__ is Compiled else FEW):
            return "math"
        if not self.weight:
            self.weight = sum([1 if row.name in PLAIN_STEPS else FUNCTION for row, _ in self.tape.steps])
        self.work += count * self.weight
        steps = len(self.tape.steps)
        large = self.work > WORK + steps * WORK_A_STEP and steps <= MOST_NATIVE
        return "llvm" if large and has_native() and self.is_native() else "numpy"

    def is_native(self) -> bool:
        """Whether machine code can compute all of it: no special functions, nothing of a user's."""
        if self.native is None:
            from symdiff.numeric.llvm.functions import emitters  # for large arrays only

            self.native = all([row.name in emitters() for row, _ in self.tape.steps])
        return self.native


def recompiled(wanted: tuple[Any, ...], backend: str, threads: int, stable: bool) -> Compiled:
    """What pickles call: the function of these formulas, made for this machine."""
    return Compiled(Request(*wanted), backend if backend != "llvm" or has_native() else "auto", threads, stable)
