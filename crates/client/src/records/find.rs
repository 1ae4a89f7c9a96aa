//! Finding the record that a number, or its first digits, names.

use futures::future::BoxFuture;
use salus_primitives::RecordId;

use crate::{
	error::Missing,
	number::{Beginning, RecordNumber},
	storage, Client, Error,
};

/// Returns the only one of these numbers that begins with the digits.
fn only<'a>(
	beginning: Beginning,
	numbers: impl Iterator<Item = &'a [u8]>,
) -> Result<RecordId, Error> {
	let found: Vec<RecordId> = numbers
		.filter_map(|number| number.try_into().ok().map(RecordId))
		.filter(|id| beginning.fits(id))
		.collect();
	match found[..] {
		[] => Err(Error::NotFound(Missing::RecordBeginning(beginning))),
		[id] => Ok(id),
		[first, second, ..] => Err(Error::Ambiguous { beginning, found: [first, second] }),
	}
}

impl Client {
	/// Returns the record that a number names. Fails if no record of the chain begins with the
	/// digits, or more than one.
	///
	/// It is proved that there is no other. A whole number is returned as it is, without a read of
	/// the chain.
	pub fn find_record(&self, number: RecordNumber) -> BoxFuture<'_, Result<RecordId, Error>> {
		Box::pin(async move {
			let beginning = match number {
				RecordNumber::Whole(id) => return Ok(id),
				RecordNumber::Beginning(beginning) => beginning,
			};
			let map = storage::item("Records", "Records");
			let prefix = [&map[..], beginning.whole_bytes()].concat();
			let after = beginning.last_below().map(|below| [&map[..], &below].concat());
			let keys = self.reported().keys(&prefix, 2, after.as_deref()).await?;
			let number = |key: &'_ Vec<u8>| key.strip_prefix(&map[..]).map(<[u8]>::to_vec);
			let numbers: Vec<_> = keys.iter().filter_map(number).collect();
			let named = only(beginning, numbers.iter().map(Vec::as_slice))?;
			// A node that hides the record could name another one, whose number somebody has chosen
			// to begin with the same digits.
			let halves = map.iter().flat_map(|byte| [byte >> 4, byte & 15]);
			let prefix: Vec<u8> = halves.chain(beginning.digits()).collect();
			let keys = self.keys_below(&prefix, &[&map[..], &named.0].concat()).await?;
			let numbers: Vec<_> = keys.iter().filter_map(number).collect();
			only(beginning, numbers.iter().map(Vec::as_slice))
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{number::tests::beginning, ErrorKind};

	#[test]
	fn digits_that_fit_two_records_name_none() {
		let numbers = [[0xab; 32], [0xac; 32]];
		let found = |text: &str, count: usize| {
			only(beginning(text), numbers[..count].iter().map(|number| &number[..]))
		};
		assert_eq!(found("0xababab", 2).unwrap(), RecordId([0xab; 32]));
		let missing = found("0xababac", 2).unwrap_err();
		assert_eq!(missing.kind(), ErrorKind::NotFound);
		// A key that is not a number is ignored.
		assert!(only(beginning("0xababab"), [&[0xab; 31][..]].into_iter()).is_err());

		let mut close = [0xab; 32];
		close[31] = 0;
		let both = [&numbers[0][..], &close[..]];
		let error = only(beginning("0xababab"), both.into_iter()).unwrap_err();
		assert_eq!(error.kind(), ErrorKind::NotFound);
		let text = error.to_string();
		for number in both {
			assert!(text.contains(&hex::encode(number)), "{text}");
		}
		assert!(text.contains("give more digits"), "{text}");
	}
}
