//! The use cases: turns and their driver, approvals, accounts, prompts, live events. This crate
//! decides what happens; it knows no HTTP, no SQL, and of vendors' JSON only the exports that can
//! be imported.

mod access;
mod accounts;
mod approvals;
mod aside;
mod catalogue;
mod clock;
mod context;
mod error;
mod exports;
mod files;
mod hub;
mod imports;
mod jobs;
mod news;
mod prompt;
mod records;
mod secret;
mod summary;
mod titles;
mod tokens;
mod turns;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use agent::UserId;
use agent::model::ModelInfo;
use agent::permission::Mode;
use agent::price::Prices;
use agent::tool::{Tool, ToolSource};
use tokio::sync::{Notify, broadcast, watch};

pub use access::Credential;
pub use accounts::{NewPerson, Registration, SignedIn};
pub use approvals::{AnswerRequest, MAX_REASON, Remember};
pub use catalogue::{Catalogue, CatalogueError, NamedModel};
pub use clock::{Clock, SystemClock};
pub use error::{AppError, FieldProblem, Result};
pub use exports::{ConversationExport, ExportFormat};
pub use files::attach::{file_at, file_url};
pub use files::{FileKind, FileRefusal, MAX_FILE, MAX_FILES, Upload};
pub use hub::{Frame, Viewer};
pub use news::{News, NewsFeed};
pub use secret::Secret;
pub use store::{
    Approval, Bill, Budgets, CallKind, Change, Conversation, ConversationChange, Decision,
    FieldError, File, FileDeletion, FoundMessage, Import, ImportFormat, ImportStatus, Meeting,
    MeetingFields, MeetingFilter, MeetingStatus, Memory, Page, PageRequest, ProfileChange,
    Remembered, Scope, Store, StoreError, Story, Task, TaskFields, TaskFilter, TaskStatus, Token,
    Ts, User, UserRole, fresh, in_order, memory_text, period, present,
};
pub use tokens::TokenDraft;
pub use turns::post::{ApprovalAnswer, Post, PostKind, PostPart};
pub use turns::recovery::Recovery;
pub use turns::replay::Replay;

/// What the application is built from.
pub struct Parts {
    /// The database, migrated.
    pub store: Store,
    /// The models that may answer.
    pub models: Catalogue,
    /// Where tools come from.
    pub tools: Vec<Arc<dyn ToolSource>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The numbers.
    pub settings: Settings,
}

/// Limits and times.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The system prompt: the same bytes for everybody.
    pub system_prompt: Arc<str>,
    /// The permission mode that new people begin with.
    pub first_mode: Mode,
    /// The most model calls of a turn.
    pub max_model_calls: i64,
    /// The most time a turn may take while it runs, waiting for people aside.
    pub max_turn_time: Duration,
    /// The most tokens a turn may cost.
    pub max_turn_tokens: u64,
    /// The most tokens of one answer.
    pub max_answer_tokens: u32,
    /// What tokens cost.
    pub prices: Prices,
    /// How much may be spent on models whose price is known.
    pub budgets: Budgets,
    /// From how many tokens on older messages are summarised; three quarters of the model's window
    /// if not given.
    pub compact_at: Option<u64>,
    /// Whether a model names conversations.
    pub titles: bool,
    /// How long a tool may take.
    pub tool_timeout: Duration,
    /// How long an approval can be answered.
    pub approval_ttl: Duration,
    /// How long a lease lasts unless extended.
    pub lease_ttl: Duration,
    /// How long a browser stays signed in.
    pub session_ttl: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            system_prompt: prompt::SYSTEM.into(),
            first_mode: Mode::Default,
            max_model_calls: 20,
            max_turn_time: Duration::from_mins(30),
            max_turn_tokens: 2_000_000,
            max_answer_tokens: 16_384,
            prices: Prices::default(),
            budgets: Budgets::default(),
            compact_at: None,
            titles: true,
            tool_timeout: Duration::from_mins(1),
            approval_ttl: Duration::from_hours(7 * 24),
            lease_ttl: Duration::from_secs(15),
            session_ttl: Duration::from_hours(30 * 24),
        }
    }
}

/// A person's tools by name, sorted.
type Tools = BTreeMap<String, Arc<dyn Tool>>;

/// The application; a cheap clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    models: Catalogue,
    tools: Vec<Arc<dyn ToolSource>>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    hub: hub::Hub,
    throttle: accounts::Throttle,
    /// Names this process in leases.
    process: String,
    draining: watch::Sender<bool>,
    /// Tells whose session or token was ended here.
    ended: broadcast::Sender<UserId>,
    /// Says that there is a new job.
    work: Notify,
}

impl App {
    /// Builds the application. Nothing runs until [`App::start_recovery`].
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            store: parts.store,
            models: parts.models,
            tools: parts.tools,
            clock: parts.clock,
            settings: parts.settings,
            hub: hub::Hub::default(),
            throttle: accounts::Throttle::default(),
            process: secret::Secret::random().text()[..16].to_owned(),
            draining: watch::Sender::new(false),
            ended: broadcast::Sender::new(64),
            work: Notify::new(),
        }))
    }

    /// Which model answers where nobody chose.
    pub fn model_info(&self) -> &ModelInfo {
        self.0.models.default_model().model.info()
    }

    /// The models that people may choose from.
    pub fn models(&self) -> &Catalogue {
        &self.0.models
    }

    /// Refuses a name that no model has; `field` is where it stands.
    pub fn check_model(&self, field: &str, name: &str) -> Result<()> {
        if self.0.models.get(name).is_some() {
            return Ok(());
        }
        let names: Vec<String> = self.0.models.names().map(|name| format!("`{name}`")).collect();
        Err(AppError::field(field, format!("must be one of {}", names.join(", "))))
    }

    /// The entity handles, for use cases that are one transaction and no more.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Now.
    pub fn now(&self) -> store::Ts {
        self.0.clock.now().into()
    }

    /// Whether the process is about to end and takes no new turns.
    pub fn is_draining(&self) -> bool {
        *self.0.draining.borrow()
    }

    /// The tools of a person by name, sorted.
    async fn catalogue(&self, user: UserId) -> Tools {
        let mut tools = Tools::new();
        for source in &self.0.tools {
            for tool in source.tools(user).await {
                tools.insert(tool.spec().name.clone(), tool);
            }
        }
        tools
    }
}
