"""The simplifier and the prover on what other people stated: each table is a promise of the project.

Results are judged by balls at exact points (`benchmarks/judge.py`): wherever the input has a value, the result must
have the same. The data are those of `benchmarks/data.py`. Nodes are counted as the data count them; "larger" is
judged by them, and as it reads, with the digits of its numbers. Times are those of the clock on the wall; two processes
at once work on the large corpora.
"""

from __future__ import annotations

from benchmarks import forms, proofs, rings, slopes
from benchmarks.results import Table


def tables(quick: bool) -> list[Table]:
    return [table for part in (slopes, forms, proofs, rings) for table in part.tables(quick)]
