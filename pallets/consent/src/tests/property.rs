//! Thousands of random histories, played on the pallet and on the reference model side by side.

use super::{
	model::{Barred, Filed, Given, Membership, World},
	*,
};
use proptest::{
	collection::vec,
	option,
	prelude::*,
	sample::select,
	test_runner::{Config, TestRunner},
};
use std::{cell::RefCell, collections::BTreeMap};

/// Small worlds, so that rules meet: of these accounts the first two begin as patients.
const ACCOUNTS: [AccountId; 6] = [1, 2, 3, 4, 5, 6];
const PATIENTS: [AccountId; 2] = [1, 2];
const ORGANISATIONS: [OrganisationId; 2] = [1, 2];
const ROLES: [Role; 4] = [
	Role::Patient,
	Role::Practitioner,
	Role::RecordsAdmin,
	Role::Researcher,
];
const CATEGORIES: [Category; 2] = [Category::Laboratory, Category::Imaging];
const PURPOSES: [Purpose; 2] = [Purpose::TREAT, Purpose::HRESCH];
const ACTIONS: [Action; 2] = [Action::Read, Action::Write];
const HISTORIES: u32 = 4_000;

/// One thing that happens. Moments are relative to the time at which it does.
#[derive(Clone, Debug)]
enum Step {
	Tick(u64),
	Admit(AccountId, Role, Option<OrganisationId>),
	SetStatus(AccountId, Role, MemberStatus),
	SetExpiry(AccountId, Role, i64),
	Organisation(OrganisationId, bool),
	Register(RecordId, AccountId, Category),
	Revise(RecordId),
	Erase(RecordId),
	Enrol(AccountId, OrganisationId),
	Grant(AccountId, GrantTerms<AccountId>, Option<i64>, Option<i64>),
	Revoke(AccountId, GrantId),
	Deny(AccountId, Grantee<AccountId>, Scope),
	Lift(AccountId, DenialId),
}

/// One thing that is asked at the end, some time before or after the present.
#[derive(Clone, Debug)]
struct Asked {
	question: Question<AccountId>,
	organisation: OrganisationId,
	patient: AccountId,
	category: Category,
	named: bool,
	shift: i64,
}

fn record_id() -> impl Strategy<Value = RecordId> {
	(1u8..=5).prop_map(|byte| RecordId([byte; 32]))
}

fn organisation() -> impl Strategy<Value = OrganisationId> {
	prop_oneof![9 => select(&ORGANISATIONS[..]), 1 => Just(NOWHERE)]
}

fn grantee() -> impl Strategy<Value = Grantee<AccountId>> {
	prop_oneof![
		select(&ACCOUNTS[..]).prop_map(Grantee::Account),
		organisation().prop_map(Grantee::Organisation),
		(select(&ROLES[..]), option::of(organisation()))
			.prop_map(|(role, organisation)| Grantee::Role { role, organisation }),
	]
}

fn scope() -> impl Strategy<Value = Scope> {
	prop_oneof![
		3 => Just(Scope::Everything),
		2 => vec(select(&CATEGORIES[..]), 0..3).prop_map(|list| categories(&list)),
		2 => record_id().prop_map(Scope::Record),
		1 => (record_id(), 0u32..4)
			.prop_map(|(record, version)| Scope::Version { record, version }),
	]
}

fn grant_terms() -> impl Strategy<Value = GrantTerms<AccountId>> {
	let lists = (
		vec(select(&PURPOSES[..]), 0..4),
		vec(select(&ACTIONS[..]), 0..4),
	);
	(grantee(), scope(), lists).prop_map(|(grantee, scope, (why, what))| GrantTerms {
		grantee,
		scope,
		purposes: purposes(&why),
		actions: actions(&what),
		from: None,
		until: None,
	})
}

fn step() -> impl Strategy<Value = Step> {
	let patient = || select(&PATIENTS[..]);
	let account = || select(&ACCOUNTS[..]);
	let role = || select(&ROLES[..]);
	let status = select(vec![
		MemberStatus::Active,
		MemberStatus::Suspended,
		MemberStatus::Revoked,
	]);
	prop_oneof![
		2 => (0u64..20).prop_map(Step::Tick),
		4 => (account(), role(), option::weighted(0.9, select(&ORGANISATIONS[..])))
			.prop_map(|(who, role, organisation)| Step::Admit(who, role, organisation)),
		1 => (account(), role(), status)
			.prop_map(|(who, role, status)| Step::SetStatus(who, role, status)),
		1 => (account(), role(), -5i64..60)
			.prop_map(|(who, role, after)| Step::SetExpiry(who, role, after)),
		1 => (select(&ORGANISATIONS[..]), proptest::bool::weighted(0.3))
			.prop_map(|(organisation, suspended)| Step::Organisation(organisation, suspended)),
		3 => (record_id(), patient(), select(&CATEGORIES[..]))
			.prop_map(|(record, patient, category)| Step::Register(record, patient, category)),
		2 => record_id().prop_map(Step::Revise),
		1 => record_id().prop_map(Step::Erase),
		1 => (patient(), select(&ORGANISATIONS[..]))
			.prop_map(|(patient, organisation)| Step::Enrol(patient, organisation)),
		8 => (patient(), grant_terms(), option::of(-20i64..40), option::of(-5i64..80))
			.prop_map(|(patient, terms, from, until)| Step::Grant(patient, terms, from, until)),
		1 => (account(), 0u32..6).prop_map(|(who, id)| Step::Revoke(who, id)),
		2 => (account(), grantee(), scope())
			.prop_map(|(patient, grantee, scope)| Step::Deny(patient, grantee, scope)),
		1 => (account(), 0u32..4).prop_map(|(who, id)| Step::Lift(who, id)),
	]
}

fn asked() -> impl Strategy<Value = Asked> {
	let version = option::weighted(0.4, 0u32..4);
	let question = (
		select(&ACCOUNTS[..]),
		record_id(),
		version,
		select(&PURPOSES[..]),
		select(&ACTIONS[..]),
	)
		.prop_map(|(reader, record, version, purpose, action)| Question {
			reader,
			record,
			version,
			purpose,
			action,
		});
	let place = (
		select(&ORGANISATIONS[..]),
		select(&PATIENTS[..]),
		select(&CATEGORIES[..]),
	);
	(
		question,
		place,
		any::<bool>(),
		prop_oneof![2 => Just(0), 1 => -20i64..60],
	)
		.prop_map(
			|(question, (organisation, patient, category), named, shift)| Asked {
				question,
				organisation,
				patient,
				category,
				named,
				shift,
			},
		)
}

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
		stage.play(Step::Register(RecordId([1; 32]), 1, Category::Laboratory));
		stage.play(Step::Register(RecordId([2; 32]), 2, Category::Imaging));
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

	/// Asks the pallet and the model; gives their common answer.
	fn ask(&self, asked: &Asked) -> Decision {
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
		decision
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
						*seen.borrow_mut().entry(kind(stage.ask(asked))).or_default() += 1;
					}
				});
				Ok(())
			},
		)
		.expect("pallet and model agree");
	// The histories are worth something only if they lead everywhere.
	let seen = seen.into_inner();
	println!("{seen:?}");
	assert_eq!(seen.len(), 9, "some answer never came: {seen:?}");
	assert!(
		seen.values().all(|times| *times >= HISTORIES / 20),
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
