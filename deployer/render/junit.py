"""Outcomes and findings as JUnit XML, for CI systems that show test results: a suite of workflows, a suite of files."""

from xml.etree import ElementTree as ET

from deployer.model.evals import EvalCase, EvalSuite
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.report import DoctorRow, Report
from deployer.render import evals_summary, summary
from deployer.render.escape import xml, xml_document
from deployer.render.findings import as_text

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(report: Report) -> str:
    root = ET.Element("testsuites", name="flowship", time=f"{report.seconds:.3f}")
    cases = [_run(report.problem)] if report.problem else []
    cases += [_workflow(outcome) for outcome in report.outcomes] + [_doctor(row) for row in report.doctor]
    if cases or not (report.findings or report.evals):
        _suite(root, " ".join(word for word in ("flowship", report.mode, report.project, report.environment) if word), cases)
    for suite in report.evals:
        stage = ", before the release" if suite.evaluated == "preflight" else ""
        _suite(root, f"evals {suite.workflow}{stage}", [_eval_case(suite, case) for case in suite.cases])
    if report.findings:
        by_path: dict[str, list[Finding]] = {}
        for finding in report.findings:
            by_path.setdefault(finding.path, []).append(finding)
        _suite(root, "flowship lint", [_file(path, findings) for path, findings in by_path.items()])
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml_document(ET.tostring(root, encoding="unicode")) + "\n"


def _suite(root: ET.Element, name: str, cases: list[ET.Element]) -> None:
    totals = {kind: str(sum(case.find(tag) is not None for case in cases)) for kind, tag in _COUNTED.items()}
    suite = ET.SubElement(root, "testsuite", {"name": xml(name), "tests": str(len(cases)), **totals})
    suite.extend(cases)


def _case(name: str, group: str, seconds: float = 0.0) -> ET.Element:
    return ET.Element("testcase", {"name": xml(name), "classname": xml(group), "time": f"{seconds:.3f}"})


def _add_result(case: ET.Element, tag: str, message: str, detail: str = "") -> ET.Element:
    """The case, with a child that says why it did not pass. `detail` must be escaped."""
    child = ET.SubElement(case, tag, message=xml(message))
    child.text = detail or None
    return case


def _run(problem: Failure) -> ET.Element:
    return _add_result(_case("run", "flowship"), "error", summary.failure_text(problem), xml(problem.fix))


def _workflow(outcome: Outcome) -> ET.Element:
    """Failed is a failure, unknown an error (a person must look), held and skipped are skipped."""
    workflow = outcome.change.workflow
    case = _case(workflow.name, f"flowship.{workflow.platform}", outcome.seconds)
    problem = outcome.error or Failure("", outcome.change.why or summary.state(outcome), "")
    tag = {"failed": "failure", "unknown": "error", "held": "skipped", "skipped": "skipped"}.get(outcome.outcome or "")
    return _add_result(case, tag, summary.failure_text(problem), xml(problem.fix)) if tag else case


def _doctor(row: DoctorRow) -> ET.Element:
    case = _case(f"{row.workflow} in {row.environment}", f"flowship.{row.platform}")
    problem = row.problem or Failure("", "not ready", "")
    return case if row.ok else _add_result(case, "failure", summary.failure_text(problem), xml(problem.fix))


def _eval_case(suite: EvalSuite, case: EvalCase) -> ET.Element:
    """One case of an eval suite, with the attributes `file` and `line` that readers of JUnit look for."""
    stage = ".before" if suite.evaluated == "preflight" else ""  # the same case runs again after the release
    element = _case(case.name, f"flowship.evals.{suite.workflow}{stage}", sum(run.seconds or 0.0 for run in case.runs))
    element.set("file", xml(suite.path))
    element.set("line", str(case.line))
    misses = [evals_summary.miss_line(miss) for run in evals_summary.failures(case) for miss in run.misses]
    message = evals_summary.reason(case) or (misses[0] if misses else evals_summary.CASE_STATUSES[case.status])
    tag = {"failed": "failure", "not_run": "error", "skipped": "skipped"}.get(case.status)
    return _add_result(element, tag, message, "\n".join(map(xml, misses))) if tag else element


def _file(path: str, findings: list[Finding]) -> ET.Element:
    errors = [finding for finding in findings if finding.severity == "error"]
    case = _case(path or "the run", "flowship.lint")
    return _add_result(case, "failure", errors[0].message, "\n".join(map(xml, as_text(errors).splitlines()))) if errors else case
