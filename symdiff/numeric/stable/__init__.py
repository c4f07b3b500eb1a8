"""The same real functions, written so that floats lose fewer digits."""

from symdiff.numeric.stable.rewrite import stable as stable
from symdiff.numeric.stable.rewrite import stable_in_order as stable_in_order
