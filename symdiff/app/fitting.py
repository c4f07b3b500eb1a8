"""The commands that fit a model to data, and that look for the least value of a formula."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from shlex import quote
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from symdiff.app.answer import INTERRUPTED, NO, OK, Answer, UsageError, suggestion
from symdiff.app.asking import EQUATION, FLAGS, asked, model_of
from symdiff.app.desk import LONGEST_INPUT, Desk
from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import free_symbols, subs
from symdiff.errors import DataError, FitError, LimitError

if TYPE_CHECKING:
    from symdiff.fit.advice import Setting, Value
    from symdiff.fit.many.fits import Fits
    from symdiff.fit.result import Fit

PICTURES: Final = ("plot", "surface", "film")
REPORTS: Final = ("text", "markdown", "html", "json")
FRAMES: Final = 60


def fit_to_data(desk: Desk, model: str, data: str, **options: Any) -> Answer:
    """The report on a fit, with the model as fitted for an answer; the exit code says whether it converged."""
    pictures = {kind: options.pop(kind) for kind in PICTURES}
    form, level, output, quiet = [options.pop(name) for name in ("format", "level", "output", "quiet")]
    check_files({**pictures, "report": output}, data)
    wanted, formula = asked(desk, options), model_of(desk, model)
    if "by" in wanted:
        return many(desk, formula, data, wanted, form, output, pictures, quiet)

    from symdiff.app.progress import watched
    from symdiff.fit.fitting import fit

    with flags_for_arguments():
        with watched(desk, quiet, "fit", wanted.get("steps")) as seen:
            found = fit(formula, desk.data(data), **wanted, progress=seen or False)
        files = drawn(desk, found, pictures, level, quiet)
    from symdiff.app.reports import in_colour, kept, record_of, report_of, with_files

    colour = in_colour() and output is None and not desk.quiet
    text, told = kept(report_of(found, form, level, colour), output)
    files |= told
    text = with_files(text, files)
    record = {**record_of(found, level), "converged": found.converged, "files": files}
    return Answer(text, record, status_of(found.reason), fitted(found))


def many(
    desk: Desk,
    formula: Any,
    data: str,
    wanted: dict[str, Any],
    form: str,
    output: str | None,
    pictures: Mapping[str, str | None],
    quiet: bool,
) -> Answer:
    """The report on a fit for each label of a column."""
    if drawn := [f"--{kind}" for kind, path in pictures.items() if path is not None]:
        raise UsageError(f"--by makes many fits, and {drawn[0]} shows one", "fit one label's rows by themselves")
    unfit = [
        name for name in wanted if name in ("method", "rate", "momentum", "schedule", "batch", "epochs", "tolerance")
    ]
    if unfit:
        raise UsageError(f"--by takes no --{unfit[0]}: all fits go by Levenberg and Marquardt's method", "leave it out")
    from symdiff.app.progress import watched
    from symdiff.app.reports import check_many, kept, many_record, many_report, tabulated, with_files
    from symdiff.fit.many.groups import fit_many

    check_many(form)
    with flags_for_arguments(), watched(desk, quiet, "groups") as seen:
        found: Fits = fit_many(formula, desk.data(data), **wanted, seen=seen)
    if output is not None and output.endswith(".csv"):
        text, files = many_report(found, form), tabulated(found, output)
    else:
        text, files = kept(many_report(found, form), output)
    return Answer(with_files(text, files), {**many_record(found), "files": files}, NO if len(found.failed) else OK)


def compare_models(desk: Desk, models: Sequence[str], data: str, quiet: bool, **options: Any) -> Answer:
    """Models fitted to the same data, and which of them to believe; the exit code says whether all fits converged."""
    from symdiff.app.progress import watched
    from symdiff.fit.fitting import fit
    from symdiff.fit.statistics.comparing import compare

    if len(models) < 2:
        raise UsageError("a comparison needs two models", 'as in compare "a*x" "a*x + b" data.csv')
    read, wanted = [model_of(desk, text) for text in models], asked(desk, options)
    again, starts = readable_again(desk.data(data)), starts_of(read, wanted.pop("start", {}))
    with flags_for_arguments(), watched(desk, quiet, "compare") as seen:
        pairs = zip(read, starts, strict=True)
        fits = [fit(one, again(), start=start, **wanted, progress=seen or False) for one, start in pairs]
        found = compare(*fits)
    ends = [f"{text}: {one.ended}" for text, one in zip(models, fits, strict=True) if not one.converged]
    reasons = [one.reason for one in fits]
    record = {**found.summary(), "reasons": reasons, "values": [one.values for one in fits]}
    status = max(map(status_of, reasons))
    return Answer("\n".join([found.report(), *ends]), record, status, fitted(fits[found.best]))


def starts_of(models: Sequence[Any], starts: Mapping[str, float]) -> list[dict[str, float]]:
    """The starts that concern each model. Raises UsageError for one that concerns none."""
    names = [names_in(model) for model in models]
    if idle := [name for name in starts if not any(name in inside for inside in names)]:
        raise UsageError(
            f"no model has a parameter {idle[0]!r}", suggestion(idle[0], set().union(*names), "leave it out")
        )
    return [{name: value for name, value in starts.items() if name in inside} for inside in names]


def names_in(model: Any) -> set[str]:
    """All names of a model, or of several."""
    from symdiff.fit.models import NAMED
    from symdiff.text.parse import expression

    models = model if isinstance(model, list) else [model]
    sides = [side for one in models for side in (re.split(EQUATION, one) if isinstance(one, str) else [one])]
    return {x.name for x in free_symbols(*[expression(NAMED.get(side, side)) for side in sides])}


def readable_again(source: str | BinaryIO) -> Callable[[], str | BinaryIO]:
    """What gives the data once more: standard input is kept."""
    if isinstance(source, str):
        return lambda: source
    kept = source.read(LONGEST_INPUT + 1)
    if len(kept) > LONGEST_INPUT:
        raise LimitError(f"standard input holds more than {LONGEST_INPUT:,} bytes", "name a file instead")
    return lambda: BytesIO(kept)


def minimize_formula(desk: Desk, formulas: Sequence[str], quiet: bool, **options: Any) -> Answer:
    """The least value of a formula, or of the sum of squares of several, and where it is."""
    from symdiff.app.progress import watched
    from symdiff.fit.descent.minimizing import minimize

    es = [desk.read(text) for text in formulas]
    wanted = asked(desk, options)
    with flags_for_arguments(), watched(desk, quiet, "minimize", wanted.get("steps")) as seen:
        found = minimize(es[0] if len(es) == 1 else es, **wanted, seen=seen)
    record = {**found.summary(flag), "converged": found.converged}
    return Answer(found.report(flag), record, status_of(found.reason))


def status_of(reason: str) -> int:
    """The exit code that goes with the reason of an end."""
    return OK if reason == "converged" else INTERRUPTED if reason == "interrupted" else NO


def fitted(found: Fit) -> Expr:
    """The first model with the values that were found."""
    return subs(found.model, {Sym(name): value for name, value in found.values.items()})


# ------------------------------------------------------------------------------------------------------------- files


def drawn(desk: Desk, found: Fit, pictures: Mapping[str, str | None], level: float, quiet: bool) -> dict[str, str]:
    """The pictures that were asked for, by their kinds, each with its file."""
    from symdiff.app.progress import watched
    from symdiff.fit.pictures import film, plot, surface

    files = {kind: path for kind, path in pictures.items() if path is not None}
    for kind, path in files.items():
        if kind == "film":
            with watched(desk, quiet, "film", FRAMES) as seen:
                film(found, path, FRAMES, progress=seen or False)
        else:
            picture = surface(found) if kind == "surface" else plot(found, level=level)
            picture.save(path, kind)
    return files


def check_files(files: Mapping[str, str | None], data: str) -> None:
    """That each answer has a file of its own, which is not the data. Raises DataError, before anything is fitted."""
    taken = {} if data == "-" else {location(data): "the data are there"}
    for kind, path in files.items():
        if path is not None:
            place = location(path if kind == "report" else picture_file(kind, path))
            if place in taken:
                raise DataError(f"cannot write a {kind} to {path!r}: {taken[place]}", "name another file")
            taken[place] = f"the {kind} goes there"


def picture_file(kind: str, path: str) -> str:
    """The file of a picture. Raises DataError for a folder and for an ending that is not of such a picture."""
    from symdiff.fit.pictures import file_for

    return str(file_for(kind, path))


def location(path: str) -> str:
    """Where a path leads, by whatever links."""
    return os.path.realpath(path)


# ------------------------------------------------------------------------------------------------------------- words


def flag(setting: Setting) -> str:
    """A setting of the fit as the command line takes it: one flag, or one for each parameter.

    >>> from symdiff.fit.advice import Setting
    >>> flag(Setting("rate", {"a": 0.1, "b": 2})), flag(Setting("steps", 300)), flag(Setting("x", ()))
    ('--rate a=0.1 --rate b=2', '--steps 300', "--x ''")
    >>> flag(Setting("fixed", {"a": 1})), flag(Setting("loss_scale", 0.5))
    ('--fix a=1', '--loss-scale 0.5')
    """
    name = FLAGS.get(setting.name, setting.name.replace("_", "-"))
    return " ".join([f"--{name} {word}".rstrip() for word in words_for(setting.value)])


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
