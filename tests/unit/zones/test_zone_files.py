"""Units and levels from CSV: what people's spreadsheets write, and every wrong row in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.csv_rows import CsvRefused, RowsRefused, rows_of
from schemas.units import Unit, UnitLevel, Units
from schemas.zone_files import levels_from, units_from

ALL_UNITS = Path(__file__).resolve().parents[4] / "shared" / "data" / "admin_units_2021.csv"
HO_CHI_MINH = "Asia/Ho_Chi_Minh"
UNITS = Units.of(
    [
        Unit(code="83", level=UnitLevel.PROVINCE, name="Tỉnh Bến Tre"),
        Unit(code="831", level=UnitLevel.DISTRICT, name="Huyện Châu Thành", parent="83"),
    ]
)


def levels(*rows, header="code,level,effective_at,document", units=UNITS):
    return levels_from("\n".join([header, *rows]).encode(), units, time_zone=HO_CHI_MINH)


def said(refused):
    return [(one.line, one.column) for one in refused.value.errors]


def test_rows_of_one_document_and_instant_are_one_assignment():
    made = levels("83,2,2021-10-06 00:00,QĐ 1", "831,3,2021-10-06T00:00:00+07:00,QĐ 1", "83,1,2021-10-20,QĐ 2")
    assert [(one.document, one.levels) for one in made] == [("QĐ 1", {"83": 2, "831": 3}), ("QĐ 2", {"83": 1})]


def test_an_instant_without_its_zone_is_local_midnight():
    (made,) = levels("83,2,2021-10-06 00:00,QĐ 1")
    assert made.effective_at.astimezone(UTC) == datetime(2021, 10, 5, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [
        "code,level,effective_at,document\n83,2,2021-10-06,QĐ 1\n",
        "\ufeffcode;level;effective_at;document\r\n83;2;2021-10-06;QĐ 1\r\n\r\n",
        'Document,Level,Effective_at,Code\n"QĐ 1",2,2021-10-06,83',
    ],
)
def test_it_is_read_as_spreadsheets_write_it(content):
    (made,) = levels_from(content.encode(), UNITS, time_zone=HO_CHI_MINH)
    assert (made.document, made.levels) == ("QĐ 1", {"83": 2})


def test_every_wrong_row_is_named_by_line_and_column_and_nothing_is_taken():
    with pytest.raises(RowsRefused) as refused:
        levels(
            "83,2,2021-10-06,QĐ 1",
            "99,2,2021-10-06,QĐ 1",
            "831,5,2021-10-06,QĐ 1",
            "831,2,6/10/2021,QĐ 1",
            "831,2,1999-10-06,QĐ 1",
            "83,3,2021-10-06,QĐ 1",
            f"831,2,2021-10-06,{'x' * 301}",
        )
    assert said(refused) == [
        (3, "code"),
        (4, "level"),
        (5, "effective_at"),
        (6, "effective_at"),
        (7, "code"),
        (8, "document"),
    ]
    assert all(one.vi and one.en for one in refused.value.errors)


def test_a_line_is_counted_as_an_editor_counts_it():
    with pytest.raises(RowsRefused) as refused:
        levels('83,2,2021-10-06,"QĐ', '1"', "", "831,9,2021-10-06,QĐ 1")
    assert (5, "level") in said(refused)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(1, "code"), (1, "document"), (1, "effective_at"), (1, "level")]),
        (b"code,level,effective_at,document\n", [(1, "")]),
        (b"code,level,effective_at,document,colour\n83,2,2021-10-06,Q,red", [(1, "#5")]),
        (b"code,code,level,effective_at,document\n", [(1, "code")]),
        (b"code,level,effective_at,document\n83,2,2021-10-06", [(2, "")]),
        (b"code,level,effective_at,document\n83,2,,Q", [(2, "effective_at")]),
        (b"code,level,effective_at,document\n83,2,2021-10-06,\xff", [(2, "")]),
        (b"code,level,effective_at,document\n83,2,2021-10-06,\x00", [(2, "")]),
    ],
)
def test_a_text_that_is_no_table_is_refused_where_it_goes_wrong(content, expected):
    with pytest.raises(CsvRefused) as refused:
        levels_from(content, UNITS, time_zone=HO_CHI_MINH)
    assert said(refused) == expected


def test_a_cell_larger_than_any_is_refused_and_more_rows_than_allowed_are():
    with pytest.raises(CsvRefused):
        rows_of(b"a\n" + b"x" * 200_000, needed=("a",), most=10)
    assert len(rows_of(b"a\n1\n2\n", needed=("a",), most=2)) == 2
    with pytest.raises(CsvRefused):
        rows_of(b"a\n1\n2\n3\n", needed=("a",), most=2)


def test_no_value_is_repeated_in_an_error():
    with pytest.raises(RowsRefused) as refused:
        levels("Nguyen-Van-Thu,secret,secret,QĐ 1")
    assert not [one for one in refused.value.errors if "secret" in one.vi + one.en or "Thu" in one.vi + one.en]


def test_hamlets_are_added_under_communes_that_are_known():
    rows = "code,level,name_vi,name_en,parent_code\n28810,commune,Thị trấn,,831\n28810-1,hamlet,Ấp 1,,28810\n"
    commune, hamlet = units_from(rows.encode(), UNITS)
    assert (commune.parent, hamlet.level, hamlet.name_en) == ("831", UnitLevel.HAMLET, None)


def test_units_that_do_not_hang_in_the_tree_are_named_row_by_row():
    rows = (
        "code,level,name_vi,parent_code\n"
        "84,province,Tỉnh,83\n"
        "1,hamlet,Ấp,831\n"
        "2,hamlet,Ấp,77\n"
        "3,commune,Xã,\n"
        "4,village,Làng,831\n"
        "831,district,Huyện,83\n"
        "831,district,Huyện,83\n"
    )
    with pytest.raises(RowsRefused) as refused:
        units_from(rows.encode(), UNITS)
    assert said(refused) == [
        (2, "parent_code"),
        (3, "parent_code"),
        (4, "parent_code"),
        (5, "parent_code"),
        (6, "level"),
        (8, "code"),
    ]


@pytest.mark.skipif(not ALL_UNITS.exists(), reason="the units of 2021 are laid beside the checkout")
def test_the_whole_file_of_2021_is_read():
    units = Units.of(units_from(ALL_UNITS.read_bytes(), Units()))
    assert len(units) == 63 + 705 + 10_599
