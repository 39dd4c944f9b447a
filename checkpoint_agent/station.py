"""The station's parts, put together: one object that the page, the sheets and the loops share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Literal

from checkpoint_agent.camera import Camera, CameraState, open_camera
from checkpoint_agent.changes import Changes
from checkpoint_agent.clock import Clock, SheetClock, SystemClock
from checkpoint_agent.decoding import Decoder
from checkpoint_agent.headless.officer import SheetOfficer
from checkpoint_agent.headless.pictures import PictureReader
from checkpoint_agent.identity import Identity
from checkpoint_agent.lane.lane import Lane
from checkpoint_agent.lane.live import Live
from checkpoint_agent.lane.watching import watch
from checkpoint_agent.lane.writing import Surroundings
from checkpoint_agent.listening.listener import Heard, Listening, a_consumer, listen_forever
from checkpoint_agent.outbox import Crossings, Database, Outbox, OutboxTrouble
from checkpoint_agent.page.officers import Officers
from checkpoint_agent.publishing.bell import Bell
from checkpoint_agent.publishing.heartbeat import Condition, Heartbeat, StationClockError
from checkpoint_agent.publishing.publisher import a_producer, publish_forever, send_all_that_comes
from checkpoint_agent.publishing.reach import Reach
from checkpoint_agent.settings import StationSettings

log = logging.getLogger(__name__)

ADVISE_AGAIN_S = 20.0
"""An open crossing's advice is a minute's truth: a pass may expire while it is looked at."""
HOUSEKEEPING_S = 3600.0
READY_EVERY_S = 3.0


class Station:
    """Made inside a running event loop. Raises OutboxTrouble when its file cannot be opened."""

    def __init__(self, settings: StationSettings, identity: Identity, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.identity = identity
        self.machine_clock = clock or SystemClock()
        self.sheet_clock = SheetClock(self.machine_clock) if settings.sheets else None
        self.since = self.machine_clock.now()
        self.clock: Clock = self.sheet_clock or self.machine_clock
        self.changes = Changes()
        self.bell = Bell()
        self.reach = Reach(lambda _: self.changes.tell())
        self.clock_error = StationClockError()
        self.database = Database(settings.home)
        self.outbox = Outbox(self.database, identity, self.machine_clock, on_commit=self.bell.ring)
        self.crossings = Crossings(self.database)
        self.listening = Listening(self.database, identity, self.outbox, self.machine_clock)
        self.officers = Officers(self.database)
        self.live = Live()
        self.decoder = Decoder()
        self.camera: Camera | None = None
        around = Surroundings(
            lambda: self.listening.held, self.clock_error.in_ms, self.lists_age_s, identity.mac_key
        )
        self.lane = Lane(identity, self.outbox, self.crossings, self.clock, around, self.changes)

    def lists_age_s(self) -> int | None:
        """Since the centre was last heard to its end; None when it never was."""
        heard_at = self.listening.heard_at
        if heard_at is None:
            return None
        age = self.machine_clock.now() - datetime.fromisoformat(heard_at)
        return max(0, int(age.total_seconds()))

    def camera_state(self) -> Literal["online", "lost", "none"]:
        if self.camera is None:
            return "none"
        return "online" if self.camera.state in (CameraState.ONLINE, CameraState.FINISHED) else "lost"

    def condition(self) -> Condition:
        decoder = self.decoder.state
        revisions = self.listening.held.revisions
        return Condition(revisions, self.camera_state(), decoder.restarts, decoder.fallback_available)

    async def run(self) -> None:
        """Everything but the page, until cancelled."""
        async with self.decoder, asyncio.TaskGroup() as together:
            together.create_task(_until_told_to_stop(self._publish()))
            together.create_task(_until_told_to_stop(self._listen()))
            together.create_task(_until_told_to_stop(self._keep_house()))
            together.create_task(_until_told_to_stop(self._advise_again()))
            together.create_task(_until_told_to_stop(self._say_ready()))
            together.create_task(_until_told_to_stop(self._work_the_lane()))

    async def _publish(self) -> None:
        beat = Heartbeat(
            self.identity, self.outbox, self.machine_clock, self.clock_error, self.condition, self.reach
        )

        async def send(producer: object) -> None:
            await send_all_that_comes(self.outbox, producer, self.bell, self.reach, self.changes.tell)

        await publish_forever(
            lambda: a_producer(self.settings.kafka_bootstrap), (send, beat.beat_for_ever), self.reach
        )

    async def _listen(self) -> None:
        await listen_forever(
            self.listening,
            lambda: a_consumer(self.settings.kafka_bootstrap, self.listening.topics()),
            self._on_heard,
        )

    def _on_heard(self, heard: Heard) -> None:
        self.lane.verdicts_came(heard.verdicts)
        if heard.lists or heard.revoked:
            self.lane.advise_again()
        self.changes.tell()

    async def _work_the_lane(self) -> None:
        if self.sheet_clock is not None and self.settings.sheets is not None:
            reader = PictureReader(self.decoder, self.live, lambda: self.listening.held.lists)
            officer = SheetOfficer(
                self.lane, self.settings.sheets, self.sheet_clock, reader, self.identity.station_id
            )
            await officer.work_for_ever()
            return
        await self._abandon_left_open()
        if self.settings.camera is not None:
            self.camera = open_camera(
                self.settings.camera, self.clock.now, on_change=lambda _: self.changes.tell()
            )
            await watch(self.camera, self.decoder, self.lane, self.live, self.changes)

    async def _abandon_left_open(self) -> None:
        try:
            await self.lane.abandon_left_open(self.lane.desk())
        except OutboxTrouble as exc:
            log.warning("crossings left open wait for the disk", extra={"error": type(exc).__name__})

    async def _advise_again(self) -> None:
        while True:
            await asyncio.sleep(ADVISE_AGAIN_S)
            self.lane.advise_again()

    async def _keep_house(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.outbox.drop_old)
            except OutboxTrouble as exc:
                log.warning("old records stay for now", extra={"error": type(exc).__name__})
            await asyncio.sleep(HOUSEKEEPING_S)

    async def _say_ready(self) -> None:
        while self.settings.ready_file is not None:
            await asyncio.to_thread(self.settings.ready_file.touch)
            await asyncio.sleep(READY_EVERY_S)


async def _until_told_to_stop(work: Coroutine[Any, Any, None]) -> None:
    """A cancellation that nobody asked for (a library's stop can raise one out of turn) would end a part of the
    station without a word: it ends the station instead, loudly, and the supervisor starts it again.
    """
    try:
        await work
    except asyncio.CancelledError as exc:
        this = asyncio.current_task()
        if this is None or this.cancelling():
            raise
        raise RuntimeError("a part of the station was cancelled by nobody") from exc
