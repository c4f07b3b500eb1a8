"""Where a chain of samples does not yet look like its curve: at bends, at steep places, at leaps up and down.

Samples are given in a picture of width and height 1: ascending places `u`, values `v`, nan where there is none.
"""

from __future__ import annotations

import numpy as np

from symdiff.numeric.singular import Mask, Vector

BEND = 1 / 4000  # of the picture: a line nearer to the curve than this cannot be told from it
PEAK = 1 / 1000  # of the height: tops of peaks that are nearer to their neighbours are high enough
FINEST = 2.0**-18  # of the range: no bend in a picture is finer
STEP = 1 / 500  # of the height: a smaller jump cannot be seen
LEAP, WARY = 0.02, 3  # of the height, up and down again: so many intervals on either side are not trusted


def bent(u: Vector, v: Vector) -> Mask:
    """The intervals next to a sample that is not on the line between its neighbours, or at the top of a peak."""
    du, dv = np.diff(u), np.diff(v)
    area = np.abs(du[:-1] * dv[1:] - du[1:] * dv[:-1])
    with np.errstate(invalid="ignore"):
        off = area > BEND * np.hypot(u[2:] - u[:-2], v[2:] - v[:-2])
        off |= (dv[1:] * dv[:-1] < 0) & (np.minimum(np.abs(dv[1:]), np.abs(dv[:-1])) > PEAK)
    beside = np.concatenate([[False], off, [False]])
    found: Mask = (beside[1:] | beside[:-1]) & (du > FINEST)
    return found


def sudden(u: Vector, v: Vector, times: float) -> Mask:
    """The intervals that are so many times as steep as the two before them, or as the two after them."""
    rise = np.abs(np.diff(v))
    unknown = [np.inf, np.inf]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        slope = np.concatenate([unknown, np.nan_to_num(rise / np.diff(u), nan=np.inf), unknown])
        before, after = np.maximum(slope[:-4], slope[1:-3]), np.maximum(slope[3:-1], slope[4:])
        found: Mask = (rise > STEP) & (slope[2:-2] > times * np.minimum(before, after))
    return found


def close(x: Vector, places: Vector, distance: float) -> Mask:
    """Which of the ascending x are closer than this to one of the places."""
    found = np.zeros(len(x), dtype=bool)
    for first, last in zip(np.searchsorted(x, places - distance), np.searchsorted(x, places + distance), strict=True):
        found[first:last] = True
    return found


def restless(v: Vector) -> Mask:
    """The intervals near which the samples go up and down by leaps: between them there may be anything."""
    dv = np.nan_to_num(np.diff(v))
    turns = (dv[1:] * dv[:-1] < 0) & (np.minimum(np.abs(dv[1:]), np.abs(dv[:-1])) > LEAP)
    near = np.convolve(turns, np.ones(2 * WARY), "full")[WARY - 1 : WARY + len(turns)] > 0
    return near & (np.abs(dv) > STEP)
