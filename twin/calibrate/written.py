"""A scenario that was learned, as the YAML text of a file that opens with its question and what it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml


class _Plain(yaml.SafeDumper):
    """Writes every value where it stands, never as a reference to an equal one."""

    def ignore_aliases(self, data: Any) -> bool:
        """True: nothing is shared."""
        return True


def scenario_text(data: Mapping[str, Any], remarks: Sequence[str]) -> str:
    """The YAML text of scenario data, with its question and some remarks as comments on top."""
    question = data.get("question")
    head = "".join(f"# {line}\n" for line in [*([question, ""] if question else []), *remarks])
    return head + "\n" + yaml.dump(dict(data), Dumper=_Plain, sort_keys=False, width=110, allow_unicode=True)
