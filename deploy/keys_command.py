"""``chotxanh keys``: makes the key files that are missing, or lists them. Prints no key."""

import argparse
import stat
from collections.abc import Sequence
from pathlib import Path

from deploy.demo.posts import LANES
from deploy.home import home_from_environment
from deploy.keys import KeyFolder, Lane, make_keys


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    folder = KeyFolder(given.folder or home_from_environment().keys)
    if given.action == "make":
        _make(folder, [_lane(text) for text in given.station] or list(LANES))
    else:
        _list(folder)
    return 0


def _make(folder: KeyFolder, lanes: Sequence[Lane]) -> None:
    made = make_keys(folder, lanes)
    for path in made:
        print(f"made {path.relative_to(folder.root)}")
    if not made:
        print("every key file was there: nothing made")


def _list(folder: KeyFolder) -> None:
    for path in sorted(folder.root.rglob("*.json")):
        mode = stat.S_IMODE(path.stat().st_mode)
        warning = "" if mode == 0o600 else "   ← others may read it: chmod 600"
        print(f"{mode:04o}  {path.relative_to(folder.root)}{warning}")


def _lane(text: str) -> Lane:
    station_id, _, rest = text.partition(":")
    post_id, _, lane = rest.partition(":")
    return Lane(station_id, post_id, int(lane or "1"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh keys",
        description="Make the key files of a province (one each, mode 0600, never overwritten), or list them.",
        epilog="Back up this folder apart from the data: whoever has both can open everything.",
    )
    parser.add_argument("action", choices=("make", "list"))
    parser.add_argument("--folder", type=Path, metavar="FOLDER", help="default: keys/ in CHOTXANH_HOME")
    parser.add_argument(
        "--station",
        action="append",
        default=[],
        metavar="STATION:POST[:LANE]",
        help="make keys for this station; may be repeated (default: those of the four Bến Tre posts)",
    )
    return parser
