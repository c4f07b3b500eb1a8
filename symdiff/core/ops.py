"""THE TABLE: everything about every operation, once.

A row is `op(name, arity, value, partials, ...)`. Its columns:

    name        unique; what JSON and pickles call it
    call        how it is written in a call, where that is not the name (`log(x, b)` is the row logb)
    aliases     other names the parser reads
    value       floats to float; raises ValueError, ZeroDivisionError or OverflowError where there is none; None: through `ball`
    exact       exact numbers to an exact number, or None where only a float will do
    ball        python-flint balls to a ball (arb)
    ufunc       NumPy's name of it
    partials    one function of the arguments for each argument: the partial derivative; None where no formula exists
    domain      the condition under which it is defined, as a function of the arguments; None: everywhere
    smooth      the condition under which it is differentiable, where that is less than the domain
    sample      a range for each argument, from which tests draw
    form        how it is printed: infix, prefix, power, fraction, relation, logic, call, fence, root, constant, cases
    precedence  how tightly it binds when printed, 0 for the loosest; a call binds tightest
    latex, unicode, mathml    its sign or name there, where that is not the default for its form; or a pattern, in which %1 is the
                first argument, @1 the same in brackets unless it is a single thing; arguments not named follow in brackets
    associative, commutative, identity, parity    algebraic laws; parity is "odd" or "even"
    rule        the name of its differentiation rule, for explanations
    sympy       what SymPy calls it, where that is not the name; its definition by other rows, where SymPy writes it so; "" for none
    c, python, numpy, javascript, sql    what languages call it: a name, or a pattern as above; `core.languages` has them
    doc, example    one line, and a formula that parses
    group       the heading it stands under, from the `group("...")` before it

Adding a function is one row here and nothing anywhere else; `operation()` is the same for users. The order is that of a
handbook (Abramowitz and Stegun; the derivatives follow DLMF, https://dlmf.nist.gov, chapters 4 to 11 and 25).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from symdiff.core.exact import (
    Exact,
    exact_factorial,
    exact_logarithm,
    exact_power,
    exact_quotient,
    exact_root,
)
from symdiff.core.expr import App, Expr, Num, Op, lift
from symdiff.core.values import (
    arccsc_value,
    arcoth_value,
    arcsch_value,
    arcsec_value,
    arsech_value,
    coth_value,
    csch_value,
    real_angle,
    real_cbrt,
    real_power,
    real_root,
    sech_value,
    sigmoid_value,
    sign_value,
)
from symdiff.errors import DerivativeError

TABLE: dict[str, Op] = {}
READ: dict[str, dict[int, Op]] = {}  # how a call is read: by its name, then by the number of its arguments
GROUPS: list[str] = []  # headings of the table, in the order of the page

ZERO, ONE, TWO, MINUS_ONE = Num(0), Num(1), Num(2), Num(-1)
HELD = [Num(n) for n in range(-64, 257)]  # small integers are made all the time: never let them die

ATOM = 9
ANY, POSITIVE, OPEN, ABOVE, SMALL = (-3.0, 3.0), (0.1, 4.0), (-0.95, 0.95), (1.1, 4.0), (0.1, 0.9)


def op(
    name: str,
    arity: int,
    value: Callable[..., Any] | None,
    partials: Sequence[Callable[..., Any] | None],
    **columns: Any,
) -> Op:
    """One row of the table."""
    columns.setdefault("form", "call")
    columns.setdefault("precedence", ATOM)
    columns.setdefault("call", name)
    columns.setdefault("sample", (ANY,) * arity)
    columns.setdefault("rule", f"derivative of {columns['call']}")
    columns.setdefault("example", f"{columns['call']}({', '.join('xyz'[:arity])})")
    columns.setdefault("aliases", ())
    columns.setdefault("group", GROUPS[-1])
    row = Op(name, arity, value=value, partials=tuple(partials), **columns)
    TABLE[name] = row
    if row.form not in ("infix", "prefix", "power", "fraction", "relation", "logic"):
        for spelling in (row.call, *row.aliases):
            READ.setdefault(spelling, {})[arity] = row
    return row


def group(title: str) -> None:
    """A heading: the rows that follow belong to it."""
    GROUPS.append(title)


def known(values: dict[int, int]) -> Callable[..., Exact | None]:
    """The `exact` column of a function with a few exact values."""
    return lambda u: values.get(u)


# --------------------------------------------------------------------------------------------------------- the rows
#
# The names below are the operations: `sin(x)` makes a node. A partial is written as the handbook writes it.
# The derivative of a branch is the branch of the derivatives: max, min, where and relu say so with `where`, and the engine
# never multiplies what stands in a branch not taken.

# fmt: off

group("Arithmetic")  # associative operations are binary; more arguments are folded from the left
add  = op("+",   2, operator.add,     [lambda u, v: ONE,  lambda u, v: ONE],                    exact=operator.add, ball=operator.add, form="infix", precedence=4, associative=True, commutative=True, identity=0, ufunc="add", sympy="Add", rule="sum rule", doc="sum", example="x + y")
sub  = op("-",   2, operator.sub,     [lambda u, v: ONE,  lambda u, v: MINUS_ONE],              exact=operator.sub, ball=operator.sub, form="infix", precedence=4, ufunc="subtract", sympy=lambda u, v: u + MINUS_ONE*v, rule="difference rule", unicode="−", mathml="−", doc="difference", example="x - y")
mul  = op("*",   2, operator.mul,     [lambda u, v: v,    lambda u, v: u],                      exact=operator.mul, ball=operator.mul, form="infix", precedence=5, associative=True, commutative=True, identity=1, ufunc="multiply", sympy="Mul", rule="product rule", latex=r"\cdot", unicode="·", doc="product", example="x*y")
div  = op("/",   2, operator.truediv, [lambda u, v: over(ONE, v), lambda u, v: minus_quotient(u, v)], exact=exact_quotient, ball=operator.truediv, form="fraction", precedence=5, domain=lambda u, v: ne(v, 0), ufunc="divide", sympy=lambda u, v: u*v**MINUS_ONE, rule="quotient rule", latex=r"\frac{%1}{%2}", mathml="<mfrac>%1%2</mfrac>", doc="quotient", example="x/y", sample=(ANY, POSITIVE))
pow  = op("^",   2, real_power,       [lambda u, n: slope_of_power(u, n), lambda u, n: u**n*log(u)], exact=exact_power, ball="power", form="power", precedence=8, domain=lambda u, n: u > 0, ufunc="power", sympy="Pow", rule="power rule", doc="power; 0^0 is 1, a negative base needs an integer exponent", example="x^2", sample=(POSITIVE, ANY))
neg  = op("neg", 1, operator.neg,     [lambda u: MINUS_ONE],                                    exact=operator.neg, ball=operator.neg, form="prefix", precedence=6, parity="odd", ufunc="negative", sympy=lambda u: MINUS_ONE*u, rule="constant multiple rule", unicode="−", doc="the opposite", example="-x")

group("Constants")
pi   = op("pi", 0, lambda: math.pi, [], form="constant", latex=r"\pi", unicode="π", mathml="π", sympy="pi", doc="the circle constant 3.14159...", example="pi", ball="pi")
e    = op("e",  0, lambda: math.e,  [], form="constant", latex="e",    unicode="e", mathml="e", sympy="E",  doc="Euler's number 2.71828...",     example="e",  ball="e")

group("Roots, exponentials, logarithms")
sqrt  = op("sqrt",  1, math.sqrt,  [lambda u: 1/(2*sqrt(u))],     exact=lambda u: exact_root(u, 2), ball=lambda u: u.sqrt(), domain=lambda u: u >= 0, smooth=lambda u: u > 0, sample=(POSITIVE,), form="root", ufunc="sqrt", unicode="√@1", latex=r"\sqrt{%1}", mathml="<msqrt>%1</msqrt>", doc="square root")
cbrt  = op("cbrt",  1, real_cbrt,  [lambda u: 1/(3*cbrt(u)**2)],  exact=lambda u: exact_root(u, 3), smooth=lambda u: ne(u, 0), form="root", parity="odd", ufunc="cbrt", sympy=lambda u: root(u, 3), ball="cbrt", unicode="∛@1", latex=r"\sqrt[3]{%1}", mathml="<mroot>%1<mn>3</mn></mroot>", doc="real cube root, of negative numbers too")
root  = op("root",  2, real_root,  [lambda u, n: 1/(n*root(u, n)**(n - 1)) if n is not TWO else 1/(2*root(u, n)), lambda u, n: -root(u, n)*log(u)/n**2], exact=exact_root, domain=lambda u, n: both(u > 0, ne(n, 0)), sample=(POSITIVE, (1.2, 4.0)), form="root", sympy="real_root", ball="root", latex=r"\sqrt[{%2}]{%1}", mathml="<mroot>%1%2</mroot>", doc="real n-th root; a negative number has one where n is odd", example="root(x, 3)")
exp   = op("exp",   1, math.exp,   [lambda u: exp(u)],            exact=known({0: 1}), ball=lambda u: u.exp(),   ufunc="exp", latex="e^{%1}", mathml="<msup><mi>e</mi>%1</msup>",   doc="exponential, e to the power")
log   = op("log",   1, math.log,   [lambda u: 1/u],               exact=known({1: 0}), ball=lambda u: u.log(),   ufunc="log",   domain=lambda u: u > 0, sample=(POSITIVE,), aliases=("ln",), latex=r"\log", doc="natural logarithm, also ln")
log2  = op("log2",  1, math.log2,  [lambda u: 1/(u*log(2))],      exact=lambda u: exact_logarithm(u, 2), ball=lambda u: u.log()/(u*0 + 2).log(), ufunc="log2",  domain=lambda u: u > 0, sample=(POSITIVE,), latex=r"\log_{2}", sympy=lambda u: log(u)/log(2), mathml="<msub><mi>log</mi><mn>2</mn></msub>", doc="logarithm to base 2")
log10 = op("log10", 1, math.log10, [lambda u: 1/(u*log(10))],     exact=lambda u: exact_logarithm(u, 10), ball=lambda u: u.log()/(u*0 + 10).log(), ufunc="log10", domain=lambda u: u > 0, sample=(POSITIVE,), latex=r"\log_{10}", aliases=("lg",), sympy=lambda u: log(u)/log(10), mathml="<msub><mi>log</mi><mn>10</mn></msub>", doc="logarithm to base 10")
logb  = op("logb",  2, math.log,   [lambda u, b: 1/(u*log(b)), lambda u, b: -log(u)/(b*log(b)**2)], call="log", aliases=("ln",), exact=exact_logarithm, ball=lambda u, b: u.log()/b.log(), domain=lambda u, b: both(u > 0, b > 0, ne(b, 1)), sample=(POSITIVE, ABOVE), sympy=lambda u, b: log(u)/log(b), latex=r"\log_{%2}", mathml="<msub><mi>log</mi>%2</msub>", doc="logarithm to base b", example="log(x, 3)")
expm1 = op("expm1", 1, math.expm1, [lambda u: exp(u)],            exact=known({0: 0}), ball=lambda u: u.expm1(), ufunc="expm1", sympy=lambda u: exp(u) - 1, latex=r"\operatorname{expm1}", doc="exp(x) - 1 without cancellation near 0")
log1p = op("log1p", 1, math.log1p, [lambda u: 1/(1 + u)],         exact=known({0: 0}), ball=lambda u: u.log1p(), ufunc="log1p", domain=lambda u: u > -1, sample=(POSITIVE,), sympy=lambda u: log(1 + u), latex=r"\operatorname{log1p}", doc="log(1 + x) without cancellation near 0")

group("Corners and steps")
absolute = op("abs",   1, abs,        [lambda u: sign(u)], exact=abs,        ball=abs,  ufunc="absolute", smooth=lambda u: ne(u, 0), form="fence", latex=r"\left|%1\right|", unicode="|%1|", mathml="<mrow><mo>|</mo>%1<mo>|</mo></mrow>", parity="even", sympy="Abs", doc="absolute value")
sign     = op("sign",  1, sign_value, [lambda u: ZERO],    exact=sign_value, ball=lambda u: u.sgn(), ufunc="sign", smooth=lambda u: ne(u, 0), latex=r"\operatorname{sign}", parity="odd", aliases=("sgn",), doc="-1, 0 or 1")
floor    = op("floor", 1, math.floor, [lambda u: ZERO],    exact=math.floor, ball=lambda u: u.floor(), ufunc="floor", smooth=lambda u: ne(u, floor(u)), form="fence", latex=r"\left\lfloor %1 \right\rfloor", unicode="⌊%1⌋", mathml="<mrow><mo>⌊</mo>%1<mo>⌋</mo></mrow>", doc="largest integer not above")
ceil     = op("ceil",  1, math.ceil,  [lambda u: ZERO],    exact=math.ceil,  ball=lambda u: u.ceil(), ufunc="ceil", smooth=lambda u: ne(u, ceil(u)), form="fence", latex=r"\left\lceil %1 \right\rceil", unicode="⌈%1⌉", mathml="<mrow><mo>⌈</mo>%1<mo>⌉</mo></mrow>", aliases=("ceiling",), sympy="ceiling", doc="smallest integer not below")
minimum  = op("min",   2, min,        [lambda u, v: where(u <= v, ONE, ZERO), lambda u, v: where(u <= v, ZERO, ONE)], exact=min, ball=lambda u, v: u.min(v), ufunc="minimum", smooth=lambda u, v: ne(u, v), associative=True, commutative=True, latex=r"\min", sympy="Min", doc="the smaller")
maximum  = op("max",   2, max,        [lambda u, v: where(u >= v, ONE, ZERO), lambda u, v: where(u >= v, ZERO, ONE)], exact=max, ball=lambda u, v: u.max(v), ufunc="maximum", smooth=lambda u, v: ne(u, v), associative=True, commutative=True, latex=r"\max", sympy="Max", doc="the larger")

group("Trigonometric")
sin  = op("sin", 1, math.sin, [lambda u: cos(u)],          exact=known({0: 0}), ball=lambda u: u.sin(), ufunc="sin", parity="odd",  latex=r"\sin", doc="sine of an angle in radians")
cos  = op("cos", 1, math.cos, [lambda u: -sin(u)],         exact=known({0: 1}), ball=lambda u: u.cos(), ufunc="cos", parity="even", latex=r"\cos", doc="cosine")
tan  = op("tan", 1, math.tan, [lambda u: 1 + tan(u)**2],   exact=known({0: 0}), ball=lambda u: u.tan(), ufunc="tan", parity="odd",  latex=r"\tan", domain=lambda u: ne(cos(u), 0), sample=((-1.4, 1.4),), doc="tangent, sin/cos")
cot  = op("cot", 1, lambda u: 1/math.tan(u), [lambda u: -(1 + cot(u)**2)],   ball=lambda u: u.cot(), parity="odd",  latex=r"\cot", domain=lambda u: ne(sin(u), 0), sample=((0.2, 2.9),), doc="cotangent, cos/sin")
sec  = op("sec", 1, lambda u: 1/math.cos(u), [lambda u: sec(u)*tan(u)],      exact=known({0: 1}), ball=lambda u: u.sec(), parity="even", latex=r"\sec", domain=lambda u: ne(cos(u), 0), sample=((-1.4, 1.4),), doc="secant, 1/cos")
csc  = op("csc", 1, lambda u: 1/math.sin(u), [lambda u: -csc(u)*cot(u)],     ball=lambda u: u.csc(), parity="odd",  latex=r"\csc", domain=lambda u: ne(sin(u), 0), sample=((0.2, 2.9),), aliases=("cosec",), doc="cosecant, 1/sin")
asin = op("asin", 1, math.asin, [lambda u: 1/sqrt(1 - u**2)],  exact=known({0: 0}), ball=lambda u: u.asin(), ufunc="arcsin", parity="odd", latex=r"\arcsin", domain=lambda u: absolute(u) <= 1, smooth=lambda u: absolute(u) < 1, sample=(OPEN,), aliases=("arcsin",), doc="angle in [-pi/2, pi/2] with this sine")
acos = op("acos", 1, math.acos, [lambda u: -1/sqrt(1 - u**2)], exact=known({1: 0}), ball=lambda u: u.acos(), ufunc="arccos", latex=r"\arccos", domain=lambda u: absolute(u) <= 1, smooth=lambda u: absolute(u) < 1, sample=(OPEN,), aliases=("arccos",), doc="angle in [0, pi] with this cosine")
atan = op("atan", 1, math.atan, [lambda u: 1/(1 + u**2)],      exact=known({0: 0}), ball=lambda u: u.atan(), ufunc="arctan", parity="odd", latex=r"\arctan", aliases=("arctan",), doc="angle in (-pi/2, pi/2) with this tangent")
acot = op("acot", 1, lambda u: math.atan(1/u), [lambda u: -1/(1 + u**2)], ball=lambda u: (1/u).atan(), parity="odd", latex=r"\operatorname{arccot}", domain=lambda u: ne(u, 0), sample=(POSITIVE,), aliases=("arccot",), doc="atan(1/x)")
asec = op("asec", 1, arcsec_value, [lambda u: 1/(absolute(u)*sqrt(u**2 - 1))],  exact=known({1: 0}), ball=lambda u: (1/u).acos(), latex=r"\operatorname{arcsec}", domain=lambda u: absolute(u) >= 1, smooth=lambda u: absolute(u) > 1, sample=(ABOVE,), aliases=("arcsec",), doc="acos(1/x)")
acsc = op("acsc", 1, arccsc_value, [lambda u: -1/(absolute(u)*sqrt(u**2 - 1))], ball=lambda u: (1/u).asin(), parity="odd", latex=r"\operatorname{arccsc}", domain=lambda u: absolute(u) >= 1, smooth=lambda u: absolute(u) > 1, sample=(ABOVE,), aliases=("arccsc",), doc="asin(1/x)")
atan2 = op("atan2", 2, real_angle, [lambda y, x: x/(x**2 + y**2), lambda y, x: -y/(x**2 + y**2)], ball=lambda y, x: type(y).atan2(y, x), ufunc="arctan2", smooth=lambda y, x: ne(y, 0), sample=(POSITIVE, POSITIVE), aliases=("arctan2",), latex=r"\operatorname{atan2}", doc="angle of the point (x, y), written atan2(y, x)", example="atan2(y, x)")

group("Hyperbolic")
sinh  = op("sinh", 1, math.sinh, [lambda u: cosh(u)],        exact=known({0: 0}), ball=lambda u: u.sinh(), ufunc="sinh", parity="odd",  latex=r"\sinh", doc="hyperbolic sine")
cosh  = op("cosh", 1, math.cosh, [lambda u: sinh(u)],        exact=known({0: 1}), ball=lambda u: u.cosh(), ufunc="cosh", parity="even", latex=r"\cosh", doc="hyperbolic cosine")
tanh  = op("tanh", 1, math.tanh, [lambda u: 1 - tanh(u)**2], exact=known({0: 0}), ball=lambda u: u.tanh(), ufunc="tanh", parity="odd",  latex=r"\tanh", doc="hyperbolic tangent")
coth  = op("coth", 1, coth_value, [lambda u: 1 - coth(u)**2],       ball=lambda u: u.coth(), parity="odd",  latex=r"\coth", domain=lambda u: ne(u, 0), sample=(POSITIVE,), doc="hyperbolic cotangent")
sech  = op("sech", 1, sech_value, [lambda u: -sech(u)*tanh(u)], exact=known({0: 1}), ball=lambda u: u.sech(), parity="even", latex=r"\operatorname{sech}", doc="hyperbolic secant")
csch  = op("csch", 1, csch_value, [lambda u: -csch(u)*coth(u)],  ball=lambda u: u.csch(), parity="odd",  latex=r"\operatorname{csch}", domain=lambda u: ne(u, 0), sample=(POSITIVE,), doc="hyperbolic cosecant")
asinh = op("asinh", 1, math.asinh, [lambda u: 1/sqrt(u**2 + 1)],   exact=known({0: 0}), ball=lambda u: u.asinh(), ufunc="arcsinh", parity="odd", latex=r"\operatorname{arsinh}", aliases=("arcsinh", "arsinh"), doc="inverse of sinh")
acosh = op("acosh", 1, math.acosh, [lambda u: 1/(sqrt(u - 1)*sqrt(u + 1))], exact=known({1: 0}), ball=lambda u: u.acosh(), ufunc="arccosh", latex=r"\operatorname{arcosh}", domain=lambda u: u >= 1, smooth=lambda u: u > 1, sample=(ABOVE,), aliases=("arccosh", "arcosh"), doc="inverse of cosh, not negative")
atanh = op("atanh", 1, math.atanh, [lambda u: 1/(1 - u**2)],       exact=known({0: 0}), ball=lambda u: u.atanh(), ufunc="arctanh", parity="odd", latex=r"\operatorname{artanh}", domain=lambda u: absolute(u) < 1, sample=(OPEN,), aliases=("arctanh", "artanh"), doc="inverse of tanh")
acoth = op("acoth", 1, arcoth_value, [lambda u: 1/(1 - u**2)], ball=lambda u: (1/u).atanh(), parity="odd", latex=r"\operatorname{arcoth}", domain=lambda u: absolute(u) > 1, sample=(ABOVE,), aliases=("arccoth", "arcoth"), doc="atanh(1/x)")
asech = op("asech", 1, arsech_value, [lambda u: -1/(u*sqrt(1 - u**2))], exact=known({1: 0}), ball=lambda u: (1/u).acosh(), latex=r"\operatorname{arsech}", domain=lambda u: both(u > 0, u <= 1), smooth=lambda u: both(u > 0, u < 1), sample=(SMALL,), aliases=("arcsech", "arsech"), doc="acosh(1/x)")
acsch = op("acsch", 1, arcsch_value, [lambda u: -1/(absolute(u)*sqrt(u**2 + 1))], ball=lambda u: (1/u).asinh(), parity="odd", latex=r"\operatorname{arcsch}", domain=lambda u: ne(u, 0), sample=(POSITIVE,), aliases=("arccsch", "arcsch"), doc="asinh(1/x)")

group("Of machine learning and geometry")
hypot    = op("hypot",    2, math.hypot,     [lambda u, v: u/hypot(u, v), lambda u, v: v/hypot(u, v)], ball=lambda u, v: (u*u + v*v).sqrt(), ufunc="hypot", smooth=lambda u, v: either(ne(u, 0), ne(v, 0)), commutative=True, latex=r"\operatorname{hypot}", sympy=lambda u, v: sqrt(u**2 + v**2), doc="sqrt(x^2 + y^2)")
sigmoid  = op("sigmoid",  1, sigmoid_value,  [lambda u: sigmoid(u)*(1 - sigmoid(u))], ball=lambda u: 1/(1 + (-u).exp()), latex=r"\operatorname{sigmoid}", aliases=("logistic",), sympy=lambda u: 1/(1 + exp(-u)), doc="1/(1 + exp(-x))")
relu     = op("relu",     1, lambda u: max(u, 0), [lambda u: where(u > 0, ONE, ZERO)], exact=lambda u: max(u, 0), ball=lambda u: u.max(u*0), smooth=lambda u: ne(u, 0), latex=r"\operatorname{relu}", sympy=lambda u: maximum(u, 0), doc="max(x, 0)")
softplus = op("softplus", 1, lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))), [lambda u: sigmoid(u)], ball=lambda u: (1 + u.exp()).log(), latex=r"\operatorname{softplus}", sympy=lambda u: log(1 + exp(u)), doc="log(1 + exp(x)), a smooth relu")

group("Conditions and choice")  # of the branches, only the one taken is ever evaluated
where = op("where", 3, None, [lambda c, u, v: ZERO, lambda c, u, v: where(c, ONE, ZERO), lambda c, u, v: where(c, ZERO, ONE)], form="cases", ufunc="where", sympy="Piecewise", rule="branch by branch", latex=r"\begin{cases} %2 & \text{if } %1 \\ %3 & \text{otherwise} \end{cases}", mathml='<mrow><mo>{</mo><mtable><mtr><mtd>%2</mtd><mtd><mtext>if&#xA0;</mtext>%1</mtd></mtr><mtr><mtd>%3</mtd><mtd><mtext>otherwise</mtext></mtd></mtr></mtable></mrow>', doc="the second where the first holds, else the third", example="where(x > 0, x, 0)")
lt   = op("<",  2, operator.lt, [lambda u, v: ZERO, lambda u, v: ZERO], exact=operator.lt, form="relation", precedence=3, ufunc="less",          latex="<",     unicode="<", mathml="&lt;", sympy="Lt", doc="less than",    example="x < y")
le   = op("<=", 2, operator.le, [lambda u, v: ZERO, lambda u, v: ZERO], exact=operator.le, form="relation", precedence=3, ufunc="less_equal",    latex=r"\leq", unicode="≤", mathml="≤",    sympy="Le", doc="at most",      example="x <= y")
gt   = op(">",  2, operator.gt, [lambda u, v: ZERO, lambda u, v: ZERO], exact=operator.gt, form="relation", precedence=3, ufunc="greater",       latex=">",     unicode=">", mathml="&gt;", sympy="Gt", doc="greater than", example="x > y")
ge   = op(">=", 2, operator.ge, [lambda u, v: ZERO, lambda u, v: ZERO], exact=operator.ge, form="relation", precedence=3, ufunc="greater_equal", latex=r"\geq", unicode="≥", mathml="≥",    sympy="Ge", doc="at least",     example="x >= y")
eq   = op("==", 2, operator.eq, [lambda u, v: ZERO, lambda u, v: ZERO], exact=operator.eq, form="relation", precedence=3, ufunc="equal",         latex="=",     mathml="=",    sympy="Eq", doc="equal to",     example="x == y")
ne   = op("!=", 2, operator.ne, [lambda u, v: ZERO, lambda u, v: ZERO], exact=operator.ne, form="relation", precedence=3, ufunc="not_equal",     latex=r"\neq", unicode="≠", mathml="≠",    sympy="Ne", doc="not equal to", example="x != y")
both   = op("and", 2, lambda u, v: bool(u and v), [lambda u, v: ZERO, lambda u, v: ZERO], exact=lambda u, v: bool(u and v), form="logic", precedence=1, associative=True, commutative=True, identity=1, ufunc="logical_and", latex=r"\wedge", unicode="∧", mathml="∧", sympy="And", doc="both hold",        example="x > 0 and x < 1")
either = op("or",  2, lambda u, v: bool(u or v),  [lambda u, v: ZERO, lambda u, v: ZERO], exact=lambda u, v: bool(u or v),  form="logic", precedence=0, associative=True, commutative=True, identity=0, ufunc="logical_or",  latex=r"\vee",  unicode="∨", mathml="∨", sympy="Or",  doc="at least one holds", example="x < 0 or x > 1")
no     = op("not", 1, operator.not_,              [lambda u: ZERO],                       exact=operator.not_,              form="logic", precedence=2, ufunc="logical_not", latex=r"\neg", unicode="¬", mathml="¬", sympy="Not", doc="does not hold", example="not x > 0")

group("Special functions")  # values by python-flint, to full double precision
erf        = op("erf",       1, None, [lambda u: 2/sqrt(pi())*exp(-u**2)],  exact=known({0: 0}), ball=lambda u: u.erf(),  parity="odd", latex=r"\operatorname{erf}",  doc="error function")
erfc       = op("erfc",      1, None, [lambda u: -2/sqrt(pi())*exp(-u**2)], exact=known({0: 1}), ball=lambda u: u.erfc(), latex=r"\operatorname{erfc}", doc="1 - erf(x)")
erfi       = op("erfi",      1, None, [lambda u: 2/sqrt(pi())*exp(u**2)],   exact=known({0: 0}), ball="erfi", parity="odd", latex=r"\operatorname{erfi}", doc="imaginary error function, -i erf(ix)")
gamma      = op("gamma",     1, None, [lambda u: gamma(u)*digamma(u)],      exact=lambda u: None if u.__class__ is not int or u <= 0 else exact_factorial(u - 1), ball=lambda u: u.gamma(), latex=r"\Gamma", domain=lambda u: either(u > 0, ne(u, floor(u))), sample=(POSITIVE,), doc="gamma function, (x - 1)!")
loggamma   = op("loggamma",  1, None, [lambda u: digamma(u)],               exact=known({1: 0, 2: 0}), ball=lambda u: u.lgamma(), latex=r"\operatorname{log\Gamma}", domain=lambda u: u > 0, sample=(POSITIVE,), aliases=("lgamma",), mathml="logΓ", doc="logarithm of gamma")
digamma    = op("digamma",   1, None, [lambda u: polygamma(1, u)],          ball=lambda u: u.digamma(), latex=r"\psi", domain=lambda u: either(u > 0, ne(u, floor(u))), sample=(POSITIVE,), doc="derivative of loggamma")
polygamma  = op("polygamma", 2, None, [None, lambda n, u: polygamma(n + 1 if n.__class__ is not Num else Num(n.value + 1), u)], ball="polygamma", latex=r"\psi^{\left(%1\right)}", domain=lambda n, u: both(n >= 0, eq(n, floor(n)), either(u > 0, ne(u, floor(u)))), sample=((0, 3), POSITIVE), mathml="<msup><mi>ψ</mi><mrow><mo>(</mo>%1<mo>)</mo></mrow></msup>", doc="n-th derivative of digamma", example="polygamma(1, x)")
factorial  = op("factorial", 1, None, [lambda u: gamma(u + 1)*digamma(u + 1)], exact=exact_factorial, ball=lambda u: (u + 1).gamma(), latex="@1!", unicode="@1!", domain=lambda u: either(u > -1, ne(u, floor(u))), sample=(POSITIVE,), mathml="<mrow>@1<mo>!</mo></mrow>", doc="x! = gamma(x + 1)")
beta       = op("beta",      2, None, [lambda a, b: beta(a, b)*(digamma(a) - digamma(a + b)), lambda a, b: beta(a, b)*(digamma(b) - digamma(a + b))], ball=lambda a, b: a.gamma()*b.gamma()*(a + b).rgamma(), commutative=True, latex=r"\mathrm{B}", domain=lambda a, b: both(a > 0, b > 0), sample=(POSITIVE, POSITIVE), mathml="B", doc="beta function, gamma(a) gamma(b)/gamma(a + b)", example="beta(a, b)")
uppergamma = op("uppergamma", 2, None, [None, lambda a, u: -u**less_one(a)*exp(-u)], ball=lambda a, u: u.gamma_upper(a), latex=r"\Gamma", domain=lambda a, u: u > 0, sample=(ANY, POSITIVE), doc="upper incomplete gamma function", example="uppergamma(a, x)")
Ei         = op("Ei",        1, None, [lambda u: exp(u)/u],  ball=lambda u: u.ei(),  latex=r"\operatorname{Ei}", domain=lambda u: ne(u, 0), sample=(POSITIVE,), doc="exponential integral")
expint     = op("expint",    2, None, [None, lambda n, u: -expint(less_one(n), u)], ball="expint", latex=r"\operatorname{E}_{%1}", domain=lambda n, u: u > 0, sample=(ANY, POSITIVE), mathml="<msub><mi>E</mi>%1</msub>", doc="generalised exponential integral E_n(x)", example="expint(n, x)")
li         = op("li",        1, None, [lambda u: 1/log(u)],  ball=lambda u: u.li(),  latex=r"\operatorname{li}", domain=lambda u: both(u >= 0, ne(u, 1)), smooth=lambda u: both(u > 0, ne(u, 1)), sample=(ABOVE,), doc="logarithmic integral")
Si         = op("Si",        1, None, [lambda u: sin(u)/u],  exact=known({0: 0}), ball=lambda u: u.si(),  parity="odd", latex=r"\operatorname{Si}", doc="sine integral")
Ci         = op("Ci",        1, None, [lambda u: cos(u)/u],  ball=lambda u: u.ci(),  latex=r"\operatorname{Ci}", domain=lambda u: u > 0, sample=(POSITIVE,), doc="cosine integral")
Shi        = op("Shi",       1, None, [lambda u: sinh(u)/u], exact=known({0: 0}), ball=lambda u: u.shi(), parity="odd", latex=r"\operatorname{Shi}", doc="hyperbolic sine integral")
Chi        = op("Chi",       1, None, [lambda u: cosh(u)/u], ball=lambda u: u.chi(), latex=r"\operatorname{Chi}", domain=lambda u: u > 0, sample=(POSITIVE,), doc="hyperbolic cosine integral")
fresnels   = op("fresnels",  1, None, [lambda u: sin(pi()*u**2/2)], exact=known({0: 0}), ball=lambda u: u.fresnel_s(), parity="odd", latex=r"\operatorname{S}", doc="Fresnel sine integral, of sin(pi t^2/2)")
fresnelc   = op("fresnelc",  1, None, [lambda u: cos(pi()*u**2/2)], exact=known({0: 0}), ball=lambda u: u.fresnel_c(), parity="odd", latex=r"\operatorname{C}", doc="Fresnel cosine integral, of cos(pi t^2/2)")
besselj    = op("besselj",   2, None, [None, lambda n, u: (besselj(less_one(n), u) - besselj(more_one(n), u))/2],  ball=lambda n, u: u.bessel_j(n), latex="J_{%1}", sample=(ANY, POSITIVE), domain=lambda n, u: u > 0, mathml="<msub><mi>J</mi>%1</msub>", doc="Bessel function of the first kind", example="besselj(n, x)")
bessely    = op("bessely",   2, None, [None, lambda n, u: (bessely(less_one(n), u) - bessely(more_one(n), u))/2],  ball=lambda n, u: u.bessel_y(n), latex="Y_{%1}", sample=(ANY, POSITIVE), domain=lambda n, u: u > 0, mathml="<msub><mi>Y</mi>%1</msub>", doc="Bessel function of the second kind", example="bessely(n, x)")
besseli    = op("besseli",   2, None, [None, lambda n, u: (besseli(less_one(n), u) + besseli(more_one(n), u))/2],  ball=lambda n, u: u.bessel_i(n), latex="I_{%1}", sample=(ANY, POSITIVE), domain=lambda n, u: u > 0, mathml="<msub><mi>I</mi>%1</msub>", doc="modified Bessel function of the first kind", example="besseli(n, x)")
besselk    = op("besselk",   2, None, [None, lambda n, u: -(besselk(less_one(n), u) + besselk(more_one(n), u))/2], ball=lambda n, u: u.bessel_k(n), latex="K_{%1}", sample=(ANY, POSITIVE), domain=lambda n, u: u > 0, mathml="<msub><mi>K</mi>%1</msub>", doc="modified Bessel function of the second kind", example="besselk(n, x)")
lambertw   = op("lambertw",  1, None, [lambda u: exp(-lambertw(u))/(1 + lambertw(u))], exact=known({0: 0}), ball=lambda u: u.lambertw(), latex="W", domain=lambda u: u > -exp(-1), sample=((-0.3, 3.0),), aliases=("LambertW",), sympy="LambertW", doc="principal w with w exp(w) = x")
airyai     = op("airyai",      1, None, [lambda u: airyaiprime(u)], ball=lambda u: u.airy_ai(), latex=r"\operatorname{Ai}",  doc="Airy function Ai")
airybi     = op("airybi",      1, None, [lambda u: airybiprime(u)], ball="airybi", latex=r"\operatorname{Bi}",  doc="Airy function Bi")
airyaiprime = op("airyaiprime", 1, None, [lambda u: u*airyai(u)],   ball=lambda u: u.airy_ai(derivative=1), latex=r"\operatorname{Ai}'", mathml="<msup><mi>Ai</mi><mo>′</mo></msup>", doc="derivative of airyai")
airybiprime = op("airybiprime", 1, None, [lambda u: u*airybi(u)],   ball="airybiprime", latex=r"\operatorname{Bi}'", mathml="<msup><mi>Bi</mi><mo>′</mo></msup>", doc="derivative of airybi")
zeta       = op("zeta",      1, None, [lambda u: zetaderivative(1, u)],  ball="zeta", latex=r"\zeta", domain=lambda u: ne(u, 1), sample=(ABOVE,), doc="Riemann zeta function")
zetaderivative = op("zetaderivative", 2, None, [None, lambda n, u: zetaderivative(more_one(n), u)], ball="zetaderivative", latex=r"\zeta^{\left(%1\right)}", domain=lambda n, u: both(n >= 0, eq(n, floor(n)), ne(u, 1)), sample=((1, 3), ABOVE), sympy="Derivative", mathml="<msup><mi>ζ</mi><mrow><mo>(</mo>%1<mo>)</mo></mrow></msup>", doc="n-th derivative of zeta", example="zetaderivative(1, x)")
# fmt: on


# ------------------------------------------------------------------------------------------- what the rows are written with


def slope_of_power(u: Expr, n: Expr) -> Expr:
    """n u^(n-1), with a number for an exponent lowered exactly: 2 u, never 2 u^(2-1)."""
    value = rational_value(n)
    if value is None:
        return n * u ** (n - 1)
    if value == 2:
        return n * u
    if value in (0, 1):
        return ONE if value == 1 else ZERO
    return n * u ** rational(value - 1)


def over(u: Expr, v: Expr) -> Expr:
    return App(div, (u, v))


def minus_quotient(u: Expr, v: Expr) -> Expr:
    """-u/v^2: the slope of u/v in v."""
    return App(neg, (App(div, (u, App(pow, (v, TWO)))),))


def less_one(n: Expr) -> Expr:
    return Num(n.value - 1) if n.__class__ is Num else n - 1


def more_one(n: Expr) -> Expr:
    return Num(n.value + 1) if n.__class__ is Num else n + 1


def rational_value(n: Expr) -> Exact | None:
    """The value of a number, a quotient of numbers or the opposite of one; None for anything else."""
    sign = 1
    if n.__class__ is App and n.op is neg:
        sign, n = -1, n.args[0]
    if n.__class__ is Num:
        return sign * n.value
    if n.__class__ is App and n.op is div:
        top, bottom = n.args
        if top.__class__ is Num and bottom.__class__ is Num and bottom is not ZERO:
            return sign * exact_quotient(top.value, bottom.value)
    return None


def rational(q: Exact) -> Expr:
    """An exact rational as it is written: an integer, else a quotient of integers."""
    return Num(q) if q.denominator == 1 else App(div, (Num(q.numerator), Num(q.denominator)))


def partial(row: Op, i: int, args: tuple[Expr, ...]) -> Expr:
    """The partial derivative of the row in argument i, at these arguments. Raises DerivativeError where no formula is known."""
    formula = row.partials[i]
    if formula is None:
        raise DerivativeError(
            f"no formula is known for the derivative of {row.call} in argument {i + 1} of {row.example}"
        )
    return lift(formula(*args))
