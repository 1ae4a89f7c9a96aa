//! Types of this pallet's own storage.

use codec::{Decode, Encode, MaxEncodedLen};
use salus_primitives::{DenialId, GrantId};
use scale_info::TypeInfo;

/// A patient's counts, so that limits cost one read, and the next numbers, so that none is used twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Counters {
	/// The number of the next grant.
	pub next_grant: GrantId,
	/// The number of the next denial.
	pub next_denial: DenialId,
	/// How many grants stand.
	pub grants: u32,
	/// How many denials stand.
	pub denials: u32,
}
