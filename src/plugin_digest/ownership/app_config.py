"""The ``app_config`` provider: ``app.pluginOverrides`` of a portal's own ``app-config.yaml``.

Owns which entry decides about a plugin, as Backstage would have it. Its package's name is known only where
another place has the code; where an entry depends on it and it is not, nothing is guessed.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from plugin_digest.errors import ConfigError, Problem
from plugin_digest.model import UNATTRIBUTED_IDS, Flaw, FlawKind, canonical_plugin
from plugin_digest.ownership import plugin_overrides
from plugin_digest.ownership.answer import Answer, Claim
from plugin_digest.ownership.packages import Package, names_by_plugin
from plugin_digest.ownership.plugin_overrides import KEY, Override
from plugin_digest.ownership.wording import some


class AppConfigProvider:
    """Owners from ``info.ownerEntityRefs``. Of several files the last one that has the list counts."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)

    @property
    def name(self) -> str:
        return ", ".join(path.name for path in self._paths)

    def packages(self) -> Sequence[Package]:
        return ()

    def read(self, seen: Collection[str], packages: Sequence[Package] = ()) -> Answer:
        """The owner of each plugin that an entry names, and of those ``seen`` or packaged that one fits.

        Raises:
            ConfigError: everything that is wrong in the files.
        """
        overrides = self._overrides()
        names = {
            plugin: frozenset(name.lower() for name in found)
            for plugin, found in names_by_plugin(packages).items()
        }
        written = {canonical_plugin(one.plugin): one.plugin for one in packages if one.is_frontend}
        named = {override.plain_id: override.plugin_id for override in reversed(overrides)}
        plugins = {**{plugin: plugin for plugin in seen}, **written, **named}
        said = [
            _said(plugin, plugins[plugin], names.get(plugin), overrides)
            for plugin in sorted(plugins.keys() - UNATTRIBUTED_IDS)
        ]
        claims = tuple(one for one in said if isinstance(one, Claim))
        flaws = _gathered(one for one in said if isinstance(one, Flaw))
        return Answer(claims, flaws=(*_unclear(overrides, known=bool(names)), *flaws))

    def groups(self, owners: Collection[str]) -> Answer:  # noqa: ARG002
        """Nothing: these files know no recipients."""
        return Answer()

    def check(self) -> Sequence[str]:
        """How much was found; raises as `read` does."""
        overrides = self._overrides()
        named = len({override.plain_id for override in overrides} - {""})
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


def _said(
    plugin: str, written: str, packages: frozenset[str] | None, overrides: Sequence[Override]
) -> Claim | Flaw | None:
    """What the last entry that fits a canonical id says of its owner, if that can be told."""
    possible = list(_possible(plugin, packages, overrides))
    if not possible:
        return None
    last, is_sure = possible[0]
    if any((one.owners, one.unfilled) != (last.owners, last.unfilled) for one, _ in possible):
        keys = ", ".join(f"{_owners(one)} by {one.key}" for one, _ in possible)
        text = f"may belong to several, as it is not known which entry is about it: {keys}"
        return Flaw(FlawKind.AMBIGUOUS_PLUGIN, plugin, text, last.origin, (plugin,))
    if last.unfilled:
        text = f"has the owner {last.unfilled}, which is only known where the portal runs"
        return Flaw(FlawKind.PLACEHOLDER_OWNER, plugin, text, last.origin, (plugin,))
    if not last.owners:
        return None
    first, *others = last.owners
    notes = [KEY]
    notes += [] if is_sure else [f"packageName {last.package_name} taken as met"]
    notes += [f"also {', '.join(str(other) for other in others)}"] if others else []
    co_owners = dict.fromkeys(other.key for other in others if other.key != first.key)
    return Claim(written, first.key, f"{last.origin} ({', '.join(notes)})", tuple(co_owners))


def _possible(
    plugin: str, packages: frozenset[str] | None, overrides: Sequence[Override]
) -> Iterator[tuple[Override, bool]]:
    """The entries of which one decides, the last first, and whether it surely fits; none if none surely does.

    One that names the very id is taken to be about the package that the portal has; only others that name it,
    too, speak against it.
    """
    found: list[tuple[Override, bool]] = []
    is_named = False
    for override in reversed(overrides):
        fits = override.fits(plugin, packages)
        if fits is False or (is_named and not override.plain_id):
            continue
        found.append((override, fits is True))
        is_named = is_named or bool(override.plain_id)
        if fits:
            break
    if is_named or (found and found[-1][1]):
        yield from found


def _gathered(flaws: Iterable[Flaw]) -> Iterator[Flaw]:
    """One flaw for all plugins with the same one: an entry without an id may be about every plugin."""
    plugins: dict[Flaw, list[str]] = {}
    for flaw in flaws:
        plugins.setdefault(replace(flaw, subject="", plugins=()), []).append(flaw.subject)
    for flaw, found in plugins.items():
        yield replace(flaw, subject=some(found), plugins=tuple(found))


def _owners(override: Override) -> str:
    return override.unfilled or ", ".join(map(str, override.owners)) or "nobody"


def _unclear(overrides: Sequence[Override], *, known: bool) -> Iterator[Flaw]:
    """The entries of which it cannot be told what plugins they are about; packages are ``known`` or not."""
    for override in overrides:
        subject = override.plugin_id or override.package_name
        if override.unclear:
            text = f"in {override.key} cannot be followed: {override.unclear}"
            yield Flaw(FlawKind.NOT_FOUND, subject, text, override.origin)
        elif override.package_name and not override.plain_id and not known:
            text = (
                f"in {override.key} cannot be followed: analytics reports no packages, and it asks for no "
                "single pluginId; name that too, or a repository in ownership"
            )
            yield Flaw(FlawKind.NOT_FOUND, override.package_name, text, override.origin)
