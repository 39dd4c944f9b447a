"""What is decided before anything starts, and the line of counts."""

import io
import socket

import pytest

from deploy.demo.posts import SIMULATED
from deploy.refusals import CannotStart
from deploy.running.counts import Counts, LiveLine
from deploy.running.ports import ports_from, require_free
from deploy.up_command import main


def test_services_take_the_base_and_stations_the_ports_after_it():
    ports = ports_from(18080, SIMULATED)
    assert ports.services == 18080
    assert list(ports.stations.values()) == [18081, 18082]


def test_each_worker_is_seen_at_a_port_of_its_own_that_stays():
    ports = ports_from(18080, SIMULATED)
    assert [ports.worker(1), ports.worker(2), ports.worker(1)] == [18100, 18101, 18100]
    anywhere = ports_from(0, SIMULATED)
    assert anywhere.worker(1) == anywhere.worker(1) != anywhere.worker(2)


def test_with_zero_every_program_gets_a_port_of_its_own():
    ports = ports_from(0, SIMULATED)
    assert len({ports.services, *ports.stations.values()}) == 3


def test_a_taken_port_is_one_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} for the pages and APIs cannot be used"):
            require_free(ports_from(port, ()))


def test_a_check_without_traffic_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--check", "--no-traffic"])
    assert "needs traffic" in capsys.readouterr().err


def test_the_help_names_every_option(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for option in ("--check", "--seed", "--port-base", "--home", "--no-traffic", "--workers", "--kafka-port"):
        assert option in said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_line_is_written_over_itself():
    out = Terminal()
    line = LiveLine(out)
    line.show("one")
    line.show("two")
    assert out.getvalue().count("\r") == 2
    assert "\n" not in out.getvalue()
    line.close()
    assert out.getvalue().endswith("\n")


def test_elsewhere_the_same_line_is_not_said_twice():
    out = io.StringIO()
    line = LiveLine(out)
    for text in ("one", "one", "two"):
        line.show(text)
    assert out.getvalue() == "• one\n• two\n"


def test_the_line_names_what_is_asked_for():
    said = Counts(laid=3, planned=95, sent=2, judged=1, dead_letters=4).line()
    for word in ("crossings 3/95", "sent 2", "judged 1", "alerts 0", "referrals 0", "recalls 0", "dead letters 4"):
        assert word in said
