//! Dispatch in a patient's name, and the answers of [`SuccessionQuery`].

use crate::{Call, Config, Error, Event, Pallet, Predecessors, Successors, WeightInfo};
use frame_support::{
	dispatch::{extract_actual_weight, DispatchResultWithPostInfo, GetDispatchInfo},
	ensure,
	traits::{IsSubType, IsType, OriginTrait},
	weights::Weight,
};
use frame_system::{pallet_prelude::OriginFor, RawOrigin};
use salus_primitives::{ActFilter, SuccessionQuery};
use sp_runtime::traits::Dispatchable;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_act(
		mut origin: OriginFor<T>,
		who: T::AccountId,
		patient: T::AccountId,
		call: <T as Config>::RuntimeCall,
	) -> DispatchResultWithPostInfo {
		ensure!(Successors::<T>::get(&patient).as_ref() == Some(&who), Error::<T>::NotSuccessor);
		ensure!(Self::may_act(&patient, call.into_ref()), Error::<T>::Forbidden);
		// The filter also applies to nested calls, such as a batch's.
		let named = patient.clone();
		origin.add_filter(move |call: &_| Self::may_act(&named, call));
		origin.set_caller_from(RawOrigin::Signed(patient.clone()));
		let info = call.get_dispatch_info();
		let own =
			T::WeightInfo::act().saturating_add(T::ActFilter::may_act_weight(call.into_ref()));
		let result = call.dispatch(origin);
		let weight = own.saturating_add(extract_actual_weight(&result, &info));
		match result {
			Ok(_) => {
				Self::deposit_event(Event::Acted { patient, successor: who });
				Ok(Some(weight).into())
			}
			Err(mut error) => {
				error.post_info = Some(weight).into();
				Err(error)
			}
		}
	}

	/// Returns whether a successor may dispatch the call. `act` itself is refused: a successor acts
	/// for one patient, and not through that one for another.
	fn may_act(patient: &T::AccountId, call: &<T as frame_system::Config>::RuntimeCall) -> bool {
		let ours = <T as Config>::RuntimeCall::from_ref(call);
		!matches!(ours.is_sub_type(), Some(Call::act { .. }))
			&& T::ActFilter::may_act(patient, call)
	}
}

impl<T: Config> SuccessionQuery<T::AccountId> for Pallet<T> {
	fn is_succeeded(account: &T::AccountId) -> bool {
		Successors::<T>::contains_key(account)
			|| Predecessors::<T>::get(account)
				.is_some_and(|patient| Self::successor(&patient).as_ref() != Some(account))
	}

	fn successor(patient: &T::AccountId) -> Option<T::AccountId> {
		Successors::<T>::get(patient)
	}

	fn acts_for(account: &T::AccountId) -> Option<T::AccountId> {
		Predecessors::<T>::get(account)
			.filter(|patient| Self::successor(patient).as_ref() == Some(account))
	}

	fn succession_weight() -> Weight {
		T::WeightInfo::succession()
	}
}
