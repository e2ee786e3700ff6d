"""What was found, in words: for a table, and for the comments of a ``teams.yaml``."""

from collections.abc import Sequence

from plugin_digest.model import is_known
from plugin_digest.ownership.findings import Discovery, Evidence, Finding, Kind, Likely, Seen

_FEW = 5


def some(texts: Sequence[str], separator: str = ", ") -> str:
    """The first few, and how many there are beside."""
    more = f" and {len(texts) - _FEW:,} more" if len(texts) > _FEW else ""
    return separator.join(texts[:_FEW]) + more


def seen_words(seen: Seen | None) -> str:
    """``1,204 views in 12 weeks``."""
    if seen is None:
        return "never seen"
    weeks = f"{seen.weeks} week{'' if seen.weeks == 1 else 's'}"
    if not is_known(seen.views):
        return f"seen in {weeks}"
    return f"{seen.views:,} view{'' if seen.views == 1 else 's'} in {weeks}"


def origin_words(evidence: Evidence) -> str:
    """The place and where in it; an origin often names the place itself."""
    if not evidence.origin or evidence.place in evidence.origin:
        return evidence.origin or evidence.place
    return f"{evidence.place}: {evidence.origin}"


def evidence_words(evidence: Sequence[Evidence]) -> str:
    """Where the owner comes from and who else is named: ``teams.yaml line 5; CODEOWNERS line 7 says ci``."""
    first, *others = evidence
    return "; ".join((origin_words(first), *(f"{origin_words(one)} says {one.owner}" for one in others)))


def likely_words(likely: Likely) -> str:
    return f"perhaps {likely.plugin}: {likely.how}; {evidence_words(likely.evidence)}"


def finding_words(finding: Finding) -> str:
    """Why a plugin was found as it was; nothing about its candidates."""
    if not finding.evidence:
        return finding.remark
    alias = f"{finding.alias_of}: {finding.how}; " if finding.kind is Kind.ALIAS else ""
    return f"{alias}{evidence_words(finding.evidence)}"


def weeks_words(discovery: Discovery) -> str:
    """``12 weeks, 2026-W35 to 2026-W46``."""
    weeks = discovery.weeks
    if not weeks:
        return "no week is stored yet"
    return f"1 week, {weeks[0]}" if len(weeks) == 1 else f"{len(weeks)} weeks, {weeks[0]} to {weeks[-1]}"
