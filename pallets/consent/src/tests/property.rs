//! Thousands of random histories, played on the pallet and on the reference model side by side.

use super::{histories::*, stage::Stage, *};
use proptest::{
	collection::vec,
	test_runner::{Config, TestRunner},
};
use std::{cell::RefCell, collections::BTreeMap};

/// How many histories are played.
const HISTORIES: u32 = 12_000;

impl Stage {
	/// Asks again what was permitted in the course of the history.
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

	/// Asks the pallet and the model; gives their common answers in short.
	fn ask(&self, asked: &Asked) -> Vec<&'static str> {
		let Asked {
			question,
			organisation,
			patient,
			category,
			named,
			shift,
		} = asked;
		let now = self.at(*shift);
		let decision = <Consent as ConsentPolicy<AccountId>>::decide(question, now);
		assert_eq!(
			decision,
			self.world.decide(question, None, now),
			"{question:?} at {now}"
		);
		self.compare_explanation(question, now, decision);

		let record = named.then_some(question.record);
		let writes = <Consent as ConsentPolicy<AccountId>>::may_write(
			&question.reader,
			*organisation,
			patient,
			*category,
			record.as_ref(),
			now,
		);
		let (author, organisation, patient) = (question.reader, *organisation, *patient);
		assert_eq!(
			writes,
			self.world
				.may_write(author, organisation, patient, *category, record, now),
			"{author} writes for {organisation} to {patient}'s {record:?} at {now}"
		);

		let found = Consent::standing_recipients(&patient, *category, record.as_ref(), now);
		let mut found: Vec<_> = found.into_iter().map(|key| key.recipient).collect();
		found.sort();
		let mut expected = self.world.recipients(patient, *category, record, now);
		expected.sort();
		assert_eq!(
			found, expected,
			"recipients of {patient}'s {record:?} at {now}"
		);

		let mut answers = vec![kind(decision)];
		answers.extend(writes.then_some("writes"));
		answers.extend((!found.is_empty()).then_some("recipients"));
		answers
	}

	/// What stands is the same on both sides.
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
			let wards = world.wards.iter().filter(|one| one.patient == patient);
			assert_eq!(found, wards.map(|ward| ward.id).collect::<Vec<_>>());
			let found: Vec<_> = consent.rules.iter().map(|(id, _)| *id).collect();
			let rules = world.rules.iter().filter(|one| one.patient == patient);
			assert_eq!(found, rules.map(|rule| rule.id).collect::<Vec<_>>());
			assert_eq!(consent.opt_out, world.opted_out.contains(&patient));
		}
	}

	/// The pallet's explanation agrees with its decision, and is the model's up to the rule that settles the question.
	fn compare_explanation(&self, question: &Question<AccountId>, now: Moment, decision: Decision) {
		let explanation = Consent::explain(question, now);
		assert_eq!(explanation.decision, decision, "{question:?} at {now}");
		let found: Vec<_> = explanation
			.considered
			.iter()
			.map(|item| (item.rule, item.finding))
			.collect();
		let complete = self.world.explain(question, None, now).1;
		let settling = match decision {
			Decision::Permit(Basis::Patient) => Some(Rule::Patient),
			Decision::Permit(Basis::Grant(id)) => Some(Rule::Grant(id)),
			Decision::Permit(Basis::Guardian(id)) => Some(Rule::Guardian(id)),
			Decision::Permit(Basis::Emergency(_)) => Some(Rule::Emergency),
			Decision::Permit(Basis::EmergencySummary) => Some(Rule::EmergencySummary),
			Decision::Deny(DenyReason::Denied(id)) => Some(Rule::Denial(id)),
			Decision::Deny(DenyReason::OptedOut) => complete
				.iter()
				.find(|(_, finding)| *finding == Finding::OptedOut)
				.map(|(rule, _)| *rule),
			Decision::Deny(_) => None,
		};
		let end = settling.map_or(complete.len(), |rule| {
			1 + complete
				.iter()
				.position(|(one, _)| *one == rule)
				.expect("a rule of the model")
		});
		assert_eq!(found, complete[..end], "{question:?} at {now}");
	}
}

/// What a decision is, without its numbers.
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
fn the_pallet_agrees_with_the_reference_model_over_thousands_of_random_histories() {
	let seen = RefCell::new(BTreeMap::<&str, u32>::new());
	let config = Config {
		cases: HISTORIES,
		failure_persistence: None,
		..Config::default()
	};
	TestRunner::new(config)
		.run(
			&(vec(step(), 0..64), vec(asked(), 24)),
			|(history, questions)| {
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
			},
		)
		.expect("pallet and model agree");
	// The histories are worth something only if they lead everywhere.
	let seen = seen.into_inner();
	println!("{seen:?}");
	assert_eq!(seen.len(), 17, "some answer never came: {seen:?}");
	assert!(
		seen.values().all(|times| *times >= HISTORIES / 40),
		"too seldom: {seen:?}"
	);
}

/// Like `build_and_execute`, on an empty stage.
fn build_and_execute_bare(test: impl FnOnce()) {
	sp_io::TestExternalities::default().execute_with(|| {
		test();
		assert_ok!(Consent::do_try_state());
	});
}
