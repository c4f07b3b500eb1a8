"""In NumPy, as one writes it in a notebook: the expensive parts once, a new array for each operation."""

from __future__ import annotations

from typing import Any

import numpy as np


def decay(x: Any, a: float, b: float, c: float, mu: float, s: float, d: float, w: float, p: float) -> tuple[Any, ...]:
    v, t = x - mu, w * x + p
    fall, bell, lens = np.exp(-b * x), np.exp(-(v**2) / (2 * s**2)), 1 / (1 + x**2)
    wave, slope = np.sin(t) * lens, d * np.cos(t) * lens
    drop, hill = a * fall, c * bell
    shift = hill * v / s**2
    return drop + hill + d * wave, fall, -x * drop, bell, shift, shift * v / s, wave, x * slope, slope


def swing(x: Any, A: float, k: float, w: float, p: float, C: float) -> tuple[Any, ...]:
    square, t = x**2, w * x + p
    bell, gate = np.exp(-k * square), x / (1 + np.exp(-x))
    wave, slope = bell * np.sin(t), A * bell * np.cos(t)
    sway = A * wave
    return sway + C * gate + 0.1 * square - 0.3, wave, -square * sway, x * slope, slope, gate
