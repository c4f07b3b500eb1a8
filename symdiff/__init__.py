"""symdiff: formulas in; exact, simplified, explained derivatives out."""
from symdiff.core.expr import *
from symdiff.core.ops import *
