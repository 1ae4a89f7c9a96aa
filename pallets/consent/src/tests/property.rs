//! Thousands of random histories, played on the pallet and on the reference model side by side.

use super::{
	histories::*,
	model::{Barred, Filed, Given, Membership, World},
	*,
};
use proptest::{
	collection::vec,
	test_runner::{Config, TestRunner},
};
use std::{cell::RefCell, collections::BTreeMap};

/// How many histories are played.
const HISTORIES: u32 = 4_000;

/// The pallet's mock and the model, which see the same history.
struct Stage {
	world: World,
	/// How many grants and denials each patient has been given in all.
	numbers: BTreeMap<AccountId, (GrantId, DenialId)>,
}

impl Stage {
	fn set() -> Self {
		let mut stage = Self {
			world: World::default(),
			numbers: BTreeMap::new(),
		};
		stage.tick(START);
		for organisation in ORGANISATIONS {
			stage.play(Step::Organisation(organisation, false));
			Roles::give_key(Recipient::Organisation(organisation), [1; 32]);
		}
		for account in ACCOUNTS {
			Roles::give_key(Recipient::Account(account), [1; 32]);
		}
		for patient in PATIENTS {
			stage.play(Step::Admit(patient, Role::Patient, Some(1)));
		}
		stage.play(Step::Admit(3, Role::Practitioner, Some(1)));
		stage.play(Step::Admit(4, Role::Researcher, Some(2)));
		for (byte, category) in [(1, CATEGORIES[0]), (2, CATEGORIES[1]), (3, CATEGORIES[0])] {
			stage.play(Step::Register(RecordId([byte; 32]), PATIENTS[0], category));
		}
		stage.play(Step::Register(
			RecordId([4; 32]),
			PATIENTS[1],
			CATEGORIES[0],
		));
		stage
	}

	fn tick(&mut self, by: u64) {
		self.world.now += by;
		Clock::set(self.world.now);
	}

	fn at(&self, shift: i64) -> Moment {
		self.world.now.saturating_add_signed(shift)
	}

	fn member(&mut self, who: AccountId, role: Role) -> Option<&mut Membership> {
		self.world
			.members
			.iter_mut()
			.find(|member| member.who == who && member.role == role)
	}

	fn live_record(&mut self, id: RecordId) -> Option<&mut Filed> {
		self.world
			.records
			.iter_mut()
			.find(|filed| filed.id == id && !filed.erased)
	}

	fn play(&mut self, step: Step) {
		match step {
			Step::Tick(by) => self.tick(by),
			Step::Admit(who, role, organisation) => {
				self.world
					.members
					.retain(|member| member.who != who || member.role != role);
				let status = MemberStatus::Active;
				let member = Membership {
					who,
					role,
					organisation,
					status,
					expires: None,
				};
				self.world.members.push(member);
				Roles::admit(who, role, organisation);
			}
			Step::SetStatus(who, role, status) => {
				if let Some(member) = self.member(who, role) {
					member.status = status;
					Roles::set_status(who, role, status);
				}
			}
			Step::SetExpiry(who, role, after) => {
				let expires = self.at(after);
				if let Some(member) = self.member(who, role) {
					member.expires = Some(expires);
					Roles::set_expiry(who, role, expires);
				}
			}
			Step::Organisation(organisation, suspended) => {
				self.world
					.organisations
					.retain(|(id, _)| *id != organisation);
				self.world.organisations.push((organisation, suspended));
				let status = match suspended {
					true => OrganisationStatus::Suspended,
					false => OrganisationStatus::Active,
				};
				Roles::set_organisation(organisation, status);
			}
			Step::Register(id, patient, category) => {
				if !self.world.records.iter().any(|filed| filed.id == id) {
					let latest = 1;
					let filed = Filed {
						id,
						patient,
						category,
						latest,
						erased: false,
					};
					self.world.records.push(filed);
					Records::register(id, patient, category, latest);
				}
			}
			Step::Revise(id) => {
				if let Some(filed) = self.live_record(id) {
					filed.latest += 1;
					Records::register(id, filed.patient, filed.category, filed.latest);
				}
			}
			Step::Erase(id) => {
				if let Some(filed) = self.live_record(id) {
					filed.erased = true;
					Records::erase(id);
				}
			}
			Step::Enrol(patient, organisation) => {
				<Consent as OnEnrolled<AccountId>>::on_enrolled(&patient, Some(organisation));
				let terms = GrantTerms {
					purposes: purposes(&[Purpose::TREAT, Purpose::HOPERAT]),
					actions: actions(&[Action::Read, Action::Write]),
					..terms(Grantee::Organisation(organisation))
				};
				self.note_grant(patient, terms);
			}
			Step::Grant(patient, mut terms, from, until) => {
				terms.from = from.map(|shift| self.at(shift));
				terms.until = until.map(|shift| self.at(shift));
				let accepted = self.world.accepts_grant(patient, &terms);
				let result = Consent::grant(signed(patient), terms.clone(), Default::default());
				assert_eq!(
					result.is_ok(),
					accepted,
					"{patient} grants {terms:?}: {result:?}"
				);
				if accepted {
					self.note_grant(patient, terms);
				}
			}
			Step::Revoke(who, id) => {
				let before = self.world.grants.len();
				self.world
					.grants
					.retain(|given| given.patient != who || given.id != id);
				let accepted = self.world.grants.len() < before;
				let result = Consent::revoke(signed(who), id, Default::default());
				assert_eq!(result.is_ok(), accepted, "{who} revokes {id}: {result:?}");
			}
			Step::Deny(patient, grantee, scope) => {
				let accepted = self.world.accepts_denial(patient, &grantee, &scope);
				let result = Consent::deny(
					signed(patient),
					grantee.clone(),
					scope.clone(),
					Default::default(),
				);
				assert_eq!(
					result.is_ok(),
					accepted,
					"{patient} denies {grantee:?}: {result:?}"
				);
				if accepted {
					let numbers = self.numbers.entry(patient).or_default();
					let id = numbers.1;
					numbers.1 += 1;
					self.world.denials.push(Barred {
						patient,
						id,
						grantee,
						scope,
					});
				}
			}
			Step::Lift(who, id) => {
				let now = self.world.now;
				let stands = |barred: &Barred| barred.patient == who && barred.id == id;
				let accepted = Roles::is_live_member(&who, Role::Patient, None, now)
					&& self.world.denials.iter().any(stands);
				let result = Consent::lift(signed(who), id);
				assert_eq!(result.is_ok(), accepted, "{who} lifts {id}: {result:?}");
				if accepted {
					self.world.denials.retain(|barred| !stands(barred));
				}
			}
		}
	}

	fn note_grant(&mut self, patient: AccountId, terms: GrantTerms<AccountId>) {
		let numbers = self.numbers.entry(patient).or_default();
		let id = numbers.0;
		numbers.0 += 1;
		self.world.grants.push(Given {
			patient,
			id,
			terms,
			at: self.world.now,
		});
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
			self.world.decide(question, now),
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

	/// The pallet's explanation agrees with its decision, and is the model's up to the rule that settles the question.
	fn compare_explanation(&self, question: &Question<AccountId>, now: Moment, decision: Decision) {
		let explanation = Consent::explain(question, now);
		assert_eq!(explanation.decision, decision, "{question:?} at {now}");
		let found: Vec<_> = explanation
			.considered
			.iter()
			.map(|item| (item.rule, item.finding))
			.collect();
		let complete = self.world.explain(question, now).1;
		let settling = match decision {
			Decision::Permit(Basis::Patient) => Some(Rule::Patient),
			Decision::Permit(Basis::Grant(id)) => Some(Rule::Grant(id)),
			Decision::Deny(DenyReason::Denied(id)) => Some(Rule::Denial(id)),
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
		Decision::Deny(DenyReason::UnknownRecord) => "unknown record",
		Decision::Deny(DenyReason::RecordErased) => "erased",
		Decision::Deny(DenyReason::UnknownVersion) => "unknown version",
		Decision::Deny(DenyReason::NotMember) => "no member",
		Decision::Deny(DenyReason::NotInGoodStanding) => "not in good standing",
		Decision::Deny(DenyReason::Denied(_)) => "denied",
		Decision::Deny(DenyReason::NoGrant) => "no grant",
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
			&(vec(step(), 0..48), vec(asked(), 24)),
			|(history, questions)| {
				build_and_execute_bare(|| {
					let mut stage = Stage::set();
					history.into_iter().for_each(|step| stage.play(step));
					for asked in &questions {
						for answer in stage.ask(asked) {
							*seen.borrow_mut().entry(answer).or_default() += 1;
						}
					}
				});
				Ok(())
			},
		)
		.expect("pallet and model agree");
	// The histories are worth something only if they lead everywhere.
	let seen = seen.into_inner();
	println!("{seen:?}");
	assert_eq!(seen.len(), 11, "some answer never came: {seen:?}");
	assert!(
		seen.values().all(|times| *times >= HISTORIES / 5),
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
