"""symdiff: formulas in; exact, simplified derivatives out; and those derivatives put to work.

    >>> from symdiff import d, parse, simplify, symbols, val
    >>> x, y = symbols("x y")
    >>> d(x**2 + x*y, x)
    2*x + y
    >>> simplify(d("x^2*sin(x)", "x"))
    x*(x*cos(x) + 2*sin(x))
    >>> val(d("x^2 + x*y", "x"), {"x": 2, "y": 3})
    7

The public names, in the order a reader meets them, are listed in `PUBLIC`. Those that need NumPy, python-flint or SymPy
are loaded when first used, so that `import symdiff` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symdiff.algebra.rewrite import subs
from symdiff.calculus.diff import Matrix, d, gradient, hessian, jacobian
from symdiff.core.calm import raise_threshold
from symdiff.core.declare import function, operation
from symdiff.core.expr import App, Expr, Num, Op, Sym, params, symbols
from symdiff.core.fold import fold, free_symbols, postorder, size
from symdiff.core.ops import (  # fmt: skip
    Chi,
    Ci,
    Ei,
    Shi,
    Si,
    absolute,
    acos,
    acosh,
    acot,
    acoth,
    acsc,
    acsch,
    add,
    airyai,
    airyaiprime,
    airybi,
    airybiprime,
    asec,
    asech,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    besseli,
    besselj,
    besselk,
    bessely,
    beta,
    both,
    cbrt,
    ceil,
    cos,
    cosh,
    cot,
    coth,
    csc,
    csch,
    digamma,
    div,
    either,
    eq,
    erf,
    erfc,
    erfi,
    exp,
    expint,
    expm1,
    factorial,
    floor,
    fresnelc,
    fresnels,
    gamma,
    ge,
    gt,
    hypot,
    lambertw,
    le,
    li,
    log,
    log1p,
    log2,
    log10,
    logb,
    loggamma,
    lt,
    maximum,
    minimum,
    mul,
    ne,
    neg,
    no,
    polygamma,
    relu,
    root,
    sec,
    sech,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    sub,
    tan,
    tanh,
    uppergamma,
    where,
    zeta,
    zetaderivative,
)
from symdiff.core.ops import e as _e
from symdiff.core.ops import pi as _pi
from symdiff.errors import (
    DataError,
    DerivativeError,
    EvaluationError,
    FitError,
    LimitError,
    MissingError,
    OperandError,
    ParseError,
    SymdiffError,
    UndefinedError,
)
from symdiff.text.latex import latex
from symdiff.text.mathml import mathml
from symdiff.text.parse import expression, parse
from symdiff.text.save import from_json, to_json
from symdiff.text.show import pretty, sexpr, show

if TYPE_CHECKING:
    from symdiff.algebra.equal import equal
    from symdiff.algebra.orders import derivative
    from symdiff.algebra.rational.angles import contract_trig, expand_trig
    from symdiff.algebra.rational.logarithms import expand_log
    from symdiff.algebra.rational.one_logarithm import contract_log
    from symdiff.algebra.rational.partial import apart
    from symdiff.algebra.rewriting import rewriting
    from symdiff.algebra.simplify import simplification, simplify
    from symdiff.algebra.verbs import cancel, collect, expand, factor, together
    from symdiff.app.plotting import plot
    from symdiff.bridge import from_sympy, to_sympy
    from symdiff.fit import Fit, Fits, Minimum, compare, descend, fit, fit_many, minimize
    from symdiff.numeric.ball import ball
    from symdiff.numeric.bounds import Bounds
    from symdiff.numeric.code import code
    from symdiff.numeric.compile import Compiled, compile
    from symdiff.numeric.taylor import taylor, taylor_coefficients
    from symdiff.numeric.val import val

__version__ = "0.1.0"

raise_threshold()  # the collector would walk every node again and again: docs/decisions.md, "The collector"

pi, e = _pi(), _e()

LAZY = {
    "simplify": "symdiff.algebra.simplify",
    "simplification": "symdiff.algebra.simplify",
    "derivative": "symdiff.algebra.orders",
    "equal": "symdiff.algebra.equal",
    "expand": "symdiff.algebra.verbs",
    "factor": "symdiff.algebra.verbs",
    "collect": "symdiff.algebra.verbs",
    "together": "symdiff.algebra.verbs",
    "cancel": "symdiff.algebra.verbs",
    "apart": "symdiff.algebra.rational.partial",
    "expand_trig": "symdiff.algebra.rational.angles",
    "contract_trig": "symdiff.algebra.rational.angles",
    "expand_log": "symdiff.algebra.rational.logarithms",
    "contract_log": "symdiff.algebra.rational.one_logarithm",
    "rewriting": "symdiff.algebra.rewriting",
    "val": "symdiff.numeric.val",
    "compile": "symdiff.numeric.compile",
    "Compiled": "symdiff.numeric.compile",
    "code": "symdiff.numeric.code",
    "ball": "symdiff.numeric.ball",
    "Bounds": "symdiff.numeric.bounds",
    "taylor": "symdiff.numeric.taylor",
    "taylor_coefficients": "symdiff.numeric.taylor",
    "fit": "symdiff.fit",
    "fit_many": "symdiff.fit",
    "minimize": "symdiff.fit",
    "descend": "symdiff.fit",
    "compare": "symdiff.fit",
    "Fit": "symdiff.fit",
    "Fits": "symdiff.fit",
    "Minimum": "symdiff.fit",
    "plot": "symdiff.app.plotting",
    "to_sympy": "symdiff.bridge",
    "from_sympy": "symdiff.bridge",
}

PUBLIC = (
    "parse", "symbols", "params", "function", "operation", "d", "derivative", "gradient", "jacobian", "hessian",
    "simplify", "simplification", "subs", "expand", "factor", "collect", "together", "cancel", "apart",
    "expand_trig", "contract_trig", "expand_log", "contract_log", "rewriting", "equal", "val", "compile", "code",
    "ball", "taylor", "taylor_coefficients", "fit", "fit_many", "minimize", "descend", "compare", "plot", "show",
    "latex", "mathml", "pretty", "sexpr", "to_json", "from_json", "to_sympy", "from_sympy",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    raise AttributeError(f"module 'symdiff' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *LAZY])


__all__ = [
    "App",
    "Bounds",
    "Chi",
    "Ci",
    "Compiled",
    "DataError",
    "DerivativeError",
    "Ei",
    "EvaluationError",
    "Expr",
    "Fit",
    "FitError",
    "Fits",
    "LimitError",
    "Matrix",
    "Minimum",
    "MissingError",
    "Num",
    "Op",
    "OperandError",
    "ParseError",
    "Shi",
    "Si",
    "Sym",
    "SymdiffError",
    "UndefinedError",
    "absolute",
    "acos",
    "acosh",
    "acot",
    "acoth",
    "acsc",
    "acsch",
    "add",
    "airyai",
    "airyaiprime",
    "airybi",
    "airybiprime",
    "apart",
    "asec",
    "asech",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ball",
    "besseli",
    "besselj",
    "besselk",
    "bessely",
    "beta",
    "both",
    "cancel",
    "cbrt",
    "ceil",
    "code",
    "collect",
    "compare",
    "compile",
    "contract_log",
    "contract_trig",
    "cos",
    "cosh",
    "cot",
    "coth",
    "csc",
    "csch",
    "d",
    "derivative",
    "descend",
    "digamma",
    "div",
    "e",
    "either",
    "eq",
    "equal",
    "erf",
    "erfc",
    "erfi",
    "exp",
    "expand",
    "expand_log",
    "expand_trig",
    "expint",
    "expm1",
    "expression",
    "factor",
    "factorial",
    "fit",
    "fit_many",
    "floor",
    "fold",
    "free_symbols",
    "fresnelc",
    "fresnels",
    "from_json",
    "from_sympy",
    "function",
    "gamma",
    "ge",
    "gradient",
    "gt",
    "hessian",
    "hypot",
    "jacobian",
    "lambertw",
    "latex",
    "le",
    "li",
    "log",
    "log1p",
    "log2",
    "log10",
    "logb",
    "loggamma",
    "lt",
    "mathml",
    "maximum",
    "minimize",
    "minimum",
    "mul",
    "ne",
    "neg",
    "no",
    "operation",
    "params",
    "parse",
    "pi",
    "plot",
    "polygamma",
    "postorder",
    "pretty",
    "relu",
    "rewriting",
    "root",
    "sec",
    "sech",
    "sexpr",
    "show",
    "sigmoid",
    "sign",
    "simplification",
    "simplify",
    "sin",
    "sinh",
    "size",
    "softplus",
    "sqrt",
    "sub",
    "subs",
    "symbols",
    "tan",
    "tanh",
    "taylor",
    "taylor_coefficients",
    "to_json",
    "to_sympy",
    "together",
    "uppergamma",
    "val",
    "where",
    "zeta",
    "zetaderivative",
]  # fmt: skip
