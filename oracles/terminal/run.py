"""`smithers chat` and `smithers ask` in a real terminal, which tmux is.

SMITHERS_BIN and STANDINS_BIN name the built binaries. Each story is told twice: with the turn in the
command itself, and beside a server.
"""

import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PATIENCE = 20
SLOW = " ".join(f"word{number}" for number in range(200))
SCRIPT = [
    {"when": {"hasToolResult": True}, "reply": {"text": "That is **done**."}},
    {
        "when": {"lastUserContains": "add"},
        "reply": {"tools": [{"name": "create_task", "input": {"title": "Milk"}}]},
    },
    {"when": {"lastUserContains": "slowly"}, "reply": {"text": SLOW, "deltaMs": 100}},
    {"reply": {"thinking": "A question of taste.", "text": "Tea, of course.\n\n- green\n- black"}},
]


def ready(command, env, folder):
    """Starts a server, and gives it with what it said when it was ready."""
    process = subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    word, _, said = process.stdout.readline().partition(" ")
    assert word == "ready", f"{command} said {word!r}"
    return process, json.loads(said)


class Terminal:
    """A terminal of tmux, on a socket of its own."""

    def __init__(self, folder, env):
        self.socket = f"{folder}/tmux"
        self.env = env | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
        self.folder = folder
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", "sh")
        self.type("PS1='$ '; clear")

    def tmux(self, *arguments):
        command = ["tmux", "-S", self.socket, *arguments]
        done = subprocess.run(command, env=self.env, cwd=self.folder, check=True, text=True,
                              capture_output=True)
        return done.stdout

    def type(self, line):
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def key(self, *keys):
        self.tmux("send-keys", *keys)

    def clear(self):
        self.tmux("send-keys", "-R")
        self.tmux("clear-history")
        self.key("Enter")

    def screen(self, *more):
        return self.tmux("capture-pane", "-p", "-J", "-S", "-200", *more)

    def wait(self, text, times=1):
        end = time.monotonic() + PATIENCE
        while self.screen().count(text) < times:
            assert time.monotonic() < end, f"{text!r} does not come:\n{self.screen()}"
            time.sleep(0.05)

    def end(self):
        self.tmux("kill-server")


class Alone(unittest.TestCase):
    """The command answers itself."""

    has_server = False

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        script = Path(self.folder, "script.json")
        script.write_text(json.dumps(SCRIPT))
        model, said = ready([os.environ["STANDINS_BIN"], "anthropic", "--script", str(script)], {},
                            self.folder)
        self.addCleanup(self.stop, model)
        env = {
            "HOME": self.folder,
            "USER": "ada",
            "SMITHERS_DATA_DIR": f"{self.folder}/data",
            "ANTHROPIC_API_KEY": "oracle-key",
            "ANTHROPIC_BASE_URL": said["url"],
        }
        smithers = os.environ["SMITHERS_BIN"]
        if self.has_server:
            add = [smithers, "user", "add", "ada@example.org", "--name", "ada"]
            subprocess.run(add, env=env, cwd=self.folder, check=True, capture_output=True)
            server, _ = ready([smithers, "serve", "--listen", "127.0.0.1:0"], env, self.folder)
            self.addCleanup(self.stop, server)
        self.terminal = Terminal(self.folder, env)
        self.addCleanup(self.terminal.end)
        self.smithers = smithers

    @staticmethod
    def stop(process):
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()

    def chat(self, *arguments):
        self.terminal.type(" ".join([self.smithers, "chat", *arguments]))
        self.terminal.wait("/help lists commands")

    def test_a_question_is_answered_and_laid_out(self):
        self.chat()
        self.terminal.type("What shall I drink?")
        self.terminal.wait("• black")
        self.terminal.wait("thought: A question of taste.")
        self.terminal.key("Up")
        self.terminal.wait("› What shall I drink?", 2)

    def test_an_answer_streams_and_ctrl_c_stops_it_and_no_more(self):
        self.chat()
        self.terminal.type("Speak slowly")
        self.terminal.wait("word3")
        self.terminal.key("C-c")
        self.terminal.wait("stopped")
        self.assertNotIn("word199", self.terminal.screen())
        self.terminal.type("What shall I drink?")
        self.terminal.wait("• black")

    def test_ctrl_c_twice_leaves(self):
        self.chat()
        self.terminal.type("Speak slowly")
        self.terminal.wait("word3")
        self.terminal.key("C-c")
        self.terminal.wait("stopped")
        self.terminal.key("C-c")
        self.terminal.wait("\n$ ")
        self.terminal.type("echo here again")
        self.terminal.wait("here again", 2)

    def test_two_quick_ctrl_c_leave(self):
        self.chat()
        self.terminal.type("Speak slowly")
        self.terminal.wait("word3")
        self.terminal.key("C-c")
        time.sleep(0.15)  # as quickly as a person presses it
        self.terminal.key("C-c")
        self.terminal.wait("\n$ ")
        self.terminal.type("echo here again")
        self.terminal.wait("here again", 2)
        self.assertNotIn("› echo", self.terminal.screen())

    def test_a_terminal_without_colours_shows_none(self):
        for plain in ["TERM=dumb", "NO_COLOR=1"]:
            self.terminal.type("clear")
            self.terminal.type(f"{plain} {self.smithers} ask 'Please add it'")
            self.terminal.wait("allow?")
            self.terminal.type("y")
            self.terminal.wait("That is done.")
            self.terminal.type(f"{plain} {self.smithers} ask 'What shall I drink?'")
            self.terminal.wait("• black")
            screen = self.terminal.screen("-e")
            self.assertNotIn("\x1b[1m", screen)
            self.assertNotIn("\x1b[2m", screen)

    def test_a_narrow_terminal_will_do(self):
        self.terminal.tmux("resize-window", "-x", "40", "-y", "40")
        self.chat()
        self.terminal.type("Please add it, and a word more than fits")
        self.terminal.wait("allow?")
        self.terminal.type("e")
        self.terminal.wait("edit:")
        self.terminal.key("Left", "Left")
        self.terminal.type(" and bread and butter and jam and tea")
        self.terminal.wait("That is done.")
        self.terminal.key("C-d")
        self.terminal.type(f"{self.smithers} tasks --json | grep title")
        self.terminal.wait("jam and tea")

    def test_another_terminal_in_between_and_pipes_will_do(self):
        self.terminal.type(f"script -qec '{self.smithers} chat' /dev/null; echo $((6 * 7))")
        self.terminal.wait("/help lists commands")
        self.terminal.type("Please add it")
        self.terminal.wait("allow?")
        self.terminal.type("y")
        self.terminal.wait("That is done.")
        self.terminal.key("C-d")
        self.terminal.wait("\n42\n")
        self.terminal.clear()
        for line, shows in [
            ("chat <&-", "/help lists commands"),
            ("ask hello <&- | cat", "- green"),
            ("tasks 2>&1 | head -1", "ID  "),
            ("doctor 2>&1 | head -1", "ok  "),
            ("openapi 2>&1 | true", ""),
        ]:
            self.terminal.type(f"{self.smithers} {line}; echo $((6 * 7))")
            self.terminal.wait("\n42\n")
            self.assertIn(shows, self.terminal.screen())
            self.terminal.clear()
        self.terminal.type(f"echo 'What shall I drink?' | {self.smithers} chat | tail -1; echo end")
        self.terminal.wait("- black")
        self.assertNotIn("panicked", self.terminal.screen())

    def test_a_task_is_approved(self):
        self.chat()
        self.terminal.type("Please add it")
        self.terminal.wait("allow?")
        self.assertIn('│ title: "Milk"', self.terminal.screen())
        self.terminal.type("y")
        self.terminal.wait("That is done.")
        self.assertIn("\x1b[1m", self.terminal.screen("-e"))
        self.terminal.type("/tasks")
        self.terminal.wait("• Milk")

    def test_a_task_is_edited(self):
        self.chat()
        self.terminal.type("Please add it")
        self.terminal.wait("allow?")
        self.terminal.type("e")
        self.terminal.wait('edit: {"title":"Milk"}')
        # Over the closing brace and the quote.
        self.terminal.key("Left", "Left")
        self.terminal.type(" and bread")
        self.terminal.wait("That is done.")
        self.terminal.type("/tasks")
        self.terminal.wait("• Milk and bread")

    def test_what_waits_is_found_after_coming_back(self):
        self.chat()
        self.terminal.type("Please add it")
        self.terminal.wait("allow?")
        self.terminal.key("Enter")
        self.terminal.wait("waiting for approval")
        self.terminal.key("C-d")
        self.terminal.wait("waiting for your approval")
        self.terminal.type("clear")
        self.chat()
        self.terminal.type("/list")
        self.terminal.wait("waiting")
        self.terminal.type("/open 1")
        self.terminal.wait("allow?")
        self.terminal.type("n")
        self.terminal.wait("That is done.")

    def test_ask_asks_at_the_terminal_though_its_output_goes_elsewhere(self):
        self.terminal.type(f"{self.smithers} ask 'Please add it' > answer; echo code $?")
        self.terminal.wait("allow?")
        self.terminal.type("y")
        self.terminal.wait("code 0")
        self.assertEqual(Path(self.folder, "answer").read_text(), "That is **done**.\n")


class BesideAServer(Alone):
    """A server answers."""

    has_server = True


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed", flush=True)
    raise SystemExit(bool(bad))
