//! The rules of the agent, and the rules between the crates.

#[cfg(test)]
mod digest;
#[cfg(test)]
mod imports;
mod layout;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod price;
mod visible;
