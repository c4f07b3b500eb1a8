"""Long lists of entries in processes of their own, two at a time, and what is told of the times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.fresh import Case, run
from benchmarks.results import Cell

SHARD = 500  # entries for one process
SPREAD = ("median ms", "p95 ms", "max ms")


def sharded(case: Case, entries: int) -> list[Any]:
    """What `case(first, last)` says of each entry; nothing of those that a process did not come to."""
    bounds = [(first, min(first + SHARD, entries)) for first in range(0, entries, SHARD)]
    with ThreadPoolExecutor(2) as two:
        found = list(two.map(lambda ends: run(case, *ends), bounds))
    return [value for said in found for name, value in said.items() if name != "end"]


def attempted(task: Callable[..., Any], *args: Any) -> tuple[Any, str, float]:
    """What the task gives, or None and the name of what it raises; and its milliseconds."""
    start = perf_counter()
    try:
        found, error = task(*args), ""
    except Exception as raised:  # whatever it is: it is counted, and the next entry measured
        found, error = None, type(raised).__name__
    return found, error, (perf_counter() - start) * 1e3


def spread(times: Sequence[float]) -> list[Cell]:
    """Median, 95th percentile and maximum."""
    ranked = sorted(times)
    return [median(ranked), ranked[int(len(ranked) * 0.95)], ranked[-1]] if ranked else [None, None, None]


def share(part: int, whole: int) -> str:
    """In percent, never rounded up to 100."""
    return f"{int(10_000 * part / whole) / 100:.2f} %" if whole else "–"
