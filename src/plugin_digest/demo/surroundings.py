"""What the made-up company knows beside its events: what happened when, and how it fares otherwise."""

from plugin_digest.demo.behaviour import WEEKS, week_number

HEAD_COUNT = 2000
CENTRAL_TEAMS = ("portal-core", "software-catalog", "search-discovery")

ANNOTATIONS_YAML = """\
# What happened, so that the digests can name it in its week.
annotations:
  - {date: 2026-10-12, plugin: cost-insights, text: Cost Insights 2 released, link: "https://cost.acme.example/2"}
  - {week: 2026-W41, plugin: opsgenie, text: On-call moved to PagerDuty}
  - {week: 2026-W42, plugin: azure-devops, text: Moved to the new frontend system}
  - {week: 2026-W44, text: Autumn break in Swedish schools}
  - {date: 2026-11-10, plugin: storybook, text: Linked from every component's page}
  - {date: 2026-11-11, plugin: tech-radar, text: The autumn edition came out, link: "https://radar.acme.example"}
"""

_ONBOARDING_DAYS = (9.5, 9.1, 9.4, 8.8, 9.2, 8.9, 9.0, 8.6, 8.7, 8.9, 8.4, 7.1)
_COMPONENTS = 812
_COMPONENTS_PER_WEEK = 8
_ADOPTION = {
    "sonarqube": (402, 6),
    "pager-duty": (514, 9),
    "kubernetes": (330, 4),
    "jenkins": (288, -7),
    "github-actions": (301, 11),
    "argocd": (150, 3),
    "snyk": (207, 2),
    "storybook": (61, 1),
}
"""Components with the plugin's annotation in the first week, and how many more in each week after."""


def onboarding_csv() -> str:
    """Days until a new developer's first merge, week by week."""
    rows = (f"{week},{days}" for week, days in zip(WEEKS, _ONBOARDING_DAYS, strict=True))
    return "\n".join(("week,value", *rows, ""))


def adoption_csv() -> str:
    """How many of the catalog's components are set up for a plugin, week by week."""
    rows = (
        f"{week},{plugin},{first + more * number},{_COMPONENTS + _COMPONENTS_PER_WEEK * number}"
        for number, week in enumerate(sorted(WEEKS, key=week_number))
        for plugin, (first, more) in _ADOPTION.items()
    )
    return "\n".join(("week,key,value,out_of", *rows, ""))
