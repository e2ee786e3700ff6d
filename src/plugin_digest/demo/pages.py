"""What is viewed and where in the app that is: subjects, attributes and contexts as Backstage sends them.

Everything here is JSON text already, as the events are lines; shapes: AnalyticsEvent of
``@backstage/core-plugin-api`` (legacy) and ``@backstage/frontend-plugin-api`` (new frontend).
"""

import json
from typing import Any

from plugin_digest.demo.behaviour import is_migrated, reported_id
from plugin_digest.model import Week

NOWHERE_LEGACY, NOWHERE_NEW = "root", "app"
"""The pseudo ids of views that belong to no plugin."""

_ENTITY_TABS = """
api-docs argocd aws-codepipeline aws-ecs azure-devops azure-sites bitrise blackduck buildkite checkmarx
cloudbuild code-climate code-coverage codescene datadog dbt dependabot evidence-locker fossa
github-actions github-issues gocd grafana jenkins jira kafka kubernetes lighthouse mend newrelic-dashboard
octopus-deploy opsgenie org pager-duty postgres-fleet prometheus quay report-portal rollbar
security-insights sentry slo-board snyk sonarqube tekton terraform todo topology
"""
ENTITY_TABS = frozenset(_ENTITY_TABS.split())
"""Plugins that are a tab of the entity page; the others have pages of their own."""

_ROUTES = {"home": "", "techdocs": "/docs", "scaffolder": "/create", "org": "/org-chart"}
_SYSTEMS = ("checkout", "payments", "catalogue", "playback", "ads", "billing", "identity", "royalties")
_PARTS = ("api", "web", "worker", "pipeline", "gateway", "ios")
COMPONENTS = tuple(f"{system}-{part}" for part in _PARTS for system in _SYSTEMS)

SEARCH_TERMS = ("kafka retention", "on-call", "gdpr", "how to deploy", "så här kör vi", 'error "ECONNRESET"')


def subjects(plugin: str) -> tuple[str, ...]:
    """The plugin's pages, the most viewed first, each as the ``subject`` and ``attributes`` of an event."""
    if plugin in ENTITY_TABS:
        return tuple(_entity(component, plugin, query) for component in COMPONENTS for query in ("", _QUERY))
    if plugin == "catalog":
        return (*_plain("/catalog"), *(_entity(component, "", "") for component in COMPONENTS))
    if plugin == "techdocs":
        return (*_plain("/docs"), *(_entity(component, "docs", "") for component in COMPONENTS))
    if plugin in {NOWHERE_LEGACY, NOWHERE_NEW}:
        return tuple(_subject(path) for path in ("/", "/settings-old", "/login/callback?state=1", "/unknown"))
    return _plain(_ROUTES.get(plugin, f"/{plugin}"))


_QUERY = "?branch=main&page=2"


def _plain(route: str) -> tuple[str, ...]:
    paths = (
        route or "/",
        f"{route}/overview",
        f"{route or '/'}?range=30d",
        f"{route}/teams/{_SYSTEMS[1]}",
        f"{route}/teams/{_SYSTEMS[3]}?range=7d#trend",
        f"{route}/settings",
    )
    return tuple(_subject(path) for path in paths)


def _entity(component: str, tab: str, query: str) -> str:
    """A tab of a component's page; ``docs`` is the documentation reader, which has a root of its own."""
    root = "/docs" if tab == "docs" else "/catalog"
    ending = f"/{tab}" if tab not in {"", "docs"} else ""
    attributes = {"namespace": "default", "kind": "component", "name": component}
    return _subject(f"{root}/default/component/{component}{ending}{query}", attributes)


def _subject(path: str, attributes: dict[str, Any] | None = None) -> str:
    return f'"subject":{dumps(path)},"attributes":{dumps(attributes or {})}'


def context(plugin: str, week: Week) -> str:
    """The event's context as the plugin's frontend system fills it in that week."""
    if plugin == NOWHERE_LEGACY:
        return dumps({"routeRef": "unknown", "pluginId": NOWHERE_LEGACY, "extension": "App"})
    if plugin == NOWHERE_NEW:
        return dumps({"extensionId": "app/root", "pluginId": NOWHERE_NEW})
    reported, is_tab = reported_id(plugin, week), plugin in ENTITY_TABS
    if is_migrated(plugin, week):
        return dumps(
            {"pluginId": reported, "extensionId": f"{'entity-content' if is_tab else 'page'}:{plugin}"}
        )
    return dumps(
        {"pluginId": reported, "routeRef": reported if is_tab else f"{plugin}:root", "extension": "App"}
    )


def other_action(plugin: str, choice: int) -> str:
    """What people do besides viewing, as the event's ``action`` to ``attributes``: never a view."""
    if plugin == "search":
        term = SEARCH_TERMS[choice % len(SEARCH_TERMS)]
        return f'"action":"search","subject":{dumps(term)},"value":{choice % 40},"attributes":{{}}'
    if plugin == "scaffolder":
        return f'"action":"create","subject":"new service-{choice}","value":{choice % 90},"attributes":{{}}'
    return f'"action":"click","subject":"Open {choice % 9}","attributes":{{"to":"/{plugin}/{choice % 9}"}}'


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
