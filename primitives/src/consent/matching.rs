//! Matching of consent to people and records. This is the only implementation: the chain decides
//! with it, and clients wrap keys by it.

use super::{
	Action, Denial, Finding, Grant, GrantTerms, Grantee, Purpose, RequestTerms, RuleAnswer, Scope,
	StandingRule,
};
use crate::{Category, MemberInfo, Moment, OrganisationId, Recipient, RecordId, Role, Version};

impl Scope {
	/// Returns whether it covers this category, record and version. `None` stands for a record or a
	/// version that is yet to be added and has no number.
	pub fn covers(
		&self,
		category: Category,
		record: Option<&RecordId>,
		version: Option<Version>,
	) -> bool {
		match self {
			Self::Everything => true,
			Self::Categories(categories) => categories.contains(&category),
			Self::Record(named) => record == Some(named),
			Self::Version { record: named, version: of } => {
				record == Some(named) && version == Some(*of)
			}
		}
	}
}

impl MemberInfo {
	/// Returns whether it is a membership other than a patient's.
	pub fn is_professional(&self) -> bool {
		self.role != Role::Patient
	}

	/// Returns the organisation for which the member acts. A patient acts for none: a hospital's
	/// patients are not its members of staff.
	pub fn acts_for(&self) -> Option<OrganisationId> {
		self.member.organisation.filter(|_| self.is_professional())
	}
}

impl<AccountId> Grantee<AccountId> {
	/// Returns the account that it names, if it names one.
	pub fn account(&self) -> Option<&AccountId> {
		match self {
			Self::Account(account) | Self::Person(account) | Self::Member { account, .. } => {
				Some(account)
			}
			Self::Organisation(_) | Self::Role { .. } | Self::CareTeam(_) => None,
		}
	}

	/// Returns the organisation that it names, if it names one.
	pub fn organisation(&self) -> Option<OrganisationId> {
		match self {
			Self::Organisation(organisation)
			| Self::CareTeam(organisation)
			| Self::Member { organisation, .. } => Some(*organisation),
			Self::Role { organisation, .. } => *organisation,
			Self::Account(_) | Self::Person(_) => None,
		}
	}

	/// Returns whether it includes the holders of the organisation's key, who are its records
	/// admins.
	pub fn means_key_holders_of(&self, of: OrganisationId) -> bool {
		match self {
			Self::Organisation(organisation) | Self::CareTeam(organisation) => *organisation == of,
			Self::Role { role, organisation } => {
				*role == Role::RecordsAdmin
					&& organisation.is_none_or(|organisation| organisation == of)
			}
			Self::Account(_) | Self::Person(_) | Self::Member { .. } => false,
		}
	}
}

impl<AccountId: Clone> Grantee<AccountId> {
	/// Returns the recipient to whom a key can be wrapped under it. A role has no key.
	pub fn recipient(&self) -> Option<Recipient<AccountId>> {
		match self {
			Self::Account(account) | Self::Person(account) | Self::Member { account, .. } => {
				Some(Recipient::Account(account.clone()))
			}
			Self::Organisation(organisation) | Self::CareTeam(organisation) => {
				Some(Recipient::Organisation(*organisation))
			}
			Self::Role { .. } => None,
		}
	}
}

impl<AccountId> GrantTerms<AccountId> {
	/// Returns whether it permits this purpose. No grant permits breaking the glass, which requires
	/// an emergency case.
	pub fn is_for(&self, purpose: Purpose) -> bool {
		purpose != Purpose::BTG && self.purposes.contains(&purpose)
	}
}

impl<AccountId> Grant<AccountId> {
	/// Returns `Applies` if it is in force at `now`: from its start (included) until its end
	/// (excluded).
	pub fn timeliness(&self, now: Moment) -> Finding {
		if now < self.terms.from.unwrap_or(self.given) {
			Finding::NotYet
		} else if self.terms.until.is_some_and(|until| until <= now) {
			Finding::Expired
		} else {
			Finding::Applies
		}
	}

	/// Returns whether it justifies a wrapped key at `now`.
	///
	/// A wrap opens the record any number of times, in any context and at once. A grant therefore
	/// justifies no wrap if it has a number of uses or a condition, has not begun, or was passed on
	/// from another grant. These grants take effect on guarded records.
	pub fn justifies_keys(&self, now: Moment) -> bool {
		let terms = &self.terms;
		terms.actions.contains(&Action::Read)
			&& terms.purposes.iter().any(|purpose| terms.is_for(*purpose))
			&& self.timeliness(now) == Finding::Applies
			&& terms.uses.is_none()
			&& terms.condition.is_none()
			&& self.via.is_none()
	}
}

/// An account, with its memberships, that grants and denials may apply to.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a, AccountId> {
	/// Account that the memberships belong to.
	pub account: &'a AccountId,
	/// All its memberships, live or not.
	pub memberships: &'a [MemberInfo],
}

impl<'a, AccountId: PartialEq> Party<'a, AccountId> {
	/// Returns whether a grant to `grantee` for `action` includes the membership `held`. `given`:
	/// when the patient gave the grant. Does not check that the membership is live.
	///
	/// A grant to a capacity ends with the capacity: a membership that began after the grant is a
	/// different one.
	pub fn meets(
		&self,
		grantee: &Grantee<AccountId>,
		action: Action,
		given: Moment,
		held: &MemberInfo,
	) -> bool {
		let began = held.member.since <= given;
		match grantee {
			Grantee::Account(account) => {
				// A grant to a former member of staff does not cover them as a patient.
				account == self.account
					&& if held.is_professional() {
						began
					} else {
						!self.memberships.iter().any(MemberInfo::is_professional)
					}
			}
			Grantee::Person(account) => account == self.account,
			Grantee::Member { account, role, organisation } => {
				account == self.account
					&& held.role == *role
					&& held.acts_for() == Some(*organisation)
					&& began
			}
			Grantee::Organisation(organisation) => {
				held.acts_for() == Some(*organisation) && is_for_groups(held.role, action)
			}
			Grantee::CareTeam(organisation) => {
				held.acts_for() == Some(*organisation)
					&& Role::WRITERS.contains(&held.role)
					&& is_for_groups(held.role, action)
			}
			Grantee::Role { role, organisation } => {
				held.is_professional()
					&& held.role == *role
					&& (organisation.is_none() || held.member.organisation == *organisation)
			}
		}
	}

	/// Returns whether a denial to `grantee` includes the membership `held`. Does not check that
	/// the membership is live. A denial by name applies in every capacity.
	pub fn is_barred(&self, grantee: &Grantee<AccountId>, held: &MemberInfo) -> bool {
		match grantee {
			Grantee::Account(account)
			| Grantee::Person(account)
			| Grantee::Member { account, .. } => account == self.account,
			Grantee::Organisation(organisation) => held.acts_for() == Some(*organisation),
			Grantee::CareTeam(organisation) => {
				held.acts_for() == Some(*organisation) && Role::WRITERS.contains(&held.role)
			}
			Grantee::Role { role, organisation } => {
				held.is_professional()
					&& held.role == *role
					&& (organisation.is_none() || held.member.organisation == *organisation)
			}
		}
	}

	/// Returns whether a standing rule applies to a request of this account through the membership
	/// `held`. `set_at`: when the patient set the rule. Does not check that the membership is live.
	///
	/// An approving rule applies to a patient only if it names the person. If it names an account,
	/// it ends with the capacity, as a grant does. A declining rule applies to everyone whom a
	/// denial to the same grantee would bar.
	pub fn matches_rule(
		&self,
		rule: &StandingRule<AccountId>,
		set_at: Moment,
		request: &RequestTerms,
		held: &MemberInfo,
	) -> bool {
		match (&rule.requester, rule.answer) {
			(None, RuleAnswer::Approve { .. }) => held.is_professional(),
			(None, RuleAnswer::Decline) => true,
			(Some(requester), RuleAnswer::Decline) => self.is_barred(requester, held),
			(Some(requester), RuleAnswer::Approve { .. }) => {
				let is_meant = |action: &Action| self.meets(requester, *action, set_at, held);
				request.actions.iter().all(is_meant)
			}
		}
	}

	/// Returns the finding on a grant to `grantee`, given at `given`, for `action`: `Applies` if it
	/// includes a live membership, `NotLive` if it includes only memberships that are not live or
	/// the named capacity has ended, `OtherGrantee` otherwise.
	pub fn finding_for_grant(
		&self,
		grantee: &Grantee<AccountId>,
		action: Action,
		given: Moment,
	) -> Finding {
		let is_named = grantee.account() == Some(self.account) && !self.memberships.is_empty();
		match self.best_finding(|held| self.meets(grantee, action, given, held)) {
			// The named capacity has ended.
			Finding::OtherGrantee if is_named => Finding::NotLive,
			finding => finding,
		}
	}

	/// Returns the finding on a denial to `grantee`: `Applies` if it includes a live membership,
	/// `NotLive` if it includes only memberships that are not live, `OtherGrantee` otherwise.
	pub fn finding_for_denial(&self, grantee: &Grantee<AccountId>) -> Finding {
		self.best_finding(|held| self.is_barred(grantee, held))
	}

	/// Returns whether a key that this account holds may have come with a grant to `grantee`, in
	/// any capacity and at any time.
	pub fn may_hold_key_of(&self, grantee: &Grantee<AccountId>) -> bool {
		grantee.account() == Some(self.account)
			|| self.memberships.iter().any(|held| self.is_barred(grantee, held))
	}

	/// Returns `Applies` if a matching membership is live, `NotLive` if memberships match but none
	/// is live, and `OtherGrantee` if none matches.
	pub fn best_finding(&self, is_so: impl Fn(&MemberInfo) -> bool) -> Finding {
		let mut finding = Finding::OtherGrantee;
		for held in self.memberships {
			if is_so(held) {
				if held.live {
					return Finding::Applies;
				}
				finding = Finding::NotLive;
			}
		}
		finding
	}
}

impl<AccountId: Clone + PartialEq> Party<'_, AccountId> {
	/// Returns the grantee for a grant to this account: its first live membership, in order of
	/// role, other than a patient's; or the person, if it is a live patient only. `None` if no
	/// membership is live.
	pub fn capacity(&self) -> Option<Grantee<AccountId>> {
		let live = || self.memberships.iter().filter(|held| held.live);
		live()
			.find_map(|held| self.capacity_of(held))
			.or_else(|| live().next().map(|_| Grantee::Person(self.account.clone())))
	}

	/// Returns the grantee for the capacity of this membership; `None` if it is a patient's.
	pub fn capacity_of(&self, held: &MemberInfo) -> Option<Grantee<AccountId>> {
		held.acts_for().map(|organisation| Grantee::Member {
			account: self.account.clone(),
			role: held.role,
			organisation,
		})
	}
}

/// Returns whether a grant to a group includes its members in this role. It never includes storage
/// nodes, and devices only to write.
fn is_for_groups(role: Role, action: Action) -> bool {
	match role {
		Role::StorageNode => false,
		Role::Device => action == Action::Write,
		_ => true,
	}
}

/// Party for whom a key is wrapped, with its memberships, or whether it is active.
#[derive(Clone, Copy, Debug)]
pub enum KeyHolder<'a, AccountId> {
	/// Account, with its memberships.
	Account(Party<'a, AccountId>),
	/// An organisation, whose records admins hold its key.
	Organisation {
		/// Number of the organisation.
		organisation: OrganisationId,
		/// Whether it is active.
		active: bool,
	},
}

impl<AccountId: PartialEq> KeyHolder<'_, AccountId> {
	/// Returns whether the grant justifies, at `now`, that they hold keys of the records it covers.
	pub fn is_justified_by(&self, grant: &Grant<AccountId>, now: Moment) -> bool {
		grant.justifies_keys(now)
			&& match self {
				Self::Account(party) => {
					let grantee = &grant.terms.grantee;
					party.finding_for_grant(grantee, Action::Read, grant.given) == Finding::Applies
				}
				Self::Organisation { organisation, active } => {
					*active && grant.terms.grantee.means_key_holders_of(*organisation)
				}
			}
	}

	/// Returns whether the denial bars them from keys of the records it covers.
	pub fn is_barred_by(&self, denial: &Denial<AccountId>) -> bool {
		match self {
			Self::Account(party) => party.finding_for_denial(&denial.grantee) == Finding::Applies,
			Self::Organisation { organisation, .. } => {
				denial.grantee.means_key_holders_of(*organisation)
			}
		}
	}

	/// Returns whether a key that they hold may have come with a grant to `grantee`, in any
	/// capacity and at any time.
	pub fn may_hold_key_of(&self, grantee: &Grantee<AccountId>) -> bool {
		match self {
			Self::Account(party) => party.may_hold_key_of(grantee),
			Self::Organisation { organisation, .. } => grantee.means_key_holders_of(*organisation),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Member, MemberStatus};

	const DOCTOR: u64 = 1;
	const A: OrganisationId = 1;
	const B: OrganisationId = 2;
	const GIVEN: Moment = 10;

	fn held(role: Role, organisation: Option<OrganisationId>, since: Moment) -> MemberInfo {
		MemberInfo {
			role,
			member: Member {
				organisation,
				status: MemberStatus::Active,
				credential: [0; 32],
				expires: None,
				since,
				specialty: None,
			},
			live: true,
		}
	}

	fn ended(mut info: MemberInfo) -> MemberInfo {
		info.member.status = MemberStatus::Revoked;
		info.live = false;
		info
	}

	fn reads(grantee: &Grantee<u64>, memberships: &[MemberInfo]) -> Finding {
		let account = &DOCTOR;
		Party { account, memberships }.finding_for_grant(grantee, Action::Read, GIVEN)
	}

	fn member(role: Role, organisation: OrganisationId) -> Grantee<u64> {
		Grantee::Member { account: DOCTOR, role, organisation }
	}

	/// Tries every way in which someone who lost the granted capacity could keep another live
	/// membership.
	#[test]
	fn no_other_membership_replaces_an_ended_capacity() {
		let was = ended(held(Role::Practitioner, Some(A), 1));
		let instead = [
			held(Role::Patient, Some(B), 1),
			held(Role::Patient, None, 1),
			held(Role::Practitioner, Some(B), GIVEN + 1),
			held(Role::Practitioner, Some(A), GIVEN + 1),
			held(Role::Device, Some(B), GIVEN + 1),
			held(Role::StorageNode, Some(B), GIVEN + 1),
		];
		for grantee in [Grantee::Account(DOCTOR), member(Role::Practitioner, A)] {
			assert_eq!(reads(&grantee, &[held(Role::Practitioner, Some(A), 1)]), Finding::Applies);
			assert_eq!(reads(&grantee, core::slice::from_ref(&was)), Finding::NotLive);
			for other in &instead {
				let both = [was.clone(), other.clone()];
				assert_eq!(reads(&grantee, &both), Finding::NotLive, "{grantee:?} {other:?}");
				// There is one row per role, so the new membership may have replaced the old one.
				if other.is_professional() {
					let alone = core::slice::from_ref(other);
					assert_eq!(reads(&grantee, alone), Finding::NotLive, "{grantee:?} {other:?}");
				}
			}
		}
	}

	#[test]
	fn a_capacity_is_one_role_at_one_organisation() {
		let two = [held(Role::Practitioner, Some(A), 1), held(Role::Researcher, Some(B), 1)];
		assert_eq!(reads(&member(Role::Practitioner, A), &two), Finding::Applies);
		assert_eq!(reads(&member(Role::Practitioner, B), &two), Finding::NotLive);
		assert_eq!(reads(&member(Role::Researcher, B), &two), Finding::Applies);
		let patient = [held(Role::Patient, Some(A), GIVEN + 1)];
		for grantee in [Grantee::Person(DOCTOR), Grantee::Account(DOCTOR)] {
			assert_eq!(reads(&grantee, &patient), Finding::Applies, "{grantee:?}");
			assert_eq!(reads(&grantee, &[]), Finding::OtherGrantee);
		}
		assert_eq!(reads(&Grantee::Person(2), &patient), Finding::OtherGrantee);
	}

	#[test]
	fn group_grants_exclude_nodes_and_limit_devices() {
		let everyone = Grantee::Organisation(A);
		let team = Grantee::CareTeam(A);
		for role in Role::ALL {
			let holds = [held(role, Some(A), GIVEN + 1)];
			let party = Party { account: &DOCTOR, memberships: &holds };
			let may = |grantee, action| {
				party.finding_for_grant(grantee, action, GIVEN) == Finding::Applies
			};
			let person = !matches!(role, Role::Patient | Role::Device | Role::StorageNode);
			let treats = matches!(role, Role::Practitioner | Role::RecordsAdmin);
			let device = role == Role::Device;
			assert_eq!(may(&everyone, Action::Read), person, "{role:?}");
			assert_eq!(may(&everyone, Action::Write), person || device, "{role:?}");
			assert_eq!(may(&team, Action::Read), treats, "{role:?}");
			assert_eq!(may(&team, Action::Write), treats || device, "{role:?}");
			// A denial spares none of the organisation's members.
			let barred = party.finding_for_denial(&everyone) == Finding::Applies;
			assert_eq!(barred, role != Role::Patient, "{role:?}");
		}
	}

	#[test]
	fn a_denial_by_name_bars_every_capacity() {
		let patient = [held(Role::Patient, None, 1)];
		let party = Party { account: &DOCTOR, memberships: &patient };
		for grantee in
			[Grantee::Account(DOCTOR), Grantee::Person(DOCTOR), member(Role::Practitioner, A)]
		{
			assert_eq!(party.finding_for_denial(&grantee), Finding::Applies);
		}
	}

	fn grant(actions: &[Action], from: Option<Moment>, until: Option<Moment>) -> Grant<u64> {
		Grant {
			terms: GrantTerms {
				grantee: Grantee::Organisation(A),
				scope: Scope::Everything,
				purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
				actions: actions.to_vec().try_into().expect("these fit"),
				from,
				until,
				uses: None,
				condition: None,
			},
			given: 0,
			used: 0,
			via: None,
		}
	}

	#[test]
	fn a_grant_justifies_keys_only_in_its_time() {
		let read = [Action::Read];
		assert!(grant(&read, None, None).justifies_keys(5));
		assert!(grant(&read, Some(5), Some(6)).justifies_keys(5));
		assert!(!grant(&read, Some(6), None).justifies_keys(5));
		assert!(!grant(&read, None, Some(5)).justifies_keys(5));
		assert!(!grant(&[Action::Write, Action::Share], None, None).justifies_keys(5));
		let mut glass = grant(&read, None, None);
		glass.terms.purposes = vec![Purpose::BTG].try_into().expect("one fits");
		assert!(!glass.justifies_keys(5));
		let mut passed_on = grant(&read, None, None);
		passed_on.via = Some(crate::Via { parent: 0, sharer: 3 });
		assert!(!passed_on.justifies_keys(5));
	}

	/// A client once took this as a reason to keep a key: the recipient is a patient of the
	/// hospital that has a grant.
	#[test]
	fn a_patient_of_a_hospital_holds_no_key_by_its_grant() {
		let first = grant(&[Action::Read, Action::Write], None, None);
		let holder = |memberships| KeyHolder::Account(Party { account: &DOCTOR, memberships });
		let patient = [held(Role::Patient, Some(A), 0)];
		assert!(!holder(&patient).is_justified_by(&first, 5));
		let doctor = [held(Role::Practitioner, Some(A), 0)];
		assert!(holder(&doctor).is_justified_by(&first, 5));
		let hospital =
			|active| -> KeyHolder<'_, u64> { KeyHolder::Organisation { organisation: A, active } };
		assert!(hospital(true).is_justified_by(&first, 5));
		assert!(!hospital(false).is_justified_by(&first, 5));
	}

	#[test]
	fn a_scope_covers_what_it_names() {
		let (record, other) = (RecordId([1; 32]), RecordId([2; 32]));
		let covers = |scope: Scope| scope.covers(Category::Imaging, Some(&record), Some(2));
		let categories =
			|list: &[Category]| Scope::Categories(list.to_vec().try_into().expect("these fit"));
		assert!(covers(Scope::Everything));
		assert!(covers(categories(&[Category::Laboratory, Category::Imaging])));
		assert!(!covers(categories(&[Category::Laboratory])));
		assert!(covers(Scope::Record(record)) && !covers(Scope::Record(other)));
		let version = |version| Scope::Version { record, version };
		assert!(covers(version(2)) && !covers(version(1)));
		assert!(!version(2).covers(Category::Imaging, Some(&record), None));
	}
}
