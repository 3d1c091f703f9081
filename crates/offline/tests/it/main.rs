//! The published phrase list, and conversations of several steps.

#[cfg(test)]
mod conversations;
#[cfg(test)]
mod phrases;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod support;
