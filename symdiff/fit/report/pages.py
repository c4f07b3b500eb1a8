"""The card written out: as text for a terminal, as Markdown, as a piece of HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from typing import Final

from symdiff.fit.report.contents import Contents, Section
from symdiff.fit.report.values import Table

WIDTH: Final = 100


def text(card: Contents) -> str:
    """Lines for a terminal."""
    lines = [f"{name:<10}{told}" for name, told in card.entries]
    for section in card.sections:
        lines += ["", *([f"{section.heading}:"] if section.heading else []), *below(section)]
    return "\n".join([line.rstrip() for line in lines])


def below(section: Section) -> Iterator[str]:
    """The sentences and the table of a section, indented if they have a heading."""
    for told in section.sentences:
        yield from wrapped(told)
    if section.table is not None:
        yield from aligned(section.table, "  " if section.heading else "")


def wrapped(told: str) -> list[str]:
    """Lines of a readable width, indented."""
    return [
        line
        for sentence in told.splitlines()
        for line in textwrap.wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="    ")
    ]


def aligned(table: Table, indent: str) -> list[str]:
    """The table in columns: names to the left, numbers to the right, remarks, which have no head, to the left."""
    rows = [table.head, *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = [i == 0 or (not title and i > 0) for i, title in enumerate(table.head)]
    return [
        indent + "  ".join([c.ljust(w) if first else c.rjust(w) for c, w, first in zip(row, widths, left, strict=True)])
        for row in rows
    ]


def markdown(card: Contents) -> str:
    """A list, tables and headings, all special characters escaped."""
    parts = [
        "\n".join([f"- **{name}** {marked(told)}" if name else f"  - {marked(told)}" for name, told in card.entries])
    ]
    for section in card.sections:
        if section.heading:
            parts.append(f"### {section.heading}")
        if section.sentences:
            parts.append("\n".join([f"- {marked(told)}" for told in section.sentences]))
        if section.table is not None:
            parts.append(piped(section.table))
    return "\n\n".join(parts) + "\n"


def marked(told: str) -> str:
    """A text in which nothing is markup."""
    return "".join([f"\\{c}" if c in "\\`*_{}[]<>#|~$" else c for c in told])


def piped(table: Table) -> str:
    """A table of Markdown."""
    lines = ["| " + " | ".join(map(marked, row)) + " |" for row in (table.head, *table.rows)]
    rule = "|" + "|".join([" --- " if i == 0 or not title else " ---: " for i, title in enumerate(table.head)]) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def html(card: Contents) -> str:
    """A piece of HTML without style, scripts or links, all text escaped."""
    entries = "".join([f"<tr><th>{escape(name)}</th><td>{escape(told)}</td></tr>" for name, told in card.entries])
    parts = [f"<table>{entries}</table>"]
    for section in card.sections:
        if section.heading:
            parts.append(f"<h4>{escape(section.heading)}</h4>")
        parts += [f"<p>{escape(told)}</p>" for told in section.sentences]
        if section.table is not None:
            parts.append(cells(section.table))
    return f'<div class="symdiff-report">{"".join(parts)}</div>'


def cells(table: Table) -> str:
    """A table of HTML."""
    head = "".join([f"<th>{escape(title)}</th>" for title in table.head])
    rows = "".join(["<tr>" + "".join([f"<td>{escape(cell)}</td>" for cell in row]) + "</tr>" for row in table.rows])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
