"""A made-up portal to try everything on, and a page to look at the mails."""

from plugin_digest.demo.page import write_page
from plugin_digest.demo.portal import LAST_WEEK, MadePortal, write_portal

__all__ = ["LAST_WEEK", "MadePortal", "write_page", "write_portal"]
