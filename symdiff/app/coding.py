"""The command that writes a formula as source code."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.app.answer import Answer
from symdiff.app.desk import Desk
from symdiff.app.formulas import written
from symdiff.core.fold import free_symbols

# As in `symdiff.numeric.code`, which is too slow to import for a help page.
LANGUAGES = ("c", "python", "numpy", "javascript", "sql")
DERIVATIVES = ("gradient", "hessian")


def source_code(
    desk: Desk, formula: str, to: str, name: str, args: str | None, derivatives: Sequence[str], header: bool
) -> Answer:
    """The formula as a function in one of LANGUAGES, of `args`, or of its variables in the order of the formula."""
    from symdiff.numeric.code import code

    e = desk.read(formula)
    names = [x.name for x in free_symbols(e)] if args is None else args.replace(",", " ").split()
    text = code(e, names, to, name, derivatives)
    record = {
        "formula": written(e),
        "language": to,
        "name": name,
        "args": names,
        "derivatives": list(derivatives),
        "code": str(text),
        "header": text.header or None,
    }
    return Answer((text.header if header and text.header else text).rstrip("\n"), record)
