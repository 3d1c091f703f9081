"""The vendor's own Python SDK as a client of the stand-in chat interface.

What the SDK reads from the stand-in, and how it fails, shows that the stand-in speaks the vendor's
protocol.
"""

import json
import sys
import time
import unittest
from pathlib import Path

import openai

sys.path.insert(0, str(Path(__file__).parents[1]))
from standin import KEY, TITLE, StandIn  # noqa: E402

MODEL = "gpt-5.5"
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("list_tasks", "list_meetings")
]


class WithSdk(StandIn):
    vendor = "openai"
    script = [
        {
            "when": {"lastUserContains": "break"},
            "reply": {"text": "Never to", "error": {"type": "server_error", "afterEvents": 2}},
        },
        {
            "when": {"lastUserContains": "spent"},
            "reply": {"error": {"type": "rate_limit_error", "errorCode": "insufficient_quota"}},
        },
    ]

    def client(self, key=KEY, retries=2):
        return self.made(openai, openai.OpenAI, key, retries)

    def create(self, messages, client=None, **more):
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        client = client or self.client()
        return client.chat.completions.create(model=MODEL, messages=messages, **more)

    def stream(self, messages, **more):
        options = {"include_usage": True}
        chunks = self.create(messages, stream=True, stream_options=options, **more)
        return list(chunks)

    def test_text_is_streamed(self):
        chunks = self.stream("Hello")
        pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
        self.assertGreater(len(pieces), 3)
        self.assertEqual("".join(pieces), "Hello, team. What shall we do today?")
        self.assertEqual(chunks[-2].choices[0].finish_reason, "stop")
        self.assertEqual((chunks[-1].choices, chunks[-1].model), ([], MODEL))
        self.assertGreater(chunks[-1].usage.prompt_tokens, 10)
        self.assertGreater(chunks[-1].usage.completion_tokens, 5)

    def test_one_answer_equals_the_stream(self):
        whole = self.create("Use two tools", tools=TOOLS).choices[0].message
        texts, reasoning, calls = "", "", {}
        for chunk in self.stream("Use two tools", tools=TOOLS):
            for delta in (choice.delta for choice in chunk.choices):
                texts += delta.content or ""
                reasoning += getattr(delta, "reasoning_content", None) or ""
                for call in delta.tool_calls or []:
                    name, arguments = calls.get(call.index, ("", ""))
                    name += call.function.name or ""
                    calls[call.index] = (name, arguments + call.function.arguments)
        self.assertEqual(texts, whole.content)
        self.assertEqual(reasoning, whole.reasoning_content)
        self.assertEqual(
            list(calls.values()),
            [(call.function.name, call.function.arguments) for call in whole.tool_calls],
        )

    def test_the_sdk_puts_a_stream_together(self):
        question = [{"role": "user", "content": "Use two tools"}]
        with self.client().chat.completions.stream(
            model=MODEL, messages=question, tools=TOOLS
        ) as stream:
            answer = stream.get_final_completion().choices[0]
        self.assertEqual(answer.finish_reason, "tool_calls")
        calls = answer.message.tool_calls
        self.assertEqual([call.function.name for call in calls], ["list_tasks", "list_meetings"])
        self.assertEqual(json.loads(calls[0].function.arguments)["title"], "Grüße 👋")
        self.assertEqual(len({call.id for call in calls}), 2)

        replay = {
            "role": "assistant",
            "content": answer.message.content,
            "tool_calls": [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": call.function.name,
                        "arguments": call.function.arguments,
                    },
                }
                for call in calls
            ],
        }
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": "one"} for call in calls
        ]
        told = self.create([*question, replay, *results], tools=TOOLS)
        self.assertEqual(told.choices[0].message.content, "You have one task.")
        with self.assertRaises(openai.BadRequestError):
            self.create([*question, replay, *results[:1]], tools=TOOLS)

    def test_a_long_prompt_is_read_from_the_cache(self):
        messages = [
            {"role": "system", "content": "Be brief. " * 1000},
            {"role": "user", "content": "Hello"},
        ]
        first, second = (self.create(messages).usage for _ in range(2))
        self.assertEqual(first.prompt_tokens_details.cached_tokens, 0)
        self.assertGreater(second.prompt_tokens_details.cached_tokens, 2000)

    def test_an_error_within_the_stream(self):
        with self.assertRaises(openai.APIError) as caught:
            self.stream("Please break")
        self.assertEqual(caught.exception.type, "server_error")

    def test_the_named_wait_is_kept(self):
        start = time.monotonic()
        self.create("limit")
        self.assertGreaterEqual(time.monotonic() - start, 1.2)

    def test_an_error_code_is_read(self):
        with self.assertRaises(openai.RateLimitError) as caught:
            self.create("All is spent", self.client(retries=0))
        self.assertEqual(caught.exception.code, "insufficient_quota")
        self.assertTrue(caught.exception.request_id.startswith("req_"))

    def test_a_wrong_key_or_model_is_refused(self):
        with self.assertRaises(openai.AuthenticationError):
            self.create("Hello", self.client(key="wrong"))
        with self.assertRaises(openai.NotFoundError):
            self.client().chat.completions.create(model="none", messages=[])

    def test_models_are_listed(self):
        self.assertIn(MODEL, [model.id for model in self.client().models.list()])

    def test_an_answer_is_held_to_a_schema(self):
        def format(schema):
            form = {"name": "answer", "schema": schema, "strict": True}
            return {"type": "json_schema", "json_schema": form}

        messages = [
            {"role": "system", "content": "You name conversations."},
            {"role": "user", "content": "Hello"},
        ]
        chunks = self.stream(messages, response_format=format(TITLE))
        pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
        self.assertEqual(json.loads("".join(pieces)), {"title": "A short name"})
        whole = self.create("Hello", response_format=format(TITLE)).choices[0].message.content
        self.assertEqual(json.loads(whole), {"title": "Hello, team. What shall we do today?"})
        with self.assertRaises(openai.BadRequestError):
            self.create("Hello", response_format=format({"type": "object"}))


if __name__ == "__main__":
    unittest.main()
