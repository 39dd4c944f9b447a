"""Where everything lives that is fetched at set-up or written while running. Makes folders, fills none.

``.chotxanh/`` at the root of the checkout, or the folder named by ``CHOTXANH_HOME``.
"""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    root: Path

    @property
    def cache(self) -> Path:
        """Downloads; may be deleted at any time while nothing runs."""
        return self.root / "cache"

    @property
    def data(self) -> Path:
        """PostgreSQL's and Kafka's data and the stations' outboxes; survives a restart."""
        return self.root / "data"

    @property
    def keys(self) -> Path:
        """Private keys, apart from the data so that a backup of one never holds the other."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Sockets, locks and generated settings of the present run."""
        return self.root / "run"

    def make(self) -> None:
        """Create the folders; the account that PostgreSQL runs under may pass through, not list."""
        for folder in (self.root, self.data, self.run):
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        for folder in (self.cache, self.logs):
            folder.mkdir(mode=0o755, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        self.keys.chmod(0o700)


def home_from_environment() -> Home:
    return Home(Path(os.environ.get("CHOTXANH_HOME") or CHECKOUT / ".chotxanh").resolve())
