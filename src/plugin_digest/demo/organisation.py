"""The made-up company: its people, its plugins and the teams that own them.

Plugin ids are those of the Backstage ecosystem, mixed with some that a company writes for itself; the
size is that of the portal that Spotify has written about. Knows nothing about weeks.
"""

from plugin_digest.model import Team

ALIASES = {"azureDevOps": "azure-devops"}
"""The id that the plugin reports until it moves to the new frontend system: the id after that."""

NEVER_SEEN = "signals"
"""Owned, but without a page of its own, so that analytics never reports it."""

NO_RECIPIENTS = "Edge Network"

ORPHANS = {"agent-forge": 46, "bookmarks": 31, "ocm": 12, "badges": 17}
"""Plugins that no team owns, with their usual views in a week."""

_OWNED: dict[str, dict[str, int]] = {
    "Portal Core": {"home": 2700, "notifications": 190, "user-settings": 140, NEVER_SEEN: 0},
    "Software Catalog": {"catalog": 6200, "catalog-graph": 180, "catalog-import": 45},
    "Search & Discovery": {"search": 1500, "explore": 70},
    "Golden Paths": {"scaffolder": 720},
    "Docs Experience": {"techdocs": 2400},
    "API Guild": {"api-docs": 640, "apollo-explorer": 24, "graphiql": 40},
    "Org Data": {"org": 260},
    "CI Platform": {
        "jenkins": 560,
        "github-actions": 620,
        "tekton": 60,
        "cloudbuild": 88,
        "gocd": 15,
        "cicd-statistics": 34,
        "buildkite": 47,
        "octopus-deploy": 11,
        "build-cache": 7,
    },
    "Kubernetes Runtime": {"kubernetes": 610, "kubernetes-cluster": 40, "topology": 55},
    "Deployments": {"argocd": 330, "github-deployments": 66, "flux": 28},
    "Release Engineering": {"release-train": 52, "git-release-manager": 14},
    "Observability": {"grafana": 260, "newrelic": 75, "newrelic-dashboard": 32},
    "Tracing": {"jaeger": 34, "kiali": 22},
    "Metrics Pipeline": {"prometheus": 88},
    "Logging": {"datadog": 150, "log-explorer": 64},
    "Reliability": {"sentry": 210, "rollbar": 14, "slo-board": 57},
    "Incident Response": {"pager-duty": 190, "firehydrant": 26, "status-page": 41},
    "On-Call Tooling": {"opsgenie": 58, "ilert": 11},
    "Application Security": {"snyk": 120, "checkmarx": 22, "fossa": 30, "blackduck": 12},
    "Supply Chain": {"dependabot": 62, "security-insights": 44, "mend": 18},
    "Secrets": {"vault": 52},
    "Access Control": {"rbac": 38},
    "Compliance": {"evidence-locker": 12},
    "Cloud Cost": {"cost-insights": 170, "opencost": 40},
    "GCP Foundation": {"gcp-projects": 48},
    "AWS Foundation": {"aws-ecs": 72, "aws-codepipeline": 29},
    "Azure Foundation": {"azure-devops": 160, "azure-sites": 16, "azure-storage": 9},
    "Data Platform": {"apache-airflow": 110, "dbt": 62, "data-contracts": 27},
    "Streaming": {"kafka": 95},
    "Data Warehouse": {"bigquery-explorer": 44},
    "ML Platform": {"mlflow": 44, "model-registry": 30},
    "Experimentation": {"growthbook": 70, "launchdarkly": 36},
    "AI Enablement": {"mcp-chat": 130, "copilot": 66},
    "Frontend Platform": {"lighthouse": 70, "storybook": 88, "web-vitals": 24},
    "Design System": {"design-tokens": 55, "mui-to-bui": 4},
    "Mobile Platform": {"mobile-releases": 48, "bitrise": 30, "xcmetrics": 14},
    "Android Build": {"gradle-builds": 26},
    "Code Quality": {"sonarqube": 150, "code-coverage": 52, "code-climate": 8, "codescene": 19},
    "Test Infrastructure": {"flaky-tests": 42, "report-portal": 10},
    "Load Testing": {"k6": 23},
    "Chaos Engineering": {"chaos-experiments": 5},
    "Tech Insights": {"tech-insights": 120, "tech-insights-maturity": 34},
    "Technology Radar": {"tech-radar": 90},
    "Developer Productivity": {"dora": 58, "entity-validation": 21},
    "Developer Research": {"feedback": 28, "entity-feedback": 19},
    "Internal Communications": {"announcements": 240},
    "Communities": {"bazaar": 26, "wheel-of-names": 7},
    "Learning": {"skill-exchange": 31, "stack-overflow": 45, "playlist": 22},
    "Source Control": {"github-pull-requests-board": 92, "github-issues": 46},
    "Planning Tools": {"jira": 180, "confluence": 40},
    "Workplace": {"gcalendar": 33},
    "Artifacts": {"jfrog-artifactory": 58, "nexus-repository-manager": 26, "quay": 28, "npm": 20},
    "Infrastructure as Code": {"terraform": 95, "puppetdb": 18},
    "Service Mesh": {"linkerd": 8},
    NO_RECIPIENTS: {"cdn-console": 17, "dns-records": 21},
    "Database Fleet": {"postgres-fleet": 46, "redis-console": 14},
    "Service Desk": {"servicenow": 64},
    "Onboarding": {"todo": 16, "shortcuts": 35},
    "Köp & Betala": {"payments-console": 36},
    "Localisation": {"translations": 16},
    "Content Ingestion": {"podcast-ingest": 29},
    "Ads Tooling": {"ad-previewer": 13},
    "Green Software": {"carbon-footprint": 34},
}

_SEVERAL_RECIPIENTS = {
    "CI Platform": ("ci-platform@acme.example", "build-leads@acme.example"),
    "Incident Response": ("incident-response@acme.example", "astrid.berg@acme.example"),
    "Learning": ("learning@acme.example", "hugo.lind@acme.example"),
}

_FIRST_NAMES = """
astrid hugo maja elias saga nils wilma oskar freja axel tuva emil alva liam ines noah priya arjun mei kenji
fatima omar amina yusuf sofia mateo lucia diego anna piotr olga ivan chloe louis nora finn grace jack zoe adam
"""
_LAST_NAMES = """
berg lind holm strand dahl sjo nyman falk ek lund wallin hedman blom ros moberg aho virtanen korhonen hansen
olsen larsen jensen meyer weber koch wolf rossi conti silva costa garcia lopez novak kowalski petrov ivanova
sato tanaka chen wang khan patel singh rao osei mensah okafor smith jones walsh
"""


def people() -> tuple[str, ...]:
    """Everybody who works here: 2,000 names as user entities are named."""
    return tuple(f"{first}.{last}" for last in _LAST_NAMES.split() for first in _FIRST_NAMES.split())


def usual_views() -> dict[str, int]:
    """Every plugin, owned or not, with its usual views in a week."""
    owned = {plugin: views for plugins in _OWNED.values() for plugin, views in plugins.items()}
    return {**owned, **ORPHANS}


def teams(origin: str = "teams.yaml") -> tuple[Team, ...]:
    return tuple(
        Team(_key(name), name, _recipients(name), frozenset(plugins), origin)
        for name, plugins in _OWNED.items()
    )


def _recipients(name: str) -> tuple[str, ...]:
    if name == NO_RECIPIENTS:
        return ()
    return _SEVERAL_RECIPIENTS.get(name, (f"{_key(name)}@acme.example",))


def _key(name: str) -> str:
    """A team's key: ``search-discovery`` for ``Search & Discovery``."""
    return "-".join(name.lower().replace("ö", "o").replace("&", " ").split())
