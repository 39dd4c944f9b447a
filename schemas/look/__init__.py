"""Colours, sizes and spacing that every page shares, as one stylesheet of tokens: ``tokens.css``."""
