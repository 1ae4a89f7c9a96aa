//! Suspensions that only the pallet that caused them can lift.

use crate::*;
use frame_support::{dispatch::DispatchResult, ensure};
use salus_primitives::{MemberStatus, Role};

impl<T: Config> Pallet<T> {
	/// Suspends a membership and bars its reinstatement and any admission in its place. A
	/// membership that is already suspended or revoked is barred too; otherwise a member could
	/// leave in time and come back elsewhere. Patients, and accounts that never had this
	/// membership, do not change.
	pub(crate) fn do_bar(account: &T::AccountId, role: Role) {
		let Some(member) = Members::<T>::get(account, role).filter(|_| role != Role::Patient)
		else {
			return;
		};
		let by_hospital =
			Barred::<T>::get(account, role).unwrap_or(member.status == MemberStatus::Suspended);
		Self::suspend_if_active(account, role);
		Barred::<T>::insert(account, role, by_hospital);
	}

	/// Lifts the bar, and the suspension unless the hospital suspended the membership itself.
	/// Returns whether there was a bar.
	pub(crate) fn do_unbar(account: &T::AccountId, role: Role) -> bool {
		let Some(by_hospital) = Barred::<T>::take(account, role) else {
			return false;
		};
		if let Some(mut member) = Members::<T>::get(account, role) {
			if member.status == MemberStatus::Suspended && !by_hospital {
				member.status = MemberStatus::Active;
				Members::<T>::insert(account, role, member);
				Self::deposit_event(Event::MemberReinstated { account: account.clone(), role });
			}
		}
		true
	}

	/// Notes that the hospital suspends a barred membership itself, so that lifting the bar leaves
	/// it suspended. Returns whether that is new.
	pub(crate) fn suspend_barred(account: &T::AccountId, role: Role) -> bool {
		let is_new = Barred::<T>::get(account, role) == Some(false);
		if is_new {
			Barred::<T>::insert(account, role, true);
		}
		is_new
	}

	pub(crate) fn ensure_not_barred(account: &T::AccountId, role: Role) -> DispatchResult {
		ensure!(!Barred::<T>::contains_key(account, role), Error::<T>::Barred);
		Ok(())
	}
}
