"""Filters take exactly the events whose value names the plugin."""

import pytest
from google.analytics.data_v1beta import types
from google.protobuf import json_format  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from plugin_digest.sources.attribution import PathRule
from plugin_digest.sources.ga4.dimension import IdDimension, PluginDimension, RuleDimension, SegmentDimension
from unit.sources.ga4.fake_ga4 import Event, FakeGa4, moment

ALIASES = {"b": "a"}
AT = moment("2026-11-10 09:00")

part = st.sampled_from(["a", "A", "b", "ab", "c", ""])
paths = st.lists(part, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
rules = st.lists(st.builds(PathRule, paths, st.sampled_from(["a", "b", "c"])), min_size=1, max_size=5)


def taken(dimension: PluginDimension, units: set[str], event: Event) -> bool:
    """Whether GA4 counts the event under the dimension's filter."""
    body = json_format.ParseDict(dimension.only(units), types.FilterExpression.pb(types.FilterExpression()))
    return FakeGa4()._predicate(types.FilterExpression.wrap(body))(event)


def assert_exact(dimension: PluginDimension, event: Event, value: str, others: list[str]) -> None:
    """The filter of all units of a plugin takes the event if and only if it belongs to the plugin."""
    seen = [value, *others]
    for plugin in {dimension.plugin(one) for one in seen} - {None}:
        units = {dimension.unit(one) for one in seen if dimension.plugin(one) == plugin}
        assert taken(dimension, units, event) == (dimension.plugin(value) == plugin)


@given(rules, paths, st.lists(paths, max_size=4))
@example([PathRule("/a/", "a"), PathRule("/a/b", "c"), PathRule("/a/b/c/", "a")], "/a/b/c", ["/a/b", "/a"])
@example([PathRule("/a", "a"), PathRule("/A", "c")], "/a", [])
@example([PathRule("/", "a"), PathRule("/a/", "c")], "/a", ["/"])
def test_rules(rules, path, others):
    """Longest prefix, case, prefixes within another plugin's, aliases: all as in the attribution."""
    assert_exact(RuleDimension("pagePath", tuple(rules), ALIASES), Event(AT, "u", path=path), path, others)


@given(paths, st.lists(paths, max_size=4))
def test_segments(path, others):
    """The first segment, in each spelling that was seen."""
    assert_exact(SegmentDimension("pagePath", ALIASES), Event(AT, "u", path=path), path, others)


ids = st.sampled_from(["a", "A", " a", "b", "c", "root", "(not set)"])


@given(ids, st.lists(ids, max_size=4))
def test_ids(value, others):
    """Spellings and aliases of an id."""
    event = Event(AT, "u", None if value == "(not set)" else value)
    assert_exact(IdDimension("customEvent:c_pluginId", ALIASES), event, value, others)


@pytest.mark.parametrize("values", [["(not set)"], ["root"], ["(not set)", "root", "", "app"]])
def test_views_of_no_plugin(values):
    """What names no plugin can be asked about as well."""
    dimension = IdDimension("customEvent:c_pluginId", {})
    units = {dimension.unit(value) for value in values}
    for value in ("(not set)", "root", "", "app", "catalog"):
        event = Event(AT, "u", None if value == "(not set)" else value)
        empty = {"", "(not set)"}
        assert taken(dimension, units, event) == (value in values or (value in empty and bool(empty & units)))


@pytest.mark.parametrize(
    "label", ["/docs", "/docs?x=1", "/docs#y", "/docs/a?x", "/docsy", "/Docs", "/docs/deep/x"]
)
def test_a_dimension_of_paths_with_queries(label):
    """A custom dimension that holds the subject: query and fragment do not hide the plugin."""
    event = Event(AT, "u", label)
    for dimension in (
        SegmentDimension("customEvent:c_pluginId", {}),
        RuleDimension(
            "customEvent:c_pluginId", (PathRule("/docs/", "docs"), PathRule("/docs/deep/", "deep")), {}
        ),
    ):
        assert_exact(dimension, event, label, ["/docs", "/docs/deep/y"])
