"""What to do next: of all that the statistics suggest the one thing that explains most."""

from __future__ import annotations

from symdiff.fit.advice import Advice, Setting
from symdiff.fit.result import Fit
from symdiff.fit.statistics.diagnostics import UNFINISHED, Finding
from symdiff.fit.words import listed, num


def next_steps(found: Fit) -> str:
    """What to do next: where it ended well, what the statistics suggest."""
    if found.outcome.advice or not found.converged:
        return found.outcome.advice
    if undetermined := found.undetermined:
        return settle(found, undetermined[0].names)
    if found.degrees_of_freedom <= 0:
        return "take more rows, or a model with fewer parameters: so far it says nothing about errors"
    if found.statistics.unfinished > UNFINISHED:
        return Advice("go on to the least squares with ", Setting("method", "lm"), ", or allow more steps")
    if found.statistics.held.any():
        return loosen(found)
    if any([pattern(one) for one in found.diagnostics.complaints]):
        return "look at a picture of the residuals: the model wants what they show"
    if any(row.out for row in found.diagnostics.outliers) and found.statistics.squares:
        return Advice("look at the outliers; if they are to count less, fit with ", Setting("loss", "huber"))
    return ""


def pattern(one: Finding) -> bool:
    """Whether a test speaks of neighbours that are alike: what a wrong model leaves."""
    return (one.name == "durbin_watson" and one.statistic < 2) or (one.name == "runs" and "curve" in one.words)


def loosen(found: Fit) -> str:
    """Give a parameter at its bound more room, or a constraint."""
    names = [name for name, held in zip(found.problem.plan.free, found.statistics.held, strict=True) if held]
    if any([name in found.problem.plan.limits.gaps for name in names]):
        return Advice("a constraint holds the fit back: if it need not be so, leave out ", Setting("constraints"))
    room = "bound of {} holds the fit back: if values beyond make sense, give it"
    rooms = "bounds of {} hold the fit back: if values beyond make sense, give them"
    told = (room if len(names) == 1 else rooms).format(listed(names))
    return Advice(f"the {told} more room with ", Setting("bounds"))


def settle(found: Fit, names: tuple[str, ...]) -> str:
    """Give one of the parameters that are not determined a number."""
    name = names[-1]
    value = float(num(found.values[name], 2))
    which = name if len(names) == 1 else f"one of {listed(names)}"
    return Advice(f"give {which} a value, as with ", Setting("fixed", {name: value}))
