"""THE RULES that the normal forms leave: one identity a row, in the order of the page.

Each says left = right wherever left has a value and `where` holds; right may have a value in more places, and then
`gains` is what must hold there. The blanks a, b, c, d, u, v stand for any expression, n and m for integers, p and q for
rational numbers. A rule applies where it makes the whole smaller by the measure; `falls` is an example where that is not
plain from the row, and `even` the reason why it may also leave the measure as it is. `match.py` says how patterns
match, `places.py` how sums, products and chains are searched, `facts.py` how a condition is decided.

`refused` rows look true and are not: each with a point that refutes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from symdiff.algebra.rules.places import Rule, rule
from symdiff.algebra.rules.rulebook import Rewriting, Rulebook
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Operand, Sym, lift, symbols

from symdiff.core.ops import (  # isort: skip
    Chi, Ei, Shi, absolute, acos, acosh, acot, acoth, acsc, acsch, airyai, airyaiprime, airybi, airybiprime, asec,
    asech, asin, asinh, atan, atan2, atanh, besseli, besselj, besselk, bessely, beta, both, cbrt, ceil, cos, cosh, cot,
    coth, csc, csch, digamma, e, either, eq, erf, erfc, exp, expint, expm1, factorial, floor, gamma, ge, gt, hypot,
    lambertw, le, li, log, log1p, log2, log10, logb, loggamma, lt, maximum, minimum, ne, no, pi, polygamma, relu, root,
    sec, sech, sigmoid, sign, sin, sinh, softplus, sqrt, tan, tanh, uppergamma, where, zeta,
)  # fmt: skip


def rewritings(node: App, cost: Callable[[Expr], float], names: bool = True) -> Iterator[tuple[str, Expr]]:
    """The rules that apply to a node whose parts are simplified: each rule's name, and the whole rewritten.

    In the order of the page; each is smaller by `cost`, the measure of a whole expression, or as large where the rule
    has a reason. Without `names`, no function is named that stands for a formula of well-known ones.

    >>> from symdiff import parse
    >>> from symdiff.algebra.measure import total
    >>> list(rewritings(parse("y - y*erf(x) + z"), total))
    [('complement of erf', z + y*erfc(x))]
    """
    return ((found.rule, found.whole) for found in explained(node, cost, names))


def explained(node: App, cost: Callable[[Expr], float], names: bool = True) -> Iterator[Rewriting]:
    """The same with the conditions gained: what holds where the node has a value.

    >>> from symdiff import parse
    >>> from symdiff.algebra.measure import total
    >>> next(explained(parse("x/abs(x)"), total))
    Rewriting(rule='number over its size', whole=sign(x), conditions=(x != 0,))
    """
    return book(names).rewritings(node, cost)


@cache
def book(names: bool = True) -> Rulebook:
    """The index of the rules, made once."""
    return Rulebook([one for title, rows in RULES.items() if names or title != NAMES for one in rows])


class Refused(NamedTuple):
    """An identity that fails at this point: right has another value than left, or none, where left has one."""

    name: str
    left: Expr
    right: Expr
    at: Mapping[Sym, Exact]


def refused(name: str, left: Operand, right: Operand, at: Mapping[Sym, Exact]) -> Refused:
    return Refused(name, lift(left), lift(right), at)


def whole(u: Operand) -> App:
    """u is an integer."""
    return eq(u, floor(u))


def truth(u: Operand) -> App:
    """u is 1 or 0, as the answer of a condition is."""
    return eq(u, ne(u, 0))


def no_pole(u: Operand) -> App:
    """u is none of 0, -1, -2, ..."""
    return either(gt(u, 0), ne(u, floor(u)))


def half_open(low: Operand, u: Operand, high: Operand) -> App:
    """low <= u < high."""
    return both(ge(u, low), lt(u, high))


a, b, c, d, u, v, n, m, p, q = symbols("a b c d u v n m p q")
x = symbols("x")  # fills blanks in the examples
half, HALF = lift(1) / 2, Fraction(1, 2)
circle = pi()
FLIPPED = {lt: gt, gt: lt, le: ge, ge: le, eq: eq, ne: ne}
DENIED = {lt: ge, ge: lt, gt: le, le: gt, eq: ne, ne: eq}
NAMES = "Names for formulas"

# fmt: off
RULES: dict[str, tuple[Rule, ...]] = {

"Size and sign": (
    rule("size of what is not negative",    absolute(a),                            a,                                  where=a >= 0),
    rule("size of what is not positive",    absolute(a),                            -a,                                 where=a <= 0, falls={a: -1 - x**2}),
    rule("size of the opposite",            absolute(-a),                           absolute(a)),
    rule("even power of the size",          absolute(a)**n,                         a**n,                               where=whole(n/2)),
    rule("size of a product",               absolute(a)*absolute(b),                absolute(a*b)),
    rule("size of a quotient",              absolute(a)/absolute(b),                absolute(a/b)),
    rule("sign of what is positive",        sign(a),                                1,                                  where=a > 0),
    rule("sign of what is negative",        sign(a),                                -1,                                 where=a < 0, falls={a: -1 - x**2}),
    rule("sign of the sign",                sign(sign(a)),                          sign(a)),
    rule("sign of a multiple",              sign(p*a),                              sign(a),                            where=p > 0),
    rule("sign of a negative multiple",     sign(p*a),                              -sign(a),                           where=p < 0),
    rule("sign past a positive factor",     sign(a*b),                              sign(b),                            where=a > 0),
    rule("sign of a reciprocal",            sign(a/b),                              sign(b),                            where=a > 0, gains=ne(b, 0)),
    rule("signs of a product",              sign(a)*sign(b),                        sign(a*b)),
    rule("size times sign",                 absolute(a)*sign(a),                    a),
    rule("number times its sign",           a*sign(a),                              absolute(a)),
    rule("number over its sign",            a/sign(a),                              absolute(a),                        gains=ne(a, 0)),
    rule("size over sign",                  absolute(a)/sign(a),                    a,                                  gains=ne(a, 0)),
    rule("number over its size",            a/absolute(a),                          sign(a),                            gains=ne(a, 0)),
    rule("size over its number",            absolute(a)/a,                          sign(a),                            gains=ne(a, 0)),
    rule("sign of a choice",                where(a > 0, 1, where(a < 0, -1, 0)),   sign(a)),
),

"Whole numbers": (
    rule("floor of an integer",             floor(a),                               a,                                  where=whole(a)),
    rule("ceil of an integer",              ceil(a),                                a,                                  where=whole(a)),
    rule("floor of what lies in [0, 1)",    floor(a),                               0,                                  where=half_open(0, a, 1)),
    rule("ceil of what lies in (0, 1]",     ceil(a),                                1,                                  where=both(a > 0, a <= 1)),
    rule("integer taken out of floor",      floor(a + b),                           floor(a) + b,                       where=whole(b), falls={a: x, b: -floor(x)}),
    rule("integer taken out of ceil",       ceil(a + b),                            ceil(a) + b,                        where=whole(b), falls={a: x, b: -ceil(x)}),
    rule("floor, shifted",                  floor(a + n) - floor(a),                n),
    rule("ceil, shifted",                   ceil(a + n) - ceil(a),                  n),
    rule("number taken out of floor",       floor(a + n) - n,                       floor(a)),
    rule("number taken out of ceil",        ceil(a + n) - n,                        ceil(a)),
    rule("ceil is floor from above",        -ceil(-a),                              floor(a)),
    rule("floor is ceil from below",        -floor(-a),                             ceil(a)),
),

"Larger and smaller": (
    rule("the larger is known",             maximum(a, b),                          a,                                  where=a >= b),
    rule("the smaller is known",            minimum(a, b),                          a,                                  where=a <= b),
    rule("max absorbs min",                 maximum(a, minimum(a, b)),              a),
    rule("min absorbs max",                 minimum(a, maximum(a, b)),              a),
    rule("min taken out of max",            maximum(minimum(a, b), minimum(a, c)),  minimum(a, maximum(b, c))),
    rule("max taken out of min",            minimum(maximum(a, b), maximum(a, c)),  maximum(a, minimum(b, c))),
    rule("larger of opposites",             maximum(a, -a),                         absolute(a)),
    rule("smaller of opposites",            minimum(a, -a),                         -absolute(a)),
    rule("larger of two negatives",         maximum(-a, -b),                        -minimum(a, b)),
    rule("smaller of two negatives",        minimum(-a, -b),                        -maximum(a, b)),
    rule("multiple taken out of max",       maximum(p*a, p*b),                      p*maximum(a, b),                    where=p > 0),
    rule("multiple taken out of min",       minimum(p*a, p*b),                      p*minimum(a, b),                    where=p > 0),
    rule("term taken out of max",           maximum(a + c, b + c),                  maximum(a, b) + c),
    rule("term taken out of min",           minimum(a + c, b + c),                  minimum(a, b) + c),
    rule("factor taken out of max",         maximum(a*c, b*c),                      c*maximum(a, b),                    where=c >= 0),
    rule("factor taken out of min",         minimum(a*c, b*c),                      c*minimum(a, b),                    where=c >= 0),
    rule("larger and smaller, added",       maximum(a, b) + minimum(a, b),          a + b),
    rule("larger times smaller",            maximum(a, b)*minimum(a, b),            a*b),
    rule("larger less smaller",             maximum(a, b) - minimum(a, b),          absolute(a - b)),
    rule("larger, by a choice",             where(a > b, a, b),                     maximum(a, b)),
    rule("larger, by a choice",             where(a >= b, a, b),                    maximum(a, b)),
    rule("smaller, by a choice",            where(a > b, b, a),                     minimum(a, b)),
    rule("smaller, by a choice",            where(a >= b, b, a),                    minimum(a, b)),
    rule("size, by a choice",               where(a > 0, a, -a),                    absolute(a)),
    rule("size, by a choice",               where(a >= 0, a, -a),                   absolute(a)),
    rule("size, by a choice",               where(a < 0, -a, a),                    absolute(a)),
    rule("size, by a choice",               where(a <= 0, -a, a),                   absolute(a)),
),

"relu, softplus, sigmoid": (
    rule("relu of what is not negative",    relu(a),                                a,                                  where=a >= 0),
    rule("relu of what is not positive",    relu(a),                                0,                                  where=a <= 0),
    rule("relus of opposites, subtracted",  relu(a) - relu(-a),                     a),
    rule("relus of opposites, added",       relu(a) + relu(-a),                     absolute(a)),
    rule("relus of opposites, multiplied",  relu(a)*relu(-a),                       0),
    rule("relu of the opposite",            relu(-a) + a,                           relu(a)),
    rule("what relu leaves",                a - relu(a),                            minimum(a, 0)),
    rule("larger of a number and its relu", maximum(a, relu(a)),                    relu(a)),
    rule("smaller of a number and its relu", minimum(a, relu(a)),                   a),
    rule("softplus of opposites",           softplus(a) - softplus(-a),             a),
    rule("softplus of the opposite",        softplus(a) - a,                        softplus(-a)),
    rule("sigmoids of opposites",           sigmoid(a) + sigmoid(-a),               1),
    rule("complement of sigmoid",           1 - sigmoid(a),                         sigmoid(-a)),
    rule("sigmoid times exp",               sigmoid(a)*exp(-a),                     sigmoid(-a)),
    rule("sigmoid over its opposite",       sigmoid(a)/sigmoid(-a),                 exp(a)),
    rule("log of a sigmoid",                log(sigmoid(-a)),                       -softplus(a)),
    rule("log of a sigmoid",                -log(sigmoid(a)),                       softplus(-a)),
),

"Choices": (
    rule("equal branches",                  where(c, a, a),                         a),
    rule("the condition holds",             where(c, a, b),                         a,                                  where=ne(c, 0)),
    rule("the condition does not hold",     where(c, a, b),                         b,                                  where=eq(c, 0)),
    rule("branches exchanged",              where(no(c), a, b),                     where(c, b, a)),
    rule("asked again where it holds",      where(c, where(c, a, b), d),            where(c, a, d)),
    rule("asked again where it does not",   where(c, d, where(c, a, b)),            where(c, d, b)),
    rule("two conditions for one branch",   where(c, where(d, a, b), b),            where(both(c, d), a, b)),
    rule("either condition for one branch", where(c, a, where(d, a, b)),            where(either(c, d), a, b)),
    rule("choice between equals",           where(eq(a, b), a, b),                  b),
    rule("choice between unequals",         where(ne(a, b), a, b),                  a),
    rule("term taken out of a choice",      where(c, a + d, b + d),                 where(c, a, b) + d),
    rule("factor taken out of a choice",    where(c, a*d, b*d),                     where(c, a, b)*d),
    rule("choices added",                   where(c, a, b) + where(c, u, v),        where(c, a + u, b + v)),
    rule("choices subtracted",              where(c, a, b) - where(c, u, v),        where(c, a - u, b - v)),
    rule("choices multiplied",              where(c, a, b)*where(c, u, v),          where(c, a*u, b*v)),
    rule("choices divided",                 where(c, a, b)/where(c, u, v),          where(c, a/u, b/v)),
),

"Comparisons": (
    *[rule("certain",                       r(a, b),                                1,                                  where=r(a, b)) for r in FLIPPED],
    *[rule("impossible",                    r(a, b),                                0,                                  where=DENIED[r](a, b)) for r in FLIPPED],
    *[rule("term on both sides",            r(a + c, b + c),                        r(a, b)) for r in FLIPPED],
    *[rule("difference compared with 0",    r(a - b, 0),                            r(a, b)) for r in FLIPPED],
    *[rule("opposites compared",            r(-a, -b),                              r(b, a)) for r in FLIPPED],
    *[rule("opposite compared",             r(-a, p),                               FLIPPED[r](a, -p),                  falls={p: 0}) for r in FLIPPED],
    *[rule("multiple compared",             r(p*a, q),                              r(a, q/p),                          where=p > 0, falls={p: 2, q: 6}) for r in FLIPPED],
    *[rule("negative multiple compared",    r(p*a, q),                              FLIPPED[r](a, q/p),                 where=p < 0, falls={p: -2, q: 6}) for r in FLIPPED],
    *[rule("multiples compared",            r(p*a, q*b),                            r(a, (q/p)*b),                      where=p > 0, falls={p: 2, q: 6}) for r in FLIPPED],
    *[rule("positive factor",               r(a*c, 0),                              r(a, 0),                            where=c > 0) for r in FLIPPED],
    *[rule("positive factor of both",       r(a*c, b*c),                            r(a, b),                            where=c > 0) for r in FLIPPED],
    *[rule("exponentials compared",         r(exp(a), exp(b)),                      r(a, b)) for r in FLIPPED],
    *[rule("exponential compared with 1",   r(exp(a), 1),                           r(a, 0)) for r in FLIPPED],
    rule("size is 0",                       eq(absolute(a), 0),                     eq(a, 0)),
    rule("size is not 0",                   ne(absolute(a), 0),                     ne(a, 0)),
    rule("size above 0",                    absolute(a) > 0,                        ne(a, 0)),
    rule("size at most 0",                  absolute(a) <= 0,                       eq(a, 0)),
),

"Logic": (  # of three answers: a part without a value decides nothing, and does not harm where the other decides
    *[rule("denied",                        no(r(a, b)),                            DENIED[r](a, b)) for r in FLIPPED],
    rule("denied twice",                    no(no(a)),                              a,                                  where=truth(a)),
    rule("neither",                         both(no(a), no(b)),                     no(either(a, b))),
    rule("not both",                        either(no(a), no(b)),                   no(both(a, b))),
    rule("one always holds",                both(a, b),                             b,                                  where=both(ne(a, 0), truth(b))),
    rule("one never holds",                 both(a, b),                             0,                                  where=eq(a, 0)),
    rule("one always holds",                either(a, b),                           1,                                  where=ne(a, 0)),
    rule("one never holds",                 either(a, b),                           b,                                  where=both(eq(a, 0), truth(b))),
    rule("said twice",                      both(a, a),                             a,                                  where=truth(a)),
    rule("said twice",                      either(a, a),                           a,                                  where=truth(a)),
    rule("or absorbed",                     both(a, either(a, b)),                  a,                                  where=truth(a)),
    rule("and absorbed",                    either(a, both(a, b)),                  a,                                  where=truth(a)),
    rule("contradiction",                   both(a, no(a)),                         0),
    rule("excluded middle",                 either(a, no(a)),                       1),
    rule("the rest of a denial",            both(a, either(b, no(a))),              both(a, b)),
    rule("the rest of a denial",            either(a, both(b, no(a))),              either(a, b)),
    rule("or taken out of and",             both(either(a, b), either(a, c)),       either(a, both(b, c))),
    rule("and taken out of or",             either(both(a, b), both(a, c)),         both(a, either(b, c))),
    *[rule("contradiction",                 both(r(a, b), DENIED[r](a, b)),         0) for r in (lt, le, eq)],
    *[rule("excluded middle",               either(r(a, b), DENIED[r](a, b)),       1) for r in (lt, le, eq)],
    rule("between two equals",              both(a <= b, a >= b),                   eq(a, b)),
    rule("below and above",                 both(a < b, a > b),                     0),
    rule("below or above",                  either(a < b, a > b),                   ne(a, b)),
    rule("below or equal",                  either(a < b, eq(a, b)),                a <= b),
    rule("above or equal",                  either(a > b, eq(a, b)),                a >= b),
    rule("at most, and not equal",          both(a <= b, ne(a, b)),                 a < b),
    rule("at least, and not equal",         both(a >= b, ne(a, b)),                 a > b),
    *[rule("the higher bound",              both(r(a, p), r(a, q)),                 r(a, p),                            where=p >= q) for r in (gt, ge)],
    *[rule("the lower bound",               either(r(a, p), r(a, q)),               r(a, p),                            where=p <= q) for r in (gt, ge)],
    *[rule("the lower bound",               both(r(a, p), r(a, q)),                 r(a, p),                            where=p <= q) for r in (lt, le)],
    *[rule("the higher bound",              either(r(a, p), r(a, q)),               r(a, p),                            where=p >= q) for r in (lt, le)],
    rule("no room between",                 both(a > p, a < q),                     0,                                  where=p >= q),
),

"Roots and logarithms": (
    rule("cube root of a cube",             cbrt(a**3),                             a),
    rule("cube of a cube root",             cbrt(a)**3,                             a),
    rule("odd root of a power",             root(a**n, n),                          a,                                  where=both(n > 0, whole((n + 1)/2))),
    rule("even root of a power",            root(a**n, n),                          absolute(a),                        where=both(n > 0, whole(n/2))),
    rule("power of an odd root",            root(a, n)**n,                          a,                                  where=both(n > 0, whole((n + 1)/2))),
    rule("power of an even root",           root(a, n)**n,                          a,                                  where=both(n > 0, whole(n/2)), gains=a >= 0),
    rule("first root",                      root(a, 1),                             a),
    rule("second root",                     root(a, 2),                             sqrt(a)),
    rule("third root",                      root(a, 3),                             cbrt(a)),
    rule("hypotenuse on an axis",           hypot(a, 0),                            absolute(a)),
    rule("hypotenuse of numbers",           hypot(p, q),                            sqrt(p**2 + q**2),                  falls={p: 3, q: 4}),
    rule("hypotenuse on the circle",        hypot(cos(a), sin(a)),                  1),
    rule("hypotenuse of an opposite",       hypot(-a, b),                           hypot(a, b)),
    rule("hypotenuse of a size",            hypot(absolute(a), b),                  hypot(a, b)),
    rule("factor taken out of hypot",       hypot(a*c, b*c),                        absolute(c)*hypot(a, b)),
    rule("log2 of a power of 2",            log2(lift(2)**a),                       a),
    rule("2 to its logarithm",              lift(2)**log2(a),                       a,                                  gains=a > 0),
    rule("log10 of a power of 10",          log10(lift(10)**a),                     a),
    rule("10 to its logarithm",             lift(10)**log10(a),                     a,                                  gains=a > 0),
    rule("logarithm of a power of the base", logb(b**a, b),                         a,                                  gains=both(b > 0, ne(b, 1))),
    rule("base to its logarithm",           b**logb(a, b),                          a,                                  gains=both(a > 0, b > 0, ne(b, 1))),
    rule("logarithm of the base",           logb(a, a),                             1,                                  gains=both(a > 0, ne(a, 1))),
    rule("logarithm to base e",             logb(a, e()),                           log(a)),
    rule("logarithm to base 2",             logb(a, 2),                             log2(a)),
    rule("logarithm to base 10",            logb(a, 10),                            log10(a)),
    rule("change of base",                  logb(a, b)*log(b),                      log(a),                             gains=both(b > 0, ne(b, 1))),
    rule("logarithms to base 2, added",     log2(a) + log2(b),                      log2(a*b),                          gains=both(a > 0, b > 0)),
    rule("logarithms to base 2, subtracted", log2(a) - log2(b),                     log2(a/b),                          gains=both(a > 0, b > 0)),
    rule("logarithms to base 10, added",    log10(a) + log10(b),                    log10(a*b),                         gains=both(a > 0, b > 0)),
    rule("logarithms to base 10, subtracted", log10(a) - log10(b),                  log10(a/b),                         gains=both(a > 0, b > 0)),
    rule("expm1 undoes log1p",              expm1(log1p(a)),                        a,                                  gains=a > -1),
    rule("log1p undoes expm1",              log1p(expm1(a)),                        a),
    rule("expm1 and 1",                     expm1(a) + 1,                           exp(a)),
    rule("log1p of a number less 1",        log1p(a - 1),                           log(a)),
    rule("exp undoes log1p",                exp(log1p(a)),                          1 + a,                              gains=a > -1, falls={a: x - 1}),
    rule("expm1 of log",                    expm1(log(a)),                          a - 1,                              gains=a > 0, falls={a: x + 1}),
),

"Inverse functions": (
    rule("sin undoes asin",                 sin(asin(a)),                           a,                                  gains=absolute(a) <= 1),
    rule("cos undoes acos",                 cos(acos(a)),                           a,                                  gains=absolute(a) <= 1),
    rule("tan undoes atan",                 tan(atan(a)),                           a),
    rule("cot undoes acot",                 cot(acot(a)),                           a,                                  gains=ne(a, 0)),
    rule("sec undoes asec",                 sec(asec(a)),                           a,                                  gains=absolute(a) >= 1),
    rule("csc undoes acsc",                 csc(acsc(a)),                           a,                                  gains=absolute(a) >= 1),
    rule("sinh undoes asinh",               sinh(asinh(a)),                         a),
    rule("cosh undoes acosh",               cosh(acosh(a)),                         a,                                  gains=a >= 1),
    rule("tanh undoes atanh",               tanh(atanh(a)),                         a,                                  gains=absolute(a) < 1),
    rule("coth undoes acoth",               coth(acoth(a)),                         a,                                  gains=absolute(a) > 1),
    rule("sech undoes asech",               sech(asech(a)),                         a,                                  gains=both(a > 0, a <= 1)),
    rule("csch undoes acsch",               csch(acsch(a)),                         a,                                  gains=ne(a, 0)),
    rule("asinh undoes sinh",               asinh(sinh(a)),                         a),
    rule("acosh undoes cosh, but for the sign", acosh(cosh(a)),                     absolute(a)),
    rule("atanh undoes tanh",               atanh(tanh(a)),                         a),
    rule("acoth undoes coth",               acoth(coth(a)),                         a,                                  gains=ne(a, 0)),
    rule("asech undoes sech, but for the sign", asech(sech(a)),                     absolute(a)),
    rule("acsch undoes csch",               acsch(csch(a)),                         a,                                  gains=ne(a, 0)),
    rule("asin undoes sin in its range",    asin(sin(a)),                           a,                                  where=absolute(a) <= circle/2),
    rule("acos undoes cos in its range",    acos(cos(a)),                           a,                                  where=both(a >= 0, a <= circle)),
    rule("acos undoes cos, but for the sign", acos(cos(a)),                         absolute(a),                        where=absolute(a) <= circle),
    rule("atan undoes tan in its range",    atan(tan(a)),                           a,                                  where=absolute(a) < circle/2),
    rule("asin of a sine, beyond its range", asin(sin(p*circle)),                   (-1)**floor(p + half)*(p - floor(p + half))*circle,     falls={p: lift(7)/13}),
    rule("acos of a cosine, beyond its range", acos(cos(p*circle)),                 absolute(p - 2*floor((p + 1)/2))*circle,                falls={p: lift(20)/13}),
    rule("atan of a tangent, beyond its range", atan(tan(p*circle)),                (p - floor(p + half))*circle,       where=ne(p + half, floor(p + half)), falls={p: lift(7)/13}),
    rule("asin and acos",                   asin(a) + acos(a),                      circle/2,                           gains=absolute(a) <= 1),
    rule("asec and acsc",                   asec(a) + acsc(a),                      circle/2,                           gains=absolute(a) >= 1),
    rule("atan and acot",                   atan(a) + acot(a),                      circle/2,                           where=a > 0),
    rule("atan and acot, below 0",          atan(a) + acot(a),                      -circle/2,                          where=a < 0, falls={a: -1 - x**2}),
    rule("atan of a reciprocal",            atan(a) + atan(1/a),                    circle/2,                           where=a > 0),
    rule("complement of asin",              circle/2 - asin(a),                     acos(a)),
    rule("complement of acos",              circle/2 - acos(a),                     asin(a)),
    rule("complement of atan",              circle/2 - atan(a),                     acot(a),                            where=a > 0),
    rule("acos of opposites",               acos(a) + acos(-a),                     circle,                             gains=absolute(a) <= 1),
    rule("supplement of acos",              circle - acos(a),                       acos(-a)),
    rule("acot of a reciprocal",            acot(1/a),                              atan(a),                            gains=ne(a, 0)),
    rule("asec of a reciprocal",            asec(1/a),                              acos(a),                            gains=ne(a, 0)),
    rule("acsc of a reciprocal",            acsc(1/a),                              asin(a),                            gains=ne(a, 0)),
    rule("acoth of a reciprocal",           acoth(1/a),                             atanh(a),                           gains=ne(a, 0)),
    rule("asech of a reciprocal",           asech(1/a),                             acosh(a)),
    rule("acsch of a reciprocal",           acsch(1/a),                             asinh(a),                           gains=ne(a, 0)),
    rule("angle of the positive axis",      atan2(0, a),                            0,                                  where=a > 0),
    rule("angle of the negative axis",      atan2(0, a),                            circle,                             where=a < 0),
    rule("angle of a diagonal",             atan2(a, a),                            circle/4,                           where=a > 0, falls={a: 1 + x**2}),
    rule("angle of a stretched point",      atan2(a*c, b*c),                        atan2(a, b),                        where=c > 0),
    rule("angle of an angle",               atan2(sin(a), cos(a)),                  a,                                  where=absolute(a) < circle),
),

"Lambert's function": (
    rule("lambertw undoes a exp(a)",        lambertw(a*exp(a)),                     a,                                  where=a >= -1),
    rule("lambertw of a log(a)",            lambertw(a*log(a)),                     log(a),                             where=log(a) >= -1),
    rule("lambertw of e",                   lambertw(e()),                          1),
    rule("definition of lambertw",          lambertw(a)*exp(lambertw(a)),           a,                                  gains=a >= -exp(-1)),
    rule("number over its lambertw",        a/lambertw(a),                          exp(lambertw(a)),                   gains=ne(a, 0)),
    rule("number over exp of its lambertw", a*exp(-lambertw(a)),                    lambertw(a)),
    rule("log of lambertw",                 log(lambertw(a)) + lambertw(a),         log(a)),
),

"Gamma and its kin": (
    rule("gamma, one further",              gamma(a + 1)/gamma(a),                  a,                                  gains=no_pole(a)),
    rule("gamma, one back",                 gamma(a)/gamma(a + 1),                  1/a,                                gains=no_pole(a)),
    rule("gamma, two further",              gamma(a + 2)/gamma(a),                  a*(a + 1),                          gains=no_pole(a)),
    rule("gamma of one half",               gamma(half),                            sqrt(circle)),
    rule("reflection of gamma",             gamma(a)*gamma(1 - a),                  circle/sin(circle*a)),
    rule("factorial from gamma",            a*gamma(a),                             factorial(a),                       gains=ne(a, 0)),
    rule("gamma from factorial",            factorial(a)/a,                         gamma(a)),
    rule("gamma of one less",               factorial(a - 1),                       gamma(a)),
    rule("factorial over gamma",            factorial(a)/gamma(a),                  a,                                  gains=no_pole(a)),
    rule("factorial, one further",          factorial(a)/factorial(a - 1),          a,                                  gains=no_pole(a)),
    rule("factorial, one back",             factorial(a - 1)/factorial(a),          1/a,                                gains=no_pole(a)),
    rule("factorial, by its recurrence",    a*factorial(a - 1),                     factorial(a),                       gains=ne(a, 0)),
    rule("beta from gammas",                gamma(a)*gamma(b)/gamma(a + b),         beta(a, b),                         gains=no_pole(a + b)),
    rule("gammas from beta",                beta(a, b)*gamma(a + b),                gamma(a)*gamma(b),                  gains=no_pole(a + b)),
    rule("beta with 1",                     beta(a, 1),                             1/a,                                gains=no_pole(a), even="a quotient for a special function"),
    rule("beta of halves",                  beta(half, half),                       circle),
    rule("log of gamma",                    log(gamma(a)),                          loggamma(a),                        where=a > 0),
    rule("exp of loggamma",                 exp(loggamma(a)),                       gamma(a),                           gains=a > 0),
    rule("loggamma, one further",           loggamma(a + 1) - loggamma(a),          log(a)),
    rule("loggamma, by its recurrence",     loggamma(a) + log(a),                   loggamma(a + 1)),
    rule("digamma, one further",            digamma(a + 1) - digamma(a),            1/a,                                gains=no_pole(a)),
    rule("digamma, one back",               digamma(a + 1) - 1/a,                   digamma(a)),
    rule("digamma, by its recurrence",      digamma(a) + 1/a,                       digamma(a + 1),                     gains=ne(a, 0)),
    rule("reflection of digamma",           digamma(1 - a) - digamma(a),            circle*cot(circle*a)),
    rule("polygamma of order 0",            polygamma(0, a),                        digamma(a)),
    rule("trigamma, one further",           polygamma(1, a) - polygamma(1, a + 1),  1/a**2,                             gains=no_pole(a)),
    rule("upper gamma of order 1",          uppergamma(1, a),                       exp(-a),                            even="exp for a special function"),
    rule("upper gamma, its recurrence",     uppergamma(a + 1, b) - a*uppergamma(a, b), b**a*exp(-b),                    where=b > 0),
),

"Errors and exponential integrals": (
    rule("erf and erfc",                    erf(a) + erfc(a),                       1),
    rule("complement of erf",               1 - erf(a),                             erfc(a)),
    rule("complement of erf",               1 + erf(a),                             erfc(-a)),
    rule("complement of erfc",              1 - erfc(a),                            erf(a)),
    rule("erfc of opposites",               erfc(a) + erfc(-a),                     2),
    rule("erfc of the opposite",            2 - erfc(a),                            erfc(-a)),
    rule("li of exp",                       li(exp(a)),                             Ei(a)),
    rule("Ei of log",                       Ei(log(a)),                             li(a),                              gains=a > 0),
    rule("Chi and Shi, added",              Chi(a) + Shi(a),                        Ei(a),                              gains=a > 0),
    rule("Chi and Shi, subtracted",         Chi(a) - Shi(a),                        Ei(-a),                             gains=a > 0),
    rule("two exponential integrals",       expint(1, a) + Ei(-a),                  0,                                  gains=a > 0),
    rule("zeta at its trivial zeros",       zeta(n),                                0,                                  where=both(n < 0, whole(n/2))),
),

"Bessel and Airy functions": (
    rule("J of even negative order",        besselj(-n, a),                         besselj(n, a),                      where=whole(n/2)),
    rule("J of odd negative order",         besselj(-n, a),                         -besselj(n, a),                     where=whole((n + 1)/2), even="the order is positive"),
    rule("Y of even negative order",        bessely(-n, a),                         bessely(n, a),                      where=whole(n/2)),
    rule("Y of odd negative order",         bessely(-n, a),                         -bessely(n, a),                     where=whole((n + 1)/2), even="the order is positive"),
    rule("I of negative order",             besseli(-n, a),                         besseli(n, a)),
    rule("K of negative order",             besselk(-b, a),                         besselk(b, a)),
    rule("J of even order is even",         besselj(n, -a),                         besselj(n, a),                      where=whole(n/2)),
    rule("I of even order is even",         besseli(n, -a),                         besseli(n, a),                      where=whole(n/2)),
    rule("recurrence of J",                 besselj(a - 1, b) + besselj(a + 1, b),  2*a*besselj(a, b)/b,                where=ne(b, 0)),
    rule("recurrence of Y",                 bessely(a - 1, b) + bessely(a + 1, b),  2*a*bessely(a, b)/b),
    rule("recurrence of I",                 besseli(a - 1, b) - besseli(a + 1, b),  2*a*besseli(a, b)/b,                where=ne(b, 0)),
    rule("recurrence of K",                 besselk(a + 1, b) - besselk(a - 1, b),  2*a*besselk(a, b)/b),
    rule("Wronskian of J and Y",            besselj(a + 1, b)*bessely(a, b) - besselj(a, b)*bessely(a + 1, b),  2/(circle*b),       gains=b > 0),
    rule("Wronskian of I and K",            besseli(a, b)*besselk(a + 1, b) + besseli(a + 1, b)*besselk(a, b),  1/b,                gains=b > 0),
    rule("Wronskian of Ai and Bi",          airyai(a)*airybiprime(a) - airyaiprime(a)*airybi(a),                1/circle),
),

NAMES: (
    rule("definition of sigmoid",           1/(1 + exp(a)),                         sigmoid(-a)),
    rule("definition of sigmoid",           exp(a)/(1 + exp(a)),                    sigmoid(a)),
    rule("definition of softplus",          log(1 + exp(a)),                        softplus(a)),
    rule("definition of softplus",          log1p(exp(a)),                          softplus(a)),
    rule("definition of relu",              maximum(a, 0),                          relu(a)),
    rule("definition of factorial",         gamma(a + 1),                           factorial(a)),
    rule("definition of log2",              log(a)/log(2),                          log2(a)),
    rule("definition of log10",             log(a)/log(10),                         log10(a)),
    rule("definition of a logarithm",       log(a)/log(b),                          logb(a, b)),
),

}

REFUSED: tuple[Refused, ...] = (
    refused("size of a number",             absolute(a),                            a,                                  {a: -1}),
    refused("square of the sign",           sign(a)**2,                             1,                                  {a: 0}),
    refused("sign, by a choice of two",     where(a > 0, 1, -1),                    sign(a),                            {a: 0}),
    refused("sign of a sum",                sign(a + b),                            sign(a) + sign(b),                  {a: 1, b: 1}),
    refused("floor of the opposite",        floor(-a),                              -floor(a),                          {a: HALF}),
    refused("floor of a sum",               floor(a + b),                           floor(a) + floor(b),                {a: HALF, b: HALF}),
    refused("factor taken out of floor",    floor(2*a),                             2*floor(a),                         {a: HALF}),
    refused("factor taken out of max",      maximum(a*c, b*c),                      c*maximum(a, b),                    {a: 1, b: 0, c: -1}),
    refused("min of a number and its relu", minimum(a, relu(a)),                    relu(a),                            {a: -1}),
    refused("relu of a product",            relu(a*b),                              relu(a)*relu(b),                    {a: -1, b: -1}),
    refused("both branches at once",        where(a > 0, log(a), 0),                where(a > 0, 1, 0)*log(a),          {a: -1}),
    refused("term taken out of one branch", where(a > 0, b + log(a), b),            b + log(a)*(a > 0),                 {a: -1, b: 1}),
    refused("denied twice",                 no(no(a)),                              a,                                  {a: 2}),
    refused("said twice",                   both(a, a),                             a,                                  {a: 2}),
    refused("two lower bounds",             both(a > 0, a > log(b)),                a > maximum(0, log(b)),             {a: -1, b: -1}),
    refused("negative factor compared",     a*c < b*c,                              a < b,                              {a: 1, b: 0, c: -1}),
    refused("cleared denominator",          a/c < b,                                a < b*c,                            {a: 1, b: 0, c: -1}),
    refused("squares compared",             a**2 < b**2,                            a < b,                              {a: 0, b: -1}),
    refused("even root of a power",         root(a**n, n),                          a,                                  {a: -1, n: 2}),
    refused("sixth root of a square",       root(a**2, 6),                          cbrt(a),                            {a: -1}),
    refused("factor taken out of hypot",    hypot(a*c, b*c),                        c*hypot(a, b),                      {a: 1, b: 1, c: -1}),
    refused("log2 of a product",            log2(a*b),                              log2(a) + log2(b),                  {a: -1, b: -1}),
    refused("log10 of a square",            log10(a**2),                            2*log10(a),                         {a: -1}),
    refused("asin undoes sin",              asin(sin(a)),                           a,                                  {a: 3}),
    refused("acos undoes cos",              acos(cos(a)),                           a,                                  {a: -1}),
    refused("atan undoes tan",              atan(tan(a)),                           a,                                  {a: 3}),
    refused("acosh undoes cosh",            acosh(cosh(a)),                         a,                                  {a: -1}),
    refused("asech undoes sech",            asech(sech(a)),                         a,                                  {a: -1}),
    refused("atan and acot",                atan(a) + acot(a),                      circle/2,                           {a: -1}),
    refused("atan of a reciprocal",         atan(a) + atan(1/a),                    circle/2,                           {a: -1}),
    refused("complement of atan",           circle/2 - atan(a),                     acot(a),                            {a: 0}),
    refused("tangent of an angle",          tan(atan2(a, b)),                       a/b,                                {a: 0, b: 0}),
    refused("angle by atan",                atan2(a, b),                            atan(a/b),                          {a: 0, b: -1}),
    refused("angle of an angle",            atan2(sin(a), cos(a)),                  a,                                  {a: 4}),
    refused("lambertw undoes a exp(a)",     lambertw(a*exp(a)),                     a,                                  {a: -2}),
    refused("lambertw of a log(a)",         lambertw(a*log(a)),                     log(a),                             {a: HALF/5}),
    refused("log of gamma",                 log(gamma(a)),                          loggamma(a),                        {a: -3*HALF}),
    refused("gamma, by its recurrence",     gamma(a + 1),                           a*gamma(a),                         {a: 0}),
    refused("factorial, by its recurrence", factorial(a),                           a*factorial(a - 1),                 {a: 0}),
    refused("digamma, by its recurrence",   digamma(a + 1),                         digamma(a) + 1/a,                   {a: 0}),
    refused("recurrence of J",              besselj(a - 1, b) + besselj(a + 1, b),  2*a*besselj(a, b)/b,                {a: 1, b: 0}),
    refused("J of negative order",          besselj(-n, a),                         besselj(n, a),                      {a: 1, n: 1}),
    refused("Ei as a sum",                  Ei(a),                                  Chi(a) + Shi(a),                    {a: -1}),
)
# fmt: on
