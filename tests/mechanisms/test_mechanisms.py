"""The table of mechanisms and the command that removes them, without running it: that is `make mechanisms`."""

import ast
from collections import Counter
from functools import cache

import pytest
from copies import PROJECT, Copy, Outcome, outcomes
from mechanisms import MECHANISMS
from removals import Mechanism, Removal
from remove import Proof

ONE = Mechanism(name="one", protects="it breaks", removal=Removal(file="x.py", text="a"), tests=("t.py::test_one",))
PASSED, ASSERTED, BROKEN = Outcome(passed=True), Outcome(asserted=True), Outcome(words="ImportError")
REPORT = """
    <testsuites><testsuite name="pytest">
        <testcase file="tests/a.py" name="test_good"/>
        <testcase file="tests/a.py" name="test_bad[True]">
            <failure message="AssertionError: assert 2 == 1&#10; +  where 2 = f()">…</failure></testcase>
        <testcase file="tests/a.py" name="test_not_refused"><failure message="Failed: DID NOT RAISE LeaseLost"/></testcase>
        <testcase file="tests/a.py" name="test_slow">
            <failure message="Failed: Timeout (&gt;30.0s) from pytest-timeout."/></testcase>
        <testcase file="tests/a.py" name="test_broken"><failure message="KeyError: 'cart'"/></testcase>
        <testcase file="tests/a.py" name="test_unready"><error message="failed on setup with &quot;assert 1&quot;"/></testcase>
        <testcase file="tests/a.py" name="test_left_out"><skipped message="no"/></testcase>
    </testsuite></testsuites>
"""


def source(file):
    return (PROJECT / file).read_text()


@cache
def functions(file):
    return {
        node.name for node in ast.parse(source(file)).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda mechanism: mechanism.name)
def test_each_removal_applies_to_one_place_and_leaves_a_program(mechanism):
    removal = mechanism.removal
    changed = removal.applied_to(source(removal.file))
    assert changed != source(removal.file)
    ast.parse(changed)


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda mechanism: mechanism.name)
def test_each_named_test_exists(mechanism):
    assert mechanism.tests
    for test in mechanism.tests:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in functions(file), test


def test_each_mechanism_has_a_name_of_its_own():
    assert [name for name, times in Counter(one.name for one in MECHANISMS).items() if times > 1] == []


@pytest.mark.parametrize("found", ["", "a a"])
def test_a_removal_that_does_not_apply_once_is_an_error(found):
    with pytest.raises(ValueError, match=r"x\.py"):
        ONE.removal.applied_to(found)


def test_only_what_a_test_asserts_counts():
    ends = {name.partition("::test_")[2]: (end.passed, end.asserted) for name, end in outcomes(REPORT).items()}
    assert ends == {
        "good": (True, False),
        "bad[True]": (False, True),
        "not_refused": (False, True),
        "slow": (False, False),
        "broken": (False, False),
        "unready": (False, False),
        "left_out": (False, False),
    }
    assert outcomes(REPORT)["tests/a.py::test_bad[True]"].words == "AssertionError: assert 2 == 1"


@pytest.mark.parametrize(
    ("whole", "without", "holds"),
    [
        (PASSED, ASSERTED, True),
        (PASSED, PASSED, False),
        (PASSED, BROKEN, False),
        (PASSED, None, False),
        (ASSERTED, ASSERTED, False),
        (None, ASSERTED, False),
    ],
)
def test_a_mechanism_is_proven_by_a_test_that_passes_with_it_and_fails_without(whole, without, holds):
    ends = [{"t.py::test_one": end} if end else {} for end in (whole, without)]
    assert Proof(ONE, *ends).holds is holds


def test_a_copy_lacks_the_mechanism_for_a_while_and_the_project_never(tmp_path):
    removal = MECHANISMS[0].removal
    before, copy = source(removal.file), Copy(tmp_path / "copy")
    changed = tmp_path / "copy" / "files" / removal.file
    with copy.without(removal):
        assert changed.read_text() == removal.applied_to(before)
    assert changed.read_text() == source(removal.file) == before
