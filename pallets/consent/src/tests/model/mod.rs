//! Reference model: the rules stated as plainly as possible over plain lists. It is slow on
//! purpose, and shares only the types with the pallet.

mod answers;
mod calls;
mod conditions;
mod decision;
mod reads;
mod scopes;

use super::*;
pub use conditions::Setting;

#[derive(Clone)]
pub struct Membership {
	pub who: AccountId,
	pub role: Role,
	pub organisation: Option<OrganisationId>,
	pub status: MemberStatus,
	pub expires: Option<Moment>,
	pub since: Moment,
	pub specialty: Option<Specialty>,
}

#[derive(Clone)]
pub struct Filed {
	pub id: RecordId,
	pub patient: AccountId,
	pub category: Category,
	pub confidentiality: Confidentiality,
	pub latest: Version,
	pub erased: bool,
}

#[derive(Clone)]
pub struct GrantRow {
	pub patient: AccountId,
	pub id: GrantId,
	pub terms: GrantTerms<AccountId>,
	pub at: Moment,
	pub used: u32,
	/// Parent of a passed-on grant, and the sharer.
	pub via: Option<(GrantId, AccountId)>,
	/// Whether a rule or a guardian gave it.
	pub answered: bool,
}

#[derive(Clone)]
pub struct DenialRow {
	pub patient: AccountId,
	pub id: DenialId,
	pub grantee: Grantee<AccountId>,
	pub scope: Scope,
}

#[derive(Clone)]
pub struct Guardianship {
	pub patient: AccountId,
	pub id: GuardianId,
	pub guardian: AccountId,
	pub scope: Scope,
	pub purposes: Purposes,
	pub since: Moment,
	pub until: Option<Moment>,
}

#[derive(Clone)]
pub struct Waiting {
	pub patient: AccountId,
	pub id: ConsentRequestId,
	pub requester: AccountId,
	pub terms: RequestTerms,
	pub made: Moment,
	/// Capacity in which the request was made.
	pub capacity: Grantee<AccountId>,
}

#[derive(Clone)]
pub struct RuleRow {
	pub patient: AccountId,
	pub id: RuleId,
	pub set: Moment,
	pub rule: StandingRule<AccountId>,
}

/// Next numbers of a patient, by kind.
#[derive(Clone, Default)]
pub struct Numbers {
	pub patient: AccountId,
	pub grants: GrantId,
	pub denials: DenialId,
	pub guardians: GuardianId,
	pub requests: ConsentRequestId,
	pub rules: RuleId,
}

#[derive(Clone, Default)]
pub struct World {
	pub now: Moment,
	pub members: Vec<Membership>,
	/// Organisations, with whether each is suspended.
	pub organisations: Vec<(OrganisationId, bool)>,
	pub kinds: Vec<(OrganisationId, OrganisationKind)>,
	pub records: Vec<Filed>,
	pub grants: Vec<GrantRow>,
	pub denials: Vec<DenialRow>,
	pub guardianships: Vec<Guardianship>,
	pub requests: Vec<Waiting>,
	pub rules: Vec<RuleRow>,
	pub opted_out: Vec<AccountId>,
	/// Patients who have closed their emergency summaries.
	pub closed: Vec<AccountId>,
	/// Reader, patient, case and end.
	pub cases: Vec<(AccountId, AccountId, CaseId, Moment)>,
	pub numbers: Vec<Numbers>,
	/// Maximum number of grants of one patient.
	pub max_grants: usize,
}

impl World {
	pub fn numbers(&mut self, patient: AccountId) -> &mut Numbers {
		if !self.numbers.iter().any(|one| one.patient == patient) {
			self.numbers.push(Numbers { patient, ..Default::default() });
		}
		self.numbers.iter_mut().find(|one| one.patient == patient).expect("just made")
	}

	fn active(&self, organisation: OrganisationId) -> bool {
		self.organisations.contains(&(organisation, false))
	}

	fn live(&self, member: &Membership, now: Moment) -> bool {
		let expired = matches!(member.expires, Some(end) if end <= now);
		let organisation_fine = match member.organisation {
			// Patients keep their rights when the hospital that enrolled them is suspended.
			Some(organisation) => member.role == Role::Patient || self.active(organisation),
			None => true,
		};
		member.status == MemberStatus::Active && !expired && organisation_fine
	}

	fn of(&self, who: AccountId) -> Vec<&Membership> {
		self.members.iter().filter(|member| member.who == who).collect()
	}

	pub fn live_member(&self, who: AccountId, now: Moment) -> bool {
		self.of(who).iter().any(|member| self.live(member, now))
	}

	pub fn live_patient(&self, who: AccountId, now: Moment) -> bool {
		self.of(who).iter().any(|member| member.role == Role::Patient && self.live(member, now))
	}

	pub fn ever_patient(&self, who: AccountId) -> bool {
		self.of(who).iter().any(|member| member.role == Role::Patient)
	}

	/// Returns the memberships of `who` that a grant to `grantee`, given at `given`, means for
	/// `action`.
	fn ties(
		&self,
		who: AccountId,
		grantee: &Grantee<AccountId>,
		given: Moment,
		action: Action,
	) -> Vec<&Membership> {
		let all = self.members.iter().filter(|member| member.who == who);
		let is_staff = all.clone().any(|member| member.role != Role::Patient);
		// A grant to a group means people, and devices for writing.
		let suits = |member: &&Membership| match member.role {
			Role::Patient | Role::StorageNode => false,
			Role::Device => action == Action::Write,
			_ => true,
		};
		match *grantee {
			Grantee::Account(account) => all
				.filter(|_| account == who)
				.filter(|member| match member.role {
					Role::Patient => !is_staff,
					_ => member.since <= given,
				})
				.collect(),
			Grantee::Person(account) => all.filter(|_| account == who).collect(),
			Grantee::Member { account, role, organisation } => all
				.filter(|_| account == who)
				.filter(|member| member.role == role && member.role != Role::Patient)
				.filter(|member| member.organisation == Some(organisation))
				.filter(|member| member.since <= given)
				.collect(),
			Grantee::Organisation(one) => {
				all.filter(suits).filter(|member| member.organisation == Some(one)).collect()
			}
			Grantee::CareTeam(one) => all
				.filter(suits)
				.filter(|member| member.organisation == Some(one))
				.filter(|member| {
					[Role::Practitioner, Role::RecordsAdmin, Role::Device].contains(&member.role)
				})
				.collect(),
			Grantee::Role { role, organisation: Some(one) } => all
				.filter(|member| member.role != Role::Patient && member.role == role)
				.filter(|member| member.organisation == Some(one))
				.collect(),
			Grantee::Role { role, organisation: None } => {
				all.filter(|member| member.role != Role::Patient && member.role == role).collect()
			}
		}
	}

	/// Returns the memberships of `who` that a denial to `grantee` means.
	fn barred(&self, who: AccountId, grantee: &Grantee<AccountId>) -> Vec<&Membership> {
		let all = self.members.iter().filter(|member| member.who == who);
		match *grantee {
			Grantee::Account(one) | Grantee::Person(one) | Grantee::Member { account: one, .. } => {
				all.filter(|_| one == who).collect()
			}
			Grantee::Organisation(one) => all
				.filter(|member| member.role != Role::Patient)
				.filter(|member| member.organisation == Some(one))
				.collect(),
			Grantee::CareTeam(one) => all
				.filter(|member| {
					[Role::Practitioner, Role::RecordsAdmin, Role::Device].contains(&member.role)
				})
				.filter(|member| member.organisation == Some(one))
				.collect(),
			Grantee::Role { .. } => self.ties(who, grantee, self.now, Action::Read),
		}
	}

	fn means(
		&self,
		grantee: &Grantee<AccountId>,
		given: Moment,
		action: Action,
		who: AccountId,
		now: Moment,
	) -> bool {
		self.ties(who, grantee, given, action).into_iter().any(|member| self.live(member, now))
	}

	fn bars(&self, grantee: &Grantee<AccountId>, who: AccountId, now: Moment) -> bool {
		self.barred(who, grantee).into_iter().any(|member| self.live(member, now))
	}

	/// Returns a live record.
	fn filed(&self, id: RecordId) -> Option<&Filed> {
		self.records.iter().find(|filed| filed.id == id && !filed.erased)
	}

	fn case(&self, reader: AccountId, patient: AccountId, now: Moment) -> Option<CaseId> {
		self.cases
			.iter()
			.find(|case| case.0 == reader && case.1 == patient && now < case.3)
			.map(|case| case.2)
	}
}

pub fn begun(given: &GrantRow, now: Moment) -> bool {
	match given.terms.from {
		Some(from) => from <= now,
		None => given.at <= now,
	}
}

pub fn ended(given: &GrantRow, now: Moment) -> bool {
	match given.terms.until {
		Some(until) => until <= now,
		None => false,
	}
}

/// Returns whether a grant has no use left. A use may have been counted for this act: one of this
/// grant (`Some(true)`), or one of something else (`Some(false)`).
pub fn used_up(given: &GrantRow, counted: Option<bool>) -> bool {
	match (given.terms.uses, counted) {
		(None, _) => false,
		(Some(uses), None) => given.used >= uses,
		(Some(uses), Some(true)) => given.used > uses,
		(Some(_), Some(false)) => true,
	}
}
