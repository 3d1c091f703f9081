//! The clients against the stand-ins, over a socket.

#[cfg(test)]
mod blocks;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod prices;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod request;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod streaming;
