//! `share`: passing a grant on, within its terms and while it holds.

use super::*;
use crate::{Grants, Patients};

/// Returns a grant that lets the doctor read, write and share the patient's laboratory records for
/// treatment.
fn parent() -> GrantTerms<AccountId> {
	GrantTerms {
		scope: categories(&[Category::Laboratory]),
		actions: actions(&[Action::Read, Action::Write, Action::Share]),
		..doctors_terms()
	}
}

/// Returns the grant that the doctor passes on to the clerk.
fn child() -> GrantTerms<AccountId> {
	GrantTerms { scope: Scope::Record(LAB), ..terms(Grantee::Account(CLERK)) }
}

fn share_as(who: AccountId, parent: GrantId, terms: GrantTerms<AccountId>) -> DispatchResult {
	let made = Call::share { patient: PATIENT, parent, terms };
	call(who, made)
}

/// Runs a test with a parent, grant 0, and a child, grant 1.
fn shared(parent: GrantTerms<AccountId>, child: GrantTerms<AccountId>, test: impl FnOnce()) {
	build_and_execute(|| {
		give(parent);
		assert_ok!(share_as(DOCTOR, 0, child));
		test();
	});
}

fn refuse_under(parent: GrantTerms<AccountId>, child: GrantTerms<AccountId>, error: Error<Test>) {
	build_and_execute(|| {
		give(parent);
		assert_noop!(share_as(DOCTOR, 0, child), error);
	});
}

#[test]
fn a_grant_is_passed_on_and_its_origin_is_kept() {
	shared(parent(), child(), || {
		let stored = Grants::<Test>::get(PATIENT, 1).expect("the grant exists");
		let via = Via { parent: 0, sharer: DOCTOR };
		assert_eq!((stored.terms, stored.via), (child(), Some(via)));
		assert_eq!(
			last_event(),
			Event::Shared { patient: PATIENT, grant: 1, parent: 0, sharer: DOCTOR }
		);
		assert_eq!(decide(&question(CLERK)), by_grant(1));
	});
}

#[test]
fn anyone_to_whom_the_parent_applies_passes_it_on() {
	let organisation = GrantTerms { grantee: Grantee::Organisation(HOSPITAL), ..parent() };
	let child = || GrantTerms { grantee: Grantee::Account(RESEARCHER), ..child() };
	shared(organisation.clone(), child(), || {
		assert_eq!(decide(&question(RESEARCHER)), by_grant(1));
		// The doctor leaves the hospital, and grants that they passed on no longer hold.
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Revoked);
		assert_eq!(decide(&question(RESEARCHER)), denied(DenyReason::NoGrant));
		let considered = Consent::explain(&question(RESEARCHER), START).considered;
		assert!(considered
			.contains(&Considered { rule: Rule::Grant(1), finding: Finding::ParentEnded }));
	});
	build_and_execute(|| {
		give(organisation);
		assert_noop!(share_as(RESEARCHER, 0, child()), Error::<Test>::Oneself);
		let to_clerk = GrantTerms { grantee: Grantee::Account(CLERK), ..child() };
		for who in [RESEARCHER, OTHER_PATIENT, STRANGER, PATIENT] {
			let refused = share_as(who, 0, to_clerk.clone());
			assert_eq!(refused, Err(Error::<Test>::NotShareable.into()));
		}
	});
}

#[test]
fn only_a_grant_to_share_in_force_is_passed_on() {
	let read = actions(&[Action::Read]);
	let not_shareable = |terms| refuse_under(terms, child(), Error::NotShareable);
	not_shareable(GrantTerms { actions: read, ..parent() });
	not_shareable(GrantTerms { from: Some(START + 1), ..parent() });
	not_shareable(GrantTerms { condition: only(Attribute::Role(Role::Researcher)), ..parent() });
	build_and_execute(|| {
		give(GrantTerms { until: Some(START + 5), ..parent() });
		Now::set(START + 5);
		assert_noop!(share_as(DOCTOR, 0, child()), Error::<Test>::NotShareable);
		assert_noop!(share_as(DOCTOR, 1, child()), Error::<Test>::UnknownGrant);
	});
}

#[test]
fn a_passed_on_grant_is_no_wider_than_its_parent() {
	let beyond = |terms| refuse_under(parent(), terms, Error::BeyondParent);
	let over = |scope| GrantTerms { scope, ..child() };
	beyond(over(Scope::Everything));
	beyond(over(Scope::Record(SCAN)));
	beyond(over(categories(&[Category::Laboratory, Category::Imaging])));
	let purposes = purposes(&[Purpose::TREAT, Purpose::HRESCH]);
	beyond(GrantTerms { purposes, ..child() });
	beyond(GrantTerms { actions: actions(&[Action::Read, Action::Share]), ..child() });
	let reading = GrantTerms { actions: actions(&[Action::Read, Action::Share]), ..parent() };
	let writing = GrantTerms { actions: actions(&[Action::Write]), ..child() };
	refuse_under(reading, writing, Error::BeyondParent);
	let ending = || GrantTerms { until: Some(START + 10), ..parent() };
	let until = |until| GrantTerms { until, ..child() };
	refuse_under(ending(), child(), Error::BeyondParent);
	refuse_under(ending(), until(Some(START + 11)), Error::BeyondParent);
	shared(ending(), until(Some(START + 10)), || ());
	let limited = || GrantTerms { uses: Some(2), ..parent() };
	let uses = |uses| GrantTerms { uses, ..child() };
	refuse_under(limited(), child(), Error::BeyondParent);
	refuse_under(limited(), uses(Some(3)), Error::BeyondParent);
	shared(limited(), uses(Some(2)), || ());
}

#[test]
fn only_valid_grants_can_be_passed_on() {
	let to = |grantee| GrantTerms { grantee, ..child() };
	refuse_under(parent(), to(Grantee::Account(PATIENT)), Error::Oneself);
	refuse_under(parent(), to(Grantee::Account(DOCTOR)), Error::Oneself);
	let nowhere = Grantee::Organisation(NOWHERE);
	refuse_under(parent(), to(nowhere), Error::UnknownOrganisation);
	let uses = Some(0);
	refuse_under(parent(), GrantTerms { uses, ..child() }, Error::NoUses);
	let scope = Scope::Record(FOREIGN);
	refuse_under(parent(), GrantTerms { scope, ..child() }, Error::NotYourRecord);
}

#[test]
fn a_passed_on_grant_is_not_passed_on_again() {
	shared(parent(), child(), || {
		let terms = GrantTerms { grantee: Grantee::Account(RESEARCHER), ..child() };
		assert_noop!(share_as(CLERK, 1, terms), Error::<Test>::NotShareable);
	});
}

#[test]
fn revoking_a_parent_ends_only_its_own_children() {
	build_and_execute(|| {
		give(parent());
		give(parent());
		for parent in [0, 0, 1] {
			assert_ok!(share_as(DOCTOR, parent, child()));
		}
		assert_ok!(Consent::revoke(signed(PATIENT), 0, Default::default()));
		let left: Vec<_> =
			Consent::consent_of(&PATIENT).grants.into_iter().map(|(id, _)| id).collect();
		assert_eq!(left, vec![1, 4]);
		let state = Patients::<Test>::get(PATIENT);
		assert_eq!((state.grants, state.shared.to_vec()), (2, vec![4]));
		for grant in [2, 3] {
			System::assert_has_event(
				Event::<Test>::Revoked {
					patient: PATIENT,
					grant,
					grantee: Grantee::Account(CLERK),
				}
				.into(),
			);
		}
		// A passed-on grant can be revoked alone.
		assert_ok!(Consent::revoke(signed(PATIENT), 4, Default::default()));
		assert!(Grants::<Test>::contains_key(PATIENT, 1));
	});
}

#[test]
fn uses_also_count_against_the_parent() {
	let limited = |terms, uses| GrantTerms { uses: Some(uses), ..terms };
	shared(limited(parent(), 2), limited(child(), 2), || {
		let take = |who| {
			let Decision::Permit(basis) = decide(&question(who)) else {
				panic!("refused");
			};
			Consent::count_use(&question(who), &PATIENT, &basis);
			basis
		};
		let used = |id| Grants::<Test>::get(PATIENT, id).expect("the grant exists").used;
		assert_eq!(take(DOCTOR), Basis::Grant(0));
		let last = take(CLERK);
		assert_eq!((used(0), used(1)), (2, 1));
		assert_eq!(decide(&question(CLERK)), denied(DenyReason::NoGrant));
		assert_eq!(Consent::decide_again(&question(CLERK), &last, START), by_grant(1));
		assert_noop!(share_as(DOCTOR, 0, limited(child(), 1)), Error::<Test>::NotShareable);
	});
}

#[test]
fn the_parents_condition_binds_the_reader_as_well() {
	let bound = GrantTerms { condition: only(Attribute::Organisation(HOSPITAL)), ..parent() };
	build_and_execute(|| {
		give(bound);
		for who in [CLERK, RESEARCHER] {
			let grantee = Grantee::Account(who);
			assert_ok!(share_as(DOCTOR, 0, GrantTerms { grantee, ..child() }));
		}
		assert_eq!(decide(&question(CLERK)), by_grant(1));
		assert_eq!(decide(&question(RESEARCHER)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_denial_of_the_sharer_bars_grants_they_passed_on() {
	shared(parent(), child(), || {
		let elsewhere = deny(Grantee::Account(DOCTOR), Scope::Record(SCAN));
		assert_eq!(decide(&question(CLERK)), by_grant(1));
		assert_ok!(share_as(DOCTOR, 0, child()));
		let denial = deny(practitioners(), Scope::Record(LAB));
		assert_eq!(decide(&question(CLERK)), denied(DenyReason::NoGrant));
		assert_noop!(share_as(DOCTOR, 0, child()), Error::<Test>::NotShareable);
		for id in [elsewhere, denial] {
			assert_ok!(Consent::lift(signed(PATIENT), id));
		}
		assert_eq!(decide(&question(CLERK)), by_grant(1));
	});
}

#[test]
fn at_most_sixteen_grants_are_passed_on_ended_ones_aside() {
	build_and_execute(|| {
		give(parent());
		let short = || GrantTerms { until: Some(START + 10), ..child() };
		for _ in 0..16 {
			assert_ok!(share_as(DOCTOR, 0, short()));
		}
		assert_noop!(share_as(DOCTOR, 0, child()), Error::<Test>::TooManyShared);
		Now::set(START + 10);
		assert_ok!(share_as(DOCTOR, 0, child()));
		assert_eq!(Patients::<Test>::get(PATIENT).shared.len(), 16 - 8 + 1);
	});
}

#[test]
fn ended_grants_of_other_kinds_block_no_sharing() {
	build_and_execute(|| {
		give(parent());
		for _ in 0..8 {
			give(GrantTerms { until: Some(START + 10), ..terms(Grantee::Account(CLERK)) });
		}
		for _ in 0..16 {
			assert_ok!(share_as(DOCTOR, 0, GrantTerms { until: Some(START + 10), ..child() }));
		}
		Now::set(START + 10);
		assert_ok!(share_as(DOCTOR, 0, child()));
		assert_eq!(Patients::<Test>::get(PATIENT).shared.len(), 16 - 8 + 1);
	});
}

#[test]
fn a_cleared_parent_takes_its_children_with_it() {
	let ending = |terms| GrantTerms { until: Some(START + 10), ..terms };
	shared(ending(parent()), ending(child()), || {
		MaxGrants::set(2);
		Now::set(START + 10);
		give(terms(Grantee::Account(CLERK)));
		assert_eq!(Patients::<Test>::get(PATIENT).grants, 1);
	});
}
