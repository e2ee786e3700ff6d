"""Two ids side by side: how alike they are, and which are never taken for one another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_digest.ownership.likeness import Strength, compare


@pytest.mark.parametrize(
    ("seen", "written"),
    [
        ("azureDevOps", "azure-devops"),
        ("azuresites", "azure-sites"),
        ("bitbucket-pullrequests", "bitbucket-pull-requests"),
        ("tech_radar", "tech-radar"),
        ("v1.2-radar", "v1-2radar"),
    ],
)
def test_punctuation_is_the_strongest_likeness(seen, written):
    """Hyphens, dots, underscores and case say nothing about which plugin an id is."""
    likeness = compare(seen, written)
    assert likeness is not None
    assert (likeness.strength, likeness.text) == (Strength.PUNCTUATION, "the same but for punctuation")


@pytest.mark.parametrize("same", [("puppetDb", "puppetdb"), ("flux", " Flux "), ("", "")])
def test_equal_ids_are_not_alike(same):
    """Ids are compared without case and surrounding blanks anyway: there is nothing to say."""
    assert compare(*same) is None


@pytest.mark.parametrize(
    ("seen", "written", "text"),
    [
        ("mend-plugin", "mend", "the same but for 'plugin'"),
        ("apiiro-plugin", "apiiro", "the same but for 'plugin'"),
        ("mta", "mta-frontend", "the same but for 'frontend'"),
        ("jira", "backstage-plugin-jira", "the same but for 'backstage' and 'plugin'"),
        ("aws-frontend", "backstage-plugin-aws", "the same but for 'backstage' and 'frontend' and 'plugin'"),
        (
            "dynamic-home-page",
            "@red-hat-developer-hub/backstage-plugin-dynamic-home-page",
            "the same but for '@red-hat-developer-hub/' and 'backstage' and 'plugin'",
        ),
        ("plugin-mend", "mend-plugin", "the same but for the order of its words"),
    ],
)
def test_words_that_tell_nothing_make_ids_likely(seen, written, text):
    """An id with a word like plugin more than the other's, or a package's whole name, may be the other's."""
    likeness = compare(seen, written)
    assert likeness is not None
    assert (likeness.strength, likeness.text) == (Strength.FILLERS, text)


@pytest.mark.parametrize(
    ("seen", "written", "text"),
    [
        ("weaveworks-flux", "flux", "weaveworks-flux ends with flux"),
        ("azure-storage", "azure-storage-explorer", "azure-storage-explorer begins with azure-storage"),
        ("cost-insights-plugin", "cost", "cost-insights begins with cost"),
    ],
)
def test_a_part_is_the_weakest_likeness(seen, written, text):
    """An id that begins or ends with all words of the other may be the other's, or a sibling."""
    likeness = compare(seen, written)
    assert likeness is not None
    assert (likeness.strength, likeness.text) == (Strength.PART, text)


@pytest.mark.parametrize(
    ("seen", "written"),
    [
        ("kubernetes-cluster", "kubernetes"),
        ("kubernetes", "kubernetes-cluster"),
        ("catalog", "catalog-graph"),
        ("catalog-import", "catalog"),
        ("search-insights", "search"),
        ("search", "search-insights"),
        ("docs", "api-docs"),
        ("api-docs", "docs"),
        ("techdocs", "docs"),
        ("azure", "azuread"),
        ("radar-2-1", "radar-21"),
        ("radar-2--1", "radar-21"),
        ("code-insights", "backstage-plugin-github-insights"),
        ("plugin", "backstage-plugin-jira"),
        ("---", "..."),
        ("", "jenkins"),
    ],
)
def test_different_plugins_are_not_alike(seen, written):
    """Backstage's own plugins are no parts of one another, and a common word or ending is not enough."""
    assert compare(seen, written) is None


IDS = st.text(alphabet="ab1-_. @/é", max_size=8) | st.sampled_from(["flux", "mend-plugin", "azure-devops"])


@settings(max_examples=200)
@given(IDS, IDS)
def test_likeness_does_not_depend_on_the_side(one, other):
    """Two ids are as much alike the other way round."""
    there, back = compare(one, other), compare(other, one)
    assert (there and there.strength) == (back and back.strength)
