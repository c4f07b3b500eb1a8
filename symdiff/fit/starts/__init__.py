"""Where a fit can start when nobody says: places the formula and the data suggest, ranked, improved, compared."""

from symdiff.fit.starts.hunt import Budget
from symdiff.fit.starts.search import Starts, search

__all__ = ["Budget", "Starts", "search"]
