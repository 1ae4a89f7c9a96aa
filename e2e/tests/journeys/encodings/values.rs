//! Arguments of calls, in the client's and in the runtime's types.

use salus_client::Account;
use salus_primitives::*;
use salus_runtime::{AccountId, SessionKeys};

pub(super) const ALICE: [u8; 32] = [0xa1; 32];
pub(super) const BOB: [u8; 32] = [0xb0; 32];

pub(super) fn here(account: [u8; 32]) -> Account {
	subxt_signer::sr25519::PublicKey(account).to_account_id()
}

pub(super) fn there(account: [u8; 32]) -> AccountId {
	account.into()
}

pub(super) fn wrap() -> Wrap {
	Wrap { key_version: 3, sealed: [5; 80] }
}

pub(super) fn content() -> Content {
	Content { root: Cid::new(CODEC_DAG_PB, [8; 32]), size: 1 << 30, commitment: [9; 32] }
}

pub(super) fn new_record<A: Clone + std::fmt::Debug>(
	account: impl Fn([u8; 32]) -> A,
) -> NewRecord<A> {
	NewRecord {
		patient: account(ALICE),
		organisation: 2,
		category: Category::Genomic,
		confidentiality: Confidentiality::VeryRestricted,
		salt: [4; 32],
		content: content(),
		wraps: vec![
			(Recipient::Account(account(ALICE)), wrap()),
			(Recipient::Organisation(2), wrap()),
		]
		.try_into()
		.expect("two fit"),
		sealed: Some(sealed()),
	}
}

pub(super) fn sealed() -> SealedKey {
	SealedKey { epoch: 7, sealed: vec![1; 167].try_into().expect("it is short") }
}

pub(super) fn condition() -> Expression {
	let terms = vec![
		Term::Is(Attribute::Role(Role::Practitioner)),
		Term::Is(Attribute::EmergencyOpen),
		Term::Any(2),
	];
	Expression(terms.try_into().expect("three fit"))
}

pub(super) fn purposes() -> Purposes {
	vec![Purpose::TREAT].try_into().expect("one fits")
}

pub(super) fn request_terms() -> RequestTerms {
	RequestTerms {
		scope: Scope::Record(RecordId([1; 32])),
		purposes: purposes(),
		actions: vec![Action::Read].try_into().expect("one fits"),
		until: Some(9),
	}
}

pub(super) fn approval() -> Approval {
	Approval { uses: Some(3), until: Some(8) }
}

pub(super) fn answers() -> Answers {
	vec![(5, Answer::Approve(approval())), (6, Answer::Decline)].try_into().expect("two fit")
}

pub(super) fn rule<A>(account: impl Fn([u8; 32]) -> A) -> StandingRule<A> {
	StandingRule {
		requester: Some(Grantee::Account(account(BOB))),
		scope: Scope::Everything,
		purposes: purposes(),
		actions: vec![Action::Read].try_into().expect("one fits"),
		condition: Some(condition()),
		answer: RuleAnswer::Decline,
	}
}

pub(super) fn access_request() -> AccessRequest {
	AccessRequest {
		record: RecordId([1; 32]),
		version: Some(2),
		purpose: Purpose::BTG,
		reader_key: [3; 32],
	}
}

pub(super) fn record_wraps<A: std::fmt::Debug>(account: impl Fn([u8; 32]) -> A) -> RecordWraps<A> {
	vec![RecordWrap {
		record: RecordId([1; 32]),
		version: 2,
		recipient: Recipient::Account(account(BOB)),
		wrap: wrap(),
	}]
	.try_into()
	.expect("one fits")
}

pub(super) fn wrap_keys<A: std::fmt::Debug>(account: impl Fn([u8; 32]) -> A) -> WrapKeys<A> {
	vec![WrapKey {
		record: RecordId([1; 32]),
		version: 2,
		recipient: Recipient::Account(account(BOB)),
	}]
	.try_into()
	.expect("one fits")
}

pub(super) fn terms<A>(account: impl Fn([u8; 32]) -> A) -> GrantTerms<A> {
	GrantTerms {
		grantee: Grantee::Account(account(BOB)),
		scope: Scope::Categories(
			vec![Category::Laboratory, Category::Imaging].try_into().expect("two fit"),
		),
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		actions: vec![Action::Read, Action::Share].try_into().expect("two fit"),
		from: Some(1),
		until: None,
		uses: Some(4),
		condition: Some(condition()),
	}
}

pub(super) fn session_keys() -> SessionKeys {
	let public = sp_core::sr25519::Public::from_raw([1; 32]);
	SessionKeys {
		aura: public.into(),
		grandpa: sp_core::ed25519::Public::from_raw([2; 32]).into(),
		committee: public.into(),
		authority_discovery: public.into(),
	}
}
