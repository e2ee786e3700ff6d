"""From a place's settings to the place; each is imported only when it is used."""

from collections.abc import Mapping
from functools import singledispatch
from pathlib import Path

from plugin_digest.ownership.answer import Provider
from plugin_digest.ownership_settings import (
    AppConfigOwnership,
    CatalogOwnership,
    FileOwnership,
    RepositoryOwnership,
)


@singledispatch
def make_provider(settings: object, files: Mapping[Path, Provider]) -> Provider:
    """The place that the settings describe; ``files`` are those that are read already."""
    raise TypeError(f"no place is known for {type(settings).__name__} among {len(files)} files")


@make_provider.register
def _file(settings: FileOwnership, files: Mapping[Path, Provider]) -> Provider:
    return files[settings.path]


@make_provider.register
def _catalog(settings: CatalogOwnership, files: Mapping[Path, Provider]) -> Provider:  # noqa: ARG001
    from plugin_digest.ownership.catalog import CatalogProvider  # noqa: PLC0415 - requests takes its time

    return CatalogProvider(
        settings.url,
        token=settings.secret,
        annotation=settings.annotation,
        types=settings.types,
        max_members=settings.max_members,
        timeout_s=settings.timeout_s,
        whole_timeout_s=settings.whole_timeout_s,
        max_entities=settings.max_entities,
        placeholders=settings.placeholders,
    )


@make_provider.register
def _app_config(settings: AppConfigOwnership, files: Mapping[Path, Provider]) -> Provider:  # noqa: ARG001
    from plugin_digest.ownership.app_config import AppConfigProvider  # noqa: PLC0415

    return AppConfigProvider(settings.path)


@make_provider.register
def _repository(settings: RepositoryOwnership, files: Mapping[Path, Provider]) -> Provider:  # noqa: ARG001
    from plugin_digest.ownership.repository import RepositoryProvider  # noqa: PLC0415

    return RepositoryProvider(
        settings.path,
        codeowners=settings.codeowners,
        owners=settings.owners,
        placeholders=settings.placeholders,
        generic=settings.generic,
    )
