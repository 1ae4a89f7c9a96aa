//! Texts that members sign outside of transactions. Each starts with its own domain and names the
//! chain by its genesis hash, so that a signature for one use or chain is worthless for another.

use crate::{Cid, Hash32, KeyAgreementPublic, Moment, OrganisationId, Role};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// Maximum time from now to the end of an account's signature under an enrolment, an admission or
/// a recovery, in milliseconds: one day.
pub const MAX_SIGNATURE_LIFETIME: Moment = 24 * 60 * 60 * 1_000;

/// Text that a patient signs when a hospital enrols them: their key, and a first grant to that
/// hospital (everything, read and write, for TREAT and HOPERAT, until revoked).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Enrolment<AccountId> {
	/// Genesis hash of the chain.
	pub genesis: Hash32,
	/// Patient who enrols.
	pub patient: AccountId,
	/// The enrolling hospital.
	pub organisation: OrganisationId,
	/// Key-agreement key of the patient.
	pub key: KeyAgreementPublic,
	/// End of the signature's validity; that moment is excluded.
	pub expires: Moment,
}

impl<AccountId: Encode> Enrolment<AccountId> {
	/// Returns the bytes to sign: `"salus/enrolment/1" ‖ SCALE(self)`.
	pub fn to_sign(&self) -> Vec<u8> {
		let mut bytes = b"salus/enrolment/1".to_vec();
		self.encode_to(&mut bytes);
		bytes
	}
}

/// Text that an account signs to become a member. An administrator admits nobody without it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Admission<AccountId> {
	/// Genesis hash of the chain.
	pub genesis: Hash32,
	/// The account that becomes a member.
	pub account: AccountId,
	/// Organisation that will answer for it.
	pub organisation: OrganisationId,
	/// Role that it gets.
	pub role: Role,
	/// End of the signature's validity; that moment is excluded.
	pub until: Moment,
}

impl<AccountId: Encode> Admission<AccountId> {
	/// Returns the bytes to sign: `"salus/admission/1" ‖ SCALE(self)`.
	pub fn to_sign(&self) -> Vec<u8> {
		let mut bytes = b"salus/admission/1".to_vec();
		self.encode_to(&mut bytes);
		bytes
	}
}

/// Text that an account signs to act for a patient who lost their key. Nobody proposes an account
/// without it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Recovery<AccountId> {
	/// Genesis hash of the chain.
	pub genesis: Hash32,
	/// Patient whose key was lost.
	pub patient: AccountId,
	/// The account that is to act for the patient.
	pub successor: AccountId,
	/// End of the signature's validity; that moment is excluded.
	pub until: Moment,
}

impl<AccountId: Encode> Recovery<AccountId> {
	/// Returns the bytes to sign: `"salus/recovery/1" ‖ SCALE(self)`.
	pub fn to_sign(&self) -> Vec<u8> {
		let mut bytes = b"salus/recovery/1".to_vec();
		self.encode_to(&mut bytes);
		bytes
	}
}

/// A member's permission to stage the blocks of one upload on a node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StagingTicket<AccountId> {
	/// Genesis hash of the chain.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub genesis: Hash32,
	/// Member who may stage.
	pub account: AccountId,
	/// Root of the DAG.
	pub root: Cid,
	/// Length of the ciphertext, in bytes.
	pub size: u64,
	/// End of the ticket's validity; that moment is excluded.
	pub expires: Moment,
}

impl<AccountId: Encode> StagingTicket<AccountId> {
	/// Returns the bytes to sign (sr25519, context `substrate`): `"salus/staging-ticket/1" ‖
	/// SCALE(self)`.
	pub fn to_sign(&self) -> Vec<u8> {
		let mut bytes = b"salus/staging-ticket/1".to_vec();
		self.encode_to(&mut bytes);
		bytes
	}
}

/// Ticket with its signature, as the node accepts it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SignedTicket<AccountId> {
	/// Ticket that was signed.
	pub ticket: StagingTicket<AccountId>,
	/// The member's sr25519 signature.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub signature: [u8; 64],
}

/// Digest of a runtime's metadata (RFC 78), which a transaction's signature can cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct MetadataHash(
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))] pub Hash32,
);
