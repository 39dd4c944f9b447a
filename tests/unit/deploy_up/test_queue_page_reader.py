"""The check reads the page that the coordinator gets, and not some other one."""

from importlib.resources import files

import pytest

from deploy.checking.queue_page import QueuePage, QueueRow, RecallCard, read_queue_page

PAGE = """
<nav><a href="/queue">Hàng đợi</a></nav>
<table><thead><tr><th>Số</th></tr></thead><tbody>
<tr class="row state-referred" id="row-1" data-id="1" data-group="g-1">
  <th scope="row">7</th><td>Qua chốt <time title="2021">07:30</time></td>
  <td><span>•••••</span> <span lang="vi">người số 2</span> <span lang="en">person 2</span></td></tr>
<tr class="details"><td>người số 9</td></tr>
</tbody></table>
<ul><li class="card recall" id="recall-r-1"><p>x</p></li>
<li class="card recall" id="recall-r-2"><p class="warn"><strong>Yêu cầu đã được rút:</strong></p></li></ul>
<p class="pager">LINKS</p>
"""


def test_rows_and_recalls_are_read():
    assert read_queue_page(PAGE) == QueuePage(
        (QueueRow("g-1", 2),), (RecallCard("r-1", False), RecallCard("r-2", True)), False
    )


@pytest.mark.parametrize(
    ("page", "links", "more"),
    [
        (1, (), False),
        (1, (2,), True),
        (2, (1,), False),
        (2, (1, 3), True),
        (3, (2,), False),
    ],
)
def test_a_link_to_the_page_after_means_that_there_is_more(page, links, more):
    html = PAGE.replace("LINKS", "".join(f'<a href="/queue?state=&amp;page={number}">x</a>' for number in links))
    assert read_queue_page(html, page).more is more


def test_a_row_without_a_person_is_refused_rather_than_passed_over():
    with pytest.raises(ValueError, match="names no person"):
        read_queue_page('<table><tr class="row" data-group="g"><td>•••••</td></tr></table>')


def test_the_templates_still_say_what_is_read():
    """A change of the page that the reader would not see must fail here, and not in a check an hour later."""
    parts = files("services.pages") / "templates" / "parts"
    row, recall = ((parts / name).read_text(encoding="utf-8") for name in ("row.html", "recall.html"))
    assert 'class="row state-' in row
    assert 'data-group="{{ row.group_id }}"' in row
    assert "người số {number}" in row
    assert 'class="card recall" id="recall-{{ recall.recall_id }}"' in recall
    assert 'class="warn"' in recall
