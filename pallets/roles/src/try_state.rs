//! Invariants of the pallet's storage.

use crate::*;
use frame_support::ensure;
use salus_primitives::{
	MemberStatus, OrganisationId, OrganisationKind, Recipient, Role, RoleQuery,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every relation between the pallet's storage items.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::try_state_organisations()?;
		Self::try_state_administrations()?;
		Self::try_state_members()?;
		Self::try_state_bars()?;
		Self::try_state_keys()?;
		Self::try_state_shares()?;
		Self::try_state_usages()
	}

	fn is_number(id: OrganisationId) -> bool {
		id >= 1 && id <= OrganisationCount::<T>::get()
	}

	/// Organisations are numbered from 1 without gaps. Each has administrators, none twice, and
	/// each administrator's list names it.
	fn try_state_organisations() -> Result<(), TryRuntimeError> {
		let mut count = 0u32;
		for (id, organisation) in Organisations::<T>::iter() {
			count = count.saturating_add(1);
			ensure!(Self::is_number(id), "an organisation has a number that was never assigned");
			ensure!(!organisation.admins.is_empty(), "an organisation has no admin");
			for admin in &organisation.admins {
				ensure!(
					organisation.admins.iter().filter(|other| *other == admin).count() == 1,
					"an organisation has an admin twice"
				);
				ensure!(
					Administrations::<T>::get(admin).is_some_and(|ids| ids.contains(&id)),
					"an administrator's list lacks the organisation"
				);
			}
		}
		ensure!(count == OrganisationCount::<T>::get(), "an organisation is missing");
		Ok(())
	}

	/// Each listed administration is real, and its account may send transactions.
	fn try_state_administrations() -> Result<(), TryRuntimeError> {
		for (account, ids) in Administrations::<T>::iter() {
			for id in &ids {
				ensure!(
					ids.iter().filter(|other| *other == id).count() == 1,
					"an account administers an organisation twice"
				);
				ensure!(
					Organisations::<T>::get(id).is_some_and(|info| info.admins.contains(&account)),
					"an organisation's list lacks its administrator"
				);
			}
			ensure!(
				frame_system::Pallet::<T>::providers(&account) > 0,
				"an admin has no provider reference"
			);
		}
		Ok(())
	}

	/// An organisation answers for each member, except for patients who enrolled without one. Only
	/// hospitals answer for patients, patients have a key, and members may send transactions.
	fn try_state_members() -> Result<(), TryRuntimeError> {
		for (account, role, member) in Members::<T>::iter() {
			match member.organisation.map(Organisations::<T>::get) {
				None => ensure!(role == Role::Patient, "no organisation answers for a member"),
				Some(None) => return Err("a member's organisation does not exist".into()),
				Some(Some(organisation)) => ensure!(
					role != Role::Patient || organisation.kind == OrganisationKind::Hospital,
					"a patient's organisation is not a hospital"
				),
			}
			ensure!(
				role != Role::Patient || Self::key(&Recipient::Account(account.clone())).is_some(),
				"a patient has no key"
			);
			ensure!(
				frame_system::Pallet::<T>::providers(&account) > 0,
				"a member has no provider reference"
			);
		}
		Ok(())
	}

	/// A barred account is, or was, a member, and is not active.
	fn try_state_bars() -> Result<(), TryRuntimeError> {
		for (account, role, _) in Barred::<T>::iter() {
			ensure!(
				Members::<T>::get(account, role)
					.is_some_and(|member| member.status != MemberStatus::Active),
				"a member is barred and active"
			);
		}
		Ok(())
	}

	/// Keys belong to known accounts and existing organisations, are not zero, and have versions
	/// from 1.
	fn try_state_keys() -> Result<(), TryRuntimeError> {
		for (recipient, key) in KeyAgreementKeys::<T>::iter() {
			let known = match &recipient {
				Recipient::Account(account) => Self::is_known(account),
				Recipient::Organisation(id) => Self::is_number(*id),
			};
			ensure!(known, "a key belongs to nobody");
			ensure!(key.public != [0; 32], "a key is zero");
			ensure!(key.version > 0, "a key has no version");
		}
		Ok(())
	}

	/// Shares are of existing keys, are held by accounts that may use them, and are sealed to a
	/// version of the account's key that existed.
	fn try_state_shares() -> Result<(), TryRuntimeError> {
		for (organisation, account, wrap) in OrganisationKeyShares::<T>::iter() {
			ensure!(
				Self::key(&Recipient::Organisation(organisation)).is_some(),
				"a share is of a key that does not exist"
			);
			ensure!(
				Self::may_hold_share(organisation, &account),
				"a share is held by an account that may not use it"
			);
			ensure!(
				Self::key(&Recipient::Account(account))
					.is_some_and(|key| (1..=key.version).contains(&wrap.key_version)),
				"a share is sealed to a key version that never existed"
			);
		}
		Ok(())
	}

	/// Allowances are used by known accounts and existing organisations.
	fn try_state_usages() -> Result<(), TryRuntimeError> {
		let organisations = OrganisationUsages::<T>::iter_keys()
			.chain(PatientsUsages::<T>::iter_keys())
			.chain(NodesUsages::<T>::iter_keys());
		for id in organisations {
			ensure!(Self::is_number(id), "an unknown organisation used an allowance");
		}
		for account in AccountUsages::<T>::iter_keys() {
			ensure!(Self::is_known(&account), "an unknown account used an allowance");
		}
		for patient in ReserveUsages::<T>::iter_keys() {
			ensure!(
				Members::<T>::contains_key(&patient, Role::Patient),
				"an account that is not a patient used a reserve"
			);
		}
		Ok(())
	}
}
