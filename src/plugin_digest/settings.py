"""The sections of ``digest.yaml``: every key, its default and what it is for.

Owns the meaning of the keys; must not open a source, a store or a mail server. The JSON Schema comes from
these models: the text below a key is what an editor shows for it.
"""

from collections.abc import Iterator, Mapping
from datetime import time
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from plugin_digest.brand_settings import BrandSettings
from plugin_digest.documents import (
    ExistingFile,
    FilePath,
    Host,
    Identifier,
    Line,
    Mailbox,
    MailDomain,
    Misfit,
    MountedSecret,
    Secret,
    Section,
    SomeRecipients,
    StoreUrl,
    TimeOfDay,
    TimeZone,
    WebUrl,
    Weekday,
    WeekStart,
)
from plugin_digest.indicator_settings import IndicatorsSettings
from plugin_digest.model import Cadence
from plugin_digest.ownership_settings import OwnershipSettings
from plugin_digest.source_settings import Share, SourceSettings
from plugin_digest.weeks import Timetable
from plugin_digest.work_days import Country

_NINE = time(9)
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_IMPLICIT_TLS_PORT = 465
_SMTP_RATE_PER_MINUTE = 25


class PortalSettings(Section):
    """The developer portal that is reported on."""

    name: Line = Field(examples=["Acme Developer Portal"])
    """The portal's name, as it stands in subjects and headings."""
    url: WebUrl = Field(examples=["https://backstage.acme.example"])
    """Where the portal is; the digests link to it."""
    timezone: TimeZone = Field(examples=["Europe/Stockholm"])
    """The time zone in which days and weeks begin, like Europe/Stockholm."""
    week_starts_on: WeekStart = "monday"
    """The first day of a week: monday (ISO weeks), or sunday for sources that count so."""


class ScheduleSettings(Section):
    """When `serve` sends the digests of the week that has ended."""

    day: Weekday = "monday"
    """The weekday; the first one after the week has ended."""
    time: TimeOfDay = Field(default=_NINE, json_schema_extra={"default": "09:00"})
    """The local time of day, HH:MM."""
    late_limit_hours: PositiveInt = 144
    """A run that starts later than this after its time sends nothing: the news would be old."""


class StoreSettings(Section):
    """Where snapshots, digests and the ledger are kept."""

    url: StoreUrl = Field(repr=False, examples=["sqlite:///data/digest.db"])
    """sqlite:///file relative to this one (four slashes: absolute), or postgresql+psycopg://…"""
    instance: Identifier = "default"
    """This installation's name. A store that another name has used is refused, so a copy mails nobody."""


class RetrySettings(Section):
    """What is done about temporary refusals within one run; the next run tries again too."""

    delays_s: tuple[Annotated[NonNegativeInt, Field(le=3600)], ...] = (30, 120, 300)
    """Seconds to wait before each further try; an empty list means one try."""


class OutboxSettings(Section):
    """Mails become files: to try things out, or for another program to send."""

    type: Literal["outbox"]
    """Which kind of transport this is."""
    path: FilePath = Field(examples=["outbox"])
    """The directory for the .eml files, relative to this file."""


class SmtpSettings(Section):
    """A mail server, or the relay in front of it."""

    type: Literal["smtp"]
    """Which kind of transport this is."""
    host: Host = Field(examples=["smtp.acme.example"])
    """The server's name; its certificate must be for this name."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; with none, no credentials may be set."""
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default_factory=lambda above: _PORTS.get(above.get("security", ""), 0)
    )
    """The port; without it 587 for starttls, 465 for tls, 25 for none."""
    username: Line | None = None
    """The account, where the server wants one."""
    password: Secret | None = None
    """Its password; better ${SMTP_PASSWORD} than the password itself."""
    password_file: MountedSecret | None = None
    """A file that holds the password, such as a mounted secret."""
    ca_file: ExistingFile | None = None
    """Certificates (PEM) to trust instead of the system's."""
    timeout_s: PositiveFloat = 30
    """Seconds to wait for each of the server's answers, but for the last one of a mail."""

    @property
    def secret(self) -> str | None:
        """The password, from wherever it was given."""
        given = self.password or self.password_file
        return given.get_secret_value() if given else None

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if misfits := dict(self._misfits()):
            raise Misfit(misfits)
        return self

    def _misfits(self) -> Iterator[tuple[str, str]]:
        if self.password and self.password_file:
            yield "password_file", "stands beside password; expected one of them"
        if self.username and self.secret is None:
            yield "username", "stands without password or password_file"
        if self.secret is not None and not self.username:
            yield "password" if self.password else "password_file", "stands without username"
        if self.username and self.security == "none":
            yield "security", "none would send the password in the clear; expected starttls or tls"
        if self.port == _IMPLICIT_TLS_PORT and self.security == "starttls":
            yield "security", "port 465 is encrypted from the start; expected tls, or port 587"


def _usual_rate(above: Mapping[str, Any]) -> float:
    return _SMTP_RATE_PER_MINUTE if isinstance(above.get("transport"), SmtpSettings) else 0


class MailSettings(Section):
    """What stands on every mail, and how mails go out."""

    from_: Mailbox = Field(alias="from", examples=["Developer Portal <portal@acme.example>"])
    """The sender, with or without a name."""
    reply_to: Mailbox | None = None
    """Who gets the answers; without it the sender."""
    transport: Annotated[OutboxSettings | SmtpSettings, Field(discriminator="type")]
    """How mails go out: into an outbox of files, or to a mail server."""
    rate_per_minute: NonNegativeFloat = Field(default_factory=_usual_rate)
    """At most so many mails a minute, 0 for no limit; without it 25 for smtp, no limit for an outbox."""
    retry: RetrySettings = RetrySettings()
    allowed_domains: tuple[MailDomain, ...] = ()
    """Nobody outside of these domains is written to, like acme.example or *.acme.example; empty: no limit."""
    combine: bool = False
    """Whether somebody who reads several teams' digests gets them as one."""
    co_owners: Literal["readers", "first"] = "readers"
    """Of several owners the first counts; readers: those who own all of its plugins, too, read its digest."""


class PortalTeamSettings(Section):
    """The central team, which gets the digest of the whole portal."""

    name: Line = "Portal team"
    """Its name."""
    recipients: SomeRecipients = Field(examples=["[portal-team@acme.example]"])
    """Its mail addresses."""
    teams: tuple[Line, ...] = ()
    """The keys of teams that are its own; what other teams own was contributed from outside."""
    head_count: PositiveInt | None = None
    """How many people could use the portal, for the share of them who do."""


class CalendarSettings(Section):
    """Which days are worked, so that a short week is known as one."""

    countries: tuple[Country, ...] = ()
    """The countries of the portal's people, for their public holidays: SE, or with a part DE-BY."""
    work_days: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")
    """The weekdays on which people work."""


def _limit(count: int) -> int:
    if 0 < count < _LEAST_LIMIT:
        raise ValueError(f"hides nothing; expected 0 or at least {_LEAST_LIMIT}")
    return count


_LEAST_LIMIT = 3
Limit = Annotated[NonNegativeInt, AfterValidator(_limit)]


class PrivacySettings(Section):
    """Counts of people that are so small that they would tell who it was are shown as fewer than a limit."""

    pages: Limit = 5
    """A page's users and views are shown only from so many on; 0 shows all, otherwise at least 3."""
    searches: Limit = 5
    """A term that people searched is shown only if so many did; 0 shows all, otherwise at least 3."""
    plugins: Limit = 0
    """A plugin's and a team's users and views are shown only from so many on; 0 shows all."""


class DigestSettings(Section):
    """What a digest shows."""

    language: Literal["en", "de", "sv", "fr"] = "en"
    """The language of the mails, with its dates and numbers."""
    attach_csv: bool = False
    """Whether each mail carries its figures as a CSV file."""

    min_base: NonNegativeInt = 20
    """Changes are given in per cent only where the week before had at least so many."""
    restated_share: Share = 0.02
    """A figure of the week before that moved by more than this share since it was mailed is named."""
    pages: Annotated[int, Field(ge=0, le=50)] = 5
    """How many of a team's most viewed pages are listed."""
    send_empty: bool = False
    """Whether a team gets a digest when none of its plugins had a view in either week."""
    cadence: Cadence = Field(default=Cadence.WEEKLY, json_schema_extra={"default": "weekly"})
    """How often a team gets its digest that says nothing itself: weekly, monthly or unusual."""


class HoldSettings(Section):
    """When a run stops before sending, because the data look wrong."""

    missing_plugins_share: Share = 0.33
    """More than this share of last week's plugins without a view holds the run."""
    fall_share: Share = 0.5
    """The portal's views or users below this share of what is usual hold the run; in a week with public
    holidays, below this share of the square of the work that is left (with four days of five: of 64 %)."""
    jump_factor: Annotated[float, Field(gt=1)] = 1.8
    """The portal's views or users above so many times what is usual hold the run."""
    anonymous_share: Share = 0.25
    """The part of views without a user holds the run if it is more than so much above what is usual."""
    broken_plugins_share: Share = 0.5
    """More than this share of the plugins measured in another way at once holds the run."""
    ownership_fewer_share: Share = 0.33
    """More than this share fewer teams, owned plugins or recipients than the last time holds the run."""
    ownership_more_share: NonNegativeFloat = 0.5
    """More than this share more teams, owned plugins or recipients than the last time holds the run."""
    ownership_few: NonNegativeInt = 2
    """So many teams, plugins or recipients may come in any case; one may go, if some are left."""
    reuse_ownership: bool = False
    """Whether the ownership of the last plan is used where a place that knows owners cannot be reached."""


class Settings(Section):
    """All of ``digest.yaml``."""

    portal: PortalSettings
    schedule: ScheduleSettings = ScheduleSettings()
    source: SourceSettings
    """The system that counts are pulled from."""
    store: StoreSettings
    ownership: Annotated[tuple[OwnershipSettings, ...], Field(min_length=1)]
    """Who owns which plugin; the first place that names a plugin wins."""
    mail: MailSettings
    portal_team: PortalTeamSettings
    digest: DigestSettings = DigestSettings()
    brand: BrandSettings = BrandSettings()
    calendar: CalendarSettings = CalendarSettings()
    privacy: PrivacySettings = PrivacySettings()
    indicators: IndicatorsSettings = ()
    """Other weekly series that stand in the digests, such as onboarding time or a plugin's adoption."""
    annotations: FilePath | None = None
    """A file with releases, outages and other events to be named in their weeks, such as annotations.yaml."""
    hold: HoldSettings = HoldSettings()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.portal.timezone)

    @cached_property
    def timetable(self) -> Timetable:
        """When each week's slot is."""
        return Timetable(self.zone, self.portal.week_starts_on, self.schedule.day, self.schedule.time)
