//! The members among the validators: those that the council elected, or else the longest-standing
//! ones.

use crate::*;
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use frame_support::{ensure, traits::ConstU32, BoundedVec};
use salus_primitives::{OrganisationId, ValidatorQuery, MAX_COMMITTEE};
use sp_runtime::DispatchResult;

/// Minimum number of elected members, unless the chain's minimum of validators is lower: the
/// smallest committee that releases keys while one member is down.
const LEAST: u32 = 4;

impl<T: Config> Pallet<T> {
	/// Elects validators into the committee from the next session on. The election holds until the
	/// next one.
	pub(crate) fn do_elect(
		members: BoundedVec<T::AccountId, ConstU32<MAX_COMMITTEE>>,
	) -> DispatchResult {
		if !members.is_empty() {
			let needed = T::Validators::minimum().min(LEAST);
			ensure!(members.len() as u32 >= needed, Error::<T>::TooFew);
			let present: BTreeMap<_, _> = T::Validators::present().into_iter().collect();
			let (mut accounts, mut hospitals) = (BTreeSet::new(), BTreeSet::new());
			for member in &members {
				let hospital = present.get(member).ok_or(Error::<T>::NotValidator)?;
				ensure!(accounts.insert(member), Error::<T>::OneEach);
				ensure!(hospital.is_none_or(|one| hospitals.insert(one)), Error::<T>::OneEach);
			}
		}
		Elected::<T>::put(&members);
		ElectionDue::<T>::put(true);
		Self::deposit_event(Event::Elected { members });
		Ok(())
	}

	/// Returns the members among a session's validators, in the validators' order, so that an
	/// election changes no member's place without need.
	///
	/// Elected validators come first. If some have left, the earliest others take their places,
	/// because a smaller committee has a smaller threshold. Without an election, the earliest ones
	/// are members. A hospital has one seat, and so has a key.
	pub(crate) fn members_of(
		validators: Vec<(T::AccountId, CommitteeId)>,
	) -> Vec<(T::AccountId, CommitteeId)> {
		let elected = Elected::<T>::get();
		let seats = match elected.len() {
			0 => MAX_COMMITTEE as usize,
			elected => elected,
		};
		let hospitals: BTreeMap<T::AccountId, Option<OrganisationId>> =
			T::Validators::present().into_iter().collect();
		let (first, others): (Vec<_>, Vec<_>) =
			validators.iter().enumerate().partition(|(_, (account, _))| elected.contains(account));
		let (mut places, mut seated, mut keys) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
		for (place, (account, id)) in first.into_iter().chain(others) {
			if places.len() >= seats {
				break;
			}
			if keys.contains(&id) {
				log::error!(target: LOG_TARGET, "two members have the same committee key: {id:?}");
				continue;
			}
			let hospital = hospitals.get(account).copied().flatten();
			if hospital.is_none_or(|one| seated.insert(one)) {
				keys.push(id);
				places.insert(place);
			}
		}
		let all = validators.into_iter().enumerate();
		all.filter(|(place, _)| places.contains(place)).map(|(_, member)| member).collect()
	}

	/// Returns the validators that the council elected; none without an election.
	pub fn elected() -> Vec<T::AccountId> {
		Elected::<T>::get().into_inner()
	}
}
