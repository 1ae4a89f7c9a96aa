//! Calls of the pallet. Each checks its origin and leaves the rest to a `do_…` function.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod calls {
	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Announces the key to which the other members encrypt their dealings for this member.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Announce`](salus_primitives::CommitteeStatement::Announce).
		///
		/// ## Details
		/// A member announces once in an epoch. The last announcement ends the phase. A key that
		/// another member has already announced is refused, so that nobody can take a
		/// member's place by repeating its key.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooLate`],
		/// [`Error::AlreadySaid`], [`Error::KeyTaken`]. The pool already refuses a transaction with
		/// one of these errors, or without the member's own signature.
		///
		/// ## Events
		/// [`Event::Announced`], and [`Event::Excluded`] for each member that is late.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::announce().saturating_add(Pallet::<T>::takeover_weight()))]
		#[pallet::authorize(Self::authorize_announce)]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_announce().saturating_add(Pallet::<T>::takeover_weight())
		)]
		pub fn announce(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			key: MemberKey,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_announce(epoch, index, key)
		}

		/// Posts this member's dealing.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Deal`](salus_primitives::CommitteeStatement::Deal).
		///
		/// ## Details
		/// A member deals once in an epoch. The last dealing ends the phase. The chain stores the
		/// dealing's bytes without reading them. If the epoch takes over a key, only
		/// members that hold a share of it deal.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`],
		/// [`Error::TooLate`], [`Error::NoKey`], [`Error::AlreadySaid`], [`Error::NoShare`]. The
		/// pool already refuses a transaction with one of these errors, or without the member's own
		/// signature.
		///
		/// ## Events
		/// [`Event::Dealt`], and [`Event::Excluded`] for each member that is late.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::deal().saturating_add(Pallet::<T>::takeover_weight()))]
		#[pallet::authorize(Self::authorize_deal)]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_deal().saturating_add(Pallet::<T>::takeover_weight())
		)]
		pub fn deal(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			dealing: Dealing,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_deal(epoch, index, dealing)
		}

		/// Confirms which dealings are invalid, and which key the valid ones make. This member now
		/// keeps a share of that key.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Confirm`](salus_primitives::CommitteeStatement::Confirm).
		///
		/// ## Details
		/// A member that announced a key in time confirms once in an epoch, even if it has not
		/// dealt. `excluded` has the bit `index - 1` of each member whose dealing is invalid. Each
		/// confirmation is a vote. A quorum of equal votes makes the epoch active, regardless of
		/// the other votes. A member that derives its share later confirms the key that was
		/// decided. Once every member has confirmed it, shares of earlier epochs are of no use.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`],
		/// [`Error::TooLate`], [`Error::NoKey`], [`Error::AlreadySaid`],
		/// [`Error::InvalidExclusion`], [`Error::Excluded`]. The pool already refuses a transaction
		/// with one of these errors, or without the member's own signature.
		///
		/// ## Events
		/// [`Event::Confirmed`]; with the deciding vote also [`Event::Excluded`] for each invalid
		/// dealing, [`Event::EpochActivated`] and [`Event::EpochSuperseded`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::confirm().saturating_add(Pallet::<T>::takeover_weight()))]
		#[pallet::authorize(Self::authorize_confirm)]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_confirm().saturating_add(Pallet::<T>::takeover_weight())
		)]
		pub fn confirm(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			excluded: u16,
			public: EpochPublic,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_confirm(epoch, index, excluded, public)
		}

		/// Posts this member's share for a release.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Share`](salus_primitives::CommitteeStatement::Share).
		///
		/// ## Details
		/// A member posts once for a request. The share is sealed to the reader's one-time key,
		/// so the chain cannot read it. The reader checks it, and knows from its index whose it is.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooEarly`] and
		/// [`Error::TooLate`] if the epoch has no key, [`Error::NoKey`], [`Error::Excluded`], and
		/// errors of [`KeyRelease`](salus_primitives::KeyRelease). The pool already refuses a
		/// transaction with one of these errors, or without the member's own signature.
		///
		/// ## Events
		/// Events of [`KeyRelease`](salus_primitives::KeyRelease).
		#[pallet::call_index(3)]
		#[pallet::weight(
			T::WeightInfo::submit_share().saturating_add(T::Releases::accept_share_weight())
		)]
		#[pallet::authorize(Self::authorize_submit_share)]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_submit_share()
				.saturating_add(T::Releases::accept_share_weight())
		)]
		pub fn submit_share(
			origin: OriginFor<T>,
			request: RequestId,
			epoch: Epoch,
			index: MemberIndex,
			share: SealedShare,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_submit_share(request, epoch, index, share)
		}

		/// Asks for a new epoch of the same members, in which this member gets a share.
		///
		/// ## Origin
		/// Authorised by the member's signature over
		/// [`CommitteeStatement::Rejoin`](salus_primitives::CommitteeStatement::Rejoin).
		///
		/// ## Details
		/// For a member without a share of the active key: it announced no key in time, did not
		/// derive its share, or lost it later, which only the member knows. It is also open to
		/// every member of an epoch whose threshold is below two thirds plus one of all seats. The
		/// new epoch opens in the next block, or after a pause. The pause grows when epochs follow
		/// each other closely without a decision of the council (to five hours), and with each
		/// request of the same member (to a week), so a member that asks without need does not keep
		/// the others busy. One request in each [`Config::RefreshPeriod`] is forgotten, and all
		/// when the members change. If an epoch was to open later, a request brings it forward.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`], [`Error::UnknownMember`], [`Error::TooLate`] unless the epoch
		/// is both the active and the latest one, [`Error::AlreadySaid`] if a new epoch is already
		/// to follow no later, [`Error::Excluded`] if the member's dealing was invalid. The pool
		/// already refuses a transaction with one of these errors, or without the member's own
		/// signature.
		///
		/// ## Events
		/// [`Event::EpochOpened`] in the block in which the new epoch opens.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::rejoin().saturating_add(Pallet::<T>::pause_weight()))]
		#[pallet::authorize(Self::authorize_rejoin)]
		#[pallet::weight_of_authorize(
			T::WeightInfo::authorize_rejoin().saturating_add(Pallet::<T>::pause_weight())
		)]
		pub fn rejoin(
			origin: OriginFor<T>,
			epoch: Epoch,
			index: MemberIndex,
			_signature: CommitteeSignature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_rejoin(epoch, index)
		}

		/// Has the members renew their shares, or the key, at once.
		///
		/// ## Origin
		/// [`Config::CouncilOrigin`].
		///
		/// ## Details
		/// Opens an epoch of the same members or, if a change of members is due, of the new ones.
		/// With [`Renewal::Shares`] it takes over the key. With [`Renewal::Key`] it makes a new
		/// one, and a forming epoch is abandoned for it; the old members keep their shares of the
		/// old key, and release what is sealed to it.
		///
		/// ## Errors
		/// [`Error::UnknownEpoch`] if no epoch has a key, [`Error::AlreadySaid`] for
		/// [`Renewal::Shares`] while an epoch forms that takes over the key, because its members
		/// get other shares anyway.
		///
		/// ## Events
		/// [`Event::EpochOpened`], and [`Event::EpochAbandoned`] for a forming epoch.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::renew().saturating_add(Pallet::<T>::takeover_weight()))]
		pub fn renew(origin: OriginFor<T>, renewal: Renewal) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_renew(renewal)
		}

		/// Elects validators into the committee, in place of those elected before.
		///
		/// ## Origin
		/// [`Config::CouncilOrigin`].
		///
		/// ## Details
		/// The next session takes them as members, in the order in which they became validators. If
		/// this changes the members, an epoch of the new ones opens at once, and takes the key over
		/// if enough of them hold a share of it. Otherwise it makes a new key. Without `members`,
		/// the longest-standing validators are the members again.
		///
		/// The election holds until the next one. While an elected validator is not in the session,
		/// the longest-standing of the others takes its place.
		///
		/// ## Errors
		/// [`Error::NotValidator`], [`Error::OneEach`], [`Error::TooFew`].
		///
		/// ## Events
		/// [`Event::Elected`], and [`Event::EpochOpened`] in the block in which the new epoch
		/// opens.
		#[pallet::call_index(6)]
		pub fn elect(
			origin: OriginFor<T>,
			members: BoundedVec<T::AccountId, ConstU32<MAX_COMMITTEE>>,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_elect(members)
		}
	}
}
