"""Fits beside SciPy, lmfit, iminuit and NumPy: a model of 8 parameters, lines and parabolas, many small fits, minima.

The model A exp(-kx) + B exp(-(x-mu)^2/(2s^2)) + c0 + c1 x + c2 x^2 on x from 0 to 10, seeded noise of 0.05, the same
start 20 to 30 % off for all. The peers have model and partial derivatives written by hand in NumPy (`fitters.py`), the
project has the text: deriving and compiling are part of its first call, and so is the import of llvmlite. "First" is
the first call with the model in a process, imports and data done before, for the project by a small fit of another
model; "cold" is without that. "Warm" is the median of later calls on the same data. All times are of the clock on the
wall, all on two threads where a program has them. Extra memory is what the peak of the process grows by in the first
call. "symdiff" is without llvmlite, "symdiff, jit" with it. At 1e7 rows only symdiff and curve_fit with its exact
Jacobian run: the others take minutes in all.
"""

from __future__ import annotations

import resource
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from compileall import compile_dir
from statistics import median
from time import perf_counter
from typing import Any, TypeAlias

from benchmarks import groups, minima
from benchmarks.fitters import EIGHT, LINEAR, NOISE, POLYNOMIALS, TRUE, Fitted, by_hand, points, slopes_by_hand
from benchmarks.fresh import ROOT, together
from benchmarks.results import Cell, Table, installed

SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
AT_THE_LARGEST = ("symdiff, jit", "symdiff", "curve_fit, exact")
PEERS = ("curve_fit, exact", "curve_fit, numeric", "lmfit, exact", "iminuit, exact")
# How many times as fast as the best peer; those of 1,000 rows warm, the others in the first call.
PROMISED = {
    ("symdiff, jit", 1_000): 1.0,
    ("symdiff, jit", 100_000): 2.5,
    ("symdiff, jit", 1_000_000): 8.0,
    ("symdiff, jit", 10_000_000): 15.0,
    ("symdiff", 1_000): 1.0,
    ("symdiff", 1_000_000): 4.0,
}
SAME = 0.05  # standard errors: how far a parameter may be from that of others

HEADS = ("", "measured", "at least", "kept")

Promise: TypeAlias = tuple[str, float | None, float]
Said: TypeAlias = dict[str, dict[str, Any]]


# ---------------------------------------------------------------------------------------------------------------- cases


def eight(contestant: str, n: int, least: float) -> Iterator[tuple[str, Any]]:
    """Seconds of the fit with 8 parameters."""
    x, y = points(n, by_hand, list(TRUE.values()))
    yield from measured(EIGHT[contestant](x, y), least)


def polynomial(name: str, contestant: str, n: int, least: float) -> Iterator[tuple[str, Any]]:
    """Seconds of a line or a parabola."""
    of = POLYNOMIALS[name]
    x, y = points(n, of, of.true)
    yield from measured(LINEAR[contestant](of, x, y), least)


def measured(call: Callable[[], Fitted], least: float) -> Iterator[tuple[str, Any]]:
    """The first call, what it adds to the memory, its parameters; and later calls, if they get `least` seconds."""
    warnings.simplefilter("ignore")
    before, start = peak(), perf_counter()
    found = call()
    yield "first", perf_counter() - start
    yield "MB", (peak() - before) / 1e6
    yield from [(f"p{i}", value) for i, value in enumerate(found)]
    if least:
        yield "warm", warm(call, least)


def warm(call: Callable[[], Any], least: float) -> float:
    """The median of three calls or more in `least` seconds or more, after as many to get warm."""
    times: list[float] = []
    began = perf_counter()
    while perf_counter() - began < least:
        call()
    while len(times) < 3 or sum(times) < least:
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return median(times)


def peak() -> int:
    """The most bytes this process has had in memory."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


# --------------------------------------------------------------------------------------------------------------- tables


def tables(quick: bool) -> list[Table]:
    sizes, repeats = (SIZES[:2], 1) if quick else (SIZES, 3)
    compile_dir(ROOT / "symdiff", quiet=1)  # as pip does: otherwise the first call would compile what it imports
    fits = {n: together(eights(n, quick), repeats, patience=300) for n in sizes}
    straight = {
        (name, n): together(polynomials(name, n, quick), repeats, patience=300)
        for name in POLYNOMIALS
        for n in (sizes[0], sizes[-1])
    }
    small, lowest = groups.measured(quick), minima.measured(quick)
    return [
        promises([*of_eight(fits), *of_polynomials(straight), groups.promise(small), minima.promise(lowest)]),
        *[eight_parameters(n, said) for n, said in fits.items()],
        *[polynomial_fits(name, n, said) for (name, n), said in straight.items()],
        groups.table(small),
        minima.table(lowest),
    ]


def eights(n: int, quick: bool) -> dict[str, tuple[Any, ...]]:
    chosen = AT_THE_LARGEST if n == SIZES[-1] else tuple(EIGHT)
    return {c: (eight, c, n, spent(n, quick)) for c in chosen}


def polynomials(name: str, n: int, quick: bool) -> dict[str, tuple[Any, ...]]:
    return {c: (polynomial, name, c, n, spent(n, quick)) for c in LINEAR}


def spent(n: int, quick: bool) -> float:
    """Seconds for warm calls."""
    return 0.0 if n == SIZES[-1] else 0.05 if quick else 1.0


def best(said: Said, what: str, among: Sequence[str]) -> float | None:
    times = [said[c][what] for c in among if what in said.get(c, {})]
    return min(times, default=None)


def ahead(said: Said, ours: str, what: str, among: Sequence[str]) -> float | None:
    """How many times as long the best peer takes."""
    mine, theirs = said.get(ours, {}).get(what), best(said, what, among)
    return theirs / mine if mine and theirs else None


def promises(lines: Sequence[Promise]) -> Table:
    """What the project has promised itself, and whether it keeps it."""
    rows: list[list[Cell]] = [
        [what, got, least, "yes" if got is not None and got >= least else "no"] for what, got, least in lines
    ]
    return Table("What is asked: times as fast as the best peer, if nothing else is said", HEADS, rows)


def of_eight(fits: Mapping[int, Said]) -> Iterator[Promise]:
    for (c, n), least in PROMISED.items():
        if n in fits:
            what = "warm" if n == SIZES[0] else "first"
            yield f"8 parameters, {n:,} rows, {what}: {c}", ahead(fits[n], c, what, PEERS), least
    if memory := fits.get(SIZES[-1], {}).get("symdiff, jit", {}).get("MB"):
        yield f"8 parameters, {SIZES[-1]:,} rows: 100 MB over extra memory", 100 / memory, 1.0


def of_polynomials(straight: Mapping[tuple[str, int], Said]) -> Iterator[Promise]:
    for (name, n), said in straight.items():
        if n not in (SIZES[0], SIZES[-1]):
            continue
        what, least = ("warm", 0.5) if n == SIZES[0] else ("first", 1.0)
        for c in ("symdiff, jit", "symdiff"):
            yield f"{name}, {n:,} rows, {what}: {c}", ahead(said, c, what, ["np.polyfit"]), least


def eight_parameters(n: int, said: Said) -> Table:
    import numpy as np

    errors = standard_errors(slopes_by_hand(np.linspace(0, 10, 1000), *TRUE.values()), n)
    rows: list[list[Cell]] = [
        [
            c,
            *times(found),
            ahead(said, c, "first", PEERS),
            ahead(said, c, "warm", PEERS),
            found.get("MB"),
            apart(found, said["curve_fit, exact"], errors),
        ]
        for c, found in said.items()
    ]
    heads = ["s", "first", "warm", "best peer: first", "warm", "extra MB", "parameters"]
    notes = [
        "Best peer: how many times as long the fastest of the peers takes.",
        f"Parameters: distance of the farthest from curve_fit, exact, in standard errors; {SAME:g} is no difference.",
        ", ".join(f"{name} {installed(name)}" for name in ("numpy", "scipy", "lmfit", "iminuit", "llvmlite")) + ".",
    ]
    return Table(f"8 parameters, {n:,} rows", heads, rows, notes)


def times(found: Mapping[str, Any]) -> list[Cell]:
    return [found.get("first", found.get("end")), found.get("warm")]


def apart(found: Mapping[str, Any], wanted: Mapping[str, Any], errors: Sequence[float]) -> Cell:
    """How far the parameters are from those of another program, in standard errors."""
    here, there = fitted(found), fitted(wanted)
    if not here or len(here) != len(there):
        return None
    far = max(abs(u - v) / e for u, v, e in zip(here, there, errors, strict=True))
    return f"{far:.0e}" + ("" if far <= SAME else ", differs")


def standard_errors(slopes: Any, n: int) -> list[float]:
    """The standard errors of n rows by the slopes at some, one row for each parameter."""
    import numpy as np

    some = slopes.shape[1]
    return list(NOISE * np.sqrt(np.diag(np.linalg.inv(slopes @ slopes.T)) * some / n))


def fitted(found: Mapping[str, Any]) -> list[float]:
    return [found[f"p{i}"] for i in range(len(TRUE)) if f"p{i}" in found]


def polynomial_fits(name: str, n: int, said: Said) -> Table:
    import numpy as np

    judge, powers = "np.polyfit", np.vander(np.linspace(0, 10, 1000), POLYNOMIALS[name].degree + 1).T
    errors = standard_errors(powers, n)
    rows: list[list[Cell]] = [
        [
            c,
            *[milliseconds(t) for t in times(found)],
            *[ahead(said, c, what, [judge]) for what in ("first", "warm")],
            found.get("MB"),
            apart(found, said[judge], errors),
        ]
        for c, found in said.items()
    ]
    heads = ["ms", "first", "warm", "np.polyfit: first", "warm", "extra MB", "parameters"]
    return Table(f"{name}, {n:,} rows", heads, rows)


def milliseconds(seconds: Cell) -> Cell:
    return seconds * 1e3 if isinstance(seconds, float) else seconds
