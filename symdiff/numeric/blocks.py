"""Many points by NumPy, a block at a time: whatever a block needs stays in the cache, and nothing is allocated.

A block in which NumPy notices a division by zero, an overflow, an operation without a value, or the underflow of a
guarded product is run again as the tape is written (`interpret`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import local
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.numeric.interpret import array_function
from symdiff.numeric.lower import Lowered
from symdiff.numeric.pairs import pays, sine_and_cosine
from symdiff.numeric.reciprocals import RECIPROCAL, SQUARE
from symdiff.numeric.rows import FORMULAS
from symdiff.numeric.tape import Step

Array: TypeAlias = NDArray[np.floating[Any]]
Careful: TypeAlias = Callable[[slice], Sequence[Any]]  # some points, to the results there

CACHE = 1 << 22  # bytes that the arrays of a block may take together
LEAST, MOST = 4096, 32768  # points of a block
PLAIN = {"/": np.divide, SQUARE: np.square, RECIPROCAL: np.reciprocal}
DIVIDING = ("/", "^")  # of an infinity they are silent where they have no value: inf/0, (-inf)^0.5
WATCHED = ("log", "log2", "log10", "log1p", "atanh")  # ufuncs that raise a flag wherever their formulas look for one


class Instruction(NamedTuple):
    """A function of arrays in slots, and the slots for its results; a `writes` function puts them there itself."""

    function: Callable[..., Any]
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    writes: bool
    guarded: bool


class Blocks:
    """Lowered code as instructions on slots: inputs, then results, then uniform values, then registers used again.

    `paired`: whether sine and cosine of one value may be computed together.
    """

    def __init__(self, code: Lowered, paired: bool = True) -> None:
        plan = code.plan
        self.paired = paired
        self.slots: dict[int, int] = {place: i for i, place in enumerate(plan.inputs)}
        first = len(plan.inputs)
        self.own: dict[int, int] = {}  # the slot of each result that is computed into it
        self.copies: list[tuple[int, int]] = []  # results that are inputs, or other results: target and source
        for target, place in enumerate(plan.results, first):
            source = self.slots.get(place, self.own.get(place))
            if source is None:
                self.own[place] = target
            else:
                self.copies.append((target, source))
        same = (*plan.uniform, *plan.constants)
        self.constants = [*plan.constants.values()]
        self.slots |= {place: i for i, place in enumerate(same, first + len(plan.results))}
        self.before = first + len(plan.results) + len(same)
        self.registers = 0
        self.free: list[int] = []
        self.code: list[Instruction] = []
        self.kept = local()
        self.divides = any([step.op in DIVIDING for step in plan.body])
        self.assemble(code)
        arrays = first + len(plan.results) + self.registers
        wanted = CACHE // (8 * max(arrays, 1))
        self.length = min(MOST, max(LEAST, 1 << max(wanted, 1).bit_length() - 1))

    def assemble(self, code: Lowered) -> None:
        """All steps as instructions; a sine beside a cosine of the same value makes one."""
        partners = pairs(code) if self.paired else {}
        dead = spent(code, partners)
        done: set[int] = set()
        for step, unused in zip(code.plan.body, dead, strict=True):
            if step.place in done:
                continue
            if step.place in partners:
                sine, cosine = partners[step.place]
                targets = self.target(sine), self.target(cosine)
                made = Instruction(sine_and_cosine, (self.slots[step.args[0]],), targets, True, False)
                self.release(unused)
                done |= {sine, cosine}
            else:
                made = self.instruction(step, code, unused)
            self.code.append(made)

    def instruction(self, step: Step, code: Lowered, unused: list[int]) -> Instruction:
        """One step; the registers of what it reads for the last time may hold its result."""
        sources = tuple([self.slots[arg] for arg in step.args])
        function, writes = array_operation(step.op, code.row(step.op))
        if function is array_function(ops.pow) and code.plan.constants.get(step.args[1]):
            function, writes = np.power, True  # only the 0-th power of nan is no nan
        self.release(unused)
        return Instruction(function, sources, (self.target(step.place),), writes, step.place in code.guarded)

    def target(self, place: int) -> int:
        """The slot where a value is to be computed."""
        if place in self.own:
            slot = self.own[place]
        elif self.free:
            slot = self.free.pop()
        else:
            slot = self.before + self.registers
            self.registers += 1
        self.slots[place] = slot
        return slot

    def release(self, places: list[int]) -> None:
        """The registers of these values may be used again."""
        self.free += [slot for place in places if (slot := self.slots[place]) >= self.before]

    def run(
        self,
        inputs: list[Array],
        uniform: Sequence[float],
        outputs: list[Array],
        careful: Careful,
        first: int,
        end: int,
    ) -> None:
        """Compute the points from `first` up to `end`. Inputs and outputs are arrays of one axis and one length.

        In single precision they are read and written only: what is between is computed in double.
        """
        same = [np.asarray(value, float) for value in (*uniform, *self.constants)]
        bounded = not self.divides or bool(np.isfinite(same).all())
        store = self.store(min(self.length, end - first))
        single = outputs[0].dtype != np.float64
        for low in range(first, end, self.length):
            part = slice(low, min(low + self.length, end))
            given, wanted = [x[part] for x in inputs], [out[part] for out in outputs]
            targets = wanted
            if single:
                given, targets = [x.astype(float) for x in given], [np.empty(part.stop - low) for _ in wanted]
            fine = bounded and self.block([*given, *targets, *same, *store[:, : part.stop - low]], given)
            results: Sequence[Any] = targets if fine else careful(part)
            if results is not wanted:
                for out, values in zip(wanted, results, strict=True):
                    out[...] = values

    def store(self, length: int) -> Array:
        """The registers of this thread, kept from call to call: fresh memory costs as much as ten operations on it."""
        kept: Array | None = getattr(self.kept, "store", None)
        if kept is None or kept.shape[1] < length:
            kept = self.kept.store = np.empty((self.registers, length))
        return kept

    def block(self, slots: list[Any], given: list[Array]) -> bool:
        """Whether one block has been computed without anything odd. Of inf/0 there is no flag: it is looked for."""
        if self.divides and any(map(has_infinity, given)):
            return False
        try:
            with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
                self.compute(slots)
        except FloatingPointError:
            return False
        return True

    def compute(self, slots: list[Any]) -> None:
        """Run the instructions. Raises FloatingPointError where they may be wrong."""
        for function, sources, targets, writes, guarded in self.code:
            args = [slots[source] for source in sources]
            if len(targets) > 1:
                function(*args, *[slots[target] for target in targets])
            elif not writes:
                found = function(*args)
                if self.divides and has_infinity(found):  # which it may have reached without a flag
                    raise FloatingPointError("inf/0 raises no flag")
                slots[targets[0]][...] = found
            elif guarded:
                with np.errstate(under="raise"):
                    function(*args, out=slots[targets[0]])
            else:
                function(*args, out=slots[targets[0]])
        for target, source in self.copies:
            slots[target][...] = slots[source]


def has_infinity(x: Array) -> bool:
    """Whether an infinity is among the values; nan hides none."""
    low, high = np.min(x), np.max(x)
    return bool(np.isinf(x).any()) if low != low else bool(low == -np.inf or high == np.inf)


def pairs(code: Lowered) -> dict[int, tuple[int, int]]:
    """The places of sines and cosines of the same value, by each of the two; none where that does not pay."""
    angles = {(op, args[0]): place for op, place, args in code.plan.body if op in ("sin", "cos")}
    both = [(sine, angles["cos", q]) for (op, q), sine in angles.items() if op == "sin" and ("cos", q) in angles]
    return {place: pair for pair in both for place in pair} if both and pays() else {}


def spent(code: Lowered, partners: dict[int, tuple[int, int]]) -> list[list[int]]:
    """For every step of the body, the values of the body that nothing after it reads, results aside.

    Of a pair the second is computed with the first: what it reads is read there.
    """
    plan = code.plan
    seen = {*plan.results, *plan.inputs, *plan.uniform, *plan.constants}
    found = []
    for step in reversed(plan.body):
        second = step.place in partners and step.place == max(partners[step.place])
        found.append([] if second else [arg for arg in dict.fromkeys(step.args) if arg not in seen])
        seen.update(() if second else step.args)
    return found[::-1]


def array_operation(name: str, row: Op | None) -> tuple[Callable[..., Any], bool]:
    """The function of a step on arrays, and whether it writes into an array that it is given."""
    plain = PLAIN.get(name)
    if plain is not None or row is None:
        assert plain is not None
        return plain, True
    if row.ufunc and ops.TABLE.get(name) is row and (name not in FORMULAS or name in WATCHED):
        return getattr(np, row.ufunc), True
    return array_function(row), False


def is_elementwise(row: Op | None) -> bool:
    """Whether a row has no version for arrays."""
    return row is not None and not row.ufunc and (row.name not in FORMULAS or ops.TABLE.get(row.name) is not row)


def whole_function(code: Lowered, step: Step) -> Callable[..., Any]:
    """The function of a step on whole arrays; quotients of infinities must be looked at: no flag shows them."""
    row = code.row(step.op)
    if step.op in DIVIDING:
        assert row is not None
        return array_function(row)
    return array_operation(step.op, row)[0]
