"""What keeps tickets from people: knowledge base, chatbot, training of users, transfer of knowledge to the own team."""

from typing import Annotated

from pydantic import Field

from twin.spec.values import Duration, Law, Model, Ratio
from twin.spec.workforce import Session

Answered = Annotated[float, Field(ge=0.0, lt=1.0)]


class KnowledgeBase(Model):
    """Articles that users read before they ask: a queue before the first one, where tickets are solved or go on.

    tickets       ticket class -> share of its tickets that articles on everything would answer.
    lookup        how long a user searches.
    coverage      share of the topics with an article at the start.
    learns_after  tickets of a class after which half of its open topics have an article (each solved ticket may
                  become one); None: nobody writes any.
    releases      changes that make articles outdated; outdated  share of the coverage that each of them costs.
    """

    tickets: dict[str, Answered] = Field(min_length=1)
    lookup: Law
    coverage: Ratio = 0.0
    learns_after: Annotated[float, Field(gt=0.0)] | None = None
    releases: tuple[str, ...] = ()
    outdated: Ratio = 0.0


class Chatbot(Model):
    """A robot that answers first: a queue before the first one.

    tickets   ticket class -> share of its tickets that it solves.
    talk      how long it keeps a user, solved or not (for those it doesn't solve a delay, which annoys).
    misroute  share of the others that it sends to queue `to`, where they are triaged in vain before they come back.
    triage    work to see that a ticket is in the wrong queue.
    """

    tickets: dict[str, Answered] = Field(min_length=1)
    talk: Law
    misroute: Ratio = 0.0
    to: str | None = None
    triage: Law = Law(mean="10 min")  # type: ignore[arg-type]


class Training(Session):
    """A phase of user training: all staff, key roles, or certification with case sharing; its staff teach.

    avoids     ticket class -> share of its tickets that trained users don't open.
    inflation  share of the tickets reported as too urgent that trained users report rightly.
    half_life  time after which half of that is forgotten (0 s: never).
    """

    avoids: dict[str, Ratio] = {}
    inflation: Ratio = 0.0
    half_life: Duration = 0.0


class Handover(Session):
    """Transfer of knowledge to the customer's own team, until the vendor's first line can stand down.
    Its staff teach or learn.

    queue       the own team's; to  the queue (vendor's) it escalates to.
    learnt      share of these escalations that a passed session saves; passed  share of sessions whose assessment is
                passed (others have no effect).
    stand_down  escalated share of the own team's tickets in a month below which the vendor's line can stand down.
    """

    queue: str
    to: str
    learnt: Ratio
    passed: Ratio = 1.0
    stand_down: Ratio = 0.1


class SelfService(Model):
    """Knowledge base, chatbot, training of users and handovers to the own team, by name."""

    knowledge_base: KnowledgeBase | None = None
    chatbot: Chatbot | None = None
    training: dict[str, Training] = {}
    handovers: dict[str, Handover] = {}
