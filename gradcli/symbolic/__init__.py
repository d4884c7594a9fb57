"""Derivatives as formulas: recorded graphs as terms, simplified by a table of rules and printed."""
