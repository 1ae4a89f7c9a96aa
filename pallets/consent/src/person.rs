//! Someone as the decision sees them: their memberships, and to which grants and denials these make them a party.

use crate::Config;
use alloc::vec::Vec;
use core::cell::OnceCell;
use salus_primitives::{
	Finding, Grantee, Member, Moment, OrganisationId, OrganisationKind, Role, RoleQuery,
};

/// A membership, and whether it is live.
pub(crate) struct Membership {
	pub(crate) role: Role,
	pub(crate) member: Member,
	pub(crate) live: bool,
	kind: OnceCell<Option<OrganisationKind>>,
}

impl Membership {
	/// What the organisation is; read once. A patient is not of the organisation that enrolled them.
	pub(crate) fn kind<T: Config>(&self) -> Option<OrganisationKind> {
		*self
			.kind
			.get_or_init(|| self.organisation().and_then(T::Roles::kind))
	}

	/// The organisation for which the member acts. A patient acts for none.
	pub(crate) fn organisation(&self) -> Option<OrganisationId> {
		match self.role {
			Role::Patient => None,
			_ => self.member.organisation,
		}
	}

	/// Whether this membership, if it is live, makes `who` one whom `grantee` means.
	fn is_meant_by<AccountId: PartialEq>(
		&self,
		grantee: &Grantee<AccountId>,
		who: &AccountId,
	) -> bool {
		match grantee {
			Grantee::Account(account) => account == who,
			// Being a patient of an organisation is not being of it (see the crate's documentation).
			Grantee::Organisation(_) | Grantee::Role { .. } if self.role == Role::Patient => false,
			Grantee::Organisation(organisation) => self.member.organisation == Some(*organisation),
			Grantee::Role { role, organisation } => {
				*role == self.role
					&& (organisation.is_none() || *organisation == self.member.organisation)
			}
		}
	}
}

/// Someone with their memberships.
pub(crate) struct Person<'a, AccountId> {
	pub(crate) account: &'a AccountId,
	pub(crate) memberships: Vec<Membership>,
}

impl<'a, AccountId: PartialEq> Person<'a, AccountId> {
	pub(crate) fn load<T: Config<AccountId = AccountId>>(
		account: &'a AccountId,
		now: Moment,
	) -> Self {
		let memberships = T::Roles::memberships(account)
			.into_iter()
			.map(|(role, member)| Membership {
				role,
				live: T::Roles::is_live(role, &member, now),
				member,
				kind: OnceCell::new(),
			})
			.collect();
		Self {
			account,
			memberships,
		}
	}

	/// The same person with only the memberships by which they act for an organisation.
	pub(crate) fn acting_for(mut self, organisation: OrganisationId) -> Self {
		self.memberships
			.retain(|membership| membership.organisation() == Some(organisation));
		self
	}

	pub(crate) fn is_in_good_standing(&self) -> bool {
		self.memberships.iter().any(|membership| membership.live)
	}

	pub(crate) fn is_live_patient(&self) -> bool {
		self.memberships
			.iter()
			.any(|membership| membership.role == Role::Patient && membership.live)
	}

	/// Whether a grant or denial to `grantee` is about this person: `Applies` if one of the memberships that make it so is
	/// live, `NotLive` if there are such but none is live, `OtherGrantee` if there are none.
	pub(crate) fn standing_as(&self, grantee: &Grantee<AccountId>) -> Finding {
		self.best(|membership| membership.is_meant_by(grantee, self.account))
	}

	/// Whether this person treats patients for a hospital: as for [`Person::standing_as`].
	pub(crate) fn standing_as_clinician<T: Config>(&self) -> Finding {
		self.best(|membership| {
			membership.role == Role::Practitioner
				&& membership.kind::<T>() == Some(OrganisationKind::Hospital)
		})
	}

	fn best(&self, makes_it_so: impl Fn(&Membership) -> bool) -> Finding {
		let mut finding = Finding::OtherGrantee;
		for membership in &self.memberships {
			if makes_it_so(membership) {
				if membership.live {
					return Finding::Applies;
				}
				finding = Finding::NotLive;
			}
		}
		finding
	}

	/// The live memberships by which a grant to `grantee`, or to any member, is about this person.
	pub(crate) fn acting_as<'b>(
		&'b self,
		grantee: Option<&'b Grantee<AccountId>>,
	) -> impl Iterator<Item = &'b Membership> {
		self.memberships.iter().filter(move |membership| {
			membership.live
				&& grantee.is_none_or(|grantee| membership.is_meant_by(grantee, self.account))
		})
	}
}
