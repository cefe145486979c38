"""The order of findings in every listing."""

from deployer.model.finding import Finding, Span, in_order


def finding(path: str, line: int = 0, rule: str = "r") -> Finding:
    return Finding(rule, "error", "m", "f", path, Span(line, 1, line, 2) if line else None)


def test_findings_are_sorted_by_file_place_and_rule_and_each_is_given_once() -> None:
    ordered = (finding("a"), finding("a", 2), finding("a", 2, "s"), finding("a", 10), finding("b", 1))
    assert in_order([*reversed(ordered), finding("a", 2)]) == ordered
