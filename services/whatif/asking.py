"""What the command centre sends to ask a what-if, by API or by form. Pure; says what is wrong field by field."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from schemas.bounded import Instant, Wire
from schemas.policy.policy import Policy
from schemas.whatif import SECONDS_IN_LANE, Seconds, WhatIfAsked
from schemas.words import Outcome
from services.questions.periods import check_period, period_of
from services.registry.bodies import parsed

_POLICY: TypeAdapter[Any] = TypeAdapter(Policy)


class WhatIfSent(Wire):
    """Crossings from ``begins_at`` to before ``ends_at``, as if ``policy`` had been in force."""

    model_config = ConfigDict(extra="forbid")
    policy: Policy
    begins_at: Instant
    ends_at: Instant
    seconds: dict[Outcome, Seconds] = SECONDS_IN_LANE
    """Of a lane, for each outcome: what the estimate of lane time assumes."""

    def asked(self) -> WhatIfAsked:
        """Raises NotValid when it is no period."""
        check_period(self.begins_at, self.ends_at)
        return WhatIfAsked(
            policy=self.policy, begins_at=self.begins_at, ends_at=self.ends_at, seconds=self.seconds
        )


def asked_by_form(draft: bytes, begins_at: str, ends_at: str) -> WhatIfAsked:
    """From what stands in the form: a bundle as JSON, and two local times. Raises NotValid."""
    begins, ends = period_of(begins_at, ends_at)
    policy: Policy = parsed(_POLICY, bundle_in(draft))
    return WhatIfAsked(policy=policy, begins_at=begins, ends_at=ends)


def bundle_in(draft: bytes) -> bytes:
    """A bundle as the registry takes it stands under ``policy``; both are taken."""
    try:
        content = json.loads(draft)
    except ValueError:
        return draft  # said to be no JSON where all else is said
    if isinstance(content, dict) and set(content) == {"policy"}:
        return json.dumps(content["policy"]).encode()
    return draft
