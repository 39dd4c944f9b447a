"""Words for the codes that only our pages know; those of the shared language are in ``schemas.sentences``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from schemas.sentences import OUTCOMES, SENTENCES, Sentence, sentence
from schemas.words import Outcome, VehicleClass
from services.pages.texts import english

_CLASSES = frozenset(VehicleClass)
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

WORDS = {
    # states and steps of an episode
    "to_confirm": "cần xác nhận",
    "referred": "chờ nhận",
    "claimed": "đã nhận",
    "placed": "đã có chỗ",
    "released": "đã kết thúc cách ly",
    "closed": "đã đóng",
    "confirm": "xác nhận đúng người",
    "reject": "không phải người này",
    "claim": "nhận hồ sơ",
    "give-back": "trả lại hàng đợi",
    "place": "xếp chỗ",
    "release": "kết thúc cách ly",
    "accept-withdrawal": "đóng vì phiếu đã rút",
    "keep": "vẫn giữ cách ly",
    "withdrawn": "phiếu bị rút",
    "in-force-again": "phiếu có hiệu lực lại",
    "updated": "phiếu được cập nhật",
    "referred-again": "thêm phiếu của cùng người",
    # reasons of a step
    "OTHER_PERSON": "người khác, trùng thông tin",
    "TERM_SERVED": "hết thời hạn cách ly",
    "TESTS_NEGATIVE": "xét nghiệm âm tính theo quy định",
    "ORDER_OF_AUTHORITY": "theo quyết định của cấp có thẩm quyền",
    "OTHER": "lý do khác",
    "FACT_CORRECTED": "thông tin gốc đã được sửa",
    "OTHER_GROUNDS": "còn căn cứ khác",
    "FINDING_WITHDRAWN": "căn cứ đã được rút",
    "REFERRAL_WITHDRAWN": "phiếu chuyển đã được rút",
    # purposes of looking
    "CALL_PERSON": "gọi điện cho người này",
    "CONFIRM_IDENTITY": "xác nhận đúng người",
    "ARRANGE_PLACE": "xếp chỗ cách ly",
    "ASKED_BY_AUTHORITY": "cơ quan có thẩm quyền yêu cầu",
    # a what-if
    "waiting": "đang chờ",
    "running": "đang chạy",
    "done": "đã xong",
    "stopped": "đã dừng",
    "failed": "không chạy được",
    "DRAFT_NOT_VALID": "bản nháp không hợp lệ",
    # calls
    "to_call": "chưa gọi",
    "reached": "đã gọi được",
    "no_answer": "không nghe máy",
    "wrong_number": "sai số",
    # an alert's life
    "new": "mới",
    "acknowledged": "đã nhận tin",
    "ended": "đã kết thúc",
    "update": "cập nhật",
    "end": "kết thúc",
    "health": "y tế",
    "suspected_misuse": "nghi lợi dụng luồng xanh",
    "high": "mức cao",
    "medium": "mức vừa",
    "low": "mức thấp",
    "information": "thông tin",
    # a crossing
    "in": "vào tỉnh",
    "out": "ra khỏi tỉnh",
    "on_foot": "người đi bộ",
    "bicycle": "xe đạp",
    "motorbike": "xe máy",
    "car": "xe con",
    "bus": "xe khách",
    "truck": "xe tải",
    "container": "xe công-ten-nơ",
    "tanker": "xe bồn",
    "ambulance": "xe cứu thương",
    "boat": "ghe",
    "ship": "tàu",
    "other": "phương tiện khác",
    # notices
    "notice-extends": "gia hạn",
    "notice-token_revoked": "thu hồi mã",
    "notice-pass_revoked": "thu hồi giấy",
    "notice-to_be_checked": "xe cần kiểm tra",
    "notice-change_of_driver": "bắt buộc đổi lái xe",
    "notice-post_closed": "đóng chốt",
    "notice-road_closed": "đóng đường, phà",
    "notice-in-force": "đang có hiệu lực",
    "notice-to-come": "sắp có hiệu lực",
    "notice-over": "đã hết",
    "notice-withdrawn": "đã rút",
    # places
    "home": "tại nhà",
    "centre": "khu cách ly",
    "treatment": "cơ sở điều trị",
    # roles
    "officer": "cán bộ chốt",
    "police": "cảnh sát giao thông",
    "patrol": "tổ tuần tra",
    "duty_officer": "trực ban",
    "coordinator": "điều phối cách ly",
    "facility": "cơ sở cách ly",
    "commune": "xã, phường",
    "command": "sở chỉ huy",
    "auditor": "kiểm toán",
    "registry": "quản lý sổ đăng ký",
    # dead letters, refused records
    "processors": "bộ phận xét",
    "services": "bộ phận phục vụ",
    "RECORD_EMPTY": "bản ghi trống",
    "RECORD_TOO_LARGE": "bản ghi quá lớn",
    "RECORD_TYPE_UNKNOWN": "không rõ loại bản ghi",
    "RECORD_NOT_VALID": "bản ghi sai định dạng",
    "SIGNATURE_WRONG": "chữ ký của trung tâm không đúng",
    "STATION_MAC_WRONG": "mã xác thực của máy trạm không đúng",
    "STATION_NOT_ENROLLED": "máy trạm chưa được đăng ký",
    "STATION_OF_ANOTHER_POST": "máy trạm thuộc chốt khác",
    "STATION_REVOKED": "máy trạm đã bị thu hồi",
    "STATION_NUMBER_REPEATED": "số thứ tự dùng lại với nội dung khác",
    "OUR_FAULT": "lỗi của hệ thống, đã báo động",
    # the desk of dead letters
    "case-new": "chờ xử lý",
    "case-requeued": "đã gửi lại, chờ kết quả",
    "case-corrected": "đã sửa và gửi, chờ kết quả",
    "case-again": "gửi lại vẫn bị trả về",
    "case-discarded": "đã loại bỏ",
    "case-resolved": "đã nhận được",
    "act-requeue": "gửi lại nguyên bản",
    "act-discard": "loại bỏ",
    "act-reopen": "mở lại",
    "did-new": "bị trả về",
    "did-also_buried": "bên kia cũng không nhận được",
    "did-buried_again": "gửi lại vẫn bị trả về",
    "did-came_through": "đã nhận được",
    "did-requeued": "đã gửi lại nguyên bản",
    "did-corrected": "đã sửa và gửi",
    "did-discard": "đã loại bỏ",
    "did-reopen": "đã mở lại",
    "form-json": "dạng JSON",
    "form-text": "dạng chữ, không phải JSON",
    "form-hex": "dạng byte, không phải chữ",
    "form-empty": "trống",
    "TYPE_NOT_TOLD": "không rõ là bản ghi gì",
    "TOPIC_UNKNOWN": "Không rõ kênh dữ liệu",
    "vn.chotxanh.crossing.closed": "lượt qua chốt",
    "vn.chotxanh.crossing.corrected": "đính chính lượt qua chốt",
    "vn.chotxanh.crossing.abandoned": "lượt bỏ dở",
    "vn.chotxanh.decision.made": "quyết định tại chốt",
    "vn.chotxanh.test-result.at-post": "xét nghiệm tại chốt",
    "vn.chotxanh.test-result.reported": "kết quả xét nghiệm",
    "vn.chotxanh.station.health": "tin trạng thái máy trạm",
    "vn.chotxanh.verdict.reached": "kết luận của trung tâm",
    "vn.chotxanh.finding.changed": "phát hiện",
    "vn.chotxanh.referral.changed": "phiếu chuyển cách ly",
    "vn.chotxanh.recall.changed": "yêu cầu kiểm tra lại",
    "vn.chotxanh.post.registered": "đăng ký chốt",
    "vn.chotxanh.station.enrolled": "đăng ký máy trạm",
    "vn.chotxanh.zones.assigned": "cấp độ dịch",
    "vn.chotxanh.units.published": "danh mục đơn vị hành chính",
    "vn.chotxanh.list.published": "danh sách cho máy trạm",
    "vn.chotxanh.notice.published": "thông báo",
    "vn.chotxanh.policy.published": "quy định",
    "vn.chotxanh.vehicle-pass.registered": "thẻ luồng xanh trong sổ",
    "vn.chotxanh.command.given": "lệnh chạy thử",
    "vn.chotxanh.command.answered": "kết quả chạy thử",
    "vn.chotxanh.dead-letter.buried": "phiếu trả về",
    # what was found out about the system itself
    "vn.chotxanh.self-check.draws-repeated": "kết quả rút lại của một ngày",
    "vn.chotxanh.self-check.chain-head-wrong": "sổ máy trạm không khớp",
    "vn.chotxanh.self-check.timer-put-aside": "hạn giờ bị gác lại",
    # what came of an alert
    "alert-new": "mới",
    "alert-update": "cập nhật",
    "alert-end": "kết thúc",
    "alert-acknowledged": "đã nhận tin",
    "alert-disposed": "đã ghi kết quả",
    "alert-escalated": "chưa ai nhận tin, đã báo",
    "DISPOSED": "đã có kết quả xử lý",
    "EXPIRED": "quá thời hạn, không có gì mới",
    "FOLLOW_UP": "theo dõi vụ việc",
    "ANSWER_COMPLAINT": "trả lời khiếu nại",
    "online": "camera hoạt động",
    "lost": "mất camera",
    "none": "không có camera",
}


def words(code: str) -> Sentence:
    """What to say for any code, ours or shared; the code itself where nobody wrote anything."""
    if code in WORDS:
        return Sentence(WORDS[code], english(WORDS[code]))
    return sentence(code)


def outcome_words(outcome: str) -> Sentence:
    return OUTCOMES[Outcome(outcome)]


def evidence_sentence(item: dict[str, Any], names: Mapping[str, str] = MappingProxyType({})) -> Sentence:
    """What one piece of evidence says; its code alone where a fact is missing. ``names`` are the posts'."""
    facts = item.get("numbers", {}) | {
        name: local_text(datetime.fromisoformat(at)) for name, at in item.get("instants", {}).items()
    }
    named = {name: _named(word, names) for name, word in item.get("words", {}).items()}
    said = SENTENCES.get(item["code"]) or words(item["code"])
    try:
        return Sentence(
            said.vi.format(**facts, **{name: word.vi for name, word in named.items()}),
            said.en.format(**facts, **{name: word.en for name, word in named.items()}),
        )
    except (KeyError, IndexError):
        return Sentence(item["code"], item["code"])


def _named(word: str, names: Mapping[str, str]) -> Sentence:
    """A post by its name, a class of vehicle by its word; anything else as it is."""
    if word in names:
        return Sentence(names[word], names[word])
    return words(word) if word in _CLASSES else Sentence(word, word)


def local_text(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%H:%M %d/%m/%Y}"
