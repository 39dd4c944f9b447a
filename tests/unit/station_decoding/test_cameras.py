"""Every source is one camera: frames in order, reasons instead of exceptions, states said once."""

import asyncio
import itertools
import threading
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from checkpoint_agent.camera import (
    BackOff,
    CameraState,
    FolderCamera,
    Frame,
    LiveCamera,
    Pace,
    PictureCamera,
    UnreadablePicture,
    UnreadableReason,
    VideoFileCamera,
    open_camera,
)

NOON = datetime(2021, 9, 1, 5, tzinfo=UTC)
AT_ONCE = Pace(interval_s=0)


def a_clock():
    ticks = itertools.count()
    return lambda: NOON + timedelta(seconds=next(ticks))


def write(path, value=128):
    cv2.imwrite(str(path), np.full((9, 16, 3), value, dtype=np.uint8))


def a_folder(path, *, watch=False, **more):
    settings = {"pace": AT_ONCE, "settle_s": 0, "back_off": BackOff(0, 0)} | more
    return FolderCamera(path, a_clock(), watch=watch, **settings)


async def shots_of(camera, count=None):
    taken = []
    async with aclosing(camera.shots()) as shots:
        async for shot in shots:
            taken.append(shot)
            if len(taken) == count:
                break
    return taken


async def test_a_folder_shows_each_picture_in_order_of_name(tmp_path):
    for name in ("b.png", "a.jpg", "c.png"):
        write(tmp_path / name)
    camera = a_folder(tmp_path)
    shots = await shots_of(camera)
    assert [shot.picture for shot in shots] == ["a.jpg", "b.png", "c.png"]
    assert [shot.number for shot in shots] == [1, 2, 3]
    assert [shot.taken_at for shot in shots] == [NOON + timedelta(seconds=n) for n in range(3)]
    assert all(shot.pixels.shape == (9, 16, 3) and shot.pixels.dtype == np.uint8 for shot in shots)
    assert camera.state is CameraState.FINISHED


async def test_a_picture_is_shown_as_often_as_the_pace_says_and_its_last_frame_is_marked(tmp_path):
    write(tmp_path / "a.png")
    shots = await shots_of(a_folder(tmp_path, pace=Pace(interval_s=0, frames=3)))
    assert [shot.is_last_of_picture for shot in shots] == [False, False, True]
    assert shots[0].pixels is shots[2].pixels


async def test_a_picture_that_comes_while_running_is_shown(tmp_path):
    write(tmp_path / "b.png")
    async with aclosing(a_folder(tmp_path, watch=True).shots()) as shots:
        assert (await anext(shots)).picture == "b.png"
        write(tmp_path / "a.png")
        assert (await anext(shots)).picture == "a.png"


async def test_a_picture_replaced_under_its_name_is_shown_again(tmp_path):
    write(tmp_path / "a.png", 10)
    async with aclosing(a_folder(tmp_path, watch=True).shots()) as shots:
        assert (await anext(shots)).pixels[0, 0, 0] == 10
        (tmp_path / "a.png").unlink()
        write(tmp_path / "a.png", 200)
        assert (await anext(shots)).pixels[0, 0, 0] == 200


async def test_a_picture_that_grows_between_two_looks_is_not_read_yet(tmp_path, monkeypatch):
    whole = tmp_path / "whole.png"
    write(whole)
    content = whole.read_bytes()
    whole.unlink()
    growing = tmp_path / "growing.png"
    parts = iter([content[:20], content[:40], content])
    really_sleep = asyncio.sleep

    async def write_some_more(_):
        if part := next(parts, None):
            growing.write_bytes(part)
        await really_sleep(0)

    growing.write_bytes(content[:10])
    monkeypatch.setattr(asyncio, "sleep", write_some_more)
    [shot] = await shots_of(a_folder(tmp_path, watch=True, settle_s=0.01), 1)
    assert isinstance(shot, Frame)


async def test_files_that_are_no_pictures_or_hidden_are_passed_over(tmp_path):
    for name in ("a.json", ".b.png", "c.png.part", "sheet.txt"):
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "folder.png").mkdir()
    assert await shots_of(a_folder(tmp_path)) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", UnreadableReason.EMPTY_FILE),
        (b"no picture", UnreadableReason.COULD_NOT_BE_READ),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, UnreadableReason.COULD_NOT_BE_READ),
    ],
)
async def test_an_unreadable_picture_gives_its_reason_and_the_folder_goes_on(tmp_path, content, reason):
    (tmp_path / "1.png").write_bytes(content)
    write(tmp_path / "2.png")
    unreadable, frame = await shots_of(a_folder(tmp_path))
    assert unreadable == UnreadablePicture("1.png", reason, NOON)
    assert frame.picture == "2.png"


async def test_a_gray_picture_and_one_with_transparency_are_shown_in_three_channels(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((9, 16), dtype=np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((9, 16, 4), dtype=np.uint8))
    cv2.imwrite(str(tmp_path / "3.png"), np.zeros((9, 16, 3), dtype=np.uint16))
    shots = await shots_of(a_folder(tmp_path))
    assert [shot.pixels.shape for shot in shots] == [(9, 16, 3)] * 3


async def test_a_folder_that_is_away_is_lost_once_and_online_when_it_comes(tmp_path):
    states = []
    place = tmp_path / "later"
    camera = a_folder(place, watch=True, on_change=states.append)

    def come():
        if len(looks) == 5:
            place.mkdir()
            write(place / "a.png")

    looks = []
    camera._back_off.pause_s = lambda: (looks.append(1), come(), 0)[2]
    await shots_of(camera, 1)
    assert states == [CameraState.LOST, CameraState.ONLINE]


async def test_one_picture_is_shown_until_it_is_closed_and_anew_when_it_changes(tmp_path):
    path = tmp_path / "a.png"
    write(path, 10)
    camera = PictureCamera(path, a_clock(), pace=AT_ONCE, settle_s=0)
    async with aclosing(camera.shots()) as shots:
        assert [(await anext(shots)).number for _ in range(3)] == [1, 2, 3]
        path.unlink()
        write(path, 200)
        frames = [await anext(shots) for _ in range(3)]
    assert frames[-1].pixels[0, 0, 0] == 200


async def test_a_video_file_gives_every_frame_in_order_and_ends(tmp_path):
    path = tmp_path / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for value in (0, 80, 160, 240):
        writer.write(np.full((48, 64, 3), value, dtype=np.uint8))
    writer.release()
    camera = VideoFileCamera(path, a_clock(), pace=AT_ONCE)
    shots = await shots_of(camera)
    assert [shot.number for shot in shots] == [1, 2, 3, 4]
    assert [round(float(shot.pixels.mean()), -1) for shot in shots] == [0, 80, 160, 240]
    assert camera.state is CameraState.FINISHED
    assert not shots[0].is_still


async def test_a_video_that_is_no_video_gives_its_reason(tmp_path):
    path = tmp_path / "v.avi"
    path.write_bytes(b"no video")
    [shot] = await shots_of(VideoFileCamera(path, a_clock()))
    assert shot.reason is UnreadableReason.COULD_NOT_BE_READ


class FakeCapture:
    """A camera that gives ``frames`` and then nothing; None cannot be opened."""

    def __init__(self, frames):
        self.frames = None if frames is None else list(frames)
        self.released = False

    def isOpened(self):
        return self.frames is not None

    def read(self):
        if not self.frames:
            return False, None
        frame = self.frames.pop(0)
        if isinstance(frame, Exception):
            raise frame
        return True, np.full((2, 2, 3), frame, dtype=np.uint8)

    def release(self):
        self.released = True


class FakeCameras:
    """Opened one after the other; the last one never ends."""

    def __init__(self, *lives):
        self.captures = [FakeCapture(frames) for frames in lives]
        self.waiting = list(self.captures)
        self.opened = 0

    def __call__(self):
        self.opened += 1
        return self.waiting.pop(0) if self.waiting else FakeCapture(None)


def a_live_camera(cameras, on_change=None):
    return LiveCamera(cameras, a_clock(), on_change=on_change, back_off=BackOff(0.001, 0.001), silent_s=0.05)


async def test_a_live_camera_comes_back_and_each_change_is_said_once():
    states, frames = [], []
    cameras = FakeCameras(None, None, None, [1], None, None, itertools.repeat(2, 50_000))
    async with aclosing(a_live_camera(cameras, states.append).shots()) as shots:
        async for frame in shots:
            frames.append(frame)
            if frame.pixels[0, 0, 0] == 2:
                break
    assert states[-1] is CameraState.ONLINE
    assert all(before is not after for before, after in itertools.pairwise(states))
    assert all(capture.released for capture in cameras.captures[:-1])


async def test_a_slow_reader_gets_the_latest_frame_and_no_backlog():
    first_taken, all_grabbed = threading.Event(), threading.Event()

    class Lane(FakeCapture):
        def read(self):
            if len(self.frames) == 199:
                first_taken.wait(5)
            if not self.frames:
                all_grabbed.set()
            return super().read()

    lane = Lane(range(200))
    cameras = FakeCameras()
    cameras.waiting = [lane]
    async with aclosing(a_live_camera(cameras).shots()) as shots:
        assert (await anext(shots)).number == 1
        first_taken.set()
        await asyncio.to_thread(all_grabbed.wait, 5)
        assert (await anext(shots)).number == 200


async def test_a_camera_that_breaks_in_the_middle_of_a_call_is_lost_and_not_the_end():
    cameras = FakeCameras([cv2.error("gone")], itertools.repeat(7, 50_000))
    async with aclosing(a_live_camera(cameras).shots()) as shots:
        assert (await anext(shots)).pixels[0, 0, 0] == 7


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("rtsp://user:secret@10.0.0.7/lane", LiveCamera),
        ("0", LiveCamera),
        ("/dev/video2", LiveCamera),
        ("lane.mp4", VideoFileCamera),
        ("pass.PNG", PictureCamera),
        ("pictures", FolderCamera),
    ],
)
def test_the_address_says_which_camera_it_is(address, kind):
    camera = open_camera(address, a_clock())
    assert type(camera) is kind
    assert camera.state is CameraState.STARTING
    assert "secret" not in repr(camera)


def test_pauses_between_attempts_double_up_to_the_longest_and_start_anew():
    back_off = BackOff(0.5, 3)
    assert [back_off.pause_s() for _ in range(5)] == [0.5, 1, 2, 3, 3]
    back_off.reset()
    assert back_off.pause_s() == 0.5
