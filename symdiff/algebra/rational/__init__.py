"""Rational functions of a formula's parts, and the verbs that rearrange them."""
