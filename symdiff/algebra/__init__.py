"""Normal forms, and what builds on them."""
