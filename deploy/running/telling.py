"""What to open and who to log in as, for whoever just started the system."""

from collections.abc import Mapping

from deploy.demo.posts import POSTS, SIMULATED
from deploy.keys import Lane
from deploy.running.logins import ALERTS_KEY, FILE, METRICS_KEY, OFFICER, USERS
from deploy.running.samples import samples_folder
from deploy.running.system import System


def what_to_open(system: System) -> str:
    machine, logins = system.machine, system.logins
    names = {str(post["post_id"]): str(post["name"]) for post in POSTS}
    lines = ["", f"The centre               {machine.services_url}/"]
    lines += [f"  {user.name:<17} password {logins.passwords[user.name]}   {user.does}" for user in USERS]
    for lane in SIMULATED:
        lines += _station(system, lane, names, "the officer's page of this lane")
    if system.by_hand is not None:
        lines += _station(system, system.by_hand, names, "yours: nobody else works this lane")
        lines.append(f"  put a picture into  {machine.camera(system.by_hand)}")
        lines.append(f"  there are some in   {samples_folder(machine.home)}")
    lines += [
        "Alerts by key            curl -H 'Authorization: Bearer "
        f"{logins.keys[ALERTS_KEY]}' {machine.services_url}/v1/alerts",
        *_seen(system),
        f"All of this is kept in {machine.home.keys / FILE}, readable by you alone.",
        "",
    ]
    return "\n".join(lines)


def _seen(system: System) -> list[str]:
    """Where the programs say how they are."""
    machine = system.machine
    workers = [machine.worker_url(number) for number in sorted(machine.ports.workers)]
    return [
        f"Health                   {'/health '.join([machine.services_url, *workers])}/health",
        "Metrics by key           curl -H 'Authorization: Bearer "
        f"{system.logins.keys[METRICS_KEY]}' {(workers or [machine.services_url])[0]}/metrics",
    ]


def _station(system: System, lane: Lane, names: Mapping[str, str], what: str) -> list[str]:
    pin = system.logins.stations[lane.station_id].pin
    return [
        f"{names[lane.post_id]:<24} {system.machine.station_url(lane)}/",
        f"  {OFFICER:<17} PIN {pin}   {what}",
    ]
