"""Many small fits at the same time."""
