//! The columns of every record, in the order in which they are read.

use crate::db::record;
use crate::{
    Approval, Bill, Conversation, Decision, File, FoundMessage, Import, ImportItem, ItemFile, Job,
    Meeting, Memory, Message, StepRow, Summary, Task, Token, ToolCallRow, Turn, User,
};

record! {
    User from "users" {
        id, email, name, role, timezone, locale, instructions, created_at,
    }
}

record! {
    Conversation from "conversations" {
        id, client_id, title, head_id, archived, pinned, model, created_at, updated_at,
        active = "(SELECT turns.status FROM turns WHERE turns.conversation_id = conversations.id
            AND turns.status IN ('queued', 'running', 'waiting'))",
        preview = "COALESCE((SELECT messages.preview FROM messages
            WHERE messages.conversation_id = conversations.id AND messages.preview <> ''
            ORDER BY messages.id DESC LIMIT 1), '')",
    }
}

record! {
    Message from "messages" {
        id, client_id, parent_id, role, content, parts, turn_id, imported,
        summarised = "EXISTS (SELECT 1 FROM summaries WHERE summaries.message_id = messages.id)",
        created_at,
    }
}

record! {
    Summary from "summaries" { content, tainted, created_at }
}

record! {
    Turn from "turns" {
        id, user_id, conversation_id, user_message_id, assistant_message_id, model, wanted,
        wanted_gone, status, stop_requested, decision_seq, epoch, tainted, preamble, error, limited_by,
        warned_of, compacted, created_at, ended_at,
    }
}

record! {
    StepRow from "steps" {
        id, turn_id, seq, status, content, stop, model,
        spent = "steps.input_tokens, steps.cache_read_tokens, steps.cache_write_tokens,
            steps.cache_write_1h_tokens, steps.output_tokens, steps.cost_nanos",
        note, request_id, layout, cache_note, created_at,
    }
}

record! {
    ToolCallRow from "tool_calls" {
        id, turn_id, step_id, seq, model_call_id, tool, title, effect, arguments,
        edited_arguments, schema_hash, digest, status, defect, reason, result, started_epoch,
        repeated = "EXISTS (SELECT 1 FROM tool_calls AS other
            WHERE other.conversation_id = tool_calls.conversation_id
            AND other.digest = tool_calls.digest AND other.effect <> 'read'
            AND other.id <> tool_calls.id AND other.status IN ('succeeded', 'unknown'))",
        started_at, ended_at,
    }
}

record! {
    Approval from "approvals" {
        id, conversation_id, turn_id, tool_call_id,
        tool = "tool_calls.tool",
        title = "tool_calls.title",
        source,
        effect = "tool_calls.effect",
        summary, because, decider, arguments, digest, rememberable, remember_scope, status, created_at,
        expires_at, decided_at, decided_by, reason, edited_arguments,
    }
}

record! {
    Decision from "decisions" {
        id, conversation_id, turn_id, tool_call_id, tool, verdict,
        by = "decisions.decider, decisions.by_id",
        at = "decisions.decided_at",
    }
}

record! {
    Bill from "usage_days" {
        day, model, kind, model_calls,
        spent = "usage_days.input_tokens, usage_days.cache_read_tokens,
            usage_days.cache_write_tokens, usage_days.cache_write_1h_tokens,
            usage_days.output_tokens, usage_days.cost_nanos",
    }
}

record! {
    Task from "tasks" {
        id, title, notes, status, due_on, due_at, assignee, source, external_id, external_url,
        created_at, updated_at,
    }
}

record! {
    Meeting from "meetings" {
        id, title, starts_at, ends_at, timezone, all_day, location, attendees, notes, status,
        source, external_id, external_url, created_at, updated_at,
    }
}

record! {
    Import from "imports" {
        id, name, format, status, total, imported, duplicates, skipped, problems, error, created_at,
        ended_at,
    }
}

record! {
    Memory from "memories" { id, text, created_at }
}

record! {
    Job from "jobs" {
        id, kind,
        subject = "jobs.subject_id",
        attempts, run_at, dead, error, created_at,
    }
}

// The text becomes a snippet.
record! {
    FoundMessage from "messages" {
        conversation_id,
        message_id = "messages.id",
        role,
        title = "conversations.title",
        snippet = "messages.plain",
        created_at,
        is_imported = "conversations.source IS NOT NULL",
    }
}

record! {
    File from "files" {
        id, conversation_id, name, media_type, size, sha256, created_at,
    }
}

record! {
    Token from "tokens" { id, name, scopes, created_at, expires_at }
}

record! {
    ImportItem from "import_items" {
        import = "imports.id",
        owner = "imports.user_id",
        format = "imports.format",
        seq, body,
    }
}

record! {
    ItemFile from "import_items" { part, body }
}
