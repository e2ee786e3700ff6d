"""Who owns which plugin and who reads mail: the answers of all places that know, as one.

Owns how several answers become one; each place has a module of its own, which is imported when it is used.
"""

from plugin_digest.ownership.answer import Answer, Claim, Group, Provider
from plugin_digest.ownership.joining import join, resolve

__all__ = ["Answer", "Claim", "Group", "Provider", "join", "resolve"]
