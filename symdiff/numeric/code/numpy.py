"""Python with NumPy: a function of arrays, which broadcast; special functions are those of SciPy."""

from __future__ import annotations

from symdiff.core.names import checked_name
from symdiff.numeric.code.language import Code, Draft, Language, commented, whole_or_decimal, wrapped
from symdiff.numeric.code.python import RELATIONS, returned, spaced
from symdiff.numeric.code.python import RESERVED as PYTHON_RESERVED


def where_defined(name: str, condition: str, value: str, parameters: str = "u") -> str:
    """A helper whose value is nan outside of its domain."""
    return f"def {name}({parameters}):\n    return np.where({condition}, {value}, np.nan)\n"


# fmt: off
FORMULAS = {
    #             where it is defined            the value
    "divide":    ("v != 0",                      "u/v",                          "u, v"),
    "power":     ("~(np.isnan(u) | np.isnan(n) | ((u == 0) & (n < 0)))", "np.power(u, n)", "u, n"),
    "log":       ("u > 0",                       "np.log(u)"),
    "log2":      ("u > 0",                       "np.log2(u)"),
    "log10":     ("u > 0",                       "np.log10(u)"),
    "log1p":     ("u > -1",                      "np.log1p(u)"),
    "atanh":     ("np.abs(u) < 1",               "np.arctanh(u)"),
    "hypot":     ("~(np.isnan(u) | np.isnan(v))", "np.hypot(u, v)",              "u, v"),
    "known":     ("~(np.isnan(u) | np.isnan(v))", "truth",                       "truth, u, v"),
    "where":     ("~np.isnan(condition)",        "np.where(condition != 0, u, v)", "condition, u, v"),
    "gamma":     ("(u > 0) | (u != np.floor(u))", "special.gamma(u)"),
    "digamma":   ("(u > 0) | (u != np.floor(u))", "special.digamma(u)"),
    "loggamma":  ("u > 0",                       "special.gammaln(u)"),
    "Ei":        ("u != 0",                      "special.expi(u)"),
    "li":        ("(u >= 0) & (u != 1)",         "special.expi(np.log(u))"),
    "Ci":        ("u > 0",                       "special.sici(u)[1]"),
    "Chi":       ("u > 0",                       "special.shichi(u)[1]"),
    "besselj":   ("(u > 0) | (n == np.floor(n)) | ((u == 0) & (n > 0))", "special.jv(n, u)",            "n, u"),
    "bessely":   ("u > 0",                       "special.yv(n, u)",             "n, u"),
    "besseli":   ("(u > 0) | (n == np.floor(n)) | ((u == 0) & (n > 0))", "special.iv(n, u)",            "n, u"),
    "besselk":   ("u > 0",                       "special.kv(n, u)",             "n, u"),
    "lambertw":  ("u > -np.exp(-1)",             "special.lambertw(u).real"),
}

HELPERS = {name: where_defined(name, *row) for name, row in FORMULAS.items()}
HELPERS |= {name: f"def {name}(u, v):\n    return known(u {sign} v, u, v)\n" for name, sign in RELATIONS.items()}
HELPERS |= {
    "airyai": "def airyai(u):\n    return np.where(u > 200, 0.0, special.airy(u)[0])\n",
    "airyaiprime": "def airyaiprime(u):\n    return np.where(u > 200, 0.0, special.airy(u)[1])\n",
    "airybi": "def airybi(u):\n    return np.where(u > 200, np.inf, special.airy(u)[2])\n",
    "airybiprime": "def airybiprime(u):\n    return np.where(u > 200, np.inf, special.airy(u)[3])\n",
    "fresnel": "def fresnel(u):\n    return special.fresnel(np.clip(u, -1e100, 1e100))\n",
    "beta": """\
def beta(a, b):
    poles = ((a <= 0) & (a == np.floor(a))) | ((b <= 0) & (b == np.floor(b)))
    return np.where(poles, np.nan, special.beta(a, b))
""",
    "both": '''\
def both(u, v):
    return np.where((u == 0) | (v == 0), 0.0, known(1.0, u, v))
''',
    "either": '''\
def either(u, v):
    return np.where((np.abs(u) > 0) | (np.abs(v) > 0), 1.0, known(0.0, u, v))
''',
    "negation": '''\
def negation(u):
    return known(u == 0, u, u)
''',
    "real_root": '''\
def real_root(u, n):
    size = np.abs(u)
    root = power(size, divide(1, n))
    step = root*(power(root, n)/size - 1)/n
    fine = (size > 1e-307) & (size < 1e307) & (np.abs(n) < 1e6) & (root > 0) & (root < np.inf)
    return np.where((u < 0) & (np.mod(np.abs(n), 2) != 1), np.nan, np.copysign(np.where(fine, root - step, root), u))
''',
    "in_full": '''\
def in_full(value, *args):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return value if np.shape(value) == shape else np.full(shape, value, dtype=float)
''',
}
# fmt: on


def assemble(draft: Draft) -> Code:
    """The text of a module."""
    lines = [wrapped(f"def {draft.name}(", draft.args, "):")]
    lines += [f"    {name} = np.asarray({name}, dtype=float)" for name in draft.args if name in draft.used]
    lines += ['    with np.errstate(all="ignore"):']
    lines += [f"        {name} = {text}" for name, text, _ in draft.statements]
    narrow = bool(draft.args) and not all(draft.full)
    helpers = [*draft.helpers, *([HELPERS["in_full"]] if narrow else [])]
    results = [
        in_full(text, draft) if narrow and not full else text
        for text, full in zip(draft.results, draft.full, strict=True)
    ]
    lines += [f"    {line}" for line in returned(results).splitlines()]
    special = any(["special." in text for text in (*helpers, *lines)])
    imports = "\nimport numpy as np\n" + ("from scipy import special\n" if special else "")
    return Code("\n\n".join([commented(draft.about, "#") + imports, *spaced(helpers), "\n".join(lines)]) + "\n")


def in_full(text: str, draft: Draft) -> str:
    """A result in the shape of all arguments together."""
    return f"in_full({text}, {', '.join(draft.args)})"


NUMPY = Language(
    column="numpy",
    title="NumPy",
    reserved=frozenset(PYTHON_RESERVED.split()),
    spelling=checked_name,
    decimal=whole_or_decimal,
    infinity="np.inf",
    helpers=HELPERS,
    assemble=assemble,
)
