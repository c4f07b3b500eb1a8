"""NIST's regression problems: certified digits of the worst parameter and of the worst standard error.

The 27 nonlinear problems of the Statistical Reference Datasets from both starts and without a start, and the 11 linear
ones, by `fit(model, data, y=response, start=...)` and nothing else. Digits are -log10 of the relative error, at most 11
of nonlinear problems (as many are certified) and 15 of linear ones; what raises an error has none. Without a start, a
problem is solved if the sum of squares is the certified one, to a millionth. Where a solution has two parameters of the
same kind swapped, they are swapped back. SciPy and lmfit have the compiled model and the same data: `curve_fit` and
`minimize` with their defaults; "tuned" is curve_fit with method trf, x_scale "jac", the exact Jacobian and tolerances
of 1e-15. NumPy's `lstsq` has the columns of the linear models. All of one program runs in one process; its first fits
are not warm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from benchmarks.certified import CONTESTANTS, ON_LINES, Entry, Found, entries, problems
from benchmarks.fresh import run
from benchmarks.results import Cell, Table, installed

QUICK = ("Misra1a", "Thurber", "MGH17", "Norris", "Longley")
LINEAR = {"Filip": 7, "Longley": 13} | {f"Wampler{i}": 9 for i in range(1, 6)}  # digits asked; of all others 12

All: TypeAlias = dict[str, dict[str, Found]]


def tables(quick: bool) -> list[Table]:
    names = QUICK if quick else ()
    said = {c: run(problems, c, names, patience=60 if quick else 900) for c in ON_LINES}
    found = {c: {key: Found(*f) for key, f in told.items() if key != "end"} for c, told in said.items()}
    ended = [f"{c}: {told['end']}" for c, told in said.items() if "end" in told]
    nonlinear = [e for e in entries("nonlinear") if not names or e["name"] in names]
    linear = [e for e in entries("linear") if not names or e["name"] in names]
    return [
        asked(found["symdiff"], nonlinear, linear),
        counted(found, nonlinear, ended),
        each(found, nonlinear),
        lines(found, linear),
        seconds(found, nonlinear, linear),
    ]


def both(found: dict[str, Found], entry: Entry) -> list[Found]:
    nothing = Found(0.0, 0.0, -math.inf, 0.0, "not reached")
    return [found.get(f"{entry['name']} {start}", nothing) for start in ("start1", "start2")]


def without(found: dict[str, Found], entry: Entry) -> Found:
    return found.get(f"{entry['name']} none", Found(0.0, 0.0, -math.inf, 0.0, "not reached"))


def reaching(found: dict[str, Found], nonlinear: Sequence[Entry], least: float) -> int:
    """Problems with so many digits from both starts."""
    return sum([min(f.values for f in both(found, e)) >= least for e in nonlinear])


def runs(found: dict[str, Found], nonlinear: Sequence[Entry]) -> list[Found]:
    return [f for e in nonlinear for f in both(found, e)]


def asked(found: dict[str, Found], nonlinear: Sequence[Entry], linear: Sequence[Entry]) -> Table:
    """What the project has promised itself, and whether it keeps it."""
    n, all_runs = len(nonlinear), runs(found, nonlinear)
    rows: list[tuple[str, float, float]] = [
        ("runs with 6 digits in every parameter", sum([f.values >= 6 for f in all_runs]), 2 * n),
        ("problems with 8 digits from both starts", reaching(found, nonlinear, 8), n - 1),
        ("problems with 10 digits from both starts", reaching(found, nonlinear, 10), n - 3),
        ("runs with 4 digits in every standard error", sum([f.errors >= 4 for f in all_runs]), 2 * n),
        ("problems solved without a start", sum([without(found, e).solved for e in nonlinear]), n - 1),
        *[(f"{e['name']}: digits", round(without(found, e).values, 1), LINEAR.get(e["name"], 12)) for e in linear],
    ]
    kept: list[list[Cell]] = [[what, got, least, "yes" if got >= least else "no"] for what, got, least in rows]
    return Table(
        f"What is asked, of {n} nonlinear problems and {len(linear)} linear ones",
        ["", "found", "at least", "kept"],
        kept,
    )


def versions() -> str:
    return ", ".join(f"{name} {installed(name)}" for name in ("numpy", "scipy", "lmfit")) + "."


def counted(found: All, nonlinear: Sequence[Entry], ended: Sequence[str]) -> Table:
    rows: list[list[Cell]] = [
        [
            c,
            *[reaching(by, nonlinear, least) for least in (6, 8, 10)],
            sum([f.values >= 6 for f in runs(by, nonlinear)]),
            sum([f.errors >= 4 for f in runs(by, nonlinear)]),
            sum([without(by, e).solved for e in nonlinear]),
        ]
        for c, by in found.items()
        if c in CONTESTANTS
    ]
    heads = [
        "problems",
        "6 digits, both starts",
        "8 digits",
        "10 digits",
        "runs: 6 digits",
        "errors: 4 digits",
        "no start",
    ]
    notes = ["Without a start, SciPy and lmfit begin at 1 in every parameter.", versions(), *ended]
    return Table(f"Nonlinear: {len(nonlinear)} problems, {2 * len(nonlinear)} runs with a start", heads, rows, notes)


def each(found: All, nonlinear: Sequence[Entry]) -> Table:
    rows: list[list[Cell]] = []
    for e in nonlinear:
        ours, alone = both(found["symdiff"], e), without(found["symdiff"], e)
        digits_of = [f"{f.values:.1f}" for c in CONTESTANTS for f in both(found[c], e)]
        errors = f"{min(f.errors for f in ours):.1f}"
        rows.append([f"{e['name']} ({e['level']})", *digits_of, errors, "yes" if alone.solved else "no", alone.reason])
    heads = ["digits", *[f"{c}, start {i}" for c in CONTESTANTS for i in (1, 2)], "errors", "no start", "ended"]
    notes = ["Errors, no start and ended are those of symdiff: standard errors from the worse start."]
    return Table("Nonlinear: each problem", heads, rows, notes)


def lines(found: All, linear: Sequence[Entry]) -> Table:
    rows: list[list[Cell]] = []
    for e in linear:
        by = [without(found[c], e) for c in ON_LINES]
        rows.append([e["name"], *[f"{f.values:.1f}" for f in by], *[f"{f.errors:.1f}" for f in by]])
    heads = ["digits", *ON_LINES, *[f"errors: {c}" for c in ON_LINES]]
    return Table("Linear: each problem", heads, rows)


def seconds(found: All, nonlinear: Sequence[Entry], linear: Sequence[Entry]) -> Table:
    rows: list[list[Cell]] = []
    for c, by in found.items():
        with_start = [f.seconds for f in runs(by, nonlinear)]
        alone = [without(by, e).seconds for e in nonlinear]
        straight = [without(by, e).seconds for e in linear]
        rows.append(
            [c, *[part for times in (with_start, alone, straight) for part in (sum(times), max(times, default=0.0))]]
        )
    heads = ["s", "with starts", "the longest", "no start", "the longest", "linear", "the longest"]
    return Table("Time", heads, rows)
