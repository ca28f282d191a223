"""A gate's checks as JUnit XML, for build servers."""

from pathlib import Path
from xml.etree import ElementTree as Xml

from twin.decide.gate import Gate, Verdict


def junit(gate: Gate) -> bytes:
    """One test case for each check: no-go is a failure, not enough evidence an error."""
    failures, errors = gate.failing(Verdict.NO_GO), gate.failing(Verdict.NOT_ENOUGH)
    counts = {"tests": str(len(gate.checks)), "failures": str(len(failures)), "errors": str(len(errors))}
    suites = Xml.Element("testsuites", counts)
    suite = Xml.SubElement(suites, "testsuite", {"name": gate.goals.title, **counts})
    for check in gate.checks:
        case = Xml.SubElement(suite, "testcase", {"classname": "gate", "name": check.name})
        words = "; ".join(part for part in (check.reason, check.remedy and f"missing: {check.remedy}") if part)
        if check.verdict is Verdict.NO_GO:
            Xml.SubElement(case, "failure", {"message": words, "type": check.verdict.value})
        elif check.verdict is Verdict.NOT_ENOUGH:
            Xml.SubElement(case, "error", {"message": words, "type": check.verdict.value})
        else:
            Xml.SubElement(case, "system-out").text = words
    Xml.indent(suites)
    return bytes(Xml.tostring(suites, encoding="utf-8", xml_declaration=True))


def write_junit(gate: Gate, path: Path) -> None:
    """Write the checks to a file, aside and renamed."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_bytes(junit(gate))
    aside.replace(path)
