#!/usr/bin/env python3
"""How fast lists, search and messages are with a million messages.

A hundred people; the first has half of the messages, in 10 000 conversations. The rows are written
straight into the database, each exchange of a conversation far from the one before, and read through
the real server. Needs only Python's standard library; DATABASE_URL in the environment chooses
Postgres, for which PATH must have psql.
"""

import datetime
import http.client
import itertools
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from urllib.parse import urlsplit

from first_token import quantiles, ready, signed_in, stop

PEOPLE = 100
CONVERSATIONS = 20_000
EXCHANGES = 25
SENTENCES = 100_000
RARE_EVERY = 50_000
START = 1_750_000_000_000
ROUNDS = 200
WARM_UP = 20


class At(int):
    """Milliseconds since the Unix epoch."""


def make_words():
    letters = random.Random(1)
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in "aeiou"]
    words = {"".join(letters.choices(syllables, k=letters.choice([1, 2, 2, 3, 3, 4]))): None for _ in range(40_000)}
    return list(words)[:20_000]


WORDS = make_words()
WEIGHTS = list(itertools.accumulate(1 / (place + 3) for place in range(len(WORDS))))
CHOICE = random.Random(2)
POOL = [" ".join(CHOICE.choices(WORDS, cum_weights=WEIGHTS, k=CHOICE.randint(4, 30))) for _ in range(SENTENCES)]


def text(message):
    said = POOL[message * 7919 % SENTENCES]
    return said + " quokka" if message % RARE_EVERY == 0 else said


def key(kind, number):
    """A UUID version 7 that says what it is of; greater numbers are later."""
    return uuid.UUID(int=(START + number) << 80 | 7 << 76 | kind << 64 | 2 << 62 | number)


def owner_of(conversation, people):
    return people[0] if conversation % 2 == 0 else people[1 + conversation // 2 % (PEOPLE - 1)]


def exchanges():
    for exchange in range(EXCHANGES):
        for conversation in range(CONVERSATIONS):
            yield conversation, exchange, exchange * CONVERSATIONS + conversation


def message_key(number):
    return key(2, number)


def users(people):
    for number, person in enumerate(people[1:]):
        yield person, f"p{number}@example.org", "P", "member", "UTC", "en", "", "default", At(START)


def conversations(people):
    for conversation in range(CONVERSATIONS):
        last = 2 * ((EXCHANGES - 1) * CONVERSATIONS + conversation) + 1
        title = text(2 * conversation)[:80]
        yield (key(1, conversation), owner_of(conversation, people), title, title, message_key(last), False,
               conversation % 1000 == 0, At(START), At(START + last))


def messages(_people):
    for conversation, exchange, number in exchanges():
        question, before = 2 * number, 2 * (number - CONVERSATIONS) + 1
        asked, answered = text(question), text(question + 1)
        parent = message_key(before) if exchange else None
        part = json.dumps([{"type": "text", "text": asked}])
        of = key(1, conversation)
        yield message_key(question), of, parent, 0, "user", None, At(START + question), asked[:140], asked, part, part
        yield (message_key(question + 1), of, message_key(question), 0, "assistant", key(3, number),
               At(START + question), answered[:140], answered, "[]", "[]")


def turns(people):
    for conversation, _, number in exchanges():
        yield (key(3, number), key(1, conversation), owner_of(conversation, people), message_key(2 * number),
               message_key(2 * number + 1), "claude", "completed", False, 0, 1, False, At(START + 2 * number),
               At(START + 2 * number))


def steps(_people):
    for _, _, number in exchanges():
        content = json.dumps([{"type": "text", "text": text(2 * number + 1)}])
        yield key(4, number), key(3, number), 0, "complete", "claude", 100, 0, 0, 20, At(START + 2 * number), content


def words(people):
    for conversation, _, number in exchanges():
        owner = owner_of(conversation, people)
        for message in (2 * number, 2 * number + 1):
            each = dict.fromkeys(text(message).split())
            yield message_key(message), owner, f"§{owner.hex} " + " ".join(each)


TABLES = [
    (users, "users", "id email name role timezone locale instructions mode created_at"),
    (conversations, "conversations",
     "id user_id title plain_title head_id archived pinned created_at updated_at"),
    (messages, "messages",
     "id conversation_id parent_id version role turn_id created_at preview plain parts content"),
    (turns, "turns",
     "id conversation_id user_id user_message_id assistant_message_id model status stop_requested "
     "decision_seq epoch tainted created_at ended_at"),
    (steps, "steps",
     "id turn_id seq status model input_tokens cache_read_tokens cache_write_tokens output_tokens "
     "created_at content"),
    (words, "message_words", "message_id user_id words"),
]


def for_sqlite(value):
    if isinstance(value, uuid.UUID):
        return value.bytes
    return int(value) * 1000 if isinstance(value, At) else value


def for_postgres(value):
    if value is None:
        return "\\N"
    if isinstance(value, At):
        return datetime.datetime.fromtimestamp(value / 1000, datetime.timezone.utc).isoformat()
    return str(value).replace("\\", "\\\\")


def fill_sqlite(path):
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = off")
    database.execute("PRAGMA cache_size = -2000000")
    people = people_of(uuid.UUID(bytes=database.execute("SELECT id FROM users").fetchone()[0]))
    for rows, table, columns in TABLES:
        names = columns.split()
        insert = f"INSERT INTO {table} ({','.join(names)}) VALUES ({','.join('?' * len(names))})"
        database.executemany(insert, (tuple(map(for_sqlite, row)) for row in rows(people)))
    database.commit()
    database.close()


def psql(*arguments, **settings):
    command = ["psql", os.environ["DATABASE_URL"], "-qXAt", "-v", "ON_ERROR_STOP=1", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **settings).stdout


def fill_postgres():
    people = people_of(uuid.UUID(psql("-c", "SELECT id FROM smithers.users").strip()))
    for rows, table, columns in TABLES:
        copy = f"COPY smithers.{table} ({','.join(columns.split())}) FROM STDIN"
        with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
            file.writelines("\t".join(map(for_postgres, row)) + "\n" for row in rows(people))
            file.seek(0)
            psql("-c", copy, stdin=file)
    # What autovacuum does by and by.
    psql("-c", "VACUUM ANALYZE")


def people_of(owner):
    return [owner] + [key(5, number) for number in range(1, PEOPLE)]


class Reader:
    def __init__(self, url, headers):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self.headers = headers

    def get(self, path):
        self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {body[:300]!r}")
        return json.loads(body)

    def measure(self, name, paths):
        samples, found = [], 0
        for round_, path in enumerate(itertools.islice(itertools.cycle(paths), ROUNDS + WARM_UP)):
            started = time.perf_counter()
            page = self.get(path)
            if round_ >= WARM_UP:
                samples.append(time.perf_counter() - started)
                found += len(page["items"])
        p50, p95 = quantiles(samples)
        print(f"{name}: p50 {p50 * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms, {found / ROUNDS:.0f} items", flush=True)


def deep_cursor(reader, path, pages):
    cursor = None
    for _ in range(pages):
        page = reader.get(f"{path}limit=200" + (f"&cursor={cursor}" if cursor else ""))
        cursor = page["nextCursor"]
    return cursor


def measure(reader, name):
    rounds = random.Random(3)

    def some(make):
        return [make() for _ in range(ROUNDS)]

    def search(*kinds):
        def path():
            return "/api/search?q=" + "%20".join(pick() for pick in kinds)
        return some(path)

    def common():
        return rounds.choice(WORDS[:20])

    def middling():
        return rounds.choice(WORDS[100:2_000])

    def rare():
        return rounds.choice(["quokka", *WORDS[15_000:15_100]])

    def prefix():
        return rounds.choice(WORDS[:2_000])[: rounds.choice([1, 2, 3])]

    deep = deep_cursor(reader, "/api/conversations?", 25)
    reader.measure(f"{name}: conversations, first page", ["/api/conversations"])
    reader.measure(f"{name}: conversations, page 100", [f"/api/conversations?cursor={deep}"])
    reader.measure(f"{name}: conversations, common title", some(lambda: f"/api/conversations?q={common()}"))
    reader.measure(f"{name}: conversations, rare title", some(lambda: f"/api/conversations?q={rare()}"))
    reader.measure(f"{name}: search, rare word", search(rare))
    reader.measure(f"{name}: search, word in between", search(middling))
    reader.measure(f"{name}: search, common word", search(common))
    reader.measure(f"{name}: search, prefix of 1 to 3 letters", search(prefix))
    reader.measure(f"{name}: search, two common words", search(common, common))
    reader.measure(f"{name}: search, two words in between", search(middling, middling))
    reader.measure(f"{name}: search, common and rare word", search(common, rare))
    reader.measure(f"{name}: search, no such word", ["/api/search?q=zzzz"])
    deep = deep_cursor(reader, f"/api/search?q={WORDS[0]}&", 25)
    reader.measure(f"{name}: search, common word, page 100", [f"/api/search?q={WORDS[0]}&cursor={deep}"])
    mine = [key(1, 2 * rounds.randrange(CONVERSATIONS // 2)) for _ in range(ROUNDS)]
    reader.measure(f"{name}: messages", [f"/api/conversations/{id_}/messages" for id_ in mine])


def main():
    command = [sys.argv[1], "serve", "--listen", "127.0.0.1:0", "--data-dir"]
    base = {name: os.environ[name] for name in ("PATH", "HOME", "DATABASE_URL") if name in os.environ}
    name = "Postgres" if "DATABASE_URL" in base else "SQLite"
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        server, info = ready([*command, folder], base)
        headers = signed_in(info["url"], info["setupUrl"])
        stop(server)
        started = time.perf_counter()
        if name == "Postgres":
            fill_postgres()
        else:
            fill_sqlite(os.path.join(folder, "smithers.db"))
        print(f"{name}: filled in {time.perf_counter() - started:.0f} s", flush=True)
        # The first end refreshes the planner's statistics.
        stop(ready([*command, folder], base)[0])
        server, info = ready([*command, folder], base)
        headers["cookie"] = f"smithers_{urlsplit(info['url']).port}=" + headers["cookie"].split("=", 1)[1]
        measure(Reader(info["url"], headers), name)
        stop(server)


if __name__ == "__main__":
    main()
