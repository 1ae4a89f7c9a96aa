//! Tests, by subject. Tests that use `build_and_execute` run on the stage of `mock` and end with
//! `try_state`.
//!
//! The cast, which `pallets/testing/src/cast.rs` defines, but for the parent:
//!
//! | account | role | organisation | why |
//! |---|---|---|---|
//! | `PATIENT` | patient | hospital | gives consent |
//! | `DOCTOR` | practitioner | hospital | asks to read and write; the usual grantee |
//! | `CLERK` | records admin | hospital | has another role at the same organisation |
//! | `RESEARCHER` | researcher | institute | works for another organisation |
//! | `OTHER_PATIENT` | patient | hospital | must not read by being a patient too |
//! | `PARENT` | patient, where a test admits them | hospital or none | guardian of the patient |
//! | `STRANGER` | none | none | may do nothing |

mod answers;
mod bases;
mod capacities;
mod conditions;
mod decide;
mod deny;
mod emergency;
mod enrolled;
mod explain;
mod grant;
mod guardians;
mod histories;
mod lift;
mod may_write;
mod model;
mod property;
mod readers;
mod requests;
mod revoke;
mod room;
mod rules;
mod scopes;
mod sharing;
mod stage;
mod standing_recipients;
mod time;
mod try_state;
mod uses;
mod weights;

use crate::{mock::*, Call, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use salus_primitives::*;
use sp_runtime::{traits::Dispatchable, DispatchError};

/// Guardian of the patient, where a test appoints them.
const PARENT: AccountId = 41;

/// Returns terms for a test to modify: reading everything for treatment, from now on, without an
/// end.
fn terms(grantee: Grantee<AccountId>) -> GrantTerms<AccountId> {
	GrantTerms {
		grantee,
		scope: Scope::Everything,
		purposes: purposes(&[Purpose::TREAT]),
		actions: actions(&[Action::Read]),
		from: None,
		until: None,
		uses: None,
		condition: None,
	}
}

/// Returns terms to the doctor's account for a test to modify.
fn doctors_terms() -> GrantTerms<AccountId> {
	terms(Grantee::Account(DOCTOR))
}

/// Returns the terms of a request to read the laboratory record for treatment.
fn lab_request() -> RequestTerms {
	RequestTerms {
		scope: Scope::Record(LAB),
		purposes: purposes(&[Purpose::TREAT]),
		actions: actions(&[Action::Read]),
		until: None,
	}
}

/// Dispatches a call as a transaction does: a failed call leaves no changes behind.
fn call(who: AccountId, call: Call<Test>) -> DispatchResult {
	call_from(signed(who), call)
}

fn call_from(origin: RuntimeOrigin, call: Call<Test>) -> DispatchResult {
	let result = RuntimeCall::Consent(call).dispatch(origin);
	result.map(|_| ()).map_err(|refusal| refusal.error)
}

fn grant(
	origin: RuntimeOrigin,
	terms: GrantTerms<AccountId>,
	wraps: RecordWraps<AccountId>,
) -> DispatchResult {
	call_from(origin, Call::grant { terms, wraps })
}

fn purposes(list: &[Purpose]) -> Purposes {
	list.to_vec().try_into().expect("at most 8 purposes")
}

fn actions(list: &[Action]) -> Actions {
	list.to_vec().try_into().expect("at most 4 actions")
}

fn categories(list: &[Category]) -> Scope {
	Scope::Categories(list.to_vec().try_into().expect("at most 16 categories"))
}

/// Erases a record, and returns it and others that no rule of the patient may be about, each with
/// the refusal.
fn unfit_records() -> [(RecordId, DispatchError); 3] {
	Records::erase(SCAN);
	[
		(MISSING, Error::<Test>::UnknownRecord.into()),
		(FOREIGN, Error::<Test>::NotYourRecord.into()),
		(SCAN, Error::<Test>::RecordErased.into()),
	]
}

/// Returns the condition that this attribute holds.
fn only(attribute: Attribute) -> Option<Expression> {
	condition(&[Term::Is(attribute)])
}

fn condition(terms: &[Term]) -> Option<Expression> {
	let terms = terms.to_vec().try_into().expect("at most 32 terms");
	Some(Expression(terms))
}

/// Returns the practitioners of the hospital as a grantee.
fn practitioners() -> Grantee<AccountId> {
	Grantee::Role { role: Role::Practitioner, organisation: Some(HOSPITAL) }
}

/// Returns the doctor in their capacity on the stage.
fn the_doctor() -> Grantee<AccountId> {
	Grantee::Member { account: DOCTOR, role: Role::Practitioner, organisation: HOSPITAL }
}

/// Gives a grant of the patient, without wraps.
fn give(terms: GrantTerms<AccountId>) -> GrantId {
	let id = crate::Patients::<Test>::get(PATIENT).next_grant;
	assert_ok!(grant(signed(PATIENT), terms, Default::default()));
	id
}

/// Sets a denial of the patient, without wraps.
fn deny(grantee: Grantee<AccountId>, scope: Scope) -> DenialId {
	let id = crate::Patients::<Test>::get(PATIENT).next_denial;
	assert_ok!(Consent::deny(signed(PATIENT), grantee, scope, Default::default()));
	id
}

/// Sets a rule that gives any professional what they ask for, for an hour.
fn generous() {
	let rule = StandingRule {
		requester: None,
		scope: Scope::Everything,
		purposes: purposes(&[Purpose::TREAT]),
		actions: actions(&[Action::Read]),
		condition: None,
		answer: RuleAnswer::Approve { duration: HOUR },
	};
	assert_ok!(call(PATIENT, Call::set_rule { rule }));
}

fn wrap() -> Wrap {
	Wrap { key_version: 1, sealed: [7; WRAP_LENGTH as usize] }
}

fn wraps(record: RecordId, version: Version, to: AccountId) -> RecordWraps<AccountId> {
	let recipient = Recipient::Account(to);
	vec![RecordWrap { record, version, recipient, wrap: wrap() }].try_into().expect("one wrap")
}

fn wrap_keys(record: RecordId, version: Version, of: AccountId) -> WrapKeys<AccountId> {
	let recipient = Recipient::Account(of);
	vec![WrapKey { record, version, recipient }].try_into().expect("one key")
}

/// Returns the question to read the latest version of the laboratory record for treatment.
fn question(reader: AccountId) -> Question<AccountId> {
	Question { reader, record: LAB, version: None, purpose: Purpose::TREAT, action: Action::Read }
}

/// Returns the decision now, and checks that the explanation agrees.
fn decide(question: &Question<AccountId>) -> Decision {
	decide_at(question, Now::get())
}

fn decide_at(question: &Question<AccountId>, now: Moment) -> Decision {
	let decision = <Consent as ConsentPolicy<AccountId>>::decide(question, now);
	assert_eq!(Consent::explain(question, now).decision, decision);
	decision
}

fn by_grant(id: GrantId) -> Decision {
	Decision::Permit(Basis::Grant(id))
}

fn denied(reason: DenyReason) -> Decision {
	Decision::Deny(reason)
}
