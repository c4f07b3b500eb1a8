"""What one asks about symdiff itself: help, the functions there are, and the names that a session has given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from symdiff.app.answer import Answer, UsageError, suggestion
from symdiff.app.desk import Desk
from symdiff.app.formulas import derivative, written
from symdiff.core.expr import Expr, Num, Op, Sym
from symdiff.core.fold import free_symbols
from symdiff.core.ops import READ, TABLE
from symdiff.errors import DerivativeError

if TYPE_CHECKING:
    from symdiff.app.session import Session

WELCOME = """\
Type a formula; it comes back simplified. Some lines to try:

  f = x^2*sin(x)     give a formula a name; f(x) = x^2 defines a function
  d(f, x)            its derivative; also d(f, x, y), d(f, x, 2) and f'(3)
  f(3)               its value where x is 3; eval f x=3 gives it exactly and approximately
  ans                the last result

Commands:
"""
FAREWELL = "\n`help NAME` says more about a command or a function, `list` shows all functions."


def explain(_: Desk, topic: str | None) -> Answer:
    """All commands in short; or one command, or one function of the table, at length."""
    from symdiff.app.commands import ASKED, COMMANDS, manual

    if topic is None:
        listed = {row.name: row.doc for row in COMMANDS.values()}
        return Answer("\n".join([WELCOME, *columns(listed.items()), FAREWELL]), {"commands": listed})
    if topic in ASKED:
        row = ASKED[topic]
        return Answer(manual(row), {"name": row.name, "doc": row.doc, "examples": list(row.examples)})
    rows = list(READ[topic].values()) if topic in READ else [TABLE[topic]] if topic in TABLE else []
    if not rows:
        hint = suggestion(topic, [*READ, *COMMANDS], "see `list`")
        raise UsageError(f"there is no function or command {topic!r}", hint)
    return Answer("\n\n".join(map(row_text, rows)), {"name": topic, "functions": list(map(row_record, rows))})


def columns(rows: Collection[tuple[str, str]]) -> list[str]:
    """Lines of two columns, the second aligned."""
    width = max([len(left) for left, _ in rows], default=0)
    return [f"  {left:{width}}  {right}" for left, right in rows]


def row_record(row: Op) -> dict[str, object]:
    """What the table says about one operation, for programs."""
    formula = general(row)
    return {
        "formula": written(formula),
        "doc": row.doc,
        "derivatives": {x.name: slope_text(formula, x) for x in free_symbols(formula)},
        "defined": written(row.domain(*formula.args)) if row.domain else None,
        "aliases": list(row.aliases),
        "example": row.example,
    }


def general(row: Op) -> Expr:
    """The example of an operation, with n for a number: x^n for x^2. A choice is its example."""
    from symdiff.text.parse import parse

    example = parse(row.example)
    return example if row.form == "cases" else row(*[Sym("n") if isinstance(a, Num) else a for a in example.args])


def slope_text(e: Expr, x: Sym) -> str | None:
    """The derivative of e in x, None where no formula is known."""
    try:
        return written(derivative(e, [(x, 1)]))
    except DerivativeError:
        return None


def row_text(row: Op) -> str:
    """The same for people."""
    record = row_record(row)
    slopes = [(f"d/d{x}", slope or "no formula is known") for x, slope in record["derivatives"].items()]  # type: ignore[attr-defined]  # a dict
    defined = [("defined", f"where {record['defined']}")] if record["defined"] else []
    aliases = [("also", ", ".join(row.aliases))] if row.aliases else []
    example = [("example", row.example)] if row.example != record["formula"] else []
    return "\n".join([f"{record['formula']}   {row.doc}", *columns([*slopes, *defined, *aliases, *example])])


def functions(_: Desk) -> Answer:
    """All functions and operators, in the groups of the table."""
    groups: dict[str, list[str]] = {}
    for row in TABLE.values():
        groups.setdefault(row.group or "Others", []).append(row.name if row.form in SIGNS else row.call)
    named = {title: list(dict.fromkeys(names)) for title, names in groups.items()}
    return Answer("\n".join([f"{title}\n  {' '.join(names)}" for title, names in named.items()]), {"groups": named})


SIGNS = ("infix", "fraction", "power", "prefix", "relation", "logic")


# ------------------------------------------------------------------------------------------------- only in a session


def variables(session: Session) -> Answer:
    """The names given so far."""
    texts = {name: definition.text(name) for name, definition in session.names.items()}
    return Answer("\n".join(texts.values()) or "no names yet: give one with f = x^2", {"names": texts})


def clear(session: Session, names: Sequence[str]) -> Answer:
    """Forget names. Raises UsageError, and forgets none, if one was never given."""
    unknown = [name for name in names if name not in session.names]
    if unknown:
        hint = suggestion(unknown[0], session.names, "see `vars`")
        raise UsageError(f"{unknown[0]} is no name given here", hint)
    for name in dict.fromkeys(names):
        del session.names[name]
    return Answer("", {"cleared": list(names)})


def leave(_: Session) -> Answer:
    """End the session, as the end of the input does."""
    raise EOFError
