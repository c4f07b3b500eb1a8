"""C as of 1999, with <math.h>: a function for one point and one for arrays, and a header that declares both."""

from __future__ import annotations

from symdiff.numeric.code.language import Code, Draft, Language, commented, wrapped
from symdiff.numeric.code.names import in_ascii

RESERVED = """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    alignas alignof and and_eq asm atomic bitand bitor bool catch class compl concept constexpr const_cast decltype
    delete dynamic_cast explicit export false friend mutable namespace new noexcept not not_eq nullptr operator or or_eq
    private protected public reinterpret_cast requires static_assert static_cast template this thread_local throw true
    try typeid typename typeof using virtual wchar_t xor xor_eq
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax
    fmin fmod fpclassify frexp hypot ilogb isfinite isgreater isgreaterequal isinf isless islessequal islessgreater
    isnan isnormal isunordered j0 j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround main modf nan
    nearbyint nextafter nexttoward pow remainder remquo rint round scalbln scalbn signbit signgam sin sinh sqrt tan tanh
    tgamma trunc y0 y1 yn
    double_t float_t linux max_align_t offsetof ptrdiff_t size_t unix
    EOF FP_INFINITE FP_NAN FP_NORMAL FP_SUBNORMAL FP_ZERO HUGE HUGE_VAL I INFINITY NAN NULL
    DOMAIN OVERFLOW PLOSS SING TLOSS UNDERFLOW M_E M_PI
"""

HELPERS = {
    "divide": "double u, double v: v == 0.0 ? NAN : u/v",
    "power": "double u, double n: isnan(u) || isnan(n) || (u == 0.0 && n < 0.0) ? NAN : pow(u, n)",
    "real_log": "double u: u > 0.0 ? log(u) : NAN",
    "real_log2": "double u: u > 0.0 ? log2(u) : NAN",
    "real_log10": "double u: u > 0.0 ? log10(u) : NAN",
    "real_log1p": "double u: u > -1.0 ? log1p(u) : NAN",
    "real_atanh": "double u: fabs(u) < 1.0 ? atanh(u) : NAN",
    "real_hypot": "double u, double v: isnan(u) || isnan(v) ? NAN : hypot(u, v)",
    "real_gamma": "double u: u > 0.0 || u != floor(u) ? tgamma(u) : NAN",
    "loggamma": "double u: u > 0.0 ? lgamma(u) : NAN",
    "sign": "double u: isnan(u) ? NAN : (double)(u > 0.0) - (double)(u < 0.0)",
    "minimum": "double u, double v: isnan(u) || isnan(v) ? NAN : u < v ? u : v",
    "maximum": "double u, double v: isnan(u) || isnan(v) ? NAN : u > v ? u : v",
    "less": "double u, double v: isnan(u) || isnan(v) ? NAN : u < v",
    "at_most": "double u, double v: isnan(u) || isnan(v) ? NAN : u <= v",
    "greater": "double u, double v: isnan(u) || isnan(v) ? NAN : u > v",
    "at_least": "double u, double v: isnan(u) || isnan(v) ? NAN : u >= v",
    "equal": "double u, double v: isnan(u) || isnan(v) ? NAN : u == v",
    "unequal": "double u, double v: isnan(u) || isnan(v) ? NAN : u != v",
    "both": "double u, double v: u == 0.0 || v == 0.0 ? 0.0 : isnan(u) || isnan(v) ? NAN : 1.0",
    "either": "double u, double v: (u != 0.0 && !isnan(u)) || (v != 0.0 && !isnan(v)) ? 1.0 : u + v",
    "negation": "double u: isnan(u) ? NAN : u == 0.0",
    "where": "double condition, double u, double v: isnan(condition) ? NAN : condition != 0.0 ? u : v",
}

ROOT = """\
static inline double real_root(double u, double n)
{
    const double size = fabs(u);
    double root = pow(size, 1.0/n);
    if (isnan(u) || isnan(n) || n == 0.0 || (u == 0.0 && n < 0.0) || (u < 0.0 && fabs(fmod(n, 2.0)) != 1.0))
        return NAN;
    if (size > 1e-307 && size < 1e307 && fabs(n) < 1e6 && root > 0.0 && isfinite(root))
        root -= root*(pow(root, n)/size - 1.0)/n;
    return copysign(root, u);
}
"""


def helper(name: str, short: str) -> str:
    """A helper function in full, from its parameters and its value."""
    parameters, _, value = short.partition(": ")
    return f"static inline double {name}({parameters})\n{{\n    return {value};\n}}\n"


def assemble(draft: Draft) -> Code:
    """The text of a source file, and its header."""
    about = commented(draft.about, "//")
    declared = "".join([f"{head};\n" for head in heads(draft)])
    own = "".join([f"double {name}({', '.join(['double'] * arity)});\n" for name, arity in draft.own.items()])
    texts = [f"{about}\n#include <math.h>\n#include <stddef.h>\n\n{own}{declared}", *draft.helpers]
    return Code("\n".join([*texts, at_a_point(draft), on_arrays(draft)]), header(draft, about + "\n", declared))


def at_a_point(draft: Draft) -> str:
    """The function for one point; its declaration above makes it one for other files too, `inline` or not."""
    lines = [f"    (void){name};" for name in draft.args if name not in draft.used]
    lines += [f"    const double {name} = {text};" for name, text, _ in draft.statements]
    if len(draft.results) == 1:
        lines.append(f"    return {draft.results[0]};")
    else:
        lines += [f"    {results_name(draft)}[{i}] = {text};" for i, text in enumerate(draft.results)]
    return "\n".join([f"inline {heads(draft, '*restrict ')[0]}", "{", *lines, "}", ""])


def on_arrays(draft: Draft) -> str:
    """The function for arrays: a loop, which gcc makes vectors of once it knows that the rows of results are apart."""
    n, i, out = count_name(draft), draft.spare("i"), results_name(draft)
    values = [f"{name}[{i}]" for name in draft.args]
    loop = f"    for (size_t {i} = 0; {i} < {n}; {i}++)"
    if len(draft.results) == 1:
        lines = [loop, wrapped(f"        {out}[{i}] = {draft.name}(", values, ");")]
    else:
        at = draft.spare("at")
        lines = [APART, f"{loop} {{", f"        double {at}[{len(draft.results)}];"]
        lines.append(wrapped(f"        {draft.name}(", [*values, at], ");"))
        lines += [f"        {out}[{row(k, n)}{i}] = {at}[{k}];" for k in range(len(draft.results))]
        lines.append("    }")
    return "\n".join([heads(draft, "*restrict ")[1], "{", *lines, "}", ""])


APART = "#if defined(__GNUC__) && !defined(__clang__)\n#pragma GCC ivdep\n#endif"


def row(k: int, n: str) -> str:
    """Where the k-th row of results begins."""
    return "" if k == 0 else f"{n} + " if k == 1 else f"{k}*{n} + "


def heads(draft: Draft, star: str = "*") -> tuple[str, str]:
    """The two functions without their bodies; `star` is the sign of a pointer, which C++ has no `restrict` for."""
    several = len(draft.results) > 1
    out = [f"double {star}{results_name(draft)}"]
    point = [f"double {name}" for name in draft.args] + (out if several else [])
    arrays = [f"size_t {count_name(draft)}", *[f"const double {star}{name}" for name in draft.args], *out]
    first = wrapped(f"{'void' if several else 'double'} {draft.name}(", point or ["void"], ")")
    return first, wrapped(f"void {draft.name}_array(", arrays, ")")


def count_name(draft: Draft) -> str:
    """The name of the number of points."""
    return parameter(draft, "n")


def results_name(draft: Draft) -> str:
    """The name of the array of results."""
    return parameter(draft, "out")


def parameter(draft: Draft, name: str) -> str:
    """The name of a parameter, longer where an argument or a function is called so; the same wherever it is asked."""
    while name in (draft.name, *draft.args, *draft.own):
        name += "_"
    return name


def header(draft: Draft, about: str, declared: str) -> str:
    """The header: what the source defines, for C and C++."""
    guard = f"{draft.name.upper()}_H"
    opened = f'#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n\n#ifdef __cplusplus\nextern "C" {{\n#endif\n'
    closed = "#ifdef __cplusplus\n}\n#endif\n\n#endif\n"
    return f"{about}{opened}\n{declared}\n{closed}"


C = Language(
    column="c",
    title="C",
    reserved=frozenset(RESERVED.split()),
    spelling=in_ascii,
    decimal=repr,
    infinity="INFINITY",
    helpers={**{name: helper(name, short) for name, short in HELPERS.items()}, "real_root": ROOT},
    assemble=assemble,
)
