"""Python with its own `math`: a function of numbers, which gives nan where `math` raises."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.core.names import checked_name
from symdiff.numeric.code.language import Code, Draft, Language, commented, whole_or_decimal, wrapped

RESERVED = """
    False None True and as assert async await break class continue def del elif else except finally for from global if
    import in is lambda nonlocal not or pass raise return try while with yield match case type
    abs bool divmod float int len list map max min object pow print range round set str sum tuple zip
    OverflowError ValueError math np special
"""

# fmt: off
HELPERS = {
    "real": '''\
def real(function):
    """The function, with nan where it has no value and an infinity where it is too large."""

    def value(u):
        try:
            return function(u)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.copysign(math.inf, u)

    return value
''',
    "divide": '''\
def divide(u, v):
    return u/v if v else math.nan
''',
    "power": '''\
def power(u, n):
    if math.isnan(u) or math.isnan(n):
        return math.nan
    try:
        return math.pow(u, n)
    except ValueError:
        return math.nan
    except OverflowError:
        return -math.inf if u < 0 and n % 2 == 1 else math.inf
''',
    "real_root": '''\
def real_root(u, n):
    if math.isnan(u) or math.isnan(n) or n == 0 or (u == 0 and n < 0) or (u < 0 and abs(n) % 2 != 1):
        return math.nan
    size = abs(u)
    root = power(size, 1/n)
    if 1e-307 < size < 1e307 and abs(n) < 1e6 and 0 < root < math.inf:
        root -= root*(power(root, n)/size - 1)/n
    return math.copysign(root, u)
''',
    "hypot": '''\
def hypot(u, v):
    return math.nan if math.isnan(u) or math.isnan(v) else math.hypot(u, v)
''',
    "sign": '''\
def sign(u):
    return math.nan if math.isnan(u) else float((u > 0) - (u < 0))
''',
    "loggamma": '''\
def loggamma(u):
    return math.lgamma(u) if u > 0 else math.nan
''',
}
# fmt: on


def two(name: str, value: str) -> str:
    """A helper of two arguments, of which neither may be nan."""
    return f"def {name}(u, v):\n    return math.nan if math.isnan(u) or math.isnan(v) else {value}\n"


def guarded(name: str, function: str) -> str:
    """A function of `math` that raises now and then."""
    return f"{name} = real({function})\n"


RELATIONS = {"less": "<", "at_most": "<=", "greater": ">", "at_least": ">=", "equal": "==", "unequal": "!="}
# Beyond their domains, at infinities, or where the value is too large.
RAISING = """
    acos acosh asin atanh cos cosh exp expm1 gamma log log10 log1p log2 sin sinh sqrt tan
"""

HELPERS |= {name: two(name, f"float(u {sign} v)") for name, sign in RELATIONS.items()}
HELPERS |= {
    "minimum": two("minimum", "min(u, v)"),
    "maximum": two("maximum", "max(u, v)"),
    "both": "def both(u, v):\n    return 0.0 if u == 0 or v == 0 else u*0 + v*0 + 1\n",
    "either": "def either(u, v):\n    return 1.0 if 0 < abs(u) or 0 < abs(v) else u + v\n",
    "negation": "def negation(u):\n    return math.nan if math.isnan(u) else float(u == 0)\n",
    "where": "def where(condition, u, v):\n    return math.nan if math.isnan(condition) else u if condition else v\n",
    "floor": guarded("floor", "lambda u: float(math.floor(u))"),
    "ceil": guarded("ceil", "lambda u: float(math.ceil(u))"),
}
HELPERS |= {name: guarded(name, f"math.{name}") for name in RAISING.split()}


def assemble(draft: Draft) -> Code:
    """The text of a module."""
    lines = [wrapped(f"def {draft.name}(", draft.args, "):")]
    lines += floats([name for name in draft.args if name in draft.used])
    lines += [f"    {name} = {text}" for name, text, _ in draft.statements]
    lines.append(returned(draft.results))
    return Code(
        "\n\n".join([commented(draft.about, "#") + "\nimport math\n", *spaced(draft.helpers), "\n".join(lines)]) + "\n"
    )


def floats(names: list[str]) -> list[str]:
    """The line that makes floats of the arguments."""
    if len(names) < 2:
        return [f"    {name} = float({name})" for name in names]
    return [wrapped(f"    {', '.join(names)} = map(float, (", names, "))")]


def spaced(helpers: Sequence[str]) -> list[str]:
    """The helpers, those of one line without empty lines between them."""
    short = [text for text in helpers if text.count("\n") == 1]
    return [*[text for text in helpers if text not in short], *(["".join(short)] if short else [])]


def returned(results: Sequence[str]) -> str:
    """The last line: one result, or a tuple; a whole number as a float, as all others are."""
    texts = [f"{text}.0" if text.removeprefix("-").isdigit() else text for text in results]
    if len(texts) == 1:
        return f"    return {texts[0]}"
    return "\n".join(["    return (", *[f"        {text}," for text in texts], "    )"])


PYTHON = Language(
    column="python",
    title="Python",
    reserved=frozenset(RESERVED.split()),
    spelling=checked_name,
    decimal=whole_or_decimal,
    infinity="math.inf",
    helpers=HELPERS,
    assemble=assemble,
)
