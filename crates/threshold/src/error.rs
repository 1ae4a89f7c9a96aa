//! Errors. No variant carries a secret.

use crate::MemberIndex;

/// Reason why a set-up, a sealing or a release was refused, with the remedy.
///
/// Variants are only ever added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
	/// The operating system provided no randomness.
	#[error("the operating system provided no randomness; fix its random device first")]
	NoRandomness,
	/// The bytes do not have the expected form.
	#[error("the bytes are not a valid {what}; read them from their source again")]
	Malformed {
		/// Expected form.
		what: &'static str,
	},
	/// The bytes have a format that is unknown to this release.
	#[error("format {found} of a {what} is unknown; use a newer release of Salus")]
	UnknownFormat {
		/// Expected form.
		what: &'static str,
		/// Format version in the first byte.
		found: u8,
	},
	/// There are no members, or more than 16.
	#[error("{found} members were given; an epoch needs 1 to 16")]
	MemberCount {
		/// Number of members given.
		found: usize,
	},
	/// Member indices are not in 1 to 16 or not strictly increasing.
	#[error("member index {index} is out of order or not in 1 to 16; use increasing indices")]
	MemberOrder {
		/// First faulty index.
		index: MemberIndex,
	},
	/// An identity was announced without a proof that its owner knows the secret.
	#[error("member {member} does not prove that it knows the secret of its identity; it must announce one whose secret it knows")]
	UnprovenIdentity {
		/// Index of the member.
		member: MemberIndex,
	},
	/// Two members have the same identity, or one that differs in its sign.
	#[error(
		"members {first} and {second} have the same identity; the later one must announce another"
	)]
	SameIdentity {
		/// Member with the lower index.
		first: MemberIndex,
		/// Member with the higher index.
		second: MemberIndex,
	},
	/// The threshold is not a majority of the members, or exceeds their number.
	#[error("a threshold of {threshold} is invalid for {members} members; use more than half of them, at most all")]
	Threshold {
		/// Requested threshold.
		threshold: u16,
		/// Number of members.
		members: usize,
	},
	/// A listed holder is not a member, is listed twice, or held no share.
	#[error("member {index} is not a member that held one share of the previous epoch; list each of them once")]
	Holder {
		/// Index of the holder in the new epoch.
		index: MemberIndex,
	},
	/// Too few members hold a share of the key that the epoch takes over.
	#[error("only {have} of the members hold a share of the previous epoch, whose key needs {need}; make a new key")]
	TooFewHolders {
		/// Number of members that hold one.
		have: usize,
		/// Threshold of the previous epoch.
		need: usize,
	},
	/// The member holds no share of the key that the epoch takes over, or another one was given.
	#[error("this is not the member's share of the epoch whose key is taken over; use that one")]
	NoShare,
	/// The epoch takes over a key, or makes a new one, and the other was asked for.
	#[error("an epoch either makes a new key or takes one over; use the function for this one")]
	OtherDealing,
	/// The secret belongs to no member of this epoch.
	#[error("this secret belongs to no member of the epoch; use the secret of a member")]
	NotAMember,
	/// There are fewer valid dealings than the threshold, so none of them might be honest.
	#[error("only {have} of the {need} required dealings are valid; wait for more, or open an epoch without the absent members")]
	TooFewDealings {
		/// Number of valid dealings.
		have: usize,
		/// Threshold.
		need: usize,
	},
	/// A member's dealing occurs twice.
	#[error("member {member} dealt twice; use only the first of its dealings")]
	DealtTwice {
		/// Dealing member.
		member: MemberIndex,
	},
	/// A dealing was verified under other parameters.
	#[error(
		"the dealing of member {member} was verified for another epoch; verify it for this one"
	)]
	ForeignDealing {
		/// Dealing member.
		member: MemberIndex,
	},
	/// The secret part of the member's own dealing is missing or belongs to another dealing.
	#[error("the secret part of this member's own dealing is missing or belongs to another dealing; restore it from the keystore")]
	NoDealingSecret,
	/// The assembled share does not match the public key set.
	#[error(
		"the share does not match the epoch's public key; assemble both from the same dealings"
	)]
	ShareMismatch,
	/// An input belongs to another epoch, or to another key of the same epoch.
	#[error("the {what} belongs to another epoch or key; use the one of this epoch")]
	OtherEpoch {
		/// Kind of the input.
		what: &'static str,
	},
	/// The sealed key was altered, or belongs to another record, version or epoch.
	#[error("the sealed key is for another record, version or epoch, or was altered; read it from the chain again")]
	SealedKeyRefused,
	/// The release names a chain other than the epoch's.
	#[error("the release context is for a chain other than the epoch's; use the epoch's chain")]
	OtherChain,
	/// The library failed on input that passed all checks.
	#[error("the cryptographic library failed; please report it")]
	Library(#[from] golden_ehtdh1::Error),
	/// The library's key generation failed on input that passed all checks.
	#[error("the cryptographic library failed in key generation; please report it")]
	KeyGeneration(#[from] golden_core::Error),
}

/// Refused dealing, with the member at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the dealing of member {member} is refused: {fault}")]
pub struct DealingError {
	/// Member that posted it.
	pub member: MemberIndex,
	/// Reason for the refusal.
	pub fault: DealingFault,
}

/// Reason why a dealing was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DealingFault {
	/// The epoch has no member of this index.
	#[error("no such member in this epoch")]
	UnknownMember,
	/// The bytes are not a dealing of a known format.
	#[error("its bytes are not a dealing of a known format")]
	Malformed,
	/// The dealing is for another epoch, member set, threshold or chain.
	#[error("it is for another epoch, member set or chain")]
	OtherEpoch,
	/// Another member made the dealing.
	#[error("it was made by member {found}")]
	OtherMember {
		/// Dealer that it names.
		found: u32,
	},
	/// The decryption sharing is not of the member's share of the previous epoch.
	#[error("it is not a dealing of its member's share of the previous epoch")]
	OtherSecret,
	/// The context sharing is not of zero.
	#[error("its context sharing is not of zero")]
	NotZero,
	/// The decryption sharing is of zero, so it adds nothing to the key.
	#[error("it contributes nothing to the key")]
	NoContribution,
	/// The proof that every member can decrypt its share fails.
	#[error("its proof fails")]
	Proof,
}

/// Refused share, with the member at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the share of member {member} is refused: {fault}")]
pub struct ShareError {
	/// Member that sent it.
	pub member: MemberIndex,
	/// Reason for the refusal.
	pub fault: ShareFault,
}

/// Reason why a share was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareFault {
	/// The epoch has no member of this index.
	#[error("no such member in this epoch")]
	UnknownMember,
	/// The bytes are not a share of a known format.
	#[error("its bytes are not a share of a known format")]
	Malformed,
	/// The share belongs to another epoch.
	#[error("it belongs to epoch {found}")]
	OtherEpoch {
		/// Epoch that it names.
		found: u32,
	},
	/// Another member made the share.
	#[error("it was made by member {found}")]
	OtherMember {
		/// Member that it names.
		found: MemberIndex,
	},
	/// The share is for another request, record, version, reader or key, or was altered.
	#[error("it is for another request, record, version or reader, or was altered")]
	Proof,
}

/// Reason why a share could not be approved.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
	/// The sealed key itself is bad; no member is at fault.
	#[error(transparent)]
	SealedKey(Error),
	/// The share is bad.
	#[error(transparent)]
	Share(#[from] ShareError),
}

/// Reason why a key could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum CombineError {
	/// The sealed key itself is bad; no member is at fault.
	#[error(transparent)]
	SealedKey(Error),
	/// More good shares are required.
	#[error("waiting for {missing} more {}", if *missing == 1 { "hospital" } else { "hospitals" })]
	Waiting {
		/// Number of missing good shares.
		missing: usize,
		/// Bad shares among those given.
		bad: Vec<ShareError>,
	},
}
