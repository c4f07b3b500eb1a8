"""The ways in which places to start from are proposed, each a row of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.leastsquares.varpro import Projected
from symdiff.fit.starts.pursuit import Group, Pursuit, groups_of
from symdiff.fit.starts.ranking import ranked
from symdiff.fit.starts.recast import response_of
from symdiff.fit.starts.straight import solved

if TYPE_CHECKING:
    from symdiff.fit.starts.hunt import Hunt

SAMPLES: Final = 2000  # of all parameters together, where the terms can be found one after another
STRAIGHT: Final = 200  # of the parameters in which a straight form is not linear
MOST_NEAR: Final = 4000
IMPROVED: Final = 12  # evaluations for a choice of a term

Random = np.random.Generator


class Way(NamedTuple):
    """In words; when it applies; samples of the parameters that are not linear; how many are worth improving."""

    words: str
    applies: Callable[[Hunt, int], bool]
    propose: Callable[[Hunt, Random, int], Square]
    most: Callable[[int], int]


def by_size(hunt: Hunt, rng: Random, number: int) -> Square:
    """Values over decades around the sizes that the formula and the data suggest."""
    return hunt.sampler.draw(samples(hunt, number), rng)


def by_peaks(hunt: Hunt, rng: Random, number: int) -> Square:
    """The same, with places where the data have peaks, dips or shoulders."""
    return hunt.sampler.draw(samples(hunt, number), rng, picked=True)


def samples(hunt: Hunt, number: int) -> int:
    """How many samples of all parameters together are worth while."""
    m = hunt.sampler.count(hunt.cast.wide.others)
    return (min(m, SAMPLES) if len(groups_of(hunt.cast.wide)) > 1 else m) * (1 + number)


def by_terms(hunt: Hunt, rng: Random, number: int) -> Square:
    """One term of the model after another: bumps by their peaks, waves by a periodogram, decays by their rates."""

    def draw(group: Group) -> Square:
        m = hunt.sampler.count([hunt.cast.wide.others[i] for i in group.others])
        return hunt.sampler.draw(m, rng, picked=bool(rng.random() < 0.5))

    def improve(plane: Projected, start: Vector, moving: list[int]) -> tuple[Vector, float]:
        places = np.array(hunt.others)[moving]
        found = hunt.descent(plane, start, hunt.lower[places], hunt.upper[places], IMPROVED)
        return found.at, np.inf if found.system is None else found.system.loss

    bounds = hunt.lower[hunt.linear], hunt.upper[hunt.linear]
    states = Pursuit(hunt.cast.wide, hunt.few, draw, improve, *bounds).run()
    return np.array([state.values for state in states]).reshape(-1, len(hunt.others))


def by_lines(hunt: Hunt, rng: Random, number: int) -> Square:
    """Solutions of the straight forms of the model, with the parameters in which these are not linear by their size."""
    plan = hunt.plan
    arrays = [a for name, a in zip(plan.columns, hunt.few, strict=True) if name != response_of(plan)]
    y = hunt.few[plan.columns.index(response_of(plan))]
    found = []
    for form in hunt.cast.straight:
        drawn = hunt.drawn(form.split.others, STRAIGHT if form.split.others else 1, rng)
        found.append(solved(form, arrays, y, drawn, plan.free)[:, hunt.others])
    return hunt.inside(np.vstack(found))


def by_algebra(hunt: Hunt, rng: Random, number: int) -> Square:
    """The linear parameters of an implicit model for which the squares of its values are least, the others by size."""
    model = hunt.cast.algebra
    assert model is not None
    names = hunt.plan.free
    linear, others = ([names.index(name) for name in part] for part in (model.linear, model.others))
    drawn = hunt.sampler.draw(STRAIGHT if others else 1, rng)[:, others]
    found = np.empty((len(drawn), len(names)))
    found[:, others] = drawn
    found[:, linear] = ranked(model, hunt.few, drawn, hunt.lower[linear], hunt.upper[linear]).linear
    return found


def near_best(hunt: Hunt, rng: Random, number: int) -> Square:
    """The best so far, with one parameter or two taken anew."""
    assert hunt.best is not None
    m = min(500 + hunt.sampler.count(hunt.cast.wide.others) // 4, MOST_NEAR)
    shape = (m, len(hunt.others))
    waves = np.array([name in hunt.cast.roles.waves for name in hunt.cast.wide.others])
    moved = np.where(waves, 1.0, np.exp(0.4 * rng.normal(size=shape) * (rng.random((m, 1)) < 0.5)))
    fresh = rng.random(shape) < 1.3 / len(hunt.others)
    return hunt.inside(np.where(fresh, hunt.sampler.draw(m, rng), hunt.best.at[hunt.others] * moved))


def always(hunt: Hunt, number: int) -> bool:
    """For every model, in every round."""
    return True


def has_peaks(hunt: Hunt, number: int) -> bool:
    """Where the model has places and the data have peaks."""
    return hunt.sampler.peaked


def has_lines(hunt: Hunt, number: int) -> bool:
    """In the first round, where the model can be made straight."""
    return bool(hunt.cast.straight) and not number


def has_algebra(hunt: Hunt, number: int) -> bool:
    """In the first round, where an implicit model has linear parameters."""
    return hunt.cast.algebra is not None and bool(hunt.cast.algebra.linear) and not number


def has_terms(hunt: Hunt, number: int) -> bool:
    """Where terms of the model share no parameters."""
    return len(groups_of(hunt.cast.wide)) > 1


def has_best(hunt: Hunt, number: int) -> bool:
    """From the second round on."""
    return number > 0 and hunt.best is not None


def many(dimensions: int) -> int:
    """Places worth improving where they come from all over."""
    return min(6 + 4 * dimensions, 24)


# fmt: off
WAYS: Final = (
    #   in words                               applies    proposes   so many
    Way("the curve made straight",             has_lines, by_lines,  lambda k: 4),
    Way("the least values of the equation",    has_algebra, by_algebra, lambda k: 4),
    Way("sizes from the formula and the data", always,    by_size,   many),
    Way("peaks of the data",                   has_peaks, by_peaks,  many),
    Way("one term after another",              has_terms, by_terms,  lambda k: 4),
    Way("near the best so far",                has_best,  near_best, lambda k: 8),
)
# fmt: on
