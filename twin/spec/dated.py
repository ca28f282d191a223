"""What happens on dates: one local date and time, or a rule that repeats."""

from pydantic import model_validator

from twin.spec.values import Model


class Dated(Model):
    """Something that happens once or again and again.

    at, repeat  one local date and time, or an RRULE (FREQ=MONTHLY;BYDAY=2SA;BYHOUR=22) counted from it.
    """

    at: str | None = None
    repeat: str | None = None

    @model_validator(mode="after")
    def _has_a_date(self) -> "Dated":
        if self.at is None and self.repeat is None:
            raise ValueError('say when: "at" (a local date and time) or "repeat" (an RRULE)')
        return self
