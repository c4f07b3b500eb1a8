"""Reports of fits as the command line writes them: in the format asked for, to a file, or to a terminal in colour."""

from __future__ import annotations

import csv
import math
import os
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from symdiff.app.answer import UsageError, one_line
from symdiff.app.fitting import flag
from symdiff.errors import DataError

if TYPE_CHECKING:
    from symdiff.fit.many.fits import Fits
    from symdiff.fit.result import Fit

# fmt: off
STYLES: Final = {  # by what they apply to
    "bold":        r"(?m)^\w+(?= {2,})",
    "bold cyan":   r"(?m)^[A-Z][^:\n]*:$",
    "underline":   r"(?m)^parameter .*$",
    "green":       r"(?m)(?<=^ended {5})converged.*$",
    "bold yellow": r"(?m)(?<=^ended {5})(?!converged).*$",
}
# fmt: on


def report_of(found: Fit, form: str, level: float, colour: bool = False) -> str:
    """The report in a format; the text in the colours of a terminal if that is wanted."""
    text = found.report(form, level, flag)
    return painted(text) if form == "text" and colour else text


def many_report(found: Fits, form: str) -> str:
    """The report on many fits."""
    return one_line(many_record(found)) if form == "json" else found.report()


def check_many(form: str) -> None:
    """That there is such a report on many fits. Raises UsageError."""
    if form not in ("text", "json"):
        hint = "--output fits.csv writes a table with a row for each"
        raise UsageError(f"the report on many fits is text or JSON, not {form}", hint)


def many_record(found: Fits) -> dict[str, Any]:
    """The same for programs, with a table of the groups by columns: what is not finite is null."""
    table = {name: [plain(cell) for cell in column] for name, column in found.table().items()}
    return {**found.summary(), "table": table}


def plain(cell: Any) -> Any:
    """A cell of a table as JSON has it."""
    value = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(value, float) and not math.isfinite(value) else value


def tabulated(found: Fits, output: str) -> dict[str, str]:
    """The table of many fits in a CSV file. Raises DataError."""
    table = found.table()
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return {"table": kept(out.getvalue().rstrip("\n"), output)[1]["report"]}


def in_colour() -> bool:
    """Whether standard output is a terminal that shows colours, and nobody forbids them (no-color.org)."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str) -> str:
    """The text of a report with its headings, names and verdict set off."""
    from rich.console import Console
    from rich.text import Text

    shown = Text(text)
    for style, pattern in STYLES.items():
        shown.highlight_regex(pattern, style)
    console = Console(file=StringIO(), force_terminal=True, color_system="standard", highlight=False)
    with console.capture() as captured:
        console.print(shown, soft_wrap=True)
    return captured.get().rstrip("\n")


def kept(text: str, output: str | None) -> tuple[str, dict[str, str]]:
    """What is left to print of a report, and the file into which it went. Raises DataError."""
    if output is None:
        return text, {}
    try:
        Path(output).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"cannot write {output!r}: {reason}", "name a file in a folder that is there") from error
    return "", {"report": output}


def with_files(text: str, files: dict[str, str]) -> str:
    """A report, and below it where the files are."""
    return "\n".join([text, *[f"{kind:<10}{path}" for kind, path in files.items()]]).strip("\n")


def record_of(found: Fit, level: float) -> dict[str, Any]:
    """A report for programs."""
    return found.summary(level, flag)
