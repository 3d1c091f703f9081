//! The use cases with a clock that tests set. What needs no such clock is a journey through the
//! real binary, in `crates/smithers/tests`.

#![expect(clippy::unwrap_used, reason = "this crate has nothing but tests")]

mod context;
mod desk;
mod models;
mod sessions;
