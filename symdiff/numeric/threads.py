"""The threads that large arrays are shared out to."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")


def in_parallel(parts: Sequence[Callable[[], T]]) -> list[T]:
    """Do all parts at the same time, the first here; what they give, when all are done, also if one fails.

    >>> in_parallel([lambda: 1, lambda: 2])
    [1, 2]
    """
    first, *others = parts
    waiting = [pool().submit(part) for part in others]
    try:
        done = first()
    except BaseException:
        for part in waiting:  # they write into arrays that might not live on
            part.exception()
        raise
    return [done, *[part.result() for part in waiting]]


@cache
def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def pool() -> ThreadPoolExecutor:
    """The threads of this process, kept for the next call."""
    from concurrent.futures import ThreadPoolExecutor  # 10 ms, and few calls need it

    return ThreadPoolExecutor(processors(), "symdiff")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.cache_clear)  # threads do not live on in a forked process
