"""The version, said once: the build and `gradcli --version` both read it here."""

__version__ = "1.0.0"
