"""The one sentence of an alert that is read on the radio: plate spelled, no name, no reason of health. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.sentences import Sentence, sentence
from schemas.trust.refs import plate_normalised
from schemas.words import FindingClass, Severity

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

_LETTERS = "0123456789ABCDĐEFGHIJKLMNOPQRSTUVWXYZ"
_VI_WORDS = (
    "không một hai ba bốn năm sáu bảy tám chín "
    "a bê xê dê đê e ép giê hát i gi ca lờ mờ nờ o pê quy rờ sờ tê u vê vê-kép ích i-dài dét"
)
_EN_WORDS = (
    "zero one two three four five six seven eight nine "
    "Alfa Bravo Charlie Delta D-bar Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar "
    "Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
_VI = dict(zip(_LETTERS, _VI_WORDS.split(), strict=True))
_EN = dict(zip(_LETTERS, _EN_WORDS.split(), strict=True))

VEHICLES = {
    "on_foot": Sentence("người đi bộ", "person on foot"),
    "bicycle": Sentence("xe đạp", "bicycle"),
    "motorbike": Sentence("xe máy", "motorbike"),
    "car": Sentence("xe con", "car"),
    "bus": Sentence("xe khách", "bus"),
    "truck": Sentence("xe tải", "truck"),
    "container": Sentence("xe công-ten-nơ", "container truck"),
    "tanker": Sentence("xe bồn", "tanker"),
    "ambulance": Sentence("xe cứu thương", "ambulance"),
    "boat": Sentence("ghe", "boat"),
    "ship": Sentence("tàu", "ship"),
    "other": Sentence("phương tiện khác", "other vehicle"),
}
DIRECTIONS = {"in": Sentence("vào tỉnh", "inbound"), "out": Sentence("ra khỏi tỉnh", "outbound")}
SEVERITIES = {
    Severity.HIGH: Sentence("mức cao", "high"),
    Severity.MEDIUM: Sentence("mức vừa", "medium"),
    Severity.LOW: Sentence("mức thấp", "low"),
    Severity.INFORMATION: Sentence("thông tin", "information"),
}
HEALTH_TASK = Sentence(
    "giữ xe, giữ khoảng cách, đeo khẩu trang, báo trực y tế",
    "stop the vehicle, keep your distance, wear a mask, call the health desk",
)
MISUSE_TASK = Sentence(
    "dừng xe, kiểm tra người, giấy và thùng hàng", "stop the vehicle; check people, papers and cargo space"
)


@dataclass(frozen=True)
class Spoken:
    """What the sentence is made of."""

    alert_class: FindingClass
    severity: Severity
    plate: str | None
    vehicle_class: str
    post: str
    direction: str
    seen_at: datetime
    codes: tuple[str, ...]


def spelled(plate: str | None) -> Sentence:
    """Letter by letter; unknown when there is none."""
    normal = plate_normalised(plate or "")
    if not normal:
        return Sentence("chưa rõ", "unknown")
    return Sentence(
        " ".join(_VI.get(letter, letter) for letter in normal),
        " ".join(_EN.get(letter, letter) for letter in normal),
    )


def task(alert_class: FindingClass) -> Sentence:
    return HEALTH_TASK if alert_class is FindingClass.HEALTH else MISUSE_TASK


def radio_sentence(said: Spoken) -> Sentence:
    plate, vehicle = spelled(said.plate), VEHICLES.get(said.vehicle_class, VEHICLES["other"])
    way = DIRECTIONS.get(said.direction, Sentence("", ""))
    clock = f"{said.seen_at.astimezone(LOCAL):%H:%M}"
    errand = task(said.alert_class)
    why = [sentence(code) for code in said.codes]
    # Most posts are called "Chốt …"; it is not said twice.
    post = said.post if said.post.startswith("Chốt") else f"chốt {said.post}"
    vi = (
        f"Cảnh báo {SEVERITIES[said.severity].vi}: {vehicle.vi}, biển số {plate.vi}, "
        f"qua {post} hướng {way.vi} lúc {clock}. "
    )
    en = (
        f"Alert, {SEVERITIES[said.severity].en}: {vehicle.en}, plate {plate.en}, "
        f"passed post {said.post} {way.en} at {clock}. "
    )
    if why:
        vi += "Nghi: " + "; ".join(words.vi for words in why) + ". "
        en += "Suspected: " + "; ".join(words.en for words in why) + ". "
    return Sentence(f"{vi}Việc cần làm: {errand.vi}.", f"{en}Task: {errand.en}.")
