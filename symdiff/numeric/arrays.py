"""Many points at once: one code prepared for blocks of NumPy or for the machine, and the way back for odd points."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from importlib.util import find_spec
from itertools import pairwise
from math import isnan
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.errors import ExtraError, LimitError
from symdiff.numeric.blocks import Blocks, is_elementwise, whole_function
from symdiff.numeric.interpret import Interpreter, number_function
from symdiff.numeric.lower import Lowered, lowered
from symdiff.numeric.python import on_whole_arrays, prelude
from symdiff.numeric.tape import Plan, Step, Tape
from symdiff.numeric.threads import in_parallel

Array: TypeAlias = NDArray[np.floating[Any]]
Part: TypeAlias = slice | NDArray[np.intp]  # which points: a range of them, or their numbers
Careful: TypeAlias = Callable[[Part], Sequence[Any]]  # the results that vary, at these points, as the tape is written

Again: TypeAlias = Callable[[Sequence[Any], Any], bool]  # values and `out` of a call, to whether it is done

DATA, LENGTHS = object.__basicsize__, 16  # where CPython's arrays hold the address of their data; that of their lengths
ALONE = 1 << 16  # points for each thread at least: below, starting one costs more than it brings
PIECE = 1 << 14  # points that the careful way takes at a time
FEW_VALUES = 3 << 14  # points times steps: up to here arrays of NumPy's own are fast, and blocks take longer to set up
FEW_ENOUGH = 1 << 15  # points: what takes longer gains nothing from being prepared
CALLS_OF_FEW = 8  # with few points, until a function is made for them
MOST_COMPILED = 40_000  # steps that machine code is made of: 18,000 take 3 s, 36,000 take 15
MOST_PRELUDE = 2000  # steps on uniform values that a Python function is made of
ORDINARY = 1e150  # factors may be so large, or the inverse


class Engine:
    """A tape prepared for arguments of which those numbered `varying` are arrays of one type.

    `engine(values, rows)` computes one row, an array as long as those of the arguments, for each result.
    """

    def __init__(self, tape: Tape, interpreter: Interpreter, varying: Sequence[int], dtype: Any) -> None:
        self.interpreter, self.dtype = interpreter, np.dtype(dtype)
        self.code = code = lowered(tape, varying)
        self.moving = [i for i, place in enumerate(code.results) if place in code.moving]
        self.same = [(i, place) for i, place in enumerate(code.results) if place not in code.moving]
        self.wanted = (*code.plan.uniform, *[place for _, place in self.same])  # the uniform values that a call needs
        self.prelude: Callable[..., tuple[float, ...] | None] | None = None
        if len(code.prelude) <= MOST_PRELUDE:
            self.prelude = prelude(code, len(tape.args), self.wanted, ORDINARY)

    def __call__(self, values: Sequence[Any], rows: Sequence[Array], threads: int) -> None:
        """Fill the rows. `values`: a float or a contiguous one-dimensional array for each argument."""
        uniform, rest, ordinary = self.uniform(values)
        for (i, _), value in zip(self.same, rest, strict=True):
            rows[i][...] = value
        if not self.moving:
            return
        outputs, careful = [rows[i] for i in self.moving], self.careful(values)
        if ordinary:
            self.run([values[i] for i in self.code.plan.inputs], uniform, outputs, careful, threads)
        else:
            carefully(careful, outputs)

    def uniform(self, values: Sequence[Any]) -> tuple[Sequence[float], Sequence[float], bool]:
        """The uniform values that the body reads, the results that do not vary, and whether the factors are ordinary.

        Where they are not, the varying results are to be computed carefully.
        """
        found: Sequence[float] | None = None if self.prelude is None else self.prelude(*values)
        ordinary = found is not None
        if found is None:
            known = uniform_values(self.code, values)
            ordinary = self.is_ordinary(known)
            found = [known[place] for place in self.wanted]
        read = len(self.code.plan.uniform)
        return found[:read], found[read:], ordinary

    def careful(self, values: Sequence[Any]) -> Careful:
        """What computes the results that vary, at some of the points, as the tape is written."""

        def at(part: Part) -> list[Any]:
            found = self.interpreter.on_arrays([x if x.__class__ is float else x[part].astype(float) for x in values])
            return [found[i] for i in self.moving]

        return at

    def run(
        self, inputs: list[Array], uniform: Sequence[float], outputs: list[Array], careful: Careful, threads: int
    ) -> None:
        """Compute all points, the odd ones by `careful`."""
        raise NotImplementedError

    def is_ordinary(self, known: dict[int, float]) -> bool:
        """Whether the new factors are far from the ends of the floats, or 0 for a good reason."""
        for step in self.code.prelude:
            value = known[step.place]
            if step.place in self.code.factors and not (1 / ORDINARY < abs(value) < ORDINARY or isnan(value)):
                vanishes = step.op in ("*", "/") and all([known[arg] for arg in step.args])
                if value != 0 or vanishes:
                    return False
        return True


class BlockEngine(Engine):
    """By NumPy, in blocks."""

    def __init__(self, tape: Tape, interpreter: Interpreter, varying: Sequence[int], dtype: Any) -> None:
        super().__init__(tape, interpreter, varying, dtype)
        self.blocks, self.steps = Blocks(self.code), len(tape.steps)
        self.slow = any([is_elementwise(self.code.row(step.op)) for step in self.code.plan.body])
        own = set(self.code.plan.results) - set(self.code.plan.inputs)
        suits = (
            not self.slow and not self.same and self.prelude is not None and len(self.code.plan.body) <= MOST_PRELUDE
        )
        self.calls = 0 if suits and len(own) == len(self.code.results) else -1
        self.whole: Callable[..., tuple[Array, ...]] | None = None

    @cached_property
    def plain(self) -> Blocks:
        """The same with sine and cosine apart."""
        return Blocks(self.code, paired=False)

    def is_ready(self) -> bool:
        """Whether there is a function for few points: one is made at the eighth call, where the code allows it."""
        if self.whole is None and self.calls >= 0:
            self.calls += 1
            if self.calls == CALLS_OF_FEW:
                self.whole = on_whole_arrays(self.code, partial(whole_function, self.code))
        return self.whole is not None

    def few(self, values: Sequence[Any]) -> tuple[Array, ...] | None:
        """The results at a few points, each an array of its own: a statement an operation, without blocks or registers.

        To be asked when `is_ready`. None where NumPy has noticed something: then the usual way tells.
        """
        uniform = None if self.prelude is None else self.prelude(*values)
        if uniform is None or self.whole is None:
            return None
        under = "raise" if self.code.guarded else "ignore"
        try:
            with np.errstate(divide="raise", over="raise", invalid="raise", under=under):  # type: ignore[arg-type]  # two literals
                return self.whole(*[values[i] for i in self.code.plan.inputs], *uniform)
        except FloatingPointError:
            return None

    def run(
        self, inputs: list[Array], uniform: Sequence[float], outputs: list[Array], careful: Careful, threads: int
    ) -> None:
        """Each thread computes a range of the points; what calls Python for each of them is better done only once."""
        if self.slow:
            carefully(careful, outputs)
            return

        # Few points go without pairs: a function made for them has none, and the next call must give the same bits.
        few = len(outputs[0]) * self.steps <= FEW_VALUES
        run = partial((self.plain if few else self.blocks).run, inputs, uniform, outputs, careful)
        in_parallel([partial(run, low, high) for low, high in ranges(len(outputs[0]), threads)])


class NativeEngine(Engine):
    """By machine code."""

    def __init__(self, tape: Tape, interpreter: Interpreter, varying: Sequence[int], dtype: Any) -> None:
        super().__init__(tape, interpreter, varying, dtype)
        if len(self.code.plan.body) > MOST_COMPILED:
            raise LimitError(
                f"machine code of {len(self.code.plan.body):,} steps would take long to make",
                f"the back end 'numpy' computes them; 'llvm' takes {MOST_COMPILED:,} steps at most",
            )
        from symdiff.numeric.llvm.kernel import Kernel  # loads LLVM: 60 ms

        self.kernel = Kernel(with_guards(self.code), self.dtype == np.float32)

    def run(
        self, inputs: list[Array], uniform: Sequence[float], outputs: list[Array], careful: Careful, threads: int
    ) -> None:
        """The kernel computes all points and tells the odd ones."""
        odd = self.kernel(inputs, uniform, outputs, threads)
        if len(odd) > len(outputs[0]) // 8:
            carefully(careful, outputs)
            return
        for low in range(0, len(odd), PIECE):
            part = odd[low : low + PIECE]
            for out, found in zip(outputs, careful(part), strict=True):
                out[part] = found


def prepared(
    engine: NativeEngine, values: Sequence[Any], given: Sequence[Any], rows: Sequence[Array], out: Any
) -> Again | None:
    """The next call like this one, on the same few points with other numbers: the next step of an iteration.

    It gives True when the results are in their places; False when all must be done in the usual way, since an array is
    another, or no longer where it was, or something is odd. It holds the arrays, which is why it is for few points
    only. None where it would gain nothing.
    """
    as_given = all([x is y for x, y in zip(values, given, strict=True)])
    few = engine.kernel.lanes <= len(rows[0]) <= FEW_ENOUGH
    uniform_of, places = engine.prelude, out if isinstance(out, tuple) else (out,)
    arrays: list[Array] = [x for x in (*values, *places) if x.__class__ is not float]
    if not (as_given and few and uniform_of) or engine.same or isinstance(out, list) or not all(map(is_plain, arrays)):
        return None
    inputs = [(i, x) for i, x in enumerate(values) if x.__class__ is not float]
    fields, count = [(place, word_at(place)) for x in arrays for place in fields_of(x)], len(values)
    run = engine.kernel.bound([values[i] for i in engine.code.plan.inputs], rows, fields)

    def again(values: Sequence[Any], wanted: Any) -> bool:
        if wanted is not out or len(values) != count:
            return False
        for i, x in inputs:
            if values[i] is not x:
                return False
        uniform = uniform_of(*values)
        return uniform is not None and not run(uniform)

    return again


def fields_of(x: Array) -> list[int]:
    """The addresses of what an array says of itself: data, axes, lengths, strides, type, flags.

    NumPy's own layout, PyArrayObject_fields; `resize`, or assigning `shape`, `dtype` or `flags`, changes one of them
    while others hold the array.
    """
    start = id(x) + DATA
    lengths = word_at(start + LENGTHS)
    return [start + offset for offset in (0, 8, LENGTHS, 24, 40, 48)] + [lengths + 8 * axis for axis in range(x.ndim)]


def word_at(place: int) -> int:
    """The word that stands at an address."""
    return ctypes.c_size_t.from_address(place).value


def is_plain(x: Array) -> bool:
    """Whether an array says of itself what it is where `fields_of` looks for it, as it does in CPython of 64 bits."""
    if sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_size_t) != 8 or not x.ndim:
        return False
    known = [word_at(place) for place in fields_of(x)]
    return known[0] == x.__array_interface__["data"][0] and tuple(known[6:]) == x.shape


ENGINES: dict[str, type[Engine]] = {"numpy": BlockEngine, "llvm": NativeEngine}


def check_native() -> None:
    """Raises ExtraError where there is no llvmlite."""
    if not has_native():
        gain = "machine code made for the formula, some 5 times as fast as blocks of NumPy on 100,000 points or more"
        raise ExtraError("the back end 'llvm' needs llvmlite", f"pip install 'symdiff-engine[jit]' brings {gain}")


@cache
def has_native() -> bool:
    """Whether llvmlite is installed."""
    return find_spec("llvmlite") is not None


def uniform_values(code: Lowered, values: Sequence[Any]) -> dict[int, float]:
    """What is the same at every point, by places."""
    known = dict(code.constants)
    known.update({i: x for i, x in enumerate(values) if x.__class__ is float})
    for op, place, args in code.prelude:
        row = code.row(op)
        assert row is not None
        known[place] = number_function(row)(*[known[arg] for arg in args])
    return known


def with_guards(code: Lowered) -> Plan:
    """The plan with the guarded steps named so."""
    body = [Step(f"guarded {op}" if place in code.guarded else op, place, args) for op, place, args in code.plan.body]
    return code.plan._replace(body=tuple(body))


def carefully(careful: Careful, outputs: list[Array]) -> None:
    """All points by the careful way."""
    for low in range(0, len(outputs[0]), PIECE):
        part = slice(low, low + PIECE)
        for out, found in zip(outputs, careful(part), strict=True):
            out[part] = found


# -------------------------------------------------------------------------------------------------------------- threads


def ranges(total: int, threads: int) -> list[tuple[int, int]]:
    """As many ranges as there are threads with enough to do."""
    count = max(1, min(threads, total // ALONE))
    ends = [total * i // count for i in range(count + 1)]
    return list(pairwise(ends))
