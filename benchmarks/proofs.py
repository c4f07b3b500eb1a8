"""The prover: true pairs from the Rubi suite, and the same with one change that makes them false."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.data import provable
from benchmarks.pairs import slope, wrong_pairs
from benchmarks.results import Cell, Table
from benchmarks.shards import SPREAD, attempted, sharded, share, spread
from symdiff import Expr, parse
from symdiff.algebra.equal import equal

VERDICTS = ("equal", "different", "undecided")
LIMIT = 2000  # milliseconds that no pair should take


def tables(quick: bool) -> list[Table]:
    pairs, falsified = (40, 20) if quick else (len(provable()), 500)
    return [
        table("d(antiderivative) = integrand, Rubi", pairs, sharded(true_pairs, pairs), "equal"),
        table(
            "The same with one number, sign or function changed",
            falsified,
            sharded(false_pairs, falsified),
            "different",
        ),
    ]


def table(title: str, wanted: int, found: list[Any], right: str) -> Table:
    """Verdicts and times; whatever is no verdict counts as an error, and so does an entry that was not reached."""
    verdicts, times = Counter([verdict for verdict, _ in found]), [ms for _, ms in found]
    errors = wanted - sum([verdicts[verdict] for verdict in VERDICTS])
    told: list[Cell] = [*[verdicts[verdict] for verdict in VERDICTS], errors, share(verdicts[right], wanted)]
    heads = ["pairs", *VERDICTS, "errors", f"{right}, share", *SPREAD, "above 2 s"]
    return Table(title, heads, [[str(wanted), *told, *spread(times), sum([ms > LIMIT for ms in times])]])


def true_pairs(first: int, last: int) -> Iterator[tuple[str, Any]]:
    equal(parse("x + x"), parse("2*x"))
    for entry in provable()[first:last]:
        yield entry["id"], judged(slope(entry), parse(entry["integrand"]))


def false_pairs(first: int, last: int) -> Iterator[tuple[str, Any]]:
    equal(parse("x + x"), parse("2*x"))
    for entry, wrong, integrand in list(wrong_pairs(provable(), last))[first:]:
        yield entry["id"], judged(wrong, integrand)


def judged(e: Expr, f: Expr) -> tuple[str, float]:
    """The verdict, or the name of the exception; and its milliseconds."""
    found, error, ms = attempted(equal, e, f)
    return error or str(found.verdict), ms
