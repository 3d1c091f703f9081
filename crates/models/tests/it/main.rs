//! The client against the stand-in, over a socket.

#[cfg(test)]
mod blocks;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod request;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod streaming;
