"""A page of text by HTTP for who scrapes it: one thread listens, and a few answer."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
import time
import weakref

# How many are answered at a time, how long one may take for all of it, and how much it may ask.
CONNECTIONS_MAX = 8
CONNECTION_S = 5.0
REQUEST_MAX = 8192
_open: weakref.WeakSet[Server] = weakref.WeakSet()


class Server:
    """Serves `text` at `url` until it is closed. Raises OSError where it cannot listen."""

    def __init__(self, host: str, port: int) -> None:
        self.text = b""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        name, bound = self._listener.getsockname()[:2]
        self._is_loopback = ipaddress.ip_address(name).is_loopback
        self.url = f"http://{f'[{name}]' if ':' in name else name}:{bound}/metrics"
        self._places = threading.BoundedSemaphore(CONNECTIONS_MAX)
        _open.add(self)
        threading.Thread(target=self._listen, name="joulebook-scraped", daemon=True).start()

    @property
    def is_open(self) -> bool:
        return self._listener.fileno() >= 0

    def leave(self) -> None:
        """In a forked child, where no thread of this one is: the port is the parent's alone."""
        self._listener.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            # It wakes the thread that waits.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if not self.is_open:
                    return
                # Such as no descriptor that is free.
                time.sleep(0.1)
                continue
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            try:
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
            except RuntimeError:
                connection.close()
                self._places.release()

    def _serve(self, connection: socket.socket) -> None:
        try:
            # Who goes away in between is no affair of the training's.
            with connection, contextlib.suppress(OSError):
                deadline = time.monotonic() + CONNECTION_S
                request = b""
                while b"\r\n\r\n" not in request and len(request) < REQUEST_MAX:
                    connection.settimeout(max(deadline - time.monotonic(), 0.001))
                    piece = connection.recv(REQUEST_MAX - len(request))
                    if not piece:
                        return
                    request += piece
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
                connection.sendall(self._answer(request))
        finally:
            self._places.release()

    def _answer(self, request: bytes) -> bytes:
        head, end, _ = request.partition(b"\r\n\r\n")
        first, *fields = head.split(b"\r\n")
        words = first.split(b" ")
        if not end or len(words) != 3:
            return _reply("400 Bad Request", b"not a request\n")
        method, path = words[0], words[1].partition(b"?")[0]
        if self._is_loopback and not _is_own(_host(fields)):
            # A page in a browser that has given its own name this machine's address.
            return _reply("403 Forbidden", b"ask for it as 127.0.0.1 or localhost\n")
        if method not in (b"GET", b"HEAD"):
            return _reply("405 Method Not Allowed", b"it is only read\n")
        if path != b"/metrics":
            return _reply("404 Not Found", b"it is at /metrics\n")
        reply = _reply("200 OK", self.text, "text/plain; version=0.0.4; charset=utf-8")
        return reply if method == b"GET" else reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _reply(status: str, text: bytes, kind: str = "text/plain; charset=utf-8") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + text


def _host(fields: list[bytes]) -> str:
    """What the only field of that name says; empty where there is none, or more of them."""
    named = [field.partition(b":") for field in fields]
    hosts = [value.strip() for name, _, value in named if name.lower() == b"host"]
    return hosts[0].decode("latin-1") if len(hosts) == 1 else ""


def _is_own(host: str) -> bool:
    """Whether a Host names this machine: by a loopback address or as localhost, with any port."""
    before, colon, port = host.rpartition(":")
    has_port = colon and (port.isdigit() or not port) and (":" not in before or "]" in before)
    name = before if has_port else host
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _leave_all() -> None:
    for server in list(_open):
        server.leave()


os.register_at_fork(after_in_child=_leave_all)
