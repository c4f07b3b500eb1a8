"""What programming languages call the operations: five columns of the table, on a page of their own.

A cell is a sign ("+"), a name that is called ("sin"), or a pattern in which %1 is the first argument. A name is the
language's own, or that of one of the short functions which `numeric.code` writes in front ("divide": nan for 1/0). An
empty cell: the row is written by others (`numeric.code.definitions`), or the language does not have it.
"""

# ruff: noqa: E501  # a row of the grid is one line, however long

from __future__ import annotations

from symdiff.core.ops import TABLE

LANGUAGES = ("c", "python", "numpy", "javascript", "sql")

# fmt: off
GRID = """
+              | +          | +              | +                          | +          | +
-              | -          | -              | -                          | -          | -
*              | *          | *              | *                          | *          | *
/              | divide     | divide         | divide                     | divide     | /
^              | power      | power          | power                      | power      | CASE WHEN %1 > 0.0 OR (%1 = 0.0 AND %2 >= 0.0) OR (%1 < 0.0 AND %2 = floor(%2)) THEN power(%1, %2) END
neg            | -          | -              | -                          | -          | -
sqrt           | sqrt       | sqrt           | np.sqrt                    | Math.sqrt  | CASE WHEN %1 >= 0.0 THEN sqrt(%1) END
cbrt           | cbrt       | math.cbrt      | np.cbrt                    | Math.cbrt  |
root           | real_root  | real_root      | real_root                  | realRoot   |
exp            | exp        | exp            | np.exp                     | Math.exp   | CASE WHEN %1 < -708.0 THEN 0.0 ELSE exp(%1) END
log            | real_log   | log            | log                        | log        | CASE WHEN %1 > 0.0 THEN ln(%1) END
log2           | real_log2  | log2           | log2                       | log2       | CASE WHEN %1 > 0.0 THEN ln(%1)/0.6931471805599453 END
log10          | real_log10 | log10          | log10                      | log10      | CASE WHEN %1 > 0.0 THEN log10(%1) END
expm1          | expm1      | expm1          | np.expm1                   | Math.expm1 |
log1p          | real_log1p | log1p          | log1p                      | log1p      |
abs            | fabs       | abs            | np.abs                     | Math.abs   | abs
sign           | sign       | sign           | np.sign                    | Math.sign  | CAST(sign(%1) AS DOUBLE PRECISION)
floor          | floor      | floor          | np.floor                   | Math.floor | floor
ceil           | ceil       | ceil           | np.ceil                    | Math.ceil  | ceil
min            | minimum    | minimum        | np.minimum                 | Math.min   | CASE WHEN %1 <= %2 THEN %1 WHEN %1 > %2 THEN %2 END
max            | maximum    | maximum        | np.maximum                 | Math.max   | CASE WHEN %1 >= %2 THEN %1 WHEN %1 < %2 THEN %2 END
sin            | sin        | sin            | np.sin                     | Math.sin   | sin
cos            | cos        | cos            | np.cos                     | Math.cos   | cos
tan            | tan        | tan            | np.tan                     | Math.tan   | tan
asin           | asin       | asin           | np.arcsin                  | Math.asin  | CASE WHEN %1 BETWEEN -1.0 AND 1.0 THEN asin(%1) END
acos           | acos       | acos           | np.arccos                  | Math.acos  | CASE WHEN %1 BETWEEN -1.0 AND 1.0 THEN acos(%1) END
atan           | atan       | math.atan      | np.arctan                  | Math.atan  | atan
atan2          | atan2(%1 + 0.0, %2 + 0.0) | math.atan2(%1 + 0.0, %2 + 0.0) | np.arctan2(%1 + 0.0, %2 + 0.0) | Math.atan2(%1 + 0.0, %2 + 0.0) | atan2(%1 + 0.0, %2 + 0.0)
sinh           | sinh       | sinh           | np.sinh                    | Math.sinh  | sinh
cosh           | cosh       | cosh(abs(%1))  | np.cosh                    | Math.cosh  | cosh
tanh           | tanh       | math.tanh      | np.tanh                    | Math.tanh  | tanh
asinh          | asinh      | math.asinh     | np.arcsinh                 | Math.asinh | asinh
acosh          | acosh      | acosh          | np.arccosh                 | Math.acosh | CASE WHEN %1 >= 1.0 THEN acosh(%1) END
atanh          | real_atanh | atanh          | atanh                      | atanh      | CASE WHEN %1 > -1.0 AND %1 < 1.0 THEN atanh(%1) END
hypot          | real_hypot | hypot          | hypot                      | hypot      |
where          | where      | where          | where                      | where      | CASE %1 WHEN TRUE THEN %2 WHEN FALSE THEN %3 END
<              | less       | less           | less                       | less       | <
<=             | at_most    | at_most        | at_most                    | atMost     | <=
>              | greater    | greater        | greater                    | greater    | >
>=             | at_least   | at_least       | at_least                   | atLeast    | >=
==             | equal      | equal          | equal                      | equal      | =
!=             | unequal    | unequal        | unequal                    | unequal    | <>
and            | both       | both           | both                       | both       | AND
or             | either     | either         | either                     | either     | OR
not            | negation   | negation       | negation                   | negation   | NOT
erf            | erf        | math.erf       | special.erf                |            |
erfc           | erfc       | math.erfc      | special.erfc               |            |
erfi           |            |                | special.erfi               |            |
gamma          | real_gamma | gamma          | gamma                      |            |
loggamma       | loggamma   | loggamma       | loggamma                   |            |
factorial      | real_gamma(%1 + 1.0) | gamma(%1 + 1)  | gamma(%1 + 1)              |            |
beta           |            |                | beta                       |            |
digamma        |            |                | digamma                    |            |
Ei             |            |                | Ei                         |            |
li             |            |                | li                         |            |
Si             |            |                | special.sici(%1)[0]        |            |
Ci             |            |                | Ci                         |            |
Shi            |            |                | special.shichi(%1)[0]      |            |
Chi            |            |                | Chi                        |            |
fresnels       |            |                | fresnel(%1)[0]             |            |
fresnelc       |            |                | fresnel(%1)[1]             |            |
besselj        |            |                | besselj                    |            |
bessely        |            |                | bessely                    |            |
besseli        |            |                | besseli                    |            |
besselk        |            |                | besselk                    |            |
lambertw       |            |                | lambertw                   |            |
airyai         |            |                | airyai                     |            |
airyaiprime    |            |                | airyaiprime                |            |
airybi         |            |                | airybi                     |            |
airybiprime    |            |                | airybiprime                |            |
"""
# fmt: on


def fill() -> None:
    """Put the grid into the columns of the table."""
    for line in GRID.strip().splitlines():
        name, *cells = [cell.strip() for cell in line.split("|")]
        for language, cell in zip(LANGUAGES, cells, strict=True):
            setattr(TABLE[name], language, cell)


fill()
