//! Records: what the handles take and give, one module per entity.

pub(crate) mod account;
pub(crate) mod approval;
pub(crate) mod bill;
pub(crate) mod budget;
pub(crate) mod change;
pub(crate) mod conversation;
pub(crate) mod field;
pub(crate) mod file;
pub(crate) mod import;
pub(crate) mod job;
pub(crate) mod meeting;
pub(crate) mod meeting_fields;
pub(crate) mod memory;
pub(crate) mod page;
pub(crate) mod search;
pub(crate) mod start;
pub(crate) mod task;
pub(crate) mod task_fields;
pub(crate) mod token;
pub(crate) mod turn;
