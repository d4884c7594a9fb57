"""Lazy evaluation: operations on large arrays wait, and regions of them are evaluated block by block."""
