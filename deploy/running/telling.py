"""What to open and who to log in as, for whoever just started the system."""

from deploy.demo.posts import POSTS, SIMULATED
from deploy.running.logins import ALERTS_KEY, FILE, OFFICER, USERS
from deploy.running.system import System


def what_to_open(system: System) -> str:
    machine, logins = system.machine, system.logins
    names = {str(post["post_id"]): str(post["name"]) for post in POSTS}
    lines = ["", f"The centre               {machine.services_url}/"]
    lines += [f"  {user.name:<17} password {logins.passwords[user.name]}   {user.does}" for user in USERS]
    for lane in SIMULATED:
        pin = logins.stations[lane.station_id].pin
        lines.append(f"{names[lane.post_id]:<24} {machine.station_url(lane)}/")
        lines.append(f"  {OFFICER:<17} PIN {pin}   the officer's page of this lane")
    lines += [
        "Alerts by key            curl -H 'Authorization: Bearer "
        f"{logins.keys[ALERTS_KEY]}' {machine.services_url}/v1/alerts",
        f"All of this is kept in {machine.home.keys / FILE}, readable by you alone.",
        "",
    ]
    return "\n".join(lines)
