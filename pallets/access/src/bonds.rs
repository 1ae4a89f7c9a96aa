//! Bonds that hospitals stake on their emergency access.

use crate::*;
use frame_support::{
	ensure,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision},
		Get,
	},
};
use salus_primitives::{OrganisationId, OrganisationKind, RoleQuery};
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchResult,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_deposit_bond(
		who: T::AccountId,
		organisation: OrganisationId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		ensure!(T::Roles::is_admin(&who, organisation), Error::<T>::NotAdmin);
		ensure!(
			T::Roles::kind(organisation) == Some(OrganisationKind::Hospital),
			Error::<T>::NotHospital
		);
		ensure!(!amount.is_zero(), Error::<T>::NothingToDeposit);
		let held = match Bonds::<T>::get(organisation) {
			Some(bond) => {
				ensure!(bond.depositor == who, Error::<T>::BondOfAnother);
				bond.amount
			}
			None => Zero::zero(),
		};
		T::Currency::hold(&HoldReason::EmergencyBond.into(), &who, amount)?;
		let amount = held.saturating_add(amount);
		Bonds::<T>::insert(organisation, Bond { depositor: who.clone(), amount });
		Self::deposit_event(Event::BondDeposited { organisation, depositor: who, amount });
		Ok(())
	}

	pub(crate) fn do_withdraw_bond(
		who: &T::AccountId,
		organisation: OrganisationId,
	) -> DispatchResult {
		let Bond { depositor, amount } = Bonds::<T>::get(organisation).ok_or(Error::<T>::NoBond)?;
		ensure!(*who == depositor || T::Roles::is_admin(who, organisation), Error::<T>::NotAdmin);
		ensure!(
			Unreviewed::<T>::decode_len(organisation).unwrap_or_default() == 0,
			Error::<T>::BondNeeded
		);
		// A case that is justified before its end opens records until then, and the bond secures
		// that too.
		ensure!(
			RunningUntil::<T>::get(organisation).is_none_or(|until| until <= Self::now()),
			Error::<T>::BondNeeded
		);
		T::Currency::release(
			&HoldReason::EmergencyBond.into(),
			&depositor,
			amount,
			Precision::Exact,
		)?;
		Bonds::<T>::remove(organisation);
		Self::deposit_event(Event::BondWithdrawn { organisation, depositor, amount });
		Ok(())
	}

	/// Burns the fine, or the whole bond if it is smaller, and returns the amount burnt. A
	/// rejection never fails because the bond is too small.
	pub(crate) fn fine(organisation: OrganisationId) -> BalanceOf<T> {
		let Some(bond) = Bonds::<T>::get(organisation) else {
			return Zero::zero();
		};
		let burnt = T::Currency::burn_held(
			&HoldReason::EmergencyBond.into(),
			&bond.depositor,
			T::Fine::get().min(bond.amount),
			Precision::BestEffort,
			Fortitude::Force,
		)
		.unwrap_or_else(|_| Zero::zero());
		let amount = bond.amount.saturating_sub(burnt);
		if amount.is_zero() {
			Bonds::<T>::remove(organisation);
		} else {
			Bonds::<T>::insert(organisation, Bond { amount, ..bond });
		}
		burnt
	}
}
