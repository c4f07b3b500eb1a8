"""From values of the field back to formulas: ways to write sums, products, powers, angles, logarithms."""
