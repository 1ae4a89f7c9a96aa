//! Replication targets and under-replicated versions.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::assert_ok;
use salus_primitives::UnderReplicatedVersion;

/// Returns the records with an under-replicated or lost version.
fn listed() -> Vec<RecordId> {
	let all = Records::under_replicated(None, 100);
	all.into_iter().map(|listed| listed.record).collect()
}

#[test]
fn a_version_is_listed_until_it_has_enough_replicas() {
	build_and_execute(|| {
		let record = register(1);
		assert_eq!(listed(), vec![]);
		confirm(NODE, record, 1, 1);
		assert_eq!(
			Records::under_replicated(None, 100),
			vec![UnderReplicatedVersion {
				record,
				version: 1,
				root: cid(1),
				size: 1_000,
				holders: vec![NODE],
			}]
		);
		assert_eq!(Records::replication().under_replicated, 1);
		confirm(OTHER_NODE, record, 1, 1);
		assert_eq!(listed(), vec![]);
		assert_eq!(Records::replication().under_replicated, 0);
		let claims = vec![claim(record, 1, 1)];
		assert_ok!(Records::withdraw_replica(
			RuntimeOrigin::signed(NODE),
			claims.try_into().unwrap()
		));
		assert_eq!(listed(), vec![record]);
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert_eq!(listed(), vec![]);
	});
}

#[test]
fn lost_versions_are_listed_and_pending_ones_are_not() {
	build_and_execute(|| {
		let record = confirmed(1);
		let claims = vec![claim(record, 1, 1)];
		assert_ok!(Records::withdraw_replica(
			RuntimeOrigin::signed(NODE),
			claims.try_into().unwrap()
		));
		register(2);
		assert_eq!(listed(), vec![record]);
		assert_eq!(Records::status().pending, 1);
	});
}

#[test]
fn the_target_falls_with_the_number_of_present_nodes() {
	build_and_execute(|| {
		confirmed(1);
		assert_eq!(Records::replication().target, 2);
		suspend(OTHER_NODE);
		assert_eq!(Records::replication().target, 1);
		assert_eq!(Records::replication().under_replicated, 0);
		assert_eq!(listed(), vec![]);
	});
}

#[test]
fn the_status_names_the_present_nodes() {
	build_and_execute(|| {
		suspend(OTHER_NODE);
		let nodes: Vec<_> = Records::replication()
			.nodes
			.into_iter()
			.map(|node| (node.node, node.last_seen, node.present))
			.collect();
		assert_eq!(nodes, vec![(NODE, 1, true), (OTHER_NODE, 1, false)]);
	});
}

#[test]
fn pages_of_the_list_name_each_version_once() {
	build_and_execute(|| {
		for seed in 1..=7 {
			confirm(NODE, register(seed), 1, seed);
		}
		let mut seen = Vec::new();
		let mut after = None;
		loop {
			let page = Records::under_replicated(after, 3);
			let Some(last) = page.last() else {
				break;
			};
			after = Some((last.holders.len() as u32, last.record, last.version));
			seen.extend(page.into_iter().map(|listed| listed.record));
		}
		seen.sort();
		let mut expected: Vec<_> = (1..=7).map(id).collect();
		expected.sort();
		assert_eq!(seen, expected);
	});
}

#[test]
fn pages_of_the_holdings_name_each_version_once() {
	build_and_execute(|| {
		for seed in 1..=7 {
			confirm(NODE, register(seed), 1, seed);
		}
		confirm(OTHER_NODE, id(1), 1, 1);
		let mut seen = Vec::new();
		let mut after = None;
		loop {
			let page = Records::holdings(&NODE, after, 3);
			let Some(last) = page.last() else {
				break;
			};
			after = Some((last.record, last.version));
			seen.extend(page);
		}
		seen.sort_by_key(|claim| claim.record);
		let mut expected: Vec<_> = (1..=7).map(|seed| claim(id(seed), 1, seed)).collect();
		expected.sort_by_key(|claim| claim.record);
		assert_eq!(seen, expected);
		assert_eq!(Records::holdings(&OTHER_NODE, None, 100), vec![claim(id(1), 1, 1)]);
		assert_eq!(Records::holdings(&STRANGER, None, 100), vec![]);
	});
}
