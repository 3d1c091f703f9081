//! The commands, one file each.

pub(crate) mod config;
pub(crate) mod migrate;
pub(crate) mod serve;
pub(crate) mod sign_in_link;
