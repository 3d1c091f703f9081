-- One row: the oldest schema reader that may still work on this database.
CREATE TABLE meta (
    id {{int}} PRIMARY KEY CHECK (id = 1),
    min_reader_version {{int}} NOT NULL
) {{strict}};

INSERT INTO meta (id, min_reader_version) VALUES (1, 1);

CREATE TABLE users (
    id {{uuid}} PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    password_hash TEXT,
    timezone TEXT NOT NULL,
    locale TEXT NOT NULL,
    instructions TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('default', 'acceptEdits', 'plan', 'dontAsk', 'bypassPermissions')),
    created_at {{ts}} NOT NULL
) {{strict}};

CREATE UNIQUE INDEX users_one_owner ON users (role) WHERE role = 'owner';

CREATE TABLE sessions (
    token_hash {{bytes}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at {{ts}} NOT NULL,
    created_at {{ts}} NOT NULL
) {{strict}};

CREATE INDEX sessions_user ON sessions (user_id);

-- At most one link of each kind holds; it is deleted when it is used.
CREATE TABLE links (
    kind TEXT PRIMARY KEY CHECK (kind IN ('setup', 'sign_in')),
    token_hash {{bytes}} NOT NULL,
    expires_at {{ts}} NOT NULL,
    created_at {{ts}} NOT NULL
) {{strict}};

CREATE TABLE conversations (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT,
    title TEXT NOT NULL,
    plain_title TEXT NOT NULL,
    head_id {{uuid}},
    archived {{bool}} NOT NULL,
    pinned {{bool}} NOT NULL,
    created_at {{ts}} NOT NULL,
    updated_at {{ts}} NOT NULL,
    UNIQUE (user_id, client_id)
) {{strict}};

CREATE INDEX conversations_list ON conversations (user_id, archived, pinned, updated_at, id);

-- Edits of a message may share its client's id and are numbered: only the first, 0, is a message of
-- its own. Large columns stand last, so that SQLite reads the small ones from a row's first page.
CREATE TABLE messages (
    id {{uuid}} PRIMARY KEY,
    conversation_id {{uuid}} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id {{uuid}},
    client_id TEXT,
    version {{int}} NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    turn_id {{uuid}},
    created_at {{ts}} NOT NULL,
    preview TEXT NOT NULL,
    plain TEXT NOT NULL,
    parts TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (conversation_id, client_id, version)
) {{strict}};

CREATE INDEX messages_tree ON messages (conversation_id, id, parent_id, role);

CREATE TABLE turns (
    id {{uuid}} PRIMARY KEY,
    conversation_id {{uuid}} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_id {{uuid}} NOT NULL,
    user_message_id {{uuid}} NOT NULL,
    assistant_message_id {{uuid}} NOT NULL,
    model TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'waiting', 'completed', 'stopped', 'superseded', 'expired', 'failed', 'limited')),
    stop_requested {{bool}} NOT NULL,
    decision_seq {{int}} NOT NULL,
    epoch {{int}} NOT NULL,
    tainted {{bool}} NOT NULL,
    preamble TEXT,
    error TEXT,
    lease_owner TEXT,
    lease_until {{ts}},
    created_at {{ts}} NOT NULL,
    ended_at {{ts}},
    CHECK ((status = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('queued', 'running', 'waiting')) = (ended_at IS NULL))
) {{strict}};

CREATE UNIQUE INDEX turns_active ON turns (conversation_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX turns_due ON turns (id) WHERE status IN ('queued', 'running');
CREATE INDEX turns_conversation ON turns (conversation_id, id);
CREATE INDEX turns_message ON turns (user_message_id, id);

CREATE TABLE steps (
    id {{uuid}} PRIMARY KEY,
    turn_id {{uuid}} NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    seq {{int}} NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('complete', 'interrupted', 'broken')),
    stop TEXT,
    model TEXT NOT NULL,
    input_tokens {{int}} NOT NULL,
    cache_read_tokens {{int}} NOT NULL,
    cache_write_tokens {{int}} NOT NULL,
    output_tokens {{int}} NOT NULL,
    note TEXT,
    request_id TEXT,
    created_at {{ts}} NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (turn_id, seq)
) {{strict}};

CREATE TABLE tool_calls (
    id {{uuid}} PRIMARY KEY,
    conversation_id {{uuid}} NOT NULL,
    turn_id {{uuid}} NOT NULL,
    step_id {{uuid}} NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
    seq {{int}} NOT NULL,
    model_call_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    title TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('read', 'write', 'destructive', 'outward')),
    schema_hash TEXT NOT NULL,
    digest TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('proposed', 'waiting', 'approved', 'denied', 'superseded', 'expired', 'started', 'succeeded', 'failed', 'unknown')),
    defect TEXT,
    reason TEXT,
    started_epoch {{int}},
    started_at {{ts}},
    ended_at {{ts}},
    arguments TEXT NOT NULL,
    edited_arguments TEXT,
    result TEXT,
    UNIQUE (step_id, seq)
) {{strict}};

CREATE INDEX tool_calls_turn ON tool_calls (turn_id);
CREATE INDEX tool_calls_digest ON tool_calls (conversation_id, digest) WHERE effect <> 'read';

CREATE TABLE approvals (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL,
    conversation_id {{uuid}} NOT NULL,
    turn_id {{uuid}} NOT NULL,
    tool_call_id {{uuid}} NOT NULL REFERENCES tool_calls (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    digest TEXT NOT NULL,
    rememberable {{bool}} NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'expired', 'superseded')),
    created_at {{ts}} NOT NULL,
    expires_at {{ts}} NOT NULL,
    decided_at {{ts}},
    decided_by TEXT,
    reason TEXT,
    summary TEXT NOT NULL,
    arguments TEXT NOT NULL,
    edited_arguments TEXT,
    CHECK ((status = 'pending') = (decided_at IS NULL))
) {{strict}};

CREATE UNIQUE INDEX approvals_open ON approvals (tool_call_id) WHERE status = 'pending';
CREATE INDEX approvals_call ON approvals (tool_call_id);
CREATE INDEX approvals_turn ON approvals (turn_id);
CREATE INDEX approvals_list ON approvals (user_id, id);
CREATE INDEX approvals_list_by_status ON approvals (user_id, status, id);
CREATE INDEX approvals_due ON approvals (expires_at) WHERE status = 'pending';

-- A rule's id is the client's, so it is unique per person only.
CREATE TABLE rules (
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id {{uuid}} NOT NULL,
    position {{int}} NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'ask', 'deny')),
    tool TEXT NOT NULL,
    conditions TEXT NOT NULL,
    conversation_id {{uuid}} REFERENCES conversations (id) ON DELETE CASCADE,
    created_at {{ts}} NOT NULL,
    PRIMARY KEY (user_id, id)
) {{strict}};

CREATE INDEX rules_conversation ON rules (conversation_id);

CREATE TABLE decisions (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL,
    conversation_id {{uuid}} NOT NULL,
    turn_id {{uuid}} NOT NULL,
    tool_call_id {{uuid}} NOT NULL REFERENCES tool_calls (id) ON DELETE CASCADE,
    tool TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'deny')),
    decider TEXT NOT NULL CHECK (decider IN ('user', 'rule', 'mode', 'admin', 'taint', 'expiry')),
    by_id TEXT,
    decided_at {{ts}} NOT NULL
) {{strict}};

CREATE INDEX decisions_list ON decisions (user_id, id);
CREATE INDEX decisions_call ON decisions (tool_call_id);

-- `plain` is title and notes folded for search; `due_key` orders by due time, far away if there is
-- none.
CREATE TABLE tasks (
    id {{uuid}} PRIMARY KEY,
    user_id {{uuid}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    notes TEXT NOT NULL,
    plain TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'done')),
    due_on TEXT,
    due_at {{ts}},
    due_key {{ts}} NOT NULL,
    assignee TEXT,
    source TEXT NOT NULL,
    external_id TEXT,
    external_url TEXT,
    made_by {{uuid}},
    created_at {{ts}} NOT NULL,
    updated_at {{ts}} NOT NULL,
    done_at {{ts}},
    CHECK (due_on IS NULL OR due_at IS NULL),
    CHECK ((status = 'done') = (done_at IS NOT NULL))
) {{strict}};

CREATE UNIQUE INDEX tasks_made_by ON tasks (user_id, made_by) WHERE made_by IS NOT NULL;
CREATE INDEX tasks_list ON tasks (user_id, id);
CREATE INDEX tasks_open ON tasks (user_id, due_key, id) WHERE status = 'open';
CREATE INDEX tasks_done ON tasks (user_id, done_at, id) WHERE status = 'done';
