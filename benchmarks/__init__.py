"""The project beside its peers, in one run: `python -m benchmarks [name ...] [--quick]`, or `make bench`.

Every figure comes from a process of its own (`fresh`), peers and project take turns, and what is shown are medians. A
full run also writes `docs/results.md`.
"""

# In the order of the report; each is a module with `tables(quick)`, a list of `Table`.
BENCHES = (
    "chains",
    "growth",
    "callables",
    "eval",
    "textbook",
    "process",
    "parse",
    "depth",
    "simplify",
    "stable",
    "accuracy",
    "fit",
    "nist",
)
