"""The derivatives of a textbook, simplified: beside SymPy, which meets them with its cache cleared before each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.data import formulas
from benchmarks.fresh import run
from benchmarks.results import Table, ratio
from benchmarks.shards import attempted
from benchmarks.textbook import LIBRARIES, operations


def tables(quick: bool) -> list[Table]:
    return [textbook(5 if quick else len(formulas()), 1 if quick else 5)]


def textbook(shown: int, repeats: int) -> Table:
    libraries = ("symdiff", "sympy")
    runs = [{library: run(slopes, library, shown) for library in libraries} for _ in range(repeats)]
    found = {library: [said[library] for said in runs] for library in libraries}
    times = {library: formula_times(said) for library, said in found.items()}
    rows = [
        [library, len(times[library]), sum(times[library]), median(times[library]),
         ratio(sum(times["symdiff"]), sum(times[library])), *counts(found[library][0])]
        for library in libraries if times[library]
    ]  # fmt: skip
    heads = ["simplify", "formulas", "ms", "median ms", "times symdiff", "ops raw", "ops", "longer than raw", "wrong"]
    notes = ["The shortest correct answer of any peer, formula by formula: 330 operations in all."]
    return Table(f"{shown} derivatives of a textbook", heads, rows, notes)


def formula_times(runs: list[dict[str, Any]]) -> list[float]:
    """The medians of the runs, formula by formula."""
    return [median(times) for times in zip(*[[entry[0] for entry in answers(said)] for said in runs], strict=False)]


def answers(said: dict[str, Any]) -> list[Any]:
    return [value for name, value in said.items() if name != "end"]


def counts(said: dict[str, Any]) -> list[int | None]:
    """Operations of the raw derivatives and the results, how many became longer, how many are wrong."""
    _, raw, ops, wrong = zip(*answers(said), strict=True)
    longer = sum([after > before for before, after in zip(raw, ops, strict=True)])
    return [sum(raw), sum(ops), longer, None if None in wrong else sum(wrong)]


def slopes(library: str, shown: int) -> Iterator[tuple[str, Any]]:
    """Each formula: milliseconds of simplify, operations of the raw derivative and the result, whether it is wrong."""
    read, slope_of, simplified = LIBRARIES[library]()
    simplified(slope_of(read("x*(x + 1) + x*atan(x)")))  # imports what it needs
    for text in formulas()[:shown]:
        if "sympy" in sys.modules:
            sys.modules["sympy.core.cache"].clear_cache()
        raw = slope_of(read(text))
        result, error, ms = attempted(simplified, raw)
        wrong = bool(error) or is_wrong(raw, result) if library == "symdiff" else None
        yield text, [ms, operations(str(raw)), operations(str(raw if error else result)), wrong]


def is_wrong(raw: Any, result: Any) -> bool:
    from benchmarks.judge import kept

    return bool(kept(raw, result, str(raw)))
