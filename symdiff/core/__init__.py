"""Expressions, the one loop over them, and the table of operations. Standard library only."""
