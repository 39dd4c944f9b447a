"""One Chromium for the folder, warm after its first page: to start one took more than most tests. Each test has a
context of its own in it, as private windows are apart."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from deploy.running.front_end import laid_front_end
from tests.browser import shared_loop
from tests.browser.shared_loop import on_the_shared_loop
from tests.cheap_passwords import cheap_passwords
from tests.real_parts import a_home

__all__ = ["cheap_passwords"]

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    # One process for a test's pages is enough, and none is kept ready for pages that may come.
    "--renderer-process-limit=1",
]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(shared_loop.for_tests, append=False)


@on_the_shared_loop(scope="session")
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def front_end():
    with a_home() as home:
        yield laid_front_end(home)
