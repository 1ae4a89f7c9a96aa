//! The weights of calls, and that members pay no fee.

use super::*;
use crate::{Call, WeightInfo};
use frame_support::{
	dispatch::{CheckIfFeeless, GetDispatchInfo},
	weights::Weight,
};

fn many_wraps(count: usize) -> RecordWraps<AccountId> {
	vec![wraps(LAB, 1, DOCTOR)[0].clone(); count].try_into().expect("at most 64")
}

fn calls() -> Vec<Call<Test>> {
	let grantee = Grantee::Account(DOCTOR);
	vec![
		Call::grant { terms: terms(grantee.clone()), wraps: many_wraps(2) },
		Call::revoke { grant: 0, remove: Default::default() },
		Call::deny { grantee, scope: Scope::Everything, remove: Default::default() },
		Call::lift { denial: 0 },
		Call::set_emergency_opt_out { opted_out: true },
		Call::appoint_guardian {
			guardian: DOCTOR,
			scope: Scope::Everything,
			purposes: purposes(&[Purpose::TREAT]),
			until: None,
		},
		Call::dismiss_guardian { id: 0 },
		Call::request {
			patient: PATIENT,
			terms: RequestTerms {
				scope: Scope::Everything,
				purposes: purposes(&[Purpose::TREAT]),
				actions: actions(&[Action::Read]),
				until: None,
			},
		},
		Call::withdraw { patient: PATIENT, request: 0 },
		Call::approve {
			patient: PATIENT,
			request: 0,
			approval: Approval::default(),
			wraps: Default::default(),
		},
		Call::decline { patient: PATIENT, request: 0 },
		Call::answer_many { patient: PATIENT, answers: Default::default() },
		Call::set_rule {
			rule: StandingRule {
				requester: None,
				scope: Scope::Everything,
				purposes: purposes(&[Purpose::TREAT]),
				actions: actions(&[Action::Read]),
				condition: None,
				answer: RuleAnswer::Decline,
			},
		},
		Call::remove_rule { rule: 0 },
		Call::share { patient: PATIENT, parent: 0, terms: terms(Grantee::Account(CLERK)) },
		Call::set_emergency_summary_closed { closed: true },
	]
}

#[test]
fn each_wrap_is_charged_in_addition_to_the_call() {
	let weight = |count| {
		let terms = doctors_terms();
		Call::<Test>::grant { terms, wraps: many_wraps(count) }.get_dispatch_info().call_weight
	};
	let most = <() as WeightInfo>::grant().saturating_add(<() as WeightInfo>::clear_ended());
	assert_eq!(weight(0), most);
	let wraps = <Records as RecordKeys<AccountId>>::wraps_weight(64);
	assert_eq!(weight(64), weight(0).saturating_add(wraps));
	assert_ne!(weight(64), weight(0));
}

#[test]
fn the_weight_of_clearing_is_refunded_if_nothing_was_cleared() {
	build_and_execute(|| {
		MaxGrants::set(1);
		let weight = || {
			let terms = GrantTerms { until: Some(START + 10), ..doctors_terms() };
			let result = Consent::grant(signed(PATIENT), terms, Default::default());
			result.expect("granted").actual_weight.expect("the weight is reported")
		};
		let least = <() as WeightInfo>::grant();
		assert_eq!(weight(), least);
		crate::Grants::<Test>::mutate(PATIENT, 0, |grant| {
			let grant = grant.as_mut().expect("the grant exists");
			grant.terms.uses = Some(1);
			grant.used = 1;
		});
		assert_eq!(weight(), least.saturating_add(<() as WeightInfo>::clear_ended()));
	});
}

/// Returns the weight that a refused call is charged.
fn refused(who: AccountId, call: Call<Test>) -> Weight {
	let refused = RuntimeCall::Consent(call).dispatch(signed(who)).expect_err("refused");
	refused.post_info.actual_weight.expect("the weight is reported")
}

#[test]
fn a_refused_call_is_charged_for_what_was_checked() {
	build_and_execute(|| {
		let weight = |checked: Weight, wraps: u32| {
			checked.saturating_add(<Records as RecordKeys<AccountId>>::wraps_weight(wraps))
		};
		// The call's own checks fail before the wraps are looked at.
		let terms = |account| terms(Grantee::Account(account));
		let oneself = Call::grant { terms: terms(PATIENT), wraps: many_wraps(64) };
		assert_eq!(refused(PATIENT, oneself), <() as WeightInfo>::grant());
		let foreign = wraps(FOREIGN, 1, DOCTOR);
		let foreign = Call::grant { terms: terms(DOCTOR), wraps: foreign };
		assert_eq!(refused(PATIENT, foreign), weight(<() as WeightInfo>::grant(), 1));
		let unknown = Call::revoke { grant: 7, remove: Default::default() };
		assert_eq!(refused(PATIENT, unknown), <() as WeightInfo>::revoke());
		let request = Call::request { patient: CLERK, terms: lab_request() };
		assert_eq!(refused(DOCTOR, request), <() as WeightInfo>::request());
		let share = Call::share { patient: PATIENT, parent: 7, terms: terms(CLERK) };
		assert_eq!(refused(DOCTOR, share), <() as WeightInfo>::share());
	});
}

#[test]
fn a_refused_call_is_charged_for_clearing_that_was_tried() {
	build_and_execute(|| {
		MaxGrants::set(1);
		give(doctors_terms());
		let clearing = <() as WeightInfo>::clear_ended();
		let another =
			Call::grant { terms: terms(Grantee::Account(CLERK)), wraps: Default::default() };
		assert_eq!(refused(PATIENT, another), <() as WeightInfo>::grant() + clearing);

		// A rule finds no room for a grant, and then there is none for another request.
		generous();
		let ask = || Call::request { patient: PATIENT, terms: lab_request() };
		while call(DOCTOR, ask()).is_ok() {}
		assert_eq!(refused(DOCTOR, ask()), <() as WeightInfo>::request() + clearing);
	});
}

#[test]
fn refused_answers_are_charged_up_to_the_first_error() {
	build_and_execute(|| {
		let waiting = || {
			assert_ok!(call(DOCTOR, Call::request { patient: PATIENT, terms: lab_request() }));
			Consent::consent_of(&PATIENT).requests[0].0
		};
		let answers = vec![(waiting(), Answer::Decline), (99, Answer::Decline)];
		let answers = [answers, vec![(99, Answer::Decline); 62]].concat();
		let answers = answers.try_into().expect("at most 64");
		let weight = refused(PATIENT, Call::answer_many { patient: PATIENT, answers });
		assert_eq!(weight, <() as WeightInfo>::approve().saturating_mul(2));
	});
}

#[test]
fn each_answer_is_charged() {
	let weight = |count: usize| {
		let answers = vec![(0, Answer::Decline); count];
		let answers = answers.try_into().expect("at most 64");
		let patient = PATIENT;
		let call = Call::<Test>::answer_many { patient, answers };
		call.get_dispatch_info().call_weight
	};
	assert_eq!(weight(64), weight(1).saturating_mul(64));
	assert!(weight(1).all_gt(Weight::zero()));
}

#[test]
fn every_call_is_feeless() {
	build_and_execute(|| {
		for call in calls() {
			assert!(call.is_feeless(&signed(PATIENT)));
		}
	});
}

#[test]
fn the_weight_of_a_decision_depends_on_the_patients_terms() {
	build_and_execute(|| {
		type Policy = Consent;
		let case = <Emergencies as EmergencyQuery<AccountId>>::open_case_weight();
		let decide = <() as WeightInfo>::decide;
		let added = || <Policy as ConsentPolicy<AccountId>>::terms_weight(&PATIENT);
		// The caller's benchmark includes the weight for a patient without grants and denials.
		assert_eq!(added(), case);
		let longest = <Policy as ConsentPolicy<AccountId>>::max_terms_weight();
		assert_eq!(longest, decide(64, 128, 16) - decide(0, 0, 0) + case);
		give(doctors_terms());
		deny(Grantee::Account(CLERK), Scope::Everything);
		assert_eq!(added(), decide(1, 1, 0) - decide(0, 0, 0) + case);
	});
}

/// Returns whether each of a decision and an answer on writing looked for an open case. Checks that
/// it was charged for it exactly then, or `always`.
fn looked_for_case(purpose: Purpose, always: bool) -> (bool, bool) {
	let case = <Emergencies as EmergencyQuery<AccountId>>::open_case_weight();
	let most = <Consent as ConsentPolicy<AccountId>>::terms_weight(&PATIENT);
	let check = |weight: Weight| {
		let looked = CasesRead::get() > 0;
		assert_eq!(weight, if looked || always { most } else { most - case });
		CasesRead::set(0);
		looked
	};
	CasesRead::set(0);
	let asked = Question { purpose, ..question(DOCTOR) };
	let (_, weight) =
		<Consent as ConsentPolicy<AccountId>>::decide_weighed(&asked, &PATIENT, START);
	let read = check(weight);
	let (_, weight) = <Consent as ConsentPolicy<AccountId>>::may_write_weighed(
		&DOCTOR,
		HOSPITAL,
		&PATIENT,
		Category::Laboratory,
		None,
		START,
	);
	(read, check(weight))
}

#[test]
fn a_case_is_charged_if_a_decision_looks_for_one() {
	build_and_execute(|| {
		let condition = || only(Attribute::EmergencyOpen);
		assert_eq!(looked_for_case(Purpose::TREAT, false), (false, false));
		// The rule on emergencies looks for one.
		assert_eq!(looked_for_case(Purpose::BTG, false), (true, false));
		let other = only(Attribute::Role(Role::Device));
		give(GrantTerms { condition: other, ..doctors_terms() });
		assert_eq!(looked_for_case(Purpose::TREAT, false), (false, false));
		let write = actions(&[Action::Write]);
		give(GrantTerms { actions: write, condition: condition(), ..doctors_terms() });
		assert_eq!(looked_for_case(Purpose::TREAT, false), (false, true));
		give(GrantTerms { condition: condition(), ..doctors_terms() });
		assert_eq!(looked_for_case(Purpose::TREAT, false), (true, true));
	});
}

#[test]
fn passed_on_grants_are_charged_as_a_case() {
	build_and_execute(|| {
		let shared = actions(&[Action::Read, Action::Share]);
		let parent = give(GrantTerms { actions: shared, ..doctors_terms() });
		let terms = terms(Grantee::Account(CLERK));
		assert_ok!(call(DOCTOR, Call::share { patient: PATIENT, parent, terms }));
		assert_eq!(looked_for_case(Purpose::TREAT, true), (false, false));
	});
}

#[test]
fn calls_keep_their_indices() {
	use codec::Encode;
	let indices: Vec<u8> = calls().iter().map(|call| call.encode()[0]).collect();
	assert_eq!(indices, (0..=15).collect::<Vec<_>>());
}
