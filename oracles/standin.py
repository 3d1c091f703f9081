"""A stand-in that answers by a script, for the vendors' own SDKs as clients.

STANDINS_BIN names the built `standins` binary.
"""

import json
import os
import subprocess
import tempfile
import unittest

KEY = "oracle-key"

TITLE = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}

LOOKS = {
    "thinking": "Both lists are needed.",
    "text": "Let me look.",
    "tools": [
        {"name": "list_tasks", "input": {"open": True, "title": "Grüße 👋"}},
        {"name": "list_meetings", "input": {}},
    ],
}

# What both vendors are asked; each test adds what differs before it.
SCRIPT = [
    {"when": {"systemContains": "You name conversations"}, "reply": {"text": "A short name"}},
    {"when": {"hasToolResult": True}, "reply": {"text": "You have one task."}},
    {"when": {"lastUserContains": "two tools"}, "reply": LOOKS},
    {
        "when": {"lastUserContains": "limit"},
        "times": 1,
        "reply": {"error": {"type": "rate_limit_error", "retryAfter": "1.2"}},
    },
    {"reply": {"text": "Hello, team. What shall we do today?"}},
]


class StandIn(unittest.TestCase):
    """Tests with one stand-in of `vendor`, whose script begins with `script`."""

    vendor: str
    script: list = []

    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as script:
            json.dump([*cls.script, *SCRIPT], script)
            script.flush()
            binary = os.environ["STANDINS_BIN"]
            cls.server = subprocess.Popen(
                [binary, cls.vendor, "--key", KEY, "--script", script.name],
                stdout=subprocess.PIPE,
                text=True,
            )
            word, _, data = cls.server.stdout.readline().partition(" ")
        assert word == "ready", f"the stand-in said {word!r}"
        cls.url = json.loads(data)["url"]

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.server.communicate()

    def made(self, sdk, client, key=KEY, retries=2):
        """A client of an SDK, closed in the end."""
        http_client = sdk.DefaultHttpxClient(trust_env=False)
        made = client(
            base_url=self.url, api_key=key, max_retries=retries, http_client=http_client
        )
        self.addCleanup(made.close)
        return made
