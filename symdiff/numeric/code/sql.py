"""SQL: one SELECT over layers, so that a part used twice is computed once. For SQLite, PostgreSQL and DuckDB.

What has no value is NULL, whose logic is ours. A layer ends with a LIMIT that no table reaches: without it databases
write the columns of one layer into the next again, and the work doubles from layer to layer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from symdiff.numeric.code.language import MARGIN, Code, Draft, Language, commented

KEYWORDS = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
    char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
    delete desc distinct do double drop else end except exists extract false fetch float for foreign freeze from full
    glob grant group grouping having ilike in index initially inner inout insert int integer intersect interval into is
    isnull join lateral leading least left like limit localtime localtimestamp match national natural nchar none
    normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position
    precision primary real references returning right row select session_user set setof similar smallint some
    substring symmetric table tablesample then time timestamp to trailing transaction treat trim true union unique
    update user using values varchar variadic verbose when where window with
"""
WORDS = frozenset(KEYWORDS.split())
MOST = 2**63 - 1  # rows of any table


def quoted(name: str) -> str:
    """The name as SQL takes it: in quotes where it is a keyword, or holds letters beyond ASCII."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", name) and name.lower() not in WORDS else f'"{name}"'


def assemble(draft: Draft) -> Code:
    """The whole statement."""
    layers: list[list[str]] = []
    for name, text, depth in draft.statements:
        layers += [[] for _ in range(depth + 1 - len(layers))]
        layers[depth].append(f"{text} AS {name}")
    lines = ["WITH layer0 AS (", *listed("SELECT", numbers(draft.args)), f"    FROM data LIMIT {MOST}"]
    for i, columns in enumerate(layers):
        lines += [f"), layer{i + 1} AS (", *listed("SELECT *,", columns), f"    FROM layer{i} LIMIT {MOST}"]
    last = [*draft.args, *[f"{text} AS {name}" for text, name in zip(draft.results, draft.labels, strict=True)]]
    lines += [")", *[line[4:] for line in listed("SELECT", last)], f"FROM layer{len(layers)}"]
    return Code(commented(draft.about, "--") + "\n".join(lines) + "\n")


def numbers(args: Sequence[str]) -> list[str]:
    """The arguments as floats: 1/2 of integers is 0."""
    return [f"CAST({name} AS DOUBLE PRECISION) AS {name}" for name in args] or ["*"]


def listed(head: str, columns: Sequence[str]) -> list[str]:
    """A list of columns, each on lines of its own; `AS name` stays together."""
    lines = [f"    {head}"]
    for i, column in enumerate(columns):
        text, sign, name = column.rpartition(" AS ")
        whole = f"{text}{GLUE}AS{GLUE}{name}" if sign else name
        comma = "," if i + 1 < len(columns) else ""
        lines += wrap(whole + comma, MARGIN, break_long_words=False, break_on_hyphens=False, **INDENTS)
    return [line.replace(GLUE, " ") for line in lines]


GLUE = "\x1f"  # a character of no name and no code
INDENTS: dict[str, Any] = {"initial_indent": " " * 8, "subsequent_indent": " " * 12}


SQL = Language(
    column="sql",
    title="SQL",
    reserved=frozenset(),
    spelling=quoted,
    decimal=repr,
    infinity="",
    helpers={},
    assemble=assemble,
    columns=True,
    same=lambda name: name.strip('"').lower(),
    width=240,
)
