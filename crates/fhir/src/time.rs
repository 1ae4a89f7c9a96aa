//! Instants, and the periods that dates name.

use jiff::{
	civil::{Date, DateTime},
	tz::TimeZone,
	Span, Timestamp,
};
use salus_primitives::Moment;

/// Formats a moment as an `instant`, in UTC.
pub fn instant(at: Moment) -> String {
	// The chain's clock ends long before the calendar does.
	let at = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
	at.unwrap_or(Timestamp::MAX).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Formats a moment as a `date`, in UTC.
pub fn date(at: Moment) -> String {
	instant(at).chars().take(10).collect()
}

/// The moments that a date means, in milliseconds since 1970: from the first one, up to the one
/// after the last. A date without a time of day means that day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
	/// The first moment.
	pub from: i64,
	/// The first moment after it.
	pub until: i64,
}

impl Period {
	/// Returns the period that contains only this moment.
	pub fn of(at: Moment) -> Self {
		let from = i64::try_from(at).unwrap_or(i64::MAX);
		Self { from, until: from.saturating_add(1) }
	}
}

/// Reads a `date`, `dateTime` or `instant` of any precision from the year to the fraction of a
/// second. As in FHIR, a time of day has minutes. It may lack a zone only in a search, where it is
/// taken as UTC.
pub fn period(text: &str) -> Option<Period> {
	let (day, time) = match text.split_once('T') {
		Some((day, time)) => (day, Some(time)),
		None => (text, None),
	};
	match time {
		None => days(day),
		Some(time) => {
			(day.len() == 10).then_some(())?;
			let (time, zone) = match time.find(['Z', '+', '-']) {
				Some(at) => time.split_at(at),
				None => (time, "Z"),
			};
			let start = day_of(day)?;
			of_time(start, time, offset(zone)?)
		}
	}
}

/// Reads digits. [`str::parse`] would accept a sign, too.
fn number<T: std::str::FromStr>(text: &str, length: usize) -> Option<T> {
	(text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
		.then(|| text.parse().ok())?
}

fn day_of(text: &str) -> Option<Date> {
	let mut parts = text.split('-');
	let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
	let date = Date::new(number(year, 4)?, number(month, 2)?, number(day, 2)?).ok()?;
	(parts.next().is_none() && date.year() > 0).then_some(date)
}

fn millisecond(at: DateTime) -> Option<i64> {
	Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// Returns the period of a year, month or day.
fn days(text: &str) -> Option<Period> {
	let (first, length) = match text.len() {
		4 => (day_of(&format!("{text}-01-01"))?, Span::new().try_years(1)),
		7 => (day_of(&format!("{text}-01"))?, Span::new().try_months(1)),
		10 => (day_of(text)?, Span::new().try_days(1)),
		_ => return None,
	};
	let after = first.checked_add(length.ok()?).ok()?;
	let midnight = |day: Date| millisecond(day.at(0, 0, 0, 0));
	Some(Period { from: midnight(first)?, until: midnight(after)? })
}

/// Returns the offset of a zone, in minutes.
fn offset(zone: &str) -> Option<i64> {
	if zone == "Z" {
		return Some(0);
	}
	let (sign, rest) = match zone.split_at_checked(1)? {
		("+", rest) => (1, rest),
		("-", rest) => (-1, rest),
		_ => return None,
	};
	let (hours, minutes) = rest.split_once(':')?;
	let (hours, minutes): (i64, i64) = (number(hours, 2)?, number(minutes, 2)?);
	// As in FHIR, which has zones up to 14 hours from UTC.
	let all = hours.checked_mul(60)?.checked_add(minutes)?;
	(minutes < 60 && all <= 14 * 60).then_some(sign * all)
}

/// Returns the period of a minute, a second or a fraction of a second.
fn of_time(day: Date, time: &str, offset: i64) -> Option<Period> {
	let mut parts = time.split(':');
	let (hour, minute): (i8, i8) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
	let second = parts.next();
	if parts.next().is_some() {
		return None;
	}
	let (second, nanosecond, length): (i8, i32, i64) = match second {
		None => (0, 0, 60_000),
		Some(second) => match second.split_once('.') {
			None => (number(second, 2)?, 0, 1_000),
			Some((second, fraction)) => {
				let digits = fraction.len();
				let value: i64 = number(fraction, digits).filter(|_| (1..=9).contains(&digits))?;
				let scale = 10i64.checked_pow(u32::try_from(9 - digits).ok()?)?;
				let nanosecond = i32::try_from(value.checked_mul(scale)?).ok()?;
				// The chain's clock counts milliseconds.
				(number(second, 2)?, nanosecond, i64::max(scale / 1_000_000, 1))
			}
		},
	};
	// A leap second counts as the one before it, which the chain's clock knows.
	let second = if second == 60 { 59 } else { second };
	let at = DateTime::new(day.year(), day.month(), day.day(), hour, minute, second, nanosecond);
	let from = millisecond(at.ok()?)?.checked_sub(offset.checked_mul(60_000)?)?;
	Some(Period { from, until: from.checked_add(length)? })
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn moments_are_written_in_utc() {
		for (at, text) in [
			(0, "1970-01-01T00:00:00.000Z"),
			(951_782_400_000, "2000-02-29T00:00:00.000Z"),
			(1_640_598_540_123, "2021-12-27T09:49:00.123Z"),
			(4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
		] {
			assert_eq!(instant(at), text);
			assert_eq!(date(at), text[..10]);
		}
		assert!(instant(u64::MAX).starts_with("9999-"));
	}

	#[test]
	fn a_date_means_all_that_it_leaves_open() {
		let length = |text: &str| period(text).map(|period| period.until - period.from);
		const DAY: i64 = 86_400_000;
		assert_eq!(length("2024"), Some(366 * DAY));
		assert_eq!(length("2023-02"), Some(28 * DAY));
		assert_eq!(length("2023-12-31"), Some(DAY));
		assert_eq!(length("2023-12-31T10:00Z"), Some(60_000));
		assert_eq!(length("2023-12-31T10:00:01+01:00"), Some(1_000));
		assert_eq!(length("2023-12-31T10:00:01.5Z"), Some(100));
		assert_eq!(length("2023-12-31T10:00:01.123456Z"), Some(1));
		let from = |text: &str| period(text).unwrap().from;
		assert_eq!(from("1970"), 0);
		assert_eq!(from("2021-12-27T09:49:00.123Z"), 1_640_598_540_123);
		assert_eq!(from("2021-12-27T10:49:00.123+01:00"), 1_640_598_540_123);
		assert_eq!(from("2021-12-27T04:49:00.123-05:00"), 1_640_598_540_123);
		assert_eq!(from("2021-12-27T09:49:00"), from("2021-12-27T09:49:00Z"));
	}

	#[test]
	fn other_texts_are_not_dates() {
		for text in [
			"",
			"24",
			"2023-2",
			"2023-02-30",
			"2023-13",
			"0000",
			"+202",
			"-001",
			"2023-02-",
			"10000",
			"2023-02-01T",
			"2023-02-01T10",
			"2023-02-01T25:00Z",
			"2023-02-01T10:60Z",
			"2023-02-01T10:00:61Z",
			"2023-02-01T10:00:00.Z",
			"2023-02-01T10:00:00+15:00",
			"2023-02-01T10:00:00+01",
			"2023-02T10:00Z",
			"2023-02-01T10:00:00Zx",
			"2023-02-01 10:00Z",
			"2023-02-01T10:00:00.1234567890Z",
			"2023-02-01T1é:00Z",
		] {
			assert_eq!(period(text), None, "{text}");
		}
	}

	proptest! {
		#[test]
		fn an_instant_is_a_period_of_itself(at in 0u64..4_000_000_000_000) {
			prop_assert_eq!(period(&instant(at)), Some(Period::of(at)));
		}

		#[test]
		fn no_text_panics(text in "\\PC{0,40}") {
			let _ = period(&text);
		}
	}
}
