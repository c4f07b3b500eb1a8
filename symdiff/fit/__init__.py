"""Models meet data: gradient descent by exact derivatives, which says before the first step what it will do.

>>> from symdiff import fit
>>> found = fit("line", [(-2, -3), (3, 7)])
>>> found.reason, round(found.predict(10), 6)
('converged', 21.0)
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from symdiff.fit.data.reading import Source
from symdiff.fit.data.table import Data, Skipped
from symdiff.fit.descent.foresight import Foresight
from symdiff.fit.descent.minimizing import descend, minimize
from symdiff.fit.descent.minimum import Minimum
from symdiff.fit.descent.outcome import History
from symdiff.fit.fitting import fit
from symdiff.fit.leastsquares.partials import NOTHING, Partial, Solution, fit_partials, partial, solve
from symdiff.fit.losses import LOSSES
from symdiff.fit.many.fits import Fits
from symdiff.fit.many.groups import fit_many
from symdiff.fit.methods.table import METHODS
from symdiff.fit.models import NAMED
from symdiff.fit.result import Descent, Fit
from symdiff.fit.starts import Starts
from symdiff.fit.statistics.comparing import Comparison, compare

__all__ = [
    "LOSSES", "METHODS", "NAMED", "NOTHING", "Comparison", "Data", "Descent", "Fit", "Fits", "Foresight", "History",
    "Minimum", "Partial", "Skipped", "Solution", "Source", "Starts", "compare", "descend", "fit", "fit_many",
    "fit_partials", "minimize", "partial", "solve",
]  # fmt: skip


class Callable(ModuleType):
    """The package, callable: its name is where `from symdiff import fit` looks for the function."""

    def __call__(self, *args: Any, **options: Any) -> Fit:
        return fit(*args, **options)


sys.modules[__name__].__class__ = Callable
