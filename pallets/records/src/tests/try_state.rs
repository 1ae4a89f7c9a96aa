//! Breaks every invariant on purpose; the check must detect each.

use crate::{
	mock::{Records, *},
	*,
};
use salus_primitives::Recipient;

fn change(record: RecordId, change: impl FnOnce(&mut VersionInfo<AccountId>)) {
	Versions::<Test>::mutate(record, 1, |info| change(info.as_mut().unwrap()));
}

fn change_record(id: RecordId, change: impl FnOnce(&mut salus_primitives::Record<AccountId>)) {
	let mut record = live(id);
	change(&mut record);
	crate::Records::<Test>::insert(id, RecordEntry::Live(record));
}

fn erased() -> RecordId {
	let record = confirmed(1);
	Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
	record
}

macro_rules! breaks {
	($name:ident, $what:literal, $break:expr) => {
		#[test]
		fn $name() {
			detects($what, || {}, || $break);
		}
	};
}

breaks!(an_erased_record_with_a_version_is_detected, "an erased record has versions", {
	let (kept, erased) = (register(2), erased());
	Versions::<Test>::insert(erased, 1, version(kept, 1));
});
breaks!(a_record_without_versions_is_detected, "a record has no first version", {
	change_record(register(1), |record| record.latest = 0);
});
breaks!(a_record_with_too_many_versions_is_detected, "a record has too many versions", {
	change_record(register(1), |record| record.latest = 5);
});
breaks!(
	a_missing_version_is_detected,
	"a record's versions are not those from 1 to its latest",
	change_record(register(1), |record| record.latest = 2)
);
breaks!(
	a_version_beyond_the_latest_is_detected,
	"a record's versions are not those from 1 to its latest",
	{
		let record = register(1);
		Versions::<Test>::insert(record, 2, version(record, 1));
	}
);
breaks!(a_record_with_too_many_wraps_is_detected, "a record has too many wrapped keys", {
	change_record(register(1), |record| record.wraps = 67);
});
breaks!(
	a_wrong_count_of_a_records_wraps_is_detected,
	"a record's count of wraps is not its versions' sum",
	change_record(register(1), |record| record.wraps += 1)
);
breaks!(
	another_author_than_the_first_versions_is_detected,
	"a record's author is not that of its first version",
	change_record(register(1), |record| record.author = CLERK)
);
breaks!(a_missing_owner_wrap_is_detected, "a version has no wrap for its patient", {
	Wraps::<Test>::remove((register(1), 1, Recipient::Account(PATIENT)));
});
breaks!(a_version_without_a_record_is_detected, "a version has no record", {
	let record = register(1);
	Versions::<Test>::insert(id(9), 1, version(record, 1));
});
breaks!(an_invalid_root_is_detected, "a version's root is not a valid CID", {
	change(register(1), |info| info.content.root = Cid([0; 36]));
});
breaks!(an_empty_version_is_detected, "a version's size is out of bounds", {
	change(register(1), |info| info.content.size = 0);
});
breaks!(an_oversized_version_is_detected, "a version's size is out of bounds", {
	change(register(1), |info| info.content.size = u64::MAX);
});
breaks!(a_missing_root_is_detected, "a version's root is not registered for it", {
	register(1);
	Roots::<Test>::remove(cid(1));
});
breaks!(a_root_of_another_version_is_detected, "a version's root is not registered for it", {
	let record = register(1);
	Roots::<Test>::insert(cid(1), RootUse { record, version: 2 });
});
breaks!(
	a_root_without_a_version_is_detected,
	"a root is registered for a version with another root",
	{
		let record = register(1);
		Roots::<Test>::insert(cid(9), RootUse { record, version: 1 });
	}
);
breaks!(an_erased_root_in_use_is_detected, "a root is erased and registered", {
	register(1);
	ErasedRoots::<Test>::insert(cid(1), START);
});
breaks!(a_wrong_count_of_a_versions_wraps_is_detected, "a version's count of wraps is wrong", {
	let record = register(1);
	change_record(record, |record| record.wraps += 1);
	change(record, |info| info.wraps += 1);
});
breaks!(a_wrong_count_of_replicas_is_detected, "a version's count of replicas is wrong", {
	let record = confirmed(1);
	change(record, |info| info.replicas = 2);
});
breaks!(too_many_replicas_are_detected, "a version has too many replicas", {
	let record = register(1);
	for node in [1, 2, 3, 4] {
		Replicas::<Test>::insert((record, 1, node), 0);
	}
	change(record, |info| info.replicas = 4);
});
breaks!(a_pending_version_with_a_replica_is_detected, "a pending version has replicas", {
	let record = confirmed(1);
	change(record, |info| info.state = VersionState::Pending);
});
breaks!(a_stored_version_without_a_replica_is_detected, "a stored version has no replica", {
	change(register(1), |info| info.state = VersionState::Stored);
});
/// A lost version.
fn lost() -> RecordId {
	let record = confirmed(1);
	let claims = vec![claim(record, 1, 1)].try_into().unwrap();
	Records::withdraw_replica(RuntimeOrigin::signed(NODE), claims).unwrap();
	record
}

breaks!(
	a_lost_version_without_an_earlier_state_is_detected,
	"only lost versions have a state before the loss, and all of them do",
	StatesBeforeLoss::<Test>::remove(lost(), 1)
);
breaks!(
	an_earlier_state_without_a_loss_is_detected,
	"only lost versions have a state before the loss, and all of them do",
	StatesBeforeLoss::<Test>::insert(register(1), 1, VersionState::Stored)
);
breaks!(
	a_lost_version_that_was_pending_is_detected,
	"a lost version had a state from which none can be lost",
	StatesBeforeLoss::<Test>::insert(lost(), 1, VersionState::Pending)
);
breaks!(
	an_unlisted_lost_version_is_detected,
	"a version is not listed by its number of replicas",
	UnderReplicated::<Test>::remove((0, lost(), 1))
);
breaks!(a_lost_version_with_a_replica_is_detected, "a lost version has replicas", {
	let record = confirmed(1);
	change(record, |info| info.state = VersionState::Lost);
});
breaks!(
	a_withdrawn_version_of_another_record_is_detected,
	"a version and its record disagree on whether they are withdrawn",
	change(register(1), |info| info.state = VersionState::Withdrawn)
);
breaks!(a_withdrawn_record_that_is_erased_is_detected, "a withdrawn record is not live", {
	let withdrawal =
		Withdrawal { by: DOCTOR, organisation: HOSPITAL, reason: ReasonCode::Other, at: 1 };
	Withdrawals::<Test>::insert(erased(), withdrawal);
});
breaks!(
	an_organisation_of_a_missing_replica_is_detected,
	"an organisation counts a replica that does not exist",
	ReplicaOrganisations::<Test>::insert((register(1), 1, NODE), HOSPITAL)
);
breaks!(
	two_replicas_of_one_organisation_are_detected,
	"two replicas of a version count for one organisation",
	{
		let record = confirmed(1);
		confirm(OTHER_NODE, record, 1, 1);
		ReplicaOrganisations::<Test>::insert((record, 1, OTHER_NODE), HOSPITAL);
	}
);
breaks!(
	a_further_use_without_a_first_is_detected,
	"a root has further uses but no first one",
	RootUses::<Test>::insert((cid(9), register(1), 1), ())
);
breaks!(a_wrong_count_of_further_uses_is_detected, "a root's count of further uses is wrong", {
	let info = version(register(1), 1);
	RootUseCounts::<Test>::insert(info.content.root, 1);
});
breaks!(
	a_further_use_of_a_wrong_root_is_detected,
	"a root is registered for a version with another root",
	{
		register(1);
		RootUses::<Test>::insert((cid(1), register(2), 1), ());
	}
);
breaks!(a_wrap_without_a_version_is_detected, "a wrap has no version", {
	Wraps::<Test>::insert((register(1), 2, Recipient::Account(PATIENT)), wrap(1));
});
breaks!(
	a_wrap_for_a_later_key_is_detected,
	"a wrap is for a key version that never existed",
	Wraps::<Test>::insert(
		(register(1), 1, Recipient::Account(PATIENT)),
		Wrap { key_version: 2, ..wrap(1) }
	)
);
breaks!(a_sealed_key_without_a_version_is_detected, "a sealed key has no version", {
	SealedKeys::<Test>::insert(register_guarded(1), 2, sealed(EPOCH_NOW, 1));
});
breaks!(
	a_guarded_version_wrapped_for_others_is_detected,
	"a guarded version is wrapped for others than its patient",
	{
		SealedKeys::<Test>::insert(register(1), 1, sealed(EPOCH_NOW, 1));
	}
);
breaks!(a_key_sealed_to_no_epoch_is_detected, "a key is sealed to an epoch without a key", {
	SealedKeys::<Test>::insert(register_guarded(1), 1, sealed(EPOCH_NOW + 1, 1));
});
breaks!(an_uncounted_sealed_key_is_detected, "a count of keys sealed to an epoch is wrong", {
	register_guarded(1);
	SealedKeyCounts::<Test>::remove(EPOCH_NOW);
});
breaks!(
	a_count_of_no_sealed_key_is_detected,
	"a count of keys sealed to an epoch is wrong",
	SealedKeyCounts::<Test>::insert(EPOCH_NOW, 0)
);
breaks!(a_replica_without_a_version_is_detected, "a replica has no version", {
	Replicas::<Test>::insert((erased(), 1, NODE), 0);
});
breaks!(
	a_removal_of_a_held_version_is_detected,
	"a node owes the removal of a version that it holds",
	{
		let record = confirmed(1);
		let removal = Removal { root: cid(1), block: 1 };
		Removals::<Test>::insert((NODE, record, 1), removal);
	}
);
breaks!(a_replica_without_a_holding_is_detected, "a replica is not among its node's holdings", {
	let record = confirmed(1);
	Holdings::<Test>::remove((NODE, record, 1));
});
breaks!(
	a_holding_without_a_replica_is_detected,
	"a node has holdings without a replica",
	Holdings::<Test>::insert((NODE, register(1), 1), ())
);
breaks!(
	an_unlisted_under_replicated_version_is_detected,
	"a version is not listed by its number of replicas",
	{
		let record = confirmed(1);
		UnderReplicated::<Test>::remove((1, record, 1));
	}
);
breaks!(
	a_listed_version_that_does_not_exist_is_detected,
	"a listed version does not exist",
	UnderReplicated::<Test>::insert((1, register(1), 2), ())
);
breaks!(
	a_wrong_count_of_under_replicated_versions_is_detected,
	"a count of under-replicated versions is wrong",
	UnderReplicatedCounts::<Test>::insert(1, 1)
);
breaks!(
	too_many_storage_nodes_are_detected,
	"there are too many storage nodes, or their count is wrong",
	for node in 100..110 {
		StorageNodes::<Test>::insert(node, 1);
	}
);
breaks!(a_forgotten_node_with_holdings_is_detected, "a node with holdings is forgotten", {
	confirmed(1);
	StorageNodes::<Test>::remove(NODE);
});
breaks!(
	a_peer_of_a_forgotten_node_is_detected,
	"a forgotten node has a peer",
	Peers::<Test>::insert(STRANGER, [7; 32])
);
breaks!(
	an_absence_limit_below_the_minimum_is_detected,
	"the absence limit is too short",
	AbsenceLimit::<Test>::put(1)
);
breaks!(
	an_uncounted_removal_of_a_live_record_is_detected,
	"a live record's count of retired replicas is wrong",
	{
		let removal = Removal { root: cid(1), block: 1 };
		Removals::<Test>::insert((NODE, register(1), 1), removal);
	}
);
breaks!(
	a_wrong_count_of_a_tombstone_is_detected,
	"a tombstone's count of replicas is wrong",
	Removals::<Test>::remove((NODE, erased(), 1))
);
breaks!(a_removal_without_a_record_is_detected, "a removal has no record", {
	Removals::<Test>::insert((NODE, id(9), 1), Removal { root: cid(1), block: 1 });
});
breaks!(
	an_index_beyond_the_count_is_detected,
	"a patient's index exceeds their count",
	PatientRecords::<Test>::insert(PATIENT, 1, register(1))
);
breaks!(an_index_of_nothing_is_detected, "a patient's index names a record that does not exist", {
	register(1);
	PatientRecords::<Test>::insert(PATIENT, 0, id(9));
});
breaks!(an_index_of_anothers_record_is_detected, "a patient's index names another's record", {
	let record = register(1);
	PatientRecords::<Test>::insert(OTHER_PATIENT, 0, record);
	PatientRecordCounts::<Test>::insert(OTHER_PATIENT, 1);
	PatientRecords::<Test>::remove(PATIENT, 0);
});
breaks!(a_record_twice_in_an_index_is_detected, "a patient's index names a record twice", {
	PatientRecords::<Test>::insert(PATIENT, 1, register(1));
	PatientRecordCounts::<Test>::insert(PATIENT, 2);
});
breaks!(a_record_in_no_index_is_detected, "a record is in no index", {
	register(1);
	PatientRecords::<Test>::remove(PATIENT, 0);
});
breaks!(a_count_beyond_the_index_is_detected, "a patient's count exceeds their index", {
	register(1);
	PatientRecordCounts::<Test>::insert(PATIENT, 2);
});
breaks!(a_wrong_count_of_records_is_detected, "the count of live records is wrong", {
	register(1);
	Status::<Test>::mutate(|status| status.records = 0);
});
breaks!(a_wrong_count_of_pending_versions_is_detected, "the count of pending versions is wrong", {
	register(1);
	Status::<Test>::mutate(|status| status.pending = 2);
});
breaks!(a_wrong_count_of_removals_is_detected, "the count of removals is wrong", {
	erased();
	Status::<Test>::mutate(|status| status.removals = 0);
});
