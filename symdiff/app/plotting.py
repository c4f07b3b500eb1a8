"""Pictures of formulas and their derivatives: the public `plot`, and what it gives back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from symdiff.algebra.simplify import simplify
from symdiff.app.terminal import Screen, drawn
from symdiff.calculus.diff import d
from symdiff.core.expr import Expr, Sym, symbol
from symdiff.core.fold import free_symbols
from symdiff.errors import DataError, EvaluationError, ExtraError, MissingError, elided
from symdiff.numeric.compile import compile
from symdiff.numeric.critical import Critical
from symdiff.numeric.sample import Curve, Piece, sample
from symdiff.numeric.singular import LARGEST, Function
from symdiff.numeric.val import val
from symdiff.numeric.view import Interval, usual_range
from symdiff.text.parse import Formula, expression
from symdiff.text.show import pretty, show

MARGIN = 0.05  # of the height of a picture is left free above and below the curves
MOST_ASYMPTOTES = 40
NARROWEST = 1e-10  # of its ends: within a smaller range there are too few floats
LONGEST_LABEL = 100
MOST_STRETCHES, DIGITS = 2, 4
UPPER = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Drawing(NamedTuple):
    """One curve of a picture: the formula as it was given, how often it is differentiated, and what that gives."""

    given: Expr
    order: int
    formula: Expr
    curve: Curve

    def label(self, x: str, unicode: bool = True) -> str:
        """What stands beside the curve."""
        write, n = (pretty, str(self.order).translate(UPPER)) if unicode else (show, f"^{self.order}")
        text = elided(str(write(self.formula)), LONGEST_LABEL)
        if not unicode:
            text = text.replace("…", "...")
        times = n if self.order > 1 else ""
        return f"d{times}/d{x}{times}: {text}" if self.order else text


@dataclass(frozen=True, repr=False, slots=True)
class Picture:
    """Curves over a range, ready to be saved (`save`), printed (`text`), or shown by a notebook.

    `x` is the variable, `range` and `height` are the intervals seen, `env` are the values of the other variables, and
    `drawings` the formulas with their curves, each followed by its derivatives.
    """

    x: str
    range: Interval
    height: Interval
    env: Mapping[str, float]
    drawings: tuple[Drawing, ...]

    @property
    def points(self) -> tuple[tuple[Piece, ...], ...]:
        """For each curve its continuous pieces, each an array of places and one of values."""
        return tuple([drawing.curve.pieces for drawing in self.drawings])

    @property
    def poles(self) -> list[float]:
        """The places of the poles of any curve, in ascending order."""
        return sorted({pole for drawing in self.drawings for pole in drawing.curve.poles})

    @property
    def asymptotes(self) -> list[float]:
        """The poles to be marked: none where there are so many that their lines would be all one sees."""
        return self.poles if len(self.poles) <= MOST_ASYMPTOTES else []

    def labels(self, unicode: bool = True) -> list[str]:
        """What stands beside each curve."""
        return [drawing.label(self.x, unicode) for drawing in self.drawings]

    def notes(self) -> list[str]:
        """What to say beside each curve: where its values are too large to be drawn, or that it has none."""
        return [note(drawing.curve, self.range) for drawing in self.drawings]

    def title(self) -> str:
        """The values of the variables besides x."""
        return ", ".join([f"{name} = {value:.6g}" for name, value in self.env.items()])

    def save(self, path: str | Path) -> Path:
        """Write the picture to a PNG, SVG or PDF file. Raises DataError, and ExtraError without matplotlib."""
        from symdiff.app import paint
        from symdiff.fit.pictures.sheet import file_for, written

        file = file_for("plot", path)
        return written(file, lambda file: file.write_bytes(paint.image(self, file.suffix.lower()[1:])))

    def text(self, width: int = 80, height: int = 24, *, colour: bool = False, unicode: bool = True) -> str:
        """The picture in characters, so many columns and lines of them at most: Braille dots, or plain ASCII."""
        return drawn(self, Screen(width, height, colour, unicode))

    def __repr__(self) -> str:
        low, high = self.range
        return f"<picture of {'; '.join(self.labels())} for {self.x} from {low:g} to {high:g}>"

    def _repr_svg_(self) -> str | None:
        found = self._painted("svg")
        return None if found is None else found.decode()

    def _repr_png_(self) -> bytes | None:
        return self._painted("png")

    def _painted(self, form: str) -> bytes | None:
        """The picture for a notebook, which shows the line above where matplotlib is not there to draw it."""
        from symdiff.app import paint

        try:
            return paint.image(self, form)
        except ExtraError:
            return None


def plot(
    es: Formula | Iterable[Formula],
    x: Sym | str | None = None,
    low: float | None = None,
    high: float | None = None,
    derivatives: int = 0,
    env: Mapping[Any, Any] | None = None,
    path: str | Path | None = None,
) -> Picture:
    """The picture of one or several formulas, and of their derivatives up to the order `derivatives`.

    `x` is the variable along the picture: by default x, or the only one without a value in `env`, whose values are
    numbers or formulas without variables. The range goes from `low` to `high`; what is not given is chosen. The height
    is that of the curves, or where they have poles of what lies between these. With `path` the picture is saved there.

    No line is drawn across a pole, a jump or a gap. Values that are undefined leave a gap up to its very edge.
    Raises MissingError for variables without a value, DataError for a range or a file that will not do,
    EvaluationError where the formulas have no value at all.

    >>> picture = plot("tan(x)", low=-5, high=5)
    >>> len(picture.points[0]), [round(pole, 3) for pole in picture.poles]
    (5, [-4.712, -1.571, 1.571, 4.712])
    >>> print(plot("abs(x)", low=-1, high=1).text(30, 9, unicode=False))
    abs(x)
    1 +**                       **
      | ****                 ****
      |    ***             ***
      |      ****       ****
      |         ***   ***
    0 +...........*****...........
      ++------------+------------+
      -1            0            1
    """
    formulas = [expression(e) for e in listed(es)]
    values = {symbol(name).name: float(val(expression(value), {})) for name, value in (env or {}).items()}
    along = variable(formulas, x, values)
    others = {Sym(name): value for name, value in values.items() if name != along.name}
    over = interval(low, high, [function(e, along, others) for e in formulas])
    drawings = [drawing for e in formulas for drawing in drawn_with(e, derivatives, along, over, others)]
    used = {x.name: value for x, value in others.items() if x in free_symbols(*formulas)}
    picture = Picture(along.name, over, seen(drawings, over, along), used, tuple(drawings))
    if path is not None:
        picture.save(path)
    return picture


def listed(es: Formula | Iterable[Formula]) -> list[Formula]:
    """One or several formulas as a list. Raises DataError for none."""
    found: list[Any] = [es] if isinstance(es, Expr | str) or not isinstance(es, Iterable) else list(es)
    if not found:
        raise DataError("there is no formula to plot")
    return found


def variable(formulas: Sequence[Expr], x: Sym | str | None, values: Mapping[str, float]) -> Sym:
    """The variable along the picture. Raises MissingError where others have no value, DataError where it has one."""
    free = [s for s in free_symbols(*formulas) if s.name not in values]
    if (x is not None and symbol(x).name in values) or (not free and free_symbols(*formulas)):
        raise DataError("every variable has a value: there is none left to draw along", "leave one without a value")
    chosen = symbol(x) if x is not None else Sym("x") if Sym("x") in free or not free else free[0]
    missing = sorted([s.name for s in free if s is not chosen])
    if missing and x is None and chosen is not Sym("x"):
        missing = sorted([s.name for s in free])
    if missing:
        error = MissingError(missing, values)
        error.hint = error.hint or f"give all but one variable a value, as in {missing[0]}=1"
        raise error
    return chosen


def function(e: Expr, x: Sym, others: Mapping[Sym, float]) -> Function:
    """The formula as a function of arrays."""
    compiled, given = compile(e, [x, *others], backend="numpy"), tuple(others.values())
    return lambda at: compiled(at, *given)


def drawn_with(e: Expr, derivatives: int, x: Sym, over: Interval, others: Mapping[Sym, float]) -> Iterator[Drawing]:
    """The curve of a formula, then those of its derivatives, each simplified."""
    formula = e
    for order in range(derivatives + 1):
        formula = simplify(d(formula, x)) if order else e
        special = Critical(formula, x, others)
        yield Drawing(e, order, formula, sample(function(formula, x, others), *over, special))


def interval(low: float | None, high: float | None, functions: Sequence[Function]) -> Interval:
    """The range of a picture: as asked, else as suits the functions. Raises DataError for what is no range."""
    for end in (low, high):
        if end is not None and not abs(end) <= LARGEST:
            raise DataError(f"a picture cannot reach to {end:g}", f"its range is within -{LARGEST:g} and {LARGEST:g}")
    if low is None or high is None:
        usual = [usual_range(f) for f in functions]
        low, high = completed(low, high, Interval(min([r.low for r in usual]), max([r.high for r in usual])))
    low, high = float(low), float(high)
    if not low < high:
        raise DataError(f"there is nothing from {low:g} to {high:g}", "low must be less than high")
    if math.isinf(high - low) or high - low < NARROWEST * max(abs(low), abs(high)):
        raise DataError(f"the range from {low!r} to {high!r} cannot be divided", "take one that floats can resolve")
    return Interval(low, high)


def completed(low: float | None, high: float | None, usual: Interval) -> tuple[float, float]:
    """A range of which one end or none is given: the other is the usual one, or as far off as is usual."""
    if low is None and high is not None:
        return (usual.low if usual.low < high else high - usual.length), high
    if low is not None:
        return low, (usual.high if low < usual.high else low + usual.length)
    return usual


def note(curve: Curve, over: Interval) -> str:
    """Where there is nothing of a curve to be seen because its values are too large, or that it has none.

    >>> note(Curve((), (), (), None, 0, (Interval(709.0, 2000.0),)), Interval(0.0, 2000.0))
    'too large to draw from 709 on'
    """
    if len(curve.beyond) > MOST_STRETCHES:
        return f"too large to draw in {len(curve.beyond)} stretches"
    if curve.beyond:
        return f"too large to draw {' and '.join([stretch(part, over) for part in curve.beyond])}"
    return "" if curve.pieces else "no value here"


def stretch(part: Interval, over: Interval) -> str:
    """A part of a range in words, to a thousandth of the range or closer."""
    digits = DIGITS - math.floor(math.log10(over.length))
    low, high = [f"{round(end, digits) + 0.0:.12g}" for end in part]
    if part == over:
        return "here"
    if part.low == over.low:
        return f"up to {high}"
    return f"from {low} on" if part.high == over.high else f"from {low} to {high}"


def seen(drawings: Sequence[Drawing], over: Interval, x: Sym) -> Interval:
    """The height of a picture with these curves. Raises EvaluationError where none of them has a value."""
    heights = [drawing.curve.height for drawing in drawings if drawing.curve.height is not None]
    if not heights:
        given = dict.fromkeys([drawing.given for drawing in drawings])
        if len(given) > 1:
            nothing = "no formula has a value that can be drawn"
        else:
            large = any([drawing.curve.beyond for drawing in drawings])
            formula = elided(str(show(drawings[0].given)))
            nothing = f"{formula} {'is too large to draw' if large else 'has no value'}"
        where = f"for {x.name} from {over.low:g} to {over.high:g}"
        raise EvaluationError(f"{nothing} {where}", "choose another range")
    bottom, top = min([height.low for height in heights]), max([height.high for height in heights])
    return Interval(bottom, top).padded(MARGIN)
