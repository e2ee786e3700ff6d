"""The words of both digests: from frozen figures to everything that a letter says, in one language."""
