"""Settings that every test shares: one core for the numerical libraries, double precision in JAX."""

from __future__ import annotations

import os

# Set before NumPy or JAX is imported; child processes inherit them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
    os.environ.pop(name, None)
