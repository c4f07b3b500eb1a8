"""The options of the commands that fit, compare and minimize."""

from __future__ import annotations

import click

from symdiff.app import asking
from symdiff.app.fitting import REPORTS
from symdiff.app.types import Named, Place, Real, Whole, option

# fmt: off
FILE     = Place(allow_dash=True)
LEVELS   = Real(0, 1, min_open=True, max_open=True)
ABOVE_0  = Real(0, min_open=True)
LOSSES   = f"One of {', '.join(asking.LOSSES)}, or a formula of r, or of f and y."
PACES    = f"Of the rate: {', '.join(asking.SCHEDULES)}, or a formula of k and n."

SEARCHES = ("auto", *asking.DESCENTS)
DATA     = click.Argument(["data"], type=FILE)
Y        = option("--y",          "The column to predict, or a formula; again for more.", metavar="NAME", multiple=True)
X        = option("--x",          "A column the model reads; again for more. Else all.", metavar="NAME", multiple=True)
START    = option("--start",      "Where a name starts. Else it is found, or 0.", metavar="NAME=VALUE", multiple=True)
BOUND    = option("--bound",      "As 'a > 0', '0 < a < 5' or a=0:5.", metavar="BOUND", multiple=True)
SIGMA    = option("--sigma",      "Standard errors of y: number, column, formula.", metavar="[Y=]SIGMA", multiple=True)
ABSOLUTE = option("--absolute-sigma", "Sigma is in the unit of y, and not only relative.", is_flag=True)
WEIGHTS  = option("--weights",    "1/sigma^2 instead: a column or a formula.", metavar="[Y=]WEIGHTS", multiple=True)
LOSS     = option("--loss",       LOSSES, type=Named(asking.LOSSES), metavar="NAME")
SCALE    = option("--loss-scale", "The residual at which a robust loss bends. Else found.", metavar="R", type=ABOVE_0)
METHOD   = option("--method",     f"One of {', '.join(asking.METHODS)}.", type=Named(asking.METHODS), metavar="NAME")
DESCENT  = option("--method",     f"One of {', '.join(SEARCHES)}.", type=Named(SEARCHES), metavar="NAME")
RATE     = option("--rate",       "One learning rate, or one for each name.", metavar="[NAME=]RATE", multiple=True)
SHARE    = option("--momentum",   "The share of a step that the next one keeps.", metavar="SHARE", type=Real())
PACE     = option("--schedule",   PACES, type=Named(asking.SCHEDULES), metavar="NAME")
STEPS    = option("--steps",      "At most so many steps.", metavar="N", type=Whole(0))
SMALL    = option("--tolerance",  "End when every slope is this part of the largest it was.", metavar="T", type=Real())
SEED     = option("--seed",       "Of what is drawn at random. Default: 0.", metavar="N", type=Whole(0))
QUIET    = option("--quiet",      "No progress bar.", is_flag=True)

FIT = (
    click.Argument(["model"]),
    DATA, Y, X, START,
    option("--fix",        "A parameter that is known.", metavar="NAME=VALUE", multiple=True),
    option("--tie",        "A parameter as a formula of others.", metavar="NAME=FORMULA", multiple=True),
    BOUND,
    option("--constraint", "As 'a < b' or 'a + b <= 1'.", metavar="CONDITION", multiple=True),
    SIGMA, ABSOLUTE, WEIGHTS,
    option("--sigma-x",    "Standard errors of a column the model reads.", metavar="[NAME=]SIGMA", multiple=True),
    LOSS, SCALE, METHOD, RATE, SHARE, PACE,
    option("--batch",      "Rows in each step of stochastic descent.", metavar="N", type=Whole(1)),
    option("--epochs",     "How often it passes all rows.", metavar="N", type=Whole(1)),
    STEPS, SMALL, SEED,
    option("--by",         "A fit for each label in this column; again for more.", metavar="NAME", multiple=True),
    option("--level",      "Of intervals and bands. Default: 0.95.", metavar="P", type=LEVELS, default=0.95),
    option("--format",     "How to write the report. Default: text.", type=click.Choice(REPORTS), default="text"),
    option("--output",     "Write the report to this file.", metavar="FILE", type=FILE),
    option("--plot",       "Draw data, fit and residuals to this PNG, SVG or PDF.", metavar="FILE", type=FILE),
    option("--surface",    "Draw the loss over two parameters, and the way.", metavar="FILE", type=FILE),
    option("--film",       "Film the fit as it learns, to this GIF or MP4.", metavar="FILE", type=FILE),
    QUIET,
)

COMPARE = (
    click.Argument(["models"], nargs=-1, required=True, metavar="MODEL MODEL..."),
    DATA, Y, X, START, SIGMA, ABSOLUTE, WEIGHTS, LOSS, SEED, QUIET,
)

MINIMIZE = (
    click.Argument(["formulas"], nargs=-1, required=True, metavar="FORMULA..."),
    START, BOUND, DESCENT, RATE, SHARE, PACE, STEPS, SMALL, SEED, QUIET,
)
# fmt: on
