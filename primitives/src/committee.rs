//! The committee: hospitals that together hold the key to which guarded records are sealed.
//!
//! The mathematics is in `crates/threshold` and never runs on chain: here are its messages, as bounded bytes.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{Hash32, RequestId};

/// Number of an epoch, from 1. An epoch is one committee with one key.
pub type Epoch = u32;

/// A member's place in its epoch, from 1.
pub type MemberIndex = u16;

/// The most members that a committee has.
pub const MAX_COMMITTEE: u32 = 16;

/// The longest encryption key of a member, in bytes.
pub const MAX_MEMBER_KEY: u32 = 128;

/// The longest dealing, in bytes.
pub const MAX_DEALING: u32 = 16 * 1024;

/// The longest public part of an epoch's key, in bytes.
pub const MAX_EPOCH_PUBLIC: u32 = 8 * 1024;

/// The longest sealed data encryption key, in bytes.
pub const MAX_SEALED_KEY: u32 = 512;

/// The longest sealed share, in bytes: a share in HPKE to the reader's one-time key.
pub const MAX_SEALED_SHARE: u32 = 512;

/// A member's key to which the others encrypt their dealings.
pub type MemberKey = BoundedVec<u8, ConstU32<MAX_MEMBER_KEY>>;

/// A member's contribution to the epoch's key.
pub type Dealing = BoundedVec<u8, ConstU32<MAX_DEALING>>;

/// The public part of an epoch's key: to seal to it, and to check shares.
pub type EpochPublic = BoundedVec<u8, ConstU32<MAX_EPOCH_PUBLIC>>;

/// A share of one release, sealed to the reader's one-time key.
pub type SealedShare = BoundedVec<u8, ConstU32<MAX_SEALED_SHARE>>;

/// Number of seats of `members` that must act together: two thirds plus one.
pub const fn committee_threshold(members: u32) -> u32 {
	(members.saturating_mul(2) / 3).saturating_add(1)
}

/// What a member says to the chain, and signs with its key of type `comm`.
///
/// Announcement, dealing and confirmation each are said once an epoch, a share once a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum CommitteeStatement<'a> {
	/// The key to which the others encrypt their dealings for this member.
	#[codec(index = 0)]
	Announce {
		/// For which epoch.
		epoch: Epoch,
		/// The member's place in it.
		index: MemberIndex,
		/// The key.
		key: &'a MemberKey,
	},
	/// The member's dealing.
	#[codec(index = 1)]
	Deal {
		/// For which epoch.
		epoch: Epoch,
		/// The member's place in it.
		index: MemberIndex,
		/// The dealing.
		dealing: &'a Dealing,
	},
	/// The member checked all dealings, and keeps its share of the key that came of them.
	#[codec(index = 2)]
	Confirm {
		/// For which epoch.
		epoch: Epoch,
		/// The member's place in it.
		index: MemberIndex,
		/// Whose dealings are invalid (see [`is_excluded`]).
		excluded: u16,
		/// The key that came of the others.
		public: &'a EpochPublic,
	},
	/// The member's share for one release.
	#[codec(index = 3)]
	Share {
		/// For which request.
		request: RequestId,
		/// To whose key the version is sealed.
		epoch: Epoch,
		/// The member's place in it.
		index: MemberIndex,
		/// The share, sealed to the reader's one-time key.
		share: &'a SealedShare,
	},
	/// The member holds no share of the active key, and asks for an epoch in which it gets one.
	#[codec(index = 4)]
	Rejoin {
		/// The active epoch.
		epoch: Epoch,
		/// The member's place in it.
		index: MemberIndex,
	},
}

impl CommitteeStatement<'_> {
	/// The bytes to sign (sr25519, context `substrate`): `"salus/committee/1" ‖ genesis hash ‖ SCALE(self)`.
	pub fn to_sign(&self, genesis: &Hash32) -> Vec<u8> {
		let mut bytes = b"salus/committee/1".to_vec();
		bytes.extend_from_slice(genesis);
		self.encode_to(&mut bytes);
		bytes
	}
}

/// The bit of a member in a set of members: bit `index - 1`. No bit for what is no place.
pub const fn member_bit(index: MemberIndex) -> u16 {
	match index {
		1..=16 => 1 << (index - 1),
		_ => 0,
	}
}

/// Whether the member is in the set `excluded`.
pub const fn is_excluded(excluded: u16, index: MemberIndex) -> bool {
	excluded & member_bit(index) != 0
}

/// A record version's data encryption key, sealed to the key of an epoch.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SealedKey {
	/// Whose key it is sealed to.
	pub epoch: Epoch,
	/// The sealed key (`docs/threshold-format.md`).
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes"))]
	pub sealed: BoundedVec<u8, ConstU32<MAX_SEALED_KEY>>,
}

/// How far an epoch is.
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
	/// Members announce the keys to which dealings are encrypted.
	Announcing,
	/// Members post dealings.
	Dealing,
	/// Members check each other's dealings and say which key came of them.
	Confirming,
	/// Its key is in use.
	Active,
	/// A later epoch is active. It still releases what is sealed to it.
	Superseded,
	/// It never came to a key: another epoch took its place.
	Abandoned,
}

/// Why a member is not part of an epoch's key: nothing of it is in the key.
///
/// Who announced a key in time but posted no dealing still holds a share, since the others' dealings carry one for it.
/// It releases like the others.
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
	/// It announced no key in time. It holds no share.
	NoKey,
	/// It posted no dealing in time. It holds a share.
	NoDealing,
	/// The others found its dealing invalid. No share is taken from it.
	InvalidDealing,
}

/// A member of an epoch, as reads give it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CommitteeMember {
	/// Its place.
	pub index: MemberIndex,
	/// The public key with which it signs (sr25519).
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub id: Hash32,
	/// The key to which dealings for it are encrypted; `None` as long as it announced none.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes::option"))]
	pub key: Option<MemberKey>,
	/// Whether its dealing is posted.
	pub dealt: bool,
	/// Whether it said which key came of the dealings.
	pub confirmed: bool,
	/// Why it is not part of the key, if so.
	pub excluded: Option<Exclusion>,
}

/// An epoch, as reads give it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EpochInfo {
	/// Which one.
	pub epoch: Epoch,
	/// How far it is.
	pub phase: EpochPhase,
	/// Block in which this phase began.
	pub since: u32,
	/// Members in order of index.
	pub members: Vec<CommitteeMember>,
	/// Number of shares that open a key: [`committee_threshold`] of all seats. Epochs that formed
	/// before runtime version 3 have that of the members that announced keys.
	pub threshold: u32,
	/// The public part of its key, once there is one.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes::option"))]
	pub public: Option<EpochPublic>,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn two_thirds_plus_one_act_together() {
		let expected = [(1, 1), (2, 2), (3, 3), (4, 3), (7, 5), (10, 7), (16, 11)];
		for (members, threshold) in expected {
			assert_eq!(committee_threshold(members), threshold, "{members}");
		}
	}

	#[test]
	fn statements_are_signed_as_documented() {
		let key = MemberKey::try_from(alloc::vec![9, 8]).unwrap();
		let announce = CommitteeStatement::Announce {
			epoch: 1,
			index: 2,
			key: &key,
		};
		let mut expected = b"salus/committee/1".to_vec();
		expected.extend([7; 32]);
		expected.extend([0, 1, 0, 0, 0, 2, 0, 8, 9, 8]);
		assert_eq!(announce.to_sign(&[7; 32]), expected);

		let share = SealedShare::try_from(alloc::vec![5]).unwrap();
		let share = CommitteeStatement::Share {
			request: 1,
			epoch: 2,
			index: 3,
			share: &share,
		};
		let expected = [3, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 4, 5];
		assert_eq!(share.to_sign(&[0; 32])[17 + 32..], expected);

		let rejoin = CommitteeStatement::Rejoin { epoch: 2, index: 3 };
		assert_eq!(rejoin.to_sign(&[0; 32])[17 + 32..], [4, 2, 0, 0, 0, 3, 0]);
	}

	#[test]
	fn each_member_has_a_bit_of_its_own() {
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
