"""The garbage collector, kept from walking nodes that cannot form cycles.

A node is three tracked objects, and none of them can ever be part of a cycle, yet the collector walks all of them
again and again: with CPython's default threshold of 700 it costs as much as making the nodes (`docs/decisions.md`,
"The collector").
"""

from __future__ import annotations

import gc
from threading import Lock
from types import TracebackType

DEFAULT = 700
RAISED = 50_000


class Calm:
    """While inside, the collector rests. Counts nesting and threads; wakes only a collector that was awake."""

    __slots__ = ("depth", "lock", "was_enabled")

    def __init__(self) -> None:
        self.depth = 0
        self.lock = Lock()
        self.was_enabled = False

    def __enter__(self) -> None:
        with self.lock:
            if self.depth == 0:
                self.was_enabled = gc.isenabled()
                gc.disable()
            self.depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.lock:
            self.depth -= 1
            if self.depth == 0 and self.was_enabled:
                gc.enable()

    def wake(self) -> None:
        """After an interrupt, which can cut `__enter__` or `__exit__` in two: nobody is inside any more."""
        with self.lock:
            if self.depth and self.was_enabled:
                gc.enable()
            self.depth = 0


calm = Calm()


def raise_threshold() -> None:
    """Let the collector look every 50,000 new objects instead of every 700, unless the user has chosen a threshold."""
    first, second, third = gc.get_threshold()
    if first == DEFAULT:
        gc.set_threshold(RAISED, second, third)
