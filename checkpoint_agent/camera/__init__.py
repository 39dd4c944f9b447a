"""The station's cameras: files, folders, videos, RTSP and devices behind one interface."""

from checkpoint_agent.camera.availability import BackOff
from checkpoint_agent.camera.frames import (
    CameraState,
    Clock,
    Frame,
    Pace,
    Pixels,
    Shot,
    UnreadablePicture,
    UnreadableReason,
)
from checkpoint_agent.camera.live import LiveCamera
from checkpoint_agent.camera.pictures import FolderCamera, PictureCamera
from checkpoint_agent.camera.source import Camera, open_camera
from checkpoint_agent.camera.video_file import VideoFileCamera

__all__ = [
    "BackOff",
    "Camera",
    "CameraState",
    "Clock",
    "FolderCamera",
    "Frame",
    "LiveCamera",
    "Pace",
    "PictureCamera",
    "Pixels",
    "Shot",
    "UnreadablePicture",
    "UnreadableReason",
    "VideoFileCamera",
    "open_camera",
]
