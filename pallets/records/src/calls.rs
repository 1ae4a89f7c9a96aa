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
		/// Registers a record with its first version.
		///
		/// ## Origin
		/// Signed by the author: a live practitioner, records admin or device of
		/// `new.organisation`.
		///
		/// ## Details
		/// The author, patient and salt determine the identifier. If the same author has already
		/// registered the record with the same content, the call succeeds without change or event,
		/// and ignores the wraps; a client may therefore repeat it. The version is pending until a
		/// storage node confirms it.
		///
		/// With `new.sealed` the version is guarded: its key is sealed to the committee's active
		/// epoch and wrapped only for the patient. The chain cannot look into a sealed key. If a
		/// key does not open, nobody but its author is harmed, and the patient can replace it with
		/// [`Pallet::reseal`]. Each wrap must be for its recipient's current key.
		///
		/// ## Errors
		/// [`Error::NotWriter`], [`Error::UnknownPatient`], [`Error::RecordErased`],
		/// [`Error::AlreadyRegistered`], [`Error::NotPermitted`], [`Error::InvalidCid`],
		/// [`Error::EmptyContent`], [`Error::TooLarge`], [`Error::RootTaken`], [`Error::RootFull`],
		/// [`Error::MissingOwnerWrap`], [`Error::DuplicateRecipient`], [`Error::EpochNotActive`],
		/// [`Error::WrapBypassesLog`], [`Error::WrongKeyVersion`], [`Error::TooManyRecords`].
		///
		/// ## Events
		/// [`Event::Registered`].
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::register_weight(new))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &NewRecord<T::AccountId>| -> bool { true })]
		pub fn register(
			origin: OriginFor<T>,
			new: NewRecord<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let author = ensure_signed(origin)?;
			Self::do_register(&author, new)
		}

		/// Registers several records under one signature: all or none.
		///
		/// ## Origin
		/// Signed by the author of all records, as for [`Pallet::register`].
		///
		/// ## Details
		/// Registers each record as [`Pallet::register`] does, in order. Skips records that are
		/// already registered with the same content.
		///
		/// Whether the author may write is decided once for each patient, organisation and category
		/// that the records name. Before dispatch, the call reserves weight for the longest
		/// decision of each, so that a call about many patients holds fewer records than
		/// [`Config::MaxBatch`]. The call returns the weight that the decisions did not use.
		///
		/// ## Errors
		/// Those of [`Pallet::register`]. The first error undoes all registrations, and the call is
		/// charged for the records up to it.
		///
		/// ## Events
		/// [`Event::Registered`] for each new record.
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::register_many_weight(records))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>| -> bool { true })]
		pub fn register_many(
			origin: OriginFor<T>,
			records: BoundedVec<NewRecord<T::AccountId>, T::MaxBatch>,
		) -> DispatchResultWithPostInfo {
			let author = ensure_signed(origin)?;
			Self::do_register_many(&author, records)
		}

		/// Appends a version to a record.
		///
		/// ## Origin
		/// Signed by a live practitioner, records admin or device of `organisation` whom the
		/// patient permits to write this record. The signer need not be its first author.
		///
		/// ## Details
		/// `expected_version` is the latest version that the author knows; the new version is the
		/// next one. If that version exists already, by the same author and with the same content,
		/// the call succeeds without change or event. Earlier versions stay. With `sealed` the
		/// version is guarded, as for [`Pallet::register`]; each version has its own mode.
		///
		/// ## Errors
		/// [`Error::NotWriter`], [`Error::UnknownRecord`], [`Error::RecordErased`],
		/// [`Error::UnknownPatient`], [`Error::NotPermitted`], [`Error::VersionConflict`],
		/// [`Error::TooManyVersions`], [`Error::InvalidCid`], [`Error::EmptyContent`],
		/// [`Error::TooLarge`], [`Error::RootTaken`], [`Error::RootFull`],
		/// [`Error::MissingOwnerWrap`], [`Error::DuplicateRecipient`], [`Error::EpochNotActive`],
		/// [`Error::WrapBypassesLog`], [`Error::WrongKeyVersion`], [`Error::TooManyWraps`],
		/// [`Error::Withdrawn`].
		///
		/// ## Events
		/// [`Event::Revised`].
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::revise_weight(wraps, sealed.is_some()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId, _: &Version, _: &OrganisationId, _: &Content, _: &NewWraps<T::AccountId>, _: &Option<SealedKey>| -> bool { true })]
		pub fn revise(
			origin: OriginFor<T>,
			record: RecordId,
			expected_version: Version,
			organisation: OrganisationId,
			content: Content,
			wraps: NewWraps<T::AccountId>,
			sealed: Option<SealedKey>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let (count, is_sealed) = (wraps.len(), sealed.is_some());
			let weight = Self::do_revise(
				&who,
				record,
				expected_version,
				organisation,
				content,
				wraps,
				sealed,
			)
			.map_err(|error| {
				error.with_weight(Self::refused_revise_weight(&record, count, is_sealed))
			})?;
			Ok(Some(weight).into())
		}

		/// Confirms that a storage node holds versions.
		///
		/// ## Origin
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		/// Skips a claim if the version is unknown or erased, or if the root is not the registered
		/// one. Also skips it if another live node of the same organisation holds the version, or
		/// if the version has enough replicas; a node of the author's organisation always finds
		/// room. A node whose organisation holds the version already owes a removal, so that an
		/// erasure reaches it. Repeating a claim changes nothing. The first replica makes a pending
		/// version stored, and returns a lost version to its state before the loss. The call also
		/// announces the node, as [`Pallet::announce`] does.
		///
		/// ## Errors
		/// [`Error::NotStorageNode`], [`Error::TooManyStorageNodes`],
		/// [`Error::TooManyOfOrganisation`].
		///
		/// ## Events
		/// [`Event::Confirmed`], and [`Event::StateChanged`] for each version that is now stored or
		/// no longer lost. [`Event::NodeAppeared`] for a node that was not known.
		#[pallet::call_index(3)]
		#[pallet::weight(
			Pallet::<T>::confirm_stored_weight(claims.len() as u32)
				.saturating_add(Pallet::<T>::max_look_up_weight())
		)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn confirm_stored(
			origin: OriginFor<T>,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResultWithPostInfo {
			let node = ensure_signed(origin)?;
			let look_up = Self::look_up_weight(Self::nodes_looked_up(&node));
			let weight = |claims| Self::confirm_stored_weight(claims).saturating_add(look_up);
			// A refusal has looked at no claim.
			Self::do_confirm_stored(node, &claims).map_err(|error| error.with_weight(weight(0)))?;
			Ok(Some(weight(claims.len() as u32)).into())
		}

		/// Erases a record: its versions, wrapped keys, sealed keys and roots.
		///
		/// ## Origin
		/// Signed by the patient whom the record is about, even without a live membership.
		///
		/// ## Details
		/// Leaves a tombstone without clinical meaning. Storage nodes learn what to remove, and
		/// confirm each removal. A copy that a reader opened earlier cannot be recalled.
		///
		/// ## Errors
		/// [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::NotYourRecord`].
		///
		/// ## Events
		/// [`Event::Erased`]; [`Event::Purged`] later, or at once if no replica is left to remove.
		#[pallet::call_index(4)]
		#[pallet::weight((Pallet::<T>::max_erase_weight(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId| -> bool { true })]
		pub fn erase(origin: OriginFor<T>, record: RecordId) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			// A refusal has only read the record.
			let refused = |error: DispatchError| {
				error.with_weight(<Self as RecordQuery<T::AccountId>>::record_weight())
			};
			let weight = Self::do_erase(patient, record).map_err(refused)?;
			Ok(Some(weight).into())
		}

		/// Confirms that a storage node has removed replicas whose removal it owed.
		///
		/// ## Origin
		/// Signed by the storage node, even without a live membership.
		///
		/// ## Details
		/// Skips claims that match no removal owed by this node.
		///
		/// ## Errors
		/// None of its own.
		///
		/// ## Events
		/// [`Event::Removed`], and [`Event::Purged`] for each erased record that has no replica
		/// left.
		#[pallet::call_index(5)]
		#[pallet::weight(<T as Config>::WeightInfo::confirm_removed(claims.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn confirm_removed(
			origin: OriginFor<T>,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_confirm_removed(node, &claims);
			Ok(())
		}

		/// Adds wrapped keys to the caller's records, or replaces them.
		///
		/// ## Origin
		/// Signed by a live patient.
		///
		/// ## Details
		/// Replaces an existing wrap for the same recipient; this is how keys are wrapped again
		/// after a rotation. Each must be for its recipient's current key. A wrap alone permits
		/// nothing: grants do. A guarded version accepts only the patient's own wrap. Skips
		/// wraps of a withdrawn record, except the patient's own.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::UnknownRecord`], [`Error::RecordErased`],
		/// [`Error::NotYourRecord`], [`Error::UnknownVersion`], [`Error::WrapBypassesLog`],
		/// [`Error::WrongKeyVersion`], [`Error::TooManyWraps`].
		///
		/// ## Events
		/// [`Event::WrapsAdded`], if at least one wrap was added or replaced.
		#[pallet::call_index(6)]
		#[pallet::weight(<T as Config>::WeightInfo::add_wraps(wraps.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordWraps<T::AccountId>| -> bool { true })]
		pub fn add_wraps(
			origin: OriginFor<T>,
			wraps: RecordWraps<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			let nothing = <T as Config>::WeightInfo::add_wraps(0);
			Self::ensure_patient(&patient, Error::<T>::NotPatient)
				.map_err(|error| error.with_weight(nothing))?;
			Self::do_add_wraps(&patient, &wraps)
		}

		/// Removes wrapped keys from the caller's records.
		///
		/// ## Origin
		/// Signed by the patient, even without a live membership.
		///
		/// ## Details
		/// Skips wraps that do not exist, and wraps of erased records. The patient's own wraps
		/// stay.
		///
		/// ## Errors
		/// [`Error::UnknownRecord`], [`Error::NotYourRecord`], [`Error::OwnerWrap`].
		///
		/// ## Events
		/// [`Event::WrapsRemoved`] with the number of wraps removed, unless it is zero.
		#[pallet::call_index(7)]
		#[pallet::weight((
			<T as Config>::WeightInfo::remove_wraps(wraps.len() as u32),
			DispatchClass::Operational,
		))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &WrapKeys<T::AccountId>| -> bool { true })]
		pub fn remove_wraps(
			origin: OriginFor<T>,
			wraps: WrapKeys<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			Self::do_remove_wraps(&patient, &wraps)
		}

		/// Reports that a storage node no longer holds versions.
		///
		/// ## Origin
		/// Signed by the storage node, even without a live membership.
		///
		/// ## Details
		/// For a node that lost data. A stored version without replicas is lost until a node holds
		/// it again; then its earlier state returns. The node may still have a part of the version,
		/// so it owes a removal when the record is erased. Skips claims that match no replica of
		/// this node.
		///
		/// ## Errors
		/// None of its own.
		///
		/// ## Events
		/// [`Event::Withdrawn`], and [`Event::StateChanged`] for each version that is lost.
		#[pallet::call_index(8)]
		#[pallet::weight(<T as Config>::WeightInfo::withdraw_replica(claims.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn withdraw_replica(
			origin: OriginFor<T>,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResult {
			let node = ensure_signed(origin)?;
			Self::do_withdraw_replica(node, &claims);
			Ok(())
		}

		/// Seals the key of a version to the committee's active epoch.
		///
		/// ## Origin
		/// Signed by the patient whom the record is about, who must be a live patient.
		///
		/// ## Details
		/// For guarded versions of earlier epochs. Members hand the key of an epoch on, unless a
		/// new one was made: then those versions depend on the members of that time until they are
		/// sealed again. Replaces the earlier sealed key. Also makes a direct version guarded, once
		/// no wrap but the patient's own is left.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::UnknownRecord`], [`Error::RecordErased`],
		/// [`Error::NotYourRecord`], [`Error::UnknownVersion`], [`Error::EpochNotActive`],
		/// [`Error::WrapBypassesLog`].
		///
		/// ## Events
		/// [`Event::Resealed`].
		#[pallet::call_index(9)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId, _: &Version, _: &SealedKey| -> bool { true })]
		pub fn reseal(
			origin: OriginFor<T>,
			record: RecordId,
			version: Version,
			sealed: SealedKey,
		) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::ensure_patient(&patient, Error::<T>::NotPatient)?;
			Self::do_reseal(&patient, record, version, sealed)
		}

		/// Announces that a storage node is present.
		///
		/// ## Origin
		/// Signed by a live storage node; in practice by its off-chain worker, several times within
		/// each absence limit.
		///
		/// ## Details
		/// Records are copied to the nodes that are present. A node that has not announced
		/// itself for longer than the absence limit is absent, and others take over its replicas.
		///
		/// ## Errors
		/// [`Error::NotStorageNode`], [`Error::TooManyStorageNodes`],
		/// [`Error::TooManyOfOrganisation`].
		///
		/// ## Events
		/// [`Event::NodeAppeared`] for a node that was not known.
		#[pallet::call_index(10)]
		#[pallet::weight(
			<T as Config>::WeightInfo::announce().saturating_add(Pallet::<T>::max_look_up_weight())
		)]
		#[pallet::feeless_if(|_: &OriginFor<T>| -> bool { true })]
		pub fn announce(origin: OriginFor<T>) -> DispatchResultWithPostInfo {
			let node = ensure_signed(origin)?;
			let weight = <T as Config>::WeightInfo::announce()
				.saturating_add(Self::look_up_weight(Self::nodes_looked_up(&node)));
			Self::do_announce(&node, T::Time::now()).map_err(|error| error.with_weight(weight))?;
			Ok(Some(weight).into())
		}

		/// Retires replicas of an absent storage node, so that other nodes take its place.
		///
		/// ## Origin
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		/// For each retired replica `node` owes a removal, unless it comes back and confirms the
		/// version again. Skips claims that match no replica of `node`, and versions that no other
		/// organisation holds. With its last replica the node itself is forgotten.
		///
		/// ## Errors
		/// [`Error::NotStorageNode`], [`Error::NodePresent`].
		///
		/// ## Events
		/// [`Event::Retired`].
		#[pallet::call_index(11)]
		#[pallet::weight(<T as Config>::WeightInfo::retire_replicas(claims.len() as u32))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &BoundedVec<StorageClaim, T::MaxClaims>| -> bool { true })]
		pub fn retire_replicas(
			origin: OriginFor<T>,
			node: T::AccountId,
			claims: BoundedVec<StorageClaim, T::MaxClaims>,
		) -> DispatchResultWithPostInfo {
			let by = ensure_signed(origin)?;
			// A refusal has looked at no claim.
			let nothing = <T as Config>::WeightInfo::retire_replicas(0);
			Self::do_retire_replicas(&by, node, &claims)
				.map_err(|error| error.with_weight(nothing))?;
			Ok(().into())
		}

		/// Sets the absence limit.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// A short limit restores replicas soon, but moves many records whenever a hospital
		/// restarts its node. The new limit applies to all nodes at once.
		///
		/// ## Errors
		/// [`Error::AbsenceLimitTooShort`].
		///
		/// ## Events
		/// [`Event::AbsenceLimitSet`].
		#[pallet::call_index(12)]
		pub fn set_absence_limit(origin: OriginFor<T>, blocks: u32) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_absence_limit(blocks)
		}

		/// Names the peer key of a storage node in the peer-to-peer network.
		///
		/// ## Origin
		/// Signed by a live storage node; in practice by its off-chain worker.
		///
		/// ## Details
		/// Other nodes serve blocks to the named peers of live storage nodes. The call also
		/// announces the node, as [`Pallet::announce`] does. When the node is forgotten, so is its
		/// peer.
		///
		/// ## Errors
		/// [`Error::NotStorageNode`], [`Error::TooManyStorageNodes`],
		/// [`Error::TooManyOfOrganisation`].
		///
		/// ## Events
		/// [`Event::NodeAppeared`] for a node that was not known, [`Event::PeerSet`].
		#[pallet::call_index(13)]
		#[pallet::weight(
			<T as Config>::WeightInfo::set_peer().saturating_add(Pallet::<T>::max_look_up_weight())
		)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &PeerKey| -> bool { true })]
		pub fn set_peer(origin: OriginFor<T>, peer: PeerKey) -> DispatchResultWithPostInfo {
			let node = ensure_signed(origin)?;
			let weight = <T as Config>::WeightInfo::set_peer()
				.saturating_add(Self::look_up_weight(Self::nodes_looked_up(&node)));
			Self::do_set_peer(node, peer).map_err(|error| error.with_weight(weight))?;
			Ok(Some(weight).into())
		}

		/// Withdraws a record that was entered in error, for example for the wrong patient.
		///
		/// ## Origin
		/// Signed by the record's author, who must still write for its organisation, or by a live
		/// records admin of that organisation.
		///
		/// ## Details
		/// From then on nobody but the patient can open the record, not even by a grant, and the
		/// committee releases no key of it. Deletes all wraps but the patient's own. That wrap and
		/// the sealed content stay until the patient erases the record. No version can be added.
		/// The patient's log shows the withdrawal. It cannot be undone.
		///
		/// ## Errors
		/// [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::Withdrawn`],
		/// [`Error::NotWriter`], [`Error::NoReasonToWithdraw`].
		///
		/// ## Events
		/// [`Event::RecordWithdrawn`], and [`Event::StateChanged`] for each version.
		#[pallet::call_index(14)]
		#[pallet::weight(Pallet::<T>::max_withdraw_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &RecordId, _: &ReasonCode| -> bool { true })]
		pub fn withdraw(
			origin: OriginFor<T>,
			record: RecordId,
			reason: ReasonCode,
		) -> DispatchResultWithPostInfo {
			let by = ensure_signed(origin)?;
			let weight = Self::do_withdraw(by, record, reason)?;
			Ok(Some(weight).into())
		}
	}
}
