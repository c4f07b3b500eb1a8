"""In Python with `math`, for one point; Numba compiles the same for its loop."""

from __future__ import annotations

from math import cos, exp, sin


def decay(
    x: float, a: float, b: float, c: float, mu: float, s: float, d: float, w: float, p: float
) -> tuple[float, ...]:
    v, t = x - mu, w * x + p
    weight = 1 / (s * s)
    fall, bell, lens = exp(-b * x), exp(-0.5 * weight * v * v), 1 / (1 + x * x)
    wave, slope = sin(t) * lens, d * cos(t) * lens
    drop, hill = a * fall, c * bell
    shift = hill * v * weight
    return drop + hill + d * wave, fall, -x * drop, bell, shift, shift * v / s, wave, x * slope, slope


def swing(x: float, A: float, k: float, w: float, p: float, C: float) -> tuple[float, ...]:
    square, t = x * x, w * x + p
    bell, gate = exp(-k * square), x / (1 + exp(-x))
    wave, slope = bell * sin(t), A * bell * cos(t)
    sway = A * wave
    return sway + C * gate + 0.1 * square - 0.3, wave, -square * sway, x * slope, slope, gate
