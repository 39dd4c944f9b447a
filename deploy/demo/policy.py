"""The demonstration's policy, parsed from the file beside it. The file is what is entered; nothing is added."""

from importlib.resources import files

from schemas.policy.policy import Policy


def demo_policy_json() -> bytes:
    return files("deploy.demo").joinpath("policy.json").read_bytes()


def demo_policy() -> Policy:
    return Policy.model_validate_json(demo_policy_json())
