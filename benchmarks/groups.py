"""10,000 fits of a exp(-b x) + c + d x to 200 points each: `fit_many` beside `curve_fit` in a loop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, TypeAlias

from benchmarks.fresh import together
from benchmarks.results import Cell, Table

MODEL = "a*exp(-b*x) + c + d*x"
START = {"a": 3.0, "b": 1.0, "c": 0.0, "d": 0.0}
MANY, SOME = 10_000, 300  # groups; of which curve_fit does so many, and its time is multiplied
POINTS = 200
PROMISED = 10.0  # times as fast as the loop

Said: TypeAlias = dict[str, dict[str, Any]]
Values: TypeAlias = Any  # an array, a row of parameters for each group


def groups(many: int) -> tuple[Any, Any]:
    """x, and a row of y for each group; seeded."""
    import numpy as np

    random, x = np.random.default_rng(2), np.linspace(0, 5, POINTS)
    a, b = random.uniform(2, 4, (many, 1)), random.uniform(0.5, 1.5, (many, 1))
    c, d = random.uniform(-1, 1, (many, 1)), random.uniform(-0.2, 0.2, (many, 1))
    return x, a * np.exp(-b * x) + c + d * x + random.normal(0, 0.02, (many, POINTS))


def by_symdiff(x: Any, y: Any) -> Callable[[], Values]:
    import numpy as np

    from symdiff import fit_many

    def call() -> Values:
        found = fit_many(MODEL, {"x": x, "y": y}, start=START)
        return np.array([found.values[name] for name in START]).T

    return call


def by_symdiff_numpy(x: Any, y: Any) -> Callable[[], Values]:
    sys.modules["llvmlite"] = None  # type: ignore[assignment]  # as the manual of `import` says
    return by_symdiff(x, y)


def by_curve_fit(x: Any, y: Any, exact: bool = True) -> Callable[[], Values]:
    import numpy as np
    from scipy.optimize import curve_fit

    def f(x: Any, a: float, b: float, c: float, d: float) -> Any:
        return a * np.exp(-b * x) + (c + d * x)

    def slopes(x: Any, a: float, b: float, c: float, d: float) -> Any:
        J = np.empty((4, len(x)))
        np.exp(-b * x, out=J[0])
        np.multiply(J[0], x, out=J[1])
        J[1] *= -a
        J[2] = 1.0
        J[3] = x
        return J

    p0, more = list(START.values()), {"jac": slopes, "col_deriv": 1} if exact else {}
    return lambda: np.array([curve_fit(f, x, row, p0, **more)[0] for row in y])


def by_curve_fit_numeric(x: Any, y: Any) -> Callable[[], Values]:
    return by_curve_fit(x, y, exact=False)


CONTESTANTS: dict[str, tuple[Callable[[Any, Any], Callable[[], Values]], int]] = {
    "symdiff, jit": (by_symdiff, MANY),
    "symdiff": (by_symdiff_numpy, MANY),
    "curve_fit in a loop, exact": (by_curve_fit, SOME),
    "curve_fit in a loop, numeric": (by_curve_fit_numeric, SOME),
}


def small(contestant: str, again: bool) -> Iterator[tuple[str, Any]]:
    """Seconds for all groups in the first call and in the second, and a mean by which the fits are compared."""
    make, many = CONTESTANTS[contestant]
    x, y = groups(MANY)
    call = make(x, y[:many])
    for turn in ("first", "warm") if again else ("first",):
        start = perf_counter()
        found = call()
        yield turn, (perf_counter() - start) * MANY / many
    yield "fits", many
    yield "mean b", float(found[:SOME, 1].mean())


def measured(quick: bool) -> Said:
    return together({c: (small, c, not quick) for c in CONTESTANTS}, 1 if quick else 3)


def promise(said: Said) -> tuple[str, float | None, float]:
    return f"{MANY:,} small fits, first: symdiff, jit", ahead(said, said["symdiff, jit"]), PROMISED


def ahead(said: Said, found: dict[str, Any]) -> float | None:
    """How many times as long the best loop takes."""
    loops = [told["first"] for c, told in said.items() if c.startswith("curve_fit") and "first" in told]
    return min(loops) / found["first"] if "first" in found and loops else None


def table(said: Said) -> Table:
    rows: list[list[Cell]] = [
        [
            c,
            found.get("fits"),
            found.get("first", found.get("end")),
            found.get("warm"),
            MANY / found["first"] if "first" in found else None,
            ahead(said, found),
            f"{found['mean b']:.9f}" if "mean b" in found else None,
        ]
        for c, found in said.items()
    ]
    heads = [
        f"s for {MANY:,}",
        "fits done",
        "first",
        "warm",
        "fits a second",
        "best loop takes, times",
        "mean b of 300",
    ]
    notes = ["The time of the loops is scaled to all fits."]
    return Table(f"{MANY:,} fits of {MODEL} to {POINTS} points each", heads, rows, notes)
