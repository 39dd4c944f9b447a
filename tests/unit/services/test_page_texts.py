"""Every visible text of the pages stands in the catalogue; templates carry no script, style or bare word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.pages.render import NAVIGATION
from services.pages.texts import both, catalogue, plain
from services.pages.words import WORDS, evidence_sentence

PAGES = Path(__file__).parents[3] / "services" / "pages"
TEMPLATES = sorted((PAGES / "templates").rglob("*.html"))
SAID = re.compile(r"\b(?:t|plain)\(\s*\"([^\"]*)\"")
ALLOWED = {"Chốt Xanh", "Chốt", "Xanh", "t", "c", "a", "d", "n", "kbd"}


def names(paths):
    return [str(path.relative_to(PAGES)) for path in paths]


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_every_text_of_a_template_is_in_the_catalogue(path):
    assert [text for text in SAID.findall(path.read_text()) if text not in catalogue()] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_a_template_shows_no_word_that_is_not_in_the_catalogue(path):
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>", " ", text)
    assert set(re.findall(r"[^\W\d_]{1,}", shown)) <= ALLOWED


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_no_script_or_style_stands_in_a_page(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|\bstyle=|\bon[a-z]+=|javascript:|hx-on|https?://", text)


def test_every_word_of_ours_and_the_navigation_are_in_the_catalogue():
    wanted = {*WORDS.values(), *(name for _, name, _ in NAVIGATION)}
    assert wanted - set(catalogue()) == set()


def test_nothing_stands_in_the_catalogue_that_no_page_says():
    said = {text for path in TEMPLATES for text in SAID.findall(path.read_text())}
    assert set(catalogue()) - said - set(WORDS.values()) - {name for _, name, _ in NAVIGATION} == set()


@pytest.mark.parametrize("script", sorted((PAGES / "static").glob("*.js")), ids=lambda path: path.name)
def test_scripts_say_nothing_themselves(script):
    """Their words come from the page, in both languages."""
    code = re.sub(r"//.*|/\*.*?\*/", "", script.read_text())
    assert not re.search(r"[^\x00-\x7f]", code)


def test_both_languages_stand_side_by_side_and_are_escaped():
    assert str(both("người số {number}", number="<b>")).count("&lt;b&gt;") == 2
    assert plain("tất cả") == "tất cả · all"


def test_evidence_is_said_with_its_facts_and_by_its_code_where_one_is_missing():
    item = {"code": "MORE_PEOPLE_THAN_CREW", "numbers": {"seen": 10, "registered": 2}}
    assert evidence_sentence(item).en == "10 people seen, 2 registered"
    assert evidence_sentence({"code": "MORE_PEOPLE_THAN_CREW"}).vi == "MORE_PEOPLE_THAN_CREW"
