"""The libraries of the pages where the programs look for them: ``node_modules`` in one folder, files copied."""

import shutil
from pathlib import Path

from deploy.home import Home
from deploy.parts.front_end import SERVED, ensure_front_end


def laid_front_end(home: Home) -> Path:
    """For ``CHOTXANH_FRONT_END``. Laid anew at each start, so it is never half of an older one."""
    fetched = ensure_front_end(home)
    folder = home.run / "front-end"
    shutil.rmtree(folder, ignore_errors=True)
    for source, name in SERVED.items():
        target = folder / "node_modules" / source
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fetched / name, target)
    return folder
