"""What is the same on every letter of a portal: whose it is, in which language, and where its links lead."""

import re
from dataclasses import dataclass

from plugin_digest.render.layout import Brand
from plugin_digest.render.words.language import Language

_PLAIN_PATH = re.compile(r"/(?!/)[\w.~%@+/-]*", re.ASCII)
_PLAIN_ID = re.compile(r"[\w.~%@+-]+", re.ASCII)
_WEB = ("https://", "http://")


@dataclass(frozen=True)
class Letterhead:
    """The head and the foot of a portal's letters.

    ``logo`` holds the bytes of ``brand.logo``. ``contact`` is a mail address, a web page or a word that says
    who answers questions. ``link_base`` is the portal's address, to which a page's path is joined;
    ``plugin_path`` the path of a plugin's own page, in which ``{plugin}`` stands for its id. ``docs`` is a
    page about the figures, ``stop`` a web page or ``mailto:`` link that ends the mails. All may be empty.
    """

    brand: Brand
    language: Language
    contact: str = ""
    logo: bytes = b""
    link_base: str = ""
    plugin_path: str = ""
    docs: str = ""
    stop: str = ""

    def page_link(self, path: str) -> str:
        """Where a page is in the portal; empty for what is no plain path, such as ``/catalog/:kind``."""
        return self._joined(path) if _PLAIN_PATH.fullmatch(path) else ""

    def plugin_link(self, plugin: str) -> str:
        if not (self.plugin_path and _PLAIN_ID.fullmatch(plugin)):
            return ""
        return self._joined(self.plugin_path.replace("{plugin}", plugin))

    def _joined(self, path: str) -> str:
        return web_link(self.link_base) and self.link_base.rstrip("/") + path


def web_link(address: str) -> str:
    """The address, if it is a web page's; empty otherwise."""
    return address if address.startswith(_WEB) else ""


def href_of(contact: str) -> str:
    """A link for a mail address or a web page; empty for anything else."""
    if contact.startswith((*_WEB, "mailto:")):
        return contact
    return f"mailto:{contact}" if "@" in contact and " " not in contact else ""
