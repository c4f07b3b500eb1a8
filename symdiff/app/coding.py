"""The command that writes a formula as source code."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.app.answer import Answer, UsageError
from symdiff.app.desk import Desk
from symdiff.app.formulas import written
from symdiff.core.fold import free_symbols
from symdiff.core.languages import LANGUAGES as LANGUAGES
from symdiff.numeric.wanted import KINDS

DERIVATIVES = tuple(KINDS)


def source_code(
    desk: Desk,
    formula: str,
    to: str,
    name: str,
    args: str | None,
    derivatives: Sequence[str],
    wrt: str | None,
    header: bool,
) -> Answer:
    """The formula as a function in one of LANGUAGES, of `args`, or of its variables in the order of the formula."""
    from symdiff.numeric.code import code, language_named

    e, language = desk.read(formula), language_named(to).column
    if header and language != "c":
        raise UsageError("only C has a header file", "--to c --header")
    names = [x.name for x in free_symbols(e)] if args is None else listed(args)
    inner = names if wrt is None else listed(wrt)
    text = code(e, names, language, name, derivatives, inner)
    record = {
        "formula": written(e),
        "language": language,
        "name": name,
        "args": names,
        "derivatives": list(derivatives),
        "wrt": inner,
        "code": str(text),
        "header": text.header or None,
    }
    return Answer((text.header if header and text.header else text).rstrip("\n"), record)


def listed(names: str) -> list[str]:
    """The names in `x,y` or `x y`."""
    return names.replace(",", " ").split()
