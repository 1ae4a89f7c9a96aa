//! Recovery of a lost key: a successor account that acts for a patient, and the supporters of an
//! attempt.

use crate::{Hash32, Moment, OrganisationId};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_weights::Weight;

/// Minimum number of guardians who together recover a patient's account. The patient cannot set
/// fewer.
pub const MIN_RECOVERY_THRESHOLD: u32 = 2;

/// A patient's conditions for recovery by another account.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecoveryPolicy {
	/// Number of guardians required; `None` for a majority, and at least
	/// [`MIN_RECOVERY_THRESHOLD`].
	pub threshold: Option<u32>,
	/// Whether the hospital that enrolled the patient can recover the account together with one
	/// guardian.
	pub hospital: bool,
}

impl Default for RecoveryPolicy {
	fn default() -> Self {
		Self { threshold: None, hospital: true }
	}
}

/// Supporter of an attempt.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Supporter<AccountId> {
	/// Guardian of the patient, for recovery.
	Guardian(AccountId),
	/// The hospital that enrolled the patient, through one of its administrators.
	Hospital(OrganisationId),
}

impl<AccountId> Supporter<AccountId> {
	/// Returns the hospital, if it is one.
	pub fn organisation(&self) -> Option<OrganisationId> {
		match self {
			Self::Guardian(_) => None,
			Self::Hospital(organisation) => Some(*organisation),
		}
	}
}

/// Support of an attempt.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Support<AccountId> {
	/// Account that signed it.
	pub by: AccountId,
	/// Capacity of the signer.
	pub supporter: Supporter<AccountId>,
	/// Time of the support.
	pub at: Moment,
}

/// Attempt to recover a patient's account, as reads return it, judged at the time of the read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecoveryAttempt<AccountId> {
	/// Account that would act for the patient.
	pub successor: AccountId,
	/// Account that proposed it.
	pub proposer: AccountId,
	/// Time of the proposal.
	pub proposed: Moment,
	/// End of the attempt, that moment excluded.
	pub expires: Moment,
	/// Supports that count now, oldest first.
	pub support: Vec<Support<AccountId>>,
	/// Number of guardians required without the hospital.
	pub threshold: u32,
	/// Whether the hospital that enrolled the patient can recover the account together with one
	/// guardian.
	pub hospital: bool,
	/// Earliest time of completion; `None` while supports are missing.
	pub due: Option<Moment>,
}

/// Event of a recovery in the patient's access log.
///
/// Accounts are encoded by [`account_bytes`].
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
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum SuccessionEvent {
	/// A guardian or the hospital reports the key lost and names the successor.
	Proposed {
		/// Proposed successor.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		successor: Hash32,
		/// End of the attempt, that moment excluded.
		expires: Moment,
	},
	/// Another supporter approved it.
	Approved {
		/// Proposed successor.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		successor: Hash32,
	},
	/// The holder of the key objected, which ended the attempt.
	Objected,
	/// The proposer took it back.
	Withdrawn,
	/// The successor now acts for the patient; the previous key no longer does.
	Completed {
		/// Account that succeeded the patient.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		successor: Hash32,
	},
}

/// Returns an account in 32 bytes: its SCALE encoding, padded with zeros if shorter, or the
/// `blake2_256` of the encoding if longer. Accounts on the chain have 32 bytes and are returned
/// unchanged.
pub fn account_bytes<AccountId: Encode>(account: &AccountId) -> Hash32 {
	account.using_encoded(|bytes| {
		let mut padded = Hash32::default();
		match padded.get_mut(..bytes.len()) {
			Some(start) => {
				start.copy_from_slice(bytes);
				padded
			}
			None => sp_crypto_hashing::blake2_256(bytes),
		}
	})
}

/// Guardians of a patient, as a recovery counts them: those whose scope is everything and whose
/// appointment has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardiansForRecovery<AccountId> {
	/// Those who may support a recovery, because they are live members. Each is listed once, and
	/// there are at most [`crate::MAX_GUARDIANS`].
	pub live: Vec<AccountId>,
	/// Number of all, live or not. A majority is counted over this number: only the patient can
	/// lower it, not an organisation that dismisses a guardian.
	pub appointed: u32,
}

/// Guardians who may support a recovery. Answered by the pallet `consent`.
pub trait RecoveryGuardians<AccountId> {
	/// Returns the guardians of `patient` at `now`.
	fn recovery_guardians(patient: &AccountId, now: Moment) -> GuardiansForRecovery<AccountId>;
	/// Maximum weight.
	fn recovery_guardians_weight() -> Weight;
}

impl<AccountId> RecoveryGuardians<AccountId> for () {
	fn recovery_guardians(_: &AccountId, _: Moment) -> GuardiansForRecovery<AccountId> {
		GuardiansForRecovery { live: Vec::new(), appointed: 0 }
	}
	fn recovery_guardians_weight() -> Weight {
		Weight::zero()
	}
}

/// Writes recovery events to a patient's access log. Answered by the pallet `access`.
pub trait AccessLogWriter<AccountId> {
	/// Reason why it cannot be written.
	type Error;
	/// Appends an entry with the block's own time. `organisation` is the one for which `actor`
	/// acts, if for one.
	fn append(
		patient: &AccountId,
		actor: &AccountId,
		organisation: Option<OrganisationId>,
		event: SuccessionEvent,
	) -> Result<(), Self::Error>;
	/// Maximum weight.
	fn append_weight() -> Weight;
}

/// Successors of patients. Answered by the pallet `succession`.
pub trait SuccessionQuery<AccountId> {
	/// Returns whether another account acts in the place of this one, which is a patient's lost key
	/// or an earlier successor. The runtime must refuse what this account signs.
	fn is_succeeded(account: &AccountId) -> bool;
	/// Returns the account that acts for this patient now, if it is not the patient's own.
	fn successor(patient: &AccountId) -> Option<AccountId>;
	/// Returns the patient for whom this account acts now, if for one.
	fn acts_for(account: &AccountId) -> Option<AccountId>;
	/// Maximum weight of any of these.
	fn succession_weight() -> Weight;
}

/// Filter of the calls that a successor may dispatch in a patient's name. Answered by the runtime,
/// which knows its calls.
pub trait ActFilter<AccountId, Call> {
	/// Returns whether `patient`'s successor may dispatch the call.
	fn may_act(patient: &AccountId, call: &Call) -> bool;
	/// Maximum weight for this call, including the calls nested in it.
	fn may_act_weight(call: &Call) -> Weight;
}

/// For a runtime without recovery: every account acts for itself.
impl<AccountId> SuccessionQuery<AccountId> for () {
	fn is_succeeded(_: &AccountId) -> bool {
		false
	}
	fn successor(_: &AccountId) -> Option<AccountId> {
		None
	}
	fn acts_for(_: &AccountId) -> Option<AccountId> {
		None
	}
	fn succession_weight() -> Weight {
		Weight::zero()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;

	#[test]
	fn account_bytes_always_have_32_bytes() {
		assert_eq!(account_bytes(&[7u8; 32]), [7; 32]);
		let mut short = [0; 32];
		short[..8].copy_from_slice(&9u64.to_le_bytes());
		assert_eq!(account_bytes(&9u64), short);
		assert_eq!(account_bytes(&[7u8; 33]), sp_crypto_hashing::blake2_256(&[7; 33]));
	}

	#[test]
	fn the_encoding_of_succession_events_is_pinned() {
		let successor = [3; 32];
		let with = |first: u8, rest: &[u8]| {
			let mut bytes = vec![first];
			bytes.extend(successor);
			bytes.extend(rest);
			bytes
		};
		let proposed = SuccessionEvent::Proposed { successor, expires: 0x0102 };
		assert_eq!(proposed.encode(), with(0, &[2, 1, 0, 0, 0, 0, 0, 0]));
		assert_eq!(SuccessionEvent::Approved { successor }.encode(), with(1, &[]));
		assert_eq!(SuccessionEvent::Objected.encode(), [2]);
		assert_eq!(SuccessionEvent::Withdrawn.encode(), [3]);
		assert_eq!(SuccessionEvent::Completed { successor }.encode(), with(4, &[]));
	}

	#[test]
	fn the_hospital_may_help_by_default() {
		let policy = RecoveryPolicy::default();
		assert_eq!((policy.threshold, policy.hospital), (None, true));
	}
}
