//! Record numbers as people type them: whole, or by their first digits.
//!
//! A number has 64 digits, and nobody types those. Its first few digits name a record as well, if
//! no other record of the chain begins with them. The chain keeps records sorted by number, so
//! reading two keys is enough to find out, regardless of the number of records.

use std::{fmt, str::FromStr};

use salus_primitives::RecordId;

/// Number of digits in a whole number.
const DIGITS: usize = 64;
/// Minimum number of digits that name a record. With fewer, a typing error would often name another
/// record.
const MIN_DIGITS: usize = 6;
/// Number of digits in the short form: enough to be unique.
const SHOWN_DIGITS: usize = 12;

/// A record as the caller named it.
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
	/// The digits, followed by zeros.
	bytes: [u8; 32],
	/// Number of digits.
	count: usize,
}

/// The text does not name a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a record's number; give 0x and 64 hexadecimal digits, or at least the first {MIN_DIGITS} of them")]
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
	/// Returns the bytes whose two digits are both known.
	pub(crate) fn whole_bytes(&self) -> &[u8] {
		self.bytes.get(..self.count / 2).unwrap_or_default()
	}

	/// Returns the values of the digits.
	pub(crate) fn digits(&self) -> impl Iterator<Item = u8> + '_ {
		self.bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(self.count)
	}

	/// Returns whether a number begins with these digits.
	pub(crate) fn fits(&self, id: &RecordId) -> bool {
		let number = id.to_string();
		number.starts_with(&self.to_string())
	}

	/// Returns the greatest number below all that begin with these digits, if half of the last byte
	/// is known and one exists.
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

/// Returns the short form of a record's number, which [`RecordNumber`] accepts.
pub fn short(id: &RecordId) -> String {
	Beginning { bytes: id.0, count: SHOWN_DIGITS }.to_string()
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;

	pub(crate) fn beginning(text: &str) -> Beginning {
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
	fn the_short_form_is_accepted() {
		let id = RecordId(core::array::from_fn(|place| place as u8 + 0x10));
		assert_eq!(short(&id), "0x101112131415");
		assert!(beginning(&short(&id)).fits(&id));
		assert!(!beginning(&short(&id)).fits(&RecordId([0x10; 32])));
	}

	#[test]
	fn half_a_byte_starts_the_search_just_below_it() {
		assert_eq!(beginning("0xabcdef").last_below(), None);
		assert_eq!(beginning("0xabcdef").whole_bytes(), [0xab, 0xcd, 0xef]);
		let odd = beginning("0xabcdef7");
		assert_eq!(odd.whole_bytes(), [0xab, 0xcd, 0xef]);
		let below = odd.last_below().unwrap();
		assert_eq!(below[..5], [0xab, 0xcd, 0xef, 0x6f, 0xff]);
		// No number that begins with the whole bytes is below 0.
		assert_eq!(beginning("0xabcdef0").last_below(), None);
	}
}
