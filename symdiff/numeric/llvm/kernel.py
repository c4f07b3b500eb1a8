"""A plan as machine code for contiguous arrays, run on several threads where that pays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdiff.numeric.llvm.engine import Processor, host, machine_code
from symdiff.numeric.llvm.loop import source
from symdiff.numeric.tape import Plan
from symdiff.numeric.threads import in_parallel

Array = NDArray[Any]

WORTH_A_THREAD = 1 << 14  # points: below, starting a second thread costs more than it brings
NOWHERE = np.empty(0, np.intp)
REPEATED = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_char_p)
PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_char_p] * 3, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


class Kernel:
    """The machine code of a plan, for arrays of double or single precision (computed in double).

    Raises ExtraError where llvmlite is not installed.

    >>> from symdiff.numeric.tape import Step
    >>> halves = Kernel(Plan((0,), (1,), {}, (Step("*", 2, (0, 1)),), (2,)))
    >>> x, out = np.arange(5.0), np.empty((1, 5))
    >>> halves([x], [0.5], out), out
    (array([], dtype=int64), array([[0. , 0.5, 1. , 1.5, 2. ]]))
    """

    def __init__(
        self, plan: Plan, single: bool = False, lanes: int | None = None, processor: Processor | None = None
    ) -> None:
        processor = processor or host()
        self.plan, self.lanes = plan, lanes or processor.lanes
        self.dtype = np.dtype(np.float32 if single else np.float64)
        whole, again, self._kept = machine_code(
            source(plan, single, self.lanes, processor.features), "kernel", "again", processor=processor
        )
        self._run, self._again = PROTOTYPE(whole), REPEATED(again)
        self._numbers = Struct(f"{len(plan.uniform)}d").pack
        self._sources = Struct(f"{len(plan.inputs)}P").pack
        self._targets = Struct(f"{len(plan.results)}P").pack

    def __call__(
        self, inputs: Sequence[Array], uniform: Sequence[float], outputs: Sequence[Array] | Array, threads: int = 1
    ) -> NDArray[np.intp]:
        """Compute all points, and tell the numbers of those that must be computed again on the careful path.

        `inputs` are contiguous one-dimensional arrays of the same length and of the kernel's precision, `outputs` as
        many such as the plan has results, or the rows of one array (quicker for few points). Outputs share no memory
        with inputs. Raises ValueError for other arrays.
        """
        self._check(inputs, outputs)
        n = len(inputs[0]) if inputs else len(outputs[0])
        if n < self.lanes:
            return self._few(n, inputs, uniform, outputs)
        flags = np.empty(-(-n // self.lanes), np.uint8)
        arguments = (
            self._sources(*[self._address(array, n) for array in inputs]),
            self._numbers(*uniform),
            self._targets(*self._addresses(outputs, n)),
            address(flags),
        )
        if threads > 1 and n >= 2 * WORTH_A_THREAD:
            ends = self._ends(n, threads)
            flagged = any(in_parallel([partial(self._run, *arguments, lo, hi) for lo, hi in pairwise(ends)]))
        else:
            flagged = self._run(*arguments, 0, n)
        return self._flagged(flags, n) if flagged else NOWHERE

    def bound(
        self, inputs: Sequence[Array], outputs: Sequence[Array], fields: Sequence[tuple[int, int]] = ()
    ) -> Callable[[Sequence[float]], int]:
        """What computes the same arrays again and again, given the uniform values; not 0 if it could not.

        That is where points are flagged, or one of the `fields`, addresses of integers and what these are, has changed.
        It holds the arrays, and costs little more than the computation. Raises ValueError as the call does.
        """
        n = len(outputs[0])
        self._check(inputs, outputs)
        if n < self.lanes:
            return lambda uniform: len(self(inputs, uniform, outputs))
        flags = np.empty(-(-n // self.lanes), np.uint8)
        sources = np.array([self._address(array, n) for array in inputs], np.uintp)
        targets = np.array([*self._addresses(outputs, n)], np.uintp)
        known = np.array(fields, np.uintp).reshape(-1, 2)
        block = Struct(f"PPPqPq{len(self.plan.uniform)}d").pack  # one argument: each costs a tenth of a microsecond
        fixed = partial(block, address(sources), address(targets), address(flags), n, address(known), len(known))
        run, kept = self._again, (inputs, outputs, flags, sources, targets, known)

        def again(uniform: Sequence[float], kept: object = kept) -> int:
            flagged: int = run(fixed(*uniform))
            return flagged

        return again

    def _check(self, inputs: Sequence[Array], outputs: Sequence[Array] | Array) -> None:
        """Raises ValueError where the plan has other numbers of inputs or results."""
        if len(inputs) != len(self.plan.inputs) or len(outputs) != len(self.plan.results):
            raise ValueError(f"the plan has {len(self.plan.inputs)} inputs and {len(self.plan.results)} results")

    def _address(self, array: Array, n: int) -> int:
        """Where an array begins. Raises ValueError where it is not what the machine code expects."""
        if array.shape != (n,) or array.dtype != self.dtype or not array.flags.c_contiguous:
            raise ValueError(f"arrays must be contiguous, one-dimensional, of {self.dtype} and of one length")
        return address(array)

    def _addresses(self, outputs: Sequence[Array] | Array, n: int) -> Iterable[int]:
        """Where the outputs begin."""
        if not isinstance(outputs, np.ndarray):
            return [self._address(array, n) for array in outputs]
        if outputs.shape != (len(self.plan.results), n):
            raise ValueError(f"outputs must have the shape {(len(self.plan.results), n)}")
        first, step = self._address(outputs[0], n), outputs.strides[0]
        return range(first, first + step * len(outputs), step)

    def _few(
        self, n: int, inputs: Sequence[Array], uniform: Sequence[float], outputs: Sequence[Array] | Array
    ) -> NDArray[np.intp]:
        """The same for less than one vector of points, which is filled up with copies of the first."""
        if n == 0:
            return NOWHERE
        filled = [np.concatenate([array, np.full(self.lanes - n, array[0])]) for array in inputs]
        results = np.empty((len(outputs), self.lanes), self.dtype)
        flagged = self(filled, uniform, results)
        for output, result in zip(outputs, results, strict=True):
            output[:] = result[:n]
        return flagged[flagged < n]

    def _ends(self, n: int, threads: int) -> list[int]:
        """Where the parts of the threads end; every part has a whole number of vectors, but the last, which has one."""
        parts = max(1, min(threads, n // WORTH_A_THREAD))
        step = n // parts // (64 * self.lanes) * (64 * self.lanes)
        return [*[part * step for part in range(parts)], n]

    def _flagged(self, flags: NDArray[np.uint8], n: int) -> NDArray[np.intp]:
        """The numbers of the flagged points, in order: those of the vectors, of which the last overlaps others."""
        lanes = np.unpackbits(flags[:, None], axis=1, bitorder="little")[:, : self.lanes]
        points, last = np.flatnonzero(lanes[:-1]), np.flatnonzero(lanes[-1]) + n - self.lanes
        before = np.searchsorted(points, n - self.lanes)
        return np.concatenate([points[:before], np.union1d(points[before:], last)])


def address(array: Array) -> int:
    """Where the memory of an array begins; the quick way knows no read-only arrays."""
    if array.flags.writeable and array.size:
        memory: Any = array
        return ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return int(array.ctypes.data)
