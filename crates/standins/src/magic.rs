//! Magic words of benchmarks: `N=200 D=20 F=0 S=24` in the newest user text asks for 200 deltas of
//! at least 24 bytes, 20 ms apart, the first after 0 ms.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::reply::{Reply, Stamped};

const FILLER: &str = " and so the text goes on and on and does not end before its time";

/// The reply that a text asks for, if it has a magic word.
pub(crate) fn reply(text: &str) -> Option<Reply> {
    let mut stamped = Stamped { deltas: 20, gap: Duration::ZERO, first: Duration::ZERO, bytes: 24 };
    let mut found = false;
    for word in text.split(|sign: char| sign.is_whitespace() || "\"<>\\".contains(sign)) {
        let Some((name, Ok(number))) = word.split_once('=').map(|(k, v)| (k, v.parse::<u32>()))
        else {
            continue;
        };
        match name {
            "N" => stamped.deltas = number.into(),
            "D" => stamped.gap = Duration::from_millis(number.into()),
            "F" => stamped.first = Duration::from_millis(number.into()),
            "S" => stamped.bytes = number as usize,
            _ => continue,
        }
        found = true;
    }
    found.then(|| Reply::stamped(stamped))
}

/// A delta's text: `@T` + microseconds of `CLOCK_MONOTONIC` + `@`, filled up to `bytes`. A client
/// on the same machine computes each delta's lag from it.
pub(crate) fn stamp(bytes: usize) -> String {
    let now = clock_gettime(ClockId::Monotonic);
    let mut text = format!("@T{}@", now.tv_sec * 1_000_000 + now.tv_nsec / 1000);
    while text.len() < bytes {
        let missing = (bytes - text.len()).min(FILLER.len());
        text.push_str(&FILLER[..missing]);
    }
    text
}
