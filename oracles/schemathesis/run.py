"""schemathesis as a client of the API that `/api/openapi.json` describes.

SMITHERS_BIN names the built binary. It is tried on SQLite with the built-in model.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
OWNER = {"email": "ada@example.org", "name": "Ada", "password": "correct horse battery staple"}

# They end the session that all other requests need, or never end themselves.
LEFT_OUT = ["/api/auth/logout", "/api/events"]


def start(folder):
    server = subprocess.Popen(
        [os.environ["SMITHERS_BIN"], "serve", "--listen", "127.0.0.1:0"],
        env={"SMITHERS_DATA_DIR": f"{folder}/data"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=open(f"{folder}/log", "w"),
        text=True,
    )
    word, _, ready = server.stdout.readline().partition(" ")
    assert word == "ready", f"the server said {word!r}"
    return server, json.loads(ready)


def post(url, path, body, cookie=""):
    request = urllib.request.Request(
        url + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Origin": url, "Cookie": cookie},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as response:
        response.read()
        return response.headers


def begin(ready):
    """The cookie of an owner who has a task, a conversation and a pending approval."""
    url, token = ready["url"], ready["setupUrl"].partition("?token=")[2]
    headers = post(url, "/api/auth/setup", OWNER | {"token": token})
    cookie = headers["Set-Cookie"].partition(";")[0]
    post(url, "/api/tasks", {"title": "Send the offer"}, cookie)
    post(url, "/api/agent", {"message": "Add a task to buy milk"}, cookie)
    return cookie


def try_all(url, cookie, report):
    left_out = [word for path in LEFT_OUT for word in ("--exclude-path", path)]
    command = [
        Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml",
        "run", f"{url}/api/openapi.json", "-H", f"Cookie: {cookie}", "-H", f"Origin: {url}",
        "--report-junit-path", report, *left_out,
    ]  # fmt: skip
    env = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    return subprocess.run(command, env=env, cwd=Path(report).parent).returncode


def main():
    with tempfile.TemporaryDirectory() as folder:
        server, ready = start(folder)
        try:
            code = try_all(ready["url"], begin(ready), f"{folder}/report.xml")
        finally:
            server.terminate()
            server.wait()
        errors = re.findall(r".*\bERROR\b.*", Path(folder, "log").read_text())
        cases = ElementTree.parse(f"{folder}/report.xml").getroot().findall(".//testcase")
    failed = sum(any(child.tag in ("failure", "error") for child in case) for case in cases)
    print(*errors[:20], sep="\n")
    # A run that ended badly without a failed route, or a server that complained, failed as well.
    failed += bool(errors) + (code != 0 and failed == 0)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
