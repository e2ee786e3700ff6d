"""What the page on the ``sql`` source tells people to do works."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from plugin_digest.errors import Rejected
from plugin_digest.sources.database import SqlSource
from unit.sources.sql.portal_events import COLUMNS, WEEKS, count_by_hand, figures_of, make_events, request
from unit.sources.sql.portal_events import write_table as write

PAGE = (Path(__file__).parents[4] / "docs" / "sources" / "sql.md").read_text(encoding="utf-8")


def _blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_are_taken_as_they_stand():
    """Every example is a source, but for a dialect that is not installed here."""
    examples = [yaml.safe_load(block)["source"] for block in _blocks("yaml")]
    assert len(examples) == 3
    for example in examples:
        assert example.pop("type") == "sql"
        assert SqlSource(**example).name == "sql"


def test_every_setting_is_explained():
    """The table of keys holds each argument of the source."""
    arguments = SqlSource.__init__.__annotations__.keys() - {"return"}
    explained = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert arguments <= explained


@pytest.fixture
def role_gone(postgres_url):
    """Removes the role afterwards, which belongs to the whole server."""
    yield
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP ROLE plugin_digest")


def test_the_least_rights_are_enough_and_no_more(role_gone, insights_url):
    """With the GRANTs of the page the preset reads its figures, and can neither write nor read more."""
    columns = {field: name for field, name in COLUMNS.items() if field != "session"} | {"session": "context"}
    write(insights_url, make_events(count=500), "timestamptz", columns=columns)
    admin = sa.create_engine(insights_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    try:
        with admin.connect() as connection:
            for statement in _blocks("sql")[0].strip().split("\n"):
                connection.exec_driver_sql(statement)
        own = sa.make_url(insights_url).set(username="plugin_digest").render_as_string(hide_password=False)
        asked = request(WEEKS[:1])
        assert SqlSource(own, preset="adoption_insights").pull(asked)[0].portal.views
        with pytest.raises(Rejected, match="permission denied"):
            SqlSource(own, preset="adoption_insights", columns={"session": "context"}).check()
        engine = sa.create_engine(own, poolclass=sa.NullPool)
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="read-only"):
            connection.exec_driver_sql("DELETE FROM events")
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql("DROP OWNED BY plugin_digest")


def test_the_preset_ignores_what_it_does_not_need(insights_url):
    """Equal events in different sessions are one: the preset knows no session."""
    events, asked = make_events(count=500), request(WEEKS[:1])
    write(insights_url, events, "timestamptz")
    same = [type(e)(e.time, e.action, e.plugin, e.path, e.user, "") for e in events]
    snapshots = SqlSource(insights_url, preset="adoption_insights").pull(asked)
    assert [figures_of(s) for s in snapshots] == list(count_by_hand(same, asked).values())
