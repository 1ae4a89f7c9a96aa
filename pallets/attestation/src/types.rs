//! What the pallet stores beyond the shared types of the domain.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
	traits::Get, BoundedVec, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound,
	PartialEqNoBound,
};
use salus_primitives::{Attestation, Moment, Verdict};
use scale_info::TypeInfo;

/// The statements about a subject and what they came to.
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
	/// The verdict that was reached and of which the hook was told.
	pub reached: Option<Verdict>,
	/// Who said what, oldest first; nobody twice.
	pub attestations: BoundedVec<(AccountId, Attestation), MaxAttestations>,
}

impl<AccountId, MaxAttestations> Standing<AccountId, MaxAttestations>
where
	AccountId: Clone + core::fmt::Debug + Eq,
	MaxAttestations: Get<u32>,
{
	/// How many statements of `verdict` count at `now`.
	pub fn count(&self, verdict: Verdict, now: Moment) -> u32 {
		let counting = self
			.attestations
			.iter()
			.filter(|(_, attestation)| attestation.verdict == verdict && counts(attestation, now))
			.count();
		u32::try_from(counting).unwrap_or(u32::MAX)
	}

	/// Whose statement `attester`'s is, if there is one.
	pub fn by(&self, attester: &AccountId) -> Option<&Attestation> {
		self.attestations
			.iter()
			.find(|(who, _)| who == attester)
			.map(|(_, given)| given)
	}
}

/// Whether a statement has not ended at `now`.
pub(crate) fn counts(attestation: &Attestation, now: Moment) -> bool {
	attestation.expires.is_none_or(|end| now < end)
}
