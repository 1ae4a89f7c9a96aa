//! Reports of lost replicas by storage nodes.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::assert_ok;
use salus_primitives::{Subject, Verdict};

fn withdraw(node: AccountId, claims: Vec<StorageClaim>) {
	assert_ok!(Records::withdraw_replica(RuntimeOrigin::signed(node), claims.try_into().unwrap()));
}

#[test]
fn a_stored_version_without_replicas_is_lost_and_listed_first() {
	build_and_execute(|| {
		let record = confirmed(1);
		let lacking = confirmed(2);
		events();
		withdraw(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(version(record, 1).state, VersionState::Lost);
		assert!(!Records::is_stored(&record, 1));
		assert_eq!(Records::status().pending, 0);
		let listed = Records::under_replicated(None, 10);
		let listed: Vec<_> =
			listed.iter().map(|version| (version.record, version.holders.len())).collect();
		assert_eq!(listed, [(record, 0), (lacking, 1)]);
		assert_eq!(Records::replication().under_replicated, 2);
		// The next page continues behind it.
		assert_eq!(Records::under_replicated(None, 1).len(), 1);
		let next = Records::under_replicated(Some((0, record, 1)), 1);
		assert_eq!(next[0].record, lacking);
		assert_eq!(
			events(),
			vec![
				Event::StateChanged { record, version: 1, state: VersionState::Lost },
				Event::Withdrawn { node: NODE, accepted: 1, skipped: 0 },
			]
		);
	});
}

#[test]
fn a_version_with_another_replica_stays_stored() {
	build_and_execute(|| {
		let record = confirmed(1);
		confirm(OTHER_NODE, record, 1, 1);
		withdraw(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(version(record, 1).state, VersionState::Stored);
		assert_eq!(version(record, 1).replicas, 1);
	});
}

#[test]
fn a_verdict_returns_with_the_replica() {
	build_and_execute(|| {
		for (seed, verdict, state) in [
			(1, Verdict::Confirmed, VersionState::Attested),
			(2, Verdict::Rejected, VersionState::Rejected),
		] {
			let record = confirmed(seed);
			Records::on_verdict_reached(&Subject::RecordVersion { record, version: 1 }, verdict);
			withdraw(NODE, vec![claim(record, 1, seed)]);
			assert_eq!(version(record, 1).state, VersionState::Lost);
			assert!(!Records::is_stored(&record, 1));
			confirm(OTHER_NODE, record, 1, seed);
			assert_eq!(version(record, 1).state, state);
			assert!(Records::is_stored(&record, 1));
		}
		assert_eq!(Stored::get().len(), 2, "only the first replica notifies");
	});
}

#[test]
fn a_node_withdraws_only_what_it_confirmed() {
	build_and_execute(|| {
		let record = confirmed(1);
		withdraw(OTHER_NODE, vec![claim(record, 1, 1)]);
		withdraw(NODE, vec![claim(record, 1, 2), claim(record, 2, 1), claim(id(9), 1, 1)]);
		assert_eq!(version(record, 1).replicas, 1);
		let skipped: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::Withdrawn { accepted: 0, skipped, .. } => Some(skipped),
				_ => None,
			})
			.collect();
		assert_eq!(skipped, vec![1, 3]);
	});
}

#[test]
fn a_suspended_node_can_report_a_loss() {
	build_and_execute(|| {
		let record = confirmed(1);
		suspend(NODE);
		withdraw(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(version(record, 1).state, VersionState::Lost);
	});
}

#[test]
fn remains_of_a_lost_replica_are_removed_with_the_record() {
	build_and_execute(|| {
		let record = confirmed(1);
		withdraw(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(Records::status().removals, 1);
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert!(!events().contains(&Event::Purged { record }));
		let claims = vec![claim(record, 1, 1)].try_into().unwrap();
		assert_ok!(Records::confirm_removed(RuntimeOrigin::signed(NODE), claims));
		assert!(events().contains(&Event::Purged { record }));
		assert_eq!(Records::status(), StorageStatus::default());
	});
}

#[test]
fn an_unsigned_origin_is_refused() {
	build_and_execute(|| {
		let result = Records::withdraw_replica(RuntimeOrigin::none(), Default::default());
		assert_eq!(result, Err(sp_runtime::DispatchError::BadOrigin));
	});
}
