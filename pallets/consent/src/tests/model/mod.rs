//! The reference: who may do what, said as plainly as possible over plain lists. Slow on purpose; shares nothing with the
//! pallet but the types.

mod calls;
mod reads;

use super::*;

pub struct Membership {
	pub who: AccountId,
	pub role: Role,
	pub organisation: Option<OrganisationId>,
	pub status: MemberStatus,
	pub expires: Option<Moment>,
}

pub struct Filed {
	pub id: RecordId,
	pub patient: AccountId,
	pub category: Category,
	pub latest: Version,
	pub erased: bool,
}

pub struct Given {
	pub patient: AccountId,
	pub id: GrantId,
	pub terms: GrantTerms<AccountId>,
	pub at: Moment,
}

pub struct Barred {
	pub patient: AccountId,
	pub id: DenialId,
	pub grantee: Grantee<AccountId>,
	pub scope: Scope,
}

#[derive(Default)]
pub struct World {
	pub now: Moment,
	pub members: Vec<Membership>,
	/// Every organisation, with whether it is suspended.
	pub organisations: Vec<(OrganisationId, bool)>,
	pub records: Vec<Filed>,
	pub grants: Vec<Given>,
	pub denials: Vec<Barred>,
}

impl World {
	fn active(&self, organisation: OrganisationId) -> bool {
		self.organisations.contains(&(organisation, false))
	}

	fn live(&self, member: &Membership, now: Moment) -> bool {
		let expired = matches!(member.expires, Some(end) if end <= now);
		let organisation_fine = match member.organisation {
			// Patients do not lose their rights with the hospital that enrolled them.
			Some(organisation) => member.role == Role::Patient || self.active(organisation),
			None => true,
		};
		member.status == MemberStatus::Active && !expired && organisation_fine
	}

	/// The memberships of `who` that make `grantee` mean them.
	fn ties(&self, who: AccountId, grantee: &Grantee<AccountId>) -> Vec<&Membership> {
		let all = self.members.iter().filter(|member| member.who == who);
		match *grantee {
			Grantee::Account(account) => all.filter(|_| account == who).collect(),
			Grantee::Organisation(one) => all
				.filter(|member| member.role != Role::Patient)
				.filter(|member| member.organisation == Some(one))
				.collect(),
			Grantee::Role {
				role,
				organisation: Some(one),
			} => all
				.filter(|member| member.role != Role::Patient && member.role == role)
				.filter(|member| member.organisation == Some(one))
				.collect(),
			Grantee::Role {
				role,
				organisation: None,
			} => all
				.filter(|member| member.role != Role::Patient && member.role == role)
				.collect(),
		}
	}

	fn means(&self, grantee: &Grantee<AccountId>, who: AccountId, now: Moment) -> bool {
		self.ties(who, grantee)
			.into_iter()
			.any(|member| self.live(member, now))
	}

	/// The grant's mismatches with the question, all of them.
	fn mismatches(
		&self,
		given: &Given,
		question: &Question<AccountId>,
		category: Category,
		version: Version,
		now: Moment,
	) -> Vec<Finding> {
		let terms = &given.terms;
		let mut found = self.grantee_mismatches(&terms.grantee, question.reader, now);
		if !reaches(&terms.scope, category, Some(question.record), Some(version)) {
			found.push(Finding::OtherScope);
		}
		if !terms.purposes.contains(&question.purpose) {
			found.push(Finding::OtherPurpose);
		}
		if !terms.actions.contains(&question.action) {
			found.push(Finding::OtherAction);
		}
		if !begun(given, now) {
			found.push(Finding::NotYet);
		}
		if ended(given, now) {
			found.push(Finding::Expired);
		}
		found
	}

	fn grantee_mismatches(
		&self,
		grantee: &Grantee<AccountId>,
		who: AccountId,
		now: Moment,
	) -> Vec<Finding> {
		if self.means(grantee, who, now) {
			vec![]
		} else if self.ties(who, grantee).is_empty() {
			vec![Finding::OtherGrantee]
		} else {
			vec![Finding::NotLive]
		}
	}

	fn denial_mismatches(
		&self,
		barred: &Barred,
		question: &Question<AccountId>,
		category: Category,
		version: Version,
		now: Moment,
	) -> Vec<Finding> {
		let mut found = self.grantee_mismatches(&barred.grantee, question.reader, now);
		if !reaches(
			&barred.scope,
			category,
			Some(question.record),
			Some(version),
		) {
			found.push(Finding::OtherScope);
		}
		found
	}

	pub fn decide(&self, question: &Question<AccountId>, now: Moment) -> Decision {
		self.explain(question, now).0
	}

	/// The answer, and what a complete walk would find about each rule, whether or not it is reached.
	pub fn explain(
		&self,
		question: &Question<AccountId>,
		now: Moment,
	) -> (Decision, Vec<(Rule, Finding)>) {
		let mut rules = vec![];
		let Some(record) = self
			.records
			.iter()
			.find(|filed| filed.id == question.record)
		else {
			rules.push((Rule::RecordLive, Finding::Absent));
			return (Decision::Deny(DenyReason::UnknownRecord), rules);
		};
		if record.erased {
			rules.push((Rule::RecordLive, Finding::Erased));
			return (Decision::Deny(DenyReason::RecordErased), rules);
		}
		let version = question.version.unwrap_or(record.latest);
		if version == 0 || version > record.latest {
			rules.push((Rule::RecordLive, Finding::Absent));
			return (Decision::Deny(DenyReason::UnknownVersion), rules);
		}
		rules.push((Rule::RecordLive, Finding::Applies));

		let mut held: Vec<_> = self
			.members
			.iter()
			.filter(|member| member.who == question.reader)
			.collect();
		held.sort_by_key(|member| member.role);
		let alive: Vec<_> = held
			.iter()
			.filter(|member| self.live(member, now))
			.collect();
		for member in &held {
			let finding = if self.live(member, now) {
				Finding::Applies
			} else {
				Finding::NotLive
			};
			rules.push((Rule::Membership(member.role), finding));
		}
		if held.is_empty() {
			return (Decision::Deny(DenyReason::NotMember), rules);
		}
		if alive.is_empty() {
			return (Decision::Deny(DenyReason::NotInGoodStanding), rules);
		}

		let patient = record.patient;
		let is_patient =
			question.reader == patient && alive.iter().any(|member| member.role == Role::Patient);
		let finding = match (is_patient, question.reader == patient) {
			(true, _) => Finding::Applies,
			(false, true) => Finding::NotLive,
			(false, false) => Finding::OtherGrantee,
		};
		rules.push((Rule::Patient, finding));

		let mut applying_denials = vec![];
		for barred in self
			.denials
			.iter()
			.filter(|barred| barred.patient == patient)
		{
			let found = self.denial_mismatches(barred, question, record.category, version, now);
			if found.is_empty() {
				applying_denials.push(barred.id);
			}
			rules.push((Rule::Denial(barred.id), first(found)));
		}
		let mut applying_grants = vec![];
		for given in self.grants.iter().filter(|given| given.patient == patient) {
			let found = self.mismatches(given, question, record.category, version, now);
			if found.is_empty() {
				applying_grants.push(given.id);
			}
			rules.push((Rule::Grant(given.id), first(found)));
		}
		let decision = if is_patient {
			Decision::Permit(Basis::Patient)
		} else if let Some(id) = applying_denials.iter().min() {
			Decision::Deny(DenyReason::Denied(*id))
		} else if let Some(id) = applying_grants.iter().min() {
			Decision::Permit(Basis::Grant(*id))
		} else {
			Decision::Deny(DenyReason::NoGrant)
		};
		(decision, rules)
	}
}

fn reaches(
	scope: &Scope,
	category: Category,
	record: Option<RecordId>,
	version: Option<Version>,
) -> bool {
	match scope {
		Scope::Everything => true,
		Scope::Categories(list) => list.contains(&category),
		Scope::Record(id) => record == Some(*id),
		Scope::Version {
			record: id,
			version: one,
		} => record == Some(*id) && version == Some(*one),
	}
}

fn begun(given: &Given, now: Moment) -> bool {
	match given.terms.from {
		Some(from) => from <= now,
		None => given.at <= now,
	}
}

fn ended(given: &Given, now: Moment) -> bool {
	match given.terms.until {
		Some(until) => until <= now,
		None => false,
	}
}

/// The first in the order in which [`Finding`] declares them; none is `Applies`.
fn first(mut found: Vec<Finding>) -> Finding {
	use codec::Encode;
	found.sort_by_key(|finding| finding.encode());
	found.first().copied().unwrap_or(Finding::Applies)
}
