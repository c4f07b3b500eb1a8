"""The command that draws formulas, in the terminal or to a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symdiff.app.answer import Answer, UsageError
from symdiff.app.desk import Desk
from symdiff.app.fitting import number, numbers
from symdiff.app.formulas import BINDING, written
from symdiff.errors import MissingError, elided

if TYPE_CHECKING:
    from symdiff.app.plotting import Drawing, Picture


def draw(desk: Desk, formulas: Sequence[str], at: Sequence[str], output: str | None, **options: Any) -> Answer:
    """The picture of formulas and their derivatives; in the words `formulas` values of variables stand too."""
    values = [word for word in formulas if re.fullmatch(BINDING, word, re.DOTALL)]
    es = [desk.read(word) for word in formulas if word not in values]
    if not es:
        raise UsageError("there is no formula to plot", "example: plot x^2")
    low, high = [None if options[name] is None else end(desk, options[name]) for name in ("low", "high")]
    env = numbers(desk, [*values, *at])

    from symdiff.app.plotting import plot
    from symdiff.app.terminal import Screen, drawn

    picture = plot(es, options["var"], low, high, options["derivatives"], env, output)
    text = f"plot      {output}" if output is not None else drawn(picture, Screen.here(options["width"]))
    return Answer(text, record(picture, output))


def end(desk: Desk, text: str) -> float:
    """An end of a range. Raises UsageError where it is no number: `inf` is a name like any other."""
    try:
        return number(desk, text)
    except MissingError:
        raise UsageError(f"{elided(text)} is no number to end a range at", "example: --from 0 --to 2*pi") from None


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
    }
