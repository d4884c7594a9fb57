"""Settings that every test shares: one core, JAX in double precision, random tests that repeat."""

from __future__ import annotations

import os

from hypothesis import settings

# Set before NumPy or JAX is imported; child processes inherit them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # its programs run once: compiling is the cost
for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
    os.environ.pop(name, None)

# The same examples on every run and every machine, however busy it is; long random runs choose otherwise.
settings.register_profile("gradcli", deadline=None, derandomize=True)
settings.load_profile("gradcli")
