"""What people searched right before they opened a page: which search counts, and how its term is written.

Owns the rules that all sources share. Knows no source and does no I/O.
"""

from datetime import timedelta

SEARCH = "search"
"""The action of a search event, and the plugin whose own pages lie between a search and what was found."""
WITHIN = timedelta(minutes=5)
"""A search longer before a view has nothing to do with it."""
FEWEST_USERS = 2
"""What fewer people searched is theirs, and never leaves a source."""
LONGEST_TERM = 80


def normalise_term(term: str) -> str:
    """The form in which terms are compared and kept; empty for one that says nothing.

    Without case and surrounding blanks, inner blanks single, nothing unprintable, at most `LONGEST_TERM`
    characters. A path is no term: a table may hold the page of a search in the place of what was searched.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in term.casefold())
    short = " ".join(printable.split())[:LONGEST_TERM].rstrip()
    return "" if short.startswith("/") else short
