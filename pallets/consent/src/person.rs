//! An account as the decision sees it: its memberships, and facts about its organisations, each
//! read once.

use crate::Config;
use alloc::vec::Vec;
use core::cell::OnceCell;
use salus_primitives::{
	Finding, MemberInfo, Moment, OrganisationId, OrganisationKind, Party, Role, RoleQuery,
};

/// Account with its memberships.
pub(crate) struct Person<'a, AccountId> {
	pub(crate) account: &'a AccountId,
	pub(crate) memberships: Vec<MemberInfo>,
	/// Kind of the organisation, by role, because an account has each role at most once. Cached
	/// after the first read.
	kinds: [OnceCell<Option<OrganisationKind>>; Role::ALL.len()],
}

impl<'a, AccountId: PartialEq> Person<'a, AccountId> {
	pub(crate) fn load<T: Config<AccountId = AccountId>>(
		account: &'a AccountId,
		now: Moment,
	) -> Self {
		let memberships = T::Roles::memberships(account)
			.into_iter()
			.map(|(role, member)| MemberInfo {
				role,
				live: T::Roles::is_live(role, &member, now),
				member,
			})
			.collect();
		Self { account, memberships, kinds: Default::default() }
	}

	/// Returns the party that grants and denials are matched against.
	pub(crate) fn party(&self) -> Party<'_, AccountId> {
		Party { account: self.account, memberships: &self.memberships }
	}

	/// Returns the same person with only the memberships in which they act for an organisation.
	pub(crate) fn acting_for(mut self, organisation: OrganisationId) -> Self {
		self.memberships.retain(|held| held.acts_for() == Some(organisation));
		self
	}

	pub(crate) fn is_in_good_standing(&self) -> bool {
		self.memberships.iter().any(|held| held.live)
	}

	pub(crate) fn is_live_patient(&self) -> bool {
		self.memberships.iter().any(|held| held.role == Role::Patient && held.live)
	}

	/// Returns the kind of the organisation for which a membership acts. A patient does not act for
	/// the organisation that enrolled them.
	pub(crate) fn kind<T: Config>(&self, held: &MemberInfo) -> Option<OrganisationKind> {
		let read = || held.acts_for().and_then(T::Roles::kind);
		match self.kinds.get(held.role as usize) {
			Some(kind) => *kind.get_or_init(read),
			None => read(),
		}
	}

	/// Returns the finding on whether this person treats patients for a hospital, as
	/// [`Party::finding_for_grant`] does for grants.
	pub(crate) fn finding_as_clinician<T: Config>(&self) -> Finding {
		self.party().best_finding(|held| {
			held.role == Role::Practitioner
				&& self.kind::<T>(held) == Some(OrganisationKind::Hospital)
		})
	}

	/// Returns the live memberships for which `is_so` holds.
	pub(crate) fn live_where(
		&self,
		is_so: impl Fn(&MemberInfo) -> bool,
	) -> impl Iterator<Item = &MemberInfo> {
		self.memberships.iter().filter(move |held| held.live && is_so(held))
	}
}
