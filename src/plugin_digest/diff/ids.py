"""Whether two plugin ids look like two spellings of one name. Knows canonical ids and nothing of figures."""

import re

_LEAST_LENGTH = 3
_COMMON = frozenset({"backstage", "plugin", "frontend", "internal", "new", "app", "v1", "v2", "v3"})
"""Words that tell no plugin from another."""


def are_alike(one: str, other: str) -> bool:
    """``azuredevops`` and ``azure-devops``, ``flux`` and ``weaveworks-flux``; case does not count."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    if "".join(first) == "".join(second) or set(first) == set(second):
        return True
    short, long = sorted((first, second), key=len)
    return len("".join(short)) >= _LEAST_LENGTH and set(short) < set(long)


def _words(plugin: str) -> list[str]:
    words = re.findall(r"[^\W_]+", plugin.lower())
    return [word for word in words if word not in _COMMON] or words
