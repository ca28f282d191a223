"""Assurance packages: what a scenario would be like without a part of what is done in it."""

from typing import Any

from pydantic import Field

from twin.spec.values import Model


class Package(Model):
    """One thing done to assure service, which can be left out.

    about    what is done.
    without  dotted path -> value of the scenario without it, with its tag (null removes a named entry).
    """

    about: str = ""
    without: dict[str, Any] = Field(min_length=1)
