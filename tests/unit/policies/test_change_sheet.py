"""The change sheet says what changes, from when, in both languages, and nothing that stays."""

from datetime import UTC, datetime, timedelta

from deploy import policies
from deploy.demo.policy import demo_policy
from schemas.policy.change_sheet import change_sheet
from schemas.policy.policy import CodeOutcome, TestValidity
from schemas.words import Outcome, TestKind
from tests.builders import a_policy

MIDNIGHT = datetime(2021, 10, 11, 17, tzinfo=UTC)
NAMES = {name[:2]: name for name in policies.names()}


def lines(before, after):
    return [line.en for line in change_sheet(before, after).lines]


def test_it_says_from_when_in_local_time():
    sheet = change_sheet(a_policy(), a_policy(version=2, effective_at=MIDNIGHT))
    assert sheet.heading.vi == "Từ 00:00 ngày 12/10/2021"
    assert sheet.heading.en == "From 00:00, 12 Oct 2021"
    assert [line.en for line in sheet.lines] == ["Nothing changes at the lane."]


def test_a_test_that_counts_longer_or_no_more_is_named():
    tests = (TestValidity(kind=TestKind.PCR, lasts=timedelta(hours=48)),)
    assert lines(a_policy(), a_policy(tests=tests)) == [
        "a PCR test counts (72 h → 48 h)",
        "a rapid test at an accredited place is not accepted any more",
    ]


def test_another_outcome_of_a_code_is_named_from_what_to_what():
    codes = tuple(
        CodeOutcome(code=entry.code, outcome=Outcome.HOLD if entry.code == "GL01" else entry.outcome)
        for entry in a_policy().codes
    )
    (line,) = change_sheet(a_policy(), a_policy(codes=codes)).lines
    assert line.en.endswith(": check more → hold here")
    assert line.vi.endswith(": KIỂM TRA THÊM → GIỮ LẠI")


def test_a_demand_that_is_abolished_and_a_matrix_that_is_new_are_named_by_their_sentences():
    nine = policies.policy(NAMES["09"])
    assert "no more: a test must be shown" in lines(demo_policy(), nine)
    assert any("only from level 4" in line for line in lines(demo_policy(), nine))
    new = lines(None, policies.policy(NAMES["04"]))
    assert new[0].startswith("new rules are in force: Công văn 8399/BYT-MT")
    assert sum(line.startswith("new: ") for line in new) == 3


def test_a_parameter_is_named_without_its_number():
    assert lines(a_policy(), a_policy(look_back=timedelta(days=21))) == ["changed: look-back"]


def test_every_case_has_a_sheet_in_both_languages():
    for name in policies.names():
        for line in change_sheet(demo_policy(), policies.policy(name)).lines:
            assert line.vi
            assert line.en
