"""THE STABLE FORMS: what loses digits, and the same real function that does not. One row each, in the order of the page.

Both sides have the same value wherever either has one. The blanks a, b, c stand for any expression; k is what is left
of a sum whose terms cancel, found exactly: `number` where it is a number, `rest` where the sum got shorter by it.
`bad` is a point where the left side loses digits and the right side does not; x and h are what a and b are made of.
A right side that is a `where` keeps the left side in a branch, for where nothing cancels: there it is as good, and it
cannot be too large. 2 u and u/2 are exact.

`refused` rows are true, and worse than what is written at the point they give.

Sources: Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 1; Kahan, Branch Cuts for Complex
Elementary Functions, 1987; Maechler, Accurately Computing log(1 - exp(-|a|)), 2012; Hamming, Numerical Methods for
Scientists and Engineers, 1973, chapter 3.
"""

# ruff: noqa: E501  # a row of the table is one line, however long

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from symdiff.core.expr import App, Expr, Operand, Sym, lift, symbols
from symdiff.core.fold import free_symbols

from symdiff.core.ops import (  # isort: skip
    ZERO, absolute, acos, acosh, asin, asinh, atan, atan2, atanh, both, cbrt, cos, cosh, coth, csch, div, e, eq,
    erf, erfc, exp, expm1, hypot, log, log1p, log2, log10, maximum, pi, sech, sec, sigmoid, sin, sinh, softplus, sqrt,
    tan, tanh, where,
)  # fmt: skip


K = Sym("k")


class Left(NamedTuple):
    """A condition, and the k that comes with it: u, or what is left of u - v when its terms cancel."""

    must: str  # what it has to be: a key of OF_PARTS or OF_TERMS in attempts.py
    u: Expr
    v: Expr


class Rule(NamedTuple):
    """One row: left = right where the conditions hold; why the left side is worse, and a point where it is."""

    name: str
    left: App
    right: Expr
    why: str
    bad: Mapping[Sym, Expr]
    conditions: tuple[Left, ...]  # the first says what k is


def rule(name: str, left: App, right: Operand, why: str, bad: Mapping[Sym, Operand], *conditions: Left) -> Rule:
    """A row. Raises ValueError where the right side asks for a blank that the left side does not fill."""
    known = {*free_symbols(left), *([K] if conditions else [])}
    if not known.issuperset(free_symbols(lift(right))):
        raise ValueError(f"{name}: a blank is not filled")
    return Rule(name, left, lift(right), why, {s: lift(value) for s, value in bad.items()}, conditions)


def number(u: Expr, v: Expr) -> Left:
    """k = u - v is a number, and not 0."""
    return Left("number", u, v)


def ahead(u: Expr, v: Expr) -> Left:
    """k = u - v is a number above 0."""
    return Left("ahead", u, v)


def rest(u: Expr, v: Expr) -> Left:
    """k = u - v has one or two terms, fewer than u, which has no fewer than v."""
    return Left("rest", u, v)


def term(u: Expr, v: Expr) -> Left:
    """k = u - v is a single term, and u has more than one."""
    return Left("term", u, v)


def step(u: Expr, v: Expr) -> Left:
    """The same, and no number."""
    return Left("step", u, v)


def opposites(u: Expr, v: Expr) -> Left:
    """u + v is 0."""
    return Left("zero", u, -v)


def may_be_negative(u: Expr) -> Left:
    """u is not certainly at least 0."""
    return Left("may be negative", u, ZERO)


def broken(u: Expr) -> Left:
    """u is no integer."""
    return Left("broken", u, ZERO)


def leaves(u: Expr, v: Expr) -> Left:
    """u and v are numbers or symbols: of what was rounded before, the digits are lost already."""
    return Left("leaves", u, v)


def beside_one(u: Expr) -> Left:
    """u is a number, a symbol, or what has a form of its own beside 1."""
    return Left("beside 1", u, ZERO)


def simple(u: Expr) -> Left:
    """k = u is a number or a symbol: it is never too large."""
    return Left("simple", u, ZERO)


def alone(u: Expr) -> Left:
    """u has no other use: where it is at hand, its complement costs an operation, and another form a function."""
    return Left("alone", u, ZERO)


a, b, c, k, n, x, h = symbols("a b c k n x h")
third = div(1, 3)
half = div(1, 2)

CANCELS = "two nearly equal numbers are subtracted"
LARGE = "a part is too large where the whole is not"
SATURATES = "a part is rounded to 1, and the rest is lost"

# fmt: off
RULES: tuple[Rule, ...] = (
    # powers of e: the rounding error of e is raised to the power, too
    rule("power of e",                  e()**a,                             exp(a),                                 "e is rounded", {a: 700.5}),

    # exponentials beside 1
    rule("power of e less 1",           e()**a - 1,                         expm1(a),                               CANCELS,   {a: 1e-9}),
    rule("exp - 1",                     exp(a) - 1,                         expm1(a),                               CANCELS,   {a: 1e-9}),
    rule("exp - 2 + 1/exp",             exp(a) - 2 + exp(b),                4*sinh(a/2)**2,                         CANCELS,   {a: x, b: -x, x: 1e-5}, opposites(a, b)),
    rule("exp + 1/exp - 2",             exp(a) + exp(b) - 2,                4*sinh(a/2)**2,                         CANCELS,   {a: x, b: -x, x: 1e-5}, opposites(a, b)),
    rule("exp - 1/exp",                 exp(a) - exp(b),                    2*sinh(a),                              CANCELS,   {a: x, b: -x, x: 1e-9}, opposites(a, b)),
    rule("tanh of exp",                 2*sinh(a)/(exp(a) + exp(b)),        tanh(a),                                LARGE,     {a: x, b: -x, x: 800}, opposites(a, b)),
    rule("sinh over cosh",              sinh(a)/cosh(a),                    tanh(a),                                LARGE,     {a: 800}),
    rule("cosh over sinh",              cosh(a)/sinh(a),                    coth(a),                                LARGE,     {a: 800}),
    rule("exp over expm1",              exp(a)/expm1(a),                    -1/expm1(-a),                           LARGE,     {a: 800}),
    rule("expm1 over exp + 1",          expm1(a)/(1 + exp(a)),              tanh(a/2),                              LARGE,     {a: 800}),
    rule("cosh - sinh",                 cosh(a) - sinh(a),                  exp(-a),                                CANCELS,   {a: 20}),
    rule("cosh + sinh",                 cosh(a) + sinh(a),                  exp(a),                                 CANCELS,   {a: -20}),
    rule("cosh - 1",                    cosh(a) - 1,                        2*sinh(a/2)**2,                         CANCELS,   {a: 1e-5}),

    # the logistic function
    rule("sigmoid over exp",            exp(a)/(1 + exp(a)),                sigmoid(a),                             LARGE,     {a: 800}),
    rule("slope of sigmoid",            exp(a)/(1 + exp(a))**2,             sigmoid(a)*sigmoid(-a),                 LARGE,     {a: 400}),
    rule("multiple of sigmoid",         c*exp(a)/(1 + exp(a)),              c*sigmoid(a),                           LARGE,     {a: 800, c: 3}),
    rule("multiple of its slope",       c*exp(a)/(1 + exp(a))**2,           c*(sigmoid(a)*sigmoid(-a)),             LARGE,     {a: 400, c: 3}),
    rule("slope of sigmoid, in parts",  c/(1 + exp(a))**2*exp(a),           c*(sigmoid(a)*sigmoid(-a)),             LARGE,     {a: 400, c: 3}),
    rule("slope of softplus",           1/(1 + exp(a))*exp(a),              sigmoid(a),                             LARGE,     {a: 800}),
    rule("1 - sigmoid",                 1 - sigmoid(a),                     sigmoid(-a),                            SATURATES, {a: 30}),
    rule("1 - sigmoid, written out",    1 - 1/(1 + exp(a)),                 sigmoid(a),                             SATURATES, {a: -30}),
    rule("2 sigmoid - 1",               2*sigmoid(a) - 1,                   tanh(a/2),                              CANCELS,   {a: 1e-9}),
    rule("2 sigmoid - 1, written out",  2/(1 + exp(a)) - 1,                 -tanh(a/2),                             CANCELS,   {a: 1e-9}),
    rule("sigmoid - 1/2",               sigmoid(a) - half,                  tanh(a/2)/2,                            CANCELS,   {a: 1e-9}),
    rule("1 - tanh",                    1 - tanh(a),                        2*sigmoid(-2*a),                        SATURATES, {a: 15}, alone(tanh(a))),
    rule("1 + tanh",                    1 + tanh(a),                        2*sigmoid(2*a),                         CANCELS,   {a: -15}),
    rule("coth - 1",                    coth(a) - 1,                        2/expm1(2*a),                           SATURATES, {a: 15}, alone(coth(a))),

    # sums of squares that are 1
    rule("1 - sine squared",            1 - sin(a)**2,                      cos(a)**2,                              CANCELS,   {a: 1.57}),
    rule("1 - cosine squared",          1 - cos(a)**2,                      sin(a)**2,                              CANCELS,   {a: 1e-5}),
    rule("sec squared - 1",             sec(a)**2 - 1,                      tan(a)**2,                              CANCELS,   {a: 1e-5}),
    rule("cosh squared - 1",            cosh(a)**2 - 1,                     sinh(a)**2,                             CANCELS,   {a: 1e-5}),
    rule("1 - tanh squared",            1 - tanh(a)**2,                     sech(a)**2,                             SATURATES, {a: 15}, alone(tanh(a))),
    rule("coth squared - 1",            coth(a)**2 - 1,                     csch(a)**2,                             SATURATES, {a: 15}, alone(coth(a))),
    rule("1 - sech squared",            1 - sech(a)**2,                     tanh(a)**2,                             CANCELS,   {a: 1e-5}),
    rule("1 - cos",                     1 - cos(a),                         2*sin(a/2)**2,                          CANCELS,   {a: 1e-5}),

    # functions and their complements
    rule("1 - erf",                     1 - erf(a),                         erfc(a),                                SATURATES, {a: 4}),
    rule("1 + erf",                     1 + erf(a),                         erfc(-a),                               CANCELS,   {a: -4}),
    rule("1 - erfc",                    1 - erfc(a),                        erf(a),                                 CANCELS,   {a: 1e-9}),
    rule("complement of atan",          pi()/2 - atan(a),                   atan2(1, a),                            CANCELS,   {a: 1e9}),
    rule("complement of asin",          pi()/2 - asin(a),                   acos(a),                                CANCELS,   {a: 1 - 2**-40}),
    rule("complement of acos",          pi()/2 - acos(a),                   asin(a),                                CANCELS,   {a: 1e-9}),
    rule("supplement of acos",          pi() - acos(a),                     acos(-a),                               CANCELS,   {a: -1 + 2**-40}),
    rule("acos near 1",                 acos(1 + a),                        2*atan2(sqrt(-a), sqrt(2 + a)),         CANCELS,   {a: -1e-9}),
    rule("acosh near 1",                acosh(1 + a),                       2*asinh(sqrt(a/2)),                     CANCELS,   {a: 1e-9}),

    # logarithms
    rule("softplus",                    log(1 + exp(a)),                    softplus(a),                            LARGE,     {a: 800}),
    rule("softplus by log1p",           log1p(exp(a)),                      softplus(a),                            LARGE,     {a: 800}),
    rule("log of sigmoid",              log(sigmoid(a)),                    -softplus(-a),                          SATURATES, {a: 30}),
    rule("log of sigmoid, written out", log(1/(1 + exp(a))),                -softplus(a),                           SATURATES, {a: -30}),
    rule("log(1 - exp)",                log(1 - exp(a)),                    where(a > -1, log(-expm1(a)), log1p(-exp(a))), SATURATES, {a: -30}),
    rule("log(-expm1)",                 log(-expm1(a)),                     where(a > -1, log(-expm1(a)), log1p(-exp(a))), SATURATES, {a: -30}),
    rule("log1p(-exp)",                 log1p(-exp(a)),                     where(a > -1, log(-expm1(a)), log1p(-exp(a))), CANCELS,   {a: -1e-9}),
    rule("log of exp",                  log(exp(a)),                        a,                                      LARGE,     {a: 800}),
    rule("log of a sum of two",         log(exp(a) + exp(b)),               maximum(a, b) + softplus(where(eq(a, b), 0, -absolute(a - b))), LARGE, {a: 800, b: 799}),
    rule("log of cosh",                 log(cosh(a)),                       where(absolute(a) < 2, log1p(sinh(a)**2)/2, absolute(a) + softplus(-2*absolute(a)) - log(2)), LARGE, {a: 800}),
    rule("asinh",                       log(a + sqrt(a**2 + 1)),            asinh(a),                               CANCELS,   {a: -1e5}),
    rule("acosh",                       log(a + sqrt(a**2 - 1)),            acosh(a),                               LARGE,     {a: 1e200}),
    rule("atanh",                       log((1 + a)/(1 - a)),               2*atanh(a),                             CANCELS,   {a: 1e-9}),
    rule("atanh of the opposite",       log((1 - a)/(1 + a)),               -2*atanh(a),                            CANCELS,   {a: 1e-9}),
    rule("log(1 + a)",                  log(1 + a),                         log1p(a),                               CANCELS,   {a: 1e-9}),
    rule("log2(1 + a)",                 log2(1 + a),                        log1p(a)/log(2),                        CANCELS,   {a: 1e-9}),
    rule("log10(1 + a)",                log10(1 + a),                       log1p(a)/log(10),                       CANCELS,   {a: 1e-9}),
    rule("difference of logarithms",    log(a) - log(b),                    where(2*absolute(k) < b, log1p(k/b), log(a) - log(b)), CANCELS, {a: x + 1, b: x, x: 1e9}, term(a, b)),

    # roots
    rule("difference of roots",         sqrt(a) - sqrt(b),                  k/(sqrt(a) + sqrt(b)),                  CANCELS,   {a: x + 1, b: x, x: 1e9}, number(a, b)),
    rule("difference of two roots",     sqrt(a) - sqrt(b),                  where(sqrt(a)/2 < sqrt(b), k/(sqrt(a) + sqrt(b)), sqrt(a) - sqrt(b)), CANCELS, {a: x + h, b: x, x: 1, h: 2**-30}, rest(a, b)),
    rule("root beside 1",               sqrt(1 + a**2) - 1,                 where(absolute(a) < 1, a*(a/(hypot(1, a) + 1)), hypot(1, a) - 1), CANCELS, {a: 1e-5}),
    rule("root minus a number",         sqrt(a) - b,                        where(sqrt(a)/2 < b, k/(sqrt(a) + b), sqrt(a) - b), CANCELS, {a: x**2 + 1, b: x, x: 1e6}, rest(a, b**2)),
    rule("root plus a number",          sqrt(a) + b,                        where(sqrt(a)/2 < -b, k/(sqrt(a) - b), sqrt(a) + b), CANCELS, {a: x**2 + 1, b: x, x: -1e6}, rest(a, b**2), may_be_negative(b)),
    rule("difference of cube roots",    cbrt(a) - cbrt(b),                  k/(cbrt(a)**2 + cbrt(a)*cbrt(b) + cbrt(b)**2), CANCELS, {a: x + 1, b: x, x: 1e9}, number(a, b)),
    rule("difference of third powers",  a**third - b**third,                where(both(a < 2*b, b < 2*a), k/(cbrt(a)**2 + cbrt(a)*cbrt(b) + cbrt(b)**2), a**third - b**third), CANCELS, {a: x + 1, b: x, x: 1e9}, number(a, b)),

    # quotients
    rule("reciprocals of roots",        c/sqrt(a) - c/sqrt(b),              -(c/sqrt(b)*(k/(sqrt(a) + sqrt(b)))/sqrt(a)), CANCELS, {a: x + 1, b: x, x: 1e9, c: 1}, ahead(a, b)),
    rule("their multiples",             c/(n*sqrt(a)) - c/(n*sqrt(b)),      -(c/(n*sqrt(b))*(k/(sqrt(a) + sqrt(b)))/sqrt(a)), CANCELS, {a: x + 1, b: x, x: 1e9, c: 1, n: 2}, ahead(a, b)),
    rule("difference of reciprocals",   c/a - c/b,                          -(k*(c/a/b)),                           CANCELS,   {a: x + 1, b: x, x: 1e9, c: 1}, number(a, b)),
    rule("difference of arctangents",   atan(a) - atan(b),                  atan2(k, 1 + a*b),                      CANCELS,   {a: x + 1, b: x, x: 1e9}, number(a, b)),
    rule("reciprocal less 1",           1/a - 1,                            (1 - a)/a,                              CANCELS,   {a: 1 + 2**-30}, simple(a)),
    rule("1 - a/(a + b)",               1 - a/(a + b),                      b/(a + b),                              SATURATES, {a: 1e12, b: 1}, simple(b)),

    # squares and products
    rule("a number times exp, less it", c*exp(a) - c,                       c*expm1(a),                             CANCELS,   {a: 1e-9, c: 3}),
    rule("difference of 4th powers",    a**4 - b**4,                        (a - b)*(a + b)*(a**2 + b**2),          CANCELS,   {a: 1e9 + 1, b: 1e9}, leaves(a, b)),
    rule("difference of squares",       a**2 - b**2,                        (a - b)*(a + b),                        CANCELS,   {a: 1e9 + 1, b: 1e9}, leaves(a, b)),
    rule("square of a sum, less 1",     a**2 - 1,                           k*(a + 1),                              CANCELS,   {a: x + 1, x: 1e-9}, rest(a, lift(1))),
    rule("square of a sum, less one",   a**2 - b**2,                        k*(a + b),                              CANCELS,   {a: x + h, b: x, x: 1, h: 2**-30}, rest(a, b)),
    rule("1 - square",                  1 - a**2,                           2*(1 - absolute(a)) - (1 - absolute(a))**2, CANCELS, {a: 1 + 2**-30}, leaves(a, a)),
    rule("square less 1",               a**2 - 1,                           (1 - absolute(a))**2 - 2*(1 - absolute(a)), CANCELS, {a: 1 + 2**-30}, leaves(a, a)),
    rule("common factor, minus",        a*b - a*c,                          a*(b - c),                              CANCELS,   {a: 1/3, b: 1e9 + 1, c: 1e9}, leaves(b, c)),
    rule("common factor, plus",         a*b + a*c,                          a*(b + c),                              CANCELS,   {a: 1/3, b: 1e9 + 1, c: -1e9}, leaves(b, c)),
    rule("common factor beside itself", a*b - a,                            a*(b - 1),                              CANCELS,   {a: 1/3, b: 1 + 2**-30}, beside_one(b)),
    rule("square beside its root",      a**2 - a,                           a*(a - 1),                              CANCELS,   {a: 1 + 2**-30}, leaves(a, a)),
    rule("common denominator, minus",   a/c - b/c,                          (a - b)/c,                              CANCELS,   {a: 1e9 + 1, b: 1e9, c: 3}, leaves(a, b)),
    rule("common denominator, plus",    a/c + b/c,                          (a + b)/c,                              CANCELS,   {a: 1e9 + 1, b: -1e9, c: 3}, leaves(a, b)),

    # small steps: Herbie's form for the sine, which never adds what the formula does not
    rule("step of sine",                sin(a) - sin(b),                    cos(b)*sin(k) - 2*sin(b)*sin(k/2)**2,   CANCELS,   {a: x + h, b: x, x: 1, h: 2**-30}, step(a, b)),
    rule("step of cosine",              cos(a) - cos(b),                    -(sin(b)*sin(k) + 2*cos(b)*sin(k/2)**2), CANCELS,  {a: x + h, b: x, x: 1, h: 2**-30}, step(a, b)),

    # compound growth
    rule("growth",                      (1 + a)**n - 1,                     where(both(a > -1, absolute(n*log1p(a)) < 1), expm1(n*log1p(a)), (1 + a)**n - 1), CANCELS, {a: 1e-9, n: 10.5}),
    rule("power less 1",                a**n - 1,                           where(both(a > 0, absolute(n*log(a)) < 1), expm1(n*log(a)), a**n - 1), CANCELS, {a: 3, n: 1e-9}, broken(n)),
)
# fmt: on


class Refused(NamedTuple):
    """A row that is true and not applied: at this point the right side is worse than the left."""

    name: str
    left: App
    right: Expr
    at: Mapping[str, float]


def refused(name: str, left: App, right: Operand, at: Mapping[Sym, float]) -> Refused:
    return Refused(name, left, lift(right), {s.name: float(value) for s, value in at.items()})


# fmt: off
REFUSED = (
    refused("difference of exponentials",   exp(a) - exp(b),                    exp(b)*expm1(a - b),                    {a: 300.3, b: -1/3}),
    refused("power of any base, less 1",    b**a - 1,                           expm1(a*log(b)),                        {a: 1000.5, b: 2}),
    refused("two terms beside 1",           log(1 + a + b),                     log1p(a + b),                           {a: -1 + 2**-30, b: 1e-20}),
    refused("log of a quotient",            log(a/b),                           log1p((a - b)/b),                       {a: 1e-20, b: 3}),
    refused("quotient of exponentials",     exp(a)/(exp(a) + exp(b)),           sigmoid(a - b),                         {a: -132.04551852594093, b: 143.8750692918805}),
    refused("acos by asin",                 acos(1 - a),                        2*asin(sqrt(a/2)),                      {a: 1.999999999999999}),
    refused("double angle",                 cos(a)**2 - sin(a)**2,              cos(2*a),                               {a: 1.5e308}),
    refused("step of tangent",              tan(a + h) - tan(a),                sin(h)/(cos(a)*cos(a + h)),             {a: 1.5707963267948966, h: 1e-8}),
    refused("step of sine, shortest",       sin(a + h) - sin(a),                2*cos(a + h/2)*sin(h/2),                {a: 1e10, h: 2**-19}),
    refused("square less 1, everywhere",    acos((1 - 5*a**2)/(a**2 - 1)),      acos((1 - 5*a**2)/((a - 1)*(a + 1))),   {a: 3.135268984767068e-16}),
)
# fmt: on
