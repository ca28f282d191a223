"""Satisfaction: what makes users content after a ticket and with the PLM as a whole, and who answers when asked.

Satisfaction is a probability whose logit, ln(p / (1 - p)), is a base less what annoys. Effects are in units of logit:
near 50 % one unit moves the share by some 23 points, near 95 % by some 5 to 8.
"""

from typing import Annotated

from pydantic import Field, model_validator

from twin.spec.values import Duration, Model, Ratio

Logit = Annotated[float, Field(ge=-20.0, le=20.0)]
Harm = Annotated[float, Field(ge=0.0, le=20.0)]


class Survey(Model):
    """The score asked for after each solution.

    satisfied, dissatisfied  share of the content and of the annoyed who answer; unequal shares bend the score.
    fewest                   answers a month below which the score of a tier is not shown.
    """

    satisfied: Ratio = 0.2
    dissatisfied: Ratio = 0.2
    fewest: Annotated[int, Field(ge=1, le=1_000_000)] = 10


class Questionnaire(Model):
    """A questionnaire to users every so often, whether they had tickets or not: is the PLM good to use?

    every          from the start of the clock; asked  users; answer_ratio  share of them who answer.
    base           logit of a user of a PLM that was never down and whose tickets were all on time.
    per_outage_h   harm per hour of outage within `memory` before it is asked.
    late           harm if all tickets of that time missed a promised clock, else in proportion.
    memory         how far back users remember.
    """

    every: Duration
    asked: Annotated[int, Field(ge=1, le=10_000_000)]
    answer_ratio: Ratio = 0.3
    base: Logit
    per_outage_h: Harm = 0.0
    late: Harm = 0.0
    memory: Duration = Field(default=7_776_000.0, validate_default=False)

    @model_validator(mode="after")
    def _comes_round(self) -> "Questionnaire":
        if self.every <= 0:
            raise ValueError('the questionnaire comes every 0 s; write e.g. "every: 182 d"')
        return self


class Visits(Model):
    """Visits of a customer success manager: after each, the logit of every user is higher for a while.

    every      from the start of the clock; lift  logit gained by a visit; half_life  in which half of it is gone.
    """

    every: Duration
    lift: Harm
    half_life: Duration

    @model_validator(mode="after")
    def _comes_round(self) -> "Visits":
        if self.every <= 0 or self.half_life <= 0:
            raise ValueError("visits every 0 s, or gone at once; write lengths above 0")
        return self


class Satisfaction(Model):
    """Satisfaction with a solved ticket, and what the contract asks for.

    base              logit of the reporter of a ticket that is answered and solved at once.
    per_response_h    harm per hour until somebody starts, on the clock of the contract.
    per_resolution_h  harm per hour until it is solved, on the clock of the contract.
    reopened          harm if it had to be opened again.
    per_outage_h      harm per hour of outage that users saw within `memory` before the solution.
    memory            how far back outages are remembered.
    channels          channel -> logit gained (or lost) by reporting there.
    queues            queue -> harm to tickets that pass through it, such as that of a bot that annoys.
    goal              satisfaction that is promised, in each month; confidence  with which it shall be proven.
    survey            the score after each solution; questionnaire  the one to all users.
    visits            of a customer success manager.
    """

    base: Logit
    per_response_h: Harm = 0.0
    per_resolution_h: Harm = 0.0
    reopened: Harm = 0.0
    per_outage_h: Harm = 0.0
    memory: Duration = Field(default=2_592_000.0, validate_default=False)
    channels: dict[str, Logit] = {}
    queues: dict[str, Harm] = {}
    goal: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    survey: Survey = Survey()
    questionnaire: Questionnaire | None = None
    visits: Visits | None = None
