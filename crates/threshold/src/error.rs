//! What can go wrong. No variant carries a secret.

use crate::MemberIndex;

/// Why a set-up, a sealing or a release was refused, and what to do about it.
///
/// Variants are only ever added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
	/// The operating system gave no randomness.
	#[error("the operating system gave no randomness; repair its random device first")]
	NoRandomness,
	/// Bytes that are not what they should be.
	#[error("these bytes are no {what}; read them from their source again")]
	Malformed {
		/// What they should be.
		what: &'static str,
	},
	/// Bytes in a format that this version does not know.
	#[error("format {found} of a {what} is not known; use a newer release of Salus")]
	UnknownFormat {
		/// What they should be.
		what: &'static str,
		/// The format version in the first byte.
		found: u8,
	},
	/// There are no members, or more than 16.
	#[error("an epoch has 1 to 16 members, not {found}")]
	MemberCount {
		/// How many there are.
		found: usize,
	},
	/// Indices are not from 1 to 16 and increasing.
	#[error("member index {index} is out of order or not within 1 to 16")]
	MemberOrder {
		/// The first such index.
		index: MemberIndex,
	},
	/// Two members have the same identity.
	#[error(
		"members {first} and {second} have the same identity; the later must announce another"
	)]
	SameIdentity {
		/// The member with the lower index.
		first: MemberIndex,
		/// The member with the higher index.
		second: MemberIndex,
	},
	/// The threshold is not a majority of the members, or more than all.
	#[error("a threshold of {threshold} does not fit {members} members; take more than half of them, at most all")]
	Threshold {
		/// The threshold asked for.
		threshold: u16,
		/// How many members there are.
		members: usize,
	},
	/// The secret belongs to no member of this epoch.
	#[error("this member secret belongs to no member of the epoch")]
	NotAMember,
	/// Fewer valid dealings than the threshold: an honest one might be missing.
	#[error("{have} valid dealings of the {need} that the epoch needs; wait for more or open an epoch without the absent members")]
	TooFewDealings {
		/// How many there are.
		have: usize,
		/// The threshold.
		need: usize,
	},
	/// A member's dealing is there twice.
	#[error("member {member} dealt twice; take the first of its dealings only")]
	DealtTwice {
		/// Who.
		member: MemberIndex,
	},
	/// A dealing was verified under other parameters.
	#[error("the dealing of member {member} was verified for another epoch")]
	ForeignDealing {
		/// Who.
		member: MemberIndex,
	},
	/// The member's own dealing counts, but its secret part is missing or of another dealing.
	#[error("the secret part of this member's own dealing is missing or belongs to another dealing; restore it from the keystore")]
	NoDealingSecret,
	/// The assembled share does not fit the public key set.
	#[error("the share does not fit the epoch's public key; assemble both from the same dealings")]
	ShareMismatch,
	/// Something of another epoch, or of another key of the same epoch.
	#[error("the {what} belongs to another epoch or key")]
	OtherEpoch {
		/// What.
		what: &'static str,
	},
	/// The sealed key was altered, or is of another record, version or epoch.
	#[error("the sealed key is for another record, version or epoch, or was altered; read it from the chain again")]
	SealedKeyRefused,
	/// The release names another chain than the epoch's.
	#[error("the release context names another chain than the epoch's")]
	OtherChain,
	/// The library failed on input that passed all checks.
	#[error("the cryptographic library failed; please report it")]
	Library(#[from] golden_ehtdh1::Error),
	/// The library's key generation failed on input that passed all checks.
	#[error("the cryptographic library failed in key generation; please report it")]
	KeyGeneration(#[from] golden_core::Error),
}

/// A dealing that was refused, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the dealing of member {member} is refused: {fault}")]
pub struct DealingError {
	/// The member under whose name it was posted.
	pub member: MemberIndex,
	/// What is wrong with it.
	pub fault: DealingFault,
}

/// What is wrong with a dealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DealingFault {
	/// No such member in this epoch.
	#[error("no such member in this epoch")]
	UnknownMember,
	/// Not a dealing of this format.
	#[error("its bytes are no dealing of a known format")]
	Malformed,
	/// Made for another epoch, member set, threshold or chain.
	#[error("it is for another epoch, member set or chain")]
	OtherEpoch,
	/// Made by another member.
	#[error("it was made by member {found}")]
	OtherMember {
		/// The dealer that it names.
		found: u32,
	},
	/// The context sharing does not share zero.
	#[error("its context sharing is not of zero")]
	NotZero,
	/// The decryption sharing shares zero: it adds nothing to the key.
	#[error("it contributes nothing to the key")]
	NoContribution,
	/// The proof that every member can decrypt its share fails.
	#[error("its proof fails")]
	Proof,
}

/// A share that was refused, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the share of member {member} is refused: {fault}")]
pub struct ShareError {
	/// The member under whose name it came.
	pub member: MemberIndex,
	/// What is wrong with it.
	pub fault: ShareFault,
}

/// What is wrong with a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareFault {
	/// No such member in this epoch.
	#[error("no such member in this epoch")]
	UnknownMember,
	/// Not a share of this format.
	#[error("its bytes are no share of a known format")]
	Malformed,
	/// Made in another epoch.
	#[error("it is of epoch {found}")]
	OtherEpoch {
		/// The epoch that it names.
		found: u32,
	},
	/// Made by another member.
	#[error("it was made by member {found}")]
	OtherMember {
		/// The member that it names.
		found: MemberIndex,
	},
	/// Made for another request, record, version, reader or key, or altered.
	#[error("it is for another request, record, version or reader, or was altered")]
	Proof,
}

/// Why a share could not be approved.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
	/// The sealed key itself is bad: no member is at fault.
	#[error(transparent)]
	SealedKey(Error),
	/// The share is bad.
	#[error(transparent)]
	Share(#[from] ShareError),
}

/// Why a key could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum CombineError {
	/// The sealed key itself is bad: no member is at fault.
	#[error(transparent)]
	SealedKey(Error),
	/// Not enough good shares yet.
	#[error("waiting for {missing} more {}", if *missing == 1 { "hospital" } else { "hospitals" })]
	Waiting {
		/// How many good shares are missing.
		missing: usize,
		/// The bad shares among those given.
		bad: Vec<ShareError>,
	},
}
