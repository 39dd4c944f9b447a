"""The four posts of Bến Tre in 2021: two bridges and two ferry landings, each recording both directions."""

from typing import Any

from deploy.keys import Lane
from schemas.words import PostMode

BRIDGE = "rach-mieu"
FERRY = "pha-rach-mieu"
CO_CHIEN = "co-chien"
DINH_KHAO = "dinh-khao"

POSTS: tuple[dict[str, Any], ...] = (
    {
        "post_id": BRIDGE,
        "name": "Chốt cầu Rạch Miễu",
        "mode": PostMode.ROAD.value,
        "level": "province",
        "records": ["in", "out"],
        "commune": "28810",
        "roads": ["QL60"],
        "lanes": 1,
    },
    {
        "post_id": FERRY,
        "name": "Chốt phà tạm Rạch Miễu",
        "mode": PostMode.RIVER.value,
        "level": "province",
        "records": ["in", "out"],
        "commune": "28804",
        "roads": ["QL60-pha"],
        "lanes": 1,
    },
    {
        "post_id": CO_CHIEN,
        "name": "Chốt cầu Cổ Chiên",
        "mode": PostMode.ROAD.value,
        "level": "province",
        "records": ["in", "out"],
        "commune": "28960",
        "roads": ["QL60"],
        "lanes": 1,
    },
    {
        "post_id": DINH_KHAO,
        "name": "Chốt phà Đình Khao",
        "mode": PostMode.RIVER.value,
        "level": "province",
        "records": ["in", "out"],
        "commune": "28873",
        "roads": ["QL57"],
        "lanes": 1,
    },
)

LANES = tuple(Lane(f"{post['post_id']}-1", str(post["post_id"])) for post in POSTS)
SIMULATED = (Lane(f"{BRIDGE}-1", BRIDGE), Lane(f"{FERRY}-1", FERRY))
"""The two lanes that the morning's traffic goes through."""
BY_HAND = Lane(f"{CO_CHIEN}-1", CO_CHIEN)
"""The lane that waits for a person: its camera is a folder to put pictures into."""
