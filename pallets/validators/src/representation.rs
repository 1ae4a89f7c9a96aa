//! Representatives of hospitals, and how they change.
//!
//! The hospital's administrators name another account. The current representative agrees, objects,
//! or lets the period pass. The end of the period has no effect by itself: somebody must confirm.

use crate::{impls::Set, *};
use frame_support::{ensure, traits::Get, weights::Weight};
use salus_primitives::{OrganisationId, RoleQuery};
use sp_runtime::{traits::Saturating, DispatchResult};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_represent(
		who: &T::AccountId,
		account: T::AccountId,
		representative: T::AccountId,
	) -> DispatchResult {
		let set = Validators::<T>::get();
		let validator = Self::find(&set, &account)?;
		let organisation = validator
			.organisation
			.filter(|organisation| Self::speaks_for(who, *organisation))
			.ok_or(Error::<T>::NotAdministrator)?;
		Self::check_vacant(&set, &representative)?;
		if validator.representative == *who {
			return Self::give_seat(account, representative);
		}
		let objected = Nominations::<T>::get(organisation).is_some_and(|before| {
			before.from.is_none() && Self::speaks_for(&before.by, organisation)
		});
		let from = (!objected).then(|| {
			frame_system::Pallet::<T>::block_number().saturating_add(T::NoticePeriod::get())
		});
		Nominations::<T>::insert(
			organisation,
			Nomination { representative: representative.clone(), by: who.clone(), from },
		);
		// An account without tokens does not exist for the chain, and could not sign its answer.
		let replaced = &validator.representative;
		if !frame_system::Pallet::<T>::account_exists(replaced) {
			frame_system::Pallet::<T>::inc_sufficients(replaced);
		}
		Self::deposit_event(Event::Nominated {
			validator: account,
			replaced: validator.representative.clone(),
			representative,
			from,
		});
		Ok(())
	}

	pub(crate) fn do_agree(
		who: &T::AccountId,
		account: T::AccountId,
		representative: T::AccountId,
	) -> DispatchResult {
		Self::check_agreement(&Validators::<T>::get(), who, &account, &representative)?;
		Self::give_seat(account, representative)
	}

	/// Checks that the account is the representative and may agree to be replaced.
	fn check_agreement(
		set: &Set<T>,
		who: &T::AccountId,
		account: &T::AccountId,
		representative: &T::AccountId,
	) -> Result<(), Error<T>> {
		let validator = Self::find(set, account)?;
		ensure!(validator.representative == *who, Error::<T>::NotRepresentative);
		let (organisation, nomination) = Self::nomination(validator)?;
		ensure!(nomination.representative == *representative, Error::<T>::NoNomination);
		ensure!(Self::speaks_for(&nomination.by, organisation), Error::<T>::NotAdministrator);
		Ok(())
	}

	/// Returns whether the call is a representative's answer to a nomination, and succeeds. It is
	/// free, because a representative need not have an allowance or tokens; a nomination can be
	/// answered once.
	pub fn answers_nomination(who: &T::AccountId, call: &Call<T>) -> bool {
		match call {
			Call::object { validator } => {
				let set = Validators::<T>::get();
				Self::find(&set, validator).is_ok_and(|found| {
					let open = |(_, nomination): (_, NominationOf<T>)| nomination.from.is_some();
					found.representative == *who && Self::nomination(found).is_ok_and(open)
				})
			}
			Call::agree { validator, representative } => {
				let set = Validators::<T>::get();
				Self::check_agreement(&set, who, validator, representative).is_ok()
					&& Self::check_vacant(&set, representative).is_ok()
			}
			_ => false,
		}
	}

	/// Returns the maximum weight of [`Pallet::answers_nomination`].
	pub fn answers_nomination_weight() -> Weight {
		// The set, the nomination, and the author's organisation and administrations.
		T::DbWeight::get().reads(4)
	}

	pub(crate) fn do_object(who: &T::AccountId, account: T::AccountId) -> DispatchResult {
		let set = Validators::<T>::get();
		let validator = Self::find(&set, &account)?;
		let (organisation, nomination) = Self::nomination(validator)?;
		ensure!(
			validator.representative == *who || Self::speaks_for(who, organisation),
			Error::<T>::NotRepresentative
		);
		ensure!(nomination.from.is_some(), Error::<T>::ObjectionStands);
		let representative = nomination.representative.clone();
		Nominations::<T>::insert(organisation, Nomination { from: None, ..nomination });
		Self::deposit_event(Event::Objected { validator: account, representative });
		Ok(())
	}

	pub(crate) fn do_confirm(account: T::AccountId) -> DispatchResult {
		let set = Validators::<T>::get();
		let (organisation, nomination) = Self::nomination(Self::find(&set, &account)?)?;
		let from = nomination.from.ok_or(Error::<T>::ObjectionStands)?;
		ensure!(frame_system::Pallet::<T>::block_number() >= from, Error::<T>::TooEarly);
		ensure!(Self::speaks_for(&nomination.by, organisation), Error::<T>::NotAdministrator);
		Self::give_seat(account, nomination.representative)
	}

	pub(crate) fn do_appoint(
		account: T::AccountId,
		representative: T::AccountId,
	) -> DispatchResult {
		Self::give_seat(account, representative)
	}

	/// Lets another account vote for the hospital from now on.
	fn give_seat(account: T::AccountId, representative: T::AccountId) -> DispatchResult {
		let organisation = Self::change(|set| {
			let position = Self::position(set, &account)?;
			Self::check_vacant(set, &representative)?;
			Ok(set.get_mut(position).and_then(|validator| {
				validator.representative = representative.clone();
				validator.organisation
			}))
		})?;
		if let Some(organisation) = organisation {
			Nominations::<T>::remove(organisation);
		}
		Self::deposit_event(Event::Represented { validator: account, representative });
		Ok(())
	}

	/// Returns whether the account administers the organisation and the organisation is active.
	fn speaks_for(who: &T::AccountId, organisation: OrganisationId) -> bool {
		T::Roles::is_active(organisation) && T::Roles::is_admin(who, organisation)
	}

	fn find<'a>(set: &'a Set<T>, account: &T::AccountId) -> Result<&'a ValidatorOf<T>, Error<T>> {
		set.iter().find(|validator| validator.account == *account).ok_or(Error::NotValidator)
	}

	/// Returns the open nomination of the hospital that runs the validator.
	fn nomination(
		validator: &ValidatorOf<T>,
	) -> Result<(OrganisationId, NominationOf<T>), Error<T>> {
		validator
			.organisation
			.and_then(|organisation| Some((organisation, Nominations::<T>::get(organisation)?)))
			.ok_or(Error::NoNomination)
	}
}
