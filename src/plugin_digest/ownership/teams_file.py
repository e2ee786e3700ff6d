"""A ``teams.yaml`` to start from, written from what was found.

Owns that file's text: whatever ids, names and origins hold, it reads without a problem. What is sure stands
in it, what is only a guess is commented out, and each line says where it comes from.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import yaml

from plugin_digest.documents import identifier, one_line
from plugin_digest.documents.texts import address
from plugin_digest.model import PORTAL, UNATTRIBUTED_IDS, Team, canonical_address
from plugin_digest.ownership.findings import Discovery, Finding, Kind, attention
from plugin_digest.ownership.refs import plain_key
from plugin_digest.ownership.wording import (
    evidence_words,
    likely_words,
    seen_words,
    some,
    weeks_words,
)

_REMARK_COLUMN = 44
_LONGEST_KEY = 1000
"""YAML allows a key of 1,024 characters on a line."""
_OWNED = (Kind.MATCHED, Kind.ALIAS, Kind.NEVER_SEEN)


def teams_yaml(discovery: Discovery, schema: str = "") -> str:
    """The file's text, the same for the same findings; ``schema`` is where its JSON Schema lies."""
    parts = (
        _head(discovery, schema),
        _teams(discovery),
        _aliases(discovery),
        _without_owner(discovery),
        _never_seen(discovery),
        _without_plugins(discovery),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"


def _head(discovery: Discovery, schema: str) -> Iterator[str]:
    if schema:
        yield f"# yaml-language-server: $schema={schema}"
        yield "#"
    yield "# Who owns which plugin, and who reads mail: found by `plugin-digest owners discover`. Check it."
    yield _comment(f"# Places asked, in this order: {', '.join(discovery.places) or 'none'}.")
    yield f"# Analytics: {weeks_words(discovery)}."


def _teams(discovery: Discovery) -> Iterator[str]:
    owned = _owned(discovery)
    if not owned:
        yield "teams: {}"
        return
    yield "teams:"
    for key, team in _keys(discovery.team(owner) for owner in owned):
        yield _line(f"  {_scalar(key)}:", "" if key == team.key else f"called {team.key} elsewhere")
        if team.name != team.key:
            yield f"    name: {_value(_one_line(team.name) or key)}"
        beside = [*_opted_out(team), *_co_readers(discovery, owned[team.key.lower()], team)]
        yield from _recipients(team, beside)
        if team.opted_out:
            yield _line("    opt_out: true", team.opted_out)
        if team.cadence:
            yield f"    cadence: {team.cadence.value}"
        yield from _plugins(discovery, owned[team.key.lower()])


def _owned(discovery: Discovery) -> dict[str, dict[str, list[Finding]]]:
    """By owner's key in lower case, and by plugin: what was found about it, under all of its ids."""
    found: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in discovery.of(*_OWNED):
        found[finding.owner.lower()][finding.alias_of or finding.plugin].append(finding)
    return dict(sorted(found.items()))


def _keys(teams: Iterable[Team]) -> Iterator[tuple[str, Team]]:
    """Each team with a key that the file may have."""
    taken: set[str] = {PORTAL}
    for team in sorted(teams, key=lambda one: not _is_key(one.key)):  # a key that may stay is not taken away
        wanted = team.key if _is_key(team.key) else plain_key(team.key)
        key, number = wanted, 1
        while key.lower() in taken:
            number += 1
            key = f"{wanted[:60]}-{number}"
        taken.add(key.lower())
        yield key, team


def _is_key(text: str) -> bool:
    try:
        identifier(text)
    except ValueError:
        return False
    return True


def _recipients(team: Team, beside: Sequence[str]) -> Iterator[str]:
    """Those who read for the team, and in comments those who want no mail or might read for a co-owner."""
    fitting = [one for one in team.recipients if _is_address(one)]
    is_known = fitting or team.opted_out or any(one.left_out for one in team.left_out)
    remark = "" if is_known else "no address is known: the portal team is told"
    yield _line("    recipients:" if fitting or beside else "    recipients: []", remark)
    for one in fitting:
        yield _line(f"      - {_value(one)}", team.recipient_origins.get(canonical_address(one), ""))
    yield from beside


def _opted_out(team: Team) -> Iterator[str]:
    for one in team.left_out:
        if one.left_out:
            yield _line(f"      # - {_comment(_value(one.address))}", one.left_out)


def _co_readers(discovery: Discovery, plugins: Mapping[str, Sequence[Finding]], team: Team) -> Iterator[str]:
    """Each co-owner's readers as a line to take the comment off, with what they own as well."""
    shared: dict[str, list[str]] = defaultdict(list)
    for plugin, findings in sorted(plugins.items()):
        for key in dict.fromkeys(key.lower() for key in findings[0].evidence[0].co_owners):
            shared[key].append(discovery.spelling(plugin))
    known = {canonical_address(one) for one in (*team.recipients, *(one.address for one in team.left_out))}
    for key, theirs in shared.items():
        remark = f"co-owner {key}, of {some(theirs)}"
        found = [one.address for one in discovery.readers.get(key, ()) if _is_address(one.address)]
        for one in found:
            if canonical_address(one) not in known:
                known.add(canonical_address(one))
                yield _line(f"      # - {_comment(_value(one))}", remark)
        if not found:
            yield _comment(f"      # {remark}: no address is known")


def _is_address(text: str) -> bool:
    try:
        address(text)
    except ValueError:
        return False
    return True


def _plugins(discovery: Discovery, plugins: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    fitting = {plugin: found for plugin, found in sorted(plugins.items()) if _is_id(plugin)}
    yield "    plugins:" if fitting else "    plugins: []"
    for plugin, findings in fitting.items():
        seen = "; ".join(_seen_words(finding) for finding in findings)
        remark = f"{seen}; {evidence_words(findings[0].evidence)}"
        yield _line(f"      - {_value(discovery.spelling(plugin))}", remark)
    for plugin in sorted(plugins.keys() - fitting.keys()):
        yield _comment(f"      # {plugin!r:.80} is no id that can stand here")


def _seen_words(finding: Finding) -> str:
    under = f" as {finding.plugin}" if finding.alias_of else ""
    return f"{seen_words(finding.seen)}{under}"


def _is_id(plugin: str) -> bool:
    return plugin not in UNATTRIBUTED_IDS and _fits(plugin)


def _fits(text: str) -> bool:
    try:
        one_line(text)
    except ValueError:
        return False
    return len(_scalar(text)) <= _LONGEST_KEY


def _aliases(discovery: Discovery) -> Iterator[str]:
    lines = [*_used_aliases(discovery), *_guesses(discovery)]
    if lines:
        yield "# An id that analytics reports: the id that is used for it here. Guesses are commented out."
        yield "aliases:"
        yield from lines


def _used_aliases(discovery: Discovery) -> Iterator[str]:
    """Those that are aliases already, seen or not, and ids that differ in punctuation only."""
    found = {finding.plugin: finding for finding in discovery.of(Kind.ALIAS)}
    used = {**discovery.ownership.aliases, **{plugin: one.alias_of for plugin, one in found.items()}}
    for alias, target in sorted(used.items()):
        one = found.get(alias)
        remark = f"{one.how}; {seen_words(one.seen)}" if one else "an alias already; never seen"
        if _fits(alias) and _is_id(target) and alias != target:
            yield _line(f"  {_scalar(alias)}: {_value(discovery.spelling(target))}", remark)


def _guesses(discovery: Discovery) -> Iterator[str]:
    for finding in discovery.of(Kind.CANDIDATES):
        for likely in finding.candidates:
            pair = f"{_scalar(finding.plugin)}: {_value(discovery.spelling(likely.plugin))}"
            yield _line(f"  # {_comment(pair)}", f"{seen_words(finding.seen)}; {likely_words(likely)}")


def _without_owner(discovery: Discovery) -> Iterator[str]:
    findings = sorted(discovery.of(Kind.NO_OWNER, Kind.CANDIDATES), key=attention)
    if findings:
        yield "# Without an owner, most viewed first. Move each to its team:"
    for finding in findings:
        remark = finding.remark or "perhaps an alias, see above"
        yield _listed(discovery, finding, f"{seen_words(finding.seen)}; {remark}")


def _never_seen(discovery: Discovery) -> Iterator[str]:
    findings = discovery.of(Kind.NEVER_SEEN)
    if findings:
        yield "# Owned but never seen: nobody has opened them, or analytics reports them under another id."
        yield "# They stand with their teams above:"
    for finding in findings:
        yield _listed(discovery, finding, finding.owner)


def _listed(discovery: Discovery, finding: Finding, remark: str) -> str:
    return _line(f"#   - {_comment(_value(discovery.spelling(finding.plugin)))}", remark)


def _without_plugins(discovery: Discovery) -> Iterator[str]:
    owners = _owned(discovery).keys()
    idle = sorted(team.key for team in discovery.ownership.teams if team.key.lower() not in owners)
    if idle:
        yield "# Teams that own no plugin:"
    for key in idle:
        yield _comment(f"#   {key}")


def _line(text: str, remark: str) -> str:
    """A line with its evidence beside it."""
    return f"{text:<{_REMARK_COLUMN}} # {_comment(remark)}" if remark else text


def _comment(text: str) -> str:
    """The text as it may stand in a comment, whatever it holds."""
    return "".join(char if char.isprintable() else " " for char in text)


def _one_line(text: str) -> str:
    return _comment(text).strip()


def _scalar(text: str) -> str:
    """The text so that YAML reads just it, plain where it may be; not what ``${`` becomes."""
    if "${" in text:
        quoted = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=sys.maxsize)
        return quoted.rstrip("\n").replace("${", r"\x24{")
    return yaml.safe_dump(text, allow_unicode=True, width=sys.maxsize).removesuffix("...\n").rstrip("\n")


def _value(text: str) -> str:
    """A text that is no key: in those, ``${`` would be taken for a variable of the environment."""
    return _scalar(text.replace("${", "$${")).replace(r"$\x24{", r"\x24\x24{")
