"""Which groups have to be hidden so that nobody can be singled out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def hidden(n: NDArray[np.integer], floor: int) -> NDArray[np.bool_]:
    """Return which groups have to be hidden.

    A group under the floor is hidden. The total minus what is shown tells of the hidden ones
    together, so at least two are, and more, the smallest first, until those reach the floor too.

    Args:
        n: shape (groups, numbers): respondents behind each number that is shown of a group.
        floor: the fewest that may stand behind a number.

    Example:
        >>> hidden(np.array([[20], [3], [9], [15]]), 5).tolist()
        [False, True, True, False]
    """
    small: NDArray[np.bool_] = np.any((n > 0) & (n < floor), axis=1)
    if not small.any():
        return small
    for place in np.argsort(n.sum(axis=1), kind="stable"):
        together = n[small].sum(axis=0)
        if not ((together > 0) & (together < floor)).any():  # never of one group alone
            break
        small[place] |= (n[place] > 0).any()
    return small
