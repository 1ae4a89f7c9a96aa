//! Random histories: the invariants hold after each step of members, in any order.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::storage::with_storage_layer;
use proptest::prelude::*;
use salus_primitives::{MemberStatus, Recipient, RecordWrap, Role, Subject, Verdict, WrapKey};

/// Further storage nodes of the hospital. One of them has a place beside [`NODE`].
const SECOND_NODE: AccountId = 54;
const SPARE_NODE: AccountId = 55;

/// One step. Seeds and versions are small, so that steps meet.
#[derive(Clone, Debug)]
enum Step {
	Register {
		who: AccountId,
		seed: u8,
		content: u8,
		patient: AccountId,
		sealed: Option<Epoch>,
	},
	Revise {
		who: AccountId,
		seed: u8,
		expected: Version,
		content: u8,
		sealed: Option<Epoch>,
	},
	/// Another author registers the same root.
	Copy {
		seed: u8,
		content: u8,
	},
	EraseCopy {
		seed: u8,
	},
	Withdrawn {
		who: AccountId,
		seed: u8,
	},
	Reseal {
		who: AccountId,
		seed: u8,
		version: Version,
		epoch: Epoch,
	},
	NextEpoch,
	Confirm {
		who: AccountId,
		seed: u8,
		version: Version,
		content: u8,
	},
	Withdraw {
		who: AccountId,
		seed: u8,
		version: Version,
		content: u8,
	},
	Announce {
		who: AccountId,
	},
	/// A node is suspended, or admitted again.
	Standing {
		node: AccountId,
	},
	Retire {
		who: AccountId,
		node: AccountId,
		seed: u8,
		version: Version,
		content: u8,
	},
	Wait {
		blocks: u64,
	},
	Erase {
		who: AccountId,
		seed: u8,
	},
	Removed {
		who: AccountId,
		seed: u8,
		version: Version,
		content: u8,
	},
	AddWrap {
		who: AccountId,
		seed: u8,
		version: Version,
		reader: AccountId,
	},
	RemoveWrap {
		who: AccountId,
		seed: u8,
		version: Version,
		reader: AccountId,
	},
	Attested {
		seed: u8,
		version: Version,
		verdict: bool,
	},
	Revoked {
		seed: u8,
		version: Version,
		verdict: bool,
	},
}

fn step() -> impl Strategy<Value = Step> {
	let who = || {
		prop::sample::select(vec![
			DOCTOR,
			CLINICIAN,
			PATIENT,
			OTHER_PATIENT,
			NODE,
			OTHER_NODE,
			THIRD_NODE,
			SECOND_NODE,
			SPARE_NODE,
		])
	};
	let node = || prop::sample::select(vec![NODE, OTHER_NODE, SECOND_NODE, SPARE_NODE]);
	let likely = |account: AccountId| prop_oneof![4 => Just(account), 1 => who()];
	let seed = || 0..3u8;
	let version = || 0..6u32;
	let content = || 0..6u8;
	let epoch = || 1..4 as Epoch;
	let sealed = || prop_oneof![1 => Just(None), 1 => epoch().prop_map(Some)];
	prop_oneof![
		3 => (likely(DOCTOR), seed(), content(), likely(PATIENT), sealed()).prop_map(
			|(who, seed, content, patient, sealed)| Step::Register { who, seed, content, patient, sealed }
		),
		3 => (likely(DOCTOR), seed(), version(), content(), sealed()).prop_map(
			|(who, seed, expected, content, sealed)| Step::Revise { who, seed, expected, content, sealed }
		),
		2 => (likely(PATIENT), seed(), version(), epoch()).prop_map(
			|(who, seed, version, epoch)| Step::Reseal { who, seed, version, epoch }
		),
		1 => (seed(), content()).prop_map(|(seed, content)| Step::Copy { seed, content }),
		1 => seed().prop_map(|seed| Step::EraseCopy { seed }),
		1 => (likely(DOCTOR), seed()).prop_map(|(who, seed)| Step::Withdrawn { who, seed }),
		1 => Just(Step::NextEpoch),
		3 => (likely(NODE), seed(), version(), content()).prop_map(
			|(who, seed, version, content)| Step::Confirm { who, seed, version, content }
		),
		1 => (likely(NODE), seed(), version(), content()).prop_map(
			|(who, seed, version, content)| Step::Withdraw { who, seed, version, content }
		),
		2 => node().prop_map(|who| Step::Announce { who }),
		1 => node().prop_map(|node| Step::Standing { node }),
		2 => (likely(OTHER_NODE), likely(NODE), seed(), version(), content()).prop_map(
			|(who, node, seed, version, content)| Step::Retire { who, node, seed, version, content }
		),
		1 => (1..2_000u64).prop_map(|blocks| Step::Wait { blocks }),
		1 => (likely(PATIENT), seed()).prop_map(|(who, seed)| Step::Erase { who, seed }),
		2 => (likely(NODE), seed(), version(), content()).prop_map(
			|(who, seed, version, content)| Step::Removed { who, seed, version, content }
		),
		2 => (likely(PATIENT), seed(), version(), who()).prop_map(
			|(who, seed, version, reader)| Step::AddWrap { who, seed, version, reader }
		),
		2 => (likely(PATIENT), seed(), version(), who()).prop_map(
			|(who, seed, version, reader)| Step::RemoveWrap { who, seed, version, reader }
		),
		1 => (seed(), version(), any::<bool>()).prop_map(
			|(seed, version, verdict)| Step::Attested { seed, version, verdict }
		),
		1 => (seed(), version(), any::<bool>()).prop_map(
			|(seed, version, verdict)| Step::Revoked { seed, version, verdict }
		),
	]
}

fn verdict(confirmed: bool) -> Verdict {
	if confirmed {
		Verdict::Confirmed
	} else {
		Verdict::Rejected
	}
}

fn subject(seed: u8, version: Version) -> Subject<AccountId> {
	Subject::RecordVersion { record: id(seed), version }
}

/// Returns a record of a patient with this content.
fn of(patient: AccountId, seed: u8, root: u8) -> NewRecord<AccountId> {
	let (content, wraps) = (content(root), wraps_for(&[patient]));
	NewRecord { patient, content, wraps, ..new_record(seed) }
}

/// Suspends a storage node, or admits it again.
fn turn(node: AccountId) {
	Roles::change(node, Role::StorageNode, |member| {
		member.status = match member.status {
			MemberStatus::Active => MemberStatus::Suspended,
			_ => MemberStatus::Active,
		};
	});
}

/// Takes a step as dispatch would: all or nothing. Returns whether it succeeded.
fn take(step: Step) -> bool {
	let signed = RuntimeOrigin::signed;
	let one = |seed, version, content| vec![claim(id(seed), version, content)].try_into().unwrap();
	let taken = with_storage_layer(|| match step {
		Step::Register { who, seed, content: root, patient, sealed: epoch } => {
			let sealed = epoch.map(|epoch| sealed(epoch, seed));
			plain(Records::register(signed(who), NewRecord { sealed, ..of(patient, seed, root) }))
		}
		Step::Revise { who, seed, expected, content: root, sealed: epoch } => {
			plain(Records::revise(
				signed(who),
				id(seed),
				expected,
				HOSPITAL,
				content(root),
				wraps_for(&[PATIENT]),
				epoch.map(|epoch| sealed(epoch, seed)),
			))
		}
		Step::Reseal { who, seed, version, epoch } => {
			Records::reseal(signed(who), id(seed), version, sealed(epoch, seed))
		}
		Step::Copy { seed, content: root } => {
			let new = NewRecord { organisation: CLINIC, ..of(OTHER_PATIENT, seed, root) };
			plain(Records::register(signed(CLINICIAN), new))
		}
		Step::EraseCopy { seed } => {
			let copy = RecordId::new(&CLINICIAN, &OTHER_PATIENT, &[seed; 32]);
			plain(Records::erase(signed(OTHER_PATIENT), copy))
		}
		Step::Withdrawn { who, seed } => {
			plain(Records::withdraw(signed(who), id(seed), ReasonCode::WrongPatient))
		}
		Step::NextEpoch => {
			Committee::set_epoch(Committee::active().map(|epoch| epoch + 1));
			Ok(())
		}
		Step::Confirm { who, seed, version, content } => {
			plain(Records::confirm_stored(signed(who), one(seed, version, content)))
		}
		Step::Withdraw { who, seed, version, content } => {
			Records::withdraw_replica(signed(who), one(seed, version, content))
		}
		Step::Announce { who } => plain(Records::announce(signed(who))),
		Step::Standing { node } => {
			turn(node);
			Ok(())
		}
		Step::Retire { who, node, seed, version, content } => {
			plain(Records::retire_replicas(signed(who), node, one(seed, version, content)))
		}
		Step::Wait { blocks } => {
			System::set_block_number(System::block_number() + blocks);
			Ok(())
		}
		Step::Erase { who, seed } => plain(Records::erase(signed(who), id(seed))),
		Step::Removed { who, seed, version, content } => {
			Records::confirm_removed(signed(who), one(seed, version, content))
		}
		Step::AddWrap { who, seed, version, reader } => {
			let recipient = Recipient::Account(reader);
			let wrap = RecordWrap { record: id(seed), version, recipient, wrap: wrap(1) };
			plain(Records::add_wraps(signed(who), vec![wrap].try_into().unwrap()))
		}
		Step::RemoveWrap { who, seed, version, reader } => {
			let recipient = Recipient::Account(reader);
			let key = WrapKey { record: id(seed), version, recipient };
			plain(Records::remove_wraps(signed(who), vec![key].try_into().unwrap()))
		}
		Step::Attested { seed, version, verdict: confirmed } => {
			Records::on_verdict_reached(&subject(seed, version), verdict(confirmed));
			Ok(())
		}
		Step::Revoked { seed, version, verdict: confirmed } => {
			Records::on_verdict_fallen(&subject(seed, version), verdict(confirmed));
			Ok(())
		}
	});
	taken.is_ok()
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]
	#[test]
	fn the_invariants_hold_after_every_step(steps in prop::collection::vec(step(), 1..80)) {
		new_test_ext().execute_with(|| {
			for node in [SECOND_NODE, SPARE_NODE] {
				Roles::admit(node, Role::StorageNode, Some(HOSPITAL));
			}
			for step in steps {
				let described = format!("{step:?}");
				let before = sp_io::storage::root(sp_runtime::StateVersion::V1);
				if !take(step) {
					let after = sp_io::storage::root(sp_runtime::StateVersion::V1);
					assert_eq!(before, after, "a refused step changes nothing: {described}");
				}
				assert_eq!(Records::do_try_state(), Ok(()), "after {described}");
				let own = StorageNodes::<Test>::iter_keys()
					.filter(|node| Records::organisation_of(node) == Some(HOSPITAL));
				assert!(own.count() <= 2, "places are taken from others: {described}");
			}
		});
	}
}
