"""Progress of what takes longer than a second: one line on standard error, where somebody looks."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO, TypeAlias

from symdiff.fit.words import num

Seen: TypeAlias = Callable[[int, float], object]
Progress: TypeAlias = bool | Seen | None

PATIENCE: Final = 1.0  # seconds without a word
EVERY: Final = 0.1  # seconds from one picture to the next
WIDTH: Final = 24  # letters of a bar
ERASE: Final = "\r\x1b[K"


class Bar:
    """A line that says what is being done, how far it is, and the loss; called with a step and a loss.

    `total` is how many steps there are at most, where that is known. Nothing is written in the first second, and a
    call costs as much as reading the clock.
    """

    def __init__(self, what: str, total: int | None = None, stream: TextIO | None = None) -> None:
        self.what, self.total = what, total
        self.stream = sys.stderr if stream is None else stream
        self.began = time.monotonic()
        self.due = self.began + PATIENCE
        self.shown = False

    def __call__(self, step: int, loss: float = math.nan) -> None:
        """This step is done, and that is the loss."""
        now = time.monotonic()
        if now >= self.due:
            self.due = now + EVERY
            self.shown = True
            self.show(step, loss, now - self.began)

    def show(self, step: int, loss: float, seconds: float) -> None:
        """Write the line."""
        columns = shutil.get_terminal_size().columns
        self.stream.write(ERASE + line(self.what, step, self.total, loss, seconds)[: columns - 1])
        self.stream.flush()

    def close(self) -> None:
        """Take the line away."""
        if self.shown:
            self.stream.write(ERASE)
            self.stream.flush()


def line(what: str, step: int, total: int | None, loss: float, seconds: float) -> str:
    """How far it is, in one line.

    >>> line("fit", 1200, None, 0.01234567, 3.21)
    'fit: step 1,200, loss 0.01235, 3.2 s'
    >>> line("film", 30, 60, math.nan, 1.5)
    'film: [############            ] 30 of 60, 1.5 s'
    """
    told = "" if math.isnan(loss) else f", loss {num(loss, 4)}"
    if not total:
        return f"{what}: step {step:,}{told}, {seconds:.1f} s"
    full = min(WIDTH, WIDTH * step // total)
    return f"{what}: [{'#' * full}{' ' * (WIDTH - full)}] {step:,} of {total:,}{told}, {seconds:.1f} s"


@contextmanager
def shown(progress: Progress, what: str, total: int | None = None) -> Iterator[Seen | None]:
    """What a loop is to call with each step and its loss, or None where nobody wants to know.

    `progress`: a callable is called as it is; True is a bar; None a bar where standard error is a terminal; False
    nothing. The bar is gone at the end.

    >>> steps = []
    >>> with shown(lambda step, loss: steps.append(step), "fit") as seen:
    ...     seen(1, 0.5)
    >>> steps
    [1]
    """
    if callable(progress):
        yield progress
        return
    if progress is False or sys.stderr is None or (progress is None and not sys.stderr.isatty()):
        yield None
        return
    bar = Bar(what, total)
    try:
        yield bar
    finally:
        bar.close()


def stage(seen: Seen | None, what: str, total: int | None = None) -> Seen | None:
    """The same bar for the next stage of the work; any other callable as it is."""
    if isinstance(seen, Bar):
        seen.what, seen.total = what, total
    return seen
