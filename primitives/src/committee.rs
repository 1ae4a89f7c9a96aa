//! The committee: the hospitals that jointly hold the key to which guarded records are sealed.
//!
//! The mathematics is in `crates/threshold` and never runs on chain. This module has its messages,
//! as bounded bytes.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{Hash32, RequestId};

/// Number of an epoch, from 1. An epoch is one committee with its key.
pub type Epoch = u32;

/// A member's place in its epoch, from 1.
pub type MemberIndex = u16;

/// Maximum number of members of a committee.
pub const MAX_COMMITTEE: u32 = 16;

/// Maximum number of epochs with the same key whose members can release it.
pub const MAX_SHARINGS: u32 = 8;

/// Maximum length of a member's encryption key, in bytes.
pub const MAX_MEMBER_KEY: u32 = 128;

/// Maximum length of a dealing, in bytes.
pub const MAX_DEALING: u32 = 16 * 1024;

/// Maximum length of the public part of an epoch's key, in bytes.
pub const MAX_EPOCH_PUBLIC: u32 = 8 * 1024;

/// Maximum length of a sealed data encryption key, in bytes.
pub const MAX_SEALED_KEY: u32 = 512;

/// Maximum length of a sealed share, in bytes. A share is sealed (HPKE) to the reader's one-time
/// key.
pub const MAX_SEALED_SHARE: u32 = 512;

/// Key to which the other members encrypt their dealings for a member.
pub type MemberKey = BoundedVec<u8, ConstU32<MAX_MEMBER_KEY>>;

/// A member's contribution to the epoch's key.
pub type Dealing = BoundedVec<u8, ConstU32<MAX_DEALING>>;

/// Public part of an epoch's key, used to seal to it and to check shares.
pub type EpochPublic = BoundedVec<u8, ConstU32<MAX_EPOCH_PUBLIC>>;

/// Share of one release, sealed to the reader's one-time key.
pub type SealedShare = BoundedVec<u8, ConstU32<MAX_SEALED_SHARE>>;

/// Returns the number of seats, of `members`, that must act together: two thirds plus one.
pub const fn committee_threshold(members: u32) -> u32 {
	(members.saturating_mul(2) / 3).saturating_add(1)
}

/// Statement of a member to the chain, signed with its key of type `comm`.
///
/// A member announces, deals and confirms once in an epoch, and posts one share for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum CommitteeStatement<'a> {
	/// Key to which the other members encrypt their dealings for this member.
	#[codec(index = 0)]
	Announce {
		/// Epoch of the announcement.
		epoch: Epoch,
		/// The member's place in the epoch.
		index: MemberIndex,
		/// Key that the member announces.
		key: &'a MemberKey,
	},
	/// The member's dealing.
	#[codec(index = 1)]
	Deal {
		/// Epoch of the dealing.
		epoch: Epoch,
		/// The member's place in the epoch.
		index: MemberIndex,
		/// Dealing of the member.
		dealing: &'a Dealing,
	},
	/// The member has checked all dealings, and keeps its share of the resulting key.
	#[codec(index = 2)]
	Confirm {
		/// Epoch of the confirmation.
		epoch: Epoch,
		/// The member's place in the epoch.
		index: MemberIndex,
		/// Members whose dealings are invalid, as bits (see [`is_excluded`]).
		excluded: u16,
		/// Public part of the key that the other dealings make.
		public: &'a EpochPublic,
	},
	/// The member's share for one release.
	#[codec(index = 3)]
	Share {
		/// Request that the share is for.
		request: RequestId,
		/// Epoch whose key seals the version's key.
		epoch: Epoch,
		/// The member's place in the epoch.
		index: MemberIndex,
		/// The share, sealed to the reader's one-time key.
		share: &'a SealedShare,
	},
	/// The member holds no share of the active key and asks for a new epoch, in which it gets one.
	#[codec(index = 4)]
	Rejoin {
		/// The active epoch.
		epoch: Epoch,
		/// The member's place in the epoch.
		index: MemberIndex,
	},
}

impl CommitteeStatement<'_> {
	/// Returns the bytes to sign (sr25519, context `substrate`): `"salus/committee/1" ‖ genesis
	/// hash ‖ SCALE(self)`.
	pub fn to_sign(&self, genesis: &Hash32) -> Vec<u8> {
		let mut bytes = b"salus/committee/1".to_vec();
		bytes.extend_from_slice(genesis);
		self.encode_to(&mut bytes);
		bytes
	}
}

/// Returns the bit of a member in a set of members: bit `index - 1`, or 0 if `index` is not a
/// place.
pub const fn member_bit(index: MemberIndex) -> u16 {
	match index {
		1..=16 => 1 << (index - 1),
		_ => 0,
	}
}

/// Returns whether the member is in the set `excluded`.
pub const fn is_excluded(excluded: u16, index: MemberIndex) -> bool {
	excluded & member_bit(index) != 0
}

/// Data encryption key of a version, sealed to the key of an epoch.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SealedKey {
	/// Epoch whose key seals it.
	pub epoch: Epoch,
	/// The sealed key (`docs/threshold-format.md`).
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes"))]
	pub sealed: BoundedVec<u8, ConstU32<MAX_SEALED_KEY>>,
}

/// The key of an epoch, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EpochKey {
	/// First epoch with the key, possibly the epoch itself.
	pub origin: Epoch,
	/// Epoch from which it took the key over, or takes it over; `None` if it makes its own.
	pub previous: Option<Epoch>,
	/// Epoch whose members release what is sealed to it.
	pub holder: Epoch,
	/// Epochs whose members can release it as well, latest first, if too few of the holder's do.
	/// At most [`MAX_SHARINGS`], including the holder.
	pub others: Vec<Epoch>,
	/// Last epoch with the key in which every member confirmed that it holds a share. Shares of
	/// earlier ones are no longer of use.
	pub complete: Option<Epoch>,
}

/// Number of versions whose keys are sealed to a key of the committee, in any of its epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SealedVersions {
	/// First epoch with the key.
	pub key: Epoch,
	/// Number of versions.
	pub versions: u64,
	/// Whether the active epoch has the key, so that new records are sealed to it.
	pub is_present: bool,
}

/// Subject of a renewal by the council: the shares or the key.
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
pub enum Renewal {
	/// The members' shares, for example because one was stolen. The key stays, and records stay
	/// sealed to it.
	#[codec(index = 0)]
	Shares,
	/// The key, for example because a threshold of shares was stolen. Records that were sealed to
	/// the old one stay sealed to it until they are sealed again.
	#[codec(index = 1)]
	Key,
}

/// Phase of an epoch.
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
pub enum EpochPhase {
	/// Members announce the keys to which their dealings are encrypted.
	Announcing,
	/// Members post dealings.
	Dealing,
	/// Members check each other's dealings and confirm the resulting key.
	Confirming,
	/// The epoch's key is in use.
	Active,
	/// A later epoch is active. This one still releases keys that are sealed to it.
	Superseded,
	/// Ended without a key; another epoch took its place.
	Abandoned,
}

/// Reason why a member contributes nothing to an epoch's key.
///
/// A member that announced a key in time but posted no dealing still holds a share, because the
/// other dealings carry one for it. It releases like the others.
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
pub enum Exclusion {
	/// The member announced no key in time. It holds no share.
	NoKey,
	/// The member posted no dealing in time. It holds a share.
	NoDealing,
	/// The others found its dealing invalid. No share is taken from it.
	InvalidDealing,
}

/// Member of an epoch, as reads return it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CommitteeMember {
	/// Place of the member in the epoch.
	pub index: MemberIndex,
	/// Public key with which it signs (sr25519).
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub id: Hash32,
	/// Key to which dealings for it are encrypted; `None` until it announces one.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes::option"))]
	pub key: Option<MemberKey>,
	/// Whether its dealing is posted.
	pub dealt: bool,
	/// Whether it has confirmed the key.
	pub confirmed: bool,
	/// Reason why it contributes nothing to the key, if it does not.
	pub excluded: Option<Exclusion>,
}

/// An epoch, as reads return it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EpochInfo {
	/// Number of the epoch.
	pub epoch: Epoch,
	/// Phase of the epoch.
	pub phase: EpochPhase,
	/// Block in which this phase began.
	pub since: u32,
	/// Members, in order of index.
	pub members: Vec<CommitteeMember>,
	/// Number of shares that open a key: [`committee_threshold`] of all seats. Epochs formed before
	/// runtime version 3 count only the members that announced keys.
	pub threshold: u32,
	/// Public part of its key, once there is one.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes::option"))]
	pub public: Option<EpochPublic>,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_threshold_is_two_thirds_plus_one() {
		let expected = [(1, 1), (2, 2), (3, 3), (4, 3), (7, 5), (10, 7), (16, 11)];
		for (members, threshold) in expected {
			assert_eq!(committee_threshold(members), threshold, "{members}");
		}
	}

	#[test]
	fn statements_are_signed_as_documented() {
		let key = MemberKey::try_from(alloc::vec![9, 8]).unwrap();
		let announce = CommitteeStatement::Announce { epoch: 1, index: 2, key: &key };
		let mut expected = b"salus/committee/1".to_vec();
		expected.extend([7; 32]);
		expected.extend([0, 1, 0, 0, 0, 2, 0, 8, 9, 8]);
		assert_eq!(announce.to_sign(&[7; 32]), expected);

		let share = SealedShare::try_from(alloc::vec![5]).unwrap();
		let share = CommitteeStatement::Share { request: 1, epoch: 2, index: 3, share: &share };
		let expected = [3, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 4, 5];
		assert_eq!(share.to_sign(&[0; 32])[17 + 32..], expected);

		let rejoin = CommitteeStatement::Rejoin { epoch: 2, index: 3 };
		assert_eq!(rejoin.to_sign(&[0; 32])[17 + 32..], [4, 2, 0, 0, 0, 3, 0]);
	}

	#[test]
	fn each_member_has_its_own_bit() {
		let mut all = 0;
		for index in 1..=16 {
			assert!(!is_excluded(all, index));
			all |= member_bit(index);
			assert!(is_excluded(all, index));
		}
		assert_eq!(all, u16::MAX);
		assert_eq!(member_bit(0) | member_bit(17), 0);
	}
}
