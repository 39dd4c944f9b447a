"""``chotxanh keys``: makes, lists, rotates and retires keys, and publishes what follows. Prints no key."""

import argparse
import asyncio
import os
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.entering import RegistryClient
from deploy.demo.posts import LANES
from deploy.home import home_from_environment
from deploy.key_folder import read_file
from deploy.key_rotation import (
    destroy_sealing,
    issuers_in,
    retire_issuer,
    rotate_issuer,
    rotate_passes,
    rotate_sealing,
    trust_list_in,
)
from deploy.keys import ISSUERS, KeyFolder, Lane, make_keys
from deploy.refusals import CannotStart
from schemas.bounded import instant_text
from schemas.trust.key_files import PassesKeyFile, SealingKeysFile

REGISTRY_KEY = "CHOTXANH_REGISTRY_KEY"
RESTART = "start processors and services anew, then `chotxanh keys publish`: they read keys at their start"


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    folder = KeyFolder(given.folder or home_from_environment().keys)
    ACTIONS[given.action](folder, given)
    return 0


def _make(folder: KeyFolder, given: argparse.Namespace) -> None:
    made = make_keys(folder, [_lane(text) for text in given.station] or list(LANES))
    for path in made:
        print(f"made {path.relative_to(folder.root)}")
    if not made:
        print("every key file was there: nothing made")


def _list(folder: KeyFolder, given: argparse.Namespace) -> None:
    for path in sorted(folder.root.rglob("*.json")):
        mode = stat.S_IMODE(path.stat().st_mode)
        warning = "" if mode == 0o600 else "   ← others may read it: chmod 600"
        print(f"{mode:04o}  {path.relative_to(folder.root)}{warning}")
    for one in issuers_in(folder):
        entry = one.file.entry
        state = "current" if one.current else "former"
        if entry.not_after is not None:
            state = f"retired from {instant_text(entry.not_after)}"
        private = "" if one.file.private_pem else "  no private half"
        print(f"{entry.key_id}  {entry.algorithm}  {one.kind.file}  {','.join(entry.usages)}  {state}{private}")
    rings: tuple[tuple[Path, type[SealingKeysFile] | type[PassesKeyFile]], ...] = (
        (folder.sealing, SealingKeysFile),
        (folder.passes, PassesKeyFile),
    )
    for path, model in rings:
        if path.exists():
            ring = read_file(path, model)
            for key_id in ring.public:
                private = "" if key_id in ring.private else "  no private half: what it sealed is gone"
                print(f"{key_id}  {'current' if key_id == ring.current else 'former'}{private}")


def _rotate(folder: KeyFolder, given: argparse.Namespace) -> None:
    if given.what == "sealing":
        print(f"sealing to {rotate_sealing(folder, from_at=given.at or _now())} from now: {RESTART}")
    elif given.what == "passes":
        print(f"numbers inside passes are sealed to {rotate_passes(folder)} from now: {RESTART}")
    else:
        kind = next(kind for kind in ISSUERS if kind.file == given.what)
        print(f"{kind.file} signs with {rotate_issuer(folder, kind).entry.key_id} from now")
        _print_trust_list(folder)


def _retire(folder: KeyFolder, given: argparse.Namespace) -> None:
    if given.destroy and given.confirm != given.key_id:
        raise CannotStart(
            f"Destroying a private half cannot be undone: say it again with --confirm {given.key_id}."
        )
    sealing = read_file(folder.sealing, SealingKeysFile)
    if given.key_id in sealing.public:
        if not given.destroy:
            raise CannotStart("A sealing key is retired by rotating it; --destroy ends what it can open.")
        destroy_sealing(folder, given.key_id)
        print(
            f"destroyed the private half of {given.key_id}: {RESTART}, and do the same in the backup of the keys"
        )
        return
    entry = retire_issuer(folder, given.key_id, at=given.at or _now(), destroy=given.destroy)
    print(f"{entry.key_id} verifies nothing after {instant_text(entry.not_after or _now())}")
    _print_trust_list(folder)


def _trust_list(folder: KeyFolder, given: argparse.Namespace) -> None:
    _print_trust_list(folder)


def _publish(folder: KeyFolder, given: argparse.Namespace) -> None:
    key = os.environ.get(REGISTRY_KEY)
    if not key:
        raise CannotStart(f"Set {REGISTRY_KEY} to a key of the registry with the scope registry:lists.")

    async def publish() -> None:
        async with RegistryClient(given.registry, key) as registry:
            await registry.enter_keys(folder)
            for list_id, revision in sorted((await registry.revisions()).items()):
                print(f"{list_id} stands at revision {revision}")

    asyncio.run(publish())


def _print_trust_list(folder: KeyFolder) -> None:
    """The list that results: the public halves, as it is published."""
    print(trust_list_in(folder).model_dump_json(indent=1, exclude_none=True))


ACTIONS: dict[str, Callable[[KeyFolder, argparse.Namespace], None]] = {
    "make": _make,
    "list": _list,
    "rotate": _rotate,
    "retire": _retire,
    "trust-list": _trust_list,
    "publish": _publish,
}


def _now() -> datetime:
    return datetime.now(UTC)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant has a time zone: 2021-11-01T00:00:00+07:00")
    return at


def _lane(text: str) -> Lane:
    station_id, _, rest = text.partition(":")
    post_id, _, lane = rest.partition(":")
    return Lane(station_id, post_id, int(lane or "1"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh keys",
        description="Make the key files of a province (one each, mode 0600, never overwritten by make), list, "
        "rotate and retire them, and publish the lists that follow.",
        epilog="Back up this folder apart from the data: whoever has both can open everything.",
    )
    anywhere = argparse.ArgumentParser(add_help=False)
    anywhere.add_argument("--folder", type=Path, metavar="FOLDER", help="default: keys/ in CHOTXANH_HOME")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, says: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=says, description=says, parents=[anywhere])

    action("make", "make what is missing").add_argument(
        "--station",
        action="append",
        default=[],
        metavar="STATION:POST[:LANE]",
        help="make keys for this station; may be repeated (default: those of the four Bến Tre posts)",
    )
    action("list", "files and keys, without a secret")
    rotate = action("rotate", "a new current key; the old one verifies or opens until it is retired")
    rotate.add_argument("what", choices=("sealing", "passes", *(kind.file for kind in ISSUERS)))
    rotate.add_argument("--at", type=_instant, help="stations seal to it from then on (default: now)")
    retire = action("retire", "a former key verifies nothing any more; or ends what a sealing key can open")
    retire.add_argument("key_id")
    retire.add_argument("--at", type=_instant, help="from when on (default: now)")
    retire.add_argument("--destroy", action="store_true", help="and destroy its private half")
    retire.add_argument("--confirm", metavar="KEY_ID", help="the key id again, for --destroy")
    action("trust-list", "print the trust list that these keys make")
    action("publish", f"send trust list and sealing keys to the registry, with {REGISTRY_KEY}").add_argument(
        "--registry", required=True, metavar="URL", help="of the services"
    )
    return parser
