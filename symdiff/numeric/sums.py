"""Sums over rows of data: the Gram matrices of formulas, for least squares by normal equations, and plain sums."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from math import inf
from operator import is_
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdiff.calculus.diff import Name
from symdiff.core.calm import calm
from symdiff.errors import OperandError
from symdiff.numeric.arrays import FEW_ENOUGH, Engine, check_native, has_native
from symdiff.numeric.compile import FUNCTION, MOST_NATIVE, PLAIN_STEPS
from symdiff.numeric.fused import FusedGrams
from symdiff.numeric.grams import BlockGrams
from symdiff.numeric.interpret import Interpreter
from symdiff.numeric.products import Layout, Totals
from symdiff.numeric.stable import stable_in_order
from symdiff.numeric.tape import Tape
from symdiff.numeric.threads import processors
from symdiff.numeric.wanted import chosen, request
from symdiff.text.parse import Formula

Grams: TypeAlias = BlockGrams | FusedGrams

BACKENDS = ("auto", "numpy", "llvm")
ENGINES: dict[str, type[Grams]] = {"numpy": BlockGrams, "llvm": FusedGrams}
LOADING, MAKING, MAKING_A_STEP = 90e-3, 15e-3, 0.6e-3  # seconds that machine code takes before it runs
GAIN = 0.1e-9  # seconds that it saves at each row, for each product and each step, and five times that for a function
CALL = 40e-6  # seconds that it saves at each call, whatever the rows


class Sums:
    """The sums over rows of w w' for blocks w of formulas, and of plain formulas: one pass, common parts once.

    `args`: the arguments in their order, as symbols, names, or one text of names. `blocks`: rows of q formulas each
    (expressions, numbers or texts), as [J_1, ..., J_k, r] of a least-squares problem; `plain`: formulas to be summed as
    they are.

    A call takes a list with a float or an array of n numbers for each argument, and gives the Gram matrix G, the sum of
    w w' over blocks and rows, symmetric of shape (q, q), and the sums of the plain formulas. A formula that varies with
    no array counts n times its value; without any array there is one row. Where a formula has no value at some row, the
    sums it is in are nan. The memory it takes does not depend on n.

    `backend`: "numpy" works in blocks of rows, "llvm" by machine code in which nothing is stored (it needs the extra
    `jit`); "auto" takes "numpy" until machine code would have paid for being made; `.backend` tells which ran last.
    `threads`: how many may share the rows (default: one for each processor).

    Raises ParseError for bad text, MissingError for symbols that are no arguments, OperandError for arguments that do
    not fit, ExtraError for "llvm" without llvmlite.

    >>> sums = Sums("x y a", [["x", "1", "a*x - y"]], ["y"])
    >>> G, plain = sums([np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 7.0]), 2.0])
    >>> G.tolist(), plain.tolist()
    ([[14.0, 6.0, -3.0], [6.0, 3.0, -1.0], [-3.0, -1.0, 1.0]], [13.0])
    """

    def __init__(
        self,
        args: Iterable[Name] | str,
        blocks: Sequence[Sequence[Formula]],
        plain: Sequence[Formula] = (),
        backend: str = "auto",
        threads: int | None = None,
    ) -> None:
        if chosen(backend, BACKENDS, "back end") == "llvm":
            check_native()
        sizes = {len(block) for block in blocks}
        if len(sizes) > 1:
            raise OperandError(f"the blocks have different numbers of formulas: {', '.join(map(str, sorted(sizes)))}")
        self.layout = Layout(len(blocks), max(sizes, default=0), len(plain))
        self.threads = threads or processors()
        self.backend = "numpy" if backend == "auto" else backend
        with calm:
            wanted = request([*chain(*blocks), *plain], args)
            forms, order = stable_in_order(wanted.formulas)
            self.args, self.tape = wanted.args, Tape(forms, wanted.args, order)
        self.interpreter = Interpreter(self.tape)
        self.engines: dict[tuple[str, tuple[int, ...]], Grams] = {}
        self.again: tuple[list[Any], int, Grams] | None = None  # the arrays, rows and engine of the last call
        self.done = 0  # rows so far, a call counted as the rows that take as long
        self.due = due(self.tape, self.layout) if backend == "auto" else inf
        self.call = round(CALL / saved(self.tape, self.layout))

    def __call__(self, values: Sequence[float | ArrayLike]) -> Totals:
        """The Gram matrix (q, q) and the plain sums, at these values of the arguments. Raises OperandError."""
        arrays = [None if x.__class__ is float else x for x in values]
        given: Sequence[Any] = values
        if self.again is not None and len(arrays) == len(self.args) and all(map(is_, arrays, self.again[0])):
            _, n, engine = self.again
            self.count(n)
        else:
            given, n = self.rows(values, [False] * len(values))
            self.count(n)
            engine = self.engine(given, [False] * len(given))
            as_given = all(map(is_, values, given))
            self.again = (arrays, n, engine) if as_given and n <= FEW_ENOUGH else None
        with np.errstate(all="ignore"):
            return engine(given, n, self.threads)

    def groups(
        self, values: Sequence[float | ArrayLike], sizes: Sequence[int] | NDArray[np.intp], by_group: Sequence[bool]
    ) -> Totals:
        """The same for each of g groups of rows: Gram matrices (g, q, q), and plain sums (g, len(plain)).

        The rows of a group follow one another, `sizes` of them in each. `by_group` marks the arguments whose arrays
        have one number for each group, not for each row. Raises OperandError.

        >>> sums = Sums("x a", [["x - a"]])
        >>> G, _ = sums.groups([np.array([1.0, 2.0, 5.0]), np.array([1.0, 4.0])], [2, 1], [False, True])
        >>> G.tolist()
        [[[1.0]], [[1.0]]]
        """
        counts = np.asarray(sizes, np.intp)
        if counts.ndim != 1 or (counts < 0).any():
            raise OperandError("the sizes of groups are a list of integers, none below 0")
        given, n = self.rows(values, by_group, counts)
        self.count(n)
        with np.errstate(all="ignore"):
            return self.engine(given, by_group).groups(given, np.cumsum(counts), by_group, self.threads)

    def expect(self, rows: int, passes: int) -> None:
        """So many passes over so many rows are to come: "auto" decides at once what it would find out late."""
        if (rows + self.call) * passes > self.due:
            self.go_native()

    # ---------------------------------------------------------------------------------------------------------- choice

    def count(self, n: int) -> None:
        """So many rows more; machine code takes over once it would have paid."""
        self.done += n + self.call
        if self.done > self.due:
            self.go_native()

    def go_native(self) -> None:
        """From now on machine code computes the sums, if it has all functions that are in them."""
        from symdiff.numeric.llvm.functions import emitters  # where there are many rows only

        self.due = inf
        if all([row.name in emitters() for row, _ in self.tape.steps]):
            self.backend, self.again = "llvm", None

    def engine(self, given: Sequence[Any], by_group: Sequence[bool]) -> Grams:
        """What computes the sums, prepared for arguments of which those that are arrays of rows vary."""
        varying = tuple([i for i, x in enumerate(given) if x.__class__ is not float and not by_group[i]])
        found = self.engines.get((self.backend, varying))
        if found is None:
            front = Engine(self.tape, self.interpreter, varying, np.float64)
            found = self.engines[self.backend, varying] = ENGINES[self.backend](front, self.layout)
        return found

    # ---------------------------------------------------------------------------------------------------------- values

    def rows(
        self, values: Sequence[Any], by_group: Sequence[bool], sizes: NDArray[np.intp] | None = None
    ) -> tuple[list[Any], int]:
        """The values as floats and contiguous arrays of doubles, and how many rows there are. Raises OperandError."""
        if len(values) != len(self.args) or len(by_group) != len(values):
            wanted = ", ".join([x.name for x in self.args])
            raise OperandError(f"{len(self.args)} values are wanted ({wanted}), {len(values)} were given")
        given: list[Any] = [x if x.__class__ is float else as_rows(x) for x in values]
        marked: list[tuple[Any, bool]] = [(x, own) for x, own in zip(given, by_group, strict=True) if np.ndim(x)]
        lengths, groups = [{len(x) for x, own in marked if own is which} for which in (False, True)]
        if sizes is not None:
            lengths.add(int(sizes.sum()))
            groups.add(len(sizes))
        if len(lengths) > 1 or len(groups) > 1:
            raise OperandError("the arrays do not have one number for each row, or for each group")
        return given, lengths.pop() if lengths else 1


def due(tape: Tape, layout: Layout) -> float:
    """The number of rows from which on machine code has paid for being made; infinite where there is none."""
    if len(tape.steps) > MOST_NATIVE or not has_native():
        return inf
    loading = 0.0 if "llvmlite.binding" in sys.modules else LOADING
    return (loading + MAKING + MAKING_A_STEP * len(tape.steps)) / saved(tape, layout)


def saved(tape: Tape, layout: Layout) -> float:
    """The seconds that machine code saves at each row."""
    products = layout.blocks * layout.size * (layout.size + 1) // 2
    work = products + sum([1 if row.name in PLAIN_STEPS else FUNCTION for row, _ in tape.steps])
    return GAIN * max(work, 1)


def as_rows(x: Any) -> Any:
    """A number as a float, an array of one axis as contiguous doubles. Raises OperandError."""
    if not np.ndim(x):
        return float(x)
    found = np.ascontiguousarray(x, float)
    if found.ndim != 1:
        raise OperandError(f"an array of one axis is wanted, not of {found.ndim}")
    return found
