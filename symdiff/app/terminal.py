"""Pictures in characters: Braille dots where the terminal can show them, plain ASCII elsewhere."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from shutil import get_terminal_size
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from symdiff.app.plotting import Picture
    from symdiff.numeric.sample import Piece
    from symdiff.numeric.view import Interval

Dots = NDArray[np.bool_]

WIDTH, HEIGHT = 80, 24  # where nobody says how large the terminal is
LEAST_WIDTH, LEAST_HEIGHT = 20, 8
BRAILLE = 0x2800  # U+2800 and the sum of the weights of its dots (Unicode Standard, "Braille Patterns")
WEIGHTS = np.array([[1, 8], [2, 16], [4, 32], [64, 128]])
COLOURS = ("34", "33", "32", "35", "36", "31")  # ANSI: as in the files, blue and orange first
STEPS = (1, 2, 5, 10)
TINY = 1e-9  # of a step: as much as rounding may shift the end of a picture


class Signs(NamedTuple):
    """The characters of a frame and of what is in it; `curves` are the marks of several curves without colour."""

    wall: str
    wall_tick: str
    floor: str
    floor_tick: str
    corner: str
    zero: str
    pole: str
    hole: str
    curves: str
    more: str


UNICODE = Signs("│", "┤", "─", "┬", "└", "┄", "┊", "○", "●×+◆▲■", "…")
ASCII = Signs("|", "+", "-", "+", "+", ".", ":", "o", "*x#%@&", "...")


class Cell(NamedTuple):
    """A character, and the number of the curve it belongs to where there are several."""

    sign: str
    curve: int | None = None


class Screen(NamedTuple):
    """What a picture is drawn on: columns and lines, and whether colours and Unicode can be shown."""

    width: int
    height: int
    colour: bool
    unicode: bool

    @classmethod
    def here(cls, width: int | None = None) -> Screen:
        """Standard output: only a terminal has colours and a size, and colours only if nobody forbids them.

        `NO_COLOR` does (no-color.org). The console of Linux has no Braille dots.
        """
        term, terminal = os.environ.get("TERM"), bool(sys.stdout) and sys.stdout.isatty()
        size = get_terminal_size((WIDTH, HEIGHT)) if terminal else os.terminal_size((WIDTH, HEIGHT))
        colour = terminal and not os.environ.get("NO_COLOR") and term != "dumb"
        return cls(width or size.columns, size.lines - 1, colour, shows_unicode() and term not in ("linux", "dumb"))


def shows_unicode() -> bool:
    """Whether standard output can be given the characters of a picture."""
    try:
        f"{''.join(UNICODE)}{chr(BRAILLE)}".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def drawn(picture: Picture, screen: Screen) -> str:
    """The picture as lines of text, none longer than the screen is wide."""
    signs = UNICODE if screen.unicode else ASCII
    width, height = max(screen.width, LEAST_WIDTH), max(screen.height, LEAST_HEIGHT)
    head = headlines(picture, screen, signs, width)
    rows = max(4, height - len(head) - 2)
    marks = {row_of(tick, picture.height, rows): text for tick, text in ticks(picture.height, rows // 3)}
    left = max(map(len, marks.values()), default=0)
    columns = width - left - 2
    cells = canvas(picture, screen, signs, rows, columns)
    walls = [f"{marks.get(row, ''):>{left}} {signs.wall_tick if row in marks else signs.wall}" for row in range(rows)]
    body = [f"{wall}{text_of(line, screen)}".rstrip() for wall, line in zip(walls, cells, strict=True)]
    return "\n".join([*head, *body, *floor(picture.range, signs, left + 1, columns)])


def headlines(picture: Picture, screen: Screen, signs: Signs, width: int) -> list[str]:
    """What the curves are, one a line, each with its mark or in its colour; then the values of the other variables."""
    labels, notes = picture.labels(screen.unicode), picture.notes()
    several = len(labels) > 1
    lines = []
    for number, label in enumerate(labels):
        mark = "" if not several else f"{mark_of(number, screen, signs)} "
        note = f"   ({notes[number]})" if notes[number] else ""
        lines.append(coloured(number if several else None, cut(f"{mark}{label}{note}", width, signs), screen))
    return [*lines, *([cut(picture.title(), width, signs)] if picture.env else [])]


def mark_of(number: int, screen: Screen, signs: Signs) -> str:
    """The mark of a curve in the list of several."""
    return signs.curves[0 if screen.colour and screen.unicode else number % len(signs.curves)]


def cut(text: str, width: int, signs: Signs) -> str:
    """The text, cut to a line."""
    return text if len(text) <= width else text[: width - len(signs.more)] + signs.more


def coloured(number: int | None, text: str, screen: Screen) -> str:
    """The text in the colour of a curve, where there are colours."""
    return text if number is None or not screen.colour else f"\x1b[{COLOURS[number % len(COLOURS)]}m{text}\x1b[0m"


def text_of(line: list[Cell], screen: Screen) -> str:
    """A line of cells, with neighbours of one colour together."""
    runs = groupby(line, key=lambda cell: cell.curve)
    return "".join([coloured(curve, "".join([cell.sign for cell in cells]), screen) for curve, cells in runs])


# ---------------------------------------------------------------------------------------------------------- the curves


def canvas(picture: Picture, screen: Screen, signs: Signs, rows: int, columns: int) -> list[list[Cell]]:
    """The inside of the frame, cell by cell: axes, asymptotes, the curves, and their holes."""
    cells = [[Cell(" ")] * columns for _ in range(rows)]
    low, high = picture.height
    if low < 0 < high:
        cells[row_of(0.0, picture.height, rows)] = [Cell(signs.zero)] * columns
    for pole in picture.asymptotes:
        for line in cells:
            line[place(pole, picture.range, columns)] = Cell(signs.pole)
    several = len(picture.drawings) > 1
    for number, drawing in enumerate(picture.drawings):
        fine = screen.unicode and (screen.colour or not several)
        dots = rastered(drawing.curve.pieces, picture, rows * (4 if fine else 1), columns * (2 if fine else 1))
        for row, column, sign in characters(dots, fine, mark_of(number, screen, signs)):
            cells[row][column] = Cell(sign, number if several else None)
        for x, y in drawing.curve.holes:
            if low <= y <= high:
                cells[row_of(y, picture.height, rows)][place(x, picture.range, columns)] = Cell(
                    signs.hole, number if several else None
                )
    return cells


def rastered(pieces: Iterable[Piece], picture: Picture, rows: int, columns: int) -> Dots:
    """The dots that the lines between the samples meet."""
    dots = np.zeros((rows, columns), dtype=bool)
    low, height = picture.height.low, picture.height.length
    for piece in pieces:
        u = (piece.x - picture.range.low) / picture.range.length * columns
        with np.errstate(over="ignore"):  # what is far above or below is led out of sight
            v = np.clip((piece.y / height - low / height) * rows, -1, rows + 1)
        u, v = stepped(u, v)
        inside = (v >= 0) & (v <= rows)
        row = rows - 1 - np.minimum(v[inside].astype(int), rows - 1)
        dots[row, np.minimum(u[inside].astype(int), columns - 1)] = True
    return dots


def stepped(u: NDArray[np.float64], v: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points on a chain of lines, no further apart than half a dot."""
    if len(u) == 1:
        return u, v
    du, dv = np.diff(u), np.diff(v)
    counts = np.maximum(1, np.ceil(2 * np.maximum(np.abs(du), np.abs(dv)))).astype(int)
    line = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[line]
    return np.append(u[line] + share * du[line], u[-1]), np.append(v[line] + share * dv[line], v[-1])


def characters(dots: Dots, fine: bool, mark: str) -> Iterable[tuple[int, int, str]]:
    """The cells in which there are dots, with the character that shows these."""
    if fine:
        rows, columns = dots.shape[0] // 4, dots.shape[1] // 2
        weights = (dots.reshape(rows, 4, columns, 2) * WEIGHTS[None, :, None, :]).sum(axis=(1, 3))
    else:
        weights = dots.astype(int)
    for row, column in np.argwhere(weights):
        yield int(row), int(column), chr(BRAILLE + int(weights[row, column])) if fine else mark


# ----------------------------------------------------------------------------------------------------------- the frame


def place(value: float, interval: Interval, cells: int) -> int:
    """The cell of a value, counted from the low end."""
    share = value / interval.length - interval.low / interval.length
    return min(cells - 1, max(0, math.floor(share * cells)))


def row_of(value: float, height: Interval, rows: int) -> int:
    """The line of a value, counted from the top."""
    return rows - 1 - place(value, height, rows)


def ticks(interval: Interval, most: int) -> Sequence[tuple[float, str]]:
    """Round numbers in the interval, about so many, with how they are written.

    >>> from symdiff.numeric.view import Interval
    >>> [text for _, text in ticks(Interval(-1.2, 1.3), 5)]
    ['-1', '-0.5', '0', '0.5', '1']
    """
    rough = interval.length / max(most, 1)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((k * unit for k in STEPS if k * unit >= rough), 10 * unit)
    first, last = math.ceil(interval.low / step - TINY), math.floor(interval.high / step + TINY)
    return [(k * step, f"{k * step:.12g}") for k in range(first, last + 1)]


def floor(interval: Interval, signs: Signs, left: int, columns: int) -> list[str]:
    """The line below the curves, and the numbers below that where they have room."""
    line, text = [signs.floor] * columns, [" "] * (left + columns + 1)
    free = 0
    for tick, label in ticks(interval, columns // 12):
        at = place(tick, interval, columns)
        line[at] = signs.floor_tick
        start = min(max(0, left + 1 + at - len(label) // 2), len(text) - len(label))
        if start >= free:
            text[start : start + len(label)] = label
            free = start + len(label) + 1
    return [f"{' ' * left}{signs.corner}{''.join(line)}", "".join(text).rstrip()]
