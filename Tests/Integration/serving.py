"""A `joulebook serve` at work, and requests to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conftest import command_path

PATIENCE = 60


class Server:
    """Serves a directory until it is ended."""

    def __init__(self, directory: Path, *arguments: object) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
        self.process = subprocess.Popen(
            [command_path(), "serve", str(directory), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address, self.process.communicate()[1]
        place = urlsplit(self.address)
        assert place.port is not None
        self.port = place.port
        self.host = f"127.0.0.1:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """An answer with its body."""
        connection = self.connect()
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body

    def status(self, path: str, method: str = "GET", **headers: str) -> int:
        """The status of an answer; `_` in names of headers stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.get(path, method, named)[0].status

    def json(self, name: str) -> Any:
        response, body = self.get(f"/api/{name}")
        assert response.status == 200, body
        assert response.headers["Content-Type"] == "application/json"
        return json.loads(body)

    def column(self, name: str) -> list[Any]:
        """The values of a column of the table, by run."""
        columns = {column["name"]: column for column in self.json("runs")["columns"]}
        column = columns[name]
        if "values" in column:
            values: list[Any] = column["values"]
            return values
        words = [*column["words"], None]
        return [words[code] for code in column["codes"]]

    def raw(self, request: bytes) -> bytes:
        """What comes back to some bytes, until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            answer = b""
            try:
                while part := connection.recv(1 << 16):
                    answer += part
            except ConnectionResetError:
                pass
            return answer

    def memory_kb(self) -> int:
        """What it has in memory now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])

    def end(self) -> int:
        """Interrupts it, as Ctrl-C does; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE)
