//! Suspensions that only the pallet that caused them lifts.

use crate::*;
use frame_support::{dispatch::DispatchResult, ensure};
use salus_primitives::{MemberStatus, Role};

impl<T: Config> Pallet<T> {
	/// Suspends a membership and bars its reinstatement, and any admission in its place. One that is suspended already is
	/// barred as well, and so is one that has ended: or a member would leave in time, and come back elsewhere. Patients, and
	/// those who were never members, are left alone.
	pub(crate) fn do_bar(account: &T::AccountId, role: Role) {
		if role != Role::Patient && Members::<T>::contains_key(account, role) {
			Self::suspend_if_active(account, role);
			Barred::<T>::insert(account, role, ());
		}
	}

	/// Lifts the bar and the suspension. Whether there was a bar.
	pub(crate) fn do_unbar(account: &T::AccountId, role: Role) -> bool {
		if Barred::<T>::take(account, role).is_none() {
			return false;
		}
		if let Some(mut member) = Members::<T>::get(account, role) {
			if member.status == MemberStatus::Suspended {
				member.status = MemberStatus::Active;
				Members::<T>::insert(account, role, member);
				Self::deposit_event(Event::MemberReinstated {
					account: account.clone(),
					role,
				});
			}
		}
		true
	}

	pub(crate) fn ensure_not_barred(account: &T::AccountId, role: Role) -> DispatchResult {
		ensure!(
			!Barred::<T>::contains_key(account, role),
			Error::<T>::Barred
		);
		Ok(())
	}
}
