//! Allowances that let members in good standing act without fees.
//!
//! Each organisation has one allowance for its staff and administrators, one for its patients and
//! one for its storage nodes, so that no group uses up what another needs. Within it, each account
//! has its own allowance. A fee is drawn from both. Both are refilled at the beginning of each
//! period. An account of several organisations draws on the one with most left. In addition, each
//! patient has a reserve for acts that protect them, which depends on no organisation.
//!
//! The runtime's transaction extension reads ([`Pallet::allowance`], [`Pallet::reserve`]) when it
//! validates a transaction, draws ([`Pallet::draw_from`]) before dispatch, and then refunds what
//! was not used ([`Pallet::refund`]). It charges the maximum weight of the read,
//! [`Pallet::allowance_weight`], and refunds what exceeds the weight that the read reports.

use crate::*;
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{OrganisationId, Role, RoleQuery};

/// Source of a fee, besides the account's own allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
	/// Allowance of an organisation's staff and administrators.
	Staff(OrganisationId),
	/// Allowance of a hospital's patients.
	Patients(OrganisationId),
	/// Allowance of an organisation's storage nodes.
	Nodes(OrganisationId),
	/// The patient's own reserve.
	Reserve,
}

/// Remaining allowance of an account, with its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
	/// Pool to draw fees from.
	pub pool: Pool,
	/// Remaining part for this period, in fee units.
	pub left: u128,
}

impl Pool {
	/// Returns the pool of a member in this role.
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

	/// Returns the rank among pools with equal amounts left; the lowest comes first.
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
	/// Returns the remaining allowance of `who` in this period, and the weight of this read. `None`
	/// if no active organisation answers for the account. A hospital answers for its patients even
	/// while it is suspended. A patient's reserve is not included.
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
		let through_administration =
			administrations.iter().copied().filter(|id| Self::is_active(*id)).map(Pool::Staff);
		let used = AccountUsages::<T>::get(who);
		// Most left for the account first; then most left in the pool; then staff before nodes and
		// patients; then the lowest number.
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

	/// Returns the remaining allowance of `who` in this period, in fee units; 0 if no active
	/// organisation answers for the account.
	pub fn allowance_left(who: &T::AccountId) -> u128 {
		Self::allowance(who).0.map_or(0, |allowance| allowance.left)
	}

	/// Returns a patient's remaining reserve in this period. `None` if the account is not a
	/// patient.
	///
	/// Neither an organisation nor anybody else's use can lower it.
	pub fn reserve(who: &T::AccountId) -> Option<Allowance> {
		Members::<T>::contains_key(who, Role::Patient).then(|| Allowance {
			pool: Pool::Reserve,
			left: Self::reserve_left(who, Self::period()),
		})
	}

	/// Draws a fee from the pool that [`Pallet::allowance`] or [`Pallet::reserve`] returned, and
	/// from the allowance of `who`. If either does not cover the fee, draws nothing and fails.
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

	/// Refunds an unused amount that was drawn in the same block.
	pub fn refund(who: &T::AccountId, pool: Pool, amount: u128) {
		let period = Self::period();
		if pool == Pool::Reserve {
			ReserveUsages::<T>::mutate(who, |usage| *usage = usage.without(amount, period));
			return;
		}
		AccountUsages::<T>::mutate(who, |usage| *usage = usage.without(amount, period));
		Self::change_pool(pool, |usage| usage.without(amount, period));
	}

	/// Reads the allowance and draws from it.
	pub fn draw(who: &T::AccountId, fee: u128) -> Result<(), Exhausted> {
		let allowance = Self::allowance(who).0.ok_or(Exhausted)?;
		Self::draw_from(who, allowance.pool, fee)
	}

	/// Returns the maximum weight of [`Pallet::allowance`].
	pub fn allowance_weight() -> Weight {
		T::WeightInfo::allowance(Role::ALL.len() as u32, T::MaxAdministrations::get())
	}

	/// Returns the weight of [`Pallet::reserve`].
	pub fn reserve_weight() -> Weight {
		T::WeightInfo::reserve()
	}

	/// Returns the weight of [`Pallet::draw_from`] and [`Pallet::refund`] together.
	pub fn draw_weight() -> Weight {
		T::WeightInfo::draw_from().saturating_add(T::WeightInfo::refund())
	}

	fn period() -> u64 {
		Self::now().checked_div(T::AllowancePeriod::get()).unwrap_or_default()
	}

	/// Returns one account's own allowance within a pool.
	fn own_allowance(pool: Pool) -> u128 {
		match pool {
			Pool::Staff(_) | Pool::Nodes(_) => T::AccountAllowance::get(),
			Pool::Patients(_) => T::PatientAllowance::get(),
			Pool::Reserve => T::PatientReserve::get(),
		}
	}

	/// Returns what is left in a pool for all who share it. Nobody shares a reserve.
	fn pool_left(pool: Pool, period: u64) -> u128 {
		let (usage, allowance) = match pool {
			Pool::Staff(organisation) => {
				(OrganisationUsages::<T>::get(organisation), T::OrganisationAllowance::get())
			}
			Pool::Patients(organisation) => {
				(PatientsUsages::<T>::get(organisation), T::PatientsAllowance::get())
			}
			Pool::Nodes(organisation) => {
				(NodesUsages::<T>::get(organisation), T::OrganisationAllowance::get())
			}
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
