"""``chotxanh schemas``: writes the JSON Schemas and the AsyncAPI document, or checks those that are committed."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.home import CHECKOUT
from deploy.schema_documents import broken_by, documents

FOLDER = CHECKOUT / "schemas" / "generated"


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    committed = committed_documents(given.folder)
    return (
        _check(committed) if given.check else _write(committed, given.folder, even_if_broken=given.break_readers)
    )


def committed_documents(folder: Path = FOLDER) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))}


def drift(committed: dict[str, str]) -> list[str]:
    """Files that are not what the models say now."""
    now = documents()
    return [name for name in sorted(now.keys() | committed.keys()) if now.get(name) != committed.get(name)]


def _check(committed: dict[str, str]) -> int:
    wrong = drift(committed)
    for name in wrong:
        print(f"✗ {name} is not what the models say: run chotxanh schemas", file=sys.stderr)
    if not wrong:
        print(f"{len(committed)} documents are what the models say")
    return 1 if wrong else 0


def _write(committed: dict[str, str], folder: Path, *, even_if_broken: bool) -> int:
    now = documents()
    broken = broken_by(committed, now)
    for what in broken:
        print(f"✗ {what}", file=sys.stderr)
    if broken and not even_if_broken:
        print("Nothing was written: make a new event version beside the old one.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in now.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in committed.keys() - now.keys():
        (folder / name).unlink()
    print(f"{len(now)} documents written to {folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh schemas",
        description="Write schemas/generated from the models. A change that older readers or writers would "
        "stumble over is refused: an event's new version may not drop a field or ask for one more.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the files have drifted")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="FOLDER", help="default: %(default)s")
    parser.add_argument(
        "--break-readers", action="store_true", help="write even so; only while nothing has been deployed"
    )
    return parser
