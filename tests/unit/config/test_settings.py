"""What ``digest.yaml`` may say, and the exact words about what it may not."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from plugin_digest import config
from plugin_digest.audience import Rules, portal_readers
from plugin_digest.deliver.message import Letterhead
from plugin_digest.errors import ConfigError
from plugin_digest.ownership import resolve
from plugin_digest.source_settings import RulesSettings
from plugin_digest.weeks import Timetable

ZONE = "timezone: Europe/Stockholm "
TIME = 'time: "09:00"'
URL = "url: https://backstage.acme.example "
STORE = "url: sqlite:///data/digest.db "
OUTBOX = "{type: outbox, path: outbox}"
EVENTS = "type: events                        # files of Backstage analytics events\n"
RECIPIENTS = "recipients: [portal-team@acme.example]"
REPLY_TO = "reply_to: portal-team@acme.example "
EXPECTED_URL = "expected sqlite:///path/to/file or postgresql+psycopg://user:password@host/database"
LIKE = "expected an address like team@acme.example"
FROM = 'from: "Developer Portal <portal@acme.example>"'

KINDS = "expected one of adoption_insights, events, ga4, ga4_bigquery, ga4_csv, matomo, package, sql"


def smtp(**keys):
    return OUTBOX, f"{{type: smtp, host: mail.acme.example{''.join(f', {k}: {v}' for k, v in keys.items())}}}"


def ga4(plugin_from):
    return EVENTS, f"type: ga4_csv\n  plugin_from: {plugin_from}\n"


def test_the_settings_of_the_issue_are_read_whole(files):
    """Every key of the example ends where the program reads it; paths are absolute from the file."""
    settings = files.settings()
    here = files.directory
    assert settings.portal.name == "Acme Developer Portal"
    assert settings.zone == ZoneInfo("Europe/Stockholm")
    assert settings.timetable == Timetable(settings.zone, "monday", "monday", dt.time(9))
    assert settings.source.path == f"{here}/data/events/*.ndjson.gz"
    assert settings.store.url == f"sqlite:///{here}/data/digest.db"
    assert settings.ownership[0].path == here / "teams.yaml"
    assert settings.mail.from_ == "Developer Portal <portal@acme.example>"
    assert settings.mail.reply_to == "portal-team@acme.example"
    assert settings.mail.transport.path == here / "outbox"
    assert settings.portal_team.recipients == ("portal-team@acme.example",)


def test_the_defaults_stand_where_nothing_is_said(files):
    """What the example leaves out has the values that its comments name."""
    settings = files.settings()
    assert settings.schedule.late_limit_hours == 144
    assert (settings.source.format, settings.source.max_unreadable_share) == ("auto", 0.01)
    assert settings.store.instance == "default"
    assert settings.mail.retry.delays_s == (30, 120, 300)
    assert (settings.digest.min_base, settings.digest.pages, settings.digest.send_empty) == (20, 5, False)
    assert settings.hold.missing_plugins_share == 0.33


def test_settings_cannot_be_changed(files):
    """Read once, the same for the whole run."""
    with pytest.raises(ValidationError, match="frozen"):
        files.settings().portal.name = "Other"


def test_all_problems_of_both_files_come_at_once(files):
    """One line each, with file, line and key; the exit code is 2."""
    files.change(
        (ZONE, "timezone: Europe/Stokholm "),
        (URL, "urll: https://backstage.acme.example "),
        (REPLY_TO, "reply_to: portal-team "),
        ("path: data/events/*.ndjson.gz ", "path: ${EVENTS}/*.gz "),
    )
    files.teams.write_text("teams:\n  ci:\n    recipients: [ci]\n    plugin: [x]\n", encoding="utf-8")
    assert files.problems() == [
        f"{files.at('portal:')}: portal.url: is missing, for example https://backstage.acme.example",
        f"{files.at('urll:')}: portal.urll: unknown key; did you mean 'url'?",
        (
            f"{files.at('timezone:')}: portal.timezone: 'Europe/Stokholm' is not a time zone; "
            "did you mean 'Europe/Stockholm'?"
        ),
        f"{files.at('${EVENTS}')}: source.path: the environment variable EVENTS is not set",
        f"{files.at('reply_to:')}: mail.reply_to: 'portal-team' has no domain: {LIKE}",
        f"teams.yaml:3: teams.ci.recipients[0]: 'ci' has no domain: {LIKE}",
        "teams.yaml:4: teams.ci.plugin: unknown key; did you mean 'plugins'?",
    ]
    with pytest.raises(ConfigError) as caught:
        config.load_all(files.digest, {})
    assert caught.value.exit_code == 2


def test_the_ownership_is_read_with_the_settings(files):
    """One call gives both."""
    settings, providers = config.load_all(files.digest, {})
    assert settings == config.load(files.digest, {})
    assert [team.key for team in resolve(providers, ()).teams] == ["ci-platform", "cloud"]


def test_a_missing_ownership_file_is_one_line(files):
    """It is named as the settings name it, from here."""
    files.teams.unlink()
    assert files.problems() == ["teams.yaml: there is no such file"]


def test_an_ownership_without_paths_is_told_about_itself_only(files):
    """What cannot be a path is not looked for."""
    files.change(
        ("- {type: file, path: teams.yaml}", "- {type: file, path: [teams.yaml]}\n  - {path: '${X}'}")
    )
    assert files.problems() == [
        f"{files.at('[teams.yaml]')}: ownership[0].path: expected a path, not a list",
        f"{files.at('${X}')}: ownership[1].path: the environment variable X is not set",
        (
            f"{files.at('${X}')}: ownership[1].type: is missing; expected one of app_config, "
            "catalog, file, repository"
        ),
    ]


def test_an_empty_section_is_one_without_keys(files):
    """A section whose keys are all commented out has its defaults; a needed one has no value."""
    files.change(("# hold:\n", "hold:\n"), ("portal_team:\n  recipients", "portal_team:\n  # recipients"))
    assert files.problems() == [f"{files.at('portal_team:')}: portal_team: has no value"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            ("portal:\n", "portals:\n"),
            ["portal: is missing", "portals: unknown key; did you mean 'portal'?"],
        ),
        (
            ("schedule:\n", "schedule:\n  hour: 9\n"),
            ["schedule.hour: unknown key; known here: day, time, late_limit_hours"],
        ),
        (
            (ZONE, "timezone: Stockholm "),
            [("portal.timezone: 'Stockholm' is not a time zone; did you mean 'Europe/Stockholm'?")],
        ),
        (
            (ZONE, "timezone: europe/stockholm "),
            [("portal.timezone: 'europe/stockholm' is not a time zone; did you mean 'Europe/Stockholm'?")],
        ),
        (
            (ZONE, "timezone: ../../etc/passwd "),
            [("portal.timezone: '../../etc/passwd' is not a time zone; expected one like Europe/Stockholm")],
        ),
        ((ZONE, "timezone: '' "), ["portal.timezone: is empty"]),
        (
            (ZONE, "timezone: 2 "),
            [("portal.timezone: '2' is not a time zone; expected one like Europe/Stockholm")],
        ),
        (
            ("week_starts_on: monday ", "week_starts_on: tuesday "),
            ["portal.week_starts_on: expected monday or sunday, not 'tuesday'"],
        ),
        (
            ("day: monday", "day: mon"),
            [
                (
                    "schedule.day: expected one of monday, tuesday, wednesday, thursday, friday, "
                    "saturday, sunday, not 'mon'"
                )
            ],
        ),
        (
            (TIME, "time: 24:00"),
            [("schedule.time: '24:00' is not a time of day; expected one like 09:00, up to 23:59")],
        ),
        (
            (TIME, "time: 9am"),
            [("schedule.time: '9am' is not a time of day; expected one like 09:00, up to 23:59")],
        ),
        (
            (TIME, "time: 32400"),
            [("schedule.time: '32400' is not a time of day; expected one like 09:00, up to 23:59")],
        ),
        ((TIME, "time: [9, 0]"), ["schedule.time: expected a time of day like 09:00, not a list"]),
        (
            ("# late_limit_hours: 144 ", "late_limit_hours: 0 "),
            ["schedule.late_limit_hours: expected more than 0, not '0'"],
        ),
        (
            ("# late_limit_hours: 144 ", "late_limit_hours: 1.5 "),
            ["schedule.late_limit_hours: expected a whole number, not '1.5'"],
        ),
        (
            ("name: Acme Developer Portal ", 'name: "Acme\\nBcc: x@y.example" '),
            ["portal.name: 'Acme\\nBcc: x@y.example' holds a line break or another control character"],
        ),
        (
            ("name: Acme Developer Portal ", "name: "),
            [("portal.name: has no value, for example Acme Developer Portal")],
        ),
        (("name: Acme Developer Portal ", "name: ' ' "), ["portal.name: is empty"]),
        (("name: Acme Developer Portal ", "name: {a: b} "), ["portal.name: expected text, not a section"]),
        (
            (EVENTS, "kind: events\n"),
            [f"source.type: is missing; {KINDS}"],
        ),
        (
            (EVENTS, "type: [events]\n"),
            [f"source.type: {KINDS}, not a list"],
        ),
        (
            (EVENTS, "type: event\n"),
            [f"source.type: {KINDS}, not 'event'"],
        ),
        (
            ("# max_unreadable_share: 0.01 ", "max_unreadable_share: 1% "),
            ["source.max_unreadable_share: expected a number, not '1%'"],
        ),
        (
            ("# max_unreadable_share: 0.01 ", "max_unreadable_share: 2 "),
            ["source.max_unreadable_share: expected at most 1, not '2'"],
        ),
        (
            ("# max_unreadable_share: 0.01 ", "max_unreadable_share: nan "),
            ["source.max_unreadable_share: expected a number, not 'nan'"],
        ),
        (
            ("# quiet_days: [] ", "quiet_days: saturday "),
            ["source.quiet_days: expected a list, like [one, two], not 'saturday'"],
        ),
        (
            ("# columns: {} ", "columns: {user_name: x} "),
            ["source.columns.user_name: unknown key; did you mean 'user'?"],
        ),
        (
            ("path: data/events/*.ndjson.gz ", "path: s3://bucket/*.gz "),
            [("source.path: 's3://bucket/*.gz' is not a path on this machine")],
        ),
        (
            ("path: data/events/*.ndjson.gz ", "path: ~/events/*.gz "),
            [
                (
                    "source.path: '~/events/*.gz' begins with "
                    "~, which only a shell understands: write ${HOME} instead"
                )
            ],
        ),
        (("path: data/events/*.ndjson.gz ", "path: '' "), ["source.path: is empty"]),
        (
            ("- {type: file, path: teams.yaml}", "{type: file, path: teams.yaml}"),
            ["ownership: expected a list, like [one, two], not a section"],
        ),
        (("\n  - {type: file, path: teams.yaml}", " []"), ["ownership: expected at least one item"]),
        (
            ("{type: file, path: teams.yaml}", "{type: ldap, path: teams.yaml}"),
            ["ownership[0].type: expected one of app_config, catalog, file, repository, not 'ldap'"],
        ),
        (
            (RECIPIENTS, "recipients: [portal-team@acme.example, '']"),
            ["portal_team.recipients[1]: is empty: expected an address like team@acme.example"],
        ),
        ((RECIPIENTS, "recipients: []"), ["portal_team.recipients: expected at least one item"]),
        (
            (RECIPIENTS, "recipients: a@acme.example"),
            ["portal_team.recipients: expected a list, like [one, two], not 'a@acme.example'"],
        ),
        (
            (FROM, "from: Portal <portal>"),
            ["mail.from: 'Portal <portal>' has no domain: expected an address like team@acme.example"],
        ),
        (
            (FROM, "from: a@acme.example, P <b@acme.example>"),
            ["mail.from: 'a@acme.example, P <b@acme.example>' holds more than one address: expected one"],
        ),
        (
            (FROM, "sender: a@acme.example"),
            [
                "mail.from: is missing, for example Developer Portal <portal@acme.example>",
                (
                    "mail.sender: unknown key; known here: from, reply_to, transport, rate_per_minute, "
                    "retry, allowed_domains, combine, co_owners"
                ),
            ],
        ),
        (
            (FROM, "from_: a@acme.example"),
            [
                ("mail.from: is missing, for example Developer Portal <portal@acme.example>"),
                "mail.from_: unknown key; did you mean 'from'?",
            ],
        ),
        ((OUTBOX, "outbox"), ["mail.transport: expected a section, like key: value, not 'outbox'"]),
        ((OUTBOX, "{type: sendmail}"), ["mail.transport.type: expected outbox or smtp, not 'sendmail'"]),
        ((OUTBOX, "{type: outbox}"), ["mail.transport.path: is missing, for example outbox"]),
        (
            ("# rate_per_minute: 25 ", "rate_per_minute: -1 "),
            ["mail.rate_per_minute: expected at least 0, not '-1'"],
        ),
        (
            ("# retry: {delays_s: [30, 120, 300]} ", "retry: {delays_s: [30, soon]} "),
            ["mail.retry.delays_s[1]: expected a whole number, not 'soon'"],
        ),
        (
            ("# digest:\n", "digest: {send_empty: maybe}\n"),
            ["digest.send_empty: expected true or false, not 'maybe'"],
        ),
        (
            ("# instance: default ", "instance: a b "),
            [
                (
                    "store.instance: 'a b' is not a plain name: expected ASCII "
                    "letters, digits, dots, hyphens and underscores, at most 64, a letter or digit first"
                )
            ],
        ),
        (ga4("segment"), ["source.plugin_from: expected first_path_segment or dimension, not 'segment'"]),
        (ga4("[a]"), ["source.plugin_from: expected first_path_segment or dimension, not a list"]),
        (ga4("{rules: []}"), ["source.plugin_from.rules: expected at least one item"]),
        (
            ga4("{rules: [{prefix: a/}]}"),
            [
                "source.plugin_from.rules[0].prefix: 'a/' does not begin with /",
                "source.plugin_from.rules[0].plugin: is missing, for example catalog",
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_key_and_what_would_be_right(files, change, fault):
    """Each is one line, and nothing else is told beside it."""
    assert files.faults(change) == fault


def test_a_directory_of_time_zones_is_none(files):
    """Where the system keeps Europe's zones is no zone, and no crash."""
    (fault,) = files.faults((ZONE, "timezone: Europe "))
    assert fault.startswith("portal.timezone: 'Europe' is not a time zone; ")


@pytest.mark.parametrize(
    ("written", "time"), [("09:00", (9, 0)), ("9:05", (9, 5)), ("'17:30'", (17, 30)), ("00:00", (0, 0))]
)
def test_a_time_of_day_needs_no_quotes(files, written, time):
    """YAML 1.1 would read 17:30 as the number 1050."""
    files.change((TIME, f"time: {written}"))
    assert files.settings().schedule.time == dt.time(*time)


def test_day_names_may_be_written_in_any_case(files):
    """Monday is monday."""
    files.change(("day: monday", "day: Friday"), ("week_starts_on: monday ", "week_starts_on: Sunday "))
    settings = files.settings()
    assert (settings.timetable.day, settings.timetable.week_starts_on) == ("friday", "sunday")


def test_numbers_may_come_from_the_environment(files):
    """${NAME} stands for any kind of value."""
    files.change(("# digest:\n#   min_base: 20 ", "digest:\n  min_base: ${BASE} "))
    assert files.settings(BASE="30").digest.min_base == 30
    assert files.problems(BASE="many") == [
        f"{files.at('${BASE}')}: digest.min_base: expected a whole number, not '${{BASE}}'"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "backstage.acme.example", "ftp://backstage.acme.example", "https://", "https:///x",
        "https://a b.example",
        "https://acme.example:port", "https://acme_portal.example", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_a_portal_url_that_is_none_is_refused(files, url):
    """Links in mails need a scheme and a host."""
    assert files.faults((URL, f"url: '{url}' ")) == [
        "portal.url: expected a URL like https://backstage.acme.example"
    ]


def test_a_portal_url_is_the_start_of_links(files):
    """User names and query strings are refused, a slash at the end is dropped."""
    files.change((URL, "url: ${PORTAL} "))
    assert files.settings(PORTAL="https://acme.example:8443/portal/").portal.url == (
        "https://acme.example:8443/portal"
    )
    place = files.at("${PORTAL}")
    assert files.problems(PORTAL="https://me:hunter2@acme.example") == [
        f"{place}: portal.url: holds a user name, which would be mailed to every recipient"
    ]
    assert files.problems(PORTAL="https://acme.example/?a=b") == [
        f"{place}: portal.url: ends in a ? or # part; expected only the start of the portal's URLs"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://backstage.acme.example/x",
        "http://localhost:3000",
        "http://10.0.0.1",
        "https://bücher.example",
    ],
)
def test_a_portal_url_that_is_accepted_suits_every_mail(files, url):
    """The List-Id is made of its host."""
    files.change((URL, f"url: {url} "))
    mail = files.settings().mail
    Letterhead(mail.from_, mail.reply_to, "Acme digest", files.settings().portal.url)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("sqlite:///data/digest.db", "sqlite:///{here}/data/digest.db"),
        ("sqlite:////var/lib/digest.db", "sqlite:////var/lib/digest.db"),
        ("postgresql+psycopg://u:p@db/digest", "postgresql+psycopg://u:p@db/digest"),
        ("postgresql://u:p%2F@db:5432/digest", "postgresql+psycopg://u:p%2F@db:5432/digest"),
        ("postgres://db/digest?sslmode=require", "postgresql+psycopg://db/digest?sslmode=require"),
        ("postgresql:///digest?host=/run/postgresql", "postgresql+psycopg:///digest?host=/run/postgresql"),
    ],
)
def test_a_store_url_is_made_absolute_and_gets_the_driver(files, written, read):
    """SQLite files lie beside the configuration; PostgreSQL's usual URLs work as they are."""
    files.change((STORE, f"url: {written} "))
    assert files.settings().store.url == read.format(here=files.directory)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mysql://me:hunter2@db/x", EXPECTED_URL),
        ("postgresql+psycopg2://me:hunter2@db/x", EXPECTED_URL),
        ("data/hunter2.db", EXPECTED_URL),
        ("postgresql://me:hunter2/5@db/x", ("its port is not a number; "
         "in a password, characters like / : @ are percent-encoded")),
        ("sqlite://", "names no file to keep the figures in; expected sqlite:///data/digest.db"),
        ("sqlite:///:memory:", "names no file to keep the figures in; expected sqlite:///data/digest.db"),
        ("sqlite://data/hunter2.db", "names no file to keep the figures in; expected sqlite:///data/digest.db"),
    ],
)  # fmt: skip
def test_a_store_url_that_cannot_be_used_is_never_shown(files, url, fault):
    """It may hold a password."""
    assert files.faults((STORE, f"url: '{url}' ")) == [f"store.url: {fault}"]


def test_the_store_url_is_not_in_the_settings_text(files):
    """Logging the settings gives no password away."""
    files.change((STORE, "url: postgresql://me:hunter2@db/x "))
    assert "hunter2" not in f"{files.settings()!r} {files.settings()}"


def test_brackets_in_a_directory_name_are_no_pattern(files, tmp_path):
    """The files are found although the directory's name looks like a glob."""
    odd = tmp_path / "acme [prod]*"
    (odd / "data/events").mkdir(parents=True)
    (odd / "data/events/a.ndjson.gz").touch()
    for name in ("digest.yaml", "teams.yaml"):
        (odd / name).write_bytes((tmp_path / name).read_bytes())
    found = list(Path("/").glob(config.load(odd / "digest.yaml", {}).source.path.removeprefix("/")))
    assert found == [odd / "data/events/a.ndjson.gz"]


def test_flat_tables_name_their_columns(files):
    """Only what is given is handed on."""
    files.change(("# columns: {} ", "columns: {time: created_at, action: =navigate} "))
    assert files.settings().source.columns.named == {"time": "created_at", "action": "=navigate"}


def test_google_exports_are_mapped_by_word_or_by_rules(files):
    """All three shapes of plugin_from."""
    original = files.digest.read_text(encoding="utf-8")
    for word in ("first_path_segment", "dimension"):
        files.digest.write_text(original, encoding="utf-8")
        files.change(ga4(word))
        assert files.settings().source.plugin_from == word
    files.digest.write_text(original, encoding="utf-8")
    files.change(ga4("{rules: [{prefix: /analysis-v2/, plugin: analysis-v2}, {prefix: /1, plugin: 404}]}"))
    mapping = files.settings().source.plugin_from
    assert isinstance(mapping, RulesSettings)
    assert [(rule.prefix, rule.plugin) for rule in mapping.rules] == [
        ("/analysis-v2/", "analysis-v2"),
        ("/1", "404"),
    ]


def test_an_outbox_is_not_slowed_down(files):
    """Only a mail server has a rate by default; whoever names one gets it."""
    assert files.settings().mail.rate_per_minute == 0
    files.change(smtp())
    assert files.settings().mail.rate_per_minute == 25
    files.change(("# rate_per_minute: 25 ", "rate_per_minute: 0 "))
    assert files.settings().mail.rate_per_minute == 0


def test_portal_recipients_that_repeat_are_kept_to_be_told_of(files):
    """matomo-org/matomo#14474: an address that differs in case and blanks is written to once, and shown."""
    files.change((RECIPIENTS, "recipients: [A@acme.example, ' a@Acme.example ', b@acme.example]"))
    portal_team = files.settings().portal_team
    assert portal_team.recipients == ("A@acme.example", "a@Acme.example", "b@acme.example")
    assert [reader.left_out for reader in portal_readers(portal_team.recipients, Rules(), ())] == [
        "",
        "duplicate of A@acme.example",
        "",
    ]
