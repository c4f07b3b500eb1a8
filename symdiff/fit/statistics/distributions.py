"""The distributions that tests and intervals ask for: normal, Student's t, chi squared, F, tails and quantiles.

Tails are relative, not absolute: a chance of 1e-200 has its digits too. Quantiles below 0.001 of chi squared and F have
fewer, since 1 - p is what is searched.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Final

from symdiff.fit.statistics.special import beta_share, gamma_tail

TINY: Final = 1e-300


def normal_tail(z: float) -> float:
    """The chance that a standard normal variable is above z.

    >>> round(normal_tail(1.959963984540054), 12)
    0.025
    """
    return math.erfc(z / math.sqrt(2)) / 2


def t_tail(t: float, df: float) -> float:
    """The chance that Student's t with df degrees of freedom is above t.

    >>> round(t_tail(2.2281388519649385, 10), 11)
    0.025
    """
    if math.isnan(t) or math.isnan(df) or df <= 0:
        return math.nan
    if math.isinf(df):
        return normal_tail(t)
    square = t * t
    whole = df + square
    tail = beta_share(df / 2, 0.5, df / whole, square / whole) / 2 if math.isfinite(square) else 0.0
    return tail if t >= 0 else 1 - tail


def chi2_tail(x: float, df: float) -> float:
    """The chance that the sum of df squared standard normal variables is above x.

    >>> round(chi2_tail(18.307038053275143, 10), 12)
    0.05
    """
    if math.isnan(x) or math.isnan(df) or df <= 0:
        return math.nan
    if x <= 0 or math.isinf(x):
        return 0.0 if x > 0 else 1.0
    return gamma_tail(df / 2, x / 2)


def f_tail(x: float, above: float, below: float) -> float:
    """The chance that the ratio F of two mean squares, of so many degrees of freedom above and below, exceeds x.

    >>> round(f_tail(4.102821015134035, 2, 10), 12)
    0.05
    """
    if math.isnan(x) or not (above > 0 and below > 0):
        return math.nan
    if x <= 0:
        return 1.0
    if math.isinf(x):
        return 0.0
    if math.isinf(below):
        return chi2_tail(above * x, above)
    whole = below + above * x
    return beta_share(below / 2, above / 2, below / whole, above * x / whole)


def normal_quantile(p: float) -> float:
    """Below what a standard normal variable is with the chance p.

    >>> round(normal_quantile(0.975), 10)
    1.9599639845
    """
    return symmetric(p, math.inf)


@cache
def t_quantile(p: float, df: float) -> float:
    """Below what Student's t with df degrees of freedom is with the chance p.

    >>> round(t_quantile(0.975, 10), 10)
    2.228138852
    """
    return symmetric(p, df)


@cache
def t_limit(chance: float, df: float) -> float:
    """Above what Student's t with df degrees of freedom is with a chance, which may be tiny.

    >>> round(t_limit(0.025, 10), 10)
    2.228138852
    """
    return positive(lambda t: t_tail(t, df), chance, 1.0) if 0 < chance < 0.5 and df > 0 else math.nan


def chi2_quantile(p: float, df: float) -> float:
    """Below what a chi squared variable with df degrees of freedom is with the chance p.

    >>> round(chi2_quantile(0.95, 10), 8)
    18.30703805
    """
    return positive(lambda x: chi2_tail(x, df), 1 - p, df)


def f_quantile(p: float, above: float, below: float) -> float:
    """Below what F with these degrees of freedom is with the chance p.

    >>> round(f_quantile(0.95, 2, 10), 8)
    4.10282102
    """
    return positive(lambda x: f_tail(x, above, below), 1 - p, 1.0)


def two_sided(t: float, df: float) -> float:
    """The chance that Student's t is at least as far from 0 as t: infinite df stand for the normal distribution."""
    return min(1.0, 2 * t_tail(abs(t), df))


def symmetric(p: float, df: float) -> float:
    """A quantile of Student's t, by Newton's method on the logarithm of the smaller tail."""
    if not 0 < p < 1 or not df > 0:
        return {0.0: -math.inf, 1.0: math.inf}.get(p, math.nan) if df > 0 else math.nan
    if p == 0.5:
        return 0.0
    upper = p > 0.5
    return math.copysign(positive(lambda t: t_tail(t, df), 1 - p if upper else p, 1.0), 1 if upper else -1)


def positive(tail: Callable[[float], float], wanted: float, guess: float) -> float:
    """Where a falling tail on x > 0 has a value: brackets by doubling, then regula falsi (Illinois) in logarithms."""
    if not 0 < wanted < 1:
        return {0.0: math.inf, 1.0: 0.0}.get(wanted, math.nan)
    goal = math.log(wanted)

    def gap(u: float) -> float:
        return math.log(max(tail(math.exp(u)), TINY)) - goal

    low = high = math.log(guess)
    at_low = at_high = gap(low)
    while at_low < 0 and low > -700:
        low, at_low = low - 1, gap(low - 1)
    while at_high > 0 and high < 700:
        high, at_high = high + 0.5, gap(high + 0.5)
    return math.exp(root(gap, low, high, at_low, at_high))


def root(f: Callable[[float], float], low: float, high: float, at_low: float, at_high: float) -> float:
    """A zero of f between two places where its signs differ (Dowell and Jarratt 1971)."""
    for _ in range(200):
        if at_low == 0 or at_high == 0 or abs(high - low) <= 4e-16 * max(1.0, abs(low)):
            break
        middle = high - at_high * (high - low) / (at_high - at_low)
        if not min(low, high) < middle < max(low, high):
            middle = (low + high) / 2
        value = f(middle)
        if value * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        moved, high, at_high = abs(middle - high), middle, value
        if moved <= 1e-15 * max(1.0, abs(middle)):
            break
    return low if at_low == 0 else high
