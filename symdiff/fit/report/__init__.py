"""The card of a fit or a descent: what was asked, what was foreseen, what was found, how far to trust it, what next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from symdiff.errors import FitError, nearest
from symdiff.fit.advice import Spelling, argument
from symdiff.fit.report.contents import contents
from symdiff.fit.report.figures import foreseen, summary
from symdiff.fit.report.pages import html, markdown, text, wrapped

if TYPE_CHECKING:
    from symdiff.fit.result import Descent

__all__ = ["FORMATS", "foreseen", "report", "summary", "wrapped"]

FORMATS: Final = ("text", "markdown", "html", "json")


def report(found: Descent, spell: Spelling = argument, *, format: str = "text", level: float = 0.95) -> str:
    """The card in one of the formats; `spell` writes the settings that the advice names.

    `level` is the chance with which each interval holds the true value. Raises FitError for another format.

    >>> from symdiff import fit
    >>> found = fit("a*x + b", {"x": [1, 2, 3, 4], "y": [2.1, 3.9, 6.2, 7.8]})
    >>> print(report(found).splitlines()[0])
    model     y = a*x + b
    """
    if format not in FORMATS:
        close = nearest(str(format), FORMATS)
        hint = f"did you mean {close!r}?" if close else f"choose from {', '.join(FORMATS)}"
        raise FitError(f"there is no report in the format {format!r}", hint)
    if format == "json":
        return json.dumps(summary(found, spell, level=level), allow_nan=False, ensure_ascii=False, indent=2)
    pages = {"text": text, "markdown": markdown, "html": html}
    with np.errstate(all="ignore"):
        return pages[format](contents(found, spell, level))
