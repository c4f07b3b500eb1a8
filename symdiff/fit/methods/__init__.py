"""Ways down a loss: each a small record of parts, which way to go, how far, when to stop; the table of them all."""
