//! Storage types of the pallet that are not in the primitives.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
	traits::Get, BoundedVec, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound,
	PartialEqNoBound,
};
use salus_primitives::{Attestation, Moment, Verdict};
use scale_info::TypeInfo;

/// Statements about a subject, and the verdict that they reached.
#[derive(
	CloneNoBound,
	DebugNoBound,
	DefaultNoBound,
	PartialEqNoBound,
	EqNoBound,
	Encode,
	Decode,
	MaxEncodedLen,
	TypeInfo,
)]
#[scale_info(skip_type_params(MaxAttestations))]
pub struct Standing<AccountId, MaxAttestations>
where
	AccountId: Clone + core::fmt::Debug + Eq,
	MaxAttestations: Get<u32>,
{
	/// Verdict that was reached and that the hook was called for.
	pub reached: Option<Verdict>,
	/// Statements by account, oldest first, at most one of each account.
	pub attestations: BoundedVec<(AccountId, Attestation), MaxAttestations>,
}

impl<AccountId, MaxAttestations> Standing<AccountId, MaxAttestations>
where
	AccountId: Clone + core::fmt::Debug + Eq,
	MaxAttestations: Get<u32>,
{
	/// Returns the number of statements of `verdict` that count at `now`.
	pub fn count(&self, verdict: Verdict, now: Moment) -> u32 {
		let counting = self
			.attestations
			.iter()
			.filter(|(_, attestation)| {
				attestation.verdict == verdict && is_unexpired(attestation, now)
			})
			.count();
		u32::try_from(counting).unwrap_or(u32::MAX)
	}

	/// Returns the statement of `attester`, if there is one.
	pub fn by(&self, attester: &AccountId) -> Option<&Attestation> {
		self.attestations
			.iter()
			.find(|(who, _)| who == attester)
			.map(|(_, attestation)| attestation)
	}
}

/// Returns whether a statement has not expired at `now`.
pub(crate) fn is_unexpired(attestation: &Attestation, now: Moment) -> bool {
	attestation.expires.is_none_or(|end| now < end)
}
