//! Encodings on which others depend: clients sign calls, recompute heads from entries, and prove
//! heads by their storage keys.

use super::*;
use codec::Encode;
use frame_support::{
	dispatch::CheckIfFeeless,
	traits::{GetCallIndex, GetCallName},
};
use sp_core::crypto::AccountId32;
use sp_io::hashing::blake2_256;

#[test]
fn calls_keep_their_indices() {
	let expected = [
		"request",
		"archive",
		"open_emergency",
		"review_emergency",
		"forget_case",
		"deposit_bond",
		"withdraw_bond",
		"appoint_auditor",
		"dismiss_auditor",
		"reinstate_clinician",
		"request_in_emergency",
		"request_from",
	];
	assert_eq!(crate::Call::<Test>::get_call_names(), expected);
	let indices: Vec<_> = (0..12).collect();
	assert_eq!(crate::Call::<Test>::get_call_indices(), indices);
}

#[test]
fn members_act_without_fees() {
	let (patient, organisation, case) = (PATIENT, HOSPITAL, 1);
	let calls = [
		crate::Call::request { request: asking(LAB, None, key(1)) },
		crate::Call::request_from { request: asking(LAB, None, key(1)), epoch: 1 },
		crate::Call::archive { patient, up_to: 1 },
		crate::Call::open_emergency {
			patient,
			organisation,
			reason: EmergencyReason::Other,
			statement: [0; 32],
		},
		crate::Call::request_in_emergency {
			organisation,
			reason: EmergencyReason::Other,
			statement: [0; 32],
			request: asking(LAB, None, key(1)),
		},
		crate::Call::review_emergency { case, justified: true, reviewer: Reviewer::Admin },
		crate::Call::forget_case { case },
		crate::Call::deposit_bond { organisation, amount: 1 },
		crate::Call::withdraw_bond { organisation },
	];
	for call in calls {
		let call = RuntimeCall::Access(call);
		assert!(call.is_feeless(&signed(DOCTOR)), "{call:?}");
	}
}

#[test]
fn an_entry_is_hashed_over_these_bytes() {
	let entry = |event| LogEntry {
		index: 3,
		block: 0x0102,
		at: 0x0304,
		actor: AccountId32::new([0xaa; 32]),
		organisation: Some(5),
		event,
	};
	let mut common = vec![3, 0, 0, 0, 2, 1, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0];
	common.extend([0xaa; 32]);
	common.extend([1, 5, 0, 0, 0]);
	let requested = entry(LogEvent::Requested {
		request: 7,
		record: LAB,
		version: 2,
		purpose: Purpose::BTG,
		decision: Decision::Permit(Basis::Grant(9)),
	});
	let mut expected = common.clone();
	expected.extend([0, 7, 0, 0, 0, 0, 0, 0, 0]);
	expected.extend(LAB.0);
	expected.extend([2, 0, 0, 0, 2, 0, 1, 9, 0, 0, 0]);
	assert_eq!(requested.encode(), expected);
	let released = entry(LogEvent::Released { request: 7 });
	let mut bytes = common.clone();
	bytes.extend([1, 7, 0, 0, 0, 0, 0, 0, 0]);
	assert_eq!(released.encode(), bytes);
	let opened = entry(LogEvent::EmergencyOpened {
		case: 6,
		reason: EmergencyReason::LifeThreatening,
		statement: [0xbb; 32],
		until: 8,
	});
	let mut bytes = common.clone();
	bytes.extend([2, 6, 0, 0, 0, 1]);
	bytes.extend([0xbb; 32]);
	bytes.extend([8, 0, 0, 0, 0, 0, 0, 0]);
	assert_eq!(opened.encode(), bytes);
	let reviewed =
		entry(LogEvent::EmergencyReviewed { case: 6, reviewer: Reviewer::Admin, justified: true });
	let mut bytes = common;
	bytes.extend([3, 6, 0, 0, 0, 1, 1]);
	assert_eq!(reviewed.encode(), bytes);

	let head = [0xcc; 32];
	let mut hashed = head.to_vec();
	hashed.extend(expected);
	assert_eq!(requested.extend(&head), blake2_256(&hashed));
}

#[test]
fn a_head_is_these_bytes() {
	let head = LogHead { count: 4, head: [1; 32], archived: 2, archived_head: [2; 32] };
	let mut expected = vec![4, 0, 0, 0];
	expected.extend([1; 32]);
	expected.extend([2, 0, 0, 0]);
	expected.extend([2; 32]);
	assert_eq!(head.encode(), expected);
}

#[test]
fn the_key_of_a_head_ends_with_the_bare_account() {
	let key = Heads::<Test>::hashed_key_for(PATIENT);
	assert_eq!(key.len(), 48 + 8);
	assert_eq!(key[48..], PATIENT.encode());
}

#[test]
fn a_review_is_these_bytes() {
	let review = Review::<AccountId32, u32> {
		lot: Some(5),
		vouchers: Some(vec![AccountId32::new([1; 32])].try_into().expect("fits")),
		votes: vec![PanelVote {
			auditor: AccountId32::new([2; 32]),
			organisation: 3,
			justified: true,
		}]
		.try_into()
		.expect("fits"),
	};
	let mut expected = vec![1, 5, 0, 0, 0, 1, 4];
	expected.extend([1; 32]);
	expected.push(4);
	expected.extend([2; 32]);
	expected.extend([3, 0, 0, 0, 1]);
	assert_eq!(review.encode(), expected);
}
