//! Replicas of each version: which nodes are present, and whose replicas no longer count.
//!
//! A storage node is *present* while it is a live member and has announced itself within
//! [`AbsenceLimit`] blocks. Each stored version should have [`Config::ReplicationTarget`] replicas,
//! or one at each organisation with a present node if there are fewer. This pallet does not choose
//! the nodes: the present ones agree by rendezvous hashing, without a message on the chain.
//!
//! Nodes do not prove here that they hold what they claim. Therefore replicas count once per
//! organisation: a second node of the same organisation is skipped, so extra accounts add nothing.
//! A node of the author's organisation, which took the upload, always finds room, regardless of
//! what other nodes claim.
//!
//! The list of nodes has room for [`Config::MaxStorageNodesOfOrganisation`] of each organisation,
//! so none alone can keep the others out.
//!
//! Any live storage node can retire the replicas of an absent one ([`Pallet::retire_replicas`]), so
//! that others take its place. A replica that no other organisation has is never retired, because
//! the absent node may be the only one to have the version. A node that comes back keeps what it
//! held, which may be the only true copy, and confirms it again if there is room. Each retired or
//! lost replica leaves a removal, as an erasure does. So an erasure also reaches nodes that were
//! away, and removes what is left of lost replicas.

use super::{confirmation::Tally, *};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{
	ensure,
	traits::{Get, Time},
};
use salus_primitives::{
	ReplicationStatus, Role, StorageNode, StoragePeer, UnderReplicatedVersion, MAX_PAGE,
};
use sp_runtime::DispatchResult;

/// Shortest absence limit, in blocks: an announcement may take that long to reach the chain.
pub const MIN_ABSENCE_LIMIT: u32 = 10;

// Presence.
impl<T: Config> Pallet<T> {
	/// Records an announcement of a storage node.
	pub(crate) fn do_announce(node: &T::AccountId, now: Moment) -> DispatchResult {
		ensure!(
			T::Roles::is_live_member(node, Role::StorageNode, None, now),
			Error::<T>::NotStorageNode
		);
		let block = Self::block();
		match StorageNodes::<T>::get(node) {
			Some(seen) if seen == block => return Ok(()),
			Some(_) => {}
			None => {
				ensure!(
					StorageNodes::<T>::count() < T::MaxStorageNodes::get(),
					Error::<T>::TooManyStorageNodes
				);
				ensure!(
					Self::has_place(Self::organisation_of(node)),
					Error::<T>::TooManyOfOrganisation
				);
				Self::deposit_event(Event::NodeAppeared { node: node.clone() });
			}
		}
		StorageNodes::<T>::insert(node, block);
		Ok(())
	}

	/// Returns whether the list has room for one more storage node of this organisation. It can
	/// have room for others and none for this one.
	///
	/// A node keeps its place after its membership has ended, and counts for the organisation where
	/// it last was a storage node. Otherwise an organisation could take all places by dismissing
	/// its nodes. The others retire its replicas, and with the last one it gives up its place.
	pub(crate) fn has_place(organisation: Option<OrganisationId>) -> bool {
		let (listed, most) = (StorageNodes::<T>::count(), T::MaxStorageNodesOfOrganisation::get());
		listed < most || {
			let nodes = StorageNodes::<T>::iter_keys();
			let own = nodes.filter(|node| Self::organisation_of(node) == organisation);
			(own.take(most as usize).count() as u32) < most
		}
	}

	/// Returns the number of listed nodes whose organisations an announcement of this node looks
	/// up: all of them, or none.
	pub(crate) fn nodes_looked_up(node: &T::AccountId) -> u32 {
		let listed = StorageNodes::<T>::count();
		let limits = T::MaxStorageNodesOfOrganisation::get()..T::MaxStorageNodes::get();
		let looks_up = limits.contains(&listed)
			&& !StorageNodes::<T>::contains_key(node)
			&& T::Roles::is_live_member(node, Role::StorageNode, None, T::Time::now());
		if looks_up {
			listed
		} else {
			0
		}
	}

	/// Records the peer key of a storage node.
	pub(crate) fn do_set_peer(node: T::AccountId, peer: PeerKey) -> DispatchResult {
		Self::do_announce(&node, T::Time::now())?;
		Peers::<T>::insert(&node, peer);
		Self::deposit_event(Event::PeerSet { node, peer });
		Ok(())
	}

	/// Returns the organisation at which an account is a storage node, live or not.
	pub(crate) fn organisation_of(node: &T::AccountId) -> Option<OrganisationId> {
		T::Roles::organisation_in(node, Role::StorageNode)
	}

	/// Removes a storage node that holds nothing from the list.
	fn remove_from_list(node: &T::AccountId) {
		StorageNodes::<T>::remove(node);
		Peers::<T>::remove(node);
	}

	/// Returns whether a storage node is present.
	pub fn is_present(node: &T::AccountId) -> bool {
		StorageNodes::<T>::get(node)
			.is_some_and(|last_seen| Self::is_present_since(node, last_seen))
	}

	/// Returns whether a storage node that was last seen in block `last_seen` is present.
	fn is_present_since(node: &T::AccountId, last_seen: u32) -> bool {
		Self::block().saturating_sub(last_seen) <= AbsenceLimit::<T>::get()
			&& T::Roles::is_live_member(node, Role::StorageNode, None, T::Time::now())
	}

	/// Returns the storage nodes, in order of account.
	pub(crate) fn storage_nodes() -> Vec<StorageNode<T::AccountId>> {
		let mut nodes: Vec<_> = StorageNodes::<T>::iter()
			.map(|(node, last_seen)| StorageNode {
				present: Self::is_present_since(&node, last_seen),
				node,
				last_seen,
			})
			.collect();
		nodes.sort_by(|a, b| a.node.cmp(&b.node));
		nodes
	}
}

// Replicas.
impl<T: Config> Pallet<T> {
	/// Returns the maximum number of replicas of a version, with the extra one for the author's
	/// organisation.
	pub(crate) fn most_replicas() -> u32 {
		T::MaxReplicas::get().saturating_add(1)
	}

	/// Returns the nodes that hold a version, each with the organisation for which it counts.
	fn holders(
		record: &RecordId,
		version: Version,
	) -> impl Iterator<Item = (T::AccountId, Option<OrganisationId>)> {
		let record = *record;
		Replicas::<T>::iter_key_prefix((record, version)).map(move |node| {
			let organisation = ReplicaOrganisations::<T>::get((record, version, &node))
				.or_else(|| Self::organisation_of(&node));
			(node, organisation)
		})
	}

	/// Returns whether a node of this organisation that does not hold a version may confirm it.
	pub(crate) fn has_room(
		record: &RecordId,
		version: Version,
		info: &VersionInfo<T::AccountId>,
		organisation: OrganisationId,
	) -> bool {
		match Self::holder_within(record, version, organisation) {
			// A node that is not live gives up its place, even if another organisation admitted it.
			Some(holder) => {
				let (of, now) = (Some(organisation), T::Time::now());
				!T::Roles::is_live_member(&holder, Role::StorageNode, of, now)
			}
			None => {
				let full = info.replicas >= T::MaxReplicas::get();
				!full
					|| (organisation == info.organisation && info.replicas < Self::most_replicas())
			}
		}
	}

	/// Returns the node that holds a version for this organisation.
	pub(crate) fn holder_within(
		record: &RecordId,
		version: Version,
		organisation: OrganisationId,
	) -> Option<T::AccountId> {
		Self::holders(record, version)
			.find(|(_, holds)| *holds == Some(organisation))
			.map(|(node, _)| node)
	}

	/// Returns whether a node of another organisation also holds a version.
	pub(crate) fn is_held_elsewhere(
		record: &RecordId,
		version: Version,
		node: &T::AccountId,
	) -> bool {
		let own = ReplicaOrganisations::<T>::get((record, version, node))
			.or_else(|| Self::organisation_of(node));
		Self::holders(record, version)
			.any(|(other, holds)| other != *node && holds.is_some() && holds != own)
	}

	/// Returns whether a number of replicas is too low but not zero: without a replica there is
	/// nothing to copy.
	pub(crate) fn is_under_replicated(replicas: u32) -> bool {
		(1..T::ReplicationTarget::get()).contains(&replicas)
	}

	/// Updates [`UnderReplicated`] when a version's number of replicas changes.
	pub(crate) fn recount(
		record: &RecordId,
		version: Version,
		count_before: u32,
		count_after: u32,
	) {
		if count_before == count_after {
			return;
		}
		if Self::is_under_replicated(count_before) {
			UnderReplicated::<T>::remove((count_before, record, version));
			UnderReplicatedCounts::<T>::mutate(count_before, |count| {
				*count = count.saturating_sub(1)
			});
		}
		if Self::is_under_replicated(count_after) {
			UnderReplicated::<T>::insert((count_after, record, version), ());
			UnderReplicatedCounts::<T>::mutate(count_after, |count| {
				*count = count.saturating_add(1)
			});
		}
	}

	/// Lists a version as lost.
	fn note_loss(record: &RecordId, version: Version, state_before: VersionState) {
		StatesBeforeLoss::<T>::insert(record, version, state_before);
		UnderReplicated::<T>::insert((0, record, version), ());
		UnderReplicatedCounts::<T>::mutate(0, |count| *count = count.saturating_add(1));
	}

	/// Takes a version off the list of lost ones, if `state` is lost. Returns its state before the
	/// loss.
	pub(crate) fn forget_loss(
		record: &RecordId,
		version: Version,
		state: VersionState,
	) -> VersionState {
		if state != VersionState::Lost {
			return state;
		}
		UnderReplicated::<T>::remove((0, record, version));
		UnderReplicatedCounts::<T>::mutate(0, |count| *count = count.saturating_sub(1));
		StatesBeforeLoss::<T>::take(record, version).unwrap_or(VersionState::Stored)
	}

	/// Removes a replica. Returns whether the node had it.
	pub(crate) fn remove_replica(node: &T::AccountId, claim: &StorageClaim) -> bool {
		let StorageClaim { record, version, root } = claim;
		let Some(mut info) = Versions::<T>::get(record, version) else {
			return false;
		};
		if info.content.root != *root || Replicas::<T>::take((record, version, node)).is_none() {
			return false;
		}
		ReplicaOrganisations::<T>::remove((record, version, node));
		Holdings::<T>::remove((node, record, version));
		let count_before = info.replicas;
		info.replicas = count_before.saturating_sub(1);
		Self::recount(record, *version, count_before, info.replicas);
		let stood = matches!(
			info.state,
			VersionState::Stored | VersionState::Attested | VersionState::Rejected
		);
		if info.replicas == 0 && stood {
			Self::note_loss(record, *version, info.state);
			Self::set_state(record, *version, &mut info, VersionState::Lost);
		}
		Versions::<T>::insert(record, version, info);
		true
	}

	pub(crate) fn do_retire_replicas(
		by: &T::AccountId,
		node: T::AccountId,
		claims: &[StorageClaim],
	) -> DispatchResult {
		ensure!(
			T::Roles::is_live_member(by, Role::StorageNode, None, T::Time::now()),
			Error::<T>::NotStorageNode
		);
		ensure!(!Self::is_present(&node), Error::<T>::NodePresent);
		let block = Self::block();
		let mut tally = Tally::default();
		for claim in claims {
			// An absent node may be the only one to have the version.
			let others_hold = Self::is_held_elsewhere(&claim.record, claim.version, &node);
			let taken = others_hold && Self::remove_replica(&node, claim);
			if taken {
				Self::add_owed_removal(&node, claim, block);
			}
			tally.count(taken);
		}
		if Holdings::<T>::iter_key_prefix((&node,)).next().is_none() {
			Self::remove_from_list(&node);
		}
		let Tally { accepted, skipped } = tally;
		Self::deposit_event(Event::Retired { node, by: by.clone(), accepted, skipped });
		Ok(())
	}

	/// Records that a node owes the removal of a version of a live record, and counts it.
	pub(crate) fn add_owed_removal(node: &T::AccountId, claim: &StorageClaim, block: u32) {
		let removal = Removal { root: claim.root, block };
		Removals::<T>::insert((node, claim.record, claim.version), removal);
		RetiredReplicas::<T>::mutate(claim.record, |count| *count = count.saturating_add(1));
		Status::<T>::mutate(|status| status.removals = status.removals.saturating_add(1));
	}

	/// Cancels a removal that a node owes, because the node holds the version again, and takes it
	/// off the count.
	pub(crate) fn clear_owed_removal(node: &T::AccountId, claim: &StorageClaim) {
		if Removals::<T>::take((node, claim.record, claim.version)).is_some() {
			Self::settle_retired(&claim.record);
			Status::<T>::mutate(|status| status.removals = status.removals.saturating_sub(1));
		}
	}

	/// Counts one removal for a live record as settled.
	pub(crate) fn settle_retired(record: &RecordId) {
		RetiredReplicas::<T>::mutate_exists(record, |count| {
			*count = count.map(|count| count.saturating_sub(1)).filter(|count| *count > 0);
		});
	}

	pub(crate) fn do_set_absence_limit(blocks: u32) -> DispatchResult {
		ensure!(blocks >= MIN_ABSENCE_LIMIT, Error::<T>::AbsenceLimitTooShort);
		AbsenceLimit::<T>::put(blocks);
		Self::deposit_event(Event::AbsenceLimitSet { blocks });
		Ok(())
	}
}

// Reads.
impl<T: Config> Pallet<T> {
	/// Returns the replication target while these nodes exist: at most one replica for each
	/// organisation with a present node, and at least one in all.
	fn target(nodes: &[StorageNode<T::AccountId>]) -> u32 {
		let present: BTreeSet<_> = nodes
			.iter()
			.filter(|node| node.present)
			.map(|node| Self::organisation_of(&node.node))
			.collect();
		T::ReplicationTarget::get().min(present.len() as u32).max(1)
	}

	/// Returns the current replication target.
	pub(crate) fn current_target() -> u32 {
		Self::target(&Self::storage_nodes())
	}

	/// Returns the storage nodes, and the number of lost and under-replicated versions.
	pub fn replication() -> ReplicationStatus<T::AccountId> {
		let nodes = Self::storage_nodes();
		let target = Self::target(&nodes);
		ReplicationStatus {
			block: Self::block(),
			target,
			under_replicated: (0..target)
				.map(UnderReplicatedCounts::<T>::get)
				.fold(0, u32::saturating_add),
			absence_limit: AbsenceLimit::<T>::get(),
			nodes,
		}
	}

	/// Returns the peers of live storage nodes, in order of account.
	pub fn storage_peers() -> Vec<StoragePeer<T::AccountId>> {
		let now = T::Time::now();
		let mut peers: Vec<_> = Peers::<T>::iter()
			.filter(|(node, _)| T::Roles::is_live_member(node, Role::StorageNode, None, now))
			.map(|(node, peer)| StoragePeer { node, peer })
			.collect();
		peers.sort_by(|a, b| a.node.cmp(&b.node));
		peers
	}

	/// Returns lost and under-replicated versions, fewest replicas first. `after` names the last
	/// version of the previous page, with its number of replicas.
	pub fn under_replicated(
		after: Option<(u32, RecordId, Version)>,
		limit: u32,
	) -> Vec<UnderReplicatedVersion<T::AccountId>> {
		let limit = limit.min(MAX_PAGE) as usize;
		let first = after.as_ref().map_or(0, |(replicas, ..)| *replicas);
		let keys = (first..Self::current_target()).flat_map(|replicas| {
			match after.filter(|(from, ..)| *from == replicas) {
				Some(after) => UnderReplicated::<T>::iter_key_prefix_from(
					(replicas,),
					UnderReplicated::<T>::hashed_key_for(after),
				),
				None => UnderReplicated::<T>::iter_key_prefix((replicas,)),
			}
		});
		keys.take(limit)
			.filter_map(|(record, version)| {
				let info = Versions::<T>::get(record, version)?;
				let holders = Self::replicas(&record, version);
				Some(UnderReplicatedVersion {
					record,
					version,
					root: info.content.root,
					size: info.content.size,
					holders: holders.into_iter().map(|replica| replica.node).collect(),
				})
			})
			.collect()
	}

	/// Returns the versions that a storage node has confirmed. `after` names the last one of the
	/// previous page.
	pub fn holdings(
		node: &T::AccountId,
		after: Option<(RecordId, Version)>,
		limit: u32,
	) -> Vec<StorageClaim> {
		let keys = match after {
			Some((record, version)) => Holdings::<T>::iter_key_prefix_from(
				(node,),
				Holdings::<T>::hashed_key_for((node, record, version)),
			),
			None => Holdings::<T>::iter_key_prefix((node,)),
		};
		keys.take(limit.min(MAX_PAGE) as usize)
			.filter_map(|(record, version)| {
				let root = Versions::<T>::get(record, version)?.content.root;
				Some(StorageClaim { record, version, root })
			})
			.collect()
	}
}
