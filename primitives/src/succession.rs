//! Recovery of a lost key: a successor account that acts for a patient, and who has a say in it.

use crate::{Hash32, Moment, OrganisationId};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_weights::Weight;

/// The fewest guardians who together bring a patient back, whatever the patient sets: one alone never does.
pub const MIN_RECOVERY_THRESHOLD: u32 = 2;

/// What a patient asks for before someone else's account acts for theirs.
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
	/// How many guardians it takes; `None` for most of them, and at least [`MIN_RECOVERY_THRESHOLD`].
	pub threshold: Option<u32>,
	/// Whether the hospital that enrolled the patient can do it with one guardian.
	pub hospital: bool,
}

impl Default for RecoveryPolicy {
	fn default() -> Self {
		Self {
			threshold: None,
			hospital: true,
		}
	}
}

/// As what someone supports an attempt.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Supporter<AccountId> {
	/// This guardian.
	Guardian(AccountId),
	/// The hospital that enrolled the patient, through one of its administrators.
	Hospital(OrganisationId),
}

impl<AccountId> Supporter<AccountId> {
	/// The hospital, if it is one.
	pub fn organisation(&self) -> Option<OrganisationId> {
		match self {
			Self::Guardian(_) => None,
			Self::Hospital(organisation) => Some(*organisation),
		}
	}
}

/// One support of an attempt.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Support<AccountId> {
	/// Who signed it.
	pub by: AccountId,
	/// As what.
	pub supporter: Supporter<AccountId>,
	/// When.
	pub at: Moment,
}

/// An attempt to bring a patient back, as reads give it, judged at the moment of the read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecoveryAttempt<AccountId> {
	/// Which account would act for the patient.
	pub successor: AccountId,
	/// Who proposed it.
	pub proposer: AccountId,
	/// When.
	pub proposed: Moment,
	/// When it ends, that moment excluded.
	pub expires: Moment,
	/// The supports that count now, oldest first.
	pub support: Vec<Support<AccountId>>,
	/// How many guardians it takes without the hospital.
	pub threshold: u32,
	/// Whether the hospital that enrolled the patient can do it with one guardian.
	pub hospital: bool,
	/// From when it can be completed; `None` while supports are missing.
	pub due: Option<Moment>,
}

/// What of a recovery is on the patient's access log.
///
/// Accounts are given as [`account_bytes`].
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
	/// A guardian or the hospital says that the key is lost, and names the account that is to act.
	Proposed {
		/// Which account.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		successor: Hash32,
		/// When the attempt ends, that moment excluded.
		expires: Moment,
	},
	/// Another one supports it.
	Approved {
		/// Which account.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		successor: Hash32,
	},
	/// Whoever holds the key objected: the attempt has ended.
	Objected,
	/// The proposer took it back.
	Withdrawn,
	/// The account acts for the patient now, and the key that did so before does not any more.
	Completed {
		/// Which account.
		#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
		successor: Hash32,
	},
}

/// An account in 32 bytes: its SCALE encoding, with zeros after it if it is shorter. On the chain accounts have 32 bytes, and
/// this is the account itself; of a longer one it is the `blake2_256`.
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

/// Who may say that a patient lost their key. Answered by the pallet `consent`.
pub trait RecoveryGuardians<AccountId> {
	/// The guardians of `patient` at `now` who are live members, whose scope is everything and whose appointment has not
	/// aged out, each once; at most [`crate::MAX_GUARDIANS`].
	fn recovery_guardians(patient: &AccountId, now: Moment) -> Vec<AccountId>;
	/// What it costs at most.
	fn recovery_guardians_weight() -> Weight;
}

impl<AccountId> RecoveryGuardians<AccountId> for () {
	fn recovery_guardians(_: &AccountId, _: Moment) -> Vec<AccountId> {
		Vec::new()
	}
	fn recovery_guardians_weight() -> Weight {
		Weight::zero()
	}
}

/// Writes what befalls a patient's account on the patient's access log. Answered by the pallet `access`.
pub trait AccessLogWriter<AccountId> {
	/// Why it cannot be written.
	type Error;
	/// Appends an entry, in the block's own time. `organisation` is the one for which `actor` acts, if for one.
	fn append(
		patient: &AccountId,
		actor: &AccountId,
		organisation: Option<OrganisationId>,
		event: SuccessionEvent,
	) -> Result<(), Self::Error>;
	/// What it costs at most.
	fn append_weight() -> Weight;
}

/// Which account acts for which. Answered by the pallet `succession`.
pub trait SuccessionQuery<AccountId> {
	/// Whether another account acts in the place of this one: a patient's lost key, or that of an earlier successor. What is
	/// signed with it must be refused.
	fn is_succeeded(account: &AccountId) -> bool;
	/// The account that acts for this patient now, if it is not the patient's own.
	fn successor(patient: &AccountId) -> Option<AccountId>;
	/// The patient for whom this account acts now, if for one.
	fn acts_for(account: &AccountId) -> Option<AccountId>;
	/// What any of these costs at most.
	fn succession_weight() -> Weight;
}

/// What a successor may dispatch in a patient's name. Answered by the runtime, which knows its calls.
pub trait ActFilter<AccountId, Call> {
	/// Whether `patient`'s successor may dispatch the call.
	fn may_act(patient: &AccountId, call: &Call) -> bool;
	/// What it costs at most, for this call with those that it holds.
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
	fn an_account_of_32_bytes_is_itself_and_others_still_have_32() {
		assert_eq!(account_bytes(&[7u8; 32]), [7; 32]);
		let mut short = [0; 32];
		short[..8].copy_from_slice(&9u64.to_le_bytes());
		assert_eq!(account_bytes(&9u64), short);
		assert_eq!(
			account_bytes(&[7u8; 33]),
			sp_crypto_hashing::blake2_256(&[7; 33])
		);
	}

	#[test]
	fn an_entry_of_the_log_keeps_its_bytes() {
		let successor = [3; 32];
		let with = |first: u8, rest: &[u8]| {
			let mut bytes = vec![first];
			bytes.extend(successor);
			bytes.extend(rest);
			bytes
		};
		let proposed = SuccessionEvent::Proposed {
			successor,
			expires: 0x0102,
		};
		assert_eq!(proposed.encode(), with(0, &[2, 1, 0, 0, 0, 0, 0, 0]));
		assert_eq!(
			SuccessionEvent::Approved { successor }.encode(),
			with(1, &[])
		);
		assert_eq!(SuccessionEvent::Objected.encode(), [2]);
		assert_eq!(SuccessionEvent::Withdrawn.encode(), [3]);
		assert_eq!(
			SuccessionEvent::Completed { successor }.encode(),
			with(4, &[])
		);
	}

	#[test]
	fn the_hospital_helps_unless_a_patient_says_otherwise() {
		let policy = RecoveryPolicy::default();
		assert_eq!((policy.threshold, policy.hospital), (None, true));
	}
}
