//! One answer while it comes: what viewers are shown of it, and what is kept if it breaks off.

use std::collections::{BTreeSet, HashMap};

use agent::message::{is_from_outside, text_block};
use agent::model::{BlockKind, ModelEvent, Usage};
use agent::price::Prices;
use agent::{Chunk, ToolCallId};
use serde_json::{Value, json};
use store::{CallKind, NewStep, StepStatus};

use crate::hub::TurnLog;
use crate::{Tools, view};

/// What has come of an answer so far.
pub(super) struct Answer<'a> {
    log: &'a TurnLog,
    tools: &'a Tools,
    /// The step's place in the turn, which names its parts.
    seq: i64,
    /// Whether viewers have seen the step begin, perhaps with an earlier try.
    begun: bool,
    /// What viewers are told before anything else.
    notice: Option<Chunk>,
    /// What is kept if the answer breaks off, as content; some of it may still be empty.
    kept: Vec<Value>,
    /// The calls so far of tools that the vendor runs.
    vendor_calls: BTreeSet<String>,
    /// Our ids of the calls, by the model's.
    call_ids: HashMap<String, ToolCallId>,
    /// What each open block is to viewers.
    open: HashMap<usize, Open>,
    /// What the vendor has said about its bill.
    usage: Usage,
    /// The bytes of all deltas.
    bytes: u64,
    /// Text from outside has come.
    tainted: bool,
}

/// How many bytes of an answer make a token, about; the vendors say four characters.
const BYTES_PER_TOKEN: u64 = 4;

#[derive(Clone, Copy)]
enum Open {
    /// By its place among what is kept.
    Text(usize),
    /// Viewers see it from its first text on, because it may stay empty.
    Reasoning(usize),
    Call(ToolCallId),
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        log: &'a TurnLog,
        tools: &'a Tools,
        seq: i64,
        begun: bool,
        vendor_calls: BTreeSet<String>,
        notice: Option<Chunk>,
    ) -> Self {
        Self {
            log,
            tools,
            seq,
            begun,
            notice,
            kept: Vec::new(),
            vendor_calls,
            call_ids: HashMap::new(),
            open: HashMap::new(),
            usage: Usage::default(),
            bytes: 0,
            tainted: false,
        }
    }

    /// Begins the step for viewers, unless they have seen it begin.
    pub(super) fn begin(&mut self) {
        self.log.extend(self.notice.take());
        if !std::mem::replace(&mut self.begun, true) {
            self.log.push(Chunk::StartStep);
        }
    }

    /// Takes back what viewers have seen.
    pub(super) fn reset(&self) {
        if self.begun {
            self.log.push(Chunk::ResetStep);
        }
    }

    /// Whether viewers have seen the step begin.
    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Whether viewers have been told what they are told first.
    pub(super) const fn has_told(&self) -> bool {
        self.notice.is_none()
    }

    /// Our ids of the calls, by the model's.
    pub(super) fn into_call_ids(self) -> HashMap<String, ToolCallId> {
        self.call_ids
    }

    /// The bill of an answer that is not whole: what the vendor said, and an estimate of the output,
    /// which it counts only at the end. A model that says nothing bills nothing.
    pub(super) fn billed(&self) -> Usage {
        if self.usage.total() == 0 {
            return Usage::default();
        }
        let estimate = self.bytes.div_ceil(BYTES_PER_TOKEN);
        Usage { output_tokens: self.usage.output_tokens.max(estimate), ..self.usage }
    }

    /// Shows what came and keeps what may be needed.
    pub(super) fn take(&mut self, event: ModelEvent) {
        match event {
            ModelEvent::Usage(usage) => self.usage = usage,
            event => self.show(event),
        }
    }

    fn show(&mut self, event: ModelEvent) {
        self.begin();
        match event {
            ModelEvent::BlockStart { index, kind } => self.open_block(index, kind),
            ModelEvent::BlockDelta { index, delta } => {
                self.bytes += delta.len() as u64;
                // What no database keeps must not be shown either.
                self.extend_block(index, delta.replace('\0', "\u{fffd}"));
            }
            ModelEvent::BlockEnd { index } => {
                if let Some(open) = self.open.remove(&index) {
                    self.end_block(index, open);
                }
            }
            ModelEvent::VendorTool(block) => {
                self.tainted |= is_from_outside(&block);
                self.log.extend(view::vendor_chunk(&block, &mut self.vendor_calls));
                self.kept.push(block);
            }
            ModelEvent::Usage(_) | ModelEvent::Done(_) => {}
        }
    }

    fn open_block(&mut self, index: usize, kind: BlockKind) {
        let open = match kind {
            BlockKind::Text => {
                self.log.push(Chunk::TextStart { id: self.part_id(index) });
                Open::Text(self.keep(text_block("")))
            }
            BlockKind::Reasoning => {
                Open::Reasoning(self.keep(json!({"type": "thinking", "thinking": ""})))
            }
            BlockKind::ToolInput { id, name } => {
                let call: ToolCallId = store::fresh();
                self.call_ids.insert(id, call);
                let title = self.tools.get(&name).map(|tool| tool.spec().title.clone());
                self.log.push(Chunk::ToolInputStart {
                    tool_call_id: call.to_string(),
                    tool_name: name,
                    dynamic: true,
                    title,
                });
                Open::Call(call)
            }
        };
        self.open.insert(index, open);
    }

    fn extend_block(&mut self, index: usize, delta: String) {
        let id = self.part_id(index);
        match self.open.get(&index).copied() {
            Some(Open::Text(place)) => {
                self.append(place, "text", &delta);
                self.log.push(Chunk::TextDelta { id, delta });
            }
            Some(Open::Reasoning(place)) if !delta.is_empty() => {
                if self.is_blank(place) {
                    self.log.push(Chunk::ReasoningStart { id: id.clone() });
                }
                self.append(place, "thinking", &delta);
                self.log.push(Chunk::ReasoningDelta { id, delta });
            }
            Some(Open::Call(call)) => self.log.push(Chunk::ToolInputDelta {
                tool_call_id: call.to_string(),
                input_text_delta: delta,
            }),
            Some(Open::Reasoning(_)) | None => {}
        }
    }

    fn end_block(&self, index: usize, open: Open) {
        let id = self.part_id(index);
        match open {
            Open::Text(_) => self.log.push(Chunk::TextEnd { id }),
            Open::Reasoning(place) if !self.is_blank(place) => {
                self.log.push(Chunk::ReasoningEnd { id });
            }
            // The arguments are shown once the whole answer is stored.
            Open::Reasoning(_) | Open::Call(_) => {}
        }
    }

    /// Shows the pages that the whole answer rests on.
    pub(super) fn cite(&self, content: &[Value]) {
        self.log.extend(view::source_chunks(self.seq, content));
    }

    /// Leaves viewers with what is kept of an answer that broke off.
    pub(super) fn leave(&mut self) {
        if self.call_ids.is_empty() {
            for (index, open) in &self.open {
                self.end_block(*index, *open);
            }
            return;
        }
        // A call that is not complete has no end of its own.
        self.log.push(Chunk::ResetStep);
        for (place, raw) in self.content().iter().enumerate() {
            let again = view::vendor_chunk(raw, &mut self.vendor_calls);
            self.log.extend(view::block_chunks(&self.part_id(place), raw, &[]));
            self.log.extend(again);
        }
    }

    /// What is kept as a step of its own, if there is any of it or a bill.
    pub(super) fn partial(&self, model: &str, prices: &Prices) -> Option<NewStep> {
        let (content, usage) = (self.content(), self.billed());
        (!content.is_empty() || usage.total() > 0).then(|| NewStep {
            status: StepStatus::Interrupted,
            content,
            tainted: self.tainted,
            ..NewStep::bill(CallKind::Answer, model, prices.spent(model, model, usage))
        })
    }

    /// What is kept, as content. Of it the model is sent the text only.
    fn content(&self) -> Vec<Value> {
        self.kept.iter().filter(|block| !is_blank(block)).cloned().collect()
    }

    fn part_id(&self, index: usize) -> String {
        view::part_id(self.seq, index)
    }

    fn keep(&mut self, block: Value) -> usize {
        self.kept.push(block);
        self.kept.len() - 1
    }

    fn append(&mut self, place: usize, kind: &str, delta: &str) {
        let block = self.kept.get_mut(place);
        if let Some(Value::String(text)) = block.and_then(|block| block.get_mut(kind)) {
            text.push_str(delta);
        }
    }

    fn is_blank(&self, place: usize) -> bool {
        self.kept.get(place).is_some_and(is_blank)
    }
}

/// Whether text or reasoning has not come yet; it stands under the name of its kind.
fn is_blank(block: &Value) -> bool {
    block["type"].as_str().is_some_and(|kind| block[kind] == "")
}
