"""Every reason of a dead letter: what happened as a sentence, what to do, and which acts can help. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.sentences import Sentence, sentence
from services.dead_letters.states import Act


@dataclass(frozen=True)
class Advice:
    vi: str
    en: str
    helps: tuple[Act, ...]
    """Acts that can help, the first one proposed."""
    happened: Sentence | None = None
    """Where the shared sentences have none."""


_AFTER_A_FIX = (Act.REQUEUE, Act.DISCARD)
_FORM = (Act.CORRECT, Act.REQUEUE, Act.DISCARD)
_NOTHING = (Act.DISCARD,)

_ENROL = (
    "Đăng ký máy trạm (đúng lần đăng ký, đúng chốt) rồi gửi lại.",
    "Enrol the station (the same enrolment, the right post), then send it again.",
)
_FOREIGN = (
    "Không phải do máy trạm này viết, hoặc bị sửa trên đường. Gọi cho chốt; chốt đã gửi lại bản đúng thì loại bỏ.",
    "Not written by this station, or changed on the way. Call the post; discard once it has sent the right one.",
)
_REVOKED = (
    "Máy trạm đã bị thu hồi. Xác minh ai còn giữ máy; chỉ gửi lại khi máy đã được đăng ký lại.",
    "The station was revoked. Find out who has it; send again only when it was enrolled again.",
)
_OTHER_POST = (
    "So chốt trong sổ đăng ký với nơi đặt máy; sửa sổ rồi gửi lại.",
    "Compare the registry's post with where the station stands; put the registry right, then send it again.",
)
_REPEATED = (
    "Một số thứ tự có hai nội dung: bản đến trước được tính. Hỏi chốt vì sao; gửi lại không giúp gì.",
    "One number with two contents: the first one counts. Ask the post why; sending it again does not help.",
)
_BOX = (
    "Khóa mở hộp niêm phong chưa có ở đây. Khôi phục khóa rồi gửi lại; nếu khóa đã hủy theo hạn thì loại bỏ.",
    "The key of the box is not here. Restore it, then send again; if it was destroyed on its date, discard.",
)
_BROKEN_BOX = (
    "Phần niêm phong hỏng, ở đây không sửa được. Yêu cầu chốt gửi lại, rồi loại bỏ.",
    "The sealed part is broken and cannot be corrected here. Ask the post to send it again, then discard.",
)

REASONS: dict[str, Advice] = {
    "RECORD_EMPTY": Advice(
        "Không có gì để gửi lại. Loại bỏ.", "There is nothing to send again. Discard it.", _NOTHING
    ),
    "RECORD_TOO_LARGE": Advice(
        "Lớn hơn mức hệ thống nhận. Tìm xem máy nào gửi; chỉ gửi lại khi mức đã được nâng.",
        "Larger than what is taken. Find who sends it; send again only once the limit was raised.",
        _AFTER_A_FIX,
    ),
    "RECORD_TYPE_UNKNOWN": Advice(
        "Nếu do phiên bản máy trạm mới hơn trung tâm: nâng cấp rồi gửi lại. Nếu là dữ liệu lạ: loại bỏ.",
        "If a station is newer than the centre: upgrade, then send again. If it is a stranger's: discard.",
        _AFTER_A_FIX,
    ),
    "RECORD_NOT_VALID": Advice(
        "Mở xem, sửa mục sai (chỉ sửa được mục sai), gửi đi; hoặc nâng cấp rồi gửi lại.",
        "Open it, correct the field at fault (no other can be changed), send it; or upgrade and send again.",
        _FORM,
    ),
    "TOPIC_UNKNOWN": Advice(
        "Kênh dữ liệu lạ. Loại bỏ nếu không ai nhận là của mình.",
        "A topic that nobody knows. Discard it unless somebody owns it.",
        _AFTER_A_FIX,
        Sentence("Không rõ kênh dữ liệu", "a topic that is not known"),
    ),
    "SIGNATURE_WRONG": Advice(
        "Không phải do trung tâm ký. Báo an toàn thông tin; ban hành lại ở sổ đăng ký, không sửa ở đây.",
        "Not signed by the centre. Tell those in charge of security; publish it again at the registry, not here.",
        _AFTER_A_FIX,
    ),
    "MAC_WRONG": Advice(*_FOREIGN, _AFTER_A_FIX),
    "STATION_MAC_WRONG": Advice(
        *_FOREIGN,
        _AFTER_A_FIX,
        Sentence("Mã xác thực của máy trạm sai", "the station's authentication code is wrong"),
    ),
    "STATION_UNKNOWN": Advice(*_ENROL, _AFTER_A_FIX),
    "STATION_NOT_ENROLLED": Advice(
        *_ENROL, _AFTER_A_FIX, Sentence("Máy trạm chưa được đăng ký", "a station that is not enrolled")
    ),
    "STATION_REVOKED": Advice(*_REVOKED, _AFTER_A_FIX),
    "STATION_OF_OTHER_POST": Advice(*_OTHER_POST, _AFTER_A_FIX),
    "STATION_OF_ANOTHER_POST": Advice(
        *_OTHER_POST, _AFTER_A_FIX, Sentence("Máy trạm ghi tên chốt khác", "the station names another post")
    ),
    "NUMBER_REPEATED": Advice(*_REPEATED, _NOTHING),
    "STATION_NUMBER_REPEATED": Advice(
        *_REPEATED,
        _NOTHING,
        Sentence("Số thứ tự lặp lại với nội dung khác", "a number repeated with other content"),
    ),
    "CHAIN_BROKEN": Advice(
        "Bản ghi đã được nhận, nhưng không khớp bản ghi bên cạnh. Đối chiếu máy trạm, ghi lý do, rồi loại bỏ.",
        "The record was taken, but does not fit its neighbour. Compare with the station's own record, "
        "then discard with the reason.",
        _NOTHING,
    ),
    "TIME_IN_FUTURE": Advice(
        "Đồng hồ máy trạm sai. Chỉnh đồng hồ ở chốt; mở xem và sửa giờ theo sổ giấy của chốt, rồi gửi.",
        "The station's clock is wrong. Set it; open the record, correct its time by the post's book, and send.",
        _FORM,
    ),
    "TIME_PAST_RETENTION": Advice(
        "Việc đã quá thời hạn lưu trữ. Nếu đồng hồ máy trạm sai: mở xem, sửa giờ theo sổ giấy của chốt, rồi gửi; "
        "nếu giờ đúng thì loại bỏ, kèm lý do.",
        "It is older than what is still kept. If the station's clock was wrong: open the record, correct its time "
        "by the post's book, and send; if the time is right, discard it with the reason.",
        _FORM,
    ),
    "CONFLICT": Advice(
        "Cùng mã nhưng nội dung khác: bản đến trước được tính. Hỏi chốt bản nào đúng, yêu cầu chốt đính chính.",
        "The same id with other content: the first one counts. Ask the post which is right; the post corrects it.",
        _NOTHING,
    ),
    "REVISION_OLDER": Advice(
        "Bản cũ hơn bản đang dùng. Kiểm tra có ai phát lại bản cũ không, rồi loại bỏ.",
        "Older than what is in use. Find out whether somebody plays an old one back, then discard.",
        _NOTHING,
    ),
    "CROSSING_OF_OTHER_STATION": Advice(
        "Máy trạm này đính chính lượt của máy khác. Yêu cầu đúng máy đã ghi lượt đó đính chính.",
        "This station corrects another one's crossing. The station that closed it must correct it.",
        _NOTHING,
    ),
    "BOX_KEY_UNKNOWN": Advice(*_BOX, _AFTER_A_FIX),
    "BOX_BROKEN": Advice(*_BROKEN_BOX, _AFTER_A_FIX),
    "BOX_CONTENT_UNREADABLE": Advice(*_BROKEN_BOX, _AFTER_A_FIX),
    "BOX_OF_ANOTHER_RECORD": Advice(*_BROKEN_BOX, _AFTER_A_FIX),
    "OUR_FAULT": Advice(
        "Lỗi của hệ thống. Báo bộ phận hỗ trợ; gửi lại sau khi đã sửa. Gửi sớm hơn thì bản ghi lại bị trả về đây.",
        "A bug of ours. Tell the help desk; send it again after the fix. Sent earlier, it comes back here.",
        _AFTER_A_FIX,
    ),
}

_UNKNOWN = Advice(
    "Chưa có chỉ dẫn cho lý do này. Gọi bộ phận hỗ trợ.",
    "There is no advice for this reason yet. Call the help desk.",
    _AFTER_A_FIX,
)


def advice(reason: str) -> Advice:
    return REASONS.get(reason, _UNKNOWN)


def happened(reason: str) -> Sentence:
    """What went wrong, as a sentence."""
    return advice(reason).happened or sentence(reason)


DISCARDS: dict[str, Sentence] = {
    "SENT_AGAIN_BY_STATION": Sentence("chốt đã gửi lại bản đúng", "the post has sent the right one"),
    "KNOWN_ALREADY": Sentence("nội dung này đã có ở trung tâm", "the centre has this already"),
    "NOT_OURS": Sentence("không phải của hệ thống này", "not of this system"),
    "FORGED": Sentence("giả mạo, đã báo an toàn thông tin", "forged; security was told"),
    "CANNOT_BE_SAVED": Sentence("hỏng, không khôi phục được", "broken beyond repair"),
    "TRIAL": Sentence("dữ liệu thử", "a trial"),
}
"""Why somebody discards one."""

PURPOSES: dict[str, Sentence] = {
    "FIND_THE_FAULT": Sentence("tìm lỗi của bản ghi", "find what is wrong with it"),
    "CORRECT_THE_RECORD": Sentence("sửa bản ghi", "correct it"),
    "ANSWER_A_POST": Sentence("trả lời chốt", "answer the post"),
    "ASKED_BY_AUTHORITY": Sentence("cơ quan có thẩm quyền yêu cầu", "an authority asks"),
}
"""Why somebody opens one. Each opening is an audit record."""
