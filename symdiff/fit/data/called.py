"""What columns are called in formulas, where a formula cannot name them: "time [s]" is time, "signal (mV)" signal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from unicodedata import normalize

from symdiff.core.expr import Sym
from symdiff.core.names import NAME
from symdiff.errors import ParseError
from symdiff.fit.data.table import Columns, Table
from symdiff.text.parse import expression

UNIT: Final = re.compile(r"\s*[(\[{</].*|\s+in\s+\S+$", re.DOTALL)  # what follows a quantity: (mV), [s], /nm, in K
LONGEST: Final = 60  # letters of a header of which a name is made


def named(found: Table) -> Table:
    """The table with its columns under names for formulas; `called` has the header of each that got a new one.

    >>> table = Table("example", {"time [s]": [0, 1], "y": [2, 3]}, range(1, 3))
    >>> named(table).columns, named(table).called
    ({'time': [0, 1], 'y': [2, 3]}, {'time': 'time [s]'})
    """
    names = names_for(found.columns)
    return renamed(found, names) if names else found


def renamed(found: Table, names: Mapping[str, str]) -> Table:
    """The table with other names for some of its headers."""
    headers = {names.get(header, header): header for header in found.columns}
    columns: Any = found.columns
    if isinstance(columns, dict):
        columns = {name: columns[header] for name, header in headers.items()}
    else:
        columns = Columns(headers, lambda name: found.columns[headers[name]])
    twice = frozenset(names.get(header, header) for header in found.twice)
    called = {**found.called, **{name: header for header, name in names.items() if name != header}}
    return replace(found, columns=columns, twice=twice, called=called)


def names_for(headers: Iterable[str]) -> dict[str, str]:
    """A name for each header that is none: what stands before its unit if that is its alone, else all its words.

    >>> names_for(["x", "signal (mV)", "signal (dB)", "2 theta"])
    {'signal (mV)': 'signal_mV', 'signal (dB)': 'signal_dB', '2 theta': '_2_theta'}
    """
    headers = dict.fromkeys(headers)
    strange = [header for header in headers if header and not plain(header)]
    if not strange:
        return {}
    taken = {*headers}
    short = {header: identifier(UNIT.sub("", header)) for header in strange}
    found = {}
    for header in strange:
        name = short[header]
        alone = list(short.values()).count(name) == 1 and name not in taken
        if not (alone and free(name)):
            name = unlike(identifier(header), taken)
        found[header] = name
        taken.add(name)
    return found


def plain(header: str) -> bool:
    """Whether a formula can name it as it stands."""
    return (header.isascii() and header.isidentifier()) or (
        NAME.fullmatch(header) is not None and header == normalize("NFKC", header)
    )


def identifier(header: str) -> str:
    """Its letters and digits, with _ between its words; "" where there are none."""
    word = re.sub(r"_+", "_", re.sub(r"\W+", "_", normalize("NFKC", header[:LONGEST]))).strip("_")
    return f"_{word}" if word[:1].isdigit() else word


def unlike(name: str, taken: Iterable[str]) -> str:
    """The name, or with a number after it, so that nothing else is meant by it."""
    base = name or "column"
    candidates: Iterator[str] = (base if i == 1 else f"{base}_{i}" for i in range(1, 10**9))
    return next(one for one in candidates if one not in taken and free(one))


def free(name: str) -> bool:
    """Whether a formula takes it for a variable: not so pi, and sin."""
    try:
        return NAME.fullmatch(name) is not None and expression(name).__class__ is Sym
    except ParseError:
        return False


def column(asked: Any, called: Mapping[str, str]) -> Any:
    """The name of the column whose header is asked for, letter by letter; else what is asked, unchanged.

    >>> column("time [s]", {"time": "time [s]"}), column("log(y)", {})
    ('time', 'log(y)')
    """
    if called and isinstance(asked, str):
        header = asked.strip()
        return next((name for name, own in called.items() if own.strip() == header), asked)
    return asked


def told(name: str, called: Mapping[str, str]) -> str:
    """A column as a user knows it: by its header."""
    return f"{called[name]!r} (in formulas {name})" if name in called else repr(name)
