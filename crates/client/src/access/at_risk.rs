//! The order in which a patient's versions are sealed to the committee's present key: those first
//! whose keys are closest to being lost, or do the most harm in the wrong hands.

use std::{
	cmp::Reverse,
	collections::{BTreeMap, VecDeque},
	time::{Duration, Instant},
};

use salus_primitives::{
	Confidentiality, Epoch, EpochInfo, Moment, RecordDetails, RecordEntry, RecordId, Version,
};

use crate::Account;

/// A version that is sealed to an earlier key of the committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AtRisk {
	pub(super) record: RecordId,
	pub(super) version: Version,
	/// Number of members that confirmed their shares of the key, beyond those that must act
	/// together to open it.
	spare: i64,
	confidentiality: Confidentiality,
	/// Time of registration.
	registered: Moment,
}

/// Returns the number of members that confirmed their shares, beyond the threshold. It is negative
/// if they are too few to open the key.
pub(super) fn spare_holders(holder: &EpochInfo) -> i64 {
	let confirmed = holder.members.iter().filter(|member| member.confirmed).count();
	i64::try_from(confirmed).unwrap_or(i64::MAX).saturating_sub(i64::from(holder.threshold))
}

/// Returns the versions that are sealed to one of these epochs, the greatest risk first: keys with
/// the fewest spare holders, then the more confidential records, then the older versions. `spare`
/// has the number of spare holders by epoch.
pub(super) fn in_order(
	records: &[RecordDetails<Account>],
	spare: &BTreeMap<Epoch, i64>,
) -> Vec<AtRisk> {
	let mut found = Vec::new();
	for details in records {
		let RecordEntry::Live(entry) = &details.entry else { continue };
		for version in &details.versions {
			let Some(spare) = version.sealed_to.and_then(|epoch| spare.get(&epoch)) else {
				continue;
			};
			found.push(AtRisk {
				record: details.id,
				version: version.version,
				spare: *spare,
				confidentiality: entry.confidentiality,
				registered: version.info.registered,
			});
		}
	}
	found.sort_by_key(|one| {
		(one.spare, Reverse(one.confidentiality), one.registered, one.record, one.version)
	});
	found
}

/// Versions to try: the first ones in order of risk, and some of the others.
///
/// A version that cannot be sealed again stays among the first, and may take the time for several.
/// The others must not wait behind it forever.
pub(super) struct Tries {
	first: VecDeque<AtRisk>,
	others: VecDeque<AtRisk>,
	/// Whether the last one was taken from the others.
	is_other: bool,
	/// Since when they are tried.
	began: Instant,
	/// Time after which no further one is tried.
	time: Duration,
}

impl Tries {
	/// Takes the first `most` of these versions, and up to `most` of the others from a random place
	/// on, to be tried within `time`.
	pub(super) fn new(mut versions: Vec<AtRisk>, most: usize, random: u64, time: Duration) -> Self {
		let mut others = versions.split_off(most.min(versions.len()));
		if let Some(place) = random.checked_rem(others.len() as u64) {
			others.rotate_left(place as usize);
		}
		others.truncate(most);
		let (first, others) = (versions.into(), others.into());
		Self { first, others, is_other: false, began: Instant::now(), time }
	}

	/// Takes the next version: in order of risk, but one of the others if one of the first has
	/// failed just before. Returns `None` once the time is over.
	pub(super) fn take(&mut self, has_failed: bool) -> Option<AtRisk> {
		if self.began.elapsed() >= self.time {
			return None;
		}
		self.is_other = has_failed && !self.is_other;
		let (now, later) = match self.is_other {
			true => (&mut self.others, &mut self.first),
			false => (&mut self.first, &mut self.others),
		};
		now.pop_front().or_else(|| later.pop_front())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{
		Category, Cid, CommitteeMember, Content, EpochPhase, Record, Tombstone, VersionDetails,
		VersionInfo, VersionState, CODEC_RAW,
	};

	fn version(number: Version, sealed_to: Option<Epoch>, at: Moment) -> VersionDetails<Account> {
		VersionDetails {
			version: number,
			info: VersionInfo {
				content: Content {
					root: Cid::new(CODEC_RAW, [2; 32]),
					size: 256,
					commitment: [3; 32],
				},
				author: Account::from([3; 32]),
				organisation: 1,
				block: 1,
				registered: at,
				state: VersionState::Stored,
				replicas: 1,
				wraps: 1,
			},
			replicas: vec![],
			sealed_to,
		}
	}

	fn record(
		id: u8,
		confidentiality: Confidentiality,
		versions: Vec<VersionDetails<Account>>,
	) -> RecordDetails<Account> {
		let entry = Record {
			patient: Account::from([2; 32]),
			author: Account::from([3; 32]),
			organisation: 1,
			category: Category::Laboratory,
			confidentiality,
			latest: 1,
			created: 0,
			wraps: 1,
		};
		RecordDetails { id: RecordId([id; 32]), entry: RecordEntry::Live(entry), versions }
	}

	fn numbers(versions: &[AtRisk]) -> Vec<(u8, Version)> {
		versions.iter().map(|one| (one.record.0[0], one.version)).collect()
	}

	#[test]
	fn the_greatest_risk_comes_first() {
		let spare = BTreeMap::from([(1, 2), (2, -1), (3, 0)]);
		let records = [
			record(1, Confidentiality::Normal, vec![version(1, Some(1), 10)]),
			record(2, Confidentiality::VeryRestricted, vec![version(1, Some(1), 40)]),
			record(
				3,
				Confidentiality::Restricted,
				vec![version(1, Some(3), 30), version(2, Some(2), 50), version(3, Some(3), 20)],
			),
			record(4, Confidentiality::Normal, vec![version(1, Some(2), 5)]),
		];
		let found = in_order(&records, &spare);
		// The key that too few hold, then the one without a spare holder, then the safe one.
		let expected: [(u8, Version); 6] = [(3, 2), (4, 1), (3, 3), (3, 1), (2, 1), (1, 1)];
		assert_eq!(numbers(&found), expected);
	}

	#[test]
	fn versions_of_the_present_key_are_at_no_risk() {
		let mut erased = record(5, Confidentiality::Normal, vec![version(1, Some(1), 1)]);
		erased.entry = RecordEntry::Erased(Tombstone {
			patient: Account::from([2; 32]),
			erased: 1,
			replicas_left: 0,
		});
		let records = [
			record(1, Confidentiality::Normal, vec![version(1, Some(4), 1), version(2, None, 2)]),
			erased,
		];
		assert!(in_order(&records, &BTreeMap::from([(1, 0)])).is_empty());
	}

	#[test]
	fn holders_count_beyond_those_that_open_the_key() {
		let member = |index, confirmed| CommitteeMember {
			index,
			id: [1; 32],
			key: None,
			dealt: true,
			confirmed,
			excluded: None,
		};
		let mut holder = EpochInfo {
			epoch: 1,
			phase: EpochPhase::Superseded,
			since: 1,
			members: vec![member(1, true), member(2, true), member(3, true), member(4, true)],
			threshold: 3,
			public: None,
		};
		assert_eq!(spare_holders(&holder), 1);
		holder.members[0].confirmed = false;
		holder.members[3].confirmed = false;
		assert_eq!(spare_holders(&holder), -1);
	}

	#[test]
	fn no_version_waits_behind_others_forever() {
		let versions = (1..=10).map(|number| version(number, Some(1), number.into())).collect();
		let records = [record(1, Confidentiality::Normal, versions)];
		let all = in_order(&records, &BTreeMap::from([(1, 0)]));
		let tried_with = |most, random, has_failed: fn(Version) -> bool| -> Vec<Version> {
			let mut tries = Tries::new(all.clone(), most, random, Duration::MAX);
			let (mut tried, mut failed) = (Vec::new(), false);
			while let Some(one) = tries.take(failed) {
				failed = has_failed(one.version);
				tried.push(one.version);
			}
			tried
		};
		let tried = |most, random| tried_with(most, random, |_| false);
		assert_eq!(tried(3, 0), [1, 2, 3, 4, 5, 6]);
		assert_eq!(tried(3, 5), [1, 2, 3, 9, 10, 4]);
		assert_eq!(tried(3, 7), tried(3, 0));
		assert_eq!(tried(16, 7), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		assert!(tried(0, 1).is_empty());
		// Each of the first that fails is followed by another one.
		assert_eq!(tried_with(3, 5, |_| true), [1, 9, 2, 10, 3, 4]);
		assert_eq!(tried_with(3, 0, |version| version <= 2), [1, 4, 2, 5, 3, 6]);
		assert_eq!(tried_with(3, 0, |version| version == 2), [1, 2, 4, 3, 5, 6]);
		assert_eq!(Tries::new(all, 3, 0, Duration::ZERO).take(false), None);
	}
}
