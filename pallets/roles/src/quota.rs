//! The allowances out of which members in good standing act without fees.
//!
//! Each organisation and each account has an allowance that starts anew in every period; a fee is drawn from both. Who
//! belongs to several organisations draws on the one that has most left.
//!
//! The runtime's transaction extension looks ([`Pallet::allowance`]) when it validates a transaction and draws
//! ([`Pallet::draw_from`]) before it is dispatched. It charges the most that looking may cost,
//! [`Pallet::allowance_weight`], and gives back what lies above the weight that the look itself reports.

use crate::*;
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{OrganisationId, Role, RoleQuery};

/// What an account may use without fees, and at whose expense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
	/// The organisation that answers for the account.
	pub organisation: OrganisationId,
	/// What may still be used in this period.
	pub left: u128,
}

impl<T: Config> Pallet<T> {
	/// What `who` may still use without fees in this period, and what it took to find out. None for those for whom no
	/// active organisation answers.
	pub fn allowance(who: &T::AccountId) -> (Option<Allowance>, Weight) {
		let (now, period) = (Self::now(), Self::period());
		let memberships: Vec<_> = Members::<T>::iter_prefix(who).collect();
		let administrations = Administrations::<T>::get(who).unwrap_or_default();
		let weight =
			T::WeightInfo::allowance(memberships.len() as u32, administrations.len() as u32);
		let through_membership = memberships
			.iter()
			.filter(|(role, member)| Self::is_live(*role, member, now))
			.filter_map(|(_, member)| member.organisation);
		let through_administration = administrations
			.iter()
			.copied()
			.filter(|id| Self::is_active(*id));
		// The active organisation with most left; of equal ones the one with the lowest number.
		let allowance = through_membership
			.chain(through_administration)
			.map(|organisation| Allowance {
				organisation,
				left: Self::organisation_left(organisation, period),
			})
			.max_by_key(|sponsor| (sponsor.left, core::cmp::Reverse(sponsor.organisation)))
			.map(|sponsor| Allowance {
				left: sponsor.left.min(Self::account_left(who, period)),
				..sponsor
			});
		(allowance, weight)
	}

	/// What `who` may still use without fees in this period; nothing for those for whom no active organisation answers.
	pub fn allowance_left(who: &T::AccountId) -> u128 {
		Self::allowance(who).0.map_or(0, |allowance| allowance.left)
	}

	/// Draws a fee from the allowances of `who` and of the organisation that [`Pallet::allowance`] named; all or nothing.
	pub fn draw_from(
		who: &T::AccountId,
		organisation: OrganisationId,
		fee: u128,
	) -> Result<(), Exhausted> {
		let period = Self::period();
		if fee > Self::organisation_left(organisation, period)
			|| fee > Self::account_left(who, period)
		{
			return Err(Exhausted);
		}
		AccountUsages::<T>::mutate(who, |usage| *usage = usage.with(fee, period));
		OrganisationUsages::<T>::mutate(organisation, |usage| *usage = usage.with(fee, period));
		Ok(())
	}

	/// Looks and draws at once.
	pub fn draw(who: &T::AccountId, fee: u128) -> Result<(), Exhausted> {
		let allowance = Self::allowance(who).0.ok_or(Exhausted)?;
		Self::draw_from(who, allowance.organisation, fee)
	}

	/// What [`Pallet::allowance`] costs at most.
	pub fn allowance_weight() -> Weight {
		T::WeightInfo::allowance(Role::ALL.len() as u32, T::MaxAdministrations::get())
	}

	/// What [`Pallet::draw_from`] costs.
	pub fn draw_weight() -> Weight {
		T::WeightInfo::draw_from()
	}

	fn period() -> u64 {
		Self::now()
			.checked_div(T::AllowancePeriod::get())
			.unwrap_or_default()
	}

	fn account_left(who: &T::AccountId, period: u64) -> u128 {
		AccountUsages::<T>::get(who).left(T::AccountAllowance::get(), period)
	}

	fn organisation_left(organisation: OrganisationId, period: u64) -> u128 {
		OrganisationUsages::<T>::get(organisation).left(T::OrganisationAllowance::get(), period)
	}
}
