"""What to say of each thing that was found out, and what to do about it. Pure.

The code of what was found, then both sentences in both languages.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.sentences import Sentence


@dataclass(frozen=True)
class Advice:
    what: Sentence
    what_to_do: Sentence


def advice(code: str) -> Advice:
    """Its code alone where nobody wrote anything: a newer worker may know more."""
    unknown = Sentence(code, code)
    return ADVICE.get(code, Advice(unknown, unknown))


ADVICE: dict[str, Advice] = {
    "draws-DRAW_DIFFERS": Advice(
        Sentence(
            "kết quả rút không phải kết quả mà khóa của máy trạm cho ra",
            "the draw is not the one that the station's key gives",
        ),
        Sentence(
            "Báo trưởng chốt và kiểm toán. Nghi có người can thiệp thì thu hồi máy trạm và giữ nguyên máy để xem.",
            "Tell the chief of the post and the auditor. "
            "Where tampering is suspected, revoke the station and keep the machine as it is.",
        ),
    ),
    "draws-BY_ANOTHER_POLICY": Advice(
        Sentence(
            "rút theo quy định mà máy trạm có lúc đó, quy định đúng đến sau",
            "drawn by the policy that the station had; the one in force came later",
        ),
        Sentence(
            "Không phải lỗi của chốt, không cần làm gì.",
            "No fault of the post; nothing to do.",
        ),
    ),
    "draws-COUNTER_MISSING": Advice(
        Sentence(
            "thiếu số: có lượt đã mở mà không để lại bản ghi, có thể bị bỏ cho đến khi không bị rút",
            "a number is missing: a crossing was opened and left no record, perhaps until one was not drawn",
        ),
        Sentence(
            "Hỏi ca trực hôm đó lượt nào bị bỏ và vì sao. "
            "Nếu máy trạm đang giữ bản ghi chưa gửi, chờ lần xem ngày mai.",
            "Ask that day's shift which crossing was given up and why. "
            "Where the station holds records that it has not sent, wait for tomorrow's look.",
        ),
    ),
    "draws-COUNTER_ON_ITS_WAY": Advice(
        Sentence(
            "chưa có số này, máy trạm còn bản ghi chưa đến",
            "this number is not here; records of the station are still on their way",
        ),
        Sentence(
            "Chờ máy trạm gửi bù; ngày này còn được xem lại.",
            "Wait until the station has sent them; this day is looked at again.",
        ),
    ),
    "draws-COUNTER_TWICE": Advice(
        Sentence(
            "một số dùng cho hai lượt",
            "one number was used for two crossings",
        ),
        Sentence(
            "Máy trạm có thể bị chép hoặc khôi phục từ bản cũ. Ngừng dùng máy này và báo bộ phận kỹ thuật.",
            "The station may have been copied, or restored from an old copy. "
            "Take it out of use and tell the technicians.",
        ),
    ),
    "draws-COUNTER_CHANGED": Advice(
        Sentence(
            "số hoặc kết quả rút bị đổi khi đính chính",
            "the number or the draw was changed by a correction",
        ),
        Sentence(
            "Kết quả rút không phải là điều được sửa. Hỏi người đính chính và báo kiểm toán.",
            "A draw is none of the things that may be corrected. Ask who corrected it, and tell the auditor.",
        ),
    ),
    "draws-FAILED": Advice(
        Sentence(
            "không rút lại được vì lỗi của hệ thống, chưa biết gì về ngày này",
            "could not be repeated for a fault of ours; nothing is known about this day",
        ),
        Sentence(
            "Báo bộ phận kỹ thuật. Mỗi ngày hệ thống tự thử lại một lần.",
            "Tell the technicians. It is tried once a day.",
        ),
    ),
    "head-signature_wrong": Advice(
        Sentence(
            "chữ ký vào sổ không phải của máy trạm này",
            "the signature on the chain is not this station's",
        ),
        Sentence(
            "Gọi chốt hỏi máy có bị thay không. Đúng máy thì đăng ký lại; không thì thu hồi máy trạm ngay.",
            "Call the post and ask whether the machine was exchanged. "
            "Enrol it again if it is the right one; if not, revoke the station at once.",
        ),
    ),
    "head-other_record": Advice(
        Sentence(
            "tại trung tâm có bản ghi mà máy trạm không viết",
            "a record stands here that the station did not write",
        ),
        Sentence(
            "Có người đã sửa sổ tại trung tâm hoặc viết thay máy trạm. "
            "Báo kiểm toán; không xóa gì, giữ nguyên máy trạm để so.",
            "Somebody changed the chain here or wrote in the station's name. "
            "Tell the auditor; delete nothing, and keep the station as it is to compare.",
        ),
    ),
    "timer-decision": Advice(
        Sentence(
            "hạn chờ quyết định tại chốt chưa xét được",
            "the time for the officer's decision could not be judged",
        ),
        Sentence(
            "Lượt này chưa được tính là đã cho qua. Báo bộ phận kỹ thuật; có bản sửa lỗi rồi thì bấm chạy lại.",
            "This crossing does not count as let through yet. "
            "Tell the technicians; have it tried again once a mended version runs.",
        ),
    ),
    "timer-transit": Advice(
        Sentence(
            "hạn ra khỏi tỉnh của xe quá cảnh chưa xét được",
            "the time to leave the province in transit could not be judged",
        ),
        Sentence(
            "Xe quá hạn có thể chưa được báo. Báo bộ phận kỹ thuật; có bản sửa lỗi rồi thì bấm chạy lại.",
            "An overdue vehicle may not have been told. "
            "Tell the technicians; have it tried again once a mended version runs.",
        ),
    ),
}
