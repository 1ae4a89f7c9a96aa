//! The same read gives the same answer through JSON-RPC and through the runtime API.

use codec::{Decode, Encode};
use salus_e2e::{cast::*, eventually, files, people::storage_account, People};
use salus_primitives::*;
use salus_runtime::AccountId;
use serde::Serialize;
use serde_json::{json, Value};

/// Asks the runtime API, and returns the answer in the JSON form of its type.
async fn runtime<T: Decode + Serialize>(
	people: &People,
	at: &Value,
	function: &str,
	arguments: impl Encode,
) -> Value {
	let data = format!("0x{}", hex::encode(arguments.encode()));
	let answer = people
		.node
		.rpc("state_call", json!([format!("SalusApi_{function}"), data, at]))
		.await
		.unwrap_or_else(|error| panic!("{function}: {error:?}"));
	let bytes = hex::decode(&answer.as_str().expect("hex")[2..]).expect("hex");
	let value = T::decode(&mut &bytes[..]).unwrap_or_else(|error| panic!("{function}: {error}"));
	serde_json::to_value(value).expect("the types have a JSON form")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_answers_alike_by_rpc_and_by_runtime_api() {
	let people = People::start().await;
	let cli = &people.cli;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	cli.run(RECORDS_ADMIN, format!("record attest {record}")).await;
	cli.run(PATIENT, "consent deny --to role:researcher --everything").await;
	let opened = people.opens_by_default(DOCTOR_A, &record, &file).await;
	let request = opened["request"].as_u64().expect("a guarded record needs a request");
	people.allow_emergencies(HOSPITAL_A, ADMIN_A, VICE_A, DOCTOR_A).await;
	let opened = people.open_emergency(DOCTOR_A, HOSPITAL_A, "unconscious").await;
	let case = opened["case"].as_u64().expect("a case has a number") as CaseId;
	cli.run(ADMIN_A, format!("recover propose {PATIENT} --to //NewPhone")).await;

	let node = &people.node;
	// The node has a new peer id, which it announces on the chain.
	let peer = node.ask("system_localPeerId", json!([])).await;
	let storage_node = storage_account(node).await;
	let announced = json!([{ "node": storage_node, "peer": peer }]);
	// All reads are about the same block, so that later blocks do not matter.
	let at = eventually("the node announces its peer", || async {
		let at = node.ask("chain_getBlockHash", json!([])).await;
		let peers = node.ask("salus_storagePeers", json!([at])).await;
		(peers == announced).then_some(at)
	})
	.await;
	let account = |uri: &str| -> AccountId {
		let keypair =
			subxt_signer::sr25519::Keypair::from_uri(&uri.parse().expect("a URI")).expect("a key");
		AccountId::new(keypair.public_key().0)
	};
	let (patient, author, reader) = (account(PATIENT), account(DOCTOR_A), account(DOCTOR_B));
	let id: RecordId = serde_json::from_value(json!(record)).expect("a record id");
	let subject = Subject::RecordVersion::<AccountId> { record: id, version: 1 };
	let question = Question {
		reader: reader.clone(),
		record: id,
		version: None,
		purpose: Purpose::TREAT,
		action: Action::Read,
	};
	let own = Recipient::Account(patient.clone());
	let details = node.ask("salus_record", json!([record, at])).await;
	let root: Cid =
		serde_json::from_value(details["versions"][0]["info"]["content"]["root"].clone())
			.expect("a CID");

	macro_rules! same {
		($method:literal, $function:literal, $type:ty, ($($argument:expr),*)) => {{
			let through_runtime = runtime::<$type>(&people, &at, $function, ($($argument.clone(),)*)).await;
			let params = vec![$(serde_json::to_value(&$argument).expect("JSON"),)* at.clone()];
			let through_rpc = node
				.rpc(concat!("salus_", $method), Value::Array(params))
				.await
				.unwrap_or_else(|error| panic!("{}: {error:?}", $method));
			assert_eq!(through_rpc, through_runtime, $method);
			assert_ne!(through_rpc, Value::Null, concat!($method, " answers with something to compare"));
		}};
	}
	same!("organisation", "organisation", Option<OrganisationInfo<AccountId>>, (1u32));
	same!("organisations", "organisations", Page<OrganisationInfo<AccountId>>, (0u32, 10u32));
	same!("memberships", "memberships", Vec<MemberInfo>, (author));
	same!("key", "key", Option<KeyAgreementKey>, (own));
	same!(
		"organisationKeyShare",
		"organisation_key_share",
		Option<Wrap>,
		(1u32, account(RECORDS_ADMIN))
	);
	same!("record", "record", Option<RecordDetails<AccountId>>, (id));
	same!("recordsOf", "records_of", Page<RecordDetails<AccountId>>, (patient, 0u32, 10u32));
	same!("root", "root", Option<RootUse>, (root));
	same!("wraps", "wraps", Vec<(Recipient<AccountId>, Wrap)>, (id, 1u32));
	same!("wrap", "wrap", Option<Wrap>, (id, 1u32, own));
	same!("consentOf", "consent_of", ConsentDetails<AccountId>, (patient));
	same!(
		"standingRecipients",
		"standing_recipients",
		Vec<RecipientKey<AccountId>>,
		(patient, Category::Laboratory, Some(id))
	);
	same!("mayWrite", "may_write", bool, (author, 1u32, patient, Category::Laboratory));
	same!("decide", "decide", Decision, (question));
	same!("explain", "explain", Explanation, (question));
	same!("attestations", "attestations", AttestationStatus<AccountId>, (subject));
	same!("accessLog", "access_log", LogPage<AccountId>, (patient, 0u32, 10u32));
	same!("release", "release", Option<ReleaseDetails<AccountId>>, (request));
	same!("openReleases", "open_releases", Vec<Release<AccountId>>, (1u64, 10u32));
	same!("releaseStands", "release_stands", bool, (request));

	// The command line spells the node's peer id as the network does, too.
	let listed = cli.run(PATIENT, "storage nodes").await;
	assert_eq!(listed["peers"][&storage_node], peer, "{listed}");
	same!("emergency", "emergency", Option<EmergencyCase<AccountId>>, (case));
	same!("emergenciesOf", "emergencies_of", Vec<(CaseId, EmergencyCase<AccountId>)>, (patient));
	same!("reviewsDue", "reviews_due", Vec<(CaseId, EmergencyCase<AccountId>)>, (1u32));
	same!("emergencyPanel", "emergency_panel", Option<Panel<AccountId>>, (case));
	same!("emergencyAuditors", "emergency_auditors", Vec<(AccountId, OrganisationId)>, ());
	same!("sealedKey", "sealed_key", Option<SealedKey>, (id, 1u32));
	same!("activeEpoch", "active_epoch", Option<Epoch>, ());
	same!("currentEpoch", "current_epoch", Epoch, ());
	same!("epoch", "epoch", Option<EpochInfo>, (1u32));
	let dealings = runtime::<Vec<(MemberIndex, Dealing)>>(&people, &at, "dealings", (1u32,)).await;
	let through_rpc = node.ask("salus_dealings", json!([1, at])).await;
	assert_eq!(through_rpc, dealings, "dealings");
	same!("recoveryAttempt", "recovery_attempt", Option<RecoveryAttempt<AccountId>>, (patient));
	same!("recoveryPolicy", "recovery_policy", RecoveryPolicy, (patient));
	for (method, function) in [("salus_successor", "successor"), ("salus_actsFor", "acts_for")] {
		let through_runtime =
			runtime::<Option<AccountId>>(&people, &at, function, (patient.clone(),)).await;
		let through_rpc = node.ask(method, json!([patient, at])).await;
		// Nobody lost a key here; `recovery.rs` has a case in which these differ.
		assert_eq!(through_rpc, through_runtime, "{method}");
	}
	same!("validators", "validators", ValidatorSet<AccountId>, ());
	same!("logEntries", "log_entries", u64, ());
	same!("outdatedStorage", "outdated_storage", Vec<String>, ());
	same!("storageStatus", "storage_status", StorageStatus, ());
	same!("replication", "replication", ReplicationStatus<AccountId>, ());
	let storage_node: AccountId = {
		use sp_core::crypto::Ss58Codec;
		AccountId::from_ss58check(&storage_account(node).await).expect("an address")
	};
	same!(
		"underReplicated",
		"under_replicated",
		Vec<UnderReplicatedVersion<AccountId>>,
		(None::<(u32, RecordId, Version)>, 10u32)
	);
	same!(
		"holdings",
		"holdings",
		Vec<StorageClaim>,
		(storage_node, None::<(RecordId, Version)>, 10u32)
	);
	same!("mayStage", "may_stage", Option<OrganisationId>, (author));
}
