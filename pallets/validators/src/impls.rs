//! Implementation of the council's decisions, and the set as reads return it.

use crate::*;
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{
	ensure,
	traits::{ChangeMembers, ValidatorRegistration},
	BoundedVec,
};
use salus_primitives::{
	OrganisationId, OrganisationKind, RoleQuery, ValidatorInfo, ValidatorQuery, ValidatorSet,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError, DispatchResult};

pub(crate) type Set<T> = BoundedVec<ValidatorOf<T>, <T as Config>::MaxValidators>;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_add(
		account: T::AccountId,
		organisation: OrganisationId,
		representative: T::AccountId,
	) -> DispatchResult {
		Self::change(|set| {
			ensure!(
				set.iter().all(|validator| validator.organisation.is_some()),
				Error::<T>::Unassigned
			);
			Self::check_hospital(set, organisation)?;
			Self::check_candidate(set, &account)?;
			Self::check_vacant(set, &representative)?;
			set.try_push(Validator {
				account: account.clone(),
				representative,
				organisation: Some(organisation),
				since: Some(frame_system::Pallet::<T>::block_number()),
			})
			.map_err(|_| Error::<T>::Full)?;
			Ok(())
		})?;
		Self::hand_over();
		Self::deposit_event(Event::Added { validator: account, organisation });
		Ok(())
	}

	pub(crate) fn do_remove(account: &T::AccountId) -> DispatchResult {
		let organisation = Self::change(|set| {
			let position = Self::position(set, account)?;
			ensure!(set.len() as u32 > Minimum::<T>::get(), Error::<T>::BelowMinimum);
			Ok(set.remove(position).organisation)
		})?;
		if let Some(organisation) = organisation {
			Nominations::<T>::remove(organisation);
		}
		LastAuthored::<T>::remove(account);
		Self::hand_over();
		Self::deposit_event(Event::Removed { validator: account.clone() });
		Ok(())
	}

	pub(crate) fn do_replace(account: &T::AccountId, by: T::AccountId) -> DispatchResult {
		Self::change(|set| {
			let position = Self::position(set, account)?;
			Self::check_candidate(set, &by)?;
			if let Some(validator) = set.get_mut(position) {
				validator.account = by.clone();
				validator.since = Some(frame_system::Pallet::<T>::block_number());
			}
			Ok(())
		})?;
		LastAuthored::<T>::remove(account);
		Self::hand_over();
		Self::deposit_event(Event::Replaced { validator: account.clone(), by });
		Ok(())
	}

	pub(crate) fn do_assign(account: T::AccountId, organisation: OrganisationId) -> DispatchResult {
		Self::change(|set| {
			let position = Self::position(set, &account)?;
			Self::check_hospital(set, organisation)?;
			if let Some(validator) = set.get_mut(position) {
				ensure!(validator.organisation.is_none(), Error::<T>::AlreadyAssigned);
				validator.organisation = Some(organisation);
			}
			Ok(())
		})?;
		Self::deposit_event(Event::Assigned { validator: account, organisation });
		Ok(())
	}

	pub(crate) fn do_set_minimum(minimum: u32) -> DispatchResult {
		let count = Validators::<T>::decode_len().unwrap_or_default();
		ensure!(minimum > 0 && minimum as usize <= count, Error::<T>::BadMinimum);
		Minimum::<T>::put(minimum);
		Self::deposit_event(Event::MinimumChanged { minimum });
		Ok(())
	}

	/// Returns whether a proof that this account equivocated can still change something: it is in
	/// the set, and no such proof is known since it joined. A validator can make any number of
	/// proofs against itself, and each is free and stays on the chain.
	pub fn can_offend(account: &T::AccountId) -> bool {
		let set = Validators::<T>::get();
		let found = set.iter().find(|validator| validator.account == *account);
		found.is_some_and(|validator| {
			let known = Offenders::<T>::get();
			!known.iter().any(|(one, since)| one == account && *since == validator.since)
		})
	}

	/// Removes a validator that is proven to have equivocated, if the minimum permits it, and lists
	/// it otherwise. Returns whether it was removed. Further proofs against a listed validator say
	/// nothing new.
	pub(crate) fn offended(account: &T::AccountId) -> bool {
		let is_listed =
			Self::position(&Validators::<T>::get(), account).is_ok() && !Self::can_offend(account);
		let removed = Self::do_remove(account).is_ok();
		if !removed {
			if is_listed {
				return false;
			}
			let set = Validators::<T>::get();
			let since = set.iter().find(|one| one.account == *account).map(|one| one.since);
			Offenders::<T>::mutate(|known| {
				known.retain(|(one, since)| {
					set.iter().any(|other| other.account == *one && other.since == *since)
				});
				if let Some(since) = since {
					// At most one for each validator, so there is room.
					let _ = known.try_push((account.clone(), since));
				}
			});
		}
		Self::deposit_event(Event::Offended { validator: account.clone(), removed });
		removed
	}

	/// Changes the set and the council's seats with it. A refused change changes nothing.
	pub(crate) fn change<R>(
		change: impl FnOnce(&mut Set<T>) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		Validators::<T>::try_mutate(|set| {
			let before = Self::seats(set);
			let result = change(set)?;
			let after = Self::seats(set);
			if before != after {
				T::Council::set_members_sorted(&after, &before);
			}
			Ok(result)
		})
	}

	/// Returns the accounts that vote, in order.
	pub(crate) fn seats(set: &[ValidatorOf<T>]) -> Vec<T::AccountId> {
		let mut seats: Vec<_> =
			set.iter().map(|validator| validator.representative.clone()).collect();
		seats.sort();
		seats
	}

	pub(crate) fn position(set: &Set<T>, account: &T::AccountId) -> Result<usize, Error<T>> {
		set.iter().position(|validator| validator.account == *account).ok_or(Error::NotValidator)
	}

	fn check_hospital(set: &Set<T>, organisation: OrganisationId) -> Result<(), Error<T>> {
		ensure!(
			T::Roles::is_active(organisation)
				&& T::Roles::kind(organisation) == Some(OrganisationKind::Hospital),
			Error::NotHospital
		);
		ensure!(
			set.iter().all(|validator| validator.organisation != Some(organisation)),
			Error::OneEach
		);
		Ok(())
	}

	fn check_candidate(set: &Set<T>, account: &T::AccountId) -> Result<(), Error<T>> {
		ensure!(set.iter().all(|validator| validator.account != *account), Error::AlreadyValidator);
		ensure!(pallet_session::Pallet::<T>::is_registered(account), Error::NoSessionKeys);
		Ok(())
	}

	pub(crate) fn check_vacant(
		set: &Set<T>,
		representative: &T::AccountId,
	) -> Result<(), Error<T>> {
		ensure!(
			set.iter().all(|validator| validator.representative != *representative),
			Error::AlreadySeated
		);
		Ok(())
	}

	/// Returns the set, for reads.
	pub fn set() -> ValidatorSet<T::AccountId> {
		let running = pallet_session::Pallet::<T>::validators();
		let validators = Validators::<T>::get()
			.into_iter()
			.map(|validator| ValidatorInfo {
				active: running.contains(&validator.account),
				last_block: LastAuthored::<T>::get(&validator.account)
					.map(UniqueSaturatedInto::unique_saturated_into),
				since: validator.since.map(UniqueSaturatedInto::unique_saturated_into),
				account: validator.account,
				representative: validator.representative,
				organisation: validator.organisation,
			})
			.collect();
		ValidatorSet {
			block: frame_system::Pallet::<T>::block_number().unique_saturated_into(),
			minimum: Minimum::<T>::get(),
			validators,
		}
	}

	/// Checks that the stored set is one that the calls could have made.
	pub(crate) fn check() -> Result<(), &'static str> {
		let set = Validators::<T>::get();
		let seats = Self::seats(&set);
		let mut accounts: Vec<_> = set.iter().map(|validator| &validator.account).collect();
		accounts.sort();
		let mut organisations: Vec<_> =
			set.iter().filter_map(|validator| validator.organisation).collect();
		organisations.sort();
		ensure!(!has_twins(&accounts), "an account is more than one validator");
		ensure!(!has_twins(&seats), "an account votes for more than one hospital");
		ensure!(!has_twins(&organisations), "a hospital runs more than one validator");
		ensure!(
			set.len() as u32 >= Minimum::<T>::get(),
			"there are fewer validators than the minimum"
		);
		Ok(())
	}
}

impl<T: Config> ValidatorQuery<T::AccountId> for Pallet<T> {
	fn present() -> Vec<(T::AccountId, Option<OrganisationId>)> {
		let running: BTreeSet<T::AccountId> =
			pallet_session::Pallet::<T>::validators().into_iter().collect();
		Validators::<T>::get()
			.into_iter()
			.filter(|validator| running.contains(&validator.account))
			.map(|validator| (validator.account, validator.organisation))
			.collect()
	}

	fn minimum() -> u32 {
		Minimum::<T>::get()
	}
}

/// Returns whether two neighbours are equal.
fn has_twins<V: PartialEq>(sorted: &[V]) -> bool {
	sorted.iter().zip(sorted.iter().skip(1)).any(|(one, next)| one == next)
}
