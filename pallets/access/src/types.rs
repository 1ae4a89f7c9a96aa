//! What the pallet keeps beside the words of the domain.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use salus_primitives::{Moment, OrganisationId, ReaderKey, RequestId};
use scale_info::TypeInfo;

/// On whose quota a denied request draws.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Pool {
	/// That of those who act for an organisation.
	Staff(OrganisationId),
	/// That of the patients whom a hospital enrolled: they cannot use up what its staff has.
	Patients(OrganisationId),
}

/// What a pool has used of its quota.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Usage {
	/// In which period, counted from the Unix epoch.
	pub period: u64,
	/// How many denied requests.
	pub used: u32,
}

/// A permitted request of a reader that has not ended.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Permitted {
	/// Which one.
	pub request: RequestId,
	/// The one-time key that came with it.
	pub reader_key: ReaderKey,
	/// When it ends, that moment excluded.
	pub expires: Moment,
}

/// What a hospital has put up for its emergencies.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Bond<AccountId, Balance> {
	/// On whose account it is held.
	pub depositor: AccountId,
	/// How much.
	pub amount: Balance,
}
