"""Servers that a database client meets on bad days: silent, talking nonsense, or hanging up midway."""

import socket
import threading
from contextlib import contextmanager


@contextmanager
def listening(answer):
    """The port of a TCP server that treats each connection with ``answer``."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_all, args=(server, answer), daemon=True).start()
        yield server.getsockname()[1]


def _answer_all(server, answer):
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(client,), daemon=True).start()


def say_nothing(client):
    with client:
        client.settimeout(20)
        while client.recv(4096):
            pass


def say_garbage(client):
    with client:
        client.recv(4096)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)


def relay(client, path, limit, received):
    """Passes bytes to and fro until ``limit`` bytes have come back, then hangs up."""
    with client, socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
        passed = 0
        while passed < limit and (data := server.recv(min(4096, limit - passed))):
            passed += len(data)
            received.append(passed)
            client.sendall(data)
        for end in (client, server):
            end.shutdown(socket.SHUT_RDWR)


def _pass_on(client, server):
    try:
        while data := client.recv(4096):
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)
    except OSError:
        return
