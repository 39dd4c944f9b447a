"""``python -m checkpoint_agent``."""

from checkpoint_agent.commands import main

raise SystemExit(main())
