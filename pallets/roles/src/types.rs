//! Types that the pallet stores beyond the shared types of the domain.

use crate::Config;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use salus_primitives::{Hash32, Moment, OrganisationKind, OrganisationStatus, Specialty};
use scale_info::TypeInfo;

/// An organisation, as stored; its number is the key.
#[derive(
	CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[scale_info(skip_type_params(MaxAdmins))]
pub struct Organisation<AccountId, MaxAdmins>
where
	AccountId: Clone + core::fmt::Debug + Eq,
	MaxAdmins: Get<u32>,
{
	/// Kind of the organisation.
	pub kind: OrganisationKind,
	/// Standing of the organisation.
	pub status: OrganisationStatus,
	/// Accounts that administer its members: at least one, none twice.
	pub admins: BoundedVec<AccountId, MaxAdmins>,
	/// SHA-256 of its FHIR Organization resource.
	pub profile: Hash32,
}

/// Organisation with the runtime's accounts and bounds.
pub type OrganisationOf<T> =
	Organisation<<T as frame_system::Config>::AccountId, <T as Config>::MaxAdmins>;

/// Administrators of an organisation.
pub type AdminsOf<T> = BoundedVec<<T as frame_system::Config>::AccountId, <T as Config>::MaxAdmins>;

/// Statement by an administrator who admits or renews a member.
pub(crate) struct Entitlement {
	/// SHA-256 of the document that entitles the member.
	pub credential: Hash32,
	/// End of the credential; `None` if it has no end.
	pub expires: Option<Moment>,
	/// Specialty of the member.
	pub specialty: Option<Specialty>,
}

/// Use of an allowance.
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
	/// Period of the use, counted from the Unix epoch. Use in an earlier period no longer counts.
	pub period: u64,
	/// Used amount, in fee units.
	pub spent: u128,
}

impl Usage {
	/// Returns what is left of `allowance` in `period`.
	pub fn left(&self, allowance: u128, period: u64) -> u128 {
		if self.period == period {
			allowance.saturating_sub(self.spent)
		} else {
			allowance
		}
	}

	/// Returns the usage with `amount` added in `period`.
	pub fn with(self, amount: u128, period: u64) -> Self {
		let before = if self.period == period { self.spent } else { 0 };
		Self { period, spent: before.saturating_add(amount) }
	}

	/// Returns the usage with `amount` subtracted in `period`. Usage of another period does not
	/// change.
	pub fn without(self, amount: u128, period: u64) -> Self {
		if self.period == period {
			Self { period, spent: self.spent.saturating_sub(amount) }
		} else {
			self
		}
	}
}

/// Error: the allowance does not cover the fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;
