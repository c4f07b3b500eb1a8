"""Models meet data."""
