//! A patient's file and decisions, and the records that they open to a reader: the rules of consent
//! once more, written without the chain's own matching.

use salus_primitives::{
	Action, Category, DenialId, GrantId, GrantTerms, Grantee, Moment, OrganisationId, Purpose,
	RecordId, Role, Scope, Version,
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

/// A record that a decision is about.
#[derive(Clone, Copy)]
struct Target<'a> {
	id: &'a RecordId,
	category: Category,
	/// Version to open; `None` for one that is yet to be added.
	version: Option<Version>,
}

impl Target<'_> {
	fn is_in(&self, scope: &Scope) -> bool {
		match scope {
			Scope::Everything => true,
			Scope::Categories(categories) => categories.contains(&self.category),
			Scope::Record(record) => record == self.id,
			Scope::Version { record, version } => {
				record == self.id && self.version == Some(*version)
			}
		}
	}
}

fn is_in_force(terms: &GrantTerms<AccountId>, now: Moment) -> bool {
	terms.from.is_none_or(|from| from <= now) && terms.until.is_none_or(|until| now < until)
}

/// A live record.
pub struct Document {
	/// Category, which no version changes.
	pub category: Category,
	/// Number of its versions.
	pub latest: Version,
	/// Whether it was withdrawn.
	pub is_withdrawn: bool,
}

impl Document {
	/// Returns a record that was just registered.
	pub fn new(category: Category) -> Self {
		Self { category, latest: 1, is_withdrawn: false }
	}
}

/// A patient's live records, grants and denials.
pub struct Patient {
	/// Account of the patient.
	pub account: AccountId,
	/// Live records, even those that were withdrawn.
	pub records: BTreeMap<RecordId, Document>,
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
		target: Target<'_>,
		holds: impl Fn(&GrantTerms<AccountId>) -> bool,
	) -> bool {
		let is_denied = self
			.denials
			.values()
			.any(|(grantee, scope)| reader.is_meant_by(grantee) && target.is_in(scope));
		let is_granted = self.grants.values().any(|terms| {
			reader.is_meant_by(&terms.grantee)
				&& target.is_in(&terms.scope)
				&& terms.purposes.contains(&purpose)
				&& terms.actions.contains(&action)
				&& holds(terms)
		});
		is_granted && !is_denied
	}

	/// Returns the latest versions of the records that a reader may open, as their ids and numbers.
	/// Nobody finds a record that was withdrawn.
	pub fn open_to(&self, reader: &Reader, now: Moment) -> BTreeSet<String> {
		let holds = |terms: &GrantTerms<AccountId>| is_in_force(terms, now);
		let is_open = |id: &RecordId, document: &Document| {
			let Document { category, latest, is_withdrawn } = *document;
			let target = Target { id, category, version: Some(latest) };
			let is_own = reader.account == self.account;
			!is_withdrawn
				&& (is_own || self.permits(reader, reader.purpose, Action::Read, target, holds))
		};
		let open = self.records.iter().filter(|&(id, document)| is_open(id, document));
		open.map(|(id, document)| format!("{}/{}", hex::encode(id.0), document.latest)).collect()
	}

	/// Returns whether an author may add a version of a record, the first one or another, until the
	/// patient decides again: by a grant without a beginning and an end.
	pub fn lets_write(&self, author: &Reader, id: &RecordId, category: Category) -> bool {
		let target = Target { id, category, version: None };
		let always = |terms: &GrantTerms<AccountId>| terms.from.is_none() && terms.until.is_none();
		self.permits(author, Purpose::TREAT, Action::Write, target, always)
	}
}
