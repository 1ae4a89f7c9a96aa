//! A patient's file and decisions, and the records that they open to a reader: the rules of consent
//! once more, written without the chain's own matching.

use salus_primitives::{
	Action, Category, DenialId, GrantId, GrantTerms, Grantee, Moment, OrganisationId, Purpose,
	RecordId, Role, Scope,
};
use salus_runtime::AccountId;
use std::collections::{BTreeMap, BTreeSet};

/// A client of the FHIR server, with its only membership.
pub struct Reader {
	/// Id of the client.
	pub client: &'static str,
	/// Account for which it acts.
	pub account: AccountId,
	/// Role of the only membership.
	pub role: Role,
	/// Organisation for which it acts; `None` for a patient.
	pub organisation: Option<OrganisationId>,
	/// Purpose of its searches.
	pub purpose: Purpose,
}

impl Reader {
	fn is_meant_by(&self, grantee: &Grantee<AccountId>) -> bool {
		match grantee {
			Grantee::Account(account)
			| Grantee::Person(account)
			| Grantee::Member { account, .. } => *account == self.account,
			Grantee::Organisation(number) => self.organisation == Some(*number),
			Grantee::CareTeam(number) => {
				let treats = [Role::Practitioner, Role::RecordsAdmin].contains(&self.role);
				treats && self.organisation == Some(*number)
			}
			Grantee::Role { role, organisation: None } => self.role == *role,
			Grantee::Role { role, organisation } => {
				self.role == *role && self.organisation == *organisation
			}
		}
	}
}

fn is_in(scope: &Scope, id: &RecordId, category: Category) -> bool {
	match scope {
		Scope::Everything => true,
		Scope::Categories(categories) => categories.contains(&category),
		Scope::Record(record) => record == id,
		// No record of this test has a second version.
		Scope::Version { record, version } => record == id && *version == 1,
	}
}

fn is_in_force(terms: &GrantTerms<AccountId>, now: Moment) -> bool {
	terms.from.is_none_or(|from| from <= now) && terms.until.is_none_or(|until| now < until)
}

/// A patient's live records, grants and denials.
pub struct Patient {
	/// Account of the patient.
	pub account: AccountId,
	/// Live records.
	pub records: BTreeMap<RecordId, Category>,
	/// Grants that were not revoked.
	pub grants: BTreeMap<GrantId, GrantTerms<AccountId>>,
	/// Denials that were not lifted.
	pub denials: BTreeMap<DenialId, (Grantee<AccountId>, Scope)>,
	next_grant: GrantId,
	next_denial: DenialId,
}

impl Patient {
	/// Returns a patient whom a hospital has just enrolled.
	pub fn enrolled(account: AccountId, hospital: OrganisationId) -> Self {
		let first = GrantTerms {
			grantee: Grantee::CareTeam(hospital),
			scope: Scope::Everything,
			purposes: vec![Purpose::TREAT, Purpose::HOPERAT].try_into().expect("two fit"),
			actions: vec![Action::Read, Action::Write].try_into().expect("two fit"),
			from: None,
			until: None,
			uses: None,
			condition: None,
		};
		let mut patient = Self {
			account,
			records: BTreeMap::new(),
			grants: BTreeMap::new(),
			denials: BTreeMap::new(),
			next_grant: 0,
			next_denial: 0,
		};
		patient.grant(first);
		patient
	}

	/// Adds a grant.
	pub fn grant(&mut self, terms: GrantTerms<AccountId>) {
		self.grants.insert(self.next_grant, terms);
		self.next_grant += 1;
	}

	/// Adds a denial.
	pub fn deny(&mut self, grantee: Grantee<AccountId>, scope: Scope) {
		self.denials.insert(self.next_denial, (grantee, scope));
		self.next_denial += 1;
	}

	fn permits(
		&self,
		reader: &Reader,
		purpose: Purpose,
		action: Action,
		record: (&RecordId, Category),
		now: Moment,
	) -> bool {
		let (id, category) = record;
		let is_denied = self
			.denials
			.values()
			.any(|(grantee, scope)| reader.is_meant_by(grantee) && is_in(scope, id, category));
		let is_granted = self.grants.values().any(|terms| {
			reader.is_meant_by(&terms.grantee)
				&& is_in(&terms.scope, id, category)
				&& terms.purposes.contains(&purpose)
				&& terms.actions.contains(&action)
				&& is_in_force(terms, now)
		});
		is_granted && !is_denied
	}

	/// Returns the ids of the records that a reader may open.
	pub fn open_to(&self, reader: &Reader, now: Moment) -> BTreeSet<String> {
		let open = self.records.iter().filter(|(id, category)| {
			reader.account == self.account
				|| self.permits(reader, reader.purpose, Action::Read, (*id, **category), now)
		});
		open.map(|(id, _)| hex::encode(id.0)).collect()
	}

	/// Returns whether an author may add a record now and later, until the patient decides again.
	pub fn lets_write(&self, author: &Reader, record: (&RecordId, Category)) -> bool {
		let ever = [0, Moment::MAX];
		ever.iter().all(|now| self.permits(author, Purpose::TREAT, Action::Write, record, *now))
	}
}
