"""The two formulas of the bench `eval` with all their partial derivatives, as careful programmers write them."""
