//! Times in the database: whole microseconds, because Postgres keeps no more and a round trip must
//! give back what was written.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// Microseconds since the Unix epoch: `timestamptz` on Postgres, an integer on SQLite. The
/// databases keep the years 1 to 9999; what lies outside is stored as the nearest end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts(pub i64);

impl From<Timestamp> for Ts {
    fn from(time: Timestamp) -> Self {
        Self(time.as_microsecond())
    }
}

impl Ts {
    /// The first moment of the year 1.
    pub(crate) const FIRST: Self = Self(-62_135_596_800_000_000);
    /// Later than every stored time but itself: the last moment that `jiff` knows.
    pub(crate) const LAST: Self = Self(253_402_207_200_999_999);

    /// As a timestamp; a value outside jiff's range becomes its nearest end.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// The moment at which a day begins in a time zone, UTC if that is unknown; `None` unless it is
    /// written `YYYY-MM-DD` and exists. A day beyond what can be stored begins at the nearest end.
    pub fn start_of_day(day: &str, timezone: &str) -> Option<Self> {
        Some(Self::midnight(plain_date(day)?, timezone))
    }

    /// The moment at which the day after begins, read as by [`Self::start_of_day`].
    pub(crate) fn end_of_day(day: &str, timezone: &str) -> Option<Self> {
        let next = plain_date(day)?.tomorrow();
        Some(next.map_or(Self::LAST, |next| Self::midnight(next, timezone)))
    }

    fn midnight(date: Date, timezone: &str) -> Self {
        let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
        // Four digits are too early for no time zone, so what has no moment is too late.
        let begins = date.to_zoned_datetime(zone).map(|begins| begins.timestamp().into());
        begins.map_or(Self::LAST, Self::storable)
    }

    /// The day it is in a time zone, UTC if that is unknown, as `YYYY-MM-DD`.
    pub fn day(self, timezone: &str) -> String {
        let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
        self.timestamp().to_zoned_datetime(zone).date().to_string()
    }

    /// The moment that is written as RFC 3339, or at which the day begins that is written
    /// `YYYY-MM-DD`.
    pub fn day_or_moment(text: &str, timezone: &str) -> Option<Self> {
        let moment = || rfc3339(text).map(|moment| Self::from(moment).storable());
        Self::start_of_day(text, timezone).or_else(moment)
    }

    /// The day from which a person's bills count against a budget: theirs or that of UTC, whichever
    /// is the earlier one, so that nobody gets a new day by moving to another time zone.
    pub fn budget_day(self, timezone: &str) -> String {
        self.day(timezone).min(self.day("UTC"))
    }

    /// This time later by so many seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// This time later by a duration.
    #[must_use]
    pub fn plus(self, duration: std::time::Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// The time that both databases can keep.
    pub(crate) fn storable(self) -> Self {
        Self(self.0.clamp(Self::FIRST.0, Self::LAST.0))
    }
}

/// A moment with its offset, which is less than a day; `Timestamp` also reads longer ones.
pub(crate) fn rfc3339(text: &str) -> Option<Timestamp> {
    let offset = Pieces::parse(text).ok()?.offset()?.to_numeric_offset();
    text.parse().ok().filter(|_| offset.seconds().abs() < 24 * 3_600)
}

/// `Date` also reads other ISO 8601 forms; the contract has one.
fn plain_date(day: &str) -> Option<Date> {
    let is_plain = day.len() == 10
        && day.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    day.parse().ok().filter(|_| is_plain)
}

/// RFC 3339 in UTC with `Z`.
impl serde::Serialize for Ts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// RFC 3339, in any zone.
impl<'de> serde::Deserialize<'de> for Ts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = rfc3339(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no moment as RFC 3339")))?;
        Ok(moment.into())
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

/// 2000-01-01, from which Postgres counts, in microseconds since the Unix epoch.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
const TIMESTAMPTZ: Oid = Oid(1184);

impl Type<Postgres> for Ts {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl Encode<'_, Postgres> for Ts {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode(self.0 - POSTGRES_EPOCH, buffer)
    }
}

impl Decode<'_, Postgres> for Ts {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(<i64 as Decode<Postgres>>::decode(value)? + POSTGRES_EPOCH))
    }
}
