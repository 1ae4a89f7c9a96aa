//! Storage nodes say what they lost.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::assert_ok;
use salus_primitives::{Subject, Verdict};

fn withdraw(node: AccountId, claims: Vec<StorageClaim>) {
	assert_ok!(Records::withdraw_replica(
		RuntimeOrigin::signed(node),
		claims.try_into().unwrap()
	));
}

#[test]
fn a_stored_version_without_replicas_is_pending_again() {
	build_and_execute(|| {
		let record = register(1);
		confirm(NODE, record, 1, 1);
		events();
		withdraw(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(version(record, 1).state, VersionState::Pending);
		assert!(!Records::is_stored(&record, 1));
		assert_eq!(Records::status().pending, 1);
		assert_eq!(
			events(),
			vec![
				Event::StateChanged {
					record,
					version: 1,
					state: VersionState::Pending
				},
				Event::Withdrawn {
					node: NODE,
					accepted: 1,
					skipped: 0
				},
			]
		);
	});
}

#[test]
fn a_version_with_another_replica_stays_stored() {
	build_and_execute(|| {
		let record = register(1);
		confirm(NODE, record, 1, 1);
		confirm(OTHER_NODE, record, 1, 1);
		withdraw(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(version(record, 1).state, VersionState::Stored);
		assert_eq!(version(record, 1).replicas, 1);
	});
}

#[test]
fn a_verdict_stays_without_replicas() {
	build_and_execute(|| {
		for (seed, verdict, state) in [
			(1, Verdict::Confirmed, VersionState::Attested),
			(2, Verdict::Rejected, VersionState::Rejected),
		] {
			let record = register(seed);
			confirm(NODE, record, 1, seed);
			Records::on_attested(&Subject::RecordVersion { record, version: 1 }, verdict);
			withdraw(NODE, vec![claim(record, 1, seed)]);
			assert_eq!(version(record, 1).state, state);
			assert!(!Records::is_stored(&record, 1));
		}
	});
}

#[test]
fn a_node_withdraws_only_what_it_confirmed() {
	build_and_execute(|| {
		let record = register(1);
		confirm(NODE, record, 1, 1);
		withdraw(OTHER_NODE, vec![claim(record, 1, 1)]);
		withdraw(
			NODE,
			vec![claim(record, 1, 2), claim(record, 2, 1), claim(id(9), 1, 1)],
		);
		assert_eq!(version(record, 1).replicas, 1);
		let skipped: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::Withdrawn {
					accepted: 0,
					skipped,
					..
				} => Some(skipped),
				_ => None,
			})
			.collect();
		assert_eq!(skipped, vec![1, 3]);
	});
}

#[test]
fn a_suspended_node_can_say_what_it_lost() {
	build_and_execute(|| {
		let record = register(1);
		confirm(NODE, record, 1, 1);
		suspend(NODE);
		withdraw(NODE, vec![claim(record, 1, 1)]);
		assert_eq!(version(record, 1).state, VersionState::Pending);
	});
}

#[test]
fn an_unsigned_origin_is_refused() {
	build_and_execute(|| {
		let result = Records::withdraw_replica(RuntimeOrigin::none(), Default::default());
		assert_eq!(result, Err(sp_runtime::DispatchError::BadOrigin));
	});
}
