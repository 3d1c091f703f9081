//! Servers that stand in for the vendors Smithers talks to, for tests, benchmarks and development.
//!
//! Each one is scripted, listens on the loopback interface, and refuses what its vendor refuses.
//! This crate is never linked into the product.

pub mod anthropic;
