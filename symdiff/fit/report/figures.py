"""The card as plain data, safe for JSON: what is beyond floats is None."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from symdiff.fit.advice import Spelling, argument, spelled
from symdiff.fit.descent.foresight import NEAR, Foresight
from symdiff.fit.report.further import next_steps
from symdiff.fit.report.reading import reading
from symdiff.fit.report.values import remark
from symdiff.fit.result import Descent, Fit
from symdiff.fit.statistics.distributions import two_sided
from symdiff.fit.words import real
from symdiff.text.show import show

LISTED: Final = 1_000  # rows left out that are listed one by one; all are counted, by their reasons


def summary(found: Descent, spell: Spelling = argument, *, level: float = 0.95) -> dict[str, Any]:
    """The card as plain data; `spell` writes the settings that the advice names."""
    with np.errstate(all="ignore"):
        return told_of(found, spell, level)


def told_of(found: Descent, spell: Spelling, level: float) -> dict[str, Any]:
    """What is asked of a descent or a fit, and what was found."""
    asked = asked_of(found) if isinstance(found, Fit) else {}
    advice = next_steps(found) if isinstance(found, Fit) else found.outcome.advice
    told = asked | {
        "method": found.method,
        "start": found.start,
        "values": {name: real(value) for name, value in found.values.items()},
        "loss": real(found.loss),
        "reason": found.reason,
        "why": found.outcome.why,
        "advice": spelled(advice, spell) or None,
        "steps": found.steps,
        "notes": list(found.notes),
        "foresight": None if found.foresight is None else foreseen(found.foresight),
    }
    return told | (worth(found, level) if isinstance(found, Fit) else {})


def asked_of(found: Fit) -> dict[str, Any]:
    """What was fitted, and to what."""
    plan, skipped = found.problem.plan, found.data.skipped
    return {
        "model": show(plan.models[0]),
        "y": show(plan.responses[0]),
        "models": {show(y): show(model) for y, model in zip(plan.responses, plan.models, strict=True)},
        "data": {
            "source": found.data.source,
            "rows": len(found.data),
            "skipped": [{"row": one.row, "reason": one.reason} for one in skipped[:LISTED]],
            "skipped_rows": len(skipped),
            "skipped_reasons": skipped.counts(),
        },
        "errors_from": reading(found.statistics),
        "remarks": {name: told for name in found.parameters if (told := remark(found, name))},
        "starts": starts_of(found),
    }


def starts_of(found: Fit) -> dict[str, Any] | None:
    """How a start was found."""
    if found.starts is None:
        return None
    return {"tried": found.starts.tried, "agreed": found.starts.agreed, "ways": list(found.starts.ways)}


def worth(found: Fit, level: float) -> dict[str, Any]:
    """What the values are worth; errors of a fit that has not converged are None."""
    s = found.statistics
    told: dict[str, Any] = {
        "rss": None if s.likelihood else real(found.rss),
        "level": level,
        "converged": found.converged,
    }
    names = found.parameters
    if not found.converged:
        return told | dict.fromkeys(WORTH)
    errors = found.errors
    t = {name: found.values[name] / errors[name] for name in names if 0 < errors[name] < float("inf")}
    return told | {
        "errors": {name: real(error) for name, error in errors.items()},
        "intervals": {name: [real(end) for end in ends] for name, ends in found.intervals(level).items()},
        "t": {name: real(value) for name, value in t.items()},
        "p": {name: real(two_sided(value, s.quantile_dof)) for name, value in t.items()},
        "parameters": list(names),
        "covariance": [[real(value) for value in row] for row in found.covariance.tolist()],
        "correlations": [[real(value) for value in row] for row in found.correlations.tolist()],
        "r_squared": real(s.r_squared),
        "adjusted_r_squared": real(s.adjusted),
        "reduced_chi_squared": real(s.reduced_chi_squared) if s.squares else None,
        "degrees_of_freedom": s.dof,
        "condition": real(s.condition),
        "aic": real(s.aic),
        "aicc": real(s.aicc),
        "bic": real(s.bic),
        "undetermined": [
            {"names": list(one.names), "determined": list(one.determined), "exact": one.exact, "words": str(one)}
            for one in found.undetermined
        ],
        "diagnostics": findings_of(found),
    }


WORTH = (
    "errors", "intervals", "t", "p", "parameters", "covariance", "correlations", "r_squared", "adjusted_r_squared",
    "reduced_chi_squared", "degrees_of_freedom", "condition", "aic", "aicc", "bic", "undetermined", "diagnostics",
)  # fmt: skip


def findings_of(found: Fit) -> dict[str, Any]:
    """The tests of the residuals, and the rows that stand out."""
    diagnostics = found.diagnostics
    return {
        "tests": {
            test.name: {"statistic": real(test.statistic), "p": real(test.p), "words": test.words}
            for test in diagnostics.tests
        },
        "rows": [
            {
                "row": one.row,
                "response": one.response,
                "residual": real(one.residual),
                "p": real(one.p),
                "leverage": real(one.leverage),
                "cook": real(one.cook),
                "outlier": one.out,
            }
            for one in diagnostics.outliers
        ],
        "note": diagnostics.note or None,
    }


def foreseen(foresight: Foresight) -> dict[str, Any]:
    """What was foreseen, as plain data."""
    return {
        "eigenvalues": [real(value) for value in foresight.eigenvalues],
        "quadratic": foresight.quadratic,
        "condition": real(foresight.condition),
        "largest_stable_rate": real(foresight.largest_stable_rate),
        "best_rate": real(foresight.best_rate),
        "steps_at_best_rate": real(foresight.steps_to(NEAR)) if foresight.largest else None,
        "rates": foresight.rates or None,
        "undetermined": list(foresight.flat),
    }
