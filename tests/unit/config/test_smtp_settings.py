"""The mail server's settings: ports, credentials and secrets that are never shown."""

import traceback

import pytest

from plugin_digest import config
from plugin_digest.errors import ConfigError

OUTBOX = "{type: outbox, path: outbox}"
AT = "mail.transport"


def transport(files, **keys):
    given = {"host": "mail.acme.example", **keys}
    files.change((OUTBOX, f"{{type: smtp{''.join(f', {key}: {value}' for key, value in given.items())}}}"))


def faults(files, **environ):
    return [line.split(": ", 1)[1] for line in files.problems(**environ)]


def test_the_smtp_line_of_the_example_works_uncommented(files):
    """One line with ${SMTP_PASSWORD} inside braces is valid although YAML alone would not take it."""
    transport(
        files, host="smtp.acme.example", port=587, security="starttls", username="digest",
        password="${SMTP_PASSWORD}",
    )  # fmt: skip
    smtp = files.settings(SMTP_PASSWORD="hunter2").mail.transport
    assert (smtp.host, smtp.port, smtp.security) == ("smtp.acme.example", 587, "starttls")
    assert (smtp.username, smtp.secret, smtp.timeout_s) == ("digest", "hunter2", 30)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_goes_with_the_security(files, security, port):
    """Unless it is given."""
    transport(files, security=security)
    assert files.settings().mail.transport.port == port


def test_a_server_without_credentials_needs_none(files):
    """A relay in the own network."""
    transport(files, security="none", port=2525)
    smtp = files.settings().mail.transport
    assert (smtp.username, smtp.secret, smtp.port) == (None, None, 2525)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_password_may_come_from_a_mounted_file(files, ending):
    """The line end that tools write after it is no part of it; blanks are."""
    (files.directory / "secret").write_text(f" hunter 2 {ending}", newline="")
    transport(files, username="digest", password_file="secret")
    assert files.settings().mail.transport.secret == " hunter 2 "


def test_blanks_around_a_password_belong_to_it(files):
    """Other texts are stripped, a password is not."""
    transport(files, username="digest", password="' hunter2 '")
    assert files.settings().mail.transport.secret == " hunter2 "


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "the file cannot be read: No such file or directory"),
        (b"", "the file is empty"),
        (b"\n", "the file is empty"),
        (b"hunter2\nhunter3\n", "the file holds more than one line, or a control character"),
        (b"hunter\xff", "the file does not hold UTF-8 text"),
    ],
)
def test_a_password_file_that_cannot_be_used_is_a_problem(files, content, fault):
    """Neither its content nor its name, which may be the password itself, is shown."""
    if content is not None:
        (files.directory / "hunter2").write_bytes(content)
    transport(files, username="digest", password_file="hunter2")
    assert faults(files) == [f"{AT}.password_file: {fault}"]


def test_a_directory_is_no_password_file(files):
    """A secret mounted as a whole names its key in the path."""
    (files.directory / "secret").mkdir()
    transport(files, username="digest", password_file="secret")
    assert faults(files) == [f"{AT}.password_file: the file cannot be read: Is a directory"]


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"username": "u"}, "username: stands without password or password_file"),
        ({"username": "u", "password": "null"}, "username: stands without password or password_file"),
        ({"password": "hunter2"}, "password: stands without username"),
        ({"username": "u", "password": "''"}, "password: is empty"),
        ({"username": "u", "password": "${UNSET:-}"}, "password: is empty"),
        ({"username": "u", "password": "[hunter2]"}, "password: expected text, not a list"),
        ({"username": "u", "password": "${UNSET}"}, "password: the environment variable UNSET is not set"),
        ({"port": 465}, "security: port 465 is encrypted from the start; expected tls, or port 587"),
        ({"port": 0}, "port: expected at least 1, not '0'"),
        ({"port": 70000}, "port: expected at most 65535, not '70000'"),
        ({"port": "smtp"}, "port: expected a whole number, not 'smtp'"),
        ({"security": "ssl"}, "security: expected one of starttls, tls, none, not 'ssl'"),
        ({"timeout_s": 0}, "timeout_s: expected more than 0, not '0'"),
        ({"timeout_s": "inf"}, "timeout_s: expected a number, not 'inf'"),
        ({"ca_file": "no.pem"}, "ca_file: 'no.pem' cannot be read: No such file or directory"),
        ({"hots": "x"}, "hots: unknown key; did you mean 'host'?"),
    ],
)
def test_what_does_not_fit_is_told(files, keys, fault):
    """One line each."""
    transport(files, **keys)
    assert faults(files) == [f"{AT}.{fault}"]


def test_a_pipe_is_no_file(files, pipe):
    """It is not waited for."""
    pipe("ca.pem")
    transport(files, ca_file="ca.pem")
    assert faults(files) == [f"{AT}.ca_file: 'ca.pem' is a pipe, a socket or a device; expected a file"]


def test_two_passwords_are_one_too_many(files):
    """Which of them counts would be a guess."""
    (files.directory / "secret").write_text("hunter2")
    transport(files, username="u", password="hunter2", password_file="secret")
    assert faults(files) == [f"{AT}.password_file: stands beside password; expected one of them"]


@pytest.mark.parametrize("host", ["mail.acme.example", "10.0.0.1", "localhost", "127.0.0.1"])
@pytest.mark.parametrize("given", ["password", "password_file"])
def test_credentials_are_not_sent_in_the_clear(files, host, given):
    """Refused when the settings are read, wherever the server is and the password comes from."""
    (files.directory / "hunter2").write_text("hunter2")
    transport(files, host=host, security="none", username="u", **{given: "hunter2"})
    assert faults(files) == [
        f"{AT}.security: none would send the password in the clear; expected starttls or tls"
    ]


@pytest.mark.parametrize(
    "host",
    [
        "smtp://mail.acme.example",
        "mail.acme.example:587",
        "me:hunter2@mail",
        "a b",
        "mail..x",
        "1.2.3",
        "'-x'",
    ],
)
def test_a_host_is_only_a_host(files, host):
    """It is not shown: a URL with a password may stand there by mistake."""
    transport(files, host=f"'{host.strip(chr(39))}'")
    assert faults(files) == [
        f"{AT}.host: expected only a host name like smtp.acme.example, without scheme, port and user"
    ]


def test_no_secret_is_in_any_text(files):
    """Neither in the settings' text nor in the errors, their causes and their tracebacks."""
    secret = "hunter" + "2"
    transport(files, username="u", password="${PASSWORD}")
    settings = files.settings(PASSWORD=secret)
    assert settings.mail.transport.secret == secret
    assert secret not in f"{settings!r} {settings} {settings.model_dump_json()}"
    files.change(("username: u", "user: u"), ("name: Acme Developer Portal ", "name: "))
    with pytest.raises(ConfigError) as caught:
        config.load_all(files.digest, {"PASSWORD": secret})
    assert secret not in "".join(traceback.format_exception(caught.value))
