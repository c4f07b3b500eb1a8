"""The card of a fit or a descent: what was asked, what was foreseen, what was found, what to do next."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import Any

from symdiff.fit.advice import Spelling, argument, spelled
from symdiff.fit.foresight import NEAR, Foresight
from symdiff.fit.result import Descent, Fit
from symdiff.fit.words import counted, listed, num
from symdiff.text.show import show

WIDTH = 100
SHOWN = 8  # rows listed one by one


def report(found: Descent, spell: Spelling = argument) -> str:
    """The card as text; `spell` writes the settings that the advice names."""
    lines = [f"{name:<10}{text}" for name, text in entries(found)]
    if found.foresight is not None:
        lines += ["", "Before the first step:", *wrapped(found.foresight.text())]
    lines += ["", "What happened:", *wrapped(f"{found.outcome.why[:1].upper()}{found.outcome.why[1:]}.")]
    lines += [line for note in found.notes for line in wrapped(f"Note: {note}.")]
    if advice := spelled(found.outcome.advice, spell):
        lines += ["", "What to do next:", *wrapped(f"{advice[:1].upper()}{advice[1:]}.")]
    return "\n".join(lines)


def wrapped(text: str) -> list[str]:
    """Lines of a readable width, indented."""
    return [
        line
        for sentence in text.splitlines()
        for line in textwrap.wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="    ")
    ]


def entries(found: Descent) -> Iterator[tuple[str, str]]:
    """The lines of the card that have a name."""
    if isinstance(found, Fit):
        yield "model", f"{show(found.problem.response)} = {show(found.model)}"
        yield from rows(found)
    yield "method", found.method
    yield "start", listed(f"{name} = {num(value, 6)}" for name, value in found.start.items())
    yield "ended", found.ended
    for name, value in found.values.items():
        yield name, num(value, 8)
    if isinstance(found, Fit):
        yield "loss", f"{num(found.loss, 6)} (mean squared error), rss {num(found.rss, 6)}"
    else:
        yield "loss", num(found.loss, 6)


def rows(found: Fit) -> Iterator[tuple[str, str]]:
    """How many rows were used, and which were not."""
    skipped = found.data.skipped
    used = counted(len(found.data), "row")
    yield "data", f"{found.data.source}: {used} used, {len(skipped) or 'none'} skipped"
    for one in skipped[:SHOWN]:
        yield "", str(one)
    if len(skipped) > SHOWN:
        yield "", f"and {len(skipped) - SHOWN} more"


def summary(found: Descent, spell: Spelling = argument) -> dict[str, Any]:
    """The card as plain data; `spell` writes the settings that the advice names."""
    told: dict[str, Any] = {}
    if isinstance(found, Fit):
        told["model"], told["y"] = show(found.model), show(found.problem.response)
        told["data"] = {
            "source": found.data.source,
            "rows": len(found.data),
            "skipped": [{"row": one.row, "reason": one.reason} for one in found.data.skipped],
        }
    told |= {
        "method": found.method,
        "start": found.start,
        "values": found.values,
        "loss": real(found.loss),
        "reason": found.reason,
        "why": found.outcome.why,
        "advice": spelled(found.outcome.advice, spell) or None,
        "steps": found.steps,
        "notes": list(found.notes),
        "foresight": None if found.foresight is None else foreseen(found.foresight),
    }
    if isinstance(found, Fit):
        told["rss"] = real(found.rss)
    return told


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


def real(value: float) -> float | None:
    """The value, or None where JSON has no word for it."""
    return value if math.isfinite(value) else None
