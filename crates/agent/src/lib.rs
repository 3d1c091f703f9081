//! The rules of the agent, without any input or output: what a turn is, what it does next, who may
//! allow a tool call, and the ports through which models and tools are reached.
//!
//! Nothing in here knows HTTP, SQL, a vendor, an async runtime or the clock; everything arrives as
//! an argument. The driver that carries out what [`turn::TurnState::next`] says is in crate `app`.

mod causes;
pub mod chunk;
pub mod digest;
pub mod id;
pub mod layout;
pub mod message;
pub mod model;
pub mod permission;
pub mod price;
pub mod tool;
pub mod turn;
mod visible;
pub mod vocabulary;

pub use causes::with_causes;
pub use chunk::{Chunk, FinishReason};
pub use id::{
    ApprovalId, ConversationId, DecisionId, FileId, ImportId, JobId, MeetingId, MemoryId,
    MessageId, RuleId, StepId, TaskId, TokenId, ToolCallId, TurnId, UserId,
};
pub use message::Role;
pub use visible::visible;
pub use vocabulary::{ApprovalStatus, CallStatus, TurnStatus, UnknownWord};
