//! Signals by which people ask a process to stop.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Such signals, from the moment on that they are listened for: none is lost then.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Option<Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Ctrl-C only.
    pub(crate) fn of_terminal() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: None })
    }

    /// Ctrl-C, and what asks a service to end.
    pub(crate) fn all() -> io::Result<Self> {
        let terminate = Some(signal(SignalKind::terminate())?);
        Ok(Self { terminate, ..Self::of_terminal()? })
    }

    /// The next one; it is not lost if it is not waited for.
    pub(crate) async fn next(&mut self) {
        let Self { interrupt, terminate } = self;
        let terminated = async {
            match terminate {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminated => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn of_terminal() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) fn all() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn next(&mut self) {
        // Where it cannot be listened for, nothing but the system stops the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
