"""Sums of products of the rows of a matrix, and which of them are wanted: Gram matrices of blocks, and plain sums."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
Totals: TypeAlias = tuple[Matrix, Matrix]  # the Gram matrix (q, q) and the plain sums; of groups, these one by one

UNSHARED = 1 << 18  # multiplications: larger products are shared out by BLAS to threads of its own, which wait for ours
SIDE = 48  # formulas that are multiplied with as many others at a time
LARGE = 128  # rows of a group on average from which on a product of matrices is faster than one sum after the other


class Layout(NamedTuple):
    """What is to be summed: the products of the formulas of each block, `size` each, and `plain` formulas as they are.

    The formulas come in this order, block by block; their values at m rows are the rows of a matrix W, which has a
    spare one at the end.
    """

    blocks: int
    size: int
    plain: int

    @property
    def formulas(self) -> int:
        """How many formulas there are."""
        return self.blocks * self.size + self.plain

    @property
    def starts(self) -> range:
        """The first row of each block."""
        return range(0, self.blocks * self.size, max(self.size, 1))

    def totals(self, W: Matrix) -> Totals:
        """The sums over the columns of W."""
        G, q = np.zeros((self.size, self.size)), self.size
        for first in self.starts:
            G += product(W[first : first + q + 1])
        return G, W[self.blocks * q : self.formulas].sum(axis=1)

    def zeros(self, *shape: int) -> Totals:
        """The sums over nothing."""
        return np.zeros((*shape, self.size, self.size)), np.zeros((*shape, self.plain))

    def of_groups(self, W: Matrix, sizes: NDArray[np.intp]) -> Totals:
        """The sums over each group of columns of W, so many columns each."""
        G, plain = self.zeros(len(sizes))
        some, q, rest = sizes > 0, self.size, self.blocks * self.size
        starts = (np.cumsum(sizes) - sizes)[some]
        even = W.shape[1] >= LARGE * len(sizes) and bool((sizes == sizes[0]).all())
        even = even and q * (q + 1) * int(sizes[0]) <= UNSHARED
        for first in self.starts if len(starts) else ():
            V = W[first : first + q + 1]
            G[some] += products(V[:q], V, int(sizes[0]))[:, :, :q] if even else ragged_products(V, starts)
        for j in range(self.plain if len(starts) else 0):
            plain[some, j] = np.add.reduceat(W[rest + j], starts)
        return G, plain


def product(W: Matrix) -> Matrix:
    """V V', where V is W without its last row.

    BLAS is asked for V W': of the two the product of a matrix with itself takes it twice as long.
    """
    q = len(W) - 1
    G = np.empty((q, q))
    for i in range(0, q, SIDE):
        for j in range(i, q, SIDE):
            u, v = slice(i, min(i + SIDE, q)), slice(j, min(j + SIDE, q))
            G[u, v] = found = crossed(W[u], W[j : v.stop + 1])[:, :-1]
            G[v, u] = found.T
    return G


def crossed(U: Matrix, V: Matrix) -> Matrix:
    """U V', in parts of so many columns that BLAS does not share them out."""
    m = U.shape[1]
    length = 1 << (UNSHARED // (len(U) * len(V))).bit_length() - 1
    if m <= length:
        found: Matrix = np.matmul(U, V.T)
        return found
    whole = m - m % length
    found = products(U[:, :whole], V[:, :whole], length).sum(axis=0)
    return found if whole == m else found + np.matmul(U[:, whole:], V[:, whole:].T)


def products(U: Matrix, V: Matrix, length: int) -> Matrix:
    """U V' of every so many columns, of which they have a whole number."""
    found: Matrix = np.matmul(parted(U, length).swapaxes(0, 1), parted(V, length).transpose(1, 2, 0))
    return found


def parted(U: Matrix, length: int) -> Matrix:
    """The rows of U, each cut into parts of one length."""
    return U.reshape(len(U), -1, length)


def mirrored(G: Matrix) -> Matrix:
    """The symmetric part, since BLAS may round the two halves differently."""
    return G / 2 + G.swapaxes(-1, -2) / 2


def ragged_products(W: Matrix, starts: NDArray[np.intp]) -> Matrix:
    """The same for columns from each start to the next."""
    q = len(W) - 1
    found = np.empty((len(starts), q, q))
    for i in range(q):
        for j in range(i + 1):
            found[:, i, j] = found[:, j, i] = np.add.reduceat(W[i] * W[j], starts)
    return found
