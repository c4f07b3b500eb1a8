"""Test functions for minimisation, from their usual starts: how many known minima are reached."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, TypeAlias

from benchmarks.data import Entry, records
from benchmarks.fresh import run
from benchmarks.results import Cell, Table

CLOSE = 1e-8  # relative; absolute where the minimum is 0

Said: TypeAlias = dict[str, dict[str, Any]]
Solver: TypeAlias = Callable[[Entry], Sequence[float]]


def objective(entry: Entry) -> str:
    """The formula to be minimised: a sum of squares is written out."""
    return entry.get("objective") or " + ".join([f"({r})^2" for r in entry["residuals"]])


def by_symdiff(entry: Entry) -> Sequence[float]:
    from symdiff import minimize

    found = minimize(objective(entry), dict(zip(entry["variables"], entry["start"], strict=True)))
    return [found.at[name] for name in entry["variables"]]


def by_scipy(entry: Entry, method: str | None = None, gradient: bool = False) -> Sequence[float]:
    from scipy.optimize import minimize

    from symdiff import compile

    names = entry["variables"]
    value = compile(objective(entry), names)
    if not gradient:
        return list(minimize(lambda p: value(*p.tolist()), entry["start"], method=method).x)
    both = compile(objective(entry), names, "gradient", wrt=names)
    return list(minimize(lambda p: both(*p.tolist()), entry["start"], jac=True, method=method).x)


def by_scipy_gradient(entry: Entry) -> Sequence[float]:
    return by_scipy(entry, gradient=True)


def by_nelder_mead(entry: Entry) -> Sequence[float]:
    return by_scipy(entry, "Nelder-Mead")


SOLVERS: dict[str, Solver] = {
    "symdiff, minimize": by_symdiff,
    "scipy, minimize": by_scipy,
    "scipy, minimize with symdiff's gradient": by_scipy_gradient,
    "scipy, Nelder-Mead": by_nelder_mead,
}


def minima(solver: str, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Under the name of each function how far above its minimum the search ended (relative), and the seconds."""
    from symdiff import compile

    warnings.simplefilter("ignore")
    for entry in records("optimize.jsonl"):
        if names and entry["name"] not in names:
            continue
        start = perf_counter()
        try:
            at = SOLVERS[solver](entry)
        except Exception as error:  # whatever a program raises is its answer
            yield entry["name"], [None, perf_counter() - start, f"{type(error).__name__}: {error}"[:60]]
            continue
        seconds = perf_counter() - start
        value = float(compile(objective(entry), entry["variables"], stable=False)(*map(float, at)))
        above = (value - entry["minimum"]) / (abs(entry["minimum"]) or 1.0)
        yield entry["name"], [above if math.isfinite(above) else None, seconds, ""]


def measured(quick: bool) -> Said:
    return {c: run(minima, c, wanted()[: 6 if quick else None]) for c in SOLVERS}


def wanted() -> list[str]:
    return [entry["name"] for entry in records("optimize.jsonl")]


def promise(said: Said) -> tuple[str, float | None, float]:
    names = most(said)
    return "known minima reached by symdiff", count(said["symdiff, minimize"], names), len(names)


def most(said: Said) -> list[str]:
    """The names that were asked for."""
    return [name for name in wanted() if any(name in found for found in said.values())]


def count(found: dict[str, Any], names: Sequence[str]) -> int:
    return sum([reached(found.get(name)) for name in names])


def table(said: Said) -> Table:
    names = most(said)
    rows: list[list[Cell]] = [
        [c, count(found, names), sum([found[n][1] for n in names if n in found]) * 1e3] for c, found in said.items()
    ]
    notes = [f"{c}: {missed(found, names)}" for c, found in said.items() if missed(found, names)]
    heads = [f"of {len(names)} minima", f"reached to {CLOSE:g}", "ms in all"]
    return Table("Minima from the usual starts", heads, rows, ["Not reached, and how far above:", *notes])


def reached(found: Any) -> bool:
    return bool(found and found[0] is not None and found[0] <= CLOSE)


def missed(found: dict[str, Any], names: Sequence[str]) -> str:
    """The functions whose minimum was not reached, with the distance or the error."""
    left = [(name, found.get(name, [None, 0.0, found.get("end", "not run")])) for name in names]
    return ", ".join(
        f"{n} ({f[2] or 'nan' if f[0] is None else format(f[0], '.0e')})" for n, f in left if not reached(f)
    )
