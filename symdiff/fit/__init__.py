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

from symdiff.fit.data import Source
from symdiff.fit.fitting import descend, fit
from symdiff.fit.foresight import Foresight
from symdiff.fit.models import NAMED
from symdiff.fit.outcome import History
from symdiff.fit.result import Descent, Fit
from symdiff.fit.table import Data, Skipped

__all__ = ["NAMED", "Data", "Descent", "Fit", "Foresight", "History", "Skipped", "Source", "descend", "fit"]


class Callable(ModuleType):
    """The package, callable: its name is where `from symdiff import fit` looks for the function."""

    def __call__(self, *args: Any, **options: Any) -> Fit:
        return fit(*args, **options)


sys.modules[__name__].__class__ = Callable
