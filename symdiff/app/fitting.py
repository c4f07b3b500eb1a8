"""The command that fits a model to data."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING, Any

from symdiff.app.answer import NO, OK, Answer, UsageError
from symdiff.app.desk import Desk
from symdiff.app.formulas import bindings
from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import subs
from symdiff.errors import DataError, FitError, elided

if TYPE_CHECKING:
    from symdiff.fit.advice import Setting, Value
    from symdiff.fit.result import Fit

METHODS = ("auto", "descent", "momentum", "adam")


def fit_to_data(desk: Desk, model: str, data: str, **options: Any) -> Answer:
    """The report on a fit, with the model as fitted for an answer; the exit code says whether it converged."""
    from symdiff.fit.fitting import fit
    from symdiff.fit.models import NAMED
    from symdiff.fit.report import report, summary

    pictures = {kind: options.pop(kind) for kind in ("plot", "film")}
    check_pictures(pictures, data)
    formula = model if model.strip() in NAMED else desk.read(model)
    with flags_for_arguments():
        found = fit(formula, desk.data(data), **keywords(desk, options))
        files = {kind: str(getattr(found, kind)(path)) for kind, path in pictures.items() if path is not None}
    text = "\n".join([report(found, flag), *[f"{kind:<10}{path}" for kind, path in files.items()]])
    record = {**summary(found, flag), "converged": found.converged, "files": files}
    return Answer(text, record, OK if found.converged else NO, fitted(found))


def check_pictures(pictures: Mapping[str, str | None], data: str) -> None:
    """That each picture has a file of its own, which is not the data. Raises DataError, before anything is fitted."""
    from symdiff.fit.plot import file_for

    taken = {} if data == "-" else {location(data): "the data are there"}
    for kind, path in pictures.items():
        if path is not None:
            place = location(str(file_for(kind, path)))
            if place in taken:
                raise DataError(f"cannot write a {kind} to {path!r}: {taken[place]}", "name another file")
            taken[place] = f"the {kind} goes there"


def location(path: str) -> str:
    """Where a path leads, by whatever links."""
    return os.path.realpath(path)


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
    if "x" in asked:  # an empty name stands for no column at all
        asked["x"] = [name for name in asked["x"] if name]
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
    """A number, or a formula without variables, as a float. Raises UsageError where it is beyond the floats."""
    from symdiff.numeric.val import val

    try:
        return float(val(desk.read(text), {}))
    except OverflowError:
        raise UsageError(f"{elided(text)} is too large for a float", "the largest is near 1.8e308") from None


def flag(setting: Setting) -> str:
    """A setting of the fit as the command line takes it: one flag, or one for each parameter.

    >>> from symdiff.fit.advice import Setting
    >>> flag(Setting("rate", {"a": 0.1, "b": 2})), flag(Setting("steps", 300)), flag(Setting("x", ()))
    ('--rate a=0.1 --rate b=2', '--steps 300', "--x ''")
    """
    return " ".join([f"--{setting.name} {word}".rstrip() for word in words_for(setting.value)])


def words_for(value: Value) -> list[str]:
    """What follows a flag, each time it is given; nothing where the flag is only named."""
    from symdiff.fit.advice import plain

    if value is None:
        return [""]
    if isinstance(value, Mapping):
        return [f"{name}={plain(number)}" for name, number in value.items()]
    if isinstance(value, tuple):
        return [quote(word) for word in value or ("",)]
    return [quote(value) if isinstance(value, str) else plain(value)]


@contextmanager
def flags_for_arguments() -> Iterator[None]:
    """Errors of the fit, with the settings they name as flags."""
    from symdiff.fit.advice import spelled

    try:
        yield
    except (FitError, DataError) as error:
        raise type(error)(error.message, error.hint and spelled(error.hint, flag)) from error
