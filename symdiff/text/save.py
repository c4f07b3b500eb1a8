"""Formulas as JSON and back: a flat list in which shared parts stand once, read with suspicion.

    {"symdiff": 1, "ops": ["sin", "*"], "leaves": ["x", "1/3"], "tape": [-1, 0, 0, -1, 1, 1, 2]}

is sin(x)*(1/3). The tape lists the nodes, parts before wholes, and is read from the left. -1 is a leaf: the next of
`leaves`, which is a name, an integer or a fraction. Any other number is the place of an operation in `ops` (names of
rows of the table, and `f'/1` for the abstract function f' of one argument), and the places of its arguments among the
nodes follow. The last node is the formula. `symdiff` is the version of the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from symdiff.core.calm import calm
from symdiff.core.declare import abstract_named, check_current
from symdiff.core.exact import Exact, shortened
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.names import NAME
from symdiff.core.ops import TABLE
from symdiff.core.tape import to_tape
from symdiff.errors import DataError, LimitError, OperandError, nearest
from symdiff.text.digits import MAX_DIGITS, integer, integer_text
from symdiff.text.parse import Formula, expression

VERSION = 1
LIMIT = 100_000_000  # characters, some ten million nodes
LEAF = -1

NUMBER = re.compile(r"(-?[0-9]+)(?:/([0-9]+))?")


def to_json(e: Formula) -> str:
    """The formula as JSON text: exact, each distinct part once (the format is described in `symdiff.text.save`).

    Raises LimitError for more than 100,000,000 characters, or 100,000 digits in one number; OperandError where an
    operation of your own has been replaced since.

    >>> to_json(Sym("x") ** 2)
    '{"symdiff":1,"ops":["^"],"leaves":["x","2"],"tape":[-1,-1,0,0,1]}'
    """
    import json  # here, as the next: most programs save nothing

    rows, leaves, tape = to_tape(expression(e))
    for row in rows:
        check_current(row)
    names = [leaf if isinstance(leaf, str) else number_text(leaf) for leaf in leaves]
    record = {"symdiff": VERSION, "ops": [row.name for row in rows], "leaves": names, "tape": tape}
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    if len(text) > LIMIT:
        raise LimitError(f"the JSON text would be longer than {LIMIT:,} characters")
    return text


def from_json(text: str) -> Expr:
    """The formula that `to_json` wrote, the identical object. Raises DataError on anything else.

    Nothing in the text is executed, and of operations only the rows of the table are known.

    >>> from_json('{"symdiff":1,"ops":["^"],"leaves":["x","2"],"tape":[-1,-1,0,0,1]}') is Sym("x") ** 2
    True
    """
    record = loaded(text)
    rows = [row_named(name) for name in strings(record, "ops")]
    leaves = [leaf_named(name) for name in strings(record, "leaves")]
    tape = record["tape"]
    if not isinstance(tape, list) or not all(step.__class__ is int for step in tape):
        raise damaged("the tape is not a list of integers")
    with calm:
        return played(rows, leaves, tape)


def number_text(q: Exact) -> str:
    """An integer as such, else numerator and denominator."""
    top = integer_text(q.numerator)
    return top if q.denominator == 1 else f"{top}/{integer_text(q.denominator)}"


def loaded(text: str) -> dict[str, Any]:
    """The JSON object in the text, with all its keys, of the version read here."""
    import json

    if not isinstance(text, str):
        raise damaged(f"{type(text).__name__} is not text")
    if len(text) > LIMIT:
        raise damaged(f"it is longer than {LIMIT:,} characters")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise damaged(f"it is not JSON, or not of this depth ({problem})") from None
    if not isinstance(record, dict) or "symdiff" not in record:
        raise damaged("it is not an object with the key 'symdiff'")
    version = record["symdiff"]
    if version.__class__ is not int or version != VERSION:
        found = shortened(version) if isinstance(version, int) else f"a {type(version).__name__}"
        raise damaged(f"its version is {found}, and only {VERSION} is known here")
    if record.keys() != {"symdiff", "ops", "leaves", "tape"}:
        raise damaged(f"its keys are {shortened(sorted(record))}, not 'symdiff', 'ops', 'leaves', 'tape'")
    return record


def strings(record: dict[str, Any], key: str) -> list[str]:
    """The list of strings under this key."""
    found = record[key]
    if isinstance(found, list) and all(isinstance(name, str) for name in found):
        return found
    raise damaged(f"{key!r} is not a list of strings")


def row_named(name: str) -> Op:
    """The row of the table, or of the abstract function, that has this very name."""
    row = TABLE.get(name) or abstract_named(name)
    if row is None:
        close = nearest(name[:100], TABLE)
        raise damaged(f"unknown operation {shortened(name)}" + (f", did you mean {close!r}?" if close else ""))
    return row


def leaf_named(name: str) -> Expr:
    """The symbol or number that a text among the leaves means."""
    if NAME.fullmatch(name):
        return symbol_named(name)
    number = NUMBER.fullmatch(name)
    if not number or max(map(len, number.groups(""))) > MAX_DIGITS:
        raise damaged(f"{shortened(name)} is neither a name nor a number of at most {MAX_DIGITS:,} digits")
    top, bottom = integer(number[1]), integer(number[2] or "1")
    if bottom == 0:
        raise damaged(f"{shortened(name)} divides by zero")
    return Num(top if bottom == 1 else Fraction(top, bottom))


def symbol_named(name: str) -> Sym:
    """The symbol of this name; a few letters of other scripts still make no name (`core.names.checked_name`)."""
    try:
        return Sym(name)
    except OperandError as problem:
        raise damaged(problem.message) from None


def played(rows: list[Op], leaves: list[Expr], tape: list[int]) -> Expr:
    """The last of the nodes on the tape."""
    nodes: list[Expr] = []
    leaf, step = iter(leaves), iter(tape)
    for place in step:
        if place == LEAF:
            node = next(leaf, None)
            if node is None:
                raise damaged("the tape has more leaves than are given")
        elif 0 <= place < len(rows):
            node = App(rows[place], arguments(nodes, step, rows[place].arity))
        else:
            raise damaged(f"the tape names operation {place} of {len(rows)}")
        nodes.append(node)
    if not nodes or next(leaf, None) is not None:
        raise damaged("the tape ends before its leaves" if nodes else "the tape is empty")
    return nodes[-1]


def arguments(nodes: list[Expr], step: Iterator[int], arity: int) -> tuple[Expr, ...]:
    """The nodes at the next places on the tape."""
    places = [place for _, place in zip(range(arity), step, strict=False)]
    if len(places) < arity:
        raise damaged("the tape ends within an operation")
    for place in places:
        if not 0 <= place < len(nodes):
            raise damaged(f"the tape names part {place} where only {len(nodes)} are written")
    return tuple([nodes[place] for place in places])


def damaged(what: str) -> DataError:
    """What is raised on anything that `to_json` does not write."""
    return DataError(f"this JSON text holds no formula: {what}", "to_json writes the format that is read here")
