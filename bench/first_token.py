#!/usr/bin/env python3
"""How much Smithers adds to the first token, how fast it starts, and what it weighs at rest.

The stand-in takes its time to read and check a prompt, so the very request that Smithers makes of a
message is recorded first. Then the recorded request goes to the stand-in, and the message through
Smithers, one after the other, on one connection each; the difference is our own part. Needs only
Python's standard library; DATABASE_URL in the environment chooses Postgres.
"""

import http.server
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import urlsplit

ROUNDS = 400
WARM_UP = 50
STARTS = 10
QUESTION = "N=20 D=0 F=0 S=24"


class Connection:
    """One kept-alive HTTP connection that can stop at the first token."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.host = parts.netloc
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path, body, headers, until, end=b"0\r\n\r\n"):
        """Seconds until `until` was read; reads on to the end of the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", f"host: {self.host}", "content-type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"content-length: {len(data)}", "", ""]
        started = time.perf_counter()
        self.socket.sendall("\r\n".join(lines).encode() + data)
        seen, first = b"", None
        while True:
            piece = self.socket.recv(65536)
            if not piece:
                raise RuntimeError(f"closed early: {seen[:500]!r}")
            seen += piece
            if first is None and until in seen:
                first = time.perf_counter() - started
            if seen.endswith(end):
                if first is None:
                    raise RuntimeError(f"no {until!r} in {seen[:800]!r}")
                return first, seen


def ready(command, env):
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    line = process.stdout.readline().decode()
    return process, json.loads(line.removeprefix("ready "))


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


def call(url, path, body, headers):
    connection = Connection(url)
    _, answer = connection.post(path, body, {**headers, "connection": "close"}, b"HTTP/1.1", b"}")
    return answer


def signed_in(url, setup_url):
    token = setup_url.split("token=")[1]
    body = {"token": token, "email": "ada@example.org", "name": "Ada", "password": "a long password"}
    answer = call(url, "/api/auth/setup", body, {"origin": url}).decode()
    for line in answer.split("\r\n"):
        if line.lower().startswith("set-cookie: "):
            return {"cookie": line.split(": ", 1)[1].split(";")[0], "origin": url}
    raise RuntimeError(answer)


def quantiles(samples):
    ordered = sorted(samples)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)]


def memory_at_rest(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError("no Pss")


def serve(smithers_bin, folder):
    return [smithers_bin, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder]


class Recorder(http.server.BaseHTTPRequestHandler):
    """A vendor that keeps the request for an answer and refuses it."""

    recorded = None

    def do_POST(self):
        Recorder.recorded = self.rfile.read(int(self.headers["content-length"]))
        self.send_error(400)

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


def recorded_request(smithers_bin, env):
    """What Smithers asks of the vendor for the question, byte for byte."""
    vendor = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=vendor.serve_forever, daemon=True).start()
    env = {**env, "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{vendor.server_port}"}
    env.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as folder:
        server, info = ready(serve(smithers_bin, folder), env)
        headers = signed_in(info["url"], info["setupUrl"])
        Connection(info["url"]).post("/api/agent", {"message": QUESTION}, headers, b'"error"')
        stop(server)
    vendor.shutdown()
    return Recorder.recorded


def first_tokens(stand_in, request, smithers, headers):
    direct, ours = Connection(stand_in), Connection(smithers)
    vendor = {"authorization": "Bearer k", "anthropic-version": "2026-10-21"}
    added, bare, through = [], [], []
    for round_ in range(WARM_UP + ROUNDS):
        a, _ = direct.post("/v1/messages", request, vendor, b"text_delta")
        b, _ = ours.post("/api/agent", {"message": QUESTION}, headers, b'"text-delta"')
        if round_ >= WARM_UP:
            bare.append(a)
            through.append(b)
            added.append(b - a)
    return bare, through, added


def main():
    smithers_bin, standins_bin = sys.argv[1:3]
    base = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    stand_in, told = ready([standins_bin, "anthropic"], base)
    env = {**base, "ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": told["url"]}
    if "DATABASE_URL" in os.environ:
        env["DATABASE_URL"] = os.environ["DATABASE_URL"]
    request = recorded_request(smithers_bin, env)
    with tempfile.TemporaryDirectory() as folder:
        command = serve(smithers_bin, folder)
        server, info = ready(command, env)
        headers = signed_in(info["url"], info["setupUrl"])
        time.sleep(2)
        weight = memory_at_rest(server.pid)
        bare, through, added = first_tokens(told["url"], request, info["url"], headers)
        stop(server)
        starts = []
        for _ in range(STARTS):
            started = time.perf_counter()
            server, info = ready(command, env)
            # A session outlives the restart, but its cookie is named after the port.
            headers["cookie"] = f"smithers_{urlsplit(info['url']).port}=" + headers["cookie"].split("=", 1)[1]
            headers["origin"] = info["url"]
            body = {"message": "N=1 D=0 F=0 S=24"}
            Connection(info["url"]).post("/api/agent", body, headers, b'"text-delta"')
            starts.append(time.perf_counter() - started)
            stop(server)
    stop(stand_in)
    name = "Postgres" if "DATABASE_URL" in env else "SQLite"
    for label, samples in [("direct", bare), ("through Smithers", through), ("added", added)]:
        p50, p95 = quantiles(samples)
        print(f"{name}: first token, {label}: p50 {p50 * 1000:.2f} ms, p95 {p95 * 1000:.2f} ms")
    p50, p95 = quantiles(starts)
    print(f"{name}: start to first answered message: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    print(f"{name}: memory at rest (PSS): {weight:.1f} MiB")


if __name__ == "__main__":
    main()
