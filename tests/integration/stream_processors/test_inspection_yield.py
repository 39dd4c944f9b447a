"""The yield of the random inspection, from what is stored."""

from __future__ import annotations

from datetime import timedelta

from schemas.events.crossing import HeadCount, Inspection
from schemas.words import CargoSpace, Direction
from stream_processors.database.inspections import Yield, inspection_yields
from tests.integration.stream_processors.province import now

ZONE = "Asia/Ho_Chi_Minh"


async def test_the_yield_is_told_by_post_and_shift_from_what_is_stored(judge, province):
    bridge, ferry = province["rach-mieu"], province["co-chien"]
    at = now() - timedelta(hours=1)
    before = at - timedelta(hours=3)  # the way between the two takes less
    opened = Inspection(cargo_space=CargoSpace.OPENED, drawn=True, draw_counter=1)
    hidden = HeadCount(cab=2, cargo=7)
    common = {"direction": Direction.OUT, "at": at}
    await judge.takes(
        bridge.crossing(inspection=opened, head_count=hidden, shift="A", **common),
        bridge.crossing(inspection=opened, shift="A", **common),
        bridge.crossing(inspection=Inspection(drawn=True), shift="A", **common),
        bridge.crossing(inspection=Inspection(drawn=False), head_count=hidden, shift="A", **common),
        bridge.crossing(inspection=opened, shift="B", practice=True, **common),
        ferry.crossing(inspection=Inspection(drawn=False), **common | {"at": before}),
        ferry.crossing(**common | {"at": before}),
    )
    async with judge.pool.acquire() as connection:
        yields = await inspection_yields(connection, before, at + timedelta(seconds=1), ZONE)
        assert await inspection_yields(connection, before - timedelta(hours=1), before, ZONE) == []
    day = yields[0].day
    assert {(one.post_id, one.shift): one for one in yields if one.post_id == "co-chien"} == {
        ("co-chien", None): Yield("co-chien", None, day, at_a_rate=1, drawn=0, inspected=0, found=0)
    }
    (bridges,) = (one for one in yields if one.post_id == "rach-mieu")
    assert (bridges.shift, bridges.at_a_rate, bridges.drawn, bridges.inspected) == ("A", 4, 3, 2)
    assert bridges.found == 1
