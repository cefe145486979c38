"""Outcomes and findings as JUnit XML, for CI systems that show test results: a suite of workflows, a suite of files."""

from xml.etree import ElementTree as ET

from deployer.model.evals import EvalCase, EvalSuite
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.report import DoctorRow, Report
from deployer.render import evals_summary, summary
from deployer.render.escape import xml
from deployer.render.findings_text import as_text


def render(report: Report) -> str:
    root = ET.Element("testsuites", name="flowship", time=f"{report.seconds:.3f}")
    cases = [_run(report.problem)] if report.problem else []
    cases += [_workflow(outcome) for outcome in report.outcomes] + [_doctor(row) for row in report.doctor]
    if cases or not (report.findings or report.evals):
        _suite(root, " ".join(word for word in ("flowship", report.mode, report.environment) if word), cases)
    for suite in report.evals:
        before = ", before the release" if suite.evaluated == "preflight" else ""
        _suite(root, f"evals {suite.workflow}{before}", [_checked(suite, case) for case in suite.cases])
    if report.findings:
        by_path: dict[str, list[Finding]] = {}
        for finding in report.findings:
            by_path.setdefault(finding.path, []).append(finding)
        _suite(root, "flowship lint", [_file(path, findings) for path, findings in by_path.items()])
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, cases: list[ET.Element]) -> None:
    totals = {kind: str(sum(case.find(tag) is not None for case in cases)) for kind, tag in _COUNTED.items()}
    suite = ET.SubElement(root, "testsuite", {"name": xml(name), "tests": str(len(cases)), **totals})
    suite.extend(cases)


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _case(name: str, group: str, seconds: float = 0.0) -> ET.Element:
    return ET.Element("testcase", {"name": xml(name), "classname": xml(group), "time": f"{seconds:.3f}"})


def _told(case: ET.Element, tag: str, message: str, detail: str = "") -> ET.Element:
    """A child that says why a case did not pass. `detail` has been escaped or is ours."""
    child = ET.SubElement(case, tag, message=xml(message))
    child.text = detail or None
    return case


def _said(problem: Failure) -> str:
    return f"{problem.code}: {problem.message}" if problem.code else problem.message


def _run(problem: Failure) -> ET.Element:
    return _told(_case("run", "flowship"), "error", _said(problem), xml(problem.fix))


def _workflow(outcome: Outcome) -> ET.Element:
    """Failed is a failure, unknown an error (a person must look), held and skipped are skipped."""
    workflow = outcome.change.workflow
    case = _case(workflow.name, f"flowship.{workflow.platform}", outcome.seconds)
    problem = outcome.error or Failure("", outcome.change.why or summary.state(outcome), "")
    tag = {"failed": "failure", "unknown": "error", "held": "skipped", "skipped": "skipped"}.get(outcome.outcome or "")
    return _told(case, tag, _said(problem), xml(problem.fix)) if tag else case


def _doctor(row: DoctorRow) -> ET.Element:
    case = _case(f"{row.workflow} in {row.environment}", f"flowship.{row.platform}")
    problem = row.problem or Failure("", "not ready", "")
    return case if row.ok else _told(case, "failure", _said(problem), xml(problem.fix))


def _checked(suite: EvalSuite, case: EvalCase) -> ET.Element:
    """One case of an eval suite; the file and line are where JUnit's readers look for them."""
    before = ".before" if suite.evaluated == "preflight" else ""  # the same case runs again after the release
    element = _case(case.name, f"flowship.evals.{suite.workflow}{before}", sum(run.seconds or 0.0 for run in case.runs))
    element.set("file", xml(suite.path))
    element.set("line", str(case.line))
    missed = [f"{miss.matcher}: expected {miss.expected}, got {miss.actual}" for run in evals_summary.failures(case) for miss in run.misses]
    said = evals_summary.why(case) or (missed[0] if missed else evals_summary.STANDINGS[case.status])
    tag = {"failed": "failure", "not_run": "error", "skipped": "skipped"}.get(case.status)
    return _told(element, tag, said, "\n".join(map(xml, missed))) if tag else element


def _file(path: str, findings: list[Finding]) -> ET.Element:
    errors = [finding for finding in findings if finding.severity == "error"]
    case = _case(path or "the run", "flowship.lint")
    return _told(case, "failure", errors[0].message, xml_lines(as_text(errors))) if errors else case


def xml_lines(text: str) -> str:
    """Several lines of ours (each already escaped for a terminal), fit for XML."""
    return "\n".join(xml(line) for line in text.splitlines())
