//! What members sign outside of transactions. Each text starts with a domain of its own and names the chain by its
//! genesis hash, so that a signature for one use or chain is worth nothing for another.

use crate::{Cid, Hash32, KeyAgreementPublic, Moment, OrganisationId, Role};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// What a patient signs when a hospital enrols them: their key, and a first grant to that hospital (everything, read
/// and write, for TREAT and HOPERAT, until revoked).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Enrolment<AccountId> {
	/// Genesis hash of the chain.
	pub genesis: Hash32,
	/// The patient.
	pub patient: AccountId,
	/// The enrolling hospital.
	pub organisation: OrganisationId,
	/// The patient's key-agreement key.
	pub key: KeyAgreementPublic,
	/// Until when the signature may be used.
	pub expires: Moment,
}

impl<AccountId: Encode> Enrolment<AccountId> {
	/// The bytes to sign: `"salus/enrolment/1" ‖ SCALE(self)`.
	pub fn to_sign(&self) -> Vec<u8> {
		let mut bytes = b"salus/enrolment/1".to_vec();
		self.encode_to(&mut bytes);
		bytes
	}
}

/// What an account signs to become a member of an organisation. An administrator admits nobody without it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Admission<AccountId> {
	/// Genesis hash of the chain.
	pub genesis: Hash32,
	/// The account that becomes a member.
	pub account: AccountId,
	/// The organisation that will answer for it.
	pub organisation: OrganisationId,
	/// In which role.
	pub role: Role,
	/// Until when the signature may be used.
	pub until: Moment,
}

impl<AccountId: Encode> Admission<AccountId> {
	/// The bytes to sign: `"salus/admission/1" ‖ SCALE(self)`.
	pub fn to_sign(&self) -> Vec<u8> {
		let mut bytes = b"salus/admission/1".to_vec();
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
	/// The member.
	pub account: AccountId,
	/// Root of the DAG.
	pub root: Cid,
	/// Length of the file (the ciphertext) in bytes.
	pub size: u64,
	/// Until when the ticket may be used.
	pub expires: Moment,
}

impl<AccountId: Encode> StagingTicket<AccountId> {
	/// The bytes to sign (sr25519, context `substrate`): `"salus/staging-ticket/1" ‖ SCALE(self)`.
	pub fn to_sign(&self) -> Vec<u8> {
		let mut bytes = b"salus/staging-ticket/1".to_vec();
		self.encode_to(&mut bytes);
		bytes
	}
}

/// A ticket with its signature, as the node takes it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SignedTicket<AccountId> {
	/// What is permitted.
	pub ticket: StagingTicket<AccountId>,
	/// The member's sr25519 signature.
	#[cfg_attr(feature = "serde", serde(with = "crate::serde_hex"))]
	pub signature: [u8; 64],
}
