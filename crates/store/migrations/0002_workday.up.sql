-- What a person works with all day beside the chat itself: meetings, memories, files, search over
-- what was said, imports, the day's bill, the administrator's ceiling, tokens and invitations.
CREATE TABLE meetings (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    notes TEXT NOT NULL,
    plain TEXT NOT NULL,
    starts_at {{ts}} NOT NULL,
    ends_at {{ts}} NOT NULL,
    timezone TEXT NOT NULL,
    all_day {{bool}} NOT NULL,
    location TEXT,
    attendees TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('confirmed', 'cancelled')),
    source TEXT NOT NULL,
    external_id TEXT,
    external_url TEXT,
    made_by {{uuid}},
    created_at {{ts}} NOT NULL,
    updated_at {{ts}} NOT NULL,
    CHECK (starts_at < ends_at)
) {{strict}};

CREATE UNIQUE INDEX meetings_made_by ON meetings (user_id, made_by) WHERE made_by IS NOT NULL;
CREATE INDEX meetings_list ON meetings (user_id, starts_at, id);
CREATE INDEX meetings_ends ON meetings (user_id, ends_at);

-- A memory that was forgotten stays for a day, so that it can be brought back.
CREATE TABLE memories (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    plain TEXT NOT NULL,
    made_by {{uuid}},
    created_at {{ts}} NOT NULL,
    forgotten_at {{ts}}
) {{strict}};

CREATE UNIQUE INDEX memories_made_by ON memories (user_id, made_by) WHERE made_by IS NOT NULL;
CREATE INDEX memories_list ON memories (user_id, id);
CREATE INDEX memories_forgotten ON memories (forgotten_at) WHERE forgotten_at IS NOT NULL;

-- A file that no message holds yet has no conversation.
CREATE TABLE files (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id {{uuid}} REFERENCES conversations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size {{int}} NOT NULL,
    sha256 {{bytes}} NOT NULL,
    created_at {{ts}} NOT NULL,
    data {{bytes}} NOT NULL
) {{strict}};

CREATE INDEX files_user ON files (user_id, id);
CREATE INDEX files_conversation ON files (conversation_id);
CREATE INDEX files_loose ON files (created_at) WHERE conversation_id IS NULL;

-- The words of each message once, folded, with one more that stands for the owner. The words hold
-- letters and digits only, so each is one token of `ascii`, which takes all beyond ASCII as such.
-- Every word is searched as a prefix: with an index for each length, a common one is not gathered
-- from all words that begin with it before the newest are found.
CREATE TABLE message_words (
-- @pg
    rid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
-- @end
-- @sqlite
    rid INTEGER PRIMARY KEY,
-- @end
    message_id {{uuid}} NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    user_id {{uuid}} NOT NULL,
    words TEXT NOT NULL
-- @pg
    , matches tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED
-- @end
) {{strict}};

CREATE INDEX message_words_newest ON message_words (user_id, rid);
-- @pg
CREATE INDEX message_words_matches ON message_words USING gin (matches) WITH (fastupdate = off);
-- @end
-- @sqlite
CREATE VIRTUAL TABLE message_matches USING fts5 (
    words, content = 'message_words', content_rowid = 'rid', detail = 'none',
    tokenize = 'ascii', prefix = '1 2 3 4 5 6 7 8'
);
CREATE TRIGGER message_words_inserted AFTER INSERT ON message_words BEGIN
    INSERT INTO message_matches (rowid, words) VALUES (new.rid, new.words);
END;
CREATE TRIGGER message_words_deleted AFTER DELETE ON message_words BEGIN
    INSERT INTO message_matches (message_matches, rowid, words) VALUES ('delete', old.rid, old.words);
END;
CREATE TRIGGER message_words_updated AFTER UPDATE ON message_words BEGIN
    INSERT INTO message_matches (message_matches, rowid, words) VALUES ('delete', old.rid, old.words);
    INSERT INTO message_matches (rowid, words) VALUES (new.rid, new.words);
END;
-- @end

-- Whether messages from before this migration have their words.
ALTER TABLE meta ADD COLUMN has_words {{bool}} NOT NULL DEFAULT FALSE;

-- Where an imported conversation comes from, so that it is imported once.
ALTER TABLE conversations ADD COLUMN source TEXT;
ALTER TABLE conversations ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX conversations_imported ON conversations (user_id, source, external_id)
    WHERE external_id IS NOT NULL;
-- Somebody else may have written what came with an import.
ALTER TABLE messages ADD COLUMN imported {{bool}} NOT NULL DEFAULT FALSE;

-- One that is still arriving is seen by nobody, and is gone if it is not whole in time. `problems`
-- has one a line.
CREATE TABLE imports (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('smithers', 'chatgpt', 'claude')),
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    total {{int}} NOT NULL,
    imported {{int}} NOT NULL,
    duplicates {{int}} NOT NULL,
    skipped {{int}} NOT NULL,
    bytes {{int}} NOT NULL,
    problems TEXT NOT NULL,
    error TEXT,
    arriving_until {{ts}},
    created_at {{ts}} NOT NULL,
    ended_at {{ts}}
) {{strict}};

CREATE INDEX imports_list ON imports (user_id, id);
CREATE INDEX imports_arriving ON imports (arriving_until) WHERE arriving_until IS NOT NULL;

-- A conversation that is still to be imported, part 0, and after it its files; all go in the
-- transaction that imports it. Of a file that is stored already only its former id is left.
CREATE TABLE import_items (
    import_id {{uuid}} NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    seq {{int}} NOT NULL,
    part {{int}} NOT NULL,
    file_id {{uuid}},
    body TEXT NOT NULL,
    PRIMARY KEY (import_id, seq, part)
) {{strict}};

-- Background work that is no turn. Of jobs with one `dedup_key` there is one.
CREATE TABLE jobs (
    id {{uuid}} PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('import', 'title')),
    subject_id {{uuid}} NOT NULL,
    dedup_key TEXT NOT NULL UNIQUE,
    attempts {{int}} NOT NULL,
    run_at {{ts}} NOT NULL,
    lease_owner TEXT,
    lease_until {{ts}},
    dead {{bool}} NOT NULL,
    error TEXT,
    created_at {{ts}} NOT NULL,
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) {{strict}};

CREATE INDEX jobs_due ON jobs (run_at, id) WHERE NOT dead;

-- What a person's model calls cost, by their day; it outlives the conversations.
CREATE TABLE usage_days (
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('answer', 'summary', 'title')),
    model_calls {{int}} NOT NULL,
    input_tokens {{int}} NOT NULL,
    cache_read_tokens {{int}} NOT NULL,
    cache_write_tokens {{int}} NOT NULL,
    cache_write_1h_tokens {{int}} NOT NULL,
    output_tokens {{int}} NOT NULL,
    cost_nanos {{int}},
    PRIMARY KEY (user_id, day, model, kind)
) {{strict}};

CREATE INDEX usage_days_day ON usage_days (day);

-- What each answer cost. Steps of before have no price.
ALTER TABLE steps ADD COLUMN cache_write_1h_tokens {{int}} NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN cost_nanos {{int}};

-- Hashes of what was sent, and why the vendor's cache held less of it than was expected.
ALTER TABLE steps ADD COLUMN layout TEXT;
ALTER TABLE steps ADD COLUMN cache_note TEXT;

-- Money set aside for the model call under way; it holds as long as the lease with that epoch.
ALTER TABLE turns ADD COLUMN reserved_nanos {{int}};
ALTER TABLE turns ADD COLUMN reserved_epoch {{int}};
ALTER TABLE turns ADD COLUMN limited_by TEXT CHECK (limited_by IN ('turn', 'user', 'day', 'month'));
ALTER TABLE turns ADD COLUMN warned_of TEXT CHECK (warned_of IN ('turn', 'user', 'day', 'month'));
ALTER TABLE users ADD COLUMN budget_warned_on TEXT;

-- The same for calls that belong to no turn; of each kind a conversation has one at a time.
CREATE TABLE reservations (
    subject_id {{uuid}} NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('answer', 'summary', 'title')),
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    cost_nanos {{int}} NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until {{ts}} NOT NULL,
    PRIMARY KEY (subject_id, kind)
) {{strict}};

-- What requests hold in place of a message and of all before it on its branch. Nothing else goes by
-- it: what it stands for can still be read, searched and exported.
CREATE TABLE summaries (
    message_id {{uuid}} PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    tainted {{bool}} NOT NULL,
    created_at {{ts}} NOT NULL,
    content TEXT NOT NULL
) {{strict}};

-- Whether older messages were summarised for this answer.
ALTER TABLE turns ADD COLUMN compacted {{bool}} NOT NULL DEFAULT FALSE;

-- Whether nobody has chosen the title yet: it is the first line of what was said.
ALTER TABLE conversations ADD COLUMN untitled {{bool}} NOT NULL DEFAULT FALSE;

-- The model that a person chose for a conversation, and the one that was to make an answer if another
-- made it: because it could not, or because there was no such model any more.
ALTER TABLE conversations ADD COLUMN model TEXT;
ALTER TABLE turns ADD COLUMN wanted TEXT;
ALTER TABLE turns ADD COLUMN wanted_gone {{bool}} NOT NULL DEFAULT FALSE;

-- What the administrator has set for everybody: one row.
CREATE TABLE ceiling (
    id {{int}} PRIMARY KEY CHECK (id = 1),
    paused {{bool}} NOT NULL,
    bypass_enabled {{bool}} NOT NULL,
    taint_asks {{bool}} NOT NULL
) {{strict}};

INSERT INTO ceiling (id, paused, bypass_enabled, taint_asks) VALUES (1, FALSE, FALSE, TRUE);

CREATE TABLE ceiling_rules (
    id {{uuid}} PRIMARY KEY,
    position {{int}} NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('ask', 'deny')),
    tool TEXT NOT NULL,
    conditions TEXT NOT NULL
) {{strict}};

ALTER TABLE approvals ADD COLUMN remember_scope TEXT;
-- Why it is asked, if it is not just the person's mode.
ALTER TABLE approvals ADD COLUMN because TEXT;
-- What the log names once a person has answered: them, or what alone made the call ask.
ALTER TABLE approvals ADD COLUMN decider TEXT NOT NULL DEFAULT 'user' CHECK (decider IN ('user', 'taint'));
-- Of what was asked before, nobody knows to what a remembered answer would be limited.
UPDATE approvals SET rememberable = FALSE WHERE status = 'pending';

-- What programs show instead of a session. `scopes` is a list of words as JSON.
CREATE TABLE tokens (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token_hash {{bytes}} NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at {{ts}} NOT NULL,
    expires_at {{ts}}
) {{strict}};

CREATE INDEX tokens_list ON tokens (user_id, id);

-- The link with which a person who was added gives themselves a password.
CREATE TABLE invitations (
    user_id {{uuid}} PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_hash {{bytes}} NOT NULL UNIQUE,
    expires_at {{ts}} NOT NULL
) {{strict}};
