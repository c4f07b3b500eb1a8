"""NIST's problems, the programs that solve them, and how many digits of a solution are right."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias

from benchmarks.data import folder

CERTIFIED = {"nonlinear": 11.0, "linear": 15.0}
SAME = 1e-6  # of a sum of squares
ROUNDING = 1e-20  # of the sum of squares of the data: what is left of Lanczos1, whose certified sum is below rounding
CONTESTANTS = ("symdiff", "curve_fit", "curve_fit, tuned", "lmfit")
ON_LINES = (*CONTESTANTS, "NumPy lstsq")
STARTS = ("start1", "start2", "none")

Entry: TypeAlias = dict[str, Any]
Start: TypeAlias = dict[str, float] | None


class Found(NamedTuple):
    """Digits of the worst parameter, of the worst standard error, of the sum of squares (negative if it is larger)."""

    values: float
    errors: float
    rss: float
    seconds: float
    reason: str

    @property
    def solved(self) -> bool:
        return self.rss >= -math.log10(SAME)


class Solution(NamedTuple):
    """What a program gives: parameters and standard errors by name, and a word on how it ended."""

    values: Mapping[str, float]
    errors: Mapping[str, float]
    reason: str = ""


# ------------------------------------------------------------------------------------------------------------- problems


def entries(kind: str) -> list[Entry]:
    """The problems of a kind, the easy ones first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder() / "nist").glob("*.json"))]
    levels = ("lower", "average", "higher")
    return sorted([e for e in found if e["type"] == kind], key=lambda e: levels.index(e["level"]))


def columns(entry: Entry) -> dict[str, Any]:
    import numpy as np

    return dict(zip(entry["columns"], np.array(entry["rows"], float).T.copy(), strict=True))


def starts(entry: Entry) -> dict[str, Start]:
    given = {name: entry[name] for name in STARTS if entry.get(name)}
    named: dict[str, Start] = {
        name: dict(zip(entry["parameters"], values, strict=True)) for name, values in given.items()
    }
    return named | {"none": None}


def digits(found: float, certified: float, most: float) -> float:
    """How many digits of a number are right; of a number that should be 0, how small it is."""
    wrong = abs(found - certified) / (abs(certified) or 1.0)
    return min(max(-math.log10(wrong), 0.0), most) if wrong > 0 else most if wrong == 0 else 0.0


def judged(entry: Entry, solution: Solution, seconds: float) -> Found:
    names, most = entry["parameters"], CERTIFIED[entry["type"]]
    order = swapped(entry, solution.values)
    values = [digits(solution.values[n], c, most) for n, c in zip(order, entry["certified"], strict=True)]
    errors = [
        digits(solution.errors.get(n, math.nan), c, most) for n, c in zip(order, entry["certified_std"], strict=True)
    ]
    left, data = model(entry).left([solution.values[n] for n in names])
    excess = (left - entry["rss"] - ROUNDING * data) / (entry["rss"] or 1.0)
    rss = -math.log10(excess) if excess > 0 else most if excess <= 0 else -math.inf
    return Found(min(values), min(errors), min(rss, most), seconds, solution.reason)


def swapped(entry: Entry, values: Mapping[str, float]) -> Sequence[str]:
    """The parameters in NIST's order: another than their own if each found one is close to one of NIST's that way."""
    names, certified = entry["parameters"], entry["certified"]
    if not all([math.isfinite(v) for v in values.values()]):
        return names
    nearest = [min(names, key=lambda n, c=c: abs(values[n] - c)) for c in certified]
    close = [digits(values[n], c, 11.0) > 3 for n, c in zip(nearest, certified, strict=True)]
    return nearest if all(close) and len(set(nearest)) == len(names) else names


class Model:
    """Model and response of a problem, compiled as they are written, for those that want functions."""

    def __init__(self, entry: Entry) -> None:
        from symdiff import compile

        self.names, self.xs, data = entry["parameters"], entry["variables"], columns(entry)
        arguments = [*self.xs, *self.names]
        self.inputs = [data[x] for x in self.xs]
        self.target = compile(entry["response"], entry["columns"], stable=False)(*data.values())
        self.compiled = compile(entry["model"], arguments, stable=False)
        self.both = compile(entry["model"], arguments, "gradient", wrt=self.names, stable=False)

    def __call__(self, _: Any, *p: float) -> Any:
        import numpy as np

        return np.broadcast_to(self.compiled(*self.inputs, *map(float, p)), self.target.shape)

    def slopes(self, _: Any, *p: float) -> Any:
        import numpy as np

        _, rows = self.both(*self.inputs, *map(float, p))
        return np.array([np.broadcast_to(row, self.target.shape) for row in rows]).T

    def left(self, p: Sequence[float]) -> tuple[float, float]:
        """The sum of the squared residuals, and of the squared data."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(((self(None, *p) - self.target) ** 2).sum()), float((self.target**2).sum())


MODELS: dict[str, Model] = {}


def model(entry: Entry) -> Model:
    if entry["name"] not in MODELS:
        MODELS[entry["name"]] = Model(entry)
    return MODELS[entry["name"]]


# ---------------------------------------------------------------------------------------------------------- contestants


def by_symdiff(entry: Entry, start: Start) -> Solution:
    from symdiff import fit

    found = fit(entry["model"], columns(entry), y=entry["response"], start=start)
    return Solution(found.values, found.errors, found.reason)


def by_curve_fit(entry: Entry, start: Start, **settings: Any) -> Solution:
    from scipy.optimize import curve_fit

    f = model(entry)
    p0 = [1.0] * len(f.names) if start is None else list(start.values())
    values, covariance = curve_fit(f, None, f.target, p0, **settings)
    return Solution(dict(zip(f.names, values.tolist(), strict=True)), named_roots(f.names, covariance))


def by_curve_fit_tuned(entry: Entry, start: Start) -> Solution:
    tight = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15, "max_nfev": 10_000}
    return by_curve_fit(entry, start, method="trf", x_scale="jac", jac=model(entry).slopes, **tight)


def by_lmfit(entry: Entry, start: Start) -> Solution:
    from lmfit import Parameters, minimize

    f, parameters = model(entry), Parameters()
    for name in f.names:
        parameters.add(name, 1.0 if start is None else start[name])
    done = minimize(lambda p: f(None, *p.valuesdict().values()) - f.target, parameters)
    errors = {name: math.nan if done.params[name].stderr is None else done.params[name].stderr for name in f.names}
    return Solution(done.params.valuesdict(), errors)


def by_lstsq(entry: Entry, _: Start) -> Solution:
    import numpy as np

    f = model(entry)
    A = f.slopes(None, *[0.0] * len(f.names))
    values, *_ = np.linalg.lstsq(A, f.target)
    left = A @ values - f.target
    inverse = np.linalg.pinv(A, rcond=1e-15)
    covariance = inverse @ inverse.T * (left @ left) / (len(left) - len(values))
    return Solution(dict(zip(f.names, values.tolist(), strict=True)), named_roots(f.names, covariance))


def named_roots(names: Sequence[str], covariance: Any) -> dict[str, float]:
    return {name: math.sqrt(v) if v >= 0 else math.nan for name, v in zip(names, covariance.diagonal(), strict=True)}


SOLVERS: dict[str, Callable[[Entry, Start], Solution]] = {
    "symdiff": by_symdiff,
    "curve_fit": by_curve_fit,
    "curve_fit, tuned": by_curve_fit_tuned,
    "lmfit": by_lmfit,
    "NumPy lstsq": by_lstsq,
}


def problems(contestant: str, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """All problems by one program: "Misra1a start1" and the fields of what it found."""
    solver = SOLVERS[contestant]
    for entry in [*(entries("nonlinear") if contestant in CONTESTANTS else ()), *entries("linear")]:
        if names and entry["name"] not in names:
            continue
        model(entry)
        for start, values in starts(entry).items():
            yield f"{entry['name']} {start}", list(solved(solver, entry, values))


def solved(solver: Callable[[Entry, Start], Solution], entry: Entry, start: Start) -> Found:
    begun = perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            solution = solver(entry, start)
    except Exception as error:  # whatever a program raises is its answer
        return Found(0.0, 0.0, -math.inf, perf_counter() - begun, f"{type(error).__name__}: {error}"[:80])
    return judged(entry, solution, perf_counter() - begun)
