//! The stand-ins over a plain socket, as any client sees them.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod openai;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod wire;
