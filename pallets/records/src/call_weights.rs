//! Weights of the calls.
//!
//! A call that writes for a patient asks `consent` whether it may. `own_…_weight` leaves these
//! decisions out. Before the call, their maximum is added to it; after the call, what they took.

use super::*;
use frame_support::{traits::Get, weights::Weight, BoundedVec};
use salus_primitives::Role;

/// Time that the decoding of a call takes for each record and each wrap in it, in picoseconds. The
/// benchmarks begin with a decoded call. Measured in blocks of the largest calls, where each failed
/// at its first record: 3 to 5 µs.
const DECODING: u64 = 5_000_000;

/// Returns the weight of decoding this number of records and wraps.
pub(crate) fn decoding_weight(items: usize) -> Weight {
	Weight::from_parts(DECODING, 0).saturating_mul(items as u64)
}

/// Time that a wrap takes when the state's trie is hashed at the end of the block, in picoseconds.
/// The benchmarks end before. Measured in full blocks of 700 records with 8 wraps each: a wrap
/// takes 41 µs in all, and the benchmark, the database's write and the decoding are 24 µs of it.
const HASHING: u64 = 18_000_000;

/// Time that it takes to find a wrap's recipient among those of the call, in picoseconds: once to
/// weigh the call, and once among those whose keys were read. By count: a few comparisons of 33
/// bytes.
const FINDING: u64 = 500_000;

/// Returns the number of wraps of these records.
fn wraps<AccountId>(records: &[NewRecord<AccountId>]) -> usize {
	records.iter().map(|new| new.wraps.len()).sum()
}

/// Returns the weight of this number of wraps, beyond what the benchmarks measured.
pub(crate) fn wraps_weight(wraps: usize) -> Weight {
	Weight::from_parts(HASHING, 0)
		.saturating_mul(wraps as u64)
		.saturating_add(decoding_weight(wraps))
}

/// Returns the weight of finding the recipients of this number of wraps of several records.
pub(crate) fn finding_weight(wraps: u32) -> Weight {
	Weight::from_parts(FINDING, 0).saturating_mul(wraps.into())
}

impl<T: Config> Pallet<T> {
	pub(crate) fn register_weight(new: &NewRecord<T::AccountId>) -> Weight {
		Self::own_register_weight(new).saturating_add(T::Consent::max_terms_weight())
	}

	/// Returns the weight of a registration without what the patient's grants and denials add,
	/// which is known only afterwards.
	pub(crate) fn own_register_weight(new: &NewRecord<T::AccountId>) -> Weight {
		T::WeightInfo::register(new.wraps.len() as u32)
			.saturating_add(Self::seal_weight(u32::from(new.sealed.is_some())))
			.saturating_add(wraps_weight(new.wraps.len()))
	}

	/// Returns the weight of a refused registration, which reads the recipients' keys and writes no
	/// wrap. Without what the patient's grants and denials add.
	pub(crate) fn refused_register_weight(new: &NewRecord<T::AccountId>) -> Weight {
		T::WeightInfo::register(1)
			.saturating_add(Self::seal_weight(u32::from(new.sealed.is_some())))
			.saturating_add(Self::further_keys_weight(new.wraps.len()))
			.saturating_add(decoding_weight(new.wraps.len()))
	}

	/// Returns the weight of reading the keys of this number of recipients, without the first.
	fn further_keys_weight(recipients: usize) -> Weight {
		Self::keys_weight((recipients as u32).saturating_sub(1))
	}

	/// Returns the weight of reading the keys of this number of recipients.
	pub(crate) fn keys_weight(recipients: u32) -> Weight {
		if recipients == 0 {
			return Weight::zero();
		}
		T::WeightInfo::read_keys(recipients)
	}

	/// Returns the weight of a number of sealed keys, in addition to their versions. A call counts
	/// them once.
	fn seal_weight(sealed: u32) -> Weight {
		if sealed == 0 {
			return Weight::zero();
		}
		T::WeightInfo::seal()
			.saturating_mul(sealed.into())
			.saturating_add(T::WeightInfo::count_sealed())
	}

	/// Each question about writing takes one decision, regardless of the number of records that
	/// raise it.
	pub(crate) fn register_many_weight(
		records: &BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>,
	) -> Weight {
		let decisions = u64::from(batch::questions(records));
		Self::own_register_many_weight(records)
			.saturating_add(T::Consent::max_terms_weight().saturating_mul(decisions))
	}

	/// Returns the weight of registering these records, without what the patients' grants and
	/// denials add. Each patient's key is read with the first decision about the patient, and that
	/// of any other recipient once.
	pub(crate) fn own_register_many_weight(records: &[NewRecord<T::AccountId>]) -> Weight {
		let sealed = records.iter().filter(|new| new.sealed.is_some()).count();
		let decided = batch::questions(records);
		let further = (records.len() as u32).saturating_sub(decided);
		let further_wraps = Self::further_wraps(records);
		T::WeightInfo::register_many(further, decided, further_wraps)
			.saturating_add(Self::keys_weight(batch::further_recipients(records)))
			.saturating_add(finding_weight(further_wraps))
			.saturating_add(Self::seal_weight(sealed as u32))
			.saturating_add(Self::further_writers_weight(records))
			.saturating_add(decoding_weight(records.len()))
			.saturating_add(wraps_weight(wraps(records)))
	}

	/// Returns the weight of decoding records with their wraps.
	pub(crate) fn decoding_records_weight(records: &[NewRecord<T::AccountId>]) -> Weight {
		decoding_weight(records.len().saturating_add(wraps(records)))
	}

	/// Returns the maximum weight of checking that the author writes for the organisations that the
	/// records name, beyond the first. An account has each role at one organisation, so the check
	/// of at most one more organisation fails, and ends the call.
	fn further_writers_weight(records: &[NewRecord<T::AccountId>]) -> Weight {
		let further = batch::organisations(records).saturating_sub(1);
		T::Roles::memberships_weight()
			.saturating_mul(u64::from(further).min(Role::WRITERS.len() as u64))
	}

	/// Returns the number of wraps beyond each record's wrap for the patient.
	fn further_wraps(records: &[NewRecord<T::AccountId>]) -> u32 {
		records
			.iter()
			.map(|new| (new.wraps.len() as u32).saturating_sub(1))
			.fold(0, u32::saturating_add)
	}

	pub(crate) fn revise_weight(wraps: &NewWraps<T::AccountId>, sealed: bool) -> Weight {
		Self::own_revise_weight(wraps, sealed).saturating_add(T::Consent::max_terms_weight())
	}

	pub(crate) fn own_revise_weight(wraps: &NewWraps<T::AccountId>, sealed: bool) -> Weight {
		T::WeightInfo::revise(wraps.len() as u32)
			.saturating_add(Self::seal_weight(u32::from(sealed)))
			.saturating_add(wraps_weight(wraps.len()))
	}

	/// Returns the weight of a refused revision, which reads the recipients' keys and writes no
	/// wrap.
	pub(crate) fn refused_revise_weight(id: &RecordId, wraps: usize, sealed: bool) -> Weight {
		let decision = Self::live(id)
			.map_or(Weight::zero(), |record| T::Consent::terms_weight(&record.patient));
		T::WeightInfo::revise(1)
			.saturating_add(Self::seal_weight(u32::from(sealed)))
			.saturating_add(Self::further_keys_weight(wraps))
			.saturating_add(decoding_weight(wraps))
			.saturating_add(decision)
	}

	/// Returns the weight of looking up the organisations of this number of listed storage nodes.
	pub(crate) fn look_up_weight(nodes: u32) -> Weight {
		if nodes == 0 {
			return Weight::zero();
		}
		T::WeightInfo::look_up(nodes)
	}

	/// Returns the maximum of [`Pallet::look_up_weight`] in an announcement.
	pub(crate) fn max_look_up_weight() -> Weight {
		Self::look_up_weight(T::MaxStorageNodes::get().saturating_sub(1))
	}

	/// Returns the weight of a confirmation by a node that is listed.
	pub(crate) fn confirm_stored_weight(claims: u32) -> Weight {
		T::WeightInfo::confirm_stored(claims)
			.saturating_add(T::OnStored::on_stored_weight().saturating_mul(claims.into()))
			.saturating_add(T::Roles::memberships_weight())
	}

	pub(crate) fn max_erase_weight() -> Weight {
		T::WeightInfo::erase(
			T::MaxVersions::get(),
			T::MaxWrapsPerRecord::get(),
			T::MaxVersions::get().saturating_mul(Self::most_replicas()),
		)
		.saturating_add(T::OnErased::on_erased_weight(T::MaxVersions::get()))
	}
}
