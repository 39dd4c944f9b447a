"""The ten real cases of 2021 as bundles: ``NN-name.json`` is a policy as ``policies`` of the registry takes it.

Beside it, where the case has them: ``NN-name.notices.json`` (its announcements) and ``NN-name.limits.json`` (what
a higher level leaves to the province). Documents whose number is not known are named by their date.
"""

import json
from importlib.resources import files

from schemas.policy.limits import Limits
from schemas.policy.policy import Policy
from services.registry.requests import NoticeSent


def names() -> tuple[str, ...]:
    """``01-no-checks-with-a-valid-card`` and so on, in order."""
    found = (file.name for file in files(__package__).iterdir() if file.name.endswith(".json"))
    return tuple(sorted(name.removesuffix(".json") for name in found if name.count(".") == 1))


def policy(name: str) -> Policy:
    return Policy.model_validate_json(_text(name))


def limits(name: str) -> Limits:
    """What the case's document forbids a province. Raises FileNotFoundError where there is none."""
    return Limits.model_validate_json(_text(f"{name}.limits"))


def notices(name: str) -> tuple[NoticeSent, ...]:
    """The case's announcements. Raises FileNotFoundError where there are none."""
    return tuple(
        NoticeSent.model_validate_json(json.dumps(one)) for one in json.loads(_text(f"{name}.notices"))["notices"]
    )


def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
