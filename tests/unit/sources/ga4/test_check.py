"""What `check` finds in a property, what would be better, and what it cannot work with."""

import dataclasses
from datetime import date

import pytest

from plugin_digest.errors import Rejected
from plugin_digest.model import Week
from plugin_digest.sources.attribution import PathRule
from unit.sources.ga4.fake_ga4 import ACCOUNT, PROPERTY, Event, moment
from unit.sources.ga4.portal import make_events

WEEKS = [Week(date(2026, 11, 2)), Week(date(2026, 11, 9))]


@pytest.fixture(autouse=True)
def _events(fake):
    fake.events = make_events(WEEKS)


def change(fake, **changes) -> None:
    fake.events = [dataclasses.replace(event, **changes) for event in fake.events]


def test_what_was_found(source, fake):
    """The property, the split of views, the dimension with its most viewed plugins, and the quota."""
    fake.events = [
        Event(moment("2026-11-10 09:00"), f"u{n}", plugin, name=name, group=plugin)
        for n, (plugin, name) in enumerate(
            [("catalog", "page_view")] * 5 + [("techdocs", "navigate")] * 3 + [(None, "page_view")]
        )
    ]
    assert source().check() == [
        f"property {PROPERTY}, time zone Europe/Stockholm, read by {ACCOUNT}",
        (
            "views of the last 28 days by event: page_view 6, navigate 3; "
            "navigate comes from the new Backstage frontend, and GA4's own “Views” leave it out"
        ),
        (
            "plugins from customEvent:c_pluginId: 2 found, with 8 of 9 views; "
            "most viewed: catalog 5, techdocs 3"
        ),
        "quota left, in tokens: 39,990 this hour, 13,990 this hour for this project, 199,900 today",
    ]


def test_only_the_last_28_days_count(source, fake):
    """Older events and today's are not looked at."""
    fake.today = date(2026, 12, 25)
    with pytest.raises(Rejected, match=r"no page_view or navigate event.*app\.analytics\.ga4\.measurementId"):
        source().check()


def test_content_group_could_be_better(source, fake):
    """Works as it is; says how to register the custom dimension."""
    fake.custom = ()
    text = "\n".join(source().check())
    assert "plugins from contentGroup: " in text
    assert "better: customEvent:c_pluginId" in text
    assert "put pluginId into app.analytics.ga4.allowedContexts" in text


def test_a_registered_dimension_that_is_empty(source, fake):
    """Registered but not sent."""
    change(fake, plugin=None)
    text = "\n".join(source().check())
    assert "customEvent:c_pluginId is registered but names fewer views" in text
    assert "put pluginId into app.analytics.ga4.allowedContexts" in text


def test_content_groups_that_are_no_ids(source, fake):
    """contentGrouping: routeRef is named."""
    change(fake, group="catalog:entity")
    text = "\n".join(source().check())
    assert "contentGroup holds no plugin ids (catalog:entity)" in text


def test_paths_could_be_better(source, fake):
    """Works by path; says how to let the portal send ids, and shows what no rule takes."""
    change(fake, plugin=None, group=None)
    rules = [PathRule("/catalog/", "catalog")]
    text = "\n".join(source(plugin_from=rules).check())
    assert "plugins from pagePath: 1 found, with " in text
    assert "better: let the portal send plugin ids. In the portal's app-config set" in text
    assert "of the views name no plugin; the most viewed such pages: /" in text


def test_views_without_a_plugin(source, fake):
    """GA4's own page views on top of the portal's are suspected where many views name no plugin."""
    extra = [dataclasses.replace(e, plugin=None, group=None) for e in fake.events if e.name == "page_view"]
    fake.events += extra
    text = "\n".join(source().check())
    assert "% of the views name no plugin; where GA4 sends page views of its own on top" in text


def test_a_set_dimension_is_looked_at(source):
    """Also where another one would have been found."""
    text = "\n".join(source(dimension="contentGroup").check())
    assert "plugins from contentGroup: " in text


def test_a_set_dimension_that_is_not_registered(source, fake):
    """Says how to register it."""
    fake.custom = ()
    with pytest.raises(Rejected, match="has no dimension 'customEvent:c_pluginId': register it"):
        source(dimension="customEvent:c_pluginId").check()


def test_nothing_names_plugins(source, fake):
    """Says what each dimension holds and what to change."""
    change(fake, plugin=None, group=None)
    with pytest.raises(
        Rejected, match=r"customEvent:c_pluginId holds '\(not set\)'; .*contentGrouping: pluginId"
    ):
        source().check()


def test_more_values_than_are_looked_at(source, fake):
    """Thousands of paths: what is counted is said to be the least."""
    change(fake, plugin=None, group=None)
    fake.events += [
        Event(moment("2026-11-10 09:00"), "one", path=f"/catalog/{number}") for number in range(1200)
    ]
    text = "\n".join(source(plugin_from="first_path_segment").check())
    assert "plugins from pagePath: at least" in text


def test_what_ga4_says_of_its_figures(source, fake):
    """A note on the data is told before the first pull."""
    fake.metadata = {"data_loss_from_other_row": True}
    assert any("“(other)”" in line for line in source().check())
