"""Expressions, the one loop over them, and the table of operations. Standard library only."""

import symdiff.core.arithmetic  # noqa: F401  # gives expressions their operators, wherever the core is entered
