"""Bodies of HTTP answers as they arrive, from a real server on the loopback."""

import gzip
import socket
import threading
from contextlib import contextmanager

import pytest
import requests

from plugin_digest.bodies import arriving


@contextmanager
def answered(*pieces, head=b"", between=lambda: None):
    """A response whose server sends these pieces after its header, then closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
                for piece in pieces:
                    connection.sendall(piece)
                    between()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with requests.Session() as session:
            session.trust_env = False
            with session.get(url, stream=True, timeout=1) as response:
                yield response
        thread.join()


def test_a_piece_is_there_when_it_arrives():
    """Whoever reads sees each byte in its time, however slowly the others follow."""
    seen = threading.Semaphore(0)
    with answered(b"[", b"1", b"]", head=b"Content-Length: 3\r\n", between=seen.acquire) as response:
        for piece, expected in zip(arriving(response), (b"[", b"1", b"]"), strict=True):
            assert piece == expected
            seen.release()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 5\r\n", b"hello"),
        (b"", b"hello"),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        (b"Content-Encoding: gzip\r\n", gzip.compress(b"hello", mtime=0)),
    ],
)
def test_a_body_is_whole_in_whichever_form_it_comes(head, body):
    """By length, to the end of the connection, in chunks, and compressed."""
    with answered(body, head=head) as response:
        assert b"".join(arriving(response)) == b"hello"


@pytest.mark.parametrize(
    ("head", "body", "meaning"),
    [
        (b"Content-Length: 9\r\n", b"hello", requests.exceptions.ChunkedEncodingError),
        (
            b"Transfer-Encoding: chunked\r\n",
            b"9\r\nhe",
            requests.exceptions.ChunkedEncodingError,
        ),
        (b"Content-Encoding: gzip\r\n", b"no gzip", requests.exceptions.ContentDecodingError),
    ],
)
def test_what_breaks_is_an_error_of_requests(head, body, meaning):
    """A body that is cut off or cannot be decompressed is never taken for a whole one."""
    with answered(body, head=head) as response, pytest.raises(meaning):
        list(arriving(response))


def test_silence_ends_by_the_time_limit():
    """A server that sends nothing more is not waited for."""
    is_over = threading.Event()
    with answered(b"[", head=b"Content-Length: 3\r\n", between=is_over.wait) as response:
        with pytest.raises(requests.exceptions.ConnectionError):
            list(arriving(response))
        is_over.set()
