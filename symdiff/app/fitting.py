"""The command that fits a model to data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from symdiff.app.answer import NO, OK, Answer, UsageError
from symdiff.app.desk import Desk
from symdiff.app.formulas import bindings
from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import subs
from symdiff.errors import DataError, FitError

if TYPE_CHECKING:
    from symdiff.fit.result import Fit

METHODS = ("auto", "descent", "momentum", "adam")


def fit_to_data(desk: Desk, model: str, data: str, **options: Any) -> Answer:
    """The report on a fit, with the model as fitted for an answer; the exit code says whether it converged."""
    from symdiff.fit.fitting import fit
    from symdiff.fit.models import NAMED

    pictures = {kind: options.pop(kind) for kind in ("plot", "film")}
    formula = model if model.strip() in NAMED else desk.read(model)
    with flags_for_keywords():
        found = fit(formula, desk.data(data), **keywords(desk, options))
        files = {kind: str(getattr(found, kind)(path)) for kind, path in pictures.items() if path is not None}
    text = "\n".join([as_flags(found.report()), *[f"{kind:<10}{path}" for kind, path in files.items()]])
    told = {word: as_flags(said) if isinstance(said, str) else said for word, said in found.summary().items()}
    record = {**told, "converged": found.converged, "files": files}
    return Answer(text, record, OK if found.converged else NO, fitted(found))


def fitted(found: Fit) -> Expr:
    """The model with the values that were found."""
    return subs(found.model, {Sym(name): value for name, value in found.values.items()})


def keywords(desk: Desk, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the command as those of the function: what was not asked for is left to it."""
    asked = {name: value for name, value in options.items() if value not in (None, ())}
    if "start" in asked:
        asked["start"] = numbers(desk, asked["start"])
    if "rate" in asked:
        asked["rate"] = rates(desk, asked["rate"])
    return asked


def rates(desk: Desk, texts: Sequence[str]) -> float | dict[str, float]:
    """One rate for all parameters, or one for each. Raises UsageError where both are given."""
    if len(texts) == 1 and "=" not in texts[0]:
        return number(desk, texts[0])
    if any("=" not in text for text in texts):
        raise UsageError(f"one rate, or one for each, not {' and '.join(texts)}", "as in --rate a=0.1 --rate b=2")
    return numbers(desk, texts)


def numbers(desk: Desk, texts: Sequence[str]) -> dict[str, float]:
    """`a=1` and the like, as floats by name."""
    return {name: number(desk, text) for name, text in bindings(texts)}


def number(desk: Desk, text: str) -> float:
    """A number, or a formula without variables, as a float."""
    from symdiff.numeric.val import val

    return float(val(desk.read(text), {}))


# The fit speaks of its Python arguments; on this floor they are flags.

MAPPING = r"\b(start|rate)=\{([^}]*)\}"
KEYWORD = r"\b(start|rate|steps|momentum|x|y)=(?:'([^']*)'|(?=[\d.])([\d.e+-]*\d))"


def as_flags(text: str) -> str:
    """The text with `rate={"a": 0.1}` written `--rate a=0.1`, and `steps=300` written `--steps 300`.

    >>> as_flags('as rate={"a": 0.1, "b": 2}, or allow more steps: steps=300')
    'as --rate a=0.1 --rate b=2, or allow more steps: --steps 300'
    """

    def each(match: re.Match[str]) -> str:
        pairs = [pair.replace('"', "").replace(": ", "=").strip() for pair in match[2].split(",")]
        return " ".join([f"--{match[1]} {pair}" for pair in pairs])

    return re.sub(KEYWORD, lambda m: f"--{m[1]} {m[2] or m[3]}", re.sub(MAPPING, each, text))


@contextmanager
def flags_for_keywords() -> Iterator[None]:
    """Errors of the fit, in the language of the command line."""
    try:
        yield
    except (FitError, DataError) as error:
        raise type(error)(as_flags(error.message), error.hint and as_flags(error.hint)) from error
