//! What a column may hold: six stored types, and how each type of ours becomes one of them.

use std::collections::BTreeMap;

use agent::layout::Layout;
use agent::model::StopReason;
use agent::permission::{DeciderKind, Mode, Verdict};
use agent::{
    ApprovalId, ApprovalStatus, CallStatus, ConversationId, DecisionId, FileId, ImportId, JobId,
    MeetingId, MemoryId, MessageId, Role, RuleId, StepId, TaskId, TokenId, ToolCallId, TurnId,
    TurnStatus, UserId,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::clean;
use super::row::Stored;
use crate::{
    Budget, CallKind, ImportFormat, ImportStatus, JobKind, LinkKind, MeetingStatus, Result, Scope,
    StepStatus, StoreError, TaskStatus, Ts, UserRole,
};

/// A value on its way into a statement.
#[derive(Debug)]
pub(crate) enum Bind {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    Time(Option<Ts>),
    Bytes(Option<Vec<u8>>),
}

/// A type of ours that is kept in one column.
pub(crate) trait Column: Sized {
    /// As what the databases keep it.
    type Stored: Stored;

    fn to_stored(&self) -> Self::Stored;

    fn from_stored(stored: Self::Stored) -> Result<Self>;
}

/// What can be bound: a column's value or its absence.
pub(crate) trait ToBind {
    fn to_bind(&self) -> Bind;
}

impl<T: Column> ToBind for T {
    fn to_bind(&self) -> Bind {
        T::Stored::bind(Some(self.to_stored()))
    }
}

impl<T: Column> ToBind for Option<T> {
    fn to_bind(&self) -> Bind {
        T::Stored::bind(self.as_ref().map(T::to_stored))
    }
}

impl ToBind for str {
    fn to_bind(&self) -> Bind {
        Bind::Text(Some(clean::text(self)))
    }
}

fn inconsistent(error: impl std::fmt::Display) -> StoreError {
    StoreError::Inconsistent(error.to_string())
}

macro_rules! id_columns {
    ($($id:ty),* $(,)?) => {$(
        impl Column for $id {
            type Stored = Uuid;

            fn to_stored(&self) -> Uuid {
                self.0
            }

            fn from_stored(stored: Uuid) -> Result<Self> {
                Ok(Self(stored))
            }
        }
    )*};
}

id_columns! {
    UserId, ConversationId, MessageId, TurnId, StepId, ToolCallId, ApprovalId, RuleId, DecisionId,
    TaskId, MeetingId, MemoryId, FileId, ImportId, JobId, TokenId,
}

macro_rules! word_columns {
    ($($word:ty),* $(,)?) => {$(
        impl Column for $word {
            type Stored = String;

            fn to_stored(&self) -> String {
                self.as_str().to_owned()
            }

            fn from_stored(stored: String) -> Result<Self> {
                Self::try_from(stored).map_err(inconsistent)
            }
        }
    )*};
}

word_columns! {
    TurnStatus, CallStatus, ApprovalStatus, Role, StepStatus, UserRole, LinkKind, Mode, Verdict,
    DeciderKind, TaskStatus, MeetingStatus, ImportFormat, ImportStatus, JobKind, Budget,
    CallKind,
}

macro_rules! plain_columns {
    ($($type:ty: |$value:ident| $stored:expr),* $(,)?) => {$(
        impl Column for $type {
            type Stored = Self;

            fn to_stored(&self) -> Self {
                let $value = self;
                $stored
            }

            fn from_stored(stored: Self) -> Result<Self> {
                Ok(stored)
            }
        }
    )*};
}

plain_columns! {
    Uuid: |id| *id,
    String: |text| clean::text(text),
    i64: |number| *number,
    bool: |truth| *truth,
    Ts: |time| time.storable(),
    Vec<u8>: |bytes| bytes.clone(),
}

/// A SHA-256 of a secret.
impl Column for [u8; 32] {
    type Stored = Vec<u8>;

    fn to_stored(&self) -> Vec<u8> {
        self.to_vec()
    }

    fn from_stored(stored: Vec<u8>) -> Result<Self> {
        let length = stored.len();
        stored.try_into().map_err(|_bytes| inconsistent(format!("a hash of {length} bytes")))
    }
}

/// Tokens.
impl Column for u64 {
    type Stored = i64;

    fn to_stored(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }

    fn from_stored(stored: i64) -> Result<Self> {
        Self::try_from(stored).map_err(inconsistent)
    }
}

macro_rules! json_columns {
    ($($type:ty: |$value:ident| $json:expr),* $(,)?) => {$(
        impl Column for $type {
            type Stored = String;

            fn to_stored(&self) -> String {
                let $value = self;
                clean::json($json)
            }

            fn from_stored(stored: String) -> Result<Self> {
                parse(&stored)
            }
        }
    )*};
}

json_columns! {
    Value: |value| value.to_string(),
    Vec<Value>: |values| {
        let items: Vec<String> = values.iter().map(Value::to_string).collect();
        format!("[{}]", items.join(","))
    },
    Vec<String>: |list| serde_json::json!(list).to_string(),
    Vec<Scope>: |scopes| serde_json::json!(scopes).to_string(),
    BTreeMap<String, String>: |map| serde_json::json!(map).to_string(),
    Layout: |layout| serde_json::json!(layout).to_string(),
    StopReason: |reason| serde_json::json!(reason).to_string(),
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(inconsistent)
}
