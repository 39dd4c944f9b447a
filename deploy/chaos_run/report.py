"""The account as a table for people and as JSON for machines. Pure."""

from collections.abc import Sequence
from typing import Any

from deploy.chaos_run.account import SHOWN, Account
from deploy.chaos_run.pauses import middle
from deploy.chaos_run.run import Told

MEDIAN_PAUSE_S, LONGEST_PAUSE_S = 12.0, 20.0
HEAD = (
    f"{'#':>3} {'fault':36} {'away':>6} {'sent':>6} {'right':>6} {'a/r/r':>5} {'twice':>6} "
    f"{'again':>6} {'back':>7} {'pause':>7} {'settled':>8}"
)


def line_of(told: Told) -> str:
    fault, found = told.fault, told.account
    back = "–" if told.back_after_s is None else f"{told.back_after_s:.1f} s"
    pause = f"{max(told.pauses.values()):.1f} s" if told.pauses else "–"
    row = (
        f"{fault.number:3d} {fault.name:36} {fault.away_s:4.0f} s {found.crossings:6d} {found.accounted:6d} "
        f"{found.alerts_referrals_recalls:5d} {told.outputs_sent_twice:6d} {told.records_sent_twice:6d} "
        f"{back:>7} {pause:>7} {told.settled_after_s:6.0f} s"
    )
    note = f"  {told.note}" if told.note else ""
    return "\n".join([row + note, *(f"      ✗ {problem}" for problem in found.problems[:SHOWN])])


def pauses_of_killed(tolds: Sequence[Told]) -> list[float]:
    """Of workers killed while everything else was there."""
    return [pause for told in tolds if told.fault.name == "worker-killed" for pause in told.pauses.values()]


def summary(tolds: Sequence[Told], whole: Account, *, seed: int, workers: int, outputs: int) -> dict[str, Any]:
    killed = pauses_of_killed(tolds)
    twice = sum(told.outputs_sent_twice for told in tolds)
    return {
        "seed": seed,
        "workers": workers,
        "faults": [
            {
                "fault": told.fault.name,
                "away_s": told.fault.away_s,
                "crossings": told.account.crossings,
                "accounted": told.account.accounted,
                "outputs_sent_twice": told.outputs_sent_twice,
                "records_sent_twice": told.records_sent_twice,
                "back_after_s": _rounded(told.back_after_s),
                "longest_pause_s": _rounded(max(told.pauses.values(), default=None)),
                "settled_after_s": _rounded(told.settled_after_s),
                "problems": list(told.account.problems[:SHOWN]),
            }
            for told in tolds
        ],
        "crossings": whole.crossings,
        "accounted": whole.accounted,
        "alerts_referrals_recalls": whole.alerts_referrals_recalls,
        "outputs": outputs,
        "outputs_sent_twice": twice,
        "pause_of_a_killed_worker_s": {
            "partitions": len(killed),
            "median": _rounded(middle(killed)),
            "longest": _rounded(max(killed, default=None)),
        },
        "problems": list(whole.problems[:SHOWN]),
        "bars": {
            "nothing_lost_nothing_twice": {
                "reached": whole.is_complete and all(t.account.is_complete for t in tolds)
            },
            "pause_median_s": {"bar": MEDIAN_PAUSE_S, "reached": (middle(killed) or 0.0) <= MEDIAN_PAUSE_S},
            "pause_longest_s": {"bar": LONGEST_PAUSE_S, "reached": max(killed, default=0.0) <= LONGEST_PAUSE_S},
        },
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
