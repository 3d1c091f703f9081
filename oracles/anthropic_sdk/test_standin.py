"""The vendor's own Python SDK as a client of the stand-in Messages API.

What the SDK reads from the stand-in, and how it fails, shows that the stand-in speaks the vendor's
protocol.
"""

import json
import sys
import time
import unittest
from pathlib import Path

import anthropic

sys.path.insert(0, str(Path(__file__).parents[1]))
from standin import KEY, TITLE, StandIn  # noqa: E402

MODEL = "claude-sonnet-5-5"
TOOLS = [
    {"name": name, "description": name, "input_schema": {"type": "object"}}
    for name in ("list_tasks", "list_meetings")
]


class WithSdk(StandIn):
    vendor = "anthropic"
    script = [
        {
            "when": {"lastUserContains": "think"},
            "reply": {"thinking": "First this, then that.", "text": "That is so."},
        },
        {
            "when": {"lastUserContains": "break"},
            "reply": {
                "text": "This sentence will never be",
                "error": {"type": "overloaded_error", "afterEvents": 3},
            },
        },
        {
            "when": {"lastUserContains": "spent"},
            "reply": {
                "error": {"type": "rate_limit_error", "errorCode": "enforced_spend_limit_reached"}
            },
        },
    ]

    def client(self, key=KEY, retries=2):
        return self.made(anthropic, anthropic.Anthropic, key, retries)

    def stream(self, messages, **more):
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        return self.client().messages.stream(
            model=MODEL, max_tokens=200, messages=messages, **more
        )

    def create(self, text, client=None, **more):
        return (client or self.client()).messages.create(
            model=MODEL, max_tokens=200, messages=[{"role": "user", "content": text}], **more
        )

    def test_text_is_streamed(self):
        with self.stream("Hello") as stream:
            pieces = list(stream.text_stream)
            message = stream.get_final_message()
        self.assertGreater(len(pieces), 1)
        self.assertEqual("".join(pieces), "Hello, team. What shall we do today?")
        self.assertEqual(message.content[0].text, "".join(pieces))
        self.assertEqual((message.stop_reason, message.role), ("end_turn", "assistant"))
        self.assertEqual(message.model, MODEL)
        self.assertGreater(message.usage.input_tokens, 10)
        self.assertGreater(message.usage.output_tokens, 5)
        self.assertTrue(stream.response.headers["request-id"].startswith("req_"))

    def test_one_message_equals_the_stream(self):
        with self.stream("Please think") as stream:
            streamed = stream.get_final_message()
        whole = self.create("Please think")
        self.assertEqual(
            [block.to_dict() for block in whole.content],
            [block.to_dict() for block in streamed.content],
        )

    def test_thinking_has_its_signature(self):
        with self.stream("Please think") as stream:
            message = stream.get_final_message()
        thinking, text = message.content
        self.assertEqual((thinking.type, thinking.thinking), ("thinking", "First this, then that."))
        self.assertTrue(thinking.signature)
        self.assertEqual(text.text, "That is so.")

    def test_two_tools_and_their_results(self):
        question = {"role": "user", "content": "Use two tools"}
        with self.stream([question], tools=TOOLS) as stream:
            message = stream.get_final_message()
        self.assertEqual(message.stop_reason, "tool_use")
        calls = [block for block in message.content if block.type == "tool_use"]
        self.assertEqual([call.name for call in calls], ["list_tasks", "list_meetings"])
        self.assertEqual(calls[0].input, {"open": True, "title": "Grüße 👋"})
        self.assertEqual(calls[1].input, {})
        self.assertEqual(len({call.id for call in calls}), 2)

        answer = {"role": "assistant", "content": [block.to_dict() for block in message.content]}
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": "one"} for call in calls
        ]
        with self.stream(
            [question, answer, {"role": "user", "content": results}], tools=TOOLS
        ) as stream:
            self.assertEqual(stream.get_final_text(), "You have one task.")
        with self.assertRaises(anthropic.BadRequestError):
            with self.stream(
                [question, answer, {"role": "user", "content": results[:1]}], tools=TOOLS
            ) as stream:
                stream.get_final_message()

    def test_altered_thinking_is_refused(self):
        with self.stream("Please think") as stream:
            content = [block.to_dict() for block in stream.get_final_message().content]
        content[0]["thinking"] += " Or not."
        with self.assertRaises(anthropic.BadRequestError):
            self.client().messages.create(
                model=MODEL,
                max_tokens=200,
                messages=[
                    {"role": "user", "content": "Please think"},
                    {"role": "assistant", "content": content},
                    {"role": "user", "content": "And?"},
                ],
            )

    def test_an_error_within_the_stream(self):
        with self.assertRaises(anthropic.APIStatusError) as caught:
            with self.stream("Please break") as stream:
                stream.get_final_message()
        self.assertEqual(caught.exception.status_code, 200)
        self.assertEqual(caught.exception.body["error"]["type"], "overloaded_error")

    def test_the_named_wait_is_kept(self):
        start = time.monotonic()
        response = self.client().messages.with_raw_response.create(
            model=MODEL, max_tokens=200, messages=[{"role": "user", "content": "limit"}]
        )
        self.assertGreaterEqual(time.monotonic() - start, 1.2)
        self.assertEqual(response.retries_taken, 1)
        self.assertTrue(response.parse().content[0].text.startswith("Hello"))

    def test_an_error_code_is_read(self):
        with self.assertRaises(anthropic.RateLimitError) as caught:
            self.create("All is spent", self.client(retries=0))
        details = caught.exception.body["error"]["details"]
        self.assertEqual(details["error_code"], "enforced_spend_limit_reached")
        self.assertTrue(caught.exception.request_id.startswith("req_"))

    def test_a_wrong_key_is_refused(self):
        with self.assertRaises(anthropic.AuthenticationError):
            self.create("Hello", self.client(key="wrong"))

    def test_sampling_parameters_are_refused(self):
        with self.assertRaisesRegex(anthropic.BadRequestError, "Extra inputs are not permitted"):
            self.create("Hello", extra_body={"temperature": 1.0})

    def test_models_are_listed(self):
        models = list(self.client().models.list())
        self.assertIn(MODEL, [model.id for model in models])
        model = self.client().models.retrieve(MODEL)
        self.assertEqual((model.id, model.max_tokens), (MODEL, 128_000))
        types = model.capabilities.thinking.types
        self.assertEqual((types.adaptive.supported, types.enabled.supported), (True, False))
        self.assertTrue(model.capabilities.effort.high.supported)
        self.assertTrue(model.capabilities.server_tools.web_search.supported)

    def test_the_cache_is_counted(self):
        mark = {"type": "ephemeral", "ttl": "1h"}
        system = [{"type": "text", "text": "Be brief. " * 1000, "cache_control": mark}]
        first, second = (self.create("Hello", system=system).usage for _ in range(2))
        written = first.cache_creation.ephemeral_1h_input_tokens
        self.assertEqual((first.cache_creation_input_tokens, first.cache_read_input_tokens), (written, 0))
        self.assertGreater(written, 2000)
        self.assertEqual((second.cache_read_input_tokens, second.cache_creation_input_tokens), (written, 0))
        with self.stream("Hello", system=system) as stream:
            self.assertEqual(stream.get_final_message().usage.cache_read_input_tokens, written)

    def test_an_answer_is_held_to_a_schema(self):
        system = "You name conversations."
        format = {"type": "json_schema", "schema": TITLE}
        with self.stream("Hello", system=system, output_config={"format": format}) as stream:
            self.assertEqual(json.loads(stream.get_final_text()), {"title": "A short name"})
        whole = self.create("Hello", output_config={"format": format}).content[0].text
        self.assertEqual(json.loads(whole), {"title": "Hello, team. What shall we do today?"})
        for schema in ({"type": "object"}, {"type": "string"}):
            format = {"type": "json_schema", "schema": schema}
            with self.assertRaises(anthropic.BadRequestError):
                self.create("Hello", output_config={"format": format})


if __name__ == "__main__":
    unittest.main()
