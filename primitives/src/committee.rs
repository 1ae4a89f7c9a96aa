//! The committee: hospitals that together hold the key to which guarded records are sealed.
//!
//! The mathematics is in `crates/threshold` and never runs on chain: here are its messages, as bounded bytes.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::Hash32;

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

/// How many members of `members` must act together: two thirds plus one.
pub const fn committee_threshold(members: u32) -> u32 {
	(members.saturating_mul(2) / 3).saturating_add(1)
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
	/// It never came to a key: another set of members took its place first.
	Abandoned,
}

/// Why a member is not part of an epoch's key.
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
	/// It announced no key in time.
	NoKey,
	/// It posted no dealing in time.
	NoDealing,
	/// The others found its dealing invalid.
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
	/// How many shares open a key.
	pub threshold: u32,
	/// The public part of its key, once there is one.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_bytes::option"))]
	pub public: Option<EpochPublic>,
}
