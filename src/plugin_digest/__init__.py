"""Plugin Digest: weekly usage digests for the teams that own Backstage plugins."""

__version__ = "0.1.0"
__all__ = ["__version__"]
