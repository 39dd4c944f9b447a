"""``chotxanh pass issue``: signs a pass where the keys are, and writes its text, its code and its page.

Registers nothing: a pass that must be known and revocable by name is issued through the registry API. What is
made here can be revoked by the hash that is printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deploy.documents import DocumentRefused, bytes_of, first_fault, instant_from
from deploy.home import home_from_environment
from deploy.key_folder import write_once
from deploy.keys import KeyFolder
from deploy.refusals import CannotStart
from schemas.passes.asked import AnyAsked, NotIssuable, issued, use_of
from services.errors import CannotIssue
from services.passes.code_picture import code_picture
from services.passes.issuing_keys import IssuingKeys
from services.passes.printing import page_of


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    order = _order(given.order)
    folder = KeyFolder(given.keys or home_from_environment().keys)
    keys = IssuingKeys(folder.root / "issuers", folder.passes)
    try:
        signer = keys.signer(use_of(order), given.issuer)
        made = issued(order, signer=signer, numbers=keys.numbers(), at=given.at or datetime.now(UTC))
    except CannotIssue as exc:
        raise CannotStart(exc.en) from None
    except NotIssuable as refused:
        raise CannotStart(f"{given.order}: {refused.field}: {refused.code}.") from None
    picture = code_picture(made.text)
    contents = {
        "txt": made.text.encode(),
        "png": picture.png,
        "html": page_of(order.asked, made, picture).encode(),
    }
    for ending, content in contents.items():
        path = given.out / str(order.pass_id) / f"pass.{ending}"
        if not write_once(path, content):
            raise CannotStart(f"{path} is there already: a pass is issued once. Choose another folder or pass_id.")
        print(path)
    print(f"level {picture.level}, modules of {picture.module_mm} mm, revoked by signature hash {made.revocation}")
    return 0


def _order(path: Path) -> AnyAsked:
    adapter: TypeAdapter[AnyAsked] = TypeAdapter(AnyAsked)
    try:
        return adapter.validate_json(bytes_of(path))
    except ValidationError as exc:
        raise DocumentRefused(f"{path} is no order of a pass: {first_fault(exc)}.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh pass issue",
        description="Sign a pass and write its text, its code (PNG) and an A5 page, readable by you only.",
        epilog="The order is what POST /v1/registry/passes takes: "
        '{"asked": "person" | "test" | "green_lane", "pass_id": UUID, "valid_until": instant, ...}.',
    )
    parser.add_argument("order", type=Path, metavar="ORDER.json")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where a folder with the three files is made"
    )
    parser.add_argument("--issuer", metavar="NAME", help="which key signs, where several may: health-ps256")
    parser.add_argument("--keys", type=Path, metavar="FOLDER", help="default: keys/ in CHOTXANH_HOME")
    parser.add_argument("--at", type=instant_from, metavar="INSTANT", help="issued at (default: now)")
    return parser
