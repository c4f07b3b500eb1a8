"""The simplifier on large corpora: forms that other systems state, and derivatives of large antiderivatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.data import is_target, provable, records
from benchmarks.judge import clashes, kept, nodes
from benchmarks.pairs import slope, stated_points
from benchmarks.results import Table
from benchmarks.shards import SPREAD, attempted, sharded, share, spread
from symdiff import Expr, parse, simplify
from symdiff.algebra.measure import total


def tables(quick: bool) -> list[Table]:
    return [*stated_forms(40 if quick else None), derivatives(10 if quick else 300)]


def stated_forms(shown: int | None) -> list[Table]:
    entries = records("simplify.jsonl")[:shown]
    found = sharded(forms, len(entries))
    errors, larger, wrong, times, as_small = zip(*found, strict=True)
    targets = [small for small in as_small if small is not None]
    sound = [f"{len(found)} of {len(entries)}", sum(map(bool, errors)), sum(larger), sum(wrong), *spread(times)]
    small = [str(len(targets)), sum(targets), share(sum(targets), len(targets))]
    return [
        Table("simplify.jsonl: sound", ["entries", "raising", "larger", "wrong", *SPREAD], [sound]),
        Table("simplify.jsonl: as small as stated", ["entries that shrink", "as small", "share"], [small]),
    ]


def forms(first: int, last: int) -> Iterator[tuple[str, Any]]:
    """Each entry: the exception; whether larger, whether wrong; milliseconds; whether as small as stated."""
    simplify(parse("x + x"))
    for entry in records("simplify.jsonl")[first:last]:
        e = parse(entry["input"])
        result, error, ms = attempted(simplify, e)
        after = e if error else result
        as_small = not error and nodes(after) <= entry["expected_size"] if is_target(entry) else None
        yield entry["id"], [error, is_larger(after, e), bool(kept(e, after, entry["id"])), ms, as_small]


def is_larger(after: Expr, before: Expr) -> bool:
    """By nodes, or as it reads, with the digits of its numbers."""
    return nodes(after) > nodes(before) or total(after) > total(before)


# --------------------------------------------------------------------------------------------------------- derivatives


def derivatives(shown: int) -> Table:
    found = sharded(large, shown)
    raw, integrands, ours, wrong, times = zip(*found, strict=True)
    row = [f"{len(found)} of {shown}", sum(raw), sum(integrands), sum(ours), sum(wrong), *spread(times)]
    heads = ["entries", "nodes raw", "of the integrands", "simplified", "wrong", *SPREAD]
    return Table("Derivatives of large antiderivatives", heads, [row])


def large(first: int, last: int) -> Iterator[tuple[str, Any]]:
    """Each entry: nodes of the raw derivative, the integrand and the result; whether it is wrong; milliseconds."""
    simplify(parse("x + x"))
    for entry in provable()[first:last]:
        raw = slope(entry)
        result, error, ms = attempted(simplify, raw)
        after = raw if error else result
        wrong = bool(error or clashes(raw, after, stated_points(entry)))
        yield entry["id"], [nodes(raw), nodes(parse(entry["integrand"])), nodes(after), wrong, ms]
