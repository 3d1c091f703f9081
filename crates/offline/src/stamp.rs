//! The stamp: the one line in which the server tells the model date, time and zone.

use jiff::ZonedDateTime;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// The server promises at most this many characters.
const MAX_CHARS: usize = 100;

/// Reads a stamp such as `[Wed 2026-11-25 14:03 Europe/Berlin]`; anything else is none.
pub(crate) fn parse(block: &str) -> Option<ZonedDateTime> {
    if block.chars().count() > MAX_CHARS {
        return None;
    }
    let inner = block.trim().strip_prefix('[')?.strip_suffix(']')?;
    let [weekday, date, time, zone] = inner.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let date: Date = date.parse().ok()?;
    let time: Time = time.parse().ok()?;
    if date.strftime("%a").to_string() != weekday {
        return None;
    }
    // The server, too, takes a zone that it does not know for UTC.
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    date.to_datetime(time).to_zoned_datetime(zone).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_the_exact_form_only() {
        let now = parse("[Wed 2026-11-25 14:03 Europe/Berlin]").unwrap();

        assert_eq!(now.timestamp().to_string(), "2026-11-25T13:03:00Z");
        assert!(parse("[Thu 2026-11-25 14:03 Europe/Berlin]").is_none());
        assert!(parse("[Wed 2026-11-25 14:03 Nowhere/Else]").is_some());
        assert!(parse("Wed 2026-11-25 14:03 Europe/Berlin").is_none());
        assert!(parse("[x]").is_none());
    }
}
