"""What is measured is what is said to be measured; a baseline that is not there is said to be missing."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.benchmarks import baselines, command, passes
from deploy.benchmarks.baselines import BaselineMissing
from deploy.benchmarks.peer import Peer
from deploy.benchmarks.rules_measured import bundle_of, rules_measured
from schemas.policy.certlogic import CertificateType, RuleOutcome, select

AT = datetime(2021, 10, 6, 5, tzinfo=UTC)


def test_without_the_shared_data_rules_of_our_own_are_measured_and_all_of_them_pass(tmp_path):
    source, measured = rules_measured(tmp_path / "absent")
    assert source == "our own samples"
    assert [one.rule.result(one.context).outcome for one in measured] == [RuleOutcome.PASSED] * 6


def test_the_bundle_has_sixty_rules_in_force_of_which_some_apply_to_one_occupant(tmp_path):
    bundle = bundle_of(rules_measured(tmp_path)[1])
    selected = select(bundle, at=AT, country="VN", kinds={CertificateType.VACCINATION})
    assert len({rule.identifier for rule in bundle}) == len(bundle) == 60
    assert 10 <= len(selected) < 60


def test_without_a_baseline_ours_is_measured_alone_and_the_reason_told(capsys):
    def away():
        raise BaselineMissing("no way to the Internet")

    ours, theirs, missing = passes._in_turn("python-cwt", lambda: [1.0, 2.0], away, 1, 3)
    assert (ours, theirs) == ([1.0, 2.0], None)
    assert missing == "python-cwt is not here: no way to the Internet"
    assert passes._beside(1.0, None) == {"ours_us": 1.0, "theirs_us": None, "ours_by_theirs": None}


def test_ours_and_theirs_are_measured_in_turn_and_the_median_round_counts():
    theirs = iter([[10.0], [30.0], [20.0]])
    ours = iter([[1.0], [9.0], [5.0]])

    class Baseline:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def measure(self, calls):
            return next(theirs)

    assert passes._in_turn("x", lambda: next(ours), Baseline, 1, 3) == ([5.0], [20.0], None)


def test_a_baseline_that_ends_is_missing_with_its_last_word():
    with pytest.raises(BaselineMissing, match="no such module"):
        Peer([sys.executable, "-c", "import sys; sys.exit('no such module')"], [1])


def test_a_baseline_answers_lines_with_lines():
    answers = "import sys\nfor line in sys.stdin: print('\"ready\"' if line == '[1]\\n' else '[2.5]', flush=True)"
    with Peer([sys.executable, "-c", answers], [1]) as peer:
        assert peer.measure(7) == [2.5]


@pytest.mark.parametrize(("check", "status"), [([], 0), (["--check"], 1)])
def test_a_bar_that_is_not_reached_fails_only_when_checking(check, status, monkeypatch, capsys):
    bars = {"rule_us": {"us": 20.0, "bar_us": 15.0, "reached": False}}
    monkeypatch.setattr(passes, "measure", lambda rounds: {"bars": bars})
    assert command.main(["passes", *check]) == status
    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"benchmark": "passes", "bars": bars}
    assert "rule_us" in printed.err


def test_what_is_fetched_is_locked_by_hash_and_names_no_address():
    lock = (baselines.HERE / "baselines.lock").read_text()
    assert "cwt==" in lock
    assert "--hash=sha256:" in lock
    packages = (baselines.HERE / "certlogic_js" / "package-lock.json").read_text()
    assert "sha512-" in packages
    assert "http" not in lock + packages


def test_the_command_of_the_issue_is_there_and_may_be_run():
    script = Path(command.__file__).parents[1] / "bench"
    assert script.is_file()
    assert script.stat().st_mode & 0o111
