//! The allowances out of which members in good standing act without fees.
//!
//! Each organisation has an allowance for its staff and administrators, one for its patients and one for its storage
//! nodes, so that none of them takes what the others need. Each account has one of its own within it. They start anew in
//! every period; a fee is drawn from both. Whoever belongs to several organisations draws on where most is left. Beside all
//! of that, each patient has a reserve for what protects them, which hangs on no organisation.
//!
//! The runtime's transaction extension looks ([`Pallet::allowance`], [`Pallet::reserve`]) when it validates a transaction,
//! draws ([`Pallet::draw_from`]) before it is dispatched, and afterwards gives back what was not used
//! ([`Pallet::refund`]). It charges the most that looking may cost, [`Pallet::allowance_weight`], and gives back what lies
//! above the weight that the look itself reports.

use crate::*;
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{OrganisationId, Role, RoleQuery};

/// What a fee is drawn from, beside the account's own allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
	/// What the staff and administrators of an organisation use.
	Staff(OrganisationId),
	/// What the patients of a hospital use.
	Patients(OrganisationId),
	/// What the storage nodes of an organisation use.
	Nodes(OrganisationId),
	/// The reserve of the patient themself.
	Reserve,
}

/// What an account may use without fees, and at whose expense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
	/// What it is drawn from.
	pub pool: Pool,
	/// What may still be used in this period.
	pub left: u128,
}

impl Pool {
	/// Out of which pool a member in this role acts.
	fn of(role: Role, organisation: OrganisationId) -> Self {
		match role {
			Role::Patient => Self::Patients(organisation),
			Role::StorageNode => Self::Nodes(organisation),
			Role::Practitioner
			| Role::RecordsAdmin
			| Role::Auditor
			| Role::InsurerAgent
			| Role::Researcher
			| Role::Device => Self::Staff(organisation),
		}
	}

	/// The order among pools in which equally much is left.
	fn rank(self) -> (u8, OrganisationId) {
		match self {
			Self::Staff(organisation) => (0, organisation),
			Self::Nodes(organisation) => (1, organisation),
			Self::Patients(organisation) => (2, organisation),
			Self::Reserve => (3, 0),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// What `who` may still use without fees in this period, and what it took to find out. None for those for whom no
	/// active organisation answers; the reserve of patients is not in it.
	pub fn allowance(who: &T::AccountId) -> (Option<Allowance>, Weight) {
		let (now, period) = (Self::now(), Self::period());
		let memberships: Vec<_> = Members::<T>::iter_prefix(who).collect();
		let administrations = Administrations::<T>::get(who).unwrap_or_default();
		let weight =
			T::WeightInfo::allowance(memberships.len() as u32, administrations.len() as u32);
		let through_membership = memberships
			.iter()
			.filter(|(role, member)| Self::is_live(*role, member, now))
			.filter_map(|(role, member)| Some(Pool::of(*role, member.organisation?)));
		let through_administration = administrations
			.iter()
			.copied()
			.filter(|id| Self::is_active(*id))
			.map(Pool::Staff);
		let used = AccountUsages::<T>::get(who);
		// Where most is left for the account; of equal ones where most is left for all, then staff's, then the lowest number.
		let allowance = through_membership
			.chain(through_administration)
			.map(|pool| {
				let for_all = Self::pool_left(pool, period);
				let own = used.left(Self::own_allowance(pool), period);
				(for_all.min(own), for_all, pool)
			})
			.max_by_key(|(left, for_all, pool)| (*left, *for_all, core::cmp::Reverse(pool.rank())))
			.map(|(left, _, pool)| Allowance { pool, left });
		(allowance, weight)
	}

	/// What `who` may still use without fees in this period; nothing for those for whom no active organisation answers.
	pub fn allowance_left(who: &T::AccountId) -> u128 {
		Self::allowance(who).0.map_or(0, |allowance| allowance.left)
	}

	/// What a patient may still use in this period for what protects them. None for those who are no patients.
	///
	/// No organisation, and nobody else's use, makes it less.
	pub fn reserve(who: &T::AccountId) -> Option<Allowance> {
		Members::<T>::contains_key(who, Role::Patient).then(|| Allowance {
			pool: Pool::Reserve,
			left: Self::reserve_left(who, Self::period()),
		})
	}

	/// Draws a fee from the pool that [`Pallet::allowance`] or [`Pallet::reserve`] named, and from the allowance of `who`;
	/// all or nothing.
	pub fn draw_from(who: &T::AccountId, pool: Pool, fee: u128) -> Result<(), Exhausted> {
		let period = Self::period();
		if pool == Pool::Reserve {
			if fee > Self::reserve_left(who, period) {
				return Err(Exhausted);
			}
			ReserveUsages::<T>::mutate(who, |usage| *usage = usage.with(fee, period));
			return Ok(());
		}
		let own = AccountUsages::<T>::get(who);
		if fee > Self::pool_left(pool, period) || fee > own.left(Self::own_allowance(pool), period)
		{
			return Err(Exhausted);
		}
		AccountUsages::<T>::insert(who, own.with(fee, period));
		Self::change_pool(pool, |usage| usage.with(fee, period));
		Ok(())
	}

	/// Gives back what was drawn, in the same block, and not used.
	pub fn refund(who: &T::AccountId, pool: Pool, amount: u128) {
		let period = Self::period();
		if pool == Pool::Reserve {
			ReserveUsages::<T>::mutate(who, |usage| *usage = usage.without(amount, period));
			return;
		}
		AccountUsages::<T>::mutate(who, |usage| *usage = usage.without(amount, period));
		Self::change_pool(pool, |usage| usage.without(amount, period));
	}

	/// Looks and draws at once.
	pub fn draw(who: &T::AccountId, fee: u128) -> Result<(), Exhausted> {
		let allowance = Self::allowance(who).0.ok_or(Exhausted)?;
		Self::draw_from(who, allowance.pool, fee)
	}

	/// What [`Pallet::allowance`] costs at most.
	pub fn allowance_weight() -> Weight {
		T::WeightInfo::allowance(Role::ALL.len() as u32, T::MaxAdministrations::get())
	}

	/// What [`Pallet::reserve`] costs.
	pub fn reserve_weight() -> Weight {
		T::WeightInfo::reserve()
	}

	/// What [`Pallet::draw_from`] and [`Pallet::refund`] cost.
	pub fn draw_weight() -> Weight {
		T::WeightInfo::draw_from().saturating_add(T::WeightInfo::refund())
	}

	fn period() -> u64 {
		Self::now()
			.checked_div(T::AllowancePeriod::get())
			.unwrap_or_default()
	}

	/// What one account may use of a pool.
	fn own_allowance(pool: Pool) -> u128 {
		match pool {
			Pool::Staff(_) | Pool::Nodes(_) => T::AccountAllowance::get(),
			Pool::Patients(_) => T::PatientAllowance::get(),
			Pool::Reserve => T::PatientReserve::get(),
		}
	}

	/// What is left in a pool for all who share it; the reserve is shared by nobody.
	fn pool_left(pool: Pool, period: u64) -> u128 {
		let (usage, allowance) = match pool {
			Pool::Staff(organisation) => (
				OrganisationUsages::<T>::get(organisation),
				T::OrganisationAllowance::get(),
			),
			Pool::Patients(organisation) => (
				PatientsUsages::<T>::get(organisation),
				T::PatientsAllowance::get(),
			),
			Pool::Nodes(organisation) => (
				NodesUsages::<T>::get(organisation),
				T::OrganisationAllowance::get(),
			),
			Pool::Reserve => (Usage::default(), T::PatientReserve::get()),
		};
		usage.left(allowance, period)
	}

	fn change_pool(pool: Pool, change: impl FnOnce(Usage) -> Usage) {
		let change = |usage: &mut Usage| *usage = change(*usage);
		match pool {
			Pool::Staff(organisation) => OrganisationUsages::<T>::mutate(organisation, change),
			Pool::Patients(organisation) => PatientsUsages::<T>::mutate(organisation, change),
			Pool::Nodes(organisation) => NodesUsages::<T>::mutate(organisation, change),
			Pool::Reserve => {}
		}
	}

	fn reserve_left(who: &T::AccountId, period: u64) -> u128 {
		ReserveUsages::<T>::get(who).left(T::PatientReserve::get(), period)
	}
}
