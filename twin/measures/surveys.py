"""What answers to a survey can show: how sure a share is, and how many answers would prove a goal."""

import math

from scipy.special import ndtri


def half_width(answers: float, share: float, confidence: float = 0.95) -> float:
    """Half the width of the interval around a share measured by that many answers (normal approximation); inf for none.

    100 answers measure 95 % to within 4.3 points. Source: Cochran (1977), Sampling Techniques, 3rd ed., section 3.6.
    """
    z = float(ndtri(0.5 + confidence / 2.0))
    return z * math.sqrt(share * (1.0 - share) / answers) if answers > 0 else math.inf


def answers_needed(share: float, goal: float, confidence: float = 0.95) -> float:
    """Answers for which the interval around `share` lies above the goal; inf if the share does not exceed it."""
    if share <= goal:
        return math.inf
    z = float(ndtri(0.5 + confidence / 2.0))
    return max(math.ceil(share * (1.0 - share) * (z / (share - goal)) ** 2 - 1e-9), 1)


def fewest_answers(goal: float, confidence: float = 0.95) -> int:
    """Answers that prove a goal if nobody is dissatisfied: the smallest n with goal**n at most 1 - confidence.

    No survey with fewer answers can prove it. Source: Clopper and Pearson (1934), with no failures.
    """
    return math.ceil(math.log(1.0 - confidence) / math.log(goal) - 1e-9)
