"""JavaScript: a function for Node and for the browser."""

from __future__ import annotations

from symdiff.core.names import checked_name
from symdiff.numeric.code.language import Code, Draft, Language, commented, whole_or_decimal, wrapped

RESERVED = """
    abstract arguments async await boolean break byte case catch char class const continue debugger default delete do
    double else enum eval export extends false final finally float for function get goto if implements import in
    instanceof int interface let long native new null of package private protected public return set short static super
    switch synchronized this throw throws transient true try typeof undefined var void volatile while with yield
    Infinity Math NaN Number Object isNaN module exports require globalThis window
"""

HELPERS = {
    "divide": "u, v: v === 0 ? NaN : u/v",
    "power": "u, n: Number.isNaN(u) || (u === 0 && n < 0) ? NaN : u === 1 && !Number.isNaN(n) ? 1 : Math.pow(u, n)",
    "log": "u: u > 0 ? Math.log(u) : NaN",
    "log2": "u: u > 0 ? Math.log2(u) : NaN",
    "log10": "u: u > 0 ? Math.log10(u) : NaN",
    "log1p": "u: u > -1 ? Math.log1p(u) : NaN",
    "atanh": "u: Math.abs(u) < 1 ? Math.atanh(u) : NaN",
    "hypot": "u, v: Number.isNaN(u) || Number.isNaN(v) ? NaN : Math.hypot(u, v)",
    "realRoot": "",
    "known": "truth, u, v: Number.isNaN(u) || Number.isNaN(v) ? NaN : Number(truth)",
    "less": "u, v: known(u < v, u, v)",
    "atMost": "u, v: known(u <= v, u, v)",
    "greater": "u, v: known(u > v, u, v)",
    "atLeast": "u, v: known(u >= v, u, v)",
    "equal": "u, v: known(u === v, u, v)",
    "unequal": "u, v: known(u !== v, u, v)",
    "both": "u, v: u === 0 || v === 0 ? 0 : known(true, u, v)",
    "either": "u, v: Math.abs(u) > 0 || Math.abs(v) > 0 ? 1 : known(false, u, v)",
    "negation": "u: known(u === 0, u, u)",
    "where": "condition, u, v: Number.isNaN(condition) ? NaN : condition ? u : v",
}

ROOT = """\
function realRoot(u, n) {
    if (Number.isNaN(u) || Number.isNaN(n) || n === 0 || (u === 0 && n < 0)) return NaN;
    if (u < 0 && Math.abs(n % 2) !== 1) return NaN;
    const size = Math.abs(u);
    let root = Math.pow(size, 1/n);
    if (size > 1e-307 && size < 1e307 && Math.abs(n) < 1e6 && root > 0 && root < Infinity) {
        root -= root*(Math.pow(root, n)/size - 1)/n;
    }
    return u < 0 ? -root : root;
}
"""


def helper(name: str, short: str) -> str:
    """A helper function in full, from its parameters and its value."""
    parameters, _, value = short.partition(": ")
    return f"function {name}({parameters}) {{\n    return {value};\n}}\n"


def assemble(draft: Draft) -> Code:
    """The text of a file that Node requires and a browser takes in a script tag."""
    lines = [wrapped(f"function {draft.name}(", draft.args, ") {")]
    lines += [f"    const {name} = {text};" for name, text, _ in draft.statements]
    if len(draft.results) == 1:
        lines += [f"    return {draft.results[0]};", "}", ""]
    else:
        lines += ["    return [", *[f"        {text}," for text in draft.results], "    ];", "}", ""]
    exports = f'if (typeof module !== "undefined") {{\n    module.exports = {{ {draft.name} }};\n}}\n'
    return Code("\n".join([commented(draft.about, "//"), *draft.helpers, "\n".join(lines), exports]))


JAVASCRIPT = Language(
    column="javascript",
    title="JavaScript",
    reserved=frozenset(RESERVED.split()),
    spelling=checked_name,
    decimal=whole_or_decimal,
    infinity="Infinity",
    helpers={name: helper(name, short) if short else ROOT for name, short in HELPERS.items()},
    assemble=assemble,
)
