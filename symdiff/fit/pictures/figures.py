"""How panels are put together: a fit with its residuals, a fit that learns beside its loss, the loss alone."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from symdiff.fit.pictures.panels import DataPanel, LossPanel, bands, residuals, skipped
from symdiff.fit.pictures.response import Response
from symdiff.fit.pictures.sheet import EARLIER, INK, sheet, shortened
from symdiff.fit.pictures.way import Way, spread
from symdiff.fit.words import listed, num

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from symdiff.fit.result import Fit

GHOSTS: Final = 8  # earlier curves drawn faintly behind the last
NARROW: Final = 45  # letters of a label beside which there is room for another
LINE, LINES = 72, 3  # letters a line of a title, and lines
WIDE, TALL, MORE = 9.0, 3.8, 3.0  # inches: of two panels side by side, and for each further response


def fitted(fit: Fit, level: float, log: str) -> Figure:
    """The data, the model and its bands above what is left, for each response."""
    responses = responses_of(fit, log)
    figure = sheet(7.0, 5.2 + 4.4 * (len(responses) - 1))
    panels = figure.subplots(2 * len(responses), 1, height_ratios=(3, 1) * len(responses))
    for i, response in enumerate(responses):
        above, below = panels[2 * i], panels[2 * i + 1]
        panel = DataPanel(above, response)
        bands(above, response, level)
        panel.move_to(fit.values)
        residuals(below, response)
        if response.kind == "curve":
            above.set_xlabel("")
            above.tick_params(labelbottom=False)
        names(above, title_of(fit.values) if i == 0 else None)
    footnote(figure, skipped(fit))
    return figure


def learning(fit: Fit, log: str) -> Figure:
    """The model at some steps on its way and at the end, and the loss beside it."""
    way = Way(fit)
    figure, panels, loss = side_by_side(fit, log)
    steps = spread(len(way), GHOSTS)
    for panel in panels:
        for i, step in enumerate([] if panel.response.dotted else steps[:-1]):
            label = "on the way" if i == 0 else None
            panel.draw(panel.line(color=EARLIER, linewidth=1, label=label), way.values(way.places[step]))
        panel.move_to(fit.values)
        names(panel.axes, title_of(fit.values) if panel is panels[0] else None)
    beside = LossPanel(loss, way)
    beside.move_to(way.steps, way.losses)
    loss.set_title(way.ended, fontsize=10, color=INK)
    footnote(figure, skipped(fit))
    return figure


def side_by_side(fit: Fit, log: str, dpi: int | None = None) -> tuple[Figure, list[DataPanel], Axes]:
    """Panels for the data of each response in a column, and one panel beside them."""
    responses = responses_of(fit, log)
    figure = sheet(WIDE, TALL + MORE * (len(responses) - 1), *([dpi] if dpi else []))
    grid = figure.add_gridspec(len(responses), 2, width_ratios=(3, 2))
    panels = [DataPanel(figure.add_subplot(grid[i, 0]), response) for i, response in enumerate(responses)]
    return figure, panels, figure.add_subplot(grid[:, 1])


def losses(fit: Fit) -> Figure:
    """The loss over the steps."""
    way, figure = Way(fit), sheet(6.4, 4.0)
    axes: Any = figure.subplots()
    LossPanel(axes, way).move_to(way.steps, way.losses)
    axes.set_title(way.ended, fontsize=10, color=INK)
    return figure


def responses_of(fit: Fit, log: str) -> list[Response]:
    """The responses of a fit, to be drawn."""
    return [Response(fit, i, log) for i in range(len(fit.problem.plan.models))]


def names(axes: Axes, title: str | None) -> None:
    """What is drawn in which colour, above the frame, so that it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(
        range(len(labels)), key=lambda i: not labels[i].startswith("data")
    )  # first, though bars of errors come last
    columns = 2 if max(map(len, labels)) <= NARROW else 1
    axes.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        fontsize=9,
        title=title,
        title_fontsize=10,
        alignment="left",
        borderaxespad=0.2,
        columnspacing=1.5,
    )


def title_of(values: Mapping[str, float]) -> str:
    """The parameters with their values, in as many lines as a title has.

    >>> title_of({"m": 2.0006, "b": 0.9883})
    'm = 2.001, b = 0.9883'
    """
    lines = textwrap.wrap(listed(f"{name}\xa0=\xa0{num(value, 4)}" for name, value in values.items()), LINE)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1]} …"]
    return shortened("\n".join(lines).replace("\xa0", " "), LINE * (LINES + 1))


def footnote(figure: Figure, text: str) -> None:
    """A line below all panels."""
    if text:
        figure.supxlabel(shortened(text, 110), x=0.01, ha="left", fontsize=8, color=INK)
