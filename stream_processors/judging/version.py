"""The judge's version: raised whenever the same facts may lead to another verdict (DESIGN.md 4.9)."""

JUDGE_VERSION = "5"
