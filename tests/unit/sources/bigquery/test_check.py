"""What `check` says of a property's export."""

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from plugin_digest.errors import Rejected
from plugin_digest.sources.bigquery import BigQuerySource
from unit.sources.bigquery.fake_bigquery import DATASET, PROJECT, Refused
from unit.sources.bigquery.portal import Event, day_tables, request

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
EVENTS = [
    Event(NOON),
    Event(NOON, browser="2.2", name="navigate", plugin="Catalog"),
    Event(NOON, plugin="catalog"),
    Event(NOON, plugin=None),
    Event(NOON.replace(day=10)),
]


def test_check_tells_the_days_the_cost_and_what_the_newest_day_holds(serve, read):
    """One line each: what was reached, what a week reads, and which plugins were found."""
    server = serve(day_tables(EVENTS))
    reached, cost, newest = read(server, maximum_bytes_billed=2_500_000_000).check()
    assert reached == (
        "acme-analytics.analytics_123456789, read by the environment: "
        "2 daily tables of 2026-11-10 to 2026-11-11"
    )
    assert cost == "a week's query reads 5 kB; it may read 2.5 GB (source.maximum_bytes_billed)"
    assert newest == (
        "2026-11-11: 4 views by 2 users (user_pseudo_id) of 2 plugins (c_pluginId); "
        "most viewed: catalog 2, jenkins 1"
    )
    assert server.calls[:3] == ["tables", "dry run", "insert"]


def test_check_says_what_to_change_where_no_view_names_a_plugin(serve, read):
    """The wrong parameter, or none sent: the line names the keys of the portal's app-config."""
    server = serve(day_tables([Event(NOON)]))
    lines = read(server, plugin_parameter="c_plugin", user="user_id").check()
    assert "nothing limits it" in lines[1]
    assert "of 0 plugins (c_plugin); most viewed: none" in lines[2]
    assert "no view names its plugin in c_plugin: in the portal's app-config put pluginId into" in lines[3]
    assert lines[4] == "no view has a user_id: users will not be available"


def test_check_lists_all_tables_over_many_pages(serve, read):
    """A dataset holds years of tables; those that are not the events' are passed over."""
    tables = day_tables([Event(NOON.replace(day=day)) for day in range(1, 12)])
    tables["intraday_20261112"] = [Event(NOON.replace(day=12))]
    server = serve(tables)
    assert (
        read(server)
        .check()[0]
        .endswith(
            "11 daily tables of 2026-11-01 to 2026-11-11 and 1 intraday table of 2026-11-12 to 2026-11-12"
        )
    )
    assert server.calls.count("tables") == 3


def test_check_of_a_streaming_export_says_that_it_is_never_final(serve, read):
    """Without the daily export the intraday tables stay; a day without views is told as such."""
    server = serve({"intraday_20261111": [Event(NOON, name="click")]})
    lines = read(server).check()
    assert "switch the daily export on, the intraday one is never final" in lines[0]
    assert lines[2] == "2026-11-11 has no page_view or navigate event"


def test_check_refuses_what_a_pull_would_refuse(serve, read):
    """A limit that a week exceeds is known before the first Monday, and the check reads nothing."""
    server = serve(day_tables(EVENTS))
    with pytest.raises(Rejected, match="allows 10; nothing was read"):
        read(server, maximum_bytes_billed=10).check()
    assert server.calls == ["tables", "dry run"]


def test_check_says_where_the_limit_is_too_low_for_new_users(serve, read):
    """Who set a limit before learns why new users are missing, and by which setting."""
    server = serve(day_tables(EVENTS))
    assert read(server, maximum_bytes_billed=100_000_000).check()[1] == (
        "a week's query reads 5 kB; it may read 100 MB (source.maximum_bytes_billed), too little for the "
        "four weeks before it, so there are no new users"
    )


def test_an_unknown_dataset_is_told_with_how_ga4_names_it(serve, read):
    """404: the dataset's name and location are the usual faults."""
    with pytest.raises(Rejected, match="GA4 names it analytics_ and the property id"):
        read(serve(day_tables(EVENTS)), dataset="analytics_1").check()


@pytest.fixture
def keyed(serve, tmp_path):
    """A server, and a source that reads it with a service account's key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    server = serve(day_tables(EVENTS), public)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    info = {
        "type": "service_account",
        "private_key_id": "k",
        "private_key": private.decode(),
        "client_email": "digest@acme-analytics.iam.gserviceaccount.com",
        "token_uri": f"{server.url}/token",
    }
    path = tmp_path / "key.json"
    path.write_text(json.dumps(info), encoding="utf-8")
    return server, BigQuerySource(PROJECT, DATASET, credentials_file=path, endpoint=server.url)


def test_a_service_accounts_key_is_used(keyed):
    """credentials_file fetches a token for BigQuery's scope, and check names the account."""
    server, source = keyed
    assert "read by digest@acme-analytics.iam.gserviceaccount.com" in source.check()[0]
    assert len(source.pull(request())) == 1
    assert server.authorizations == {"Bearer the-token"}
    assert {token["scope"] for token in server.tokens} == {"https://www.googleapis.com/auth/bigquery"}


def test_a_refused_token_names_the_account(keyed):
    """401 stays after a new token was fetched: the account is not one that Google still knows."""
    server, source = keyed
    server.meddle = lambda name, answer: Refused(401, "authError", "Invalid Credentials").fault
    with pytest.raises(Rejected) as refused:
        source.pull(request())
    assert str(refused.value) == (
        "BigQuery does not accept the credentials of digest@acme-analytics.iam.gserviceaccount.com "
        "(Invalid Credentials)"
    )
