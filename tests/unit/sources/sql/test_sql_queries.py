"""Figures by the portal team's own queries."""

import pytest

from plugin_digest.errors import Malformed, Rejected
from plugin_digest.model import Absent, NoteKind, Page, Status, Usage
from plugin_digest.sources.database import SqlSource
from unit.sources.sql.portal_events import (
    ALIASES,
    COLUMNS,
    TEAMS,
    WEEKS,
    count_by_hand,
    figures_of,
    make_events,
    request,
    write_table,
)

SPAN = "created_at >= :from AND created_at < :to"
VIEWS = f"(SELECT DISTINCT * FROM events WHERE action = 'navigate' AND {SPAN}) AS v"
USERS = "count(DISTINCT nullif(user_ref, '')) AS users"
CANONICAL = (
    "CASE lower(trim(plugin_id)) WHEN 'azuredevops' THEN 'azure-devops' WHEN 'app' THEN 'shell' "
    "ELSE lower(trim(plugin_id)) END"
)
QUERIES = {
    "plugins": (
        f"SELECT nullif(nullif(nullif(p, ''), 'root'), '(not set)') AS plugin, count(*) AS views, {USERS} "
        f"FROM (SELECT {CANONICAL} AS p, v.user_ref FROM {VIEWS}) AS w GROUP BY 1"
    ),
    "portal": f"SELECT count(*) AS Views, {USERS} FROM {VIEWS}",
    "team": f"SELECT count(*) AS views, {USERS} FROM {VIEWS} WHERE lower(trim(plugin_id)) IN :plugins",
    "events": f"SELECT count(*) AS events FROM events WHERE {SPAN}",
}
JUST_PLUGINS = {
    "plugins": f"SELECT plugin_id AS plugin, count(*) AS views, {USERS} FROM {VIEWS} GROUP BY plugin_id"
}
FORMS = [
    ("postgresql", "timestamptz"),
    ("sqlite", "iso_text"),
    ("duckdb", "timestamptz"),
    ("sqlite", "epoch_ms"),
]


def _source(url, queries=QUERIES, **settings):
    return SqlSource(url, queries=queries, **settings)


@pytest.mark.parametrize(("dialect", "form"), FORMS)
def test_own_queries_give_the_figures_of_a_count_by_hand(engines, dialect, form):
    """With all queries given everything but the pages is as exact as from a table."""
    url, events, asked = engines(dialect), make_events(), request(pages_per_plugin=0)
    write_table(url, events, form)
    settings = {"time_format": form} if form == "epoch_ms" else {}
    snapshots = _source(url, **settings).pull(asked)
    assert {s.week: figures_of(s) for s in snapshots} == count_by_hand(events, asked)
    assert {s.status for s in snapshots} == {Status.FINAL}


def test_users_that_no_query_counts_are_not_available(engines):
    """Neither plugins nor teams nor days are added up to users (plausible/analytics#1444)."""
    url, events, asked = engines("duckdb"), make_events(), request(WEEKS[:1], pages_per_plugin=0)
    write_table(url, events, "timestamptz")
    snapshot = _source(url, JUST_PLUGINS).pull(asked)[0]
    portal, unattributed, plugins, teams, _ = count_by_hand(events, asked)[WEEKS[0]]
    gone = Absent.NOT_AVAILABLE
    assert snapshot.portal == Usage(portal[0], gone)
    assert snapshot.unattributed == Usage(unattributed[0], gone)
    assert snapshot.plugins["catalog"] == Usage(*plugins["catalog"])
    assert snapshot.plugins["jenkins"] == Usage(plugins["jenkins"][0], gone), "three spellings, three counts"
    assert snapshot.teams["ci"].usage == Usage(teams["ci"][0], gone)
    assert snapshot.teams["idle"].usage == snapshot.teams["empty"].usage == Usage(0, 0)
    assert NoteKind.NOT_AVAILABLE in {note.kind for note in snapshot.notes}


def test_a_team_of_one_plugin_has_its_users(engines):
    """Where only one of a team's plugins was viewed its users are the team's."""
    url, events = engines("sqlite"), [e for e in make_events() if e.plugin == "catalog"]
    write_table(url, events, "iso_text")
    asked = request(WEEKS[:1], teams={"owners": frozenset({"catalog", "unused"})}, pages_per_plugin=0)
    snapshot = _source(url, JUST_PLUGINS).pull(asked)[0]
    assert snapshot.teams["owners"].usage == snapshot.plugins["catalog"]
    assert snapshot.teams["owners"].usage.users != Absent.NOT_AVAILABLE


def test_pages_are_ranked_and_cut(engines):
    """The most viewed pages come first, without those of no plugin; users may be left out."""
    url, events = engines("sqlite"), make_events()
    write_table(url, events, "iso_text")
    counted = "plugin_id AS plugin, coalesce(subject, '') AS path, count(*) AS views"
    pages = f"SELECT {counted} FROM {VIEWS} GROUP BY 1, 2"
    asked = request(WEEKS[:1], pages_per_plugin=2)
    snapshot = _source(url, {**QUERIES, "pages": pages}).pull(asked)[0]
    top = snapshot.pages["catalog"]
    assert len(top) == 2
    assert isinstance(top[0].views, int)
    assert isinstance(top[1].views, int)
    assert top[0].views >= top[1].views
    assert {page.users for page in top} == {Absent.NOT_AVAILABLE}
    assert all(isinstance(page, Page) and page.path for page in top)
    assert not snapshot.pages.keys() & {"root", "", "(not set)"}


def test_the_team_query_gets_every_id_that_analytics_may_report(engines):
    """``:plugins`` holds the team's plugins and what is aliased to them, in lower case."""
    url, events = engines("sqlite"), make_events()
    write_table(url, events, "iso_text")
    asked = request(WEEKS[:1], pages_per_plugin=0)
    assert {"azuredevops", "azure-devops", "jenkins"} == TEAMS["ci"] | {
        name for name, plugin in ALIASES.items() if plugin in TEAMS["ci"]
    }
    expected = count_by_hand(events, asked)[WEEKS[0]][3]["ci"]
    assert _source(url).pull(asked)[0].teams["ci"].usage == Usage(*expected)


def test_days_without_anything_are_found_without_a_query_for_them(engines):
    """Without ``events`` each local day is asked of ``portal`` or ``plugins``."""
    url = engines("sqlite")
    gap = WEEKS[0].days[3]
    write_table(url, [e for e in make_events() if e.time.date() != gap and e.time.hour < 21], "iso_text")
    for queries in (QUERIES, JUST_PLUGINS, {k: QUERIES[k] for k in ("plugins", "portal")}):
        snapshot = _source(url, queries).pull(request(WEEKS[:1], pages_per_plugin=0))[0]
        assert (snapshot.status, snapshot.missing_days) == (Status.INCOMPLETE, (gap,))
    quiet = _source(url, quiet_days={"thursday"}).pull(request(WEEKS[:1], pages_per_plugin=0))[0]
    assert quiet.status is Status.FINAL


def test_weeks_of_which_nothing_is_known_are_refused(engines):
    """None of the asked weeks is an error, one of them is left out."""
    url = engines("sqlite")
    write_table(url, make_events(), "iso_text")
    beyond = WEEKS[0].plus(-5)
    assert [s.week for s in _source(url).pull(request((beyond, WEEKS[0])))] == [WEEKS[0]]
    with pytest.raises(Rejected, match=r"source.queries: they give nothing for any day of 2026-W38"):
        _source(url).pull(request((beyond,)))


def test_check_runs_every_query_over_no_time(engines):
    """Missing columns and broken SQL show before Monday."""
    url = engines("postgresql")
    write_table(url, make_events(count=5), "timestamptz")
    assert _source(url).check()[-1] == "own queries can be run: plugins, portal, team, events"
    with pytest.raises(Rejected, match=r"source\.queries\.portal: must give a column views; it gives n"):
        _source(url, {**QUERIES, "portal": "SELECT 1 AS n WHERE :from < :to"}).check()
    with pytest.raises(Rejected, match="syntax error"):
        _source(url, {"plugins": "SELEKT :from, :to"}).check()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"queries": {"portal": "SELECT :from, :to"}}, "the query for plugins is missing"),
        ({"queries": {"plugins": "SELECT :from"}}, "source.queries.plugins: must use :to"),
        ({"queries": {"plugins": "SELECT 1"}}, "must use :from and :to"),
        ({"queries": {"plugins": "SELECT :from :to :zone"}}, "there is no parameter :zone"),
        ({"queries": {"plugins": "SELECT :from :to :plugins"}}, "there is no parameter :plugins"),
        ({"queries": {**QUERIES, "team": "SELECT :from :to"}}, "source.queries.team: must use :plugins"),
        ({"queries": {**QUERIES, "days": ""}}, "'days' is no figure; they are plugins, portal, team"),
        ({"queries": QUERIES, "table": "events"}, "source.queries: stands alone"),
        ({"queries": QUERIES, "exclude_users": ["x"]}, "source.queries: stands alone"),
        ({}, "source: name a table, a preset or queries"),
        ({"preset": "nonsense"}, "source.preset: 'nonsense' is not known"),
        ({"table": "t"}, "name the column that holds time and action and plugin; if every row is a view"),
        ({"table": "t", "columns": {**COLUMNS, "when": "x"}}, "'when' is no field; the fields are time"),
        (
            {"table": "t", "columns": {**COLUMNS, "action": "=click"}},
            "only action can be a constant, and that is '=navigate'",
        ),
        ({"table": "t", "columns": {**COLUMNS, "user": "=me"}}, "source.columns.user: '=me' names no column"),
        ({"table": "t", "columns": COLUMNS, "quiet_days": ["sonntag"]}, "'sonntag' is no weekday"),
        ({"table": "t", "columns": COLUMNS, "exclude_users": ["[ab]*"]}, "a database knows * and ?"),
        (
            {"table": "t", "columns": {k: k for k in ("time", "action", "plugin")}, "exclude_users": ["x"]},
            "source.exclude_users: needs the column that holds users",
        ),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings, expected):
    """Each is one line that names the key and what would be right, before anything is read."""
    with pytest.raises(Rejected) as refused:
        SqlSource("sqlite://", **settings)
    assert expected in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("query", "kind", "expected"),
    [
        (
            "SELECT 'x' AS plugin, 'many' AS views",
            Malformed,
            "plugins: views must be a whole number, not str",
        ),
        ("SELECT 'x' AS plugin, NULL AS views", Malformed, "views must be a whole number, not NoneType"),
        ("SELECT 'x' AS plugin, -1 AS views", Malformed, "views must be a whole number"),
        ("SELECT 'x' AS plugin, 1.5 AS views", Malformed, "views must be a whole number"),
        ("SELECT 7 AS plugin, 1 AS views", Malformed, "plugins: plugin must be text, not int"),
        (
            "SELECT 'x' AS name, 1 AS views",
            Rejected,
            "plugins: must give a column plugin; it gives name, views",
        ),
        ("SELECT 'x' AS plugin", Rejected, "must give a column views"),
    ],
)
def test_what_is_no_figure_is_refused(query, kind, expected):
    """A query that gives something else ends the pull, and nothing is guessed."""
    with pytest.raises(kind) as refused:
        _source("sqlite://", {"plugins": f"{query} WHERE :from < :to"}).pull(request())
    assert expected in str(refused.value)


def test_a_query_for_one_row_must_give_one():
    """No row and two rows for the portal are no figure."""
    for rows in ("SELECT 1 AS views WHERE 1 = 0", "SELECT 1 AS views UNION ALL SELECT 2"):
        portal = f"SELECT * FROM ({rows}) AS r WHERE :from < :to"
        with pytest.raises(Malformed, match=r"source\.queries\.portal: expected one row, got"):
            _source("sqlite://", {**JUST_PLUGINS, "portal": portal}).pull(request())


def test_whole_numbers_of_any_type_are_figures(engines):
    """Databases give sums as decimals and floats."""
    query = "SELECT 'x' AS plugin, CAST(sum(3) AS {}) AS views, 2 AS users WHERE :from < :to"
    for url, kind in ((engines("postgresql"), "numeric"), ("duckdb://", "DOUBLE"), ("sqlite://", "REAL")):
        snapshot = _source(url, {"plugins": query.format(kind)}).pull(request(WEEKS[:1]))[0]
        assert snapshot.plugins == {"x": Usage(3, 2)}
