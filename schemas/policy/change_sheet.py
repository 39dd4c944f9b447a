"""What changes from one bundle to the next, in words for whoever stands at the lane. Pure; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.policy.matters import Sentence as RuleSentence
from schemas.policy.policy import Policy, TestDemand, TestValidity
from schemas.sentences import OUTCOMES, Sentence, sentence
from schemas.words import Outcome, TestKind

TEST_KINDS = {
    TestKind.PCR: Sentence("xét nghiệm PCR", "a PCR test"),
    TestKind.RAPID_ACCREDITED: Sentence(
        "test nhanh ở cơ sở được công nhận", "a rapid test at an accredited place"
    ),
    TestKind.RAPID_AT_POST: Sentence("test nhanh tại chốt", "a rapid test at the post"),
    TestKind.SELF_TEST: Sentence("tự xét nghiệm", "a self-test"),
}
NEW, GONE, CHANGED = Sentence("mới", "new"), Sentence("bỏ", "no more"), Sentence("đổi", "changed")
SHOWN_ONLY = Sentence("chỉ hiển thị", "shown only")
PARAMETERS = {
    "decision_time": Sentence("thời gian chờ quyết định", "time for a decision"),
    "look_back": Sentence("thời gian truy ngược", "look-back"),
    "positive_counts": Sentence("thời gian tính kết quả dương tính", "how long a positive counts"),
    "clock_error_when_unknown": Sentence("sai số đồng hồ khi chưa đo", "clock error while unmeasured"),
    "travel_times": Sentence("thời gian đi giữa các chốt", "travel times between posts"),
    "crew_of_class": Sentence("số người tối đa theo loại xe", "largest crew by class of vehicle"),
    "class_covers": Sentence("loại xe mà giấy luồng xanh áp dụng", "classes of vehicle that a pass covers"),
    "route_hours": Sentence("giờ được đi luồng xanh", "hours of the green lane"),
    "diversion_lasts": Sentence("thời gian đi vòng sau khi chốt mở lại", "how long a diversion lasts"),
    "sample_time_error": Sentence("sai số giờ lấy mẫu", "allowed error of a sample's time"),
    "immunity": Sentence("cách tính miễn dịch", "what counts as immune"),
    "inspection_rates": Sentence("tỷ lệ kiểm tra ngẫu nhiên", "rates of random inspection"),
    "registry_is_complete": Sentence("sổ đăng ký đã đủ", "whether the registry is complete"),
    "value_sets": Sentence("danh mục mã", "lists of codes"),
    "unnamed_code": Sentence("mã chưa nêu tên", "codes that are not named"),
    "order": Sentence("thứ tự ưu tiên kết luận", "order of outcomes"),
    "areas": Sentence("nơi áp dụng", "where it is in force"),
    "ends_at": Sentence("thời điểm hết áp dụng", "when it ends"),
    "time_zone": Sentence("múi giờ", "time zone"),
}


@dataclass(frozen=True)
class ChangeSheet:
    """One page: ``heading`` says from when, ``lines`` what."""

    policy_id: str
    version: int
    effective_at: datetime
    heading: Sentence
    document: str
    lines: tuple[Sentence, ...]


def change_sheet(before: Policy | None, after: Policy) -> ChangeSheet:
    """``before``: what is in force until then; None when nothing is."""
    local = after.effective_at.astimezone(ZoneInfo(after.time_zone))
    heading = Sentence(f"Từ {local:%H:%M ngày %d/%m/%Y}", f"From {local:%H:%M, %d %b %Y}")
    lines = tuple(_changes(before, after)) if before else tuple(_new(after))
    nothing = Sentence("Không có gì thay đổi tại làn.", "Nothing changes at the lane.")
    return ChangeSheet(
        after.policy_id, after.version, after.effective_at, heading, after.document, lines or (nothing,)
    )


def _new(after: Policy) -> Iterator[Sentence]:
    yield Sentence(f"áp dụng quy định mới: {after.document}", f"new rules are in force: {after.document}")
    yield from _changes(after.model_copy(update=_EMPTY), after)


_EMPTY: Mapping[str, Any] = {
    "tests": (), "test_demands": (), "acceptance": (), "exemptions": (), "quarantine": (),
    "distancing": (),
}  # fmt: skip


def _changes(before: Policy, after: Policy) -> Iterator[Sentence]:
    yield from _tests(before.tests, after.tests)
    yield from _listed(before.test_demands, after.test_demands, _demand)
    yield from _listed(before.distancing, after.distancing, lambda one: one.sentence)
    for name in ("acceptance", "exemptions", "quarantine"):
        yield from _rules(getattr(before, name), getattr(after, name))
    yield from _codes(before, after)
    for name, words in PARAMETERS.items():
        if getattr(before, name) != getattr(after, name):
            yield _line(CHANGED, words)


def _line(what: Sentence, about: Sentence | RuleSentence) -> Sentence:
    return Sentence(f"{what.vi}: {about.vi}", f"{what.en}: {about.en}")


def _listed(before: Iterable[Any], after: Iterable[Any], say: Callable[[Any], Sentence]) -> Iterator[Sentence]:
    old, new = list(before), list(after)
    yield from (_line(GONE, say(one)) for one in old if one not in new)
    yield from (_line(NEW, say(one)) for one in new if one not in old)


def _demand(demand: TestDemand) -> Sentence:
    if demand.sentence is not None:
        return Sentence(demand.sentence.vi, demand.sentence.en)
    return Sentence("yêu cầu xuất trình xét nghiệm", "a test must be shown")


def _tests(before: Iterable[TestValidity], after: Iterable[TestValidity]) -> Iterator[Sentence]:
    old, new = {one.kind: one for one in before}, {one.kind: one for one in after}
    for kind in TestKind:
        was, now = old.get(kind), new.get(kind)
        if was == now:
            continue
        words = TEST_KINDS[kind]
        if now is None:
            yield Sentence(f"không nhận {words.vi}", f"{words.en} is not accepted any more")
            continue
        lasts = _span(now.lasts)
        until = f" ({_span(was.lasts).vi} → {lasts.vi})" if was and was.lasts != now.lasts else f" ({lasts.vi})"
        until_en = f" ({_span(was.lasts).en} → {lasts.en})" if was and was.lasts != now.lasts else f" ({lasts.en})"
        yield Sentence(f"{words.vi} được tính{until}", f"{words.en} counts{until_en}")


def _rules(before: Iterable[Any], after: Iterable[Any]) -> Iterator[Sentence]:
    """Rules of one code together: what differs among them is one line."""
    old, new = _by_code(before), _by_code(after)
    for code in (*old, *(code for code in new if code not in old)):
        if code not in new:
            yield _line(GONE, old[code][0].sentence)
        elif code not in old:
            yield from (_line(NEW, rule.sentence) for rule in new[code])
        elif old[code] != new[code]:
            yield from (_line(CHANGED, rule.sentence) for rule in new[code] if rule not in old[code])


def _by_code(rules: Iterable[Any]) -> dict[str, list[Any]]:
    by_code: dict[str, list[Any]] = {}
    for rule in rules:
        by_code.setdefault(rule.code, []).append(rule)
    return by_code


def _codes(before: Policy, after: Policy) -> Iterator[Sentence]:
    """Only what a code leads to: other words for it change nothing at the lane."""
    named = dict.fromkeys(entry.code for entry in (*before.codes, *after.codes))
    for code in named:
        was, now = before.outcome_of(code), after.outcome_of(code)
        if was is not now:
            about = after.sentence_of(code) or before.sentence_of(code) or sentence(code)
            yield Sentence(
                f"{about.vi}: {_outcome(was).vi} → {_outcome(now).vi}",
                f"{about.en}: {_outcome(was).en} → {_outcome(now).en}",
            )


def _outcome(outcome: Outcome | None) -> Sentence:
    return OUTCOMES[outcome] if outcome else SHOWN_ONLY


def _span(span: timedelta) -> Sentence:
    hours, left = divmod(span, timedelta(hours=1))
    if left:
        minutes = int(span.total_seconds() // 60)
        return Sentence(f"{minutes} phút", f"{minutes} min")
    return Sentence(f"{hours} giờ", f"{hours} h")
