"""The marker, in real sessions of a suite that is not ours."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

CLOCK = """
import pytest

now, calls = [0.0], []

def clock():
    return now[0]

def take(seconds):
    calls.append(seconds)
    now[0] += seconds * (1 + len(calls) % 5 / 100)
"""

SUITE = (
    CLOCK
    + """
@pytest.mark.benchmark(timer=clock)
def test_old(benchmark):
    benchmark.pedantic(take, (0.004,), rounds=12)

{mark}
@pytest.mark.benchmark(timer=clock)
def test_new(benchmark):
    benchmark.pedantic(take, (0.001,), rounds=12)
"""
)
"""Its time passes as it is told to, so that no verdict depends on how busy the machine is."""


def run(pytester: pytest.Pytester, mark: str, *args: str) -> pytest.RunResult:
    """Run a suite with a marker, in a process of its own."""
    pytester.makepyfile(SUITE.format(mark=mark))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)


BLOCKS = ("--blocks=6", "--blocks-results=results")

CLAIMS = {
    "faster_than='test_old', at_least=1.5": True,
    "faster_than='test_old'": True,
    "faster_than='test_old', at_least=50": False,
    "faster_than='test_old', between=[1, 1.5]": False,
    "faster_than='test_old', at_most=50": True,
    "slower_than='test_old'": False,
    "slower_than='test_old', at_most=0.5": True,
    "as_fast_as='test_old', within=0.1": False,
    "as_fast_as='test_old', within=5": True,
}
"""Claims on 1 ms beside 4 ms, and whether they hold."""


def test_a_claim_is_a_test_of_its_own(pytester: pytest.Pytester) -> None:
    """1 ms is over 1.5 times as fast as 4 ms, and not 50 times; bounds of two sides."""
    before, marked, new = SUITE.partition("{mark}")
    news = [
        marked.format(mark=f"@pytest.mark.claim({claim})")
        + new.replace("test_new", f"test_new_{number}_")
        for number, claim in enumerate(CLAIMS)
    ]
    pytester.makepyfile("\n\n".join([before, *news]))
    result = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", *BLOCKS, "--blocks=9", "--junitxml=junit.xml"
    )
    failed = list(CLAIMS.values()).count(False)
    result.assert_outcomes(passed=1 + 2 * len(CLAIMS) - failed, failed=failed)
    assert result.ret == 1
    cases = ET.parse(pytester.path / "junit.xml").iter("testcase")  # noqa: S314  our own
    told = {c.attrib["name"]: c.find("failure") is None for c in cases if " " in c.attrib["name"]}
    assert len(told) == len(CLAIMS)
    for number, (claim, holds) in enumerate(CLAIMS.items()):
        (name,) = (name for name in told if name.startswith(f"test_new_{number}_ is "))
        assert told[name] is holds, claim
        if not holds:
            result.stdout.fnmatch_lines([f"FAILED *::test_new_{number}_ is *test_old*"])


def test_a_claim_that_fails_ends_the_session_where_asked(pytester: pytest.Pytester) -> None:
    """-x: the second of two claims is not judged."""
    mark = "@pytest.mark.claim(faster_than='test_old', at_least={})"
    marks = f"{mark.format(51)}\n{mark.format(50)}"
    run(pytester, marks, *BLOCKS, "-x").assert_outcomes(passed=2, failed=1)


def test_one_after_the_other_a_verdict_is_indicative(pytester: pytest.Pytester) -> None:
    """It fails no session unless asked; it says what to do."""
    mark = "@pytest.mark.claim(faster_than='test_old', at_least=50)"
    result = run(pytester, mark, "-rs")
    result.assert_outcomes(passed=2, skipped=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*claims, indicative: *", "*indicative only*fails*add --blocks*"])
    result = run(pytester, mark, "--claims-indicative=fail")
    result.assert_outcomes(passed=2, failed=1)
    holds = "@pytest.mark.claim(faster_than='test_old')"
    run(pytester, holds).assert_outcomes(passed=3)


def test_a_claim_that_is_undecided_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    """Three blocks cannot decide anything."""
    mark = "@pytest.mark.claim(faster_than='test_old')"
    result = run(pytester, mark, "--blocks=3", "--blocks-results=results", "-rs")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*undecided: 3 blocks cannot support a verdict*"])


def test_last_failed_measures_both_sides_again(pytester: pytest.Pytester) -> None:
    """What failed was the claim: its two benchmarks are needed to judge it."""
    pytester.makepyfile(
        SUITE.format(mark="@pytest.mark.claim(faster_than='test_old', at_least=50)")
    )
    more = "\n\ndef test_other(benchmark):\n    benchmark.pedantic(len, ((),))\n"
    (path,) = pytester.path.glob("test_*.py")
    path.write_text(path.read_text() + more)
    pytester.runpytest_subprocess(*BLOCKS).assert_outcomes(passed=3, failed=1)
    again = pytester.runpytest_subprocess(*BLOCKS, "--lf")
    again.assert_outcomes(passed=2, failed=1, deselected=1)


FAMILY = (
    CLOCK
    + """
pytestmark = pytest.mark.benchmark(timer=clock)
COST = {"old": 0.004, "new": 0.001, "small": 1, "large": 3}

@pytest.mark.claim(faster_than="[old]", at_least=2)
@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("way", ["old", "new"])
def test_way(benchmark, way, size):
    benchmark.pedantic(take, (COST[way] * COST[size],), rounds=12)

class TestOld:
    def test_a(self, benchmark):
        benchmark.pedantic(take, (0.002,), rounds=12)

    @pytest.mark.parametrize("size", ["small", "large"])
    def test_b(self, benchmark, size):
        benchmark.pedantic(take, (0.002 * COST[size],), rounds=12)

@pytest.mark.claim(faster_than="TestOld")
class TestNew:
    def test_a(self, benchmark):
        benchmark.pedantic(take, (0.001,), rounds=12)

    @pytest.mark.parametrize("size", ["small", "large"])
    def test_b(self, benchmark, size):
        benchmark.pedantic(take, (0.001 * COST[size],), rounds=12)

@pytest.mark.claim(faster_than="TestOld::test_b", at_most=1)
@pytest.mark.parametrize("size", ["small", "large"])
def test_slow(benchmark, size):
    benchmark.pedantic(take, (0.009 * COST[size],), rounds=12)
"""
)


def test_parameters_and_classes_are_compared_case_by_case(pytester: pytest.Pytester) -> None:
    """Each case with the one that differs in what is named; that one makes no claim itself.

    A session whose claims all hold ends well, with no failure in what others read.
    """
    pytester.makepyfile(FAMILY)
    args = ("-p", "no:cacheprovider", *BLOCKS, "-v", "--junitxml=junit.xml")
    result = pytester.runpytest_subprocess(*args)
    result.assert_outcomes(passed=12 + 2 + 3 + 2)
    assert result.ret == 0
    assert "<failure" not in (pytester.path / "junit.xml").read_text()
    claims = [line for line in result.outlines if "PASSED" in line and " is at" in line]
    assert len([line for line in claims if "test_way[[new-" in line.replace("[", "[[")]) == 2
    assert not [line for line in claims if "test_way[old" in line]


def test_without_the_plugin_the_suite_still_runs(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A marker that its own ini file registers is only a marker."""
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_benchmark.plugin")
    pytester.makeini(
        "[pytest]\nmarkers = claim: judged by parallel-claims\naddopts = --strict-markers"
    )
    result = run(pytester, "@pytest.mark.claim(faster_than='test_old')")
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("claim()", "names the test to be compared with"),
        ("claim('test_old')", "names the test to be compared with"),
        ("claim(faster_than='test_old', at_last=2)", "unknown field `at_last`"),
        ("claim(faster_than='test_old', between=[2, 1])", "allows nothing"),
        ("claim(faster_than='test_old', at_least=-1)", "must be above 0"),
        ("claim(as_fast_as='test_old')", "as_fast_as takes within="),
    ],
)
def test_a_wrong_marker_is_told_in_one_line(
    pytester: pytest.Pytester, mark: str, words: str
) -> None:
    """A usage error that names the test."""
    result = run(pytester, f"@pytest.mark.{mark}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line.startswith("ERROR")]
    assert "test_new" in line
    assert words in line


def test_an_unknown_test_fails_the_session(pytester: pytest.Pytester) -> None:
    """A misspelt name never holds in silence; the nearest is named."""
    result = run(pytester, "@pytest.mark.claim(faster_than='test_odl')")
    assert result.ret == 1
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*faster_than='test_odl'*no such test; nearest: *test_old*"])


def test_what_was_not_measured_is_told(pytester: pytest.Pytester) -> None:
    """Deselected, or benchmarks switched off: not judged, no failure."""
    mark = "@pytest.mark.claim(faster_than='test_old')"
    for more in ((), (*BLOCKS, "--blocks=1")):
        result = run(pytester, mark, "-k", "test_new", "-rs", *more)
        result.assert_outcomes(passed=1, skipped=1, deselected=1)
        result.stdout.fnmatch_lines(["SKIPPED*test_old*"])
    result = run(pytester, mark, "--benchmark-disable", "-rs")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*benchmarks are switched off"])


def test_a_suite_without_claims_sees_nothing(pytester: pytest.Pytester) -> None:
    """The plugin is silent."""
    result = run(pytester, "")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*== claims ==*")
