"""Rings closed under differentiation, in which high-order derivatives are found."""
