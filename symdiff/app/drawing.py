"""The command that draws formulas, in the terminal or to a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symdiff.app.answer import Answer, UsageError
from symdiff.app.asking import number, numbers
from symdiff.app.desk import Desk
from symdiff.app.formulas import check_names, written
from symdiff.core.fold import free_symbols
from symdiff.errors import MissingError, elided

if TYPE_CHECKING:
    from symdiff.app.plotting import Drawing, Picture
    from symdiff.core.expr import Expr


def draw(desk: Desk, formulas: Sequence[str], at: Sequence[str], output: str | None, **options: Any) -> Answer:
    """The picture of formulas and their derivatives; in the words `formulas` values of variables stand too."""
    es, values = parted(desk, formulas)
    low = None if options["low"] is None else end(desk, "--from", options["low"])
    high = None if options["high"] is None else end(desk, "--to", options["high"])
    if low is not None and high is not None and low >= high:
        raise UsageError(f"--from must be less than --to: {low:g} is not less than {high:g}")
    env = numbers(desk, [*values, *at])
    check_names(es, env, left=1)

    from symdiff.app.plotting import plot
    from symdiff.app.terminal import Screen, drawn

    picture = plot(es, options["var"], low, high, options["derivatives"], env, output)
    text = f"plot      {output}" if output is not None else drawn(picture, Screen.here(options["width"]))
    return Answer(text, record(picture, output))


def parted(desk: Desk, words: Sequence[str]) -> tuple[list[Expr], list[str]]:
    """The formulas among the words, and the values. In `y = x^2` the right side is drawn, and in `f(x) = x^2`.

    Raises UsageError where there are values only.
    """
    matches = [re.fullmatch(DEFINITION, word, re.DOTALL) for word in words]
    read = [desk.read(match["right"] if match else word) for word, match in zip(words, matches, strict=True)]
    alone = [e for e, match in zip(read, matches, strict=True) if not match]
    mentioned = {x.name for x in free_symbols(*alone)}
    es, values = [], []
    for word, match, e in zip(words, matches, read, strict=True):
        if match and not match["call"] and (match["name"] in mentioned or not free_symbols(e)):
            values.append(word)
        else:
            es.append(e)
    if not es:
        word, name = elided(words[0]), elided(words[0].partition("=")[0].strip())
        message = f"there is no formula to plot: {word} gives {name} a value"
        raise UsageError(message, f"to draw its right side, leave out {name} =")
    return es, values


DEFINITION = r"\s*(?P<name>[^\W\d]\w*)\s*(?P<call>\([^()]*\))?\s*=(?!=)\s*(?P<right>.*?)\s*"


def end(desk: Desk, flag: str, text: str) -> float:
    """An end of a range. Raises UsageError where it is no number: `inf` is a name like any other."""
    try:
        return number(desk, text)
    except MissingError:
        message = f"{flag} takes a finite number, not {elided(text)}"
        raise UsageError(message, "example: --from 0 --to 2*pi") from None


def record(picture: Picture, output: str | None) -> dict[str, Any]:
    """A picture for programs."""
    return {
        "variable": picture.x,
        "range": list(picture.range),
        "height": list(picture.height),
        "values": dict(picture.env),
        "curves": [curve_record(drawing) for drawing in picture.drawings],
        "file": output,
    }


def curve_record(drawing: Drawing) -> dict[str, Any]:
    """A curve for programs: where its pieces begin and end, its poles and its holes."""
    formula, order, drawn, curve = drawing
    return {
        "formula": written(formula),
        "order": order,
        "drawn": written(drawn),
        "pieces": [[float(piece.x[0]), float(piece.x[-1])] for piece in curve.pieces],
        "poles": list(curve.poles),
        "holes": [list(hole) for hole in curve.holes],
        "beyond": [list(interval) for interval in curve.beyond],
    }
