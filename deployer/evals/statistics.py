"""Statistics of pass rates: a confidence interval, and a test whether one rate is lower than another."""

from math import comb, sqrt

Z = 1.959964  # of a 95 % interval
SIGNIFICANT = 0.05


def wilson(passes: int, runs: int) -> tuple[float, float]:
    """The 95 % interval of the share that passes, by Wilson's score: sensible for few runs and near 0 and 1, too."""
    if not runs:
        return 0.0, 1.0
    share = passes / runs
    middle = share + Z * Z / (2 * runs)
    spread = Z * sqrt(share * (1 - share) / runs + Z * Z / (4 * runs * runs))
    whole = 1 + Z * Z / runs
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def fisher_one_sided_p(passes_before: int, runs_before: int, passes: int, runs: int) -> float:
    """Fisher's exact test, one-sided: how probable so few passes (or fewer) are now, were both shares the same."""
    total, passed = runs_before + runs, passes_before + passes
    least = max(0, passed - runs_before)
    outcomes = sum(comb(runs, count) * comb(runs_before, passed - count) for count in range(least, passes + 1))
    return outcomes / comb(total, passed)
