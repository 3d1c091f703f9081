//! Reading the UI message stream of our own server.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde_json::Value;

/// The connection ended before the answer did.
#[derive(Debug, thiserror::Error)]
#[error("the connection ended before the answer did; the answer goes on without it")]
pub(crate) struct CutOff;

/// The chunks of an answer as they come.
pub(crate) struct Chunks {
    body: BoxStream<'static, anyhow::Result<Bytes>>,
    buffer: Vec<u8>,
}

impl Chunks {
    pub(super) const fn of(body: BoxStream<'static, anyhow::Result<Bytes>>) -> Self {
        Self { body, buffer: Vec::new() }
    }

    /// The next chunk; none at the end, and [`CutOff`] if that does not come. Nothing is lost if it
    /// is not waited for.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Value>> {
        loop {
            while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                match line.strip_prefix(b"data: ").map(<[u8]>::trim_ascii_end) {
                    Some(b"[DONE]") => return Ok(None),
                    Some(data) => return Ok(Some(serde_json::from_slice(data)?)),
                    None => {}
                }
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(error.context(CutOff)),
                None => return Err(CutOff.into()),
            }
        }
    }
}
