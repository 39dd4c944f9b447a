"""What axe finds on a page as it stands. It reads its half megabyte once a page, not for each look."""

from typing import Any

from deploy.home import home_from_environment
from deploy.parts.front_end import ensure_axe


async def violations(page: Any) -> list[tuple[str, Any]]:
    """The rules that are broken, each with where."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(ensure_axe(home_from_environment()).read_text())
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [(one["id"], node["target"]) for one in found["violations"] for node in one["nodes"]]
