//! Invariants of uses, conditions, sharing, guardians, requests and rules.

use super::*;
use crate::{
	Grants, GuardianList, Guardians, PatientState, Patients, RequestList, Requests, RuleList, Rules,
};

/// Checks that `try_state` reports `complaint` after `damage` to a sound state. That state has:
/// grant 0 for two uses with the action share; grant 1, passed on from it; and two guardians, two
/// requests and two rules.
fn notices(complaint: &'static str, damage: impl FnOnce()) {
	let set_up = || {
		let reading = || actions(&[Action::Read]);
		give(GrantTerms {
			uses: Some(2),
			until: Some(START + 50),
			actions: actions(&[Action::Read, Action::Share]),
			..doctors_terms()
		});
		let child =
			GrantTerms { uses: Some(1), until: Some(START + 40), ..terms(Grantee::Account(CLERK)) };
		let (patient, parent) = (PATIENT, 0);
		let share = Call::share { patient, parent, terms: child };
		assert_ok!(call(DOCTOR, share));
		for guardian in [CLERK, RESEARCHER] {
			let made = Call::appoint_guardian {
				guardian,
				scope: Scope::Record(LAB),
				purposes: purposes(&[Purpose::TREAT]),
				until: Some(START + 9),
			};
			assert_ok!(call(PATIENT, made));
			let terms = RequestTerms {
				scope: Scope::Record(LAB),
				purposes: purposes(&[Purpose::TREAT]),
				actions: reading(),
				until: Some(START + 9),
			};
			assert_ok!(call(guardian, Call::request { patient, terms }));
			let rule = StandingRule {
				requester: Some(Grantee::Account(DOCTOR)),
				scope: Scope::Record(LAB),
				purposes: purposes(&[Purpose::TREAT]),
				actions: reading(),
				condition: only(Attribute::EmergencyOpen),
				answer: RuleAnswer::Decline,
			};
			assert_ok!(call(PATIENT, Call::set_rule { rule }));
		}
	};
	detects(complaint, set_up, damage);
}

fn state(change: impl FnOnce(&mut PatientState)) {
	Patients::<Test>::mutate(PATIENT, change);
}

fn grant_of(id: GrantId, change: impl FnOnce(&mut Grant<AccountId>)) {
	Grants::<Test>::mutate(PATIENT, id, |grant| change(grant.as_mut().expect("the grant exists")));
}

fn guardians(change: impl FnOnce(&mut GuardianList<AccountId>)) {
	Guardians::<Test>::mutate(PATIENT, change);
}

fn requests(change: impl FnOnce(&mut RequestList<AccountId>)) {
	Requests::<Test>::mutate(PATIENT, change);
}

fn rules(change: impl FnOnce(&mut RuleList<AccountId>)) {
	Rules::<Test>::mutate(PATIENT, change);
}

fn malformed() -> Option<Expression> {
	condition(&[Term::Not])
}

#[test]
fn impossible_uses_are_noticed() {
	notices("a grant is for no uses", || grant_of(1, |grant| grant.terms.uses = Some(0)));
	notices("a grant was used more often than it permits", || grant_of(0, |grant| grant.used = 3));
}

#[test]
fn malformed_conditions_are_noticed() {
	let complaint = "a condition cannot be evaluated";
	notices(complaint, || grant_of(0, |grant| grant.terms.condition = malformed()));
	notices(complaint, || rules(|rules| rules[1].1.condition = malformed()));
}

#[test]
fn a_wrong_list_of_passed_on_grants_is_noticed() {
	let complaint = "a patient's list of passed-on grants is wrong";
	notices(complaint, || state(|state| state.shared.clear()));
	notices(complaint, || state(|state| state.shared.try_push(0).expect("room")));
	notices(complaint, || state(|state| state.shared.try_push(1).expect("room")));
	notices(complaint, || grant_of(1, |grant| grant.via = None));
}

#[test]
fn passed_on_grants_without_a_proper_parent_are_noticed() {
	notices("the parent of a passed-on grant is gone", || {
		Grants::<Test>::remove(PATIENT, 0);
		state(|state| state.grants = 1);
	});
	notices("a passed-on grant was passed on again", || {
		grant_of(1, |grant| grant.via = Some(Via { parent: 1, sharer: DOCTOR }))
	});
	let complaint = "a grant was passed on without permission, or may be passed on again";
	notices(complaint, || grant_of(0, |grant| grant.terms.actions = actions(&[Action::Read])));
	notices(complaint, || {
		grant_of(1, |grant| grant.terms.actions = actions(&[Action::Read, Action::Share]))
	});
}

#[test]
fn passed_on_grants_wider_than_their_parent_are_noticed() {
	let changes: [fn(&mut Grant<AccountId>); 7] = [
		|grant| grant.terms.purposes = purposes(&[Purpose::TREAT, Purpose::HRESCH]),
		|grant| grant.terms.actions = actions(&[Action::Write]),
		|grant| grant.terms.until = None,
		|grant| grant.terms.until = Some(START + 51),
		|grant| grant.terms.uses = None,
		|grant| grant.terms.uses = Some(3),
		|grant| grant.used = 1,
	];
	for change in changes {
		notices("a passed-on grant is wider than its parent", || grant_of(1, change));
	}
}

#[test]
fn impossible_guardians_are_noticed() {
	let order = "a patient's list of guardians is empty, not in order, or has unassigned numbers";
	notices(order, || guardians(|list| list.clear()));
	notices(order, || guardians(|list| list.sort_by_key(|(id, _)| core::cmp::Reverse(*id))));
	notices(order, || state(|state| state.next_guardian = 1));
	let who = "an account is a guardian twice, or its own guardian";
	notices(who, || guardians(|list| list[0].1.guardian = RESEARCHER));
	notices(who, || guardians(|list| list[0].1.guardian = PATIENT));
	notices("a guardian's purposes are empty or not in order", || {
		guardians(|list| list[0].1.purposes = purposes(&[]))
	});
	notices("a guardian's appointment ends before it begins", || {
		guardians(|list| list[0].1.until = Some(START))
	});
	notices("a scope's record belongs to another patient", || {
		guardians(|list| list[0].1.scope = Scope::Record(FOREIGN))
	});
}

#[test]
fn impossible_requests_are_noticed() {
	let order = "a patient's list of requests is empty, not in order, or has unassigned numbers";
	notices(order, || requests(|list| list.clear()));
	notices(order, || requests(|list| list.sort_by_key(|(id, _)| core::cmp::Reverse(*id))));
	notices(order, || state(|state| state.next_request = 1));
	notices("too many requests of one requester wait", || {
		requests(|list| {
			for id in 2..6 {
				let (_, request) = list[0].clone();
				list.try_push((id, request)).expect("room");
			}
		});
		state(|state| state.next_request = 6);
	});
	notices("a patient asks for their own consent", || {
		requests(|list| list[0].1.requester = PATIENT)
	});
	let period = "a request ends before it was made";
	notices(period, || requests(|list| list[0].1.expires = START));
	notices(period, || requests(|list| list[0].1.terms.until = Some(START)));
	let sets = "a request's purposes or actions are empty or not in order";
	notices(sets, || requests(|list| list[0].1.terms.purposes = purposes(&[])));
	notices(sets, || requests(|list| list[0].1.terms.actions = actions(&[Action::Read; 2])));
	notices("a scope's record belongs to another patient", || {
		requests(|list| list[0].1.terms.scope = Scope::Record(FOREIGN))
	});
}

#[test]
fn impossible_rules_are_noticed() {
	let order = "a patient's list of rules is empty, not in order, or has unassigned numbers";
	notices(order, || rules(|list| list.clear()));
	notices(order, || rules(|list| list.sort_by_key(|(id, _)| core::cmp::Reverse(*id))));
	notices(order, || state(|state| state.next_rule = 1));
	notices("a grant, denial or rule is about the patient themself", || {
		rules(|list| list[0].1.requester = Some(Grantee::Account(PATIENT)))
	});
	let sets = "a rule's purposes or actions are empty or not in order";
	notices(sets, || rules(|list| list[0].1.purposes = purposes(&[])));
	notices(sets, || rules(|list| list[0].1.actions = actions(&[])));
	notices("a rule approves for a duration of zero", || {
		rules(|list| list[0].1.answer = RuleAnswer::Approve { duration: 0 })
	});
	notices("a scope's record belongs to another patient", || {
		rules(|list| list[0].1.scope = Scope::Record(FOREIGN))
	});
	let times =
		|change: fn(&mut crate::RuleTimeList)| crate::RulesSet::<Test>::mutate(PATIENT, change);
	notices(
		"a patient's list of rules' times is empty, not in order, or has unassigned numbers",
		|| times(|list| list.clear()),
	);
	notices("a time belongs to no rule", || rules(|list| drop(list.remove(0))));
}
