//! Thousands of random histories, played side by side on the pallet and on the reference model.

use super::{
	histories::*,
	stage::{Stage, Tenure},
	*,
};
use proptest::{
	collection::vec,
	test_runner::{Config, TestRunner},
};
use std::{cell::RefCell, collections::BTreeMap};

/// Number of histories.
const HISTORIES: u32 = 4_000;

impl Stage {
	/// Asks again each question that was permitted during the history.
	fn ask_again(&self, shift: i64) -> Vec<&'static str> {
		let now = self.at(shift);
		let again = self.counted.iter().map(|(question, basis)| {
			let decision = Consent::decide_again(question, basis, now);
			assert_eq!(
				decision,
				self.world.decide(question, Some(basis), now),
				"{question:?} again by {basis:?} at {now}"
			);
			match decision.is_permit() {
				true => "again",
				false => "no longer",
			}
		});
		again.collect()
	}

	/// Asks the pallet and the model, and returns short names of their common answers.
	fn ask(&self, asked: &Asked) -> Vec<&'static str> {
		let Asked { question, organisation, patient, category, named, shift } = asked;
		let now = self.at(*shift);
		let decision = <Consent as ConsentPolicy<AccountId>>::decide(question, now);
		assert_eq!(decision, self.world.decide(question, None, now), "{question:?} at {now}");
		self.compare_explanation(question, now, decision);
		let holds = self.compare_many(question, patient, now);

		let ended = self.compare_tenures(question, decision);
		let record = named.then_some(question.record);
		CasesRead::set(0);
		let (writes, weight) = <Consent as ConsentPolicy<AccountId>>::may_write_weighed(
			&question.reader,
			*organisation,
			patient,
			*category,
			record.as_ref(),
			now,
		);
		let (author, organisation, patient) = (question.reader, *organisation, *patient);
		let most = <Consent as ConsentPolicy<AccountId>>::terms_weight(&patient);
		assert!(weight == most || (CasesRead::get() == 0 && weight.all_lte(most)));
		assert_eq!(
			writes,
			self.world.may_write(author, organisation, patient, *category, record, now),
			"{author} writes for {organisation} to {patient}'s {record:?} at {now}"
		);

		let found = Consent::standing_recipients(&patient, *category, record.as_ref(), now);
		let mut found: Vec<_> = found.into_iter().map(|key| key.recipient).collect();
		found.sort();
		let mut expected = self.world.recipients(patient, *category, record, now);
		expected.sort();
		assert_eq!(found, expected, "recipients of {patient}'s {record:?} at {now}");

		let mut answers = vec![match (kind(decision), question.purpose) {
			("emergency", Purpose::ETREAT) => "emergency summary",
			(kind, _) => kind,
		}];
		answers.extend(ended.then_some("ended capacity"));
		answers.extend(writes.then_some("writes"));
		answers.extend((!found.is_empty()).then_some("recipients"));
		answers.extend(holds.then_some("holds"));
		answers
	}

	/// Checks that decisions on all records at once are those on each, and that records of another
	/// patient are unknown. Returns whether they hold beyond their own moment.
	fn compare_many(
		&self,
		question: &Question<AccountId>,
		patient: &AccountId,
		now: Moment,
	) -> bool {
		let Question { reader, purpose, action, .. } = *question;
		let records: Vec<_> = self.world.records.iter().map(|filed| filed.id).collect();
		let asked = PatientQuestion { reader, patient: *patient, purpose, action };
		let decide = Consent::decider(&asked, now);
		let entry = <Test as crate::Config>::Records::record;
		let many: Vec<_> = records.iter().map(|id| decide(id, entry(id).as_ref())).collect();
		let each = self.world.records.iter().map(|filed| match filed.patient == *patient {
			true => {
				let question = Question { record: filed.id, version: None, ..question.clone() };
				Consent::decide(&question, now)
			}
			false if filed.erased => Decision::Deny(DenyReason::RecordErased),
			false => Decision::Deny(DenyReason::UnknownRecord),
		});
		assert_eq!(many, each.collect::<Vec<_>>(), "{reader} on all of {patient} at {now}");

		// While nothing but the time changes, they hold until the time that `holds_until` returns.
		let memberships = crate::person::Person::load::<Test>(&reader, now).memberships;
		let until = Consent::consent_of(patient).holds_until(&memberships, purpose, now);
		let further = until.saturating_sub(now).min(100 * DAY);
		for later in [now, now + further / 3, now + further.saturating_sub(1)] {
			let decide = Consent::decider(&asked, later);
			let held: Vec<_> = records.iter().map(|id| decide(id, entry(id).as_ref())).collect();
			assert_eq!(held, many, "{reader} on all of {patient} at {now}, and at {later}");
		}
		further > 0
	}

	/// Checks, from the tenures alone, that nobody reads by a grant whose capacity ended. Returns
	/// whether the reader has lost a capacity that was granted.
	fn compare_tenures(&self, question: &Question<AccountId>, decision: Decision) -> bool {
		let reader = question.reader;
		let Some(filed) = self.world.records.iter().find(|one| one.id == question.record) else {
			return false;
		};
		let to_patient = || self.world.grants.iter().filter(|one| one.patient == filed.patient);
		let staff = || {
			let held = self.tenures.iter().filter(|one| one.who == reader);
			held.filter(|one| one.role != Role::Patient)
		};
		let covers = |tenure: &Tenure, given: &super::model::GrantRow| match given.terms.grantee {
			Grantee::Account(account) => account == reader && tenure.began <= given.at,
			Grantee::Member { account, role, organisation } => {
				account == reader
					&& tenure.began <= given.at
					&& (tenure.role, tenure.organisation) == (role, Some(organisation))
			}
			Grantee::Organisation(one) | Grantee::CareTeam(one) => tenure.organisation == Some(one),
			Grantee::Role { role, organisation } => {
				tenure.role == role
					&& (organisation.is_none() || tenure.organisation == organisation)
			}
			Grantee::Person(_) => false,
		};
		if let Decision::Permit(Basis::Grant(id)) = decision {
			let given = to_patient().find(|one| one.id == id).expect("the grant exists");
			let as_person = match given.terms.grantee {
				Grantee::Person(account) => account == reader,
				Grantee::Account(account) => account == reader && staff().next().is_none(),
				_ => false,
			};
			let still = staff().any(|tenure| !tenure.over && covers(tenure, given));
			assert!(as_person || still, "{question:?} by {:?}, which ended", given.terms);
		}
		let lost = to_patient().any(|given| {
			let mut capacities = staff().filter(|tenure| covers(tenure, given)).peekable();
			given.terms.grantee.account() == Some(&reader)
				&& capacities.peek().is_some()
				&& capacities.all(|tenure| tenure.over)
		});
		lost
	}

	/// Checks that both sides hold the same grants, requests, guardians, rules and opt-out.
	fn compare_lists(&self) {
		for patient in ACCOUNTS {
			let consent = Consent::consent_of(&patient);
			let world = &self.world;
			let found: Vec<_> = consent
				.grants
				.iter()
				.map(|(id, grant)| (*id, grant.used, grant.via.is_some()))
				.collect();
			let expected: Vec<_> = world
				.grants
				.iter()
				.filter(|given| given.patient == patient)
				.map(|given| (given.id, given.used, given.via.is_some()))
				.collect();
			assert_eq!(found, expected, "grants of {patient}");
			let found: Vec<_> = consent.requests.iter().map(|(id, _)| *id).collect();
			assert_eq!(found, world.waiting(patient), "requests to {patient}");
			let found: Vec<_> = consent.guardians.iter().map(|(id, _)| *id).collect();
			let guardianships = world.guardianships.iter().filter(|one| one.patient == patient);
			assert_eq!(found, guardianships.map(|one| one.id).collect::<Vec<_>>());
			let found: Vec<_> = consent.rules.iter().map(|(id, _)| *id).collect();
			let rules = world.rules.iter().filter(|one| one.patient == patient);
			assert_eq!(found, rules.map(|rule| rule.id).collect::<Vec<_>>());
			assert_eq!(consent.opt_out, world.opted_out.contains(&patient));
		}
	}

	/// Checks that the pallet's explanation agrees with its decision, and with the model's up to
	/// the rule that settles the question.
	fn compare_explanation(&self, question: &Question<AccountId>, now: Moment, decision: Decision) {
		let explanation = Consent::explain(question, now);
		assert_eq!(explanation.decision, decision, "{question:?} at {now}");
		let found: Vec<_> =
			explanation.considered.iter().map(|item| (item.rule, item.finding)).collect();
		let complete = self.world.explain(question, None, now).1;
		let settling = match decision {
			Decision::Permit(Basis::Patient) => Some(Rule::Patient),
			Decision::Permit(Basis::Grant(id)) => Some(Rule::Grant(id)),
			Decision::Permit(Basis::Guardian(id)) => Some(Rule::Guardian(id)),
			Decision::Permit(Basis::Emergency(_)) => Some(match question.purpose {
				Purpose::ETREAT => Rule::EmergencySummary,
				_ => Rule::Emergency,
			}),
			Decision::Permit(Basis::EmergencySummary) => Some(Rule::EmergencySummary),
			Decision::Deny(DenyReason::Denied(id)) => Some(Rule::Denial(id)),
			Decision::Deny(DenyReason::OptedOut) => complete
				.iter()
				.find(|(_, finding)| *finding == Finding::OptedOut)
				.map(|(rule, _)| *rule),
			Decision::Deny(_) => None,
		};
		let end = settling.map_or(complete.len(), |rule| {
			1 + complete.iter().position(|(one, _)| *one == rule).expect("a rule of the model")
		});
		assert_eq!(found, complete[..end], "{question:?} at {now}");
	}
}

/// Returns the name of a decision, without its numbers.
fn kind(decision: Decision) -> &'static str {
	match decision {
		Decision::Permit(Basis::Patient) => "patient",
		Decision::Permit(Basis::Grant(_)) => "grant",
		Decision::Permit(Basis::Guardian(_)) => "guardian",
		Decision::Permit(Basis::Emergency(_)) => "emergency",
		Decision::Permit(Basis::EmergencySummary) => "emergency summary",
		Decision::Deny(DenyReason::UnknownRecord) => "unknown record",
		Decision::Deny(DenyReason::RecordErased) => "erased",
		Decision::Deny(DenyReason::UnknownVersion) => "unknown version",
		Decision::Deny(DenyReason::NotMember) => "no member",
		Decision::Deny(DenyReason::NotInGoodStanding) => "not in good standing",
		Decision::Deny(DenyReason::Denied(_)) => "denied",
		Decision::Deny(DenyReason::NoGrant) => "no grant",
		Decision::Deny(DenyReason::OptedOut) => "opted out",
		Decision::Deny(DenyReason::RecordWithdrawn) => "withdrawn",
	}
}

#[test]
fn the_pallet_agrees_with_the_model_over_random_histories() {
	let seen = RefCell::new(BTreeMap::<&str, u32>::new());
	let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
	TestRunner::new(config)
		.run(&(vec(step(), 0..64), vec(asked(), 24)), |(history, questions)| {
			build_and_execute_bare(|| {
				let mut stage = Stage::set();
				history.into_iter().for_each(|step| stage.play(step));
				stage.compare_lists();
				let shift = questions[0].shift;
				let answers = questions.iter().flat_map(|asked| stage.ask(asked));
				for answer in answers.chain(stage.ask_again(shift)) {
					*seen.borrow_mut().entry(answer).or_default() += 1;
				}
			});
			Ok(())
		})
		.expect("pallet and model agree");
	// The histories prove something only if they lead to every answer.
	let seen = seen.into_inner();
	println!("{seen:?}");
	assert_eq!(seen.len(), 19, "some answer never occurred: {seen:?}");
	assert!(seen.values().all(|times| *times >= HISTORIES / 80), "too rare: {seen:?}");
}

/// Like `build_and_execute`, but on an empty stage.
fn build_and_execute_bare(test: impl FnOnce()) {
	sp_io::TestExternalities::default().execute_with(|| {
		test();
		assert_ok!(Consent::do_try_state());
	});
}
