//! Tests, one file per call or read. Every test runs on the stage of `mock` and ends with `try_state`.

mod decide;
mod deny;
mod enrolled;
mod explain;
mod grant;
mod histories;
mod lift;
mod may_write;
mod model;
mod property;
mod readers;
mod revoke;
mod scopes;
mod standing_recipients;
mod time;
mod try_state;
mod weights;

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::*;
use sp_runtime::DispatchError;

/// Terms that a test bends to its needs: read for treatment, everything, from now, without end.
fn terms(grantee: Grantee<AccountId>) -> GrantTerms<AccountId> {
	GrantTerms {
		grantee,
		scope: Scope::Everything,
		purposes: purposes(&[Purpose::TREAT]),
		actions: actions(&[Action::Read]),
		from: None,
		until: None,
	}
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

/// Practitioners of the hospital.
fn practitioners() -> Grantee<AccountId> {
	Grantee::Role {
		role: Role::Practitioner,
		organisation: Some(HOSPITAL),
	}
}

/// The patient gives a grant, without wraps.
fn give(terms: GrantTerms<AccountId>) -> GrantId {
	let id = crate::Patients::<Test>::get(PATIENT).next_grant;
	assert_ok!(Consent::grant(signed(PATIENT), terms, Default::default()));
	id
}

/// The patient denies, without wraps.
fn deny(grantee: Grantee<AccountId>, scope: Scope) -> DenialId {
	let id = crate::Patients::<Test>::get(PATIENT).next_denial;
	assert_ok!(Consent::deny(
		signed(PATIENT),
		grantee,
		scope,
		Default::default()
	));
	id
}

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

fn wrap() -> Wrap {
	Wrap {
		key_version: 1,
		sealed: [7; WRAP_LENGTH as usize],
	}
}

fn wraps(record: RecordId, version: Version, to: AccountId) -> RecordWraps<AccountId> {
	let recipient = Recipient::Account(to);
	vec![RecordWrap {
		record,
		version,
		recipient,
		wrap: wrap(),
	}]
	.try_into()
	.expect("one wrap")
}

fn wrap_keys(record: RecordId, version: Version, of: AccountId) -> WrapKeys<AccountId> {
	let recipient = Recipient::Account(of);
	vec![WrapKey {
		record,
		version,
		recipient,
	}]
	.try_into()
	.expect("one key")
}

/// Reading the latest version of the laboratory record for treatment.
fn asks(reader: AccountId) -> Question<AccountId> {
	Question {
		reader,
		record: LAB,
		version: None,
		purpose: Purpose::TREAT,
		action: Action::Read,
	}
}

/// The decision now; checks in passing that the explanation agrees.
fn decide(question: &Question<AccountId>) -> Decision {
	decide_at(question, <Clock as frame_support::traits::Time>::now())
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

fn last_event() -> Event<Test> {
	match System::events().pop().expect("an event").event {
		RuntimeEvent::Consent(event) => event,
		other => panic!("not an event of this pallet: {other:?}"),
	}
}
