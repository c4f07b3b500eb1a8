"""Derivatives: one variable forward, all variables in reverse, matrices of them."""
