//! Invariants that hold between the storage items at any time.

use crate::*;
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use frame_support::{ensure, traits::Get};
use salus_primitives::Recipient;
use sp_runtime::TryRuntimeError;

type Check = Result<(), TryRuntimeError>;

impl<T: Config> Pallet<T> {
	/// Walks all storage. Each `ensure!` below is an invariant.
	pub fn do_try_state() -> Check {
		Self::check_records()?;
		Self::check_versions()?;
		Self::check_wraps()?;
		Self::check_sealed_keys()?;
		Self::check_replicas()?;
		Self::check_replication()?;
		Self::check_removals()?;
		Self::check_roots()?;
		Self::check_patient_index()?;
		Self::check_status()
	}

	fn check_records() -> Check {
		for (id, entry) in Records::<T>::iter() {
			let versions: BTreeSet<_> = Versions::<T>::iter_key_prefix(id).collect();
			let RecordEntry::Live(record) = entry else {
				ensure!(versions.is_empty(), "an erased record has versions");
				continue;
			};
			ensure!(record.latest >= 1, "a record has no first version");
			ensure!(record.latest <= T::MaxVersions::get(), "a record has too many versions");
			ensure!(
				versions == (1..=record.latest).collect(),
				"a record's versions are not those from 1 to its latest"
			);
			ensure!(
				record.wraps <= T::MaxWrapsPerRecord::get(),
				"a record has too many wrapped keys"
			);
			let wraps: u32 = Versions::<T>::iter_prefix_values(id).map(|info| info.wraps).sum();
			ensure!(record.wraps == wraps, "a record's count of wraps is not its versions' sum");
			let first = Versions::<T>::get(id, 1).ok_or("a record has no first version")?;
			ensure!(
				first.author == record.author && first.organisation == record.organisation,
				"a record's author is not that of its first version"
			);
			for version in versions {
				let owner = Recipient::Account(record.patient.clone());
				ensure!(
					Wraps::<T>::contains_key((id, version, owner)),
					"a version has no wrap for its patient"
				);
			}
		}
		Ok(())
	}

	fn check_versions() -> Check {
		for (id, version, info) in Versions::<T>::iter() {
			ensure!(Records::<T>::contains_key(id), "a version has no record");
			ensure!(info.content.root.is_valid(), "a version's root is not a valid CID");
			ensure!(
				info.content.size > 0 && info.content.size <= T::MaxSize::get(),
				"a version's size is out of bounds"
			);
			let user = RootUse { record: id, version };
			ensure!(
				(Roots::<T>::get(info.content.root) == Some(user))
					!= RootUses::<T>::contains_key((info.content.root, id, version)),
				"a version's root is not registered for it"
			);
			let wraps = Wraps::<T>::iter_key_prefix((id, version)).count() as u32;
			ensure!(info.wraps == wraps, "a version's count of wraps is wrong");
			let replicas = Replicas::<T>::iter_key_prefix((id, version)).count() as u32;
			ensure!(info.replicas == replicas, "a version's count of replicas is wrong");
			ensure!(replicas <= Self::most_replicas(), "a version has too many replicas");
			match info.state {
				VersionState::Pending => ensure!(replicas == 0, "a pending version has replicas"),
				VersionState::Stored => ensure!(replicas > 0, "a stored version has no replica"),
				VersionState::Lost => ensure!(replicas == 0, "a lost version has replicas"),
				// Versions that an earlier release lost may have no replica.
				VersionState::Attested | VersionState::Rejected | VersionState::Withdrawn => {}
			}
			ensure!(
				(info.state == VersionState::Withdrawn) == Withdrawals::<T>::contains_key(id),
				"a version and its record disagree on whether they are withdrawn"
			);
			let before = StatesBeforeLoss::<T>::get(id, version);
			ensure!(
				before.is_some() == (info.state == VersionState::Lost),
				"only lost versions have a state before the loss, and all of them do"
			);
			ensure!(
				before.is_none_or(|state| matches!(
					state,
					VersionState::Stored | VersionState::Attested | VersionState::Rejected
				)),
				"a lost version had a state from which none can be lost"
			);
		}
		Ok(())
	}

	fn check_wraps() -> Check {
		for ((id, version, recipient), wrap) in Wraps::<T>::iter() {
			ensure!(Versions::<T>::contains_key(id, version), "a wrap has no version");
			// It was the current one. The recipient may have replaced it since. Before version 3 of
			// the runtime, whoever made a wrap chose its version, so a chain may still have others.
			ensure!(
				!cfg!(test)
					|| T::Roles::key(&recipient)
						.is_some_and(|key| (1..=key.version).contains(&wrap.key_version)),
				"a wrap is for a key version that never existed"
			);
		}
		Ok(())
	}

	fn check_sealed_keys() -> Check {
		let mut counts = BTreeMap::<Epoch, u64>::new();
		for (id, version, sealed) in SealedKeys::<T>::iter() {
			let info = Versions::<T>::get(id, version).ok_or("a sealed key has no version")?;
			// Each version has a wrap for its patient, so the one wrap is the patient's.
			ensure!(info.wraps == 1, "a guarded version is wrapped for others than its patient");
			ensure!(
				T::Committee::threshold(sealed.epoch).is_some(),
				"a key is sealed to an epoch without a key"
			);
			let count = counts.entry(sealed.epoch).or_default();
			*count = count.saturating_add(1);
		}
		ensure!(
			SealedKeyCounts::<T>::iter().collect::<BTreeMap<_, _>>() == counts,
			"a count of keys sealed to an epoch is wrong"
		);
		Ok(())
	}

	fn check_replicas() -> Check {
		for (id, version, _) in Replicas::<T>::iter_keys() {
			ensure!(Versions::<T>::contains_key(id, version), "a replica has no version");
		}
		let mut seen = BTreeSet::new();
		for (id, version, node) in ReplicaOrganisations::<T>::iter_keys() {
			ensure!(
				Replicas::<T>::contains_key((id, version, &node)),
				"an organisation counts a replica that does not exist"
			);
			let organisation = ReplicaOrganisations::<T>::get((id, version, node));
			ensure!(
				seen.insert((id, version, organisation)),
				"two replicas of a version count for one organisation"
			);
		}
		Ok(())
	}

	fn check_replication() -> Check {
		for key in Replicas::<T>::iter_keys() {
			let (id, version, node) = key;
			ensure!(
				Holdings::<T>::contains_key((node, id, version)),
				"a replica is not among its node's holdings"
			);
		}
		ensure!(
			Holdings::<T>::iter_keys().count() == Replicas::<T>::iter_keys().count(),
			"a node has holdings without a replica"
		);
		let mut counts = BTreeMap::<u32, u32>::new();
		for (id, version, info) in Versions::<T>::iter() {
			let listed: Vec<u32> = (0..=Self::most_replicas())
				.filter(|replicas| UnderReplicated::<T>::contains_key((replicas, id, version)))
				.collect();
			let lost = info.state == VersionState::Lost;
			let expected: Vec<u32> = Some(info.replicas)
				.filter(|replicas| lost || Self::is_under_replicated(*replicas))
				.into_iter()
				.collect();
			ensure!(listed == expected, "a version is not listed by its number of replicas");
			for replicas in listed {
				let count = counts.entry(replicas).or_default();
				*count = count.saturating_add(1);
			}
		}
		ensure!(
			UnderReplicated::<T>::iter_keys().count()
				== counts.values().map(|count| *count as usize).sum::<usize>(),
			"a listed version does not exist"
		);
		ensure!(
			UnderReplicatedCounts::<T>::iter()
				.all(|(replicas, count)| { count == counts.remove(&replicas).unwrap_or(0) })
				&& counts.is_empty(),
			"a count of under-replicated versions is wrong"
		);
		ensure!(
			StorageNodes::<T>::count() as usize == StorageNodes::<T>::iter_keys().count()
				&& StorageNodes::<T>::count() <= T::MaxStorageNodes::get(),
			"there are too many storage nodes, or their count is wrong"
		);
		for (node, ..) in Holdings::<T>::iter_keys() {
			ensure!(StorageNodes::<T>::contains_key(node), "a node with holdings is forgotten");
		}
		ensure!(
			Peers::<T>::iter_keys().all(StorageNodes::<T>::contains_key),
			"a forgotten node has a peer"
		);
		ensure!(AbsenceLimit::<T>::get() >= MIN_ABSENCE_LIMIT, "the absence limit is too short");
		Ok(())
	}

	fn check_removals() -> Check {
		let mut removals = BTreeMap::<RecordId, u32>::new();
		for (node, id, version) in Removals::<T>::iter_keys() {
			ensure!(
				!Replicas::<T>::contains_key((id, version, node)),
				"a node owes the removal of a version that it holds"
			);
			let count = removals.entry(id).or_default();
			*count = count.saturating_add(1);
		}
		for (id, entry) in Records::<T>::iter() {
			let removals = removals.remove(&id).unwrap_or(0);
			match entry {
				RecordEntry::Live(_) => ensure!(
					RetiredReplicas::<T>::get(id) == removals,
					"a live record's count of retired replicas is wrong"
				),
				RecordEntry::Erased(tombstone) => ensure!(
					tombstone.replicas_left == removals && !RetiredReplicas::<T>::contains_key(id),
					"a tombstone's count of replicas is wrong"
				),
			}
		}
		ensure!(removals.is_empty(), "a removal has no record");
		Ok(())
	}

	fn check_roots() -> Check {
		for (root, RootUse { record, version }) in Roots::<T>::iter() {
			ensure!(
				Versions::<T>::get(record, version).is_some_and(|info| info.content.root == root),
				"a root is registered for a version with another root"
			);
		}
		for (root, record, version) in RootUses::<T>::iter_keys() {
			ensure!(Roots::<T>::contains_key(root), "a root has further uses but no first one");
			ensure!(
				Versions::<T>::get(record, version).is_some_and(|info| info.content.root == root),
				"a root is registered for a version with another root"
			);
		}
		for (root, count) in RootUseCounts::<T>::iter() {
			// Some may never have been counted.
			let uses = RootUses::<T>::iter_key_prefix((root,)).count() as u32;
			ensure!((1..=uses).contains(&count), "a root's count of further uses is wrong");
		}
		ensure!(
			ErasedRoots::<T>::iter_keys().all(|root| !Roots::<T>::contains_key(root)),
			"a root is erased and registered"
		);
		ensure!(
			Withdrawals::<T>::iter_keys()
				.all(|id| matches!(Records::<T>::get(id), Some(RecordEntry::Live(_)))),
			"a withdrawn record is not live"
		);
		ensure!(
			StatesBeforeLoss::<T>::iter_keys()
				.all(|(id, version)| Versions::<T>::contains_key(id, version)),
			"a lost version does not exist"
		);
		Ok(())
	}

	fn check_patient_index() -> Check {
		let mut seen = BTreeSet::new();
		for (patient, index, id) in PatientRecords::<T>::iter() {
			ensure!(
				index < PatientRecordCounts::<T>::get(&patient),
				"a patient's index exceeds their count"
			);
			let owner = match Records::<T>::get(id) {
				Some(RecordEntry::Live(record)) => record.patient,
				Some(RecordEntry::Erased(tombstone)) => tombstone.patient,
				None => return Err("a patient's index names a record that does not exist".into()),
			};
			ensure!(owner == patient, "a patient's index names another's record");
			ensure!(seen.insert(id), "a patient's index names a record twice");
		}
		ensure!(seen.len() == Records::<T>::iter_keys().count(), "a record is in no index");
		let counted: u64 = PatientRecordCounts::<T>::iter_values().map(u64::from).sum();
		ensure!(counted == seen.len() as u64, "a patient's count exceeds their index");
		Ok(())
	}

	fn check_status() -> Check {
		let live = |entry: &RecordEntry<_>| matches!(entry, RecordEntry::Live(_));
		let pending = |info: &VersionInfo<_>| info.state == VersionState::Pending;
		let status = Status::<T>::get();
		ensure!(
			status.records == Records::<T>::iter_values().filter(live).count() as u32,
			"the count of live records is wrong"
		);
		ensure!(
			status.pending == Versions::<T>::iter_values().filter(pending).count() as u32,
			"the count of pending versions is wrong"
		);
		ensure!(
			status.removals == Removals::<T>::iter_keys().count() as u32,
			"the count of removals is wrong"
		);
		Ok(())
	}
}
