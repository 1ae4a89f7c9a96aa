//! What the pallet stores beyond the shared types of the domain.

use crate::Config;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use salus_primitives::{Hash32, Moment, OrganisationKind, OrganisationStatus, Specialty};
use scale_info::TypeInfo;

/// An organisation as it is stored; its number is the key.
#[derive(
	CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
#[scale_info(skip_type_params(MaxAdmins))]
pub struct Organisation<AccountId, MaxAdmins>
where
	AccountId: Clone + core::fmt::Debug + Eq,
	MaxAdmins: Get<u32>,
{
	/// What it is.
	pub kind: OrganisationKind,
	/// Whether it may act.
	pub status: OrganisationStatus,
	/// Who administers its members: at least one, none twice.
	pub admins: BoundedVec<AccountId, MaxAdmins>,
	/// SHA-256 of its FHIR Organization resource.
	pub profile: Hash32,
}

/// An organisation with the runtime's accounts and bounds.
pub type OrganisationOf<T> =
	Organisation<<T as frame_system::Config>::AccountId, <T as Config>::MaxAdmins>;

/// The administrators of an organisation.
pub type AdminsOf<T> = BoundedVec<<T as frame_system::Config>::AccountId, <T as Config>::MaxAdmins>;

/// What an administrator vouches for when admitting or renewing a member.
pub(crate) struct Entitlement {
	/// SHA-256 of the document that entitles the member.
	pub credential: Hash32,
	/// When it ends; `None` if it does not.
	pub expires: Option<Moment>,
	/// What the member practises.
	pub specialty: Option<Specialty>,
}

/// What an account or organisation has used of its allowance.
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
	/// In which period, counted from the Unix epoch. What was used in an earlier one counts no more.
	pub period: u64,
	/// How much, in units of the fee.
	pub spent: u128,
}

impl Usage {
	/// What is left of `allowance` in `period`.
	pub fn left(&self, allowance: u128, period: u64) -> u128 {
		if self.period == period {
			allowance.saturating_sub(self.spent)
		} else {
			allowance
		}
	}

	/// The same with `amount` more used in `period`.
	pub fn with(self, amount: u128, period: u64) -> Self {
		let before = if self.period == period { self.spent } else { 0 };
		Self {
			period,
			spent: before.saturating_add(amount),
		}
	}

	/// The same with `amount` less used in `period`. What was used in another one stays as it is.
	pub fn without(self, amount: u128, period: u64) -> Self {
		if self.period == period {
			Self {
				period,
				spent: self.spent.saturating_sub(amount),
			}
		} else {
			self
		}
	}
}

/// The allowance does not cover the fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;
