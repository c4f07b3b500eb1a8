"""The bar in the terminal for what takes longer than a second: rich draws it. Imported when something may be long."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from symdiff.app.desk import Desk
from symdiff.fit.progress import Bar, Seen
from symdiff.fit.words import num

if TYPE_CHECKING:
    from rich.progress import Progress


@contextmanager
def watched(desk: Desk, quiet: bool, what: str, total: int | None = None) -> Iterator[Seen | None]:
    """What a loop is to call with each step and its loss; None where nobody looks, or nobody wants to know."""
    if quiet or desk.quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    bar = Drawn(what, total)
    try:
        yield bar
    finally:
        bar.close()


class Drawn(Bar):
    """A bar that rich draws: it knows the width of the terminal, its colours, and NO_COLOR."""

    drawing: Progress | None = None

    def show(self, step: int, loss: float, seconds: float) -> None:
        """Draw it as it is now."""
        if self.drawing is None:
            self.drawing = started()
            self.drawing.add_task(self.what, told="")
        told = f"{seconds:.0f} s" if math.isnan(loss) else f"loss {num(loss, 4)}, {seconds:.0f} s"
        steps = f"{step:,} of {self.total:,}" if self.total else f"step {step:,}"
        description = f"{self.what}: {steps}"
        task = self.drawing.task_ids[0]
        self.drawing.update(task, completed=step, total=self.total, description=description, told=told)

    def close(self) -> None:
        """Take it away."""
        if self.drawing is not None:
            self.drawing.stop()


def started() -> Progress:
    """An empty drawing on standard error, which will leave no trace."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(24), TextColumn("{task.fields[told]}"))
    drawing = Progress(*columns, console=Console(stderr=True), transient=True)
    drawing.start()
    return drawing
