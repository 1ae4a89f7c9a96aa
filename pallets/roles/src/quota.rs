//! The allowances out of which members in good standing act without fees.
//!
//! Each organisation and each account has an allowance that starts anew in every period; a fee is drawn from both. Who
//! belongs to several organisations draws on the one that has most left. The work is bounded by the number of roles
//! and of administrations; [`Pallet::allowance_left_weight`] and [`Pallet::draw_weight`] say what it costs.

use crate::*;
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{OrganisationId, RoleQuery};

impl<T: Config> Pallet<T> {
	/// What `who` may still use without fees in this period; nothing for those for whom no active organisation answers.
	pub fn allowance_left(who: &T::AccountId) -> u128 {
		let period = Self::period();
		match Self::best_sponsor(who, period) {
			Some((_, left)) => left.min(Self::account_left(who, period)),
			None => 0,
		}
	}

	/// Draws a fee from the allowances of `who` and of the organisation that has most left; all or nothing.
	pub fn draw(who: &T::AccountId, fee: u128) -> Result<(), Exhausted> {
		let period = Self::period();
		let (organisation, left) = Self::best_sponsor(who, period).ok_or(Exhausted)?;
		if fee > left || fee > Self::account_left(who, period) {
			return Err(Exhausted);
		}
		AccountUsages::<T>::mutate(who, |usage| *usage = usage.with(fee, period));
		OrganisationUsages::<T>::mutate(organisation, |usage| *usage = usage.with(fee, period));
		Ok(())
	}

	/// What [`Pallet::allowance_left`] costs at most.
	pub fn allowance_left_weight() -> Weight {
		T::WeightInfo::allowance_left()
	}

	/// What [`Pallet::draw`] costs at most.
	pub fn draw_weight() -> Weight {
		T::WeightInfo::draw()
	}

	fn period() -> u64 {
		Self::now()
			.checked_div(T::AllowancePeriod::get())
			.unwrap_or_default()
	}

	fn account_left(who: &T::AccountId, period: u64) -> u128 {
		AccountUsages::<T>::get(who).left(T::AccountAllowance::get(), period)
	}

	/// The active organisation with most left among those that answer for a live membership of `who`, or that `who`
	/// administers; of equal ones the one with the lowest number.
	fn best_sponsor(who: &T::AccountId, period: u64) -> Option<(OrganisationId, u128)> {
		let now = Self::now();
		let through_membership = Members::<T>::iter_prefix(who)
			.filter(|(role, member)| Self::is_live(*role, member, now))
			.filter_map(|(_, member)| member.organisation);
		let through_administration = Administrations::<T>::get(who)
			.unwrap_or_default()
			.into_iter()
			.filter(|id| Self::is_active(*id));
		through_membership
			.chain(through_administration)
			.map(|id| {
				let left =
					OrganisationUsages::<T>::get(id).left(T::OrganisationAllowance::get(), period);
				(id, left)
			})
			.max_by_key(|(id, left)| (*left, core::cmp::Reverse(*id)))
	}
}
