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
		if role != Role::Patient && Members::<T>::contains_key(account, role) {
			Self::suspend_if_active(account, role);
			Barred::<T>::insert(account, role, ());
		}
	}

	/// Lifts the bar and the suspension. Returns whether there was a bar.
	pub(crate) fn do_unbar(account: &T::AccountId, role: Role) -> bool {
		if Barred::<T>::take(account, role).is_none() {
			return false;
		}
		if let Some(mut member) = Members::<T>::get(account, role) {
			if member.status == MemberStatus::Suspended {
				member.status = MemberStatus::Active;
				Members::<T>::insert(account, role, member);
				Self::deposit_event(Event::MemberReinstated { account: account.clone(), role });
			}
		}
		true
	}

	pub(crate) fn ensure_not_barred(account: &T::AccountId, role: Role) -> DispatchResult {
		ensure!(!Barred::<T>::contains_key(account, role), Error::<T>::Barred);
		Ok(())
	}
}
