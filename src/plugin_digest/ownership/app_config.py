"""The ``app_config`` provider: ``app.pluginOverrides`` of a portal's own ``app-config.yaml``.

Owns which entry decides about a plugin, as Backstage would have it where only the plugin's id is known.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from plugin_digest.errors import ConfigError, Problem
from plugin_digest.model import UNATTRIBUTED_IDS, Flaw, FlawKind
from plugin_digest.ownership import plugin_overrides
from plugin_digest.ownership.answer import Answer, Claim
from plugin_digest.ownership.plugin_overrides import KEY, Override


class AppConfigProvider:
    """Owners from ``info.ownerEntityRefs``. Of several files the last one that has the list counts."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)

    @property
    def name(self) -> str:
        return ", ".join(path.name for path in self._paths)

    def read(self, seen: Collection[str]) -> Answer:
        """The owner of each plugin that an entry names, and of those ``seen`` that an expression fits.

        Raises:
            ConfigError: everything that is wrong in the files.
        """
        overrides = self._overrides()
        decidable = [override for override in overrides if override.is_decidable]
        named = {override.plugin.plain: override.plugin_id for override in reversed(decidable)}
        plugins = {**{plugin: plugin for plugin in seen}, **named}
        claims: list[Claim] = []
        flaws = [_undecidable(override) for override in overrides if not override.is_decidable]
        for plugin in sorted(plugins.keys() - UNATTRIBUTED_IDS):
            for said in _said(plugin, plugins[plugin], decidable):
                if isinstance(said, Flaw):
                    flaws.append(said)
                else:
                    claims.append(said)
        return Answer(tuple(claims), flaws=tuple(flaws))

    def groups(self, owners: Collection[str]) -> Answer:  # noqa: ARG002
        """Nothing: these files know no recipients."""
        return Answer()

    def check(self) -> Sequence[str]:
        """How much was found; raises as `read` does."""
        overrides = self._overrides()
        named = len({override.plugin.plain for override in overrides} - {""})
        return (f"{len(overrides)} entries of {KEY} name owners, {named} plugins by id",)

    def _overrides(self) -> tuple[Override, ...]:
        overrides: tuple[Override, ...] = ()
        problems: list[Problem] = []
        for path in self._paths:
            try:
                found = plugin_overrides.read(path)
            except ConfigError as error:
                problems += error.problems
            else:
                overrides = overrides if found is None else found
        if problems:
            raise ConfigError(problems)
        return overrides


def _said(plugin: str, written: str, overrides: Sequence[Override]) -> Iterator[Claim | Flaw]:
    """What the last entry that fits a canonical id says of its owner."""
    fitting = [override for override in overrides if override.plugin.fits(plugin)]
    if not fitting:
        return
    last = fitting[-1]
    if last.package and any(one.plugin.plain and one.owners != last.owners for one in fitting):
        text = f"entries of {KEY} tell its owner by packageName, which analytics does not report"
        yield Flaw(FlawKind.AMBIGUOUS_PLUGIN, plugin, text, last.origin)
    elif last.unfilled:
        text = f"its owner {last.unfilled} is only known where the portal runs"
        yield Flaw(FlawKind.PLACEHOLDER_OWNER, plugin, text, last.origin)
    elif last.owners:
        first, *others = last.owners
        notes = [KEY]
        notes += [f"packageName {last.package} taken as met"] if last.package else []
        notes += [f"also {', '.join(str(other) for other in others)}"] if others else []
        yield Claim(written, first.key, f"{last.origin} ({', '.join(notes)})")


def _undecidable(override: Override) -> Flaw:
    text = (
        f"{override.key} is left out: it asks for a packageName, which analytics does not report, "
        "and for no single pluginId; name that too"
    )
    return Flaw(FlawKind.NOT_FOUND, override.package, text, override.origin)
