"""The field in which formulas are compared: values, signs, roots, angles, and how formulas are read."""
