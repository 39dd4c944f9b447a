"""SQL of the digest of a fact: worked out where the row is written, and again where it is read back.

The database does it, as its text of a JSON value is one for each value, whatever order a program wrote it in.
"""

from __future__ import annotations

_DIGESTED = {
    "crossings": ("facts", "event_id", "state", "ahead_ms", "doubted"),
    "decisions": ("occupants", "event_id", "state", "outcome", "extract(epoch FROM {row}.occurred_at)"),
    "results": ("content", "event_id", "crossing_id", "extract(epoch FROM {row}.sampled_at)"),
    "passes": ("content",),
    "registry": ("event", "encode({row}.pass_ref, 'hex')"),
}
"""Of each table what the judge is given something of. No instant as text: that would hang on the session."""


def digest_of(table: str, row: str) -> str:
    """The expression over the row that is called ``row``."""
    parts = [part if "{row}" in part else f"{{row}}.{part}::text" for part in ("revision", *_DIGESTED[table])]
    return f"sha256(convert_to(concat_ws('|', {', '.join(parts)}), 'UTF8'))".format(row=row)
