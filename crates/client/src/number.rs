//! The numbers of records as people type them: whole, or the digits with which they begin.
//!
//! A number has 64 digits, and nobody types those. The first few name a record just as well, as long as no other record of the
//! chain begins with them. The chain keeps records in the order of their numbers, so one read of two keys finds that out,
//! however many records there are.

use std::{fmt, str::FromStr};

use salus_primitives::RecordId;

/// How many digits the whole number has.
const DIGITS: usize = 64;
/// With fewer digits, a slip of the finger would often name somebody else's record.
const MIN_DIGITS: usize = 6;
/// How many digits are shown where there is no room for all: enough that no other record begins with them.
const SHOWN_DIGITS: usize = 12;

/// A record as it was named: by its number, or by the digits with which that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordNumber {
	/// All 64 digits.
	Whole(RecordId),
	/// The first digits.
	Beginning(Beginning),
}

/// The first hexadecimal digits of a record's number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
	/// The digits; after them zeros.
	bytes: [u8; 32],
	/// How many digits there are.
	count: usize,
}

/// Why a text names no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record is named by its number, 0x and 64 hexadecimal digits, or by the first {MIN_DIGITS} of them or more")]
pub struct InvalidRecordNumber;

impl FromStr for RecordNumber {
	type Err = InvalidRecordNumber;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let digits = text.strip_prefix("0x").unwrap_or(text);
		if !(MIN_DIGITS..=DIGITS).contains(&digits.len()) {
			return Err(InvalidRecordNumber);
		}
		let mut bytes = [0; 32];
		hex::decode_to_slice(format!("{digits:0<DIGITS$}"), &mut bytes)
			.map_err(|_| InvalidRecordNumber)?;
		Ok(match digits.len() {
			DIGITS => Self::Whole(RecordId(bytes)),
			count => Self::Beginning(Beginning { bytes, count }),
		})
	}
}

impl From<RecordId> for RecordNumber {
	fn from(id: RecordId) -> Self {
		Self::Whole(id)
	}
}

impl Beginning {
	/// The bytes of which both digits are known.
	pub(crate) fn whole_bytes(&self) -> &[u8] {
		self.bytes.get(..self.count / 2).unwrap_or_default()
	}

	/// Whether a number begins with these digits.
	pub(crate) fn fits(&self, id: &RecordId) -> bool {
		let number = id.to_string();
		number.starts_with(&self.to_string())
	}

	/// The greatest number below all that begin with these digits, if the last byte is known by half and there is such a number.
	pub(crate) fn last_below(&self) -> Option<[u8; 32]> {
		let half = self.count / 2;
		let mut below = [0xff; 32];
		let is_half = !self.count.is_multiple_of(2);
		below.get_mut(..half)?.copy_from_slice(self.whole_bytes());
		let last = self.bytes.get(half).filter(|_| is_half)?;
		*below.get_mut(half)? = last.checked_sub(1)?;
		Some(below)
	}
}

impl fmt::Display for Beginning {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let digits = hex::encode(self.bytes);
		write!(f, "0x{}", digits.get(..self.count).unwrap_or_default())
	}
}

impl fmt::Debug for Beginning {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, f)
	}
}

/// The beginning of a record's number, which [`RecordNumber`] reads again.
pub fn short(id: &RecordId) -> String {
	Beginning { bytes: id.0, count: SHOWN_DIGITS }.to_string()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn beginning(text: &str) -> Beginning {
		match text.parse().unwrap() {
			RecordNumber::Beginning(beginning) => beginning,
			whole => panic!("{whole:?}"),
		}
	}

	#[test]
	fn a_number_is_read_whole_or_from_its_first_digits() {
		let id = RecordId([0xab; 32]);
		assert_eq!(id.to_string().parse(), Ok(RecordNumber::Whole(id)));
		let bare = id.to_string().replace("0x", "");
		assert_eq!(bare.parse(), Ok(RecordNumber::Whole(id)));
		assert_eq!(beginning("0xABCDEF").to_string(), "0xabcdef");
		assert_eq!(beginning("abcdef1").to_string(), "0xabcdef1");
		for text in [
			"",
			"0x",
			"0xabcde",
			"abcde",
			"0xabcdeg",
			"0x+abcdef",
			"0xabcdef…",
			"0xäbcdef",
			"0x0xabcdef",
			&format!("{id}0"),
		] {
			assert_eq!(text.parse::<RecordNumber>(), Err(InvalidRecordNumber), "{text}");
		}
	}

	#[test]
	fn the_short_form_is_read_again() {
		let id = RecordId(core::array::from_fn(|place| place as u8 + 0x10));
		assert_eq!(short(&id), "0x101112131415");
		assert!(beginning(&short(&id)).fits(&id));
		assert!(!beginning(&short(&id)).fits(&RecordId([0x10; 32])));
	}

	#[test]
	fn half_a_byte_begins_the_search_right_below_it() {
		assert_eq!(beginning("0xabcdef").last_below(), None);
		assert_eq!(beginning("0xabcdef").whole_bytes(), [0xab, 0xcd, 0xef]);
		let odd = beginning("0xabcdef7");
		assert_eq!(odd.whole_bytes(), [0xab, 0xcd, 0xef]);
		let below = odd.last_below().unwrap();
		assert_eq!(below[..5], [0xab, 0xcd, 0xef, 0x6f, 0xff]);
		// Nothing that begins with the whole bytes is below 0.
		assert_eq!(beginning("0xabcdef0").last_below(), None);
	}
}
