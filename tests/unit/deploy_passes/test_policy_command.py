"""``chotxanh policy check``: rules, claims, value sets and a clock in, one result a rule out."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "passes"))

from passes_made import NOON, a_health_pass, issuer

from deploy.command_line import main
from schemas.passes.trust_list import TrustList

UNDER_72_HOURS = {
    "not-after": [
        {"plusTime": [{"var": "external.validationClock"}, 0, "day"]},
        {"plusTime": [{"var": "payload.t.0.sc"}, 72, "hour"]},
    ]
}


def a_rule(identifier="TR-VN-0001", logic=UNDER_72_HOURS, **changes):
    return {
        "Identifier": identifier,
        "Type": "Acceptance",
        "Country": "VN",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.3.3",
        "CertificateType": "Test",
        "Description": [
            {"lang": "vi", "desc": "Xét nghiệm dưới 72 giờ"},
            {"lang": "en", "desc": "Test under 72 h"},
        ],
        "ValidFrom": (NOON - timedelta(days=1)).isoformat(),
        "ValidTo": (NOON + timedelta(days=30)).isoformat(),
        "AffectedFields": ["t.0", "t.0.sc"],
        "Logic": logic,
    } | changes


@pytest.fixture
def written(tmp_path):
    def write(name, document):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def check(capsys):
    def run(*arguments):
        status = main(["policy", "check", *arguments])
        printed = capsys.readouterr()
        assert status == 0, printed.err
        return [json.loads(line) for line in printed.out.splitlines()]

    return run


@pytest.fixture
def refusal(capsys):
    def run(*arguments):
        assert main(["policy", "check", *arguments]) == 1
        printed = capsys.readouterr()
        assert printed.err.count("\n") == 1
        return printed.err

    return run


@pytest.mark.parametrize(
    ("clock", "outcome"),
    [("2021-10-06T12:00:00+07:00", "passed"), ("2021-10-06T12:00:01+07:00", "failed")],
)
def test_a_rule_is_checked_as_of_the_clock_given(clock, outcome, check, written):
    claims = written("claims.json", {"ver": "1.3.0", "t": [{"sc": "2021-10-03T12:00:00+07:00"}]})
    (line,) = check("--rules", written("rule.json", a_rule()), "--claims", claims, "--clock", clock)
    assert line == {
        "rule": "TR-VN-0001",
        "version": "1.0.0",
        "type": "Acceptance",
        "certificate_type": "Test",
        "country": "VN",
        "outcome": outcome,
        "reason": None,
        "detail": None,
        "value": outcome == "passed",
        "sentence": "Xét nghiệm dưới 72 giờ",
    }


def test_the_shared_form_of_a_rule_test_is_taken_as_it_is(check, written):
    test = {
        "payload": {"t": [{"sc": "2021-10-06"}]},
        "external": {"validationClock": NOON.isoformat()},
        "expected": True,
    }
    rule, claims = written("rule.json", a_rule()), written("test.json", test)
    assert check("--rules", rule, "--claims", claims)[0]["outcome"] == "passed"
    later = check("--rules", rule, "--claims", claims, "--clock", "2022-01-01T00:00:00Z")
    assert later[0]["outcome"] == "failed"  # the command line goes before the file


def test_what_pass_read_prints_can_be_checked(check, written, capsys, tmp_path):
    trust = written("trust.json", TrustList(entries=(issuer().entry,)).model_dump_json())
    main(["pass", "read", a_health_pass(), "--trust-list", trust, "--at", NOON.isoformat(), "--show-person"])
    reading = written("reading.json", capsys.readouterr().out)
    rule = written("rule.json", a_rule())
    assert check("--rules", rule, "--claims", reading, "--clock", NOON.isoformat())[0]["outcome"] == "passed"


def test_value_sets_are_taken_from_the_eus_documents_and_from_lists(check, written, tmp_path):
    rule = written(
        "rule.json", a_rule(logic={"in": [{"var": "payload.x"}, {"var": "external.valueSets.letters"}]})
    )
    claims = written("claims.json", {"x": "b"})
    eus = written("sets/letters.json", {"valueSetId": "letters", "valueSetValues": {"a": {}, "b": {}}})
    lists = written("lists.json", {"letters": ["a"]})
    assert check("--rules", rule, "--claims", claims, "--value-sets", eus)[0]["outcome"] == "passed"
    assert (
        check("--rules", rule, "--claims", claims, "--value-sets", str(tmp_path / "sets"))[0]["outcome"]
        == "passed"
    )
    assert check("--rules", rule, "--claims", claims, "--value-sets", lists)[0]["outcome"] == "failed"


def test_a_folder_gives_its_rules_and_passes_over_their_tests(check, written, tmp_path):
    written("rules/TR/rule.json", a_rule("TR-VN-0001", True))
    written("rules/VR/rule.json", [a_rule("VR-VN-0001", True), a_rule("VR-VN-0002", False)])
    written("rules/TR/tests/test1.json", {"payload": {}, "external": {}, "expected": True})
    lines = check("--rules", str(tmp_path / "rules"))
    assert [(line["rule"], line["outcome"]) for line in lines] == [
        ("TR-VN-0001", "passed"), ("VR-VN-0001", "passed"), ("VR-VN-0002", "failed"),
    ]  # fmt: skip


def test_only_what_applies_is_run_and_concluded_when_selection_is_asked_for(check, written):
    rules = [
        a_rule("TR-VN-0001", True),
        a_rule("VR-VN-0001", False, CertificateType="Vaccination"),
        a_rule("TR-FR-0001", False, Country="FR"),
        a_rule("TR-VN-0002", False, ValidFrom=(NOON + timedelta(days=1)).isoformat()),
    ]
    arguments = ["--rules", written("rules.json", rules), "--claims", written("claims.json", {"t": [{}]})]
    assert len(check(*arguments)) == 4
    selected = ["--select", "--country", "VN", "--clock", NOON.isoformat()]
    assert check(*arguments, *selected)[-1] == {"conclusion": "passed", "rules": 1}
    assert check(*arguments, "--select", "--country", "AT", "--clock", NOON.isoformat()) == [
        {"conclusion": "open", "rules": 0}  # that nothing failed is not enough
    ]


def test_a_bare_expression_runs_on_bare_data_and_what_may_name_a_person_is_withheld(check, written):
    expression, data = written("expression.json", {"var": "name"}), written("data.json", {"name": "Nguyễn Văn A"})
    (line,) = check("--rules", expression, "--data", data)
    assert line == {"rule": "expression.json", "outcome": "open", "reason": "NOT_A_BOOLEAN", "detail": None}
    assert check("--rules", expression, "--data", data, "--show-person")[0]["value"] == "Nguyễn Văn A"


def test_a_date_time_is_shown_as_one(check, written):
    expression = written("e.json", [{"plusTime": ["2021-01-31", 1, "month"]}])
    assert check("--rules", expression, "--show-person")[0]["value"] == ["2021-03-03T00:00:00.000Z"]


def test_a_rule_that_does_not_fit_the_data_is_open_with_a_sentence(check, written):
    claims = written("claims.json", {"t": [{"sc": "secret"}]})
    rule = written("rule.json", a_rule())
    (line,) = check("--rules", rule, "--claims", claims, "--clock", NOON.isoformat())
    assert (line["outcome"], line["reason"]) == ("open", "NOT_EVALUABLE")
    assert "secret" not in json.dumps(line)


def test_a_value_larger_than_any_memory_is_refused(refusal, written):
    doubling = {"reduce": [[0] * 60, [{"var": "accumulator"}, {"var": "accumulator"}], 0]}
    assert "parts" in refusal("--rules", written("e.json", doubling), "--show-person")
    nesting = {"reduce": [[0] * 5000, [{"var": "accumulator"}], 0]}
    assert "deep" in refusal("--rules", written("e.json", nesting), "--show-person")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"if": [True, {"or": [1]}, 2]}, "if[1]: an operator that CertLogic does not have"),
        (a_rule(logic={"plusTime": ["2021", 1, "week"]}), "plusTime[2]: a unit is one of"),
        (a_rule(Country="secret"), "Country: string_pattern_mismatch"),
        ([], None),
        ("{", "is not JSON (line 1)"),
        ("NaN", "is not JSON"),
        ("[" * 3000, "is not JSON"),
    ],
)
def test_a_broken_rule_is_refused_with_the_field_and_the_reason(rules, said, refusal, written, check):
    path = written("rules.json", rules)
    if said is None:
        assert check("--rules", path)[0]["outcome"] == "failed"  # the empty array, which is falsy
    else:
        sentence = refusal("--rules", path)
        assert said in sentence
        assert "secret" not in sentence


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--claims", "C"], "no claims"),
        (["--value-sets", "C"], "no value set"),
        (["--select", "--country", "VN"], "needs a clock"),
        (["--select", "--clock", "2021-10-06T00:00:00"], "needs a clock"),
        (["--data", "C", "--select"], "--data is the whole"),
        (["--claims", "nothing.json"], "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(arguments, said, refusal, written):
    claims = written("claims.json", [1])
    given = [claims if argument == "C" else argument for argument in arguments]
    assert said in refusal("--rules", written("rule.json", a_rule()), *given)


def test_a_reading_without_its_claims_is_refused(refusal, written):
    reading = written("reading.json", {"status": "accepted", "claims": {"claims": "health", "entries": []}})
    assert "--show-person" in refusal("--rules", written("rule.json", a_rule()), "--claims", reading)


def test_help_says_what_every_line_holds(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["policy", "check", "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("NOT_EVALUABLE", "--show-person", "conclusion", "Exit status"))
