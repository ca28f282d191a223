"""What the monthly health report and the yearly audit look at beside the contract."""

from typing import Final

from twin.spec.values import Duration, Model

_HALF_DAY_S: Final = 43_200.0
_DAY_S: Final = 86_400.0


class Audit(Model):
    """Questions of an audit.

    outages           how likely is an outage longer than each of these?
    complaint         ticket class of complaints; complaint_within  how soon they shall be settled.
    proactive         ticket classes that alerts open before users notice anything.
    """

    outages: tuple[Duration, ...] = (_HALF_DAY_S, _DAY_S)
    complaint: str | None = None
    complaint_within: Duration | None = None
    proactive: tuple[str, ...] = ()
