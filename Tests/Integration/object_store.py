"""An object store on loopback that checks signatures, and a road to it on which things go wrong."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import boto3
import botocore.config

REGION = "eu-central-1"
BUCKET = "bucket"


class Store:
    """A server process of moto with one bucket, and a user who may do anything with it."""

    def __init__(self, port: int) -> None:
        self.port = port
        iam = self._client("iam", "nobody", "nobody")
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]
        allow = '{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}'
        policy = f'{{"Version": "2012-10-17", "Statement": [{allow}]}}'
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy)
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        self.s3 = self._client("s3", self.key, self.secret)
        self.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )

    def _client(self, service: str, key: str, secret: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )

    def environment(self, port: int | None = None) -> dict[str, str]:
        """What the command is told of the store, or of a road to it."""
        return {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port or self.port}",
        }

    def objects(self, prefix: str) -> dict[str, bytes]:
        """The objects below a prefix, by what is behind it."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        get = self.s3.get_object
        return {k[len(prefix) :]: get(Bucket=BUCKET, Key=k)["Body"].read() for k in keys}

    def uploads(self, prefix: str) -> list[str]:
        """Keys of which parts lie there."""
        listed = self.s3.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
        return [upload["Key"] for upload in listed.get("Uploads", [])]


@contextmanager
def running(directory: Path) -> Iterator[Store]:
    """The first four requests make the user and the bucket; behind them it is asked who asks."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        env=os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": "4"},
        stdout=subprocess.DEVNULL,
        stderr=(directory / "moto.log").open("w"),
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Store(port)
    finally:
        server.kill()
        server.wait()


class Road:
    """Passes requests on to a store; some fail, and some answers are lost or cut off."""

    def __init__(self, store: Store, seed: int = 0, failing: float = 0) -> None:
        self.chance = random.Random(seed)
        self.failing = failing
        self.lock = Lock()
        self.asked: list[str] = []
        # Whom to kill at which of the requests to come.
        self.victim: tuple[int, int] | None = None
        road = self

        class Passing(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

            def passed(self) -> None:
                road.passed(self, store.port)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = passed

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]

    def count(self, method: str) -> int:
        return sum(line.startswith(method) for line in self.asked)

    def _fate(self, line: str) -> tuple[str, float]:
        with self.lock:
            self.asked.append(line)
            fate = "passes"
            if self.chance.random() < self.failing:
                fate = self.chance.choice(["refused", "lost", "reset", "cut"])
            if self.victim and self.victim[0] <= len(self.asked):
                os.kill(self.victim[1], signal.SIGKILL)
                self.victim = None
                fate = self.chance.choice(["reset", "lost"])
            return fate, self.chance.random()

    def passed(self, request: BaseHTTPRequestHandler, port: int) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        fate, share = self._fate(f"{request.command} {request.path}")
        if fate == "reset":
            request.close_connection = True
            return
        if fate == "refused":
            request.send_response(503)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        onward = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        onward.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            onward.putheader(name, value)
        onward.endheaders(body)
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        if fate == "lost":
            request.close_connection = True
            return
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                request.send_header(name, value)
        if answer.getheader("Content-Length") is None:
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if fate == "cut":
            content = content[: int(len(content) * share)]
            request.close_connection = True
        request.wfile.write(content)
