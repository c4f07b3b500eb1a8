"""Formulas as text: read, shown, saved."""
