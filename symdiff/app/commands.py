"""Every command, once: the table that the command line and the sessions run.

A row says what a command is called, what it does, what it takes, and how one tries it out. What does the work is
imported when it is needed, so that each command starts as fast as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import click

from symdiff.app import coding, drawing, fitting, formulas, series, topics, verbs, words
from symdiff.app.answer import Answer, UsageError, success, suggestion
from symdiff.app.desk import Desk
from symdiff.app.types import Named, Place, Real, Whole, option
from symdiff.app.wishes import COMPARE, FIT, MINIMIZE
from symdiff.core.expr import Expr


class Command(NamedTuple):
    """A row of the table.

    `run` gets a desk and the values of `params` by name. For a session, `cut` finds the words in what stands before
    the options, and `more` is the option that further arguments of a call stand for. Under the names `calls` the
    command can be called in the middle of a formula: `inside` gets the arguments as typed and as they are meant.
    `also` are names that a session takes for the same command; `only_session` marks what makes no sense elsewhere.
    `note` stands below the examples.
    """

    name: str
    doc: str
    run: Callable[..., Answer]
    params: tuple[click.Parameter, ...]
    examples: tuple[str, ...]
    cut: words.Cut = words.whole
    more: str | None = None
    calls: tuple[str, ...] = ()
    inside: Callable[[Sequence[Expr], Sequence[Expr]], Expr] | None = None
    also: tuple[str, ...] = ()
    only_session: bool = False
    note: str | None = None


def formula_command(name: str, doc: str, *examples: str) -> Command:
    """The row of a command that only writes a formula, in the format of that name."""
    return Command(name, doc, formulas.printer(name), (FORMULA,), examples)


def verb_command(name: str, doc: str, *examples: str, options: tuple[click.Parameter, ...] = ()) -> Command:
    """The row of a command that rewrites a formula; a name of two words has a hyphen here."""
    verb, also = name.replace("-", "_"), (name.replace("-", "_"),) if "-" in name else ()
    if PART in options:
        return Command(name, doc, verbs.verb_in(verb), (FORMULA, *options, FORM), examples, more="--var", also=also)
    return Command(name, doc, verbs.verb(verb), (FORMULA, *options, FORM), examples, also=also)


# fmt: off
FORMS   = click.Choice(list(formulas.FORMATS))
ORDERS  = Whole(0, formulas.MOST_ORDERS)
ABOVE_0 = Real(0, min_open=True)
FILE    = Place(allow_dash=True)

FORMULA = click.Argument(["formula"])
LEFT    = click.Argument(["left"])
RIGHT   = click.Argument(["right"])
POINT   = click.Argument(["values"], nargs=-1, metavar="[NAME=VALUE]...")
TOPIC   = click.Argument(["topic"], required=False)
NAMES   = click.Argument(["names"], nargs=-1, required=True)
JSON    = click.Option(["--json", "as_json"], is_flag=True, help="One JSON object; docs/cli.md describes it.")
FORM    = click.Option(["--format", "form"], type=FORMS, default="text", help="How to write the answer.")
RAW     = option("--raw",   "As the rules give it, not simplified.", is_flag=True)
VAR     = option("--var",   "In this variable; again for more. Else x, or the only one.", metavar="NAME", multiple=True)
VARS    = option("--var",   "In this variable; again for more. Default: all.", metavar="NAME", multiple=True)
ORDER   = option("--order", "How many times, in each variable. Default: 1.", metavar="N", type=ORDERS, default=1)
STEPS   = option("--steps", "How it was found, and where the formula had no value.", is_flag=True)
EFFORT  = option("--budget", "How long to try. Default: 5.", metavar="SECONDS", type=ABOVE_0, default=5.0)
SECONDS = option("--budget", "How long to try. Default: 2.", metavar="SECONDS", type=ABOVE_0, default=2.0)
PART    = option("--var",   "In this variable, or collect: in this part. Else x, or the only one.", metavar="NAME")
REAL    = option("--positive", "Take all variables as positive.", is_flag=True)
AT      = option("--at",    "The same as NAME=VALUE.", metavar="NAME=VALUE", multiple=True)

ONE_VAR = option("--var",   "In this variable. Else x, or the only one.", metavar="NAME")
AROUND  = option("--at",    "Around this point, a formula. Default: 0.", metavar="POINT", default="0")
DEGREE  = option("--order", "The degree of the polynomial. Default: 6.", metavar="N", type=ORDERS, default=6)
DIGITS  = option("--digits", "So many digits, proven by ball arithmetic.", metavar="N", type=Whole(1, 10_000))

PLOT = (
    click.Argument(["formulas"], nargs=-1, required=True, metavar="FORMULA... [NAME=VALUE]..."),
    option("--var",         "The variable along the picture. Else x, or the only one.", metavar="NAME"),
    click.Option(["--from", "low"], help="Where the range begins. Default: chosen.", metavar="LOW"),
    click.Option(["--to", "high"], help="Where it ends. Default: chosen.", metavar="HIGH"),
    option("--derivatives", "Draw so many derivatives too. Default: 0.", type=Whole(0, 9), default=0),
    AT,
    option("--output",      "Draw to this PNG, SVG or PDF, not in the terminal.", metavar="FILE", type=FILE),
    option("--width",       "Columns in the terminal. Default: all, or 80.", metavar="N", type=Whole(20, 500)),
)

CODE = (
    FORMULA,
    option("--to",          "The language. Default: python.", type=Named(coding.LANGUAGES), default="python"),
    option("--name",        "What the function is called. Default: f.", metavar="NAME", default="f"),
    option("--args",        "Its arguments, in order. Else as in the formula.", metavar="NAME,NAME"),
    option("--derivatives", "Also these; again for more.", type=click.Choice(coding.DERIVATIVES), multiple=True),
    option("--wrt",         "Derivatives in these. Else in all arguments.", metavar="NAME,NAME"),
    option("--header",      "The header file, for C.", is_flag=True),
)

EXIT = ("exit",)

ROWS = (
    Command("diff", "The derivative of a formula, simplified.", formulas.diff, (FORMULA, VAR, ORDER, RAW, FORM), (
        'diff "x^2*sin(x)"',
        'diff "a*x^3 + y" --order 2',
        'diff "sin(x*y)" --var x --var y',
        'diff "x^x" --format latex',
        'diff "x^2" --json',
    ), more="--var", calls=("d", "diff"), inside=formulas.diff_inside),
    Command("gradient", "All partial derivatives of a formula.", formulas.gradient, (FORMULA, VARS, RAW, FORM), (
        'gradient "x^2*y + sin(y)"',
        'gradient "a*x + b" --var a --var b',
    ), more="--var"),
    Command("simplify", "A formula, simplified.", formulas.simplify, (FORMULA, STEPS, EFFORT, FORM), (
        'simplify "x + 2x + x*x/x"',
        'simplify "(x^2 - 1)/(x - 1) + sin(x)^2 + cos(x)^2" --steps',
        'echo "2*x + x" | symdiff simplify -',
    ), calls=("simplify",), inside=formulas.simplify_inside),
    verb_command("expand",        "A formula, multiplied out.", 'expand "(x + y)^2*(x - 1)"'),
    verb_command("factor",        "A formula as a product of factors.", 'factor "x^2 - y^2"'),
    verb_command("collect",       "A formula by powers of a part of it.",
        'collect "a*x + b*x + c" --var x',
        'collect "(sin(t) + y)^2" --var "sin(t)"',
    options=(PART,)),
    verb_command("together",      "A formula as one fraction.", 'together "1/x + 1/y"'),
    verb_command("apart",         "A formula as a sum of partial fractions.",
        'apart "1/(x^2 - 1)"',
        'apart "1/(x^2 + a*x)" --var x',
    options=(PART,)),
    verb_command("cancel",        "A formula without common factors.", 'cancel "(x^2 - 1)/(x - 1)"'),
    verb_command("expand-trig",   "Sines of sums as sums of products.", 'expand-trig "sin(x + y)"'),
    verb_command("contract-trig", "Products of sines as sums of sines.", 'contract-trig "sin(x)^2"'),
    verb_command("expand-log",    "Logarithms of products as sums.",
        'expand-log "log(x*y)"',
        'expand-log "log(x*y)" --positive',
    options=(REAL,)),
    verb_command("contract-log",  "Sums of logarithms as one logarithm.", 'contract-log "log(x) + 2*log(y)"'),
    Command("equal", "Whether two formulas are equal, by proof.", formulas.equal, (LEFT, RIGHT, SECONDS), (
        'equal "(x + 1)^2" "x^2 + 2x + 1"',
        'equal "x/x" 1',
        'equal "1/x + 1/y" "(x + y)/(x*y)" --json',
    ), cut=words.two_formulas),
    Command("eval", "The value of a formula at a point.", formulas.evaluate, (FORMULA, POINT, AT, DIGITS), (
        'eval "x^2" x=3',
        'eval "x/7 + y" x=1/3 y=2',
        'eval "sin(x)" --at x=pi/6',
        'eval "exp(pi*sqrt(163))" --digits 40',
    ), cut=words.formula_and_values, also=("val",)),
    Command("taylor", "The Taylor polynomial of a formula.", series.taylor, (FORMULA, ONE_VAR, AROUND, DEGREE, FORM), (
        'taylor "exp(x)"',
        'taylor "sin(a*x)/x" --order 4',
        'taylor "log(x)" --at a --order 2',
    ), more="--var"),
    Command("fit", "A model fitted to data.", fitting.fit_to_data, FIT, (
        "fit line examples/line.csv",
        'fit "m*x + b" examples/line.csv --rate 0.1',
        'fit "a*exp(-b*x) + c" examples/decay.csv --start a=1 --start b=1',
        'fit "a*exp(-b*x) + c" examples/decay.csv --fix c=1/2 --bound "0 < b < 5" --loss huber',
        "fit parabola examples/parabola.csv --format markdown",
    ), cut=words.formula_and_file),
    Command("compare", "Models fitted to the same data, side by side.", fitting.compare_models, COMPARE, (
        "compare line parabola examples/decay.csv",
        'compare "a*exp(-b*x)" "a*exp(-b*x) + c" examples/decay.csv',
    ), cut=words.formulas_and_file),
    Command("minimize", "The least value of a formula, or of a sum of squares.", fitting.minimize_formula, MINIMIZE, (
        'minimize "(x - 1)^2 + (x*y - 2)^4"',
        'minimize "10*(y - x^2)" "1 - x" --start x=-1.2 --start y=1',
        'minimize "x^4 - 3*x^2 + x" --start x=-1 --bound "x < 0"',
    ), cut=words.formulas_alone, note="Of several formulas the sum of their squares is minimised."),
    Command("plot", "Formulas and their derivatives, drawn.", drawing.draw, PLOT, (
        'plot "sin(x)/x"',
        'plot "tan(x)" --from -5 --to 5 --width 60',
        'plot "x^3 - 3*x" --derivatives 1 --from -3 --to 3',
        'plot "a*sin(b*x)" "exp(-x)" a=1/2 b=2 --from 0',
    ), cut=words.formulas_and_values, note="In a session commas stand between formulas: plot sin(x), x^2 --from 0"),
    Command("code", "A formula as source code.", coding.source_code, CODE, (
        'code "x^2*sin(x)"',
        'code "a*exp(-b*x) + c" --to c --derivatives gradient --name decay --args x,a,b,c',
        'code "where(x > 0, log(x), 0)" --to sql',
    )),
    formula_command("latex",   "A formula as LaTeX.",                  'latex "x^2/(1 + sqrt(y))"'),
    formula_command("unicode", "A formula on one line of Unicode.",    'unicode "sqrt(x)*pi <= y^2"'),
    formula_command("mathml",  "A formula as MathML.",                 'mathml "x^2/2"'),
    formula_command("sexpr",   "A formula as S-expression, as stored.", 'sexpr "x^2 + 3*x"'),
    Command("help",  "What a command or a function does.", topics.explain, (TOPIC,), ("help", "help diff", "help sin")),
    Command("list",  "All functions.", topics.functions, (), ("list",)),
    Command("vars",  "The names given so far.", topics.variables, (), ("vars",), only_session=True),
    Command("clear", "Forget names.", topics.clear, (NAMES,), ("clear f",), cut=words.each, only_session=True),
    Command("quit",  "End the session, as Ctrl-D does.", topics.leave, (), ("quit",), also=EXIT, only_session=True),
)
# fmt: on

COMMANDS = {row.name: row for row in ROWS}
ASKED = {name: row for row in ROWS for name in (row.name, *row.also, *row.calls)}  # what `help` knows
SPOKEN = {name: row for row in ROWS for name in (row.name, *row.also)}  # what begins a line of a session
INSIDE = {name: row.inside for row in ROWS for name in row.calls if row.inside}


class Entry(click.Command):
    """A command as click knows it, for which `-x^2` is a formula and not a bundle of options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse unknown long options only: the command has no short ones."""
        known = {flag for param in self.get_params(ctx) for flag in param.opts if flag.startswith("--")}
        for word in args[: args.index("--") if "--" in args else None]:
            flag, *_ = word.partition("=")
            if word[:2] == "--" and word[2:3].isalpha() and flag not in known:
                hint = suggestion(flag, known, f"its options: {', '.join(sorted(known))}")
                raise UsageError(f"{self.name} has no option {flag!r}", hint)
        return super().parse_args(ctx, args)


def entry(row: Command, callback: Callable[..., Any] | None = None) -> click.Command:
    """The row as click knows it."""
    examples = "\n".join(["\b", "Examples:", *[f"  {typed(row, example)}" for example in row.examples]])
    epilog = f"{examples}\n\n{row.note}" if row.note else examples
    return Entry(
        row.name,
        params=[*row.params, JSON],
        callback=callback,
        help=row.doc,
        epilog=epilog,
        context_settings={"ignore_unknown_options": True},
    )


def typed(row: Command, example: str) -> str:
    """An example as one types it: to a shell, unless only a session knows the command."""
    return example if row.only_session or "|" in example else f"symdiff {example}"


def perform(row: Command, desk: Desk, words: Sequence[str]) -> Answer:
    """Run a command on the words it was given. Raises SymdiffError, UsageError among them."""
    try:
        with entry(row).make_context(row.name, list(words)) as context:
            return answered(row, desk, context.params)
    except click.exceptions.Exit:  # --help has been printed
        return Answer("", {})
    except click.UsageError as error:
        raise UsageError(error.format_message(), f"see `help {row.name}`") from None


def answered(row: Command, desk: Desk, params: Mapping[str, Any]) -> Answer:
    """Run a command on the values of its parameters; if JSON is asked for, the text of the answer is the envelope."""
    given = {name: value for name, value in params.items() if name != "as_json"}
    desk.quiet = bool(params["as_json"])
    answer = row.run(desk, **given)
    if not params["as_json"]:
        return answer
    named = {param.opts[0].lstrip("-"): given[param.name] for param in row.params if param.name}
    return Answer(success(row.name, named, answer), answer.record, answer.status, answer.value)


def manual(row: Command) -> str:
    """The help page of a command."""
    command = entry(row)
    return command.get_help(click.Context(command, info_name=row.name))
