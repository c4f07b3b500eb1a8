"""Tables as text and as Markdown, and the file they are kept in: docs/results.md, one section for each bench."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results.md"
PEERS = ("sympy", "symengine", "casadi")

Cell: TypeAlias = str | float | int | None


@dataclass(frozen=True)
class Table:
    """A title, the heads of the columns, the rows, and notes below."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def text(self) -> str:
        cells = [list(self.heads), *[[shown(cell) for cell in row] for row in self.rows]]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.heads))]
        lines = [
            "  ".join(aligned(cell, w, i) for i, (cell, w) in enumerate(zip(row, widths, strict=True))) for row in cells
        ]
        return "\n".join([self.title, "-" * len(self.title), *lines, *[f"({note})" for note in self.notes]])

    def markdown(self) -> str:
        def line(cells: Sequence[str]) -> str:
            return f"| {' | '.join(cells)} |"

        rule = line(["---"] + ["---:"] * (len(self.heads) - 1))
        rows = [line([shown(cell) for cell in row]) for row in self.rows]
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join([f"### {self.title}\n", line(list(self.heads)), rule, *rows, *notes])


@dataclass(frozen=True)
class Section:
    """What one bench found."""

    name: str
    about: str
    tables: Sequence[Table]

    def text(self) -> str:
        return "\n\n".join([f"== {self.name}: {self.about.strip().splitlines()[0]}", *[t.text() for t in self.tables]])

    def markdown(self) -> str:
        return "\n\n".join(
            [f"## {self.name}", self.about.strip(), f"*{circumstances()}*", *[t.markdown() for t in self.tables]]
        )


def shown(cell: Cell) -> str:
    """Three significant digits; what is not there is a dash."""
    if cell is None:
        return "–"
    if isinstance(cell, str) or cell == int(cell):
        return f"{cell:,}" if isinstance(cell, int) else str(cell if isinstance(cell, str) else int(cell))
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"


def aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column else cell.ljust(width)


def ratio(ours: Any, theirs: Any) -> Cell:
    """How many times as long theirs takes as ours; None if either was not measured."""
    return f"{theirs / ours:.3g}" if is_number(ours) and is_number(theirs) and ours else None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def circumstances() -> str:
    """On what, and with which versions, the figures were measured."""
    named = ", ".join(f"{name} {installed(name)}" for name in PEERS)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{date.today().isoformat()}; {machine}; {named}"


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


HEADER = """# Results

Measured tables: the project and its peers in one run, medians, each figure from a process of its own. Absolute times
are those of one machine; read the ratios. Where nothing else is said, a time is that of the processor, not of the clock
on the wall. `make bench` writes this file, `python -m benchmarks NAME` one section of it.
"""


def written(section: Section) -> str:
    """Put the section into its place in docs/results.md; the other sections stay."""
    from benchmarks import BENCHES

    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    sections = {match[1]: match[0].strip() for match in re.finditer(r"^## (\w+)\n.*?(?=^## |\Z)", old, re.M | re.S)}
    sections[section.name] = section.markdown()
    RESULTS.parent.mkdir(exist_ok=True)
    kept = [sections[name] for name in BENCHES if name in sections]
    RESULTS.write_text("\n\n".join([HEADER.strip(), *kept]) + "\n", encoding="utf-8")
    return str(RESULTS.relative_to(RESULTS.parent.parent))
