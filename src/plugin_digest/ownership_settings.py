"""The section ``ownership`` of ``digest.yaml``: every place that can know owners and recipients.

Owns the meaning of each place's keys; must not open any. The JSON Schema comes from these models.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from plugin_digest.documents import FilePath, Identifier, Line, Misfit, MountedSecret, Secret, Section, WebUrl

_FILTER_SIGNS = frozenset(" ,=")


class FileOwnership(Section):
    """A file like ``teams.yaml``, written by hand."""

    type: Literal["file"] = Field(examples=["file"])
    """Which kind of place this is."""
    path: FilePath = Field(examples=["teams.yaml"])
    """The file, relative to this one."""


class CatalogOwnership(Section):
    """The Backstage catalog, over HTTP."""

    type: Literal["catalog"]
    """Which kind of place this is."""
    url: WebUrl = Field(examples=["https://backstage.acme.example"])
    """The portal's backend (backend.baseUrl), without /api/catalog."""
    token: Secret | None = None
    """A static token of backend.auth.externalAccess; better ${BACKSTAGE_TOKEN} than the token itself."""
    token_file: MountedSecret | None = None
    """A file that holds the token, such as a mounted secret."""
    annotation: Line = "plugin-digest/plugin-id"
    """The annotation of a component that names the plugin's id, or several with commas."""
    types: tuple[Line, ...] = ("backstage-frontend-plugin", "backstage-plugin")
    """Components of these types are plugins also without the annotation, by their title or name."""
    placeholders: tuple[Line, ...] = ("guest", "owner-unknown", "unknown", "john@example.com")
    """Owners that are nobody: a bare name of any kind, or a whole reference like user:default/guest."""
    max_members: NonNegativeInt = 25
    """A group without an address of its own and with more members than this is written to by nobody."""
    timeout_s: PositiveFloat = 30
    """Seconds to wait for each answer."""
    whole_timeout_s: PositiveFloat = 600
    """Seconds that one reading of the catalog may take, all its pages and further attempts together."""
    max_entities: PositiveInt = 100_000
    """A catalog that goes on giving pages after so many entities is not believed."""

    @property
    def secret(self) -> str | None:
        """The token, from wherever it was given."""
        given = self.token or self.token_file
        return given.get_secret_value() if given else None

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.token and self.token_file:
            raise Misfit({"token_file": "stands beside token; expected one of them"})
        for key, names in (("annotation", (self.annotation,)), ("types", self.types)):
            if any(set(name) & _FILTER_SIGNS for name in names):
                raise Misfit({key: "holds a blank, a comma or =, which the catalog's filter cannot ask for"})
        return self


class AppConfigOwnership(Section):
    """The portal's own ``app-config.yaml``: ``app.pluginOverrides``."""

    type: Literal["app_config"]
    """Which kind of place this is."""
    path: tuple[FilePath, ...] = Field(min_length=1, examples=["[app-config.yaml]"])
    """The files, relative to this one; a later one replaces the list of an earlier one, as in Backstage."""


class RepositoryOwnership(Section):
    """A checkout of the repository that holds the plugins' code."""

    type: Literal["repository"]
    """Which kind of place this is."""
    path: FilePath = Field(examples=["../portal"])
    """The checkout's directory, relative to this file."""
    codeowners: bool = True
    """Whether CODEOWNERS is asked where no catalog-info.yaml names an owner, or only a generic one."""
    owners: dict[str, Identifier] = Field(default_factory=dict)
    """An owner as it is written there, such as @acme/ci, in any case: the team's key here."""
    placeholders: tuple[Line, ...] = ("guest", "user:guest", "owner-unknown", "unknown", "john@example.com")
    """Owners that are nobody."""
    generic: tuple[Line, ...] = ("maintainers", "backstage-team")
    """Owners of everything, as those of `*` in CODEOWNERS are anyway; taken where nobody else is named."""


OwnershipSettings = Annotated[
    FileOwnership | CatalogOwnership | AppConfigOwnership | RepositoryOwnership,
    Field(discriminator="type"),
]
