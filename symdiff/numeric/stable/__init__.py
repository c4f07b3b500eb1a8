"""The same real functions, written so that floats lose fewer digits."""

from symdiff.numeric.stable.rewrite import stable as stable
