"""Whether an ownership may be acted on: it must look like the one of the last time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from plugin_digest.model import Ownership, canonical_address, canonical_domain

FEW_GONE = 1
"""So many may go in any case, if some are left."""


@dataclass(frozen=True)
class OwnershipLimits:
    """What still passes without a person's word, as shares of the last time's number.

    ``few`` is a number of teams, plugins or recipients that may come in any case. Of these one may go: in a
    small portal two are soon half of all.
    """

    fewer_share: float = 1 / 3
    more_share: float = 1 / 2
    few: int = 2


def ownership_reasons(now: Ownership, before: Ownership | None, limits: OwnershipLimits) -> list[str]:
    """Why nobody should be written to before a person has looked; empty if nothing looks wrong."""
    if before is None:
        return []
    then = _sizes(before)
    return [
        _reason(what, number, then[what])
        for what, number in _sizes(now).items()
        if _is_far_off(number, then[what], limits)
    ]


def is_allowed(address: str, domains: Sequence[str]) -> bool:
    """Whether the address is of one of the domains, ``*.acme.example`` any below; no domains allow all."""
    domain = canonical_address(address).rpartition("@")[2]
    return not domains or any(_is_of(domain, canonical_domain(allowed)) for allowed in domains)


def _is_of(domain: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return domain.endswith(allowed[1:])
    return domain == allowed


def _sizes(ownership: Ownership) -> dict[str, int]:
    """Only teams that get a digest count, and whom they send it to."""
    teams = [team for team in ownership.teams if team.plugins]
    recipients = {canonical_address(address) for team in teams for address in team.recipients}
    return {"teams": len(teams), "plugins": len(ownership.owned_plugins()), "recipients": len(recipients)}


def _is_far_off(now: int, before: int, limits: OwnershipLimits) -> bool:
    if now == 0:
        return before > 0
    if -FEW_GONE <= now - before <= limits.few:
        return False
    return now < before * (1 - limits.fewer_share) or now > before * (1 + limits.more_share)


def _reason(what: str, now: int, before: int) -> str:
    return f"the ownership has {now} {what}, {before} the last time"
