"""What is on the card, whatever it is written in: entries, tables, and sections of sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from symdiff.fit.advice import Spelling, spelled
from symdiff.fit.report.further import next_steps
from symdiff.fit.report.reading import reading
from symdiff.fit.report.values import Table, correlated, parameters
from symdiff.fit.result import Descent, Fit
from symdiff.fit.statistics.determined import collinear
from symdiff.fit.statistics.diagnostics import UNFINISHED, Diagnostics
from symdiff.fit.statistics.outliers import Outlier
from symdiff.fit.words import counted, listed, num
from symdiff.text.show import show

SHOWN: Final = 8  # rows listed one by one
BLURRED: Final = 1e8  # a condition beyond which half the digits of the data are gone


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, "" for none, and sentences or a table below it."""

    heading: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The entries of the card, (name, text) with "" for a name that goes on; then the sections."""

    entries: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def contents(found: Descent, spell: Spelling, level: float) -> Contents:
    """The card of a descent, or of a fit, which says more."""
    card = fit_entries(found) if isinstance(found, Fit) else descent_entries(found)
    return Contents(tuple(card), tuple(sections(found, spell, level)))


def sections(found: Descent, spell: Spelling, level: float) -> Iterator[Section]:
    """What stands below the card."""
    if isinstance(found, Fit):
        yield from fit_sections(found, level)
    if found.foresight is not None:
        yield Section("Before the first step", tuple(found.foresight.text().splitlines()))
    yield Section("What happened", (sentence(found.outcome.why), *[f"Note: {note}." for note in found.notes]))
    advice = next_steps(found) if isinstance(found, Fit) else found.outcome.advice
    if advice:
        yield Section("What to do next", (sentence(spelled(advice, spell)),))


def sentence(text: str) -> str:
    """With a capital letter, and an end."""
    return f"{text[:1].upper()}{text[1:]}."


# ---------------------------------------------------------------------------------------------------------- the card


def descent_entries(found: Descent) -> Iterator[tuple[str, str]]:
    """The lines of the card of a descent."""
    yield "method", found.method
    yield "start", listed(f"{name} = {num(value, 6)}" for name, value in found.start.items())
    yield "ended", found.ended
    for name, value in found.values.items():
        yield name, num(value, 8)
    yield "loss", num(found.loss, 6)


def fit_entries(found: Fit) -> Iterator[tuple[str, str]]:
    """The lines of the card of a fit."""
    for i, (y, model) in enumerate(zip(found.problem.plan.responses, found.problem.plan.models, strict=True)):
        yield "" if i else "model", f"{show(y)} = {show(model)}"
    yield from rows(found)
    yield "errors", reading(found.statistics)
    yield "method", found.method
    if start := started(found):
        yield "start", start
    yield "ended", found.ended
    yield "loss", loss_in_words(found)
    yield from goodness(found)


def rows(found: Fit) -> Iterator[tuple[str, str]]:
    """How many rows were used, and which were not."""
    skipped = found.data.skipped
    used = counted(len(found.data), "row")
    yield "data", f"{found.data.source}: {used} used, {f'{len(skipped):,}' if len(skipped) else 'none'} skipped"
    for one in skipped[:SHOWN]:
        yield "", str(one)
    if len(skipped) > SHOWN:
        yield "", f"and {len(skipped) - SHOWN:,} more"


def started(found: Fit) -> str:
    """Where it began, or how a start was found; "" where none is needed."""
    if found.starts is not None:
        agreed = f"{found.starts.agreed} of {counted(found.starts.tried, 'start')} tried ended at this loss"
        return f"searched: {agreed}" + (f" ({listed(found.starts.ways)})" if found.starts.ways else "")
    if found.history.steps[0] != 0 or found.method.startswith("linear"):
        return ""
    return listed(f"{name} = {num(value, 6)}" for name, value in found.start.items())


def loss_in_words(found: Fit) -> str:
    """The loss by its name."""
    if found.statistics.squares:
        return f"{num(found.loss, 6)} (mean squared error), rss {num(found.rss, 6)}"
    return f"{num(found.loss, 6)} (mean of {found.problem.plan.loss.told})"


def goodness(found: Fit) -> Iterator[tuple[str, str]]:
    """How good the fit is, in two lines; nothing where it has not ended at a minimum."""
    if not found.converged:
        return
    s = found.statistics
    shares = [("R^2", s.r_squared), ("adjusted", s.adjusted)]
    told = [f"{name} {share(value)}" for name, value in shares if s.dof > 0 and math.isfinite(value)]
    if s.squares and math.isfinite(s.reduced_chi_squared):
        told.append(f"reduced chi^2 {num(s.reduced_chi_squared, 4)}")
    condition = [] if math.isnan(s.condition) or not s.rank else [f"condition {num(s.condition)}"]
    yield "fit", listed([*told, counted(s.dof, "degree") + " of freedom", *condition])
    criteria = [("AIC", s.aic), ("AICc", s.aicc), ("BIC", s.bic)]
    if (
        s.dof > 0
        and not s.exact
        and s.unfinished <= UNFINISHED
        and all(math.isfinite(value) for _, value in criteria[::2])
    ):
        told = [f"{name} {num(value, 6)}" for name, value in criteria if math.isfinite(value)]
        constant = ", up to a constant," if s.likelihood else ""
        yield "", f"{listed(told)} (-2 log L{constant} + penalty)"


def share(value: float) -> str:
    """A share, with as many digits as tell it from 1."""
    if value < -10:
        return num(value, 4)
    left = abs(1 - value)
    return f"{value:.{min(12, max(4, 2 - math.floor(math.log10(left))))}f}" if 0 < left < 1 else f"{value:.4f}"


# -------------------------------------------------------------------------------------------------- what is below it


def fit_sections(found: Fit, level: float) -> Iterator[Section]:
    """The parameters, what is not determined, correlations, residuals."""
    yield Section("", table=parameters(found, level))
    if not found.converged:
        return
    if undetermined := found.undetermined:
        same = [f"The columns are not independent: {line} in every row." for line in collinear(found.problem)]
        yield Section("Not determined", (*[sentence(str(one)) for one in undetermined], *same))
    elif BLURRED < found.condition < math.inf:
        digits = round(math.log10(found.condition))
        lost = f"The parameters depend on the last digits of the data: about {digits} digits are lost"
        yield Section("Weakly determined", (f"{lost}, which centred or scaled columns would keep.",))
    if (table := correlated(found)) is not None:
        yield Section("Correlations", table=table)
    if told := residuals_in_words(found.diagnostics):
        yield Section("Residuals", tuple(told))


TESTS: Final = {
    "runs": "runs test",
    "durbin_watson": "Durbin-Watson",
    "normality": "Anderson-Darling",
    "spread": "Breusch-Pagan",
    "dispersion": "chi squared",
}


def residuals_in_words(diagnostics: Diagnostics) -> list[str]:
    """What speaks against the fit, and which rows; one sentence where nothing does."""
    told = [
        f"{sentence(test.words)[:-1]} ({TESTS.get(test.name, test.name)}, p = {num(test.p)})."
        for test in diagnostics.complaints
    ]
    out = [row for row in diagnostics.outliers if row.out]
    pulling = [row for row in diagnostics.outliers if not row.out]
    if out:
        told.append(f"{counted(len(out), 'outlier')}: {listed(map(row_in_words, out[:SHOWN]))}{more(out)}.")
    if pulling:
        told.append(f"Rows with a pull of their own: {listed(map(pull_in_words, pulling[:SHOWN]))}{more(pulling)}.")
    if told or diagnostics.note:
        return [*told, *([sentence(diagnostics.note)] if diagnostics.note else [])]
    if not diagnostics.tests:
        return []
    if "dispersion" in diagnostics.by_name:
        return [sentence(diagnostics["dispersion"].words)]
    return ["No pattern: signs, neighbours, shape and spread are as by chance, and no row stands out."]


def more(found: Sequence[Outlier]) -> str:
    """That there are more."""
    return f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""


def row_in_words(one: Outlier) -> str:
    """An outlier, and how far out it is."""
    far = (
        f"{one.residual:+.1f}" if abs(one.residual) < 1000 else f"{'+' if one.residual > 0 else ''}{num(one.residual)}"
    )
    return f"row {one.row} ({far} standard deviations)"


def pull_in_words(one: Outlier) -> str:
    """A row that pulls, and how much."""
    return f"row {one.row} (Cook's distance {num(one.cook, 2)})"
