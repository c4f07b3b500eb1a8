"""The tables of a report: parameters, their errors and correlations; numbers rounded by their errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from symdiff.algebra.normal import normal
from symdiff.core.expr import Num
from symdiff.fit.result import Fit
from symdiff.fit.statistics.distributions import two_sided
from symdiff.fit.words import num, rounded
from symdiff.text.show import show

FEW: Final = 6  # parameters whose correlations are a triangle; of more, those that matter are listed
WORTH: Final = 0.5  # a correlation that is worth a triangle
STRONG: Final = 0.9  # one that is worth a line
LINES: Final = 10


@dataclass(frozen=True, slots=True)
class Table:
    """A head, and rows of cells: the first column is names, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def parameters(found: Fit, level: float) -> Table:
    """One line for each parameter; of a fit that has not converged only the values, which have no errors yet."""
    remarks = {name: remark(found, name) for name in found.parameters}
    start = {name: num(value, 6) for name, value in found.start.items()} if has_start(found) else {}
    if not found.converged or math.isnan(found.statistics.variance):
        head: tuple[str, ...] = ("parameter", "value")
        lines = [[name, num(value, 8)] for name, value in found.values.items()]
    else:
        head = ("parameter", "value", "± error", "%", "t", "p", f"{num(100 * level)} % interval")
        lines = [line(found, name, interval) for name, interval in found.intervals(level).items()]
    extra = [("start", start)] if start else []
    extra += [("", remarks)] if any(remarks.values()) else []
    head = (*head, *[title for title, _ in extra])
    return Table(head, tuple([(*cells, *[column.get(cells[0], "") for _, column in extra]) for cells in lines]))


def has_start(found: Fit) -> bool:
    """Whether a start was given."""
    return found.starts is None and bool(found.history.steps[0] == 0) and not found.method.startswith("linear")


def line(found: Fit, name: str, interval: tuple[float, float]) -> list[str]:
    """A parameter in numbers."""
    value, error = found.values[name], found.errors[name]
    if isinstance(found.problem.plan.tied.get(name), Num):
        return [name, num(value, 10), "", "", "", "", ""]
    shown, spread = rounded(value, error)
    if not (math.isfinite(error) and error > 0):
        return [name, shown, spread, "", "", "", ""]
    t = value / error
    p = two_sided(t, found.statistics.quantile_dof)
    percent = hundredths(error / abs(value)) if value else ""
    ends = [rounded(end, error)[0] for end in interval]
    return [name, shown, spread, percent, num(t), chance(p), f"{ends[0]} .. {ends[1]}"]


def hundredths(share: float) -> str:
    """A share in percent, to two digits."""
    return num(100 * share, 2) if not 0.995 <= share < 1e6 else f"{100 * share:.0f}"


def chance(p: float) -> str:
    """A chance, to three digits, or that it is tiny."""
    return "< 1e-16" if p < 1e-16 else num(p)


def remark(found: Fit, name: str) -> str:
    """What is special about a parameter."""
    plan = found.problem.plan
    if name in plan.tied:
        e = plan.tied[name]
        return "fixed" if isinstance(e, Num) else f"= {min(show(e), show(normal(e)), key=len)}"
    low, high = plan.limits.by_name.get(name, (-math.inf, math.inf))
    if not low < found.values[name] < high:
        return f"at its bound {num(low if found.values[name] <= low else high, 6)}"
    return "not determined" if found.converged and math.isinf(found.errors[name]) else ""


def correlated(found: Fit) -> Table | None:
    """The correlations of few parameters as a triangle, of many the strongest; None where none is worth a look."""
    names = [name for name in found.parameters if name not in found.problem.plan.tied]
    places = [found.parameters.index(name) for name in names]
    matrix = found.correlations
    pairs = [(names[i], names[j], float(matrix[places[i], places[j]])) for i, j in combinations(range(len(names)), 2)]
    if len(names) <= FEW:
        if not any(abs(r) >= WORTH for _, _, r in pairs):
            return None
        known = {(a, b): f"{r:+.3f}" if math.isfinite(r) else "-" for a, b, r in pairs}
        rows = [(b, *[known[a, b] for a in names[:j]], *[""] * (len(names) - 1 - j)) for j, b in enumerate(names) if j]
        return Table(("", *names[:-1]), tuple(rows))
    strong = sorted([pair for pair in pairs if abs(pair[2]) >= STRONG], key=lambda pair: -abs(pair[2]))
    if not strong:
        return None
    lines = [(f"{a}, {b}", f"{r:+.3f}") for a, b, r in strong[:LINES]]
    if len(strong) > LINES:
        lines.append((f"and {len(strong) - LINES} more", ""))
    return Table(("pair", f"above {STRONG}"), tuple(lines))
