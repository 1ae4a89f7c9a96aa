//! Encodings of the domain's types, which clients use without this code.

use codec::{Decode, Encode};
use salus_primitives::*;
use salus_runtime::AccountId;

const ALICE: [u8; 32] = [0xa1; 32];
const BOB: [u8; 32] = [0xb0; 32];

fn alice() -> AccountId {
	ALICE.into()
}

fn bob() -> AccountId {
	BOB.into()
}

/// Asserts that a value has exactly these bytes and can be decoded from them.
#[track_caller]
fn pinned<T: Encode + Decode + PartialEq + core::fmt::Debug>(value: T, parts: &[&[u8]]) {
	let bytes = parts.concat();
	assert_eq!(value.encode(), bytes);
	assert_eq!(T::decode(&mut &bytes[..]), Ok(value));
}

/// Asserts that the values are numbered from 0 in this order.
#[track_caller]
fn numbered<T: Encode + Decode + PartialEq + core::fmt::Debug>(
	values: impl IntoIterator<Item = T>,
) {
	for (index, value) in values.into_iter().enumerate() {
		pinned(value, &[&[index as u8]]);
	}
}

fn cid() -> Cid {
	Cid::new(CODEC_DAG_PB, [0xcc; 32])
}

fn wrap() -> Wrap {
	Wrap { key_version: 3, sealed: [0x5e; 80] }
}

#[test]
fn organisations_and_members_are_pinned() {
	use {MemberStatus as M, OrganisationKind as K, OrganisationStatus as O};
	numbered([K::Hospital, K::Laboratory, K::Pharmacy, K::Insurer, K::Research, K::Regulator]);
	numbered([O::Active, O::Suspended]);
	numbered([M::Active, M::Suspended, M::Revoked]);
	numbered([
		Role::Patient,
		Role::Practitioner,
		Role::RecordsAdmin,
		Role::Auditor,
		Role::InsurerAgent,
		Role::Researcher,
		Role::Device,
		Role::StorageNode,
	]);
}

#[test]
fn categories_purposes_and_actions_are_pinned() {
	use {Action as A, Category as C, Purpose as P};
	numbered([
		C::Laboratory,
		C::Imaging,
		C::Prescription,
		C::ClinicalNote,
		C::DischargeSummary,
		C::Immunization,
		C::VitalSigns,
		C::EmergencySummary,
		C::Claim,
		C::Genomic,
		C::Other,
	]);
	numbered([
		P::TREAT,
		P::ETREAT,
		P::BTG,
		P::HPAYMT,
		P::HOPERAT,
		P::HRESCH,
		P::PUBHLTH,
		P::PATRQT,
	]);
	numbered([A::Read, A::Write, A::Share]);
}

#[test]
fn states_verdicts_and_reasons_are_pinned() {
	use {ReasonCode as R, Verdict as V, VersionState as S};
	numbered([S::Pending, S::Stored, S::Attested, S::Rejected]);
	numbered([V::Confirmed, V::Rejected]);
	numbered([
		R::Reviewed,
		R::WrongPatient,
		R::WrongCategory,
		R::Incomplete,
		R::Unreadable,
		R::Duplicate,
		R::CredentialUnverified,
		R::Other,
	]);
}

#[test]
fn a_cid_is_its_binary_form() {
	pinned(cid(), &[&[0x01, 0x70, 0x12, 0x20], &[0xcc; 32]]);
}

#[test]
fn a_record_id_is_the_hash_of_its_origin() {
	let parts = [&b"salus/record"[..], &ALICE, &BOB, &[7; 32]].concat();
	let expected = RecordId(sp_crypto_hashing::blake2_256(&parts));
	assert_eq!(RecordId::new(&alice(), &bob(), &[7; 32]), expected);
	pinned(expected, &[&expected.0]);
}

#[test]
fn recipients_and_wraps_are_pinned() {
	pinned(Recipient::Account(alice()), &[&[0], &ALICE]);
	pinned(Recipient::<AccountId>::Organisation(258), &[&[1], &[2, 1, 0, 0]]);
	pinned(wrap(), &[&[3, 0, 0, 0], &[0x5e; 80]]);
}

#[test]
fn a_new_record_is_pinned() {
	let content = Content { root: cid(), size: 0x0102, commitment: [0xdd; 32] };
	let content_bytes = [&cid().0[..], &[2, 1, 0, 0, 0, 0, 0, 0], &[0xdd; 32]].concat();
	pinned(content.clone(), &[&content_bytes]);
	let new = NewRecord {
		patient: bob(),
		organisation: 1,
		category: Category::Imaging,
		confidentiality: Confidentiality::Restricted,
		salt: [7; 32],
		content,
		wraps: vec![(Recipient::Account(bob()), wrap())].try_into().expect("one fits"),
		sealed: Some(SealedKey { epoch: 258, sealed: vec![5, 6].try_into().expect("two fit") }),
	};
	pinned(
		new,
		&[
			&BOB,
			&[1, 0, 0, 0],
			&[1],
			&[1],
			&[7; 32],
			&content_bytes,
			&[1 << 2],
			&[0],
			&BOB,
			&wrap().encode(),
			&[1],
			&[2, 1, 0, 0],
			&[2 << 2, 5, 6],
		],
	);
}

#[test]
fn a_storage_claim_is_pinned() {
	let claim = StorageClaim { record: RecordId([9; 32]), version: 2, root: cid() };
	pinned(claim, &[&[9; 32], &[2, 0, 0, 0], &cid().0]);
}

#[test]
fn a_grant_is_pinned() {
	let terms = GrantTerms::<AccountId> {
		grantee: Grantee::Role { role: Role::Practitioner, organisation: Some(2) },
		scope: Scope::Categories(vec![Category::Laboratory].try_into().expect("one fits")),
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		actions: vec![Action::Read].try_into().expect("one fits"),
		from: None,
		until: Some(0x0102),
		uses: Some(3),
		condition: None,
	};
	pinned(
		terms,
		&[
			&[2, 1, 1, 2, 0, 0, 0],
			&[1, 1 << 2, 0],
			&[1 << 2, 0],
			&[1 << 2, 0],
			&[0],
			&[1, 2, 1, 0, 0, 0, 0, 0, 0],
			&[1, 3, 0, 0, 0],
			&[0],
		],
	);
	pinned(Grantee::Account(alice()), &[&[0], &ALICE]);
	pinned(Grantee::<AccountId>::Organisation(1), &[&[1, 1, 0, 0, 0]]);
	let member = Grantee::Member { account: alice(), role: Role::Practitioner, organisation: 2 };
	pinned(member, &[&[3], &ALICE, &[1, 2, 0, 0, 0]]);
	pinned(Grantee::Person(alice()), &[&[4], &ALICE]);
	pinned(Grantee::<AccountId>::CareTeam(1), &[&[5, 1, 0, 0, 0]]);
	pinned(Scope::Everything, &[&[0]]);
	pinned(Scope::Record(RecordId([9; 32])), &[&[2], &[9; 32]]);
	pinned(
		Scope::Version { record: RecordId([9; 32]), version: 1 },
		&[&[3], &[9; 32], &[1, 0, 0, 0]],
	);
}

#[test]
fn a_question_and_its_answers_are_pinned() {
	let question = Question {
		reader: alice(),
		record: RecordId([9; 32]),
		version: None,
		purpose: Purpose::HOPERAT,
		action: Action::Read,
	};
	pinned(question, &[&ALICE, &[9; 32], &[0], &[4], &[0]]);
	pinned(Decision::Permit(Basis::Patient), &[&[0, 0]]);
	pinned(Decision::Permit(Basis::Grant(1)), &[&[0, 1, 1, 0, 0, 0]]);
	let reasons = [
		DenyReason::UnknownRecord,
		DenyReason::RecordErased,
		DenyReason::UnknownVersion,
		DenyReason::NotMember,
		DenyReason::NotInGoodStanding,
	];
	for (index, reason) in reasons.into_iter().enumerate() {
		pinned(Decision::Deny(reason), &[&[1, index as u8]]);
	}
	pinned(Decision::Deny(DenyReason::Denied(1)), &[&[1, 5, 1, 0, 0, 0]]);
	pinned(Decision::Deny(DenyReason::NoGrant), &[&[1, 6]]);
}

#[test]
fn a_subject_of_attestations_is_pinned() {
	pinned(
		Subject::<AccountId>::RecordVersion { record: RecordId([9; 32]), version: 1 },
		&[&[0], &[9; 32], &[1, 0, 0, 0]],
	);
	pinned(Subject::Credential { account: alice(), role: Role::Device }, &[&[1], &ALICE, &[6]]);
}

#[test]
fn the_bytes_signed_for_enrolment_are_pinned() {
	let enrolment = Enrolment {
		genesis: [0x9e; 32],
		patient: bob(),
		organisation: 1,
		key: [0x4e; 32],
		expires: 0x0102,
	};
	let fields =
		[&[0x9e; 32][..], &BOB, &[1, 0, 0, 0], &[0x4e; 32], &[2, 1, 0, 0, 0, 0, 0, 0]].concat();
	assert_eq!(enrolment.to_sign(), [&b"salus/enrolment/1"[..], &fields].concat());
	pinned(enrolment, &[&fields]);
}

#[test]
fn the_bytes_signed_for_admission_are_pinned() {
	let admission = Admission {
		genesis: [0x9e; 32],
		account: bob(),
		organisation: 1,
		role: Role::Device,
		until: 0x0102,
	};
	let fields = [&[0x9e; 32][..], &BOB, &[1, 0, 0, 0], &[6], &[2, 1, 0, 0, 0, 0, 0, 0]].concat();
	assert_eq!(admission.to_sign(), [&b"salus/admission/1"[..], &fields].concat());
	pinned(admission, &[&fields]);
}

#[test]
fn the_bytes_signed_for_staging_are_pinned() {
	let ticket = StagingTicket {
		genesis: [0x9e; 32],
		account: alice(),
		root: cid(),
		size: 0x0102,
		expires: 0x0304,
	};
	let fields =
		[&[0x9e; 32][..], &ALICE, &cid().0, &[2, 1, 0, 0, 0, 0, 0, 0], &[4, 3, 0, 0, 0, 0, 0, 0]]
			.concat();
	assert_eq!(ticket.to_sign(), [&b"salus/staging-ticket/1"[..], &fields].concat());
	pinned(SignedTicket { ticket, signature: [0x51; 64] }, &[&fields, &[0x51; 64]]);
}
