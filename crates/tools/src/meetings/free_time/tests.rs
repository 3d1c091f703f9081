use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::Ts;

use super::{MINUTE, Wish};

/// One search: the person's zone, what is asked, meetings, and what is free by the person's clock.
struct Case {
    name: &'static str,
    zone: &'static str,
    asked: Value,
    meetings: &'static [(&'static str, &'static str)],
    free: &'static [&'static str],
}

/// 2026-11-25 14:03, a Wednesday, in Berlin.
const NOW: &str = "2026-11-25T14:03:00+01:00";
const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";

fn micros(moment: &str) -> i64 {
    moment.parse::<Timestamp>().unwrap().as_microsecond()
}

/// `Thu 3 09:00+01:00 to 12:00+01:00`.
fn clocks(gap: &Range<i64>, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap();
    let local = |at: i64| Ts(at).timestamp().to_zoned_datetime(zone.clone());
    let (start, end) = (local(gap.start), local(gap.end));
    let day = if start.date() == end.date() { "" } else { "%a %-d " };
    format!("{} to {}", start.strftime("%a %-d %H:%M%:z"), end.strftime(&format!("{day}%H:%M%:z")))
}

fn search(case: &Case) -> Vec<String> {
    let asked = serde_json::from_value(case.asked.clone()).unwrap();
    let wish = Wish::read(&asked, case.zone).unwrap();
    let meetings: Vec<(Ts, Ts)> =
        case.meetings.iter().map(|(from, to)| (Ts(micros(from)), Ts(micros(to)))).collect();
    // As if it were long ago, so that nothing asked for is past.
    let range = wish.range(micros("2020-01-01T00:00:00Z")).unwrap();
    wish.free(&range, &meetings).iter().map(|gap| clocks(gap, case.zone)).collect()
}

fn check(cases: &[Case]) {
    for case in cases {
        assert_eq!(search(case), case.free, "{}", case.name);
    }
}

#[test]
fn free_time_is_working_hours_without_meetings() {
    check(&[
        Case {
            name: "a day without meetings",
            zone: BERLIN,
            asked: json!({"from": "2026-12-03", "to": "2026-12-04"}),
            meetings: &[],
            free: &["Thu 3 09:00+01:00 to 17:00+01:00"],
        },
        Case {
            name: "meetings that overlap, touch, contain one another and lie outside",
            zone: BERLIN,
            asked: json!({"from": "2026-12-03", "to": "2026-12-04", "minutes": 60}),
            meetings: &[
                ("2026-12-03T12:00:00+01:00", "2026-12-03T13:00:00+01:00"),
                ("2026-12-03T08:00:00+01:00", "2026-12-03T09:30:00+01:00"),
                ("2026-12-03T11:00:00+01:00", "2026-12-03T12:30:00+01:00"),
                ("2026-12-03T11:15:00+01:00", "2026-12-03T11:30:00+01:00"),
                ("2026-12-03T13:00:00+01:00", "2026-12-03T13:30:00+01:00"),
                ("2026-12-03T14:15:00+01:00", "2026-12-03T15:00:00+01:00"),
                ("2026-12-03T16:00:30+01:00", "2026-12-03T19:00:00+01:00"),
            ],
            free: &["Thu 3 09:30+01:00 to 11:00+01:00", "Thu 3 15:00+01:00 to 16:00+01:00"],
        },
        Case {
            name: "weekends are left out",
            zone: BERLIN,
            asked: json!({"from": "2026-12-04T16:00:00+01:00", "to": "2026-12-08"}),
            meetings: &[],
            free: &["Fri 4 16:00+01:00 to 17:00+01:00", "Mon 7 09:00+01:00 to 17:00+01:00"],
        },
        Case {
            name: "unless asked for",
            zone: BERLIN,
            asked: json!({"from": "2026-12-04", "to": "2026-12-08", "days": ["sun", "sat"]}),
            meetings: &[],
            free: &["Sat 5 09:00+01:00 to 17:00+01:00", "Sun 6 09:00+01:00 to 17:00+01:00"],
        },
        Case {
            name: "days that touch are one stretch",
            zone: BERLIN,
            asked: json!({"from": "2026-12-03", "to": "2026-12-05",
                "workingHours": {"start": "00:00", "end": "24:00"}}),
            meetings: &[],
            free: &["Thu 3 00:00+01:00 to Sat 5 00:00+01:00"],
        },
        Case {
            name: "a meeting of days leaves nothing",
            zone: BERLIN,
            asked: json!({"from": "2026-12-03", "to": "2026-12-05"}),
            meetings: &[("2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z")],
            free: &[],
        },
    ]);
}

#[test]
fn working_hours_are_those_of_their_zone() {
    check(&[
        Case {
            name: "hours of New York, told in Berlin",
            zone: BERLIN,
            asked: json!({"from": "2026-12-03", "to": "2026-12-04", "timezone": NEW_YORK}),
            meetings: &[("2026-12-03T10:00:00-05:00", "2026-12-03T11:00:00-05:00")],
            free: &["Thu 3 15:00+01:00 to 16:00+01:00", "Thu 3 17:00+01:00 to 23:00+01:00"],
        },
        Case {
            name: "weekdays of Auckland, which begin on Sunday in New York",
            zone: NEW_YORK,
            asked: json!({"from": "2026-12-05", "to": "2026-12-07",
                "timezone": "Pacific/Auckland"}),
            meetings: &[],
            free: &["Sun 6 15:00-05:00 to 23:00-05:00"],
        },
        Case {
            name: "the weeks in which only New York has changed its clock",
            zone: BERLIN,
            asked: json!({"from": "2026-03-09", "to": "2026-03-10", "timezone": NEW_YORK}),
            meetings: &[],
            free: &["Mon 9 14:00+01:00 to 22:00+01:00"],
        },
        Case {
            name: "a zone without a whole hour",
            zone: "Asia/Kathmandu",
            asked: json!({"from": "2026-12-03", "to": "2026-12-04"}),
            meetings: &[],
            free: &["Thu 3 09:00+05:45 to 17:00+05:45"],
        },
    ]);
}

#[test]
fn the_clock_may_change_on_the_day() {
    let night = json!({"start": "02:00", "end": "02:30"});
    let all_day = json!({"start": "00:00", "end": "24:00"});
    let on = |from: &str, to: &str, hours: &Value| {
        let days = ["sun"];
        json!({"from": from, "to": to, "days": days, "minutes": 10, "workingHours": hours})
    };
    check(&[
        Case {
            name: "hours that are skipped do not exist",
            zone: BERLIN,
            asked: on("2026-03-29", "2026-03-30", &night),
            meetings: &[],
            free: &[],
        },
        Case {
            name: "hours that are repeated come twice",
            zone: BERLIN,
            asked: on("2026-10-25", "2026-10-26", &night),
            meetings: &[],
            free: &["Sun 25 02:00+02:00 to 02:30+02:00", "Sun 25 02:00+01:00 to 02:30+01:00"],
        },
        Case {
            name: "hours that begin in the repeated hour begin twice",
            zone: BERLIN,
            asked: on("2026-10-25", "2026-10-25", &json!({"start": "02:30", "end": "06:00"})),
            meetings: &[],
            free: &["Sun 25 02:30+02:00 to 02:00+01:00", "Sun 25 02:30+01:00 to 06:00+01:00"],
        },
        Case {
            name: "a day of 23 hours",
            zone: BERLIN,
            asked: on("2026-03-29", "2026-03-30", &all_day),
            meetings: &[("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")],
            free: &[
                "Sun 29 00:00+01:00 to 01:30+01:00",
                "Sun 29 03:30+02:00 to Mon 30 00:00+02:00",
            ],
        },
        Case {
            name: "a day of 25 hours, with a meeting in the second of the repeated ones",
            zone: NEW_YORK,
            asked: on("2026-11-01", "2026-11-02", &all_day),
            meetings: &[("2026-11-01T01:15:00-05:00", "2026-11-01T01:45:00-05:00")],
            free: &["Sun 1 00:00-04:00 to 01:15-05:00", "Sun 1 01:45-05:00 to Mon 2 00:00-05:00"],
        },
        Case {
            name: "a window that ends in the skipped hour",
            zone: BERLIN,
            asked: on("2026-03-29", "2026-03-29", &json!({"start": "01:00", "end": "02:30"})),
            meetings: &[],
            free: &["Sun 29 01:00+01:00 to 03:00+02:00"],
        },
        Case {
            name: "a window that begins in the skipped hour",
            zone: NEW_YORK,
            asked: on("2026-03-08", "2026-03-09", &json!({"start": "02:30", "end": "04:00"})),
            meetings: &[],
            free: &["Sun 8 03:00-04:00 to 04:00-04:00"],
        },
    ]);
}

#[test]
fn a_search_begins_with_the_next_quarter_of_an_hour() {
    let now = micros(NOW);
    let range = |asked: Value| {
        let wish = Wish::read(&serde_json::from_value(asked).unwrap(), BERLIN).unwrap();
        wish.range(now).map(|range| clocks(&range, BERLIN))
    };

    assert_eq!(range(json!({})).unwrap(), "Wed 25 14:15+01:00 to Wed 2 14:15+01:00");
    let past = json!({"from": "2026-11-20", "to": "2026-11-26"});
    assert_eq!(range(past).unwrap(), "Wed 25 14:15+01:00 to Thu 26 00:00+01:00");
    let one_day = json!({"from": "2026-12-03", "to": "2026-12-03"});
    assert_eq!(range(one_day).unwrap(), "Thu 3 00:00+01:00 to Fri 4 00:00+01:00");
    for wrong in [
        json!({"to": "2026-11-25"}),
        json!({"from": "2026-12-03", "to": "2026-12-02"}),
        json!({"to": "2027-12-03"}),
        json!({"from": "9999-12-31", "to": "9999-12-31"}),
    ] {
        assert_eq!(range(wrong).unwrap_err()[0].0, "to");
    }
}

/// What is free when every minute is looked at by itself.
fn by_the_minute(wish: &Wish, range: &Range<i64>, meetings: &[(Ts, Ts)]) -> Vec<Range<i64>> {
    let is_free = |at: i64| {
        let clock = Ts(at).timestamp().to_zoned_datetime(wish.zone.clone());
        let since_midnight = i64::from(clock.hour()) * 60 + i64::from(clock.minute());
        let day = usize::from(clock.weekday().to_monday_zero_offset().unsigned_abs());
        wish.days[day]
            && wish.hours.contains(&(since_midnight * MINUTE))
            && meetings.iter().all(|(from, to)| at + MINUTE <= from.0 || to.0 <= at)
    };
    let mut free: Vec<Range<i64>> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        match free.last_mut() {
            _ if !is_free(at) => {}
            Some(last) if last.end == at => last.end = at + MINUTE,
            _ => free.push(at..at + MINUTE),
        }
        at += MINUTE;
    }
    free.retain(|gap| gap.end - gap.start >= wish.at_least);
    free
}

#[test]
fn every_free_minute_is_found_where_the_clock_is_changed() {
    let changes = [
        (BERLIN, "2026-10-24", "2026-10-27"),
        (BERLIN, "2026-03-28", "2026-03-31"),
        (NEW_YORK, "2026-10-31", "2026-11-03"),
        ("Australia/Lord_Howe", "2026-04-04", "2026-04-07"),
        ("America/Havana", "2026-10-31", "2026-11-03"),
        ("America/Santiago", "2026-04-03", "2026-04-06"),
        ("Asia/Beirut", "2026-10-24", "2026-10-27"),
    ];
    let hours = [("00:00", "24:00"), ("00:30", "01:30"), ("01:30", "02:45"), ("02:30", "24:00")];
    for ((zone, from, to), (start, end)) in
        changes.into_iter().flat_map(|change| hours.map(|hours| (change, hours)))
    {
        for minutes in [1, 20, 30, 45, 90] {
            let asked = json!({
                "from": from, "to": to, "minutes": minutes,
                "workingHours": {"start": start, "end": end},
                "days": ["fri", "sat", "sun", "mon"],
            });
            let wish = Wish::read(&serde_json::from_value(asked.clone()).unwrap(), zone).unwrap();
            let range = wish.range(micros("2020-01-01T00:00:00Z")).unwrap();
            let meetings: Vec<(Ts, Ts)> = (0..4)
                .map(|number| range.start + (number * 1_009 + 17) * MINUTE)
                .map(|begin| (Ts(begin), Ts(begin + 25 * MINUTE)))
                .collect();

            let free = wish.free(&range, &meetings);

            assert_eq!(free, by_the_minute(&wish, &range, &meetings), "{zone} {asked}");
        }
    }
}
