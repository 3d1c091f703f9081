use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{Failure, RetryPolicy};

fn failure(status: u16, headers: &[(&'static str, &'static str)]) -> Failure {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    Failure::of(StatusCode::from_u16(status).unwrap(), &headers)
}

#[test]
fn the_status_decides_unless_a_header_does() {
    for (status, again) in [
        (400, false),
        (404, false),
        (408, true),
        (409, true),
        (429, true),
        (500, true),
        (529, true),
    ] {
        assert_eq!(failure(status, &[]).again, again, "{status}");
        assert!(failure(status, &[("x-should-retry", "true")]).again);
        assert!(!failure(status, &[("x-should-retry", "false")]).again);
    }
}

#[test]
fn the_wait_is_read_from_milliseconds_then_seconds_then_a_date() {
    let date = ("date", "Sun, 22 Nov 2026 10:00:00 GMT");
    let cases: [(&[_], Option<u64>); 8] = [
        (&[("retry-after-ms", "250"), ("retry-after", "7")], Some(250)),
        (&[("retry-after", "1.5")], Some(1500)),
        (&[("retry-after", "Sun, 22 Nov 2026 10:00:20 GMT"), date], Some(20_000)),
        (&[("retry-after", "Sun, 22 Nov 2026 09:59:00 GMT"), date], None),
        (&[("retry-after", "Sun, 22 Nov 2026 10:00:20 GMT")], None),
        (&[("retry-after", "0")], None),
        (&[("retry-after", "-3")], None),
        (&[("retry-after", "soon")], None),
    ];
    for (headers, wanted) in cases {
        assert_eq!(failure(429, headers).after, wanted.map(Duration::from_millis), "{headers:?}");
    }
}

#[test]
fn waits_double_up_to_their_limit_and_are_shortened_by_chance() {
    let policy = RetryPolicy { max_retries: 9, ..RetryPolicy::default() };
    let again = Failure { again: true, ..Failure::default() };
    let wait = |retries, random| policy.wait(&again, retries, random).unwrap().as_millis();
    assert_eq!([wait(0, 0.0), wait(1, 0.0), wait(3, 0.0), wait(8, 0.0)], [500, 1000, 4000, 8000]);
    assert_eq!([wait(0, 1.0), wait(8, 1.0)], [375, 6000]);
    assert_eq!(policy.wait(&again, 9, 0.0), None);
    let slowly = Failure { slowly: true, ..again };
    assert_eq!(policy.wait(&slowly, 0, 0.0), Some(Duration::from_secs(8)));
}

#[test]
fn a_long_wait_is_left_to_the_caller() {
    let policy = RetryPolicy::default();
    assert_eq!(
        policy.wait(&failure(429, &[("retry-after", "60")]), 0, 0.5),
        Some(Duration::from_mins(1))
    );
    assert_eq!(policy.wait(&failure(429, &[("retry-after", "61")]), 0, 0.5), None);
}
