"""From the settings to what the plan of a week is made by."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from plugin_digest.audience import Rules
from plugin_digest.config import Settings
from plugin_digest.diff import PrivacyLimits
from plugin_digest.guards import OwnershipLimits
from plugin_digest.inspection import Limits
from plugin_digest.model import Annotation, Week, last_weeks
from plugin_digest.plan import Choices
from plugin_digest.reading import SERIES_WEEKS
from plugin_digest.work_days import holidays_in, work_share


def rules(settings: Settings) -> Rules:
    mail = settings.mail
    return Rules(mail.allowed_domains, mail.combine, settings.digest.cadence)


def choices(settings: Settings, week: Week, annotations: Sequence[Annotation]) -> Choices:
    """What is set about the digests of a week."""
    hold = settings.hold
    return Choices(
        portal_recipients=tuple(settings.portal_team.recipients),
        portal_team_name=settings.portal_team.name,
        min_base=settings.digest.min_base,
        restated_share=settings.digest.restated_share,
        pages=settings.digest.pages,
        send_empty=settings.digest.send_empty,
        limits=Limits(
            missing_plugins_share=hold.missing_plugins_share,
            fall_share=hold.fall_share,
            jump_factor=hold.jump_factor,
            anonymous_share=hold.anonymous_share,
            broken_plugins_share=hold.broken_plugins_share,
        ),
        annotations=tuple(annotations),
        **_calendar(settings, week),
        indicators=tuple(one.indicator for one in settings.indicators),
        head_count=settings.portal_team.head_count,
        people=next((one.name for one in settings.indicators if one.type == "catalog_people"), ""),
        attaches_csv=settings.digest.attach_csv,
        central_teams=settings.portal_team.teams,
        privacy=PrivacyLimits(**dict(settings.privacy)),
        rules=rules(settings),
        ownership_limits=OwnershipLimits(
            hold.ownership_fewer_share, hold.ownership_more_share, hold.ownership_few
        ),
        month=settings.timetable.month(week),
    )


def _calendar(settings: Settings, week: Week) -> dict[str, Any]:
    """What is known of working days in the week and before it; nothing, if no country is named."""
    named, days = settings.calendar.countries, settings.calendar.work_days
    if not named:
        return {}
    return {
        "holidays": tuple(
            replace(one, places=()) if len(one.places) == len(set(named)) else one
            for one in holidays_in(week, named, days=days, language=settings.digest.language)
        ),
        "work_days": {
            each: len(set(days)) * float(work_share(each, named, days=days))
            for each in last_weeks(week, SERIES_WEEKS)
        },
        "work_share": float(work_share(week, named, days=days)),
    }
