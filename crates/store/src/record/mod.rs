//! Records: what the handles take and give, one module per entity.

pub(crate) mod account;
pub(crate) mod approval;
pub(crate) mod change;
pub(crate) mod conversation;
pub(crate) mod file;
pub(crate) mod page;
pub(crate) mod task;
pub(crate) mod task_fields;
pub(crate) mod turn;
