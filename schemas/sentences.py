"""Words for people for every stable code, Vietnamese first. A code that has none is shown as itself."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.words import Outcome


@dataclass(frozen=True)
class Sentence:
    vi: str
    en: str


def sentence(code: str) -> Sentence:
    """What to say for ``code``; the code itself where nobody wrote a sentence yet."""
    return SENTENCES.get(code, Sentence(code, code))


OUTCOMES: dict[Outcome, Sentence] = {
    Outcome.LET_THROUGH: Sentence("CHO QUA", "let through"),
    Outcome.CHECK_MORE: Sentence("KIỂM TRA THÊM", "check more"),
    Outcome.REFER: Sentence("CHUYỂN CÁCH LY", "refer to quarantine"),
    Outcome.TURN_BACK: Sentence("QUAY ĐẦU", "turn back"),
    Outcome.HOLD: Sentence("GIỮ LẠI", "hold here"),
    Outcome.COULD_NOT_CHECK: Sentence("CHƯA KIỂM TRA ĐƯỢC", "could not check"),
}

_READINGS = {
    "PASS_PREFIX_UNKNOWN": ("Không phải mã giấy đi đường", "not the code of a pass"),
    "PASS_BASE45_BROKEN": ("Mã bị hỏng hoặc thiếu, quét lại", "the code is damaged or cut off: scan again"),
    "PASS_INFLATE_BROKEN": ("Mã bị hỏng bên trong", "the code is damaged inside"),
    "PASS_TOO_LARGE": ("Mã chứa quá nhiều dữ liệu, không đọc", "the code holds more than any pass: not read"),
    "PASS_CBOR_BROKEN": ("Nội dung mã sai định dạng", "the contents are malformed"),
    "PASS_CBOR_DUPLICATE_KEY": ("Nội dung mã ghi hai lần một mục", "the contents say one thing twice"),
    "PASS_CBOR_TRAILING_BYTES": ("Mã có phần thừa phía sau", "the code has something added behind"),
    "PASS_COSE_BROKEN": ("Phần chữ ký sai định dạng", "the signature's envelope is malformed"),
    "PASS_ALGORITHM_NOT_ALLOWED": ("Kiểu chữ ký không được phép", "this kind of signature is not allowed"),
    "PASS_KEY_ID_MISSING": ("Mã không ghi khóa nào đã ký", "the code does not say which key signed"),
    "PASS_KEY_OF_OTHER_ISSUER": ("Khóa của nơi cấp khác", "signed with another issuer's key"),
    "PASS_KEY_NOT_FOR_THIS_USE": ("Khóa này không được ký loại giấy này", "this key may not sign such a pass"),
    "PASS_KEY_RETIRED": ("Khóa đã hết hạn khi ký", "the key was no longer valid"),
    "PASS_SIGNATURE_WRONG": ("CHỮ KÝ SAI: giấy giả hoặc bị sửa", "WRONG SIGNATURE: forged or altered"),
    "PASS_CLAIMS_BROKEN": ("Giấy thiếu nội dung bắt buộc", "the pass lacks what it must say"),
    "PASS_ISSUED_IN_FUTURE": ("Ngày cấp nằm ở tương lai", "issued in the future"),
    "PASS_NOT_YET_VALID": ("Giấy chưa đến ngày có hiệu lực", "not valid yet"),
    "PASS_EXPIRED": ("Giấy hết hạn in trên giấy", "past its printed expiry"),
    "PASS_REVOKED": ("Giấy đã bị thu hồi", "revoked"),
    "TOKEN_REVOKED": ("Thẻ luồng xanh đã bị thu hồi", "the green-lane card was revoked"),
    "CARD_FIELDS_DISAGREE": ("Số, giới tính, năm sinh trên thẻ không khớp", "number, sex and birth year disagree"),
    "CARD_BROKEN": ("Mã thẻ sai định dạng", "the card's code is malformed"),
    "TEXT_TOO_LONG": ("Mã dài quá mức cho phép", "the code is longer than any pass"),
    "TEXT_NOT_ALLOWED": ("Mã có ký tự không được phép", "the code has letters that are not allowed"),
    "KEY_UNKNOWN": ("Chưa có khóa của nơi cấp này", "we do not have this issuer's key"),
    "TRUST_LIST_MISSING": ("Máy chưa có danh sách khóa", "this station has no list of keys yet"),
    "REVOCATION_LIST_MISSING": ("Máy chưa có danh sách thu hồi", "this station has no revocation list yet"),
    "TOKEN_NOT_ON_LIST": ("Thẻ không có trong danh sách của máy", "the card is not on this station's list"),
    "TOKEN_LIST_MISSING": ("Máy chưa có danh sách thẻ", "this station has no list of cards yet"),
    "LOOK_UP_NEEDED": ("Phải tra cứu, máy chưa tra được", "must be looked up, and could not be"),
    "NOT_A_TRAVEL_CODE": ("Không phải giấy tờ cần ở đây", "not a paper that is asked for here"),
    "CODE_UNKNOWN": ("Mã không nhận ra", "unknown code"),
    "NO_CODE_SEEN": ("Không thấy mã nào đọc được trong ảnh", "no readable code in the picture"),
    "PICTURE_BROKEN": ("Ảnh hỏng, không mở được", "the picture is broken and cannot be opened"),
}

_RULES = {
    "GL01": ("Số người nhiều hơn số đăng ký", "more people than the registered crew"),
    "GL02": ("Có người không ghi trên giấy", "someone aboard who is not on the pass"),
    "GL03": ("Biển số khác biển trên giấy", "the plate is not the one on the pass"),
    "GL04": ("Loại xe không thuộc diện được cấp", "a class of vehicle that the pass does not cover"),
    "GL05": ("Hết hiệu lực luồng xanh", "green-lane validity is over"),
    "GL06": ("Giấy giả, bị thu hồi hoặc không có trong sổ", "forged, revoked, or not in the registry"),
    "GL07": ("Xuất hiện ở hai chốt nhanh hơn đường đi", "at two posts faster than travel allows"),
    "GL08": ("Một thẻ dùng cho nhiều biển số", "one card on several plates"),
    "GL09": ("Số người thay đổi giữa hai chốt", "head-count changed between posts"),
    "GL10": ("Vào quá cảnh nhưng chưa ra", "entered in transit and not out again"),
    "GL11": ("Sai tuyến hoặc sai giờ đăng ký", "off the registered route or time"),
    "GL12": ("Đi giữa hai chốt quá lâu", "far too long between two posts"),
    "GL13": ("Người từng đi xe luồng xanh dương tính", "someone from a green-lane vehicle tested positive"),
    "GL14": ("Một giấy xét nghiệm có nội dung khác nhau", "one test certificate with different contents"),
    "GL15": ("Tổ lái thiếu xét nghiệm hoặc quá hạn", "crew's test missing or too old"),
    "GL16": ("Đã quay đầu nhưng xuất hiện ở chốt khác", "turned back, then seen at another post"),
    "GL17": ("Niêm phong bị phá hoặc thay đổi", "door seal broken or changed"),
}

_TESTS = {
    "TS_SHOWN_VALID": ("Xét nghiệm âm tính còn hạn", "negative test, in time"),
    "TS_NONE_SHOWN": ("Chưa xuất trình xét nghiệm", "no test shown"),
    "TS_NOT_ASKED": ("Không yêu cầu xét nghiệm", "no test asked for"),
    "TS_SHOWN_TOO_OLD": ("Xét nghiệm quá hạn", "the test is too old"),
    "TS_SHOWN_POSITIVE": ("Giấy ghi DƯƠNG TÍNH", "the certificate says POSITIVE"),
    "TS_SHOWN_NOT_ACCEPTED": ("Loại xét nghiệm không được chấp nhận", "a kind of test that is not accepted"),
    "TS_SHOWN_UNCHECKED": ("Xét nghiệm chưa kiểm chứng được", "the test could not be verified"),
    "TS_KNOWN_POSITIVE": ("Đã có kết quả DƯƠNG TÍNH", "known POSITIVE"),
    "TS_POSITIVE_AFTER": ("DƯƠNG TÍNH sau khi qua chốt", "tested POSITIVE after the crossing"),
    "TS_POSITIVE_SINCE_PASS": (
        "DƯƠNG TÍNH sau ngày lấy mẫu của giấy đã xuất trình",
        "tested POSITIVE since the test that was shown",
    ),
    "TS_POSITIVE_WEAK": (
        "Có thể trùng người dương tính, cần xác nhận",
        "may be a positive person: to be confirmed",
    ),
    "TS_POOL_POSITIVE": ("Mẫu gộp dương tính, cần xét nghiệm riêng", "the pool is positive: to be tested alone"),
    "TS_RESULT_PENDING": ("Đang chờ kết quả xét nghiệm", "a result is awaited"),
    "TS_CERTIFICATE_WITHDRAWN": ("Giấy xét nghiệm đã bị hủy", "the test certificate was withdrawn"),
    "TS_CERTIFICATE_CONTRADICTED": ("Giấy khác với sổ xét nghiệm", "the certificate differs from the register"),
    "TS_NOTHING_KNOWN": ("Chưa có thông tin trong sổ", "nothing known in the register"),
}

_NOTES = {
    "NOTHING_SHOWN": ("Chưa xuất trình giấy tờ nào", "nothing was shown"),
    "PLATE_MISREAD_POSSIBLE": (
        "Biển lệch một ký tự, đọc lại biển",
        "one letter of the plate differs: read it again",
    ),
    "POLICY_NONE_IN_FORCE": ("Máy chưa có quy định đang áp dụng", "no policy is in force here"),
    "EMERGENCY_PASS_THROUGH": ("Xe cấp cứu, kiểm tra sau", "emergency, checked afterwards"),
    "CONTACT_OF_POSITIVE": ("Đi cùng người dương tính", "travelled with a positive person"),
    "OCCUPANT_HEALTH": ("Lý do sức khỏe của người trên xe", "a health reason of someone aboard"),
    "MATCHED_BY_MASKED_NUMBER": (
        "Chỉ trùng số bị che và ngày sinh, cần xác nhận",
        "matched by a masked number and birth date only: confirm",
    ),
    "MATCHED_BY_NAME_AND_BIRTH": (
        "Chỉ trùng tên và ngày sinh, cần xác nhận",
        "matched by name and birth date only: confirm",
    ),
    "PLATE_TO_BE_CHECKED": ("Xe cần kiểm tra theo thông báo", "a notice asks to check this vehicle"),
    "POST_CLOSED": ("Chốt đang đóng theo thông báo", "the post is closed by a notice"),
    "ROAD_CLOSED": (
        "Đường hoặc phà nối chốt này đang đóng theo thông báo: xe có thể đến muộn hoặc đi đường khác",
        "a road or ferry from this post is closed by a notice: vehicles may come late or by another way",
    ),
    "CHANGE_OF_DRIVER_ORDERED": (
        "Tại đây bắt buộc đổi lái xe theo văn bản",
        "a change of driver is ordered here",
    ),
    "VALID_BY_NOTICE": ("Còn hiệu lực theo thông báo gia hạn", "valid by a notice of extension"),
    "RULE_NOT_EVALUABLE": (
        "Chưa đủ thông tin để áp dụng quy định, hỏi thêm",
        "not enough is known to apply a rule: ask",
    ),
    "INSPECTION_DRAWN": ("Trúng kiểm tra ngẫu nhiên: mở thùng hàng", "drawn at random: open the cargo space"),
    "INSPECTION_DONE": ("Đã kiểm tra ngẫu nhiên", "the random inspection was done"),
    "DECISION_NONE_IN_TIME": (
        "Không có quyết định đúng giờ, coi như cho qua",
        "no decision in time: as let through",
    ),
    "TRANSIT_NOT_OUT_YET": (
        "Vào quá cảnh, chưa biết đã ra hay chưa",
        "in transit: not known yet whether it is out again",
    ),
    "TRANSIT_CANNOT_BE_KNOWN": (
        "Vào quá cảnh; có chốt đóng hoặc không ghi chiều ra nên không thể biết đã ra",
        "in transit: a post was closed or records no way out, so that it cannot be known whether it left",
    ),
    "CLOCK_DOUBTED": ("Đồng hồ máy trạm bị nghi sai", "the station's clock is doubted"),
    "FROM_PAPER": ("Nhập sau từ phiếu giấy", "entered later from a paper slip"),
}

_AGREEMENT = {
    "PAPERS_NUMBERS_DIFFER": (
        "Số trên các giấy không khớp nhau",
        "the numbers on the papers differ",
    ),
    "PAPERS_NAMES_DIFFER": ("Tên trên các giấy không khớp nhau", "the names on the papers differ"),
    "PAPERS_BIRTH_DATES_DIFFER": ("Ngày sinh trên các giấy không khớp", "the birth dates on the papers differ"),
    "PAPERS_SEXES_DIFFER": ("Giới tính trên các giấy không khớp", "the sexes on the papers differ"),
    "PAPERS_NUMBER_IMPOSSIBLE": (
        "Số định danh không khớp giới tính, năm sinh hoặc nơi đăng ký",
        "the number does not fit sex, birth year or place",
    ),
    "TEST_COVERS_OTHERS": (
        "Giấy xét nghiệm nhóm không có tên người này",
        "the group's test does not cover this person",
    ),
}

_EVIDENCE = {
    "MORE_PEOPLE_THAN_CREW": (
        "Thấy {seen} người, đăng ký {registered}",
        "{seen} people seen, {registered} registered",
    ),
    "DRIVER_NOT_ON_PASS": (
        "Người lái (số {occupant}) không có tên trên giấy: đổi lái xe phải có thẻ mới",
        "the driver (occupant {occupant}) is not on the pass: a change of driver needs a new card",
    ),
    "DRIVER_NOT_ON_PASS_BY_NAME": (
        "Theo tên, người lái (số {occupant}) không có trên giấy; chưa đối chiếu được số, hỏi giấy tờ tùy thân",
        "by name only, the driver (occupant {occupant}) is not on the pass: ask for a paper with the number",
    ),
    "PERSON_NOT_ON_PASS": (
        "Người số {occupant} trên xe không có tên trên giấy",
        "occupant {occupant} is not on the pass",
    ),
    "PERSON_NOT_ON_PASS_BY_NAME": (
        "Theo tên, người số {occupant} không có trên giấy; chưa đối chiếu được số định danh, hỏi giấy tờ tùy thân",
        "by name only, occupant {occupant} is not on the pass: ask for a paper with the number",
    ),
    "CLASS_NOT_COVERED": (
        "Giấy cấp cho {on-pass}, xe qua chốt là {seen}",
        "the pass is for a {on-pass}, the vehicle seen is a {seen}",
    ),
    "POST_OFF_ROUTE": (
        "Qua {post}, không thuộc tuyến ghi trên giấy ({posts} chốt, có {route})",
        "passed {post}, which is not on the registered route ({posts} posts, among them {route})",
    ),
    "OUT_OF_HOURS": (
        "Qua chốt lúc {at}, ngoài giờ được đi luồng xanh (từ {begins} đến {ends})",
        "passed at {at}, outside the hours of the green lane ({begins} to {ends})",
    ),
    "PASS_ON_ANOTHER_PLATE": (
        "Giấy này đã dùng cho xe biển khác qua {first} lúc {first-at}",
        "this pass was used with another plate at {first}, {first-at}",
    ),
    "PASS_ON_ANOTHER_PLATE_THIS_IS_ITS_OWN": (
        "Giấy của xe này đã bị dùng cho xe biển khác qua {first} lúc {first-at}: tìm xe kia",
        "the pass of this vehicle was used with another plate at {first}, {first-at}: look for the other vehicle",
    ),
    "TEST_OF_ANOTHER": (
        "Giấy xét nghiệm của người số {occupant} là của người khác (số định danh không khớp)",
        "the test that occupant {occupant} showed is of other people: the numbers differ",
    ),
    "TEST_OF_ANOTHER_BY_NAME": (
        "Theo tên, giấy xét nghiệm của người số {occupant} là của người khác; cần đối chiếu số định danh",
        "by name only, the test that occupant {occupant} showed is of other people: compare the numbers",
    ),
    "CERTIFICATE_DATES_DIFFER": (
        "Cùng một giấy xét nghiệm (người số {occupant}) ghi hai ngày lấy mẫu: {first} và {second}",
        "one test certificate (occupant {occupant}) with two times of sample: {first} and {second}",
    ),
    "CERTIFICATE_DATE_NOT_REGISTERED": (
        "Giấy của người số {occupant} ghi lấy mẫu {shown}, sổ xét nghiệm ghi {registered}",
        "the paper of occupant {occupant} says sampled {shown}, the register says {registered}",
    ),
    "CERTIFICATE_OF_ANOTHER_IN_REGISTER": (
        "Theo sổ xét nghiệm, giấy của người số {occupant} là của người khác",
        "by the register, the certificate of occupant {occupant} is of other people",
    ),
    "CERTIFICATE_SHOWN_BY_ANOTHER": (
        "Giấy xét nghiệm của người số {occupant} đã do người khác xuất trình ở {first} lúc {first-at}",
        "the certificate of occupant {occupant} was shown by another person at {first}, {first-at}",
    ),
    "NOT_OF_THE_GROUP_IN_REGISTER": (
        "Theo sổ xét nghiệm, người số {occupant} không thuộc nhóm của giấy xét nghiệm này",
        "by the register, occupant {occupant} is not of the group that the certificate covers",
    ),
    "PAPER_NUMBER_ALSO_SHOWN_BY_ANOTHER": (
        "Số giấy của người số {occupant} cũng có ở giấy người khác xuất trình tại {first} lúc {first-at};"
        " giấy có thể cấp cho cả hộ hoặc nhóm: xem giấy ghi những ai",
        "the paper number of occupant {occupant} was shown by another person as well, at {first}, {first-at}:"
        " it may cover a household or group, see whom it names",
    ),
    "CREW_TEST_MISSING": (
        "Người số {occupant} của tổ lái chưa có xét nghiệm âm tính",
        "crew member {occupant} has no negative test",
    ),
    "CREW_TEST_TOO_OLD": (
        "Xét nghiệm của người số {occupant} (tổ lái) hết hạn lúc {until}",
        "the test of crew member {occupant} ended at {until}",
    ),
    "CREW_TEST_NOT_ACCEPTED": (
        "Xét nghiệm của người số {occupant} (tổ lái) thuộc loại không được chấp nhận",
        "the test of crew member {occupant} is of a kind that is not accepted",
    ),
    "PLATE_NOT_ON_PASS": ("Biển số trên xe không phải biển trên giấy", "the plate seen is not on the pass"),
    "EXPIRED_PASS": ("Giấy hết hiệu lực lúc {until}", "the pass ended at {until}"),
    "EXPIRED_TEST_OF_CREW": (
        "Xét nghiệm của người số {occupant} hết hạn lúc {until}",
        "the test of occupant {occupant} ended at {until}",
    ),
    "EXPIRED_DISTANCING_ORIGIN": (
        "Nơi đi hết giãn cách từ {until}: giấy hết hiệu lực",
        "distancing ended at the origin at {until}, and the pass with it",
    ),
    "EXPIRED_DISTANCING_DESTINATION": (
        "Nơi đến hết giãn cách từ {until}: giấy hết hiệu lực",
        "distancing ended at the destination at {until}, and the pass with it",
    ),
    "EXPIRED_DISTANCING_ROUTE": (
        "Trên tuyến hết giãn cách từ {until}: giấy hết hiệu lực",
        "distancing ended along the route at {until}, and the pass with it",
    ),
    "PASS_FORGED": ("Mã mang chữ ký không đúng", "the code carries a wrong signature"),
    "PASS_REVOKED": ("Giấy đã bị thu hồi", "the pass was revoked"),
    "PASS_NOT_REGISTERED": ("Giấy không có trong sổ đăng ký", "the pass is not in the registry"),
    "TWO_POSTS_TOO_FAST": (
        "Qua {first} rồi {second} chỉ sau {minutes} phút, đường đi cần {needed} phút",
        "at {first}, then at {second} after only {minutes} min; the way takes {needed} min",
    ),
    "MORE_PEOPLE_THAN_BEFORE": (
        "Ở {first} thấy {before} người, {minutes} phút sau ở {second} thấy {now} người",
        "{before} people at {first}, {now} at {second} {minutes} min later",
    ),
    "FEWER_PEOPLE_THAN_BEFORE": (
        "Ở {first} thấy {before} người, {minutes} phút sau ở {second} chỉ còn {now} người",
        "{before} people at {first}, only {now} at {second} {minutes} min later",
    ),
    "FAR_TOO_LONG": (
        "Từ {first} đến {second} hết {minutes} phút; đường đi cần {usual} phút, cho phép {allowed} phút",
        "{minutes} min from {first} to {second}; the way takes {usual} min, {allowed} min are allowed",
    ),
    "SIGN_COUNT_OR_SEAL": (
        "Số người hoặc niêm phong cũng thay đổi",
        "the count or the door seal changed as well",
    ),
    "SIGN_PEOPLE_IN_CARGO": ("Có người trong thùng hàng", "people are in the cargo space"),
    "SIGN_TO_BE_CHECKED": ("Xe có trong thông báo cần kiểm tra", "a notice asks to check this vehicle"),
    "TURNED_BACK_ELSEWHERE": (
        "Đã quay đầu ở {first} lúc {first-at}, {minutes} phút sau xuất hiện ở {second}",
        "turned back at {first} at {first-at}, at {second} {minutes} min later",
    ),
    "SEAL_BROKEN": (
        "Niêm phong gắn ở {first} lúc {first-at} đã bị phá khi đến {second}",
        "the seal put on at {first} at {first-at} was broken at {second}",
    ),
    "SEAL_CHANGED": (
        "Gắn niêm phong {expected} ở {first}, đến {second} thấy niêm phong {seen}",
        "seal {expected} was put on at {first}; at {second} it was {seen}",
    ),
    "VEHICLE_ALSO_PASSED": (
        "Xe này còn qua chốt {times} lượt từ {first} đến {last}, các lượt đếm được {people} người",
        "this vehicle passed {times} more times from {first} to {last}; {people} people were counted in them",
    ),
    "DRIVER_ALSO_PASSED": (
        "Tài xế còn qua chốt {times} lượt trên xe khác từ {first} đến {last}, các lượt đếm được {people} người",
        "its driver passed {times} times in other vehicles from {first} to {last}; {people} people were counted"
        " in them",
    ),
    "CARRIER_TO_ASK": (
        "Xe của đơn vị vận tải {carrier}: hỏi đơn vị về người và xe đã đi cùng trong thời gian đó",
        "of carrier {carrier}: ask it who and which of its vehicles were with them in that time",
    ),
    "TRANSIT_NOT_OUT": (
        "Vào quá cảnh ở {entry} lúc {entered-at}, phải ra trong {hours} giờ; mọi chốt đã báo, chưa thấy ra",
        "entered in transit at {entry} at {entered-at}, not out in {hours} h; every post reported, none saw it",
    ),
    "TRANSIT_LEFT_LATE": (
        "Vào quá cảnh ở {entry} lúc {entered-at}, quá {hours} giờ mới ra ở {exit} lúc {left-at}",
        "entered in transit at {entry} at {entered-at}, out at {exit} at {left-at}, after more than {hours} h",
    ),
    "POSITIVE_IN_LOOK_BACK": (
        "Người số {occupant} dương tính, qua chốt {days} ngày trước mẫu",
        "occupant {occupant} tested positive, {days} days after the crossing",
    ),
    "POSITIVE_RESULT_CAME_LATER": (
        "Người số {occupant} lấy mẫu {hours} giờ trước khi qua chốt, kết quả dương tính có sau khi qua",
        "occupant {occupant} was sampled {hours} h before the crossing; the positive result came after it",
    ),
}

_VALIDITY = {
    "ENDS_WITH_PASS": ("hạn sớm nhất: hạn in trên giấy", "first to end: the pass itself"),
    "ENDS_WITH_NOTICE": ("hạn sớm nhất: hạn theo thông báo gia hạn", "first to end: the extension by a notice"),
    "ENDS_WITH_TEST": ("hạn sớm nhất: xét nghiệm của người trên xe", "first to end: the test of someone aboard"),
    "ENDS_WITH_DISTANCING_ORIGIN": (
        "hạn sớm nhất: nơi đi hết giãn cách",
        "first to end: distancing at the origin",
    ),
    "ENDS_WITH_DISTANCING_DESTINATION": (
        "hạn sớm nhất: nơi đến hết giãn cách",
        "first to end: distancing at the destination",
    ),
    "ENDS_WITH_DISTANCING_ROUTE": (
        "hạn sớm nhất: trên tuyến hết giãn cách",
        "first to end: distancing along the route",
    ),
}
"""What binds the validity of a vehicle (schemas.rules.validity)."""

_RECORDS = {
    "RECORD_EMPTY": ("Bản ghi trống", "an empty record"),
    "RECORD_TOO_LARGE": ("Bản ghi quá lớn", "a record that is too large"),
    "RECORD_TYPE_UNKNOWN": ("Không rõ loại bản ghi", "a record of an unknown type"),
    "RECORD_NOT_VALID": ("Bản ghi sai định dạng", "a malformed record"),
    "BOX_KEY_UNKNOWN": ("Không còn khóa mở hộp niêm phong", "the key of the sealed box is not kept any more"),
    "BOX_BROKEN": ("Hộp niêm phong bị hỏng", "the sealed box is broken"),
    "BOX_CONTENT_UNREADABLE": ("Nội dung hộp niêm phong sai định dạng", "the sealed contents are malformed"),
    "BOX_OF_ANOTHER_RECORD": ("Hộp niêm phong của bản ghi khác", "a sealed box moved from another record"),
    "MAC_WRONG": ("Mã xác thực của máy trạm sai", "the station's authentication code is wrong"),
    "SIGNATURE_WRONG": ("Chữ ký của trung tâm sai", "the centre's signature is wrong"),
    "STATION_UNKNOWN": ("Máy trạm chưa được đăng ký", "a station that is not enrolled"),
    "STATION_REVOKED": ("Máy trạm đã bị thu hồi", "a revoked station"),
    "STATION_OF_OTHER_POST": ("Máy trạm ghi tên chốt khác", "the station names another post"),
    "NUMBER_REPEATED": ("Số thứ tự lặp lại với nội dung khác", "a number repeated with other content"),
    "CHAIN_BROKEN": ("Chuỗi bản ghi bị đứt", "the chain of records is broken"),
    "TIME_PAST_RETENTION": (
        "Xảy ra trước thời hạn lưu trữ, không đối chiếu được nữa",
        "it happened before all that is still kept, and cannot be compared any more",
    ),
    "TIME_IN_FUTURE": ("Giờ của máy trạm nằm quá xa ở tương lai", "the station's time is too far ahead"),
    "CONFLICT": ("Cùng mã nhưng nội dung khác", "the same id with other content"),
    "REVISION_OLDER": ("Bản cũ hơn bản đang có", "older than what is held"),
    "CROSSING_OF_OTHER_STATION": ("Lượt qua của máy trạm khác", "a crossing of another station"),
    "OUR_FAULT": ("Lỗi của hệ thống khi xử lý", "our own fault while taking it"),
    "DISPROVED": ("Dữ kiện mới đã bác bỏ", "disproved by a later fact"),
    "CROSSING_WITHDRAWN": ("Lượt qua đã bị rút", "the crossing was withdrawn"),
    "PRACTICE": ("Giờ thực hành", "a practice hour"),
}

_REPLAY = {
    "REPLAY_SAME": ("GIỐNG HỆT: mọi kết luận xét lại đều như cũ", "THE SAME: all that was said is said again"),
    "REPLAY_CHANGED": (
        "KHÁC: có kết luận hoặc dữ kiện không còn như lúc đó",
        "CHANGED: something that was said, or a fact, is not what it was",
    ),
    "REPLAY_OTHER_VERSION": (
        "Máy xét đã đổi phiên bản: đây là các điểm khác nhau, không phải bằng chứng",
        "another judge version: these are differences, and no proof",
    ),
    "REPLAY_NOT_REPLAYABLE": ("Có phần không chạy lại được", "some of it cannot be judged again"),
    "REPLAY_IN_FORCE": ("kết luận đang có hiệu lực", "what is in force"),
    "REPLAY_ALL": ("mọi lần đã xét", "all that was ever said"),
    "REPLAY_VERDICT": ("kết luận", "verdict"),
    "REPLAY_FINDING": ("phát hiện", "finding"),
    "REPLAY_REFERRAL": ("phiếu chuyển cách ly", "referral"),
    "REPLAY_RECALL": ("yêu cầu kiểm tra lại", "recall"),
    "REPLAY_OTHER_CONTENT": ("nội dung khác", "other content"),
    "REPLAY_NOT_SAID_AGAIN": ("xét lại thì không có", "not said again"),
    "REPLAY_SAID_NEWLY": ("xét lại mới có", "said newly"),
    "GIVEN_NOT_KEPT": ("xét từ trước khi có lưu căn cứ", "judged before it was kept what the judge was given"),
    "FACTS_DROPPED": ("dữ kiện đã hết hạn lưu và bị xóa", "the facts were dropped by retention"),
    "REPLAY_NOT_VALID": ("yêu cầu chạy lại không hợp lệ", "the replay that was asked for is not valid"),
    "FACT_CROSSING": ("lượt qua chốt", "crossing"),
    "FACT_DECISION": ("cách xử lý tại chốt của lượt", "decision about crossing"),
    "FACT_RESULT": ("kết quả xét nghiệm", "test result"),
    "FACT_PASS": ("giấy luồng xanh", "green-lane pass"),
    "FACT_POLICY": ("bộ quy định", "policy"),
    "FACT_NOTICE": ("thông báo", "notice"),
    "FACT_POST": ("chốt", "post"),
    "FACT_STATION": ("máy trạm", "station"),
    "FACT_UNITS": ("đơn vị hành chính của tỉnh", "administrative units of province"),
    "FACT_ZONES": ("cấp độ dịch", "risk levels"),
    "FACT_VERDICT": ("kết luận về lượt", "verdict about crossing"),
    "FACT_NOT_GIVEN": ("dữ kiện mà máy xét không có lúc đó", "a fact that the judge was not given"),
}

SENTENCES: dict[str, Sentence] = {
    code: Sentence(*words)
    for family in (_EVIDENCE, _VALIDITY, _AGREEMENT, _NOTES, _RECORDS, _TESTS, _RULES, _READINGS, _REPLAY)
    for code, words in family.items()
}
