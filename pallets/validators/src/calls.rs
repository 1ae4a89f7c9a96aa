//! Calls of the pallet. Each checks its origin and leaves the rest to a `do_…` function.
//!
//! `feeless_if` with `true`: the runtime may draw the call from the sender's allowance instead of
//! charging a fee (`runtime/src/fees.rs`).

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod calls {
	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Adds a hospital's validator, and gives the hospital a seat in the council.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The hospital must be active and run no other validator. `validator` must have registered
		/// its session keys. `representative` votes for the hospital, and must not vote for
		/// another. The current session ends, and the validator takes part two blocks later. The
		/// council cannot add validators while a validator of genesis belongs to no hospital.
		///
		/// ## Errors
		/// [`Error::Unassigned`], [`Error::NotHospital`], [`Error::OneEach`],
		/// [`Error::AlreadyValidator`], [`Error::AlreadySeated`], [`Error::NoSessionKeys`],
		/// [`Error::Full`].
		///
		/// ## Events
		/// [`Event::Added`].
		#[pallet::call_index(0)]
		pub fn add(
			origin: OriginFor<T>,
			validator: T::AccountId,
			organisation: OrganisationId,
			representative: T::AccountId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_add(validator, organisation, representative)
		}

		/// Removes a validator and its seat.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The current session ends, and the validator stops taking part two blocks later. Its
		/// operator keeps its shares of earlier epochs' keys, which still open what was sealed to
		/// them.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::BelowMinimum`].
		///
		/// ## Events
		/// [`Event::Removed`].
		#[pallet::call_index(1)]
		pub fn remove(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_remove(&validator)
		}

		/// Replaces the account of a hospital's validator, for example because its key is lost or
		/// known to others.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// `by` must have registered its own session keys. The set never gets smaller. To change
		/// only the session keys, use `session.setKeys`, which needs no council.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::AlreadyValidator`], [`Error::NoSessionKeys`].
		///
		/// ## Events
		/// [`Event::Replaced`].
		#[pallet::call_index(2)]
		pub fn replace(
			origin: OriginFor<T>,
			validator: T::AccountId,
			by: T::AccountId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_replace(&validator, by)
		}

		/// Assigns a validator of genesis to the hospital that runs it; genesis has no assignments.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The hospital must be active and run no other validator.
		///
		/// ## Errors
		/// [`Error::NotHospital`], [`Error::OneEach`], [`Error::NotValidator`],
		/// [`Error::AlreadyAssigned`].
		///
		/// ## Events
		/// [`Event::Assigned`].
		#[pallet::call_index(3)]
		pub fn assign(
			origin: OriginFor<T>,
			validator: T::AccountId,
			organisation: OrganisationId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_assign(validator, organisation)
		}

		/// Names the next representative of a hospital.
		///
		/// ## Origin
		/// Signed by an administrator of the hospital that runs the validator. The hospital must be
		/// active.
		///
		/// ## Details
		/// If the caller is the representative, the change applies at once. Otherwise the current
		/// representative has [`Config::NoticePeriod`] to object; after that, anyone can confirm
		/// the nomination. A new nomination replaces an open one, and the period starts again.
		///
		/// After an objection, time alone no longer decides, not even for later nominations, while
		/// the administrator who made the nomination is still one.
		///
		/// When the change applies, the council drops the votes of the previous representative on
		/// open motions, as it does for every member who leaves.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NotAdministrator`], [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`] or [`Event::Nominated`].
		#[pallet::call_index(4)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &T::AccountId| -> bool { true })]
		pub fn represent(
			origin: OriginFor<T>,
			validator: T::AccountId,
			representative: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_represent(&who, validator, representative)
		}

		/// Sets the minimum number of validators.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// Four is the smallest set that tolerates the failure of one validator.
		///
		/// ## Errors
		/// [`Error::BadMinimum`].
		///
		/// ## Events
		/// [`Event::MinimumChanged`].
		#[pallet::call_index(5)]
		pub fn set_minimum(origin: OriginFor<T>, minimum: u32) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_minimum(minimum)
		}

		/// Agrees to be replaced by the account that an administrator named. The change applies at
		/// once.
		///
		/// ## Origin
		/// Signed by the representative of the hospital that runs the validator.
		///
		/// ## Details
		/// `representative` is the named account, so that nobody agrees to a nomination other than
		/// the one they saw.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NotRepresentative`], [`Error::NoNomination`],
		/// [`Error::NotAdministrator`] if the author of the nomination is no longer an
		/// administrator,
		/// [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`].
		#[pallet::call_index(6)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &T::AccountId| -> bool { true })]
		pub fn agree(
			origin: OriginFor<T>,
			validator: T::AccountId,
			representative: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_agree(&who, validator, representative)
		}

		/// Objects to a nomination, which then cannot be confirmed.
		///
		/// ## Origin
		/// Signed by the representative or an administrator of the hospital that runs the
		/// validator.
		///
		/// ## Details
		/// Possible until the nomination is confirmed. An objection that succeeds costs no fee. The
		/// representative can still agree, and the council can still appoint.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NoNomination`], [`Error::NotRepresentative`],
		/// [`Error::ObjectionStands`].
		///
		/// ## Events
		/// [`Event::Objected`].
		#[pallet::call_index(7)]
		// Operational, so that nobody can keep out an objection by filling blocks.
		#[pallet::weight((<T as Config>::WeightInfo::object(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn object(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_object(&who, validator)?;
			Ok(Pays::No.into())
		}

		/// Confirms a nomination to which nobody objected in time.
		///
		/// ## Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// The author of the nomination must still be an administrator, and the hospital must be
		/// active.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::NoNomination`], [`Error::ObjectionStands`],
		/// [`Error::TooEarly`], [`Error::NotAdministrator`], [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`].
		#[pallet::call_index(8)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn confirm(origin: OriginFor<T>, validator: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_confirm(validator)
		}

		/// Appoints the representative of a hospital, for example because the current one is lost
		/// or objects without reason.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The change applies at once, and an open nomination is dropped.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::AlreadySeated`].
		///
		/// ## Events
		/// [`Event::Represented`].
		#[pallet::call_index(9)]
		pub fn appoint(
			origin: OriginFor<T>,
			validator: T::AccountId,
			representative: T::AccountId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_appoint(validator, representative)
		}
	}
}
