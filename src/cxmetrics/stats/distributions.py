"""Quantiles and tail probabilities, from the standard library and `scipy.special`.

`scipy.special` is imported inside the functions: it costs half a second that a program which only
counts need not pay.
"""

from __future__ import annotations

from statistics import NormalDist

from cxmetrics.errors import UsageError

_NORMAL = NormalDist()


def check_level(level: float) -> float:
    """Return a confidence level, or refuse it.

    Raises:
        UsageError: it is not strictly between 0 and 1; 95 is taken for a mistake, not for 0.95.
    """
    if not 0 < level < 1:
        hint = f": did you mean {level / 100:g}?" if 1 < level < 100 else "."
        raise UsageError(f"a confidence level is between 0 and 1, not {level!r}{hint}")
    return level


def normal_quantile(p: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return _NORMAL.inv_cdf(p)


def two_sided_z(level: float) -> float:
    """Return the z of a two-sided interval: 1.96 for 0.95."""
    return normal_quantile(0.5 + check_level(level) / 2)


def t_quantile(p: float, df: float) -> float:
    """Return the quantile of Student's t with `df` degrees of freedom (fractions allowed)."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the quantile of the beta distribution."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, p))


def normal_p(z: float) -> float:
    """Return the two-sided p-value of a z statistic."""
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(z)))


def t_p(t: float, df: float) -> float:
    """Return the two-sided p-value of a t statistic."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def chi_square_p(x: float, df: float) -> float:
    """Return the upper tail of the chi-square distribution."""
    from scipy.special import gammaincc

    return float(gammaincc(df / 2, x / 2))
