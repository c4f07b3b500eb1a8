"""Pictures of a fit: data with curve, bands and residuals; the loss, and its surface; the film of a fit learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from symdiff.errors import FitError, nearest
from symdiff.fit.pictures.figures import fitted, learning, losses
from symdiff.fit.pictures.film import film
from symdiff.fit.pictures.sheet import Picture, file_for
from symdiff.fit.pictures.surface import surface

if TYPE_CHECKING:
    from symdiff.fit.result import Fit

__all__ = ["KINDS", "LOGS", "Picture", "file_for", "film", "plot", "surface"]

KINDS: Final = ("auto", "fit", "learning", "loss", "surface")
LOGS: Final = ("auto", "", "x", "y", "xy")


def plot(fit: Fit, kind: str = "auto", level: float = 0.95, log: str = "auto") -> Picture:
    """The picture of a fit.

    `kind`: "fit" is the data with the curve and its bands, and the residuals; "learning" the curve at some steps on its
    way, and the loss beside it; "loss" the loss over the steps; "surface" the loss over two parameters, with the way on
    it. "auto" is "learning" for descents, "fit" for all others. `level`: the probability of the bands. `log`: which
    axes are logarithmic, "x", "y", "xy" or "" for none; "auto": those on which positive data span three decades. An
    axis with values at 0 or below stays linear. Raises FitError for other words, ExtraError without matplotlib.
    """
    check("kind of picture", kind, KINDS)
    check("choice of logarithmic axes", log, LOGS)
    if not 0 < level < 1:
        raise FitError(f"the level of the bands is {level!r}", "it is a probability between 0 and 1, as 0.95")
    if kind == "auto":
        kind = "fit" if fit.foresight is None else "learning"
    if kind == "surface":
        return surface(fit)
    return Picture(
        losses(fit) if kind == "loss" else learning(fit, log) if kind == "learning" else fitted(fit, level, log)
    )


def check(what: str, word: object, known: tuple[str, ...]) -> None:
    """That a word is one of those known. Raises FitError."""
    if word not in known:
        close = nearest(str(word), known)
        choices = ", ".join([repr(each) for each in known])
        raise FitError(
            f"there is no {what} {word!r}", f"did you mean {close!r}?" if close else f"choose from {choices}"
        )
