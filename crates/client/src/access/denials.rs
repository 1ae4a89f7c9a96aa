//! The denial limit, and when a reader who has reached it can ask again.

use salus_primitives::{Moment, RecordEntry, RecordId};

use crate::{chain::metadata::constant, storage, Account, Client, Error};

/// The denial limit that a reader has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenialLimit {
	/// Most denials in a day, over all patients.
	pub most: u32,
	/// Most denials in a day with one patient.
	pub most_with_patient: u32,
	/// Moment from which the chain decides on the reader's requests again.
	pub ends: Moment,
}

/// The denial limit, as the runtime sets it.
struct DenialLimits {
	/// Period over which denials are counted, in milliseconds.
	window: Moment,
	/// Most denials in that period.
	most: u32,
	/// Most denials in that period with one patient.
	most_with_patient: u32,
}

impl DenialLimits {
	/// Returns when the limit ends for a reader with these denials, oldest first.
	fn end(&self, denials: &[(Account, Moment)], patient: &Account) -> Option<Moment> {
		let over = |times: Vec<Moment>, most: u32| {
			let first = times.len().checked_sub(most as usize)?;
			let time = times.get(first)?;
			Some(time.saturating_add(self.window))
		};
		let all = denials.iter().map(|(_, at)| *at).collect();
		let with_patient =
			denials.iter().filter(|(other, _)| other == patient).map(|(_, at)| *at).collect();
		over(all, self.most).max(over(with_patient, self.most_with_patient))
	}
}

/// Returns the storage key of a reader's denials.
fn denials_key(reader: &Account) -> Vec<u8> {
	storage::blake2_entry("Access", "DenialsOf", &reader.0)
}

impl Client {
	/// Returns the denial limit that a reader has reached for a record, and when it ends; `None` if
	/// the reader has reached none, or the record does not exist.
	pub async fn denial_limit(
		&self,
		reader: &Account,
		record: RecordId,
	) -> Result<Option<DenialLimit>, Error> {
		let at = self.state().await?;
		let (Some(window), Some(most), Some(most_with_patient)) = (
			constant(&at, "Access", "DenialWindow"),
			constant(&at, "Access", "MaxDenials"),
			constant(&at, "Access", "MaxDenialsPerPatient"),
		) else {
			return Ok(None);
		};
		let now = self.now();
		let Some(details) = now.record(record).await? else {
			return Ok(None);
		};
		let patient = match &details.entry {
			RecordEntry::Live(record) => &record.patient,
			RecordEntry::Erased(tombstone) => &tombstone.patient,
		};
		let denials: Option<Vec<_>> = now.storage(&denials_key(reader)).await?;
		let clock = now.clock().await?;
		let limits = DenialLimits { window, most, most_with_patient };
		let end = limits.end(&denials.unwrap_or_default(), patient);
		let reached = |ends| DenialLimit { most, most_with_patient, ends };
		Ok(end.filter(|end| *end > clock).map(reached))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_denial_limit_ends_with_the_oldest_counted_denial() {
		let [here, there] = [[1; 32], [2; 32]].map(Account::from);
		let limits = DenialLimits { window: 100, most: 5, most_with_patient: 3 };
		let denials = [(here, 10), (there, 20), (here, 30), (here, 40)];
		assert_eq!(limits.end(&denials, &here), Some(110));
		assert_eq!(limits.end(&denials, &there), None);
		assert_eq!(limits.end(&denials[..3], &here), None);
		let denials = [&denials[..], &[(here, 50)]].concat();
		// One of the four with this patient has to expire, one of the five overall.
		assert_eq!(limits.end(&denials, &here), Some(130));
		assert_eq!(limits.end(&denials, &there), Some(110));
	}
}
