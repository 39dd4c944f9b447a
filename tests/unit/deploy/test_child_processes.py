"""The parts of supervising that need no process."""

import signal

import pytest

from deploy.child_process import pause_before_restart
from deploy.guard import groups_left
from deploy.log_files import keep_bounded, last_lines, open_log


@pytest.mark.parametrize(
    ("short_lives", "pause_s"),
    [
        (1, 0.5),  # a child that ran well is started again almost at once
        (2, 1.0),
        (6, 16.0),
        (7, 30.0),  # never longer: what was missing may be back
        (1000, 30.0),
    ],
)
def test_the_pause_before_a_restart_grows_to_half_a_minute(short_lives, pause_s):
    assert pause_before_restart(short_lives) == pause_s


def test_the_guard_ends_only_the_groups_that_did_not_end_themselves():
    lines = [f"+ 10 {signal.SIGTERM}\n", f"+ 11 {signal.SIGINT}\n", "- 10\n", f"+ 12 {signal.SIGTERM}\n", "- 99\n"]
    assert list(groups_left(lines).items()) == [(11, signal.SIGINT), (12, signal.SIGTERM)]


def test_a_log_that_is_too_long_is_moved_away_and_writing_goes_on_in_the_same_file(tmp_path):
    path = tmp_path / "judge.log"
    log = open_log(path)
    with open(log, "wb", buffering=0) as file:
        file.write(b"old\n" * 3)
        assert not keep_bounded(path, most_bytes=12)
        file.write(b"!")
        assert keep_bounded(path, most_bytes=12)
        file.write(b"new\n")
    assert path.read_text() == "new\n"
    assert (tmp_path / "judge.log.1").read_text() == "old\nold\nold\n!"


def test_the_end_of_a_log_is_given_even_where_it_is_not_text(tmp_path):
    path = tmp_path / "judge.log"
    path.write_bytes(b"\n".join([b"first", b"\xff", b"last"]))
    assert last_lines(path, 2).endswith("\nlast")
    assert last_lines(tmp_path / "none.log") == ""
