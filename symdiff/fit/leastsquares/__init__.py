"""Least squares: the reduced system of a problem from all kinds of rows, and the methods that go by it."""
