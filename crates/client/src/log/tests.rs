//! Anything dropped, inserted, reordered or changed in an export is detected.

use super::{proof::head_key, LogError, LogExport, StateProof};
use crate::Account;
use codec::{Compact, Encode};
use proptest::prelude::*;
use salus_primitives::{
	Basis, Decision, DenyReason, EmergencyReason, Hash32, LogEntry, LogEvent, LogHead, Purpose,
	RecordId, Reviewer, SuccessionEvent,
};
use serde_json::{json, Value};
use sp_core::{Blake2Hasher, H256};
use sp_trie::{LayoutV1, MemoryDB, RandomState, TrieDBMutBuilder, TrieMut};

const PATIENT: Account = subxt::utils::AccountId32([1; 32]);
const DOCTOR: Account = subxt::utils::AccountId32([2; 32]);

fn entry(index: u32, event: LogEvent) -> LogEntry<Account> {
	LogEntry {
		index,
		block: 10 + index,
		at: 1_700_000_000_000 + u64::from(index),
		actor: DOCTOR,
		organisation: index.is_multiple_of(2).then_some(1),
		event,
	}
}

fn request(request: u64, decision: Decision) -> LogEvent {
	LogEvent::Requested {
		request,
		record: RecordId([5; 32]),
		version: 1,
		purpose: Purpose::TREAT,
		decision,
	}
}

/// One entry of each kind.
fn entries() -> Vec<LogEntry<Account>> {
	let events = [
		request(1, Decision::Permit(Basis::Grant(3))),
		LogEvent::Released { request: 1 },
		request(2, Decision::Deny(DenyReason::Denied(4))),
		LogEvent::EmergencyOpened {
			case: 1,
			reason: EmergencyReason::Unconscious,
			statement: [6; 32],
			until: 1_700_000_100_000,
		},
		request(3, Decision::Permit(Basis::Emergency(1))),
		LogEvent::EmergencyReviewed { case: 1, reviewer: Reviewer::Auditor, justified: false },
		request(4, Decision::Deny(DenyReason::NoGrant)),
		LogEvent::Succession(SuccessionEvent::Proposed {
			successor: [7; 32],
			expires: 1_700_000_200_000,
		}),
	];
	events.into_iter().enumerate().map(|(index, event)| entry(index as u32, event)).collect()
}

fn heads(entries: &[LogEntry<Account>], archived: usize) -> LogHead {
	let hash = |entries: &[LogEntry<Account>]| {
		entries.iter().fold([0; 32], |head, entry| entry.extend(&head))
	};
	LogHead {
		count: entries.len() as u32,
		head: hash(entries),
		archived: archived as u32,
		archived_head: hash(&entries[..archived]),
	}
}

/// Builds a state with the patient's log head among other values, and a block with that state.
fn state(head: Option<&LogHead>) -> StateProof {
	let mut database = MemoryDB::<Blake2Hasher>::with_hasher(RandomState::default());
	let mut root = H256::default();
	{
		let mut trie =
			TrieDBMutBuilder::<LayoutV1<Blake2Hasher>>::new(&mut database, &mut root).build();
		for other in 3..40u8 {
			let key = head_key(&Account::from([other; 32]));
			trie.insert(&key, &[other; 50]).unwrap();
		}
		if let Some(head) = head {
			trie.insert(&head_key(&PATIENT), &head.encode()).unwrap();
		}
	}
	let header = ([7u8; 32], Compact(77u64), root.0, [8u8; 32], [0u8; 1]).encode();
	let nodes = database.drain().into_values().map(|(node, _)| node);
	StateProof { header, nodes: nodes.collect() }
}

fn export_with(entries: Vec<LogEntry<Account>>, head: Option<&LogHead>) -> LogExport {
	LogExport {
		genesis: [9; 32],
		patient: PATIENT,
		exported: 1_700_000_500_000,
		entries,
		proof: state(head),
	}
}

fn export() -> LogExport {
	export_with(entries(), Some(&heads(&entries(), 0)))
}

#[test]
fn a_whole_export_verifies_and_names_its_block() {
	let export = export();
	let verified = export.verify().unwrap();
	assert_eq!(verified.entries, 8);
	assert_eq!(verified.block, 77);
	assert_eq!(verified.block_hash, sp_crypto_hashing::blake2_256(&export.proof.header));
	assert_eq!(verified.head, heads(&entries(), 0));
}

#[test]
fn an_empty_log_is_proved_empty_and_a_hidden_one_is_not() {
	let empty = export_with(vec![], None);
	assert_eq!(empty.verify().unwrap().entries, 0);
	let hidden = export_with(vec![], Some(&heads(&entries(), 0)));
	let error = LogError::Count { expected: 8, found: 0 };
	assert_eq!(hidden.verify(), Err(error));
}

#[test]
fn an_export_after_archiving_begins_where_the_archive_ends() {
	let all = entries();
	let head = heads(&all, 3);
	let export = export_with(all[3..].to_vec(), Some(&head));
	assert_eq!(export.verify().unwrap().entries, 5);
	let too_few = export_with(all[4..].to_vec(), Some(&head));
	let error = LogError::Order { expected: 3, found: 4 };
	assert_eq!(too_few.verify(), Err(error));
}

#[test]
fn dropped_inserted_and_reordered_entries_are_detected() {
	let verify = |change: &dyn Fn(&mut Vec<LogEntry<Account>>)| {
		let mut export = export();
		change(&mut export.entries);
		export.verify()
	};
	for index in 0..7 {
		let dropped = verify(&|entries| {
			entries.remove(index);
		});
		assert!(matches!(dropped, Err(LogError::Order { .. })), "{index}");
		let swapped = verify(&|entries| entries.swap(index, index + 1));
		assert!(matches!(swapped, Err(LogError::Order { .. })), "{index}");
		let doubled = verify(&|entries| entries.insert(index, entries[index].clone()));
		assert!(matches!(doubled, Err(LogError::Order { .. })), "{index}");
	}
	let cut = verify(&|entries| {
		entries.pop();
	});
	assert!(matches!(cut, Err(LogError::Count { .. })));
	let longer = verify(&|entries| entries.push(entry(8, LogEvent::Released { request: 9 })));
	assert!(matches!(longer, Err(LogError::Count { .. })));
	// Dropped, and renumbered to hide that.
	let renumbered = verify(&|entries| {
		entries.remove(2);
		entries.push(entry(7, LogEvent::Released { request: 9 }));
		for (index, entry) in entries.iter_mut().enumerate() {
			entry.index = index as u32;
		}
	});
	assert_eq!(renumbered, Err(LogError::Head));
}

#[test]
fn every_field_of_an_entry_counts() {
	let changes: [fn(&mut LogEntry<Account>); 5] = [
		|entry| entry.block += 1,
		|entry| entry.at += 1,
		|entry| entry.actor = PATIENT,
		|entry| entry.organisation = Some(99),
		|entry| entry.event = LogEvent::Released { request: 77 },
	];
	for change in changes {
		for index in 0..7 {
			let mut export = export();
			change(&mut export.entries[index]);
			assert_eq!(export.verify(), Err(LogError::Head));
		}
	}
}

#[test]
fn a_proof_of_another_patient_state_or_block_is_refused() {
	let mut of_other = export();
	of_other.patient = Account::from([3; 32]);
	assert!(of_other.verify().is_err());
	let mut of_other_state = export();
	of_other_state.proof.nodes = state(None).nodes;
	assert_eq!(of_other_state.verify(), Err(LogError::Proof));
	let mut without_nodes = export();
	without_nodes.proof.nodes.clear();
	assert_eq!(without_nodes.verify(), Err(LogError::Proof));
	let mut without_header = export();
	without_header.proof.header.truncate(20);
	assert_eq!(without_header.verify(), Err(LogError::Header));
}

#[test]
fn a_bundle_reads_back_as_its_export() {
	let export = export();
	let text = export.to_bundle().to_string();
	let bundle: Value = serde_json::from_str(&text).unwrap();
	assert_eq!(LogExport::from_bundle(&bundle).unwrap(), export);
}

#[test]
fn permits_and_denials_follow_the_ihe_pattern() {
	let bundle = export().to_bundle();
	let resource = |index: usize| bundle["entry"][index + 1]["resource"].clone();
	let permit = resource(0);
	assert_eq!(permit["resourceType"], "AuditEvent");
	assert_eq!(
		permit["meta"]["profile"][0],
		"https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent"
	);
	assert_eq!(permit["type"]["code"], "110113");
	assert_eq!(permit["subtype"][0]["code"], "AuthZ-Consent");
	assert_eq!(permit["action"], "E");
	assert_eq!(permit["outcome"], "0");
	assert_eq!(permit["recorded"], "2023-11-14T22:13:20.000Z");
	assert_eq!(permit["purposeOfEvent"][0]["coding"][0]["code"], "TREAT");
	let kinds: Vec<_> = permit["agent"]
		.as_array()
		.unwrap()
		.iter()
		.map(|agent| agent["type"]["coding"][0]["code"].as_str().unwrap().to_owned())
		.collect();
	assert_eq!(kinds, ["110150", "IRCP", "PROV", "authserver"]);
	let requestors: Vec<_> = permit["agent"]
		.as_array()
		.unwrap()
		.iter()
		.map(|agent| agent["requestor"].as_bool().unwrap())
		.collect();
	assert_eq!(requestors, [false, true, false, false]);
	assert_eq!(permit["entity"][1]["what"]["identifier"]["value"], format!("{PATIENT}/grant/3"));
	let denial = resource(2);
	assert_eq!(denial["outcome"], "8");
	assert!(denial["outcomeDesc"].as_str().unwrap().contains("denial 4"));
	assert_eq!(resource(1)["type"]["code"], "110106");
	assert_eq!(resource(3)["subtype"][0]["code"], "110127");
	for index in 0..7 {
		let resource = resource(index);
		for field in ["type", "recorded", "agent", "source", "outcome"] {
			assert!(!resource[field].is_null(), "{index} {field}");
		}
	}
}

#[test]
fn a_resource_that_differs_from_its_entry_is_detected() {
	let original = export().to_bundle();
	let changed = |path: &str, value: Value| {
		let mut bundle = original.clone();
		*bundle.pointer_mut(path).unwrap() = value;
		LogExport::from_bundle(&bundle).unwrap_err()
	};
	assert_eq!(changed("/entry/3/resource/outcome", json!("0")), LogError::Altered(2));
	assert_eq!(
		changed("/entry/1/resource/agent/1/who/identifier/value", json!(PATIENT.to_string())),
		LogError::Altered(0)
	);
	assert_eq!(
		changed("/entry/2/resource/recorded", json!("2001-01-01T00:00:00Z")),
		LogError::Altered(1)
	);
	for path in ["/timestamp", "/identifier/value", "/entry/1/fullUrl"] {
		let error = changed(path, json!("other"));
		assert!(matches!(error, LogError::NotAnExport(_)), "{path}");
	}
}

#[test]
fn other_files_are_refused() {
	for bundle in [
		json!(null),
		json!({}),
		json!({ "entry": [] }),
		json!({ "entry": [{ "resource": { "resourceType": "Patient" } }] }),
	] {
		assert!(matches!(LogExport::from_bundle(&bundle), Err(LogError::NotAnExport(_))));
	}
}

proptest! {
	#[test]
	fn a_flipped_bit_of_the_proof_never_proves_another_log(node in 0..60usize, at in 0..200usize, bit in 0..8u8) {
		let mut export = export();
		let whole = export.verify().unwrap();
		let count = export.proof.nodes.len();
		let bytes = &mut export.proof.nodes[node % count];
		let length = bytes.len();
		bytes[at % length] ^= 1 << bit;
		// A node off the path to the patient's log proves nothing, and does no harm.
		if let Ok(verified) = export.verify() {
			prop_assert_eq!(verified, whole);
		}
	}

	#[test]
	fn a_flipped_bit_of_the_header_gives_another_block(at in 0..100usize, bit in 0..8u8) {
		let mut export = export();
		let whole: Hash32 = export.verify().unwrap().block_hash;
		let length = export.proof.header.len();
		export.proof.header[at % length] ^= 1 << bit;
		if let Ok(verified) = export.verify() {
			prop_assert_ne!(verified.block_hash, whole);
		}
	}
}
