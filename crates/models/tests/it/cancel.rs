use agent::model::Model as _;
use futures_util::StreamExt as _;
use standins::anthropic::{Gate, Reply};

use crate::setup::{ask, scripted};

#[tokio::test]
async fn dropping_the_stream_closes_the_socket() {
    for events in [0, 1, 3] {
        let gate = Gate::new();
        let (_server, model) =
            scripted([Reply::new().text("brief").gate_after(events, &gate)]).await;
        let mut stream = model.stream(ask("Hello"));
        // The stream does nothing unless it is asked.
        tokio::select! {
            () = async { while stream.next().await.is_some() {} } => panic!("the gate is closed"),
            () = gate.reached() => {}
        }
        drop(stream);
        gate.abandoned().await;
    }
}
