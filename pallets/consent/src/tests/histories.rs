//! Random histories: their steps, and the questions asked at their end.

use super::*;
use frame_support::BoundedVec;
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Accounts of a small world, so that rules meet. The first two begin as patients.
pub const ACCOUNTS: [AccountId; 6] = [1, 2, 3, 4, 5, 6];
pub const PATIENTS: [AccountId; 2] = [1, 2];
pub const ORGANISATIONS: [OrganisationId; 2] = [1, 2];
pub const ROLES: [Role; 5] =
	[Role::Patient, Role::Practitioner, Role::RecordsAdmin, Role::Researcher, Role::Device];
pub const CATEGORIES: [Category; 2] = [Category::Laboratory, Category::EmergencySummary];
pub const PURPOSES: [Purpose; 2] = [Purpose::TREAT, Purpose::HRESCH];
/// Purposes of the questions. Grants cover only the first two; any reader may try the others.
pub const ASKED: [Purpose; 4] = [Purpose::TREAT, Purpose::HRESCH, Purpose::BTG, Purpose::ETREAT];
pub const ACTIONS: [Action; 3] = [Action::Read, Action::Write, Action::Share];
pub const SPECIALTIES: [Specialty; 2] = [394_579_002, 394_582_007];

/// One step of a history. Its moments are relative to the time at which it happens.
#[derive(Clone, Debug)]
pub enum Step {
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
	SetSpecialty(AccountId, Role, Specialty),
	Classify(RecordId, Confidentiality),
	OpenCase(AccountId, AccountId, CaseId, u64),
	OptOut(AccountId, bool),
	CloseSummary(AccountId, bool),
	Appoint(AccountId, AccountId, Scope, Purposes, Option<i64>),
	Dismiss(AccountId, GuardianId),
	Request(AccountId, AccountId, RequestTerms, Option<i64>),
	Withdraw(AccountId, AccountId, ConsentRequestId),
	Answer(AccountId, AccountId, ConsentRequestId, Answer),
	AnswerMany(AccountId, AccountId, Vec<(ConsentRequestId, Answer)>),
	SetRule(AccountId, StandingRule<AccountId>),
	RemoveRule(AccountId, RuleId),
	Share(AccountId, AccountId, GrantId, GrantTerms<AccountId>, Option<i64>),
	/// A request for access. If it is permitted, a use is counted, and the question is asked again
	/// later.
	Use(Question<AccountId>),
}

/// Question at the end of a history, for a time before or after the present.
#[derive(Clone, Debug)]
pub struct Asked {
	pub question: Question<AccountId>,
	pub organisation: OrganisationId,
	pub patient: AccountId,
	pub category: Category,
	pub named: bool,
	pub shift: i64,
}

pub fn record_id() -> impl Strategy<Value = RecordId> {
	(1u8..=5).prop_map(|byte| RecordId([byte; 32]))
}

pub fn organisation() -> impl Strategy<Value = OrganisationId> {
	prop_oneof![9 => select(&ORGANISATIONS[..]), 1 => Just(NOWHERE)]
}

pub fn grantee() -> impl Strategy<Value = Grantee<AccountId>> {
	let member = (select(&ACCOUNTS[..]), select(&ROLES[..]), organisation());
	prop_oneof![
		3 => select(&ACCOUNTS[..]).prop_map(Grantee::Account),
		2 => select(&ACCOUNTS[..]).prop_map(Grantee::Person),
		3 => member.prop_map(|(account, role, organisation)| Grantee::Member {
			account,
			role,
			organisation,
		}),
		// A member from the beginning, who may have been dismissed since.
		2 => Just(Grantee::Member {
			account: 3,
			role: Role::Practitioner,
			organisation: 1,
		}),
		2 => organisation().prop_map(Grantee::CareTeam),
		3 => organisation().prop_map(Grantee::Organisation),
		3 => (select(&ROLES[..]), option::of(organisation()))
			.prop_map(|(role, organisation)| Grantee::Role { role, organisation }),
	]
}

pub fn scope() -> impl Strategy<Value = Scope> {
	prop_oneof![
		3 => Just(Scope::Everything),
		2 => vec(select(&CATEGORIES[..]), 0..3).prop_map(|list| categories(&list)),
		2 => record_id().prop_map(Scope::Record),
		1 => (record_id(), 0u32..4)
			.prop_map(|(record, version)| Scope::Version { record, version }),
	]
}

fn attribute() -> impl Strategy<Value = Attribute> {
	prop_oneof![
		select(&ROLES[..]).prop_map(Attribute::Role),
		select(&SPECIALTIES[..]).prop_map(Attribute::Specialty),
		select(&[OrganisationKind::Hospital, OrganisationKind::Research][..])
			.prop_map(Attribute::OrganisationKind),
		select(&ORGANISATIONS[..]).prop_map(Attribute::Organisation),
		select(&ASKED[..]).prop_map(Attribute::Purpose),
		select(&CATEGORIES[..]).prop_map(Attribute::Category),
		select(&Confidentiality::ALL[..]).prop_map(Attribute::ConfidentialityAtMost),
		(select(&[0u16, 1, 720, 1439, 1440][..]), select(&[0u16, 1, 720, 1440, 1441][..]))
			.prop_map(|(from, until)| Attribute::TimeOfDay { from, until }),
		Just(Attribute::EmergencyOpen),
	]
}

/// Mostly sound conditions: an operator usually has the number of operands that it states.
fn condition() -> impl Strategy<Value = Option<Expression>> {
	let leaf = || attribute().prop_map(|attribute| vec![Term::Is(attribute)]);
	let group = |part: BoxedStrategy<Vec<Term>>| {
		let count = prop_oneof![12 => Just(None), 1 => (0u8..4).prop_map(Some)];
		let parts = vec(part, 1..4);
		(parts, count, 0..3u8).prop_map(|(parts, count, operator)| {
			let operands = count.unwrap_or(parts.len() as u8);
			let single = parts.len() == 1;
			let mut terms = parts.concat();
			terms.push(match operator {
				0 => Term::All(operands),
				1 if single => Term::Not,
				_ => Term::Any(operands),
			});
			terms
		})
	};
	let inner = prop_oneof![leaf(), group(leaf().boxed())].boxed();
	let outer = prop_oneof![2 => inner.clone(), 2 => group(inner)];
	option::weighted(0.25, outer.prop_map(|terms| Expression(BoundedVec::truncate_from(terms))))
}

fn some_purposes() -> impl Strategy<Value = Purposes> {
	prop_oneof![
		2 => Just(purposes(&PURPOSES)),
		3 => vec(select(&PURPOSES[..]), 0..4).prop_map(|list| purposes(&list)),
		// Nobody may grant this purpose.
		1 => Just(purposes(&[Purpose::TREAT, Purpose::BTG])),
	]
}

fn some_actions() -> impl Strategy<Value = Actions> {
	prop_oneof![
		2 => Just(actions(&[Action::Read])),
		1 => Just(actions(&ACTIONS)),
		3 => vec(select(&ACTIONS[..]), 0..4).prop_map(|list| actions(&list)),
	]
}

fn some_uses() -> impl Strategy<Value = Option<u32>> {
	option::weighted(0.4, 0u32..4)
}

pub fn grant_terms() -> impl Strategy<Value = GrantTerms<AccountId>> {
	let lists = (some_purposes(), some_actions());
	(grantee(), scope(), lists, some_uses(), condition()).prop_map(
		|(grantee, scope, (purposes, actions), uses, condition)| GrantTerms {
			grantee,
			scope,
			purposes,
			actions,
			from: None,
			until: None,
			uses,
			condition,
		},
	)
}

fn request_terms() -> impl Strategy<Value = RequestTerms> {
	(scope(), some_purposes(), some_actions()).prop_map(|(scope, purposes, actions)| RequestTerms {
		scope,
		purposes,
		actions,
		until: None,
	})
}

fn rule() -> impl Strategy<Value = StandingRule<AccountId>> {
	let answer = prop_oneof![
		3 => (0u64..60).prop_map(|duration| RuleAnswer::Approve { duration }),
		1 => Just(RuleAnswer::Decline),
	];
	let lists = (some_purposes(), some_actions());
	(option::of(grantee()), scope(), lists, condition(), answer).prop_map(
		|(requester, scope, (purposes, actions), condition, answer)| StandingRule {
			requester,
			scope,
			purposes,
			actions,
			condition,
			answer,
		},
	)
}

/// The end is relative to the present at the time of the step.
fn answer() -> impl Strategy<Value = Answer> {
	let approval = (some_uses(), option::weighted(0.3, 0u64..60))
		.prop_map(|(uses, until)| Answer::Approve(Approval { uses, until }));
	prop_oneof![4 => approval, 1 => Just(Answer::Decline)]
}

/// Steps that change members, organisations, records and the clock.
fn surroundings() -> impl Strategy<Value = Step> {
	let patient = || select(&PATIENTS[..]);
	let account = || select(&ACCOUNTS[..]);
	let role = || select(&ROLES[..]);
	let status = select(vec![MemberStatus::Active, MemberStatus::Suspended, MemberStatus::Revoked]);
	let ticks = prop_oneof![40 => 0u64..20, 1 => Just(60_000), 1 => Just(CONSENT_REQUEST_LIFETIME)];
	prop_oneof![
		3 => ticks.prop_map(Step::Tick),
		4 => (account(), role(), option::weighted(0.9, select(&ORGANISATIONS[..])))
			.prop_map(|(who, role, organisation)| Step::Admit(who, role, organisation)),
		1 => (account(), role(), status)
			.prop_map(|(who, role, status)| Step::SetStatus(who, role, status)),
		// The first doctor is dismissed.
		1 => Just(Step::SetStatus(3, Role::Practitioner, MemberStatus::Revoked)),
		1 => (account(), role(), -5i64..60)
			.prop_map(|(who, role, after)| Step::SetExpiry(who, role, after)),
		1 => (select(&ORGANISATIONS[..]), proptest::bool::weighted(0.3))
			.prop_map(|(organisation, suspended)| Step::Organisation(organisation, suspended)),
		3 => (record_id(), patient(), select(&CATEGORIES[..]))
			.prop_map(|(record, patient, category)| Step::Register(record, patient, category)),
		2 => record_id().prop_map(Step::Revise),
		1 => (2u8..=5).prop_map(|byte| Step::Erase(RecordId([byte; 32]))),
		1 => (patient(), select(&ORGANISATIONS[..]))
			.prop_map(|(patient, organisation)| Step::Enrol(patient, organisation)),
		1 => (account(), role(), select(&SPECIALTIES[..]))
			.prop_map(|(who, role, specialty)| Step::SetSpecialty(who, role, specialty)),
		1 => (record_id(), select(&Confidentiality::ALL[..]))
			.prop_map(|(record, to)| Step::Classify(record, to)),
		8 => (prop_oneof![account(), Just(3)], patient(), 1u32..9, 0u64..200)
			.prop_map(|(who, patient, case, after)| Step::OpenCase(who, patient, case, after)),
	]
}

/// Steps of patients, guardians, requesters and sharers.
fn doings() -> impl Strategy<Value = Step> {
	let patient = || select(&PATIENTS[..]);
	let account = || select(&ACCOUNTS[..]);
	let end = || option::weighted(0.4, -5i64..80);
	let answers = vec((0u32..6, answer()), 0..4);
	let share = (0u32..6, grant_terms(), end());
	prop_oneof![
		8 => (patient(), grant_terms(), option::of(-20i64..40), end())
			.prop_map(|(patient, terms, from, until)| Step::Grant(patient, terms, from, until)),
		1 => (account(), 0u32..6).prop_map(|(who, id)| Step::Revoke(who, id)),
		2 => (account(), grantee(), scope())
			.prop_map(|(patient, grantee, scope)| Step::Deny(patient, grantee, scope)),
		1 => (account(), 0u32..4).prop_map(|(who, id)| Step::Lift(who, id)),
		2 => (patient(), any::<bool>()).prop_map(|(who, out)| Step::OptOut(who, out)),
		1 => (patient(), any::<bool>()).prop_map(|(who, shut)| Step::CloseSummary(who, shut)),
		3 => (patient(), account(), scope(), some_purposes(), end())
			.prop_map(|(patient, who, scope, why, end)| Step::Appoint(patient, who, scope, why, end)),
		1 => (account(), 0u32..3).prop_map(|(who, id)| Step::Dismiss(who, id)),
		5 => (account(), patient(), request_terms(), end())
			.prop_map(|(who, patient, terms, end)| Step::Request(who, patient, terms, end)),
		1 => (account(), patient(), 0u32..6)
			.prop_map(|(who, patient, id)| Step::Withdraw(who, patient, id)),
		4 => (account(), patient(), 0u32..6, answer())
			.prop_map(|(who, patient, id, answer)| Step::Answer(who, patient, id, answer)),
		1 => (account(), patient(), answers)
			.prop_map(|(who, patient, answers)| Step::AnswerMany(who, patient, answers)),
		2 => (patient(), rule()).prop_map(|(patient, rule)| Step::SetRule(patient, rule)),
		1 => (account(), 0u32..3).prop_map(|(who, id)| Step::RemoveRule(who, id)),
		6 => (account(), patient(), share).prop_map(|(who, patient, (parent, terms, end))| {
			Step::Share(who, patient, parent, terms, end)
		}),
		5 => any_question().prop_map(Step::Use),
	]
}

pub fn step() -> impl Strategy<Value = Step> {
	prop_oneof![2 => surroundings(), 3 => doings()]
}

pub fn any_question() -> impl Strategy<Value = Question<AccountId>> {
	let version = option::weighted(0.25, 0u32..4);
	let purpose = prop_oneof![1 => select(&PURPOSES[..]), 1 => select(&ASKED[..])];
	let action = prop_oneof![3 => Just(Action::Read), 1 => select(&ACTIONS[..])];
	// Mostly records that exist from the beginning.
	let record =
		prop_oneof![3 => (1u8..=4).prop_map(|byte| RecordId([byte; 32])), 1 => record_id()];
	let reader = prop_oneof![2 => select(&ACCOUNTS[..]), 1 => Just(3)];
	(reader, record, version, purpose, action).prop_map(
		|(reader, record, version, purpose, action)| Question {
			reader,
			record,
			version,
			purpose,
			action,
		},
	)
}

pub fn asked() -> impl Strategy<Value = Asked> {
	let place = (select(&ORGANISATIONS[..]), select(&PATIENTS[..]), select(&CATEGORIES[..]));
	(any_question(), place, any::<bool>(), prop_oneof![2 => Just(0), 1 => -20i64..60]).prop_map(
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
