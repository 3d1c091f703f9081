//! Dates that name their day: `2026-12-03`, `3 December`, `Dec 3`, `12/24`, `24.12.`

use jiff::civil::Date;

use crate::dates::{Cursor, Reading};

/// Asked when arithmetic leaves the calendar.
pub(crate) const UNREADABLE: &str = "I cannot read that date. Which date do you mean?";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date in words, with its year.
pub(crate) fn words(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// Reads a date. Forms that could be something else (`12/24`, `the 3rd`) need a preposition.
pub(crate) fn date(
    cursor: &mut Cursor<'_, '_>,
    today: Date,
    prefixed: bool,
) -> Option<Reading<Date>> {
    if let Some(date) = cursor.take(|word| numeric(word, today, prefixed)) {
        return Some(date);
    }
    cursor.eat("the");
    let day_first = cursor.attempt(|cursor| {
        let (day, ordinal) = cursor.take(day_number)?;
        let of = cursor.eat("of");
        match cursor.take(month) {
            Some(month) => Some((day, Some(month))),
            None => (ordinal && prefixed && !of).then_some((day, None)),
        }
    });
    let (day, month) = day_first.or_else(|| {
        cursor.attempt(|cursor| {
            let month = cursor.take(month)?;
            let (day, _) = cursor.take(day_number)?;
            Some((day, Some(month)))
        })
    })?;
    let Some(month) = month else {
        return Some(day_of_month(day, today));
    };
    let year = cursor.take(|word| word.parse::<i16>().ok().filter(|year| *year >= 1900));
    Some(resolve(day, month, year, today))
}

fn day_number(word: &str) -> Option<(i8, bool)> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|suffix| word.strip_suffix(suffix));
    let day = digits.unwrap_or(word).parse::<i8>().ok()?;
    (1..=31).contains(&day).then_some((day, digits.is_some()))
}

fn month(word: &str) -> Option<i8> {
    let word = if word == "sept" { "sep" } else { word };
    (1..).zip(MONTHS).find_map(|(number, name)| {
        let name = name.to_lowercase();
        (word == name || name.get(..3) == Some(word)).then_some(number)
    })
}

fn numeric(word: &str, today: Date, prefixed: bool) -> Option<Reading<Date>> {
    let separator = ['-', '/', '.'].into_iter().find(|separator| word.contains(*separator))?;
    let parts: Option<Vec<i16>> = word.split(separator).map(|part| part.parse().ok()).collect();
    let small = |value: i16| i8::try_from(value).unwrap_or(-1);
    match (separator, parts?.as_slice()) {
        ('-', &[year, month, day]) if word.len() == 10 && year >= 1000 => {
            Some(resolve(small(day), small(month), Some(year), today))
        }
        ('.', &[day, month, year]) if year >= 1900 => {
            Some(resolve(small(day), small(month), Some(year), today))
        }
        ('/', &[first, second, year]) if year >= 1900 => {
            Some(slashed(small(first), small(second), Some(year), today))
        }
        ('.', &[day, month]) if prefixed => Some(resolve(small(day), small(month), None, today)),
        ('/', &[first, second]) if prefixed => {
            Some(slashed(small(first), small(second), None, today))
        }
        _ => None,
    }
}

/// Day and month in either order, as long as only one order is possible.
fn slashed(first: i8, second: i8, year: Option<i16>, today: Date) -> Reading<Date> {
    let day_first = resolve(first, second, year, today);
    let month_first = resolve(second, first, year, today);
    match (day_first, month_first) {
        (Ok(one), Ok(other)) if one != other => {
            Err(format!("Do you mean {} or {}?", one.strftime("%-d %B"), other.strftime("%-d %B")))
        }
        (Ok(one), _) => Ok(one),
        (Err(_), other) => other,
    }
}

/// Without a year it is the next such day from today on.
fn resolve(day: i8, month: i8, year: Option<i16>, today: Date) -> Reading<Date> {
    let this = year.unwrap_or(today.year());
    let coming = Date::new(this, month, day)
        .ok()
        .filter(|date| year.is_some() || *date >= today)
        .or_else(|| Date::new(this.checked_add(1)?, month, day).ok().filter(|_| year.is_none()));
    coming.ok_or_else(|| {
        let named = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index));
        let year = year.map_or(String::new(), |year| format!(" {year}"));
        named.map_or(UNREADABLE.to_owned(), |name| {
            format!("There is no {day} {name}{year}. Which date do you mean?")
        })
    })
}

/// "the 3rd": of this month, or of the next when it has passed.
fn day_of_month(day: i8, today: Date) -> Reading<Date> {
    let following = today.last_of_month().tomorrow().unwrap_or(today);
    [today, following]
        .into_iter()
        .filter_map(|start| Date::new(start.year(), start.month(), day).ok())
        .find(|date| *date >= today)
        .ok_or_else(|| format!("The next month has no day {day}. Which date do you mean?"))
}
