"""What happens on dates: one local date and time, or a rule that repeats."""

from pydantic import model_validator

from twin.spec.values import Model


class Dated(Model):
    """Something that happens once or again and again.

    at, repeat  one local date and time, or an RRULE (FREQ=MONTHLY;BYDAY=2SA;BYHOUR=22) counted from it;
    dates       or the local dates and times of all occurrences, in the order of their numbers.
    """

    at: str | None = None
    repeat: str | None = None
    dates: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_a_date(self) -> "Dated":
        if self.at is None and self.repeat is None and not self.dates:
            raise ValueError('say when: "at" (a local date and time) or "repeat" (an RRULE)')
        if self.dates and (self.at is not None or self.repeat is not None):
            raise ValueError('"dates" lists all occurrences, so leave out "at" and "repeat"')
        return self
