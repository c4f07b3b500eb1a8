"""Sums of products of what a plan computes, over rows of arrays, group by group: machine code and what calls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from threading import local
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.numeric.llvm.chunks import FIXED, Form, driver
from symdiff.numeric.llvm.engine import Processor, host, machine_code
from symdiff.numeric.llvm.kernel import address
from symdiff.numeric.llvm.loop import source
from symdiff.numeric.llvm.tiles import tiles
from symdiff.numeric.tape import Plan
from symdiff.numeric.threads import in_parallel

Array: TypeAlias = NDArray[np.float64]
Found: TypeAlias = tuple[Array, NDArray[np.intp] | None]


class Reduction:
    """The sums of products of the results of a plan, over rows of arrays of doubles.

    `families`: numbers of results whose products with one another are wanted, and whether their sums are wanted too;
    `alone`: results whose sums are wanted. `terms` tells what is summed in which order.

    >>> from symdiff.numeric.tape import Step
    >>> sums = Reduction(Plan((0,), (1,), {}, (Step("*", 2, (0, 1)),), (0, 2)), [((0, 1), False)], [1])
    >>> run = sums.bound([np.arange(10.0)], np.array([0, 10]))
    >>> found, odd = run(np.array([2.0]).tobytes())
    >>> dict(zip(sums.terms, found[0].tolist(), strict=False)), odd
    ({(0, 0): 285.0, (0, 1): 570.0, (1, 1): 1140.0, (1,): 90.0}, None)
    """

    def __init__(
        self,
        plan: Plan,
        families: Sequence[tuple[Sequence[int], bool]],
        alone: Sequence[int],
        processor: Processor | None = None,
    ) -> None:
        processor = processor or host()
        features = processor.features
        most = 4 if "avx512f" in features else 3 if "avx2" in features else 2  # rows whose products fit the registers
        self.form = form = Form(len(plan.inputs), len(plan.results), tuple(tiles(families, alone, most)), processor)
        self.lanes, self.terms = processor.lanes, form.terms
        self.kernel, self._kept = machine_code(source(plan, False, self.lanes, features), "kernel", processor=processor)
        self.run, self.room = driver(form)
        self.local = local()

    def bound(self, inputs: Sequence[Array], ends: NDArray[np.intp], threads: int = 1) -> Callable[..., Found]:
        """What computes the sums over the same arrays again and again, given the uniform values.

        Group i is the rows from ends[i] up to ends[i + 1]. The call `(uniform, step)` takes the uniform values as
        bytes, or the address of those of the first group, and how many bytes on those of the next one are. It gives one
        row of sums for each group, with a free place at its end, and which rows were left out, None if none were.
        `inputs` are contiguous arrays of as many doubles: of at least as many as a vector has lanes.
        """
        ends = np.ascontiguousarray(ends, np.int64)
        n, groups = int(ends[-1]), len(ends) - 1
        sources = np.array([address(x) for x in inputs], np.uintp)
        shares = shared_out(ends, threads)
        packed = [
            (low, partial(FIXED, self.kernel, address(sources)), address(ends) + 8 * low, high - low)
            for low, high in shares
        ]

        def share(uniform: Any, step: int, found: Array, odd: int, low: int, fixed: Any, at: int, count: int) -> int:
            given = uniform if not step else uniform + step * low
            start = address(found) + found.strides[0] * low
            flagged: int = self.run(fixed(step, at, count, n), given, start, self.scratch(), odd)
            return flagged

        def sums(uniform: Any, step: int = 0, kept: object = (inputs, ends, sources)) -> Found:
            found, odd = np.empty((groups, len(self.terms) + 1)), np.zeros(n, np.uint8)
            parts = [partial(share, uniform, step, found, address(odd), *each) for each in packed]
            flagged = any(in_parallel(parts)) if len(parts) > 1 else parts[0]()
            return found, np.flatnonzero(odd) if flagged else None

        return sums

    def scratch(self) -> int:
        """Where this thread keeps a chunk."""
        if not hasattr(self.local, "address"):
            self.local.memory = memory = np.empty(self.room + 64, np.uint8)
            self.local.address = -(-address(memory) // 64) * 64
        found: int = self.local.address
        return found


def shared_out(ends: NDArray[np.int64], threads: int) -> list[tuple[int, int]]:
    """Ranges of groups, one for each thread, with about as many rows."""
    wanted = np.linspace(ends[0], ends[-1], threads + 1)[1:-1]
    cuts = [0, *np.searchsorted(ends, wanted).tolist(), len(ends) - 1]
    return [(low, high) for low, high in pairwise(cuts) if low < high] or [(0, 0)]
