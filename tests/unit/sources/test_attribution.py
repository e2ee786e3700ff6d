"""Which plugin a view belongs to."""

import pytest

from plugin_digest.sources.attribution import PathRule, attribute_id, attribute_path, match_rule, strip_query


@pytest.mark.parametrize(
    ("reported", "plugin"),
    [
        ("Catalog", "catalog"),
        (" tech-docs ", "tech-docs"),
        ("azureDevOps", "azure-devops"),
        ("root", None),
        ("APP", None),
        ("", None),
        (None, None),
        ("(not set)", None),
        ("legacy", None),
        ("shell", "app-shell"),
    ],
)
def test_ids_are_compared_without_case_and_through_aliases(reported, plugin):
    """An alias may join two ids, name a plugin for a pseudo id, or send an id to nobody."""
    aliases = {"azuredevops": "azure-devops", "legacy": "root", "shell": "app-shell"}

    assert attribute_id(reported, aliases) == plugin


@pytest.mark.parametrize(
    ("path", "plugin"),
    [("/docs/a", "docs"), ("/docs", "docs"), ("//docs", "docs"), ("/", None), ("", None), ("/App/x", None)],
)
def test_the_first_segment_names_the_plugin(path, plugin):
    """The bare / belongs to no plugin."""
    assert attribute_path(path, "first_path_segment", {}) == plugin


@pytest.mark.parametrize(
    ("path", "plugin"),
    [("/a/b/c", "long"), ("/a/x", "short"), ("/a", "short"), ("/A/B/", "long"), ("/ab", None), ("/", None)],
)
def test_the_longest_prefix_wins_whatever_the_order(path, plugin):
    """Rules are compared by length; a prefix that ends in a slash takes whole segments only."""
    rules = [PathRule("/a/", "short"), PathRule("/a/b/", "long")]

    assert match_rule(path, rules) == match_rule(path, rules[::-1]) == plugin


def test_a_path_is_without_query_and_fragment():
    """Whichever comes first."""
    assert [strip_query(a) for a in ("/a?b#c", "/a#b?c", "/a", "?x")] == ["/a", "/a", "/a", ""]
