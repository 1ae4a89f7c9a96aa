//! The same read gives the same answer through JSON-RPC and through the runtime API.

use codec::{Decode, Encode};
use salus_e2e::{cast::*, files, people::storage_account, People};
use salus_primitives::*;
use salus_runtime::AccountId;
use serde::Serialize;
use serde_json::{json, Value};

/// Asks the runtime API and gives the answer as the types' own JSON.
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
async fn every_read_answers_alike_through_both_doors() {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	people.cli.run(RECORDS_ADMIN, &["record", "attest", &record]).await;
	people.cli.run(PATIENT, &["consent", "deny", "--to", "role:researcher", "--everything"]).await;

	let file = people.folder().join("opened");
	let opened = people
		.cli
		.run(DOCTOR_A, &["record", "get", &record, "--out", file.to_str().expect("UTF-8")])
		.await;
	let request = opened["request"].as_u64().expect("a guarded record was asked for");
	let statement = people.folder().join("statement");
	std::fs::write(&statement, "Unconscious.").expect("the folder is writable");
	let cli = &people.cli;
	cli.run(
		VICE_A,
		&["member", "attest", DOCTOR_A, "--role", "practitioner", "--verdict", "confirmed"],
	)
	.await;
	cli.run(ADMIN_A, &["org", "bond", "deposit", HOSPITAL_A, "10000"]).await;
	let case = cli
		.run(
			DOCTOR_A,
			&[
				"emergency",
				"open",
				"--patient",
				PATIENT,
				"--org",
				HOSPITAL_A,
				"--reason",
				"unconscious",
				"--statement",
				statement.to_str().expect("UTF-8"),
			],
		)
		.await["case"]
		.as_u64()
		.expect("the case has a number") as CaseId;

	cli.run(ADMIN_A, &["recover", "propose", PATIENT, "--to", "//NewPhone"]).await;

	let node = &people.node;
	// One block for all questions, so that a block in between changes nothing.
	let at = node.rpc("chain_getBlockHash", json!([])).await.expect("it answers");
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
	let details = node.rpc("salus_record", json!([record, at])).await.expect("it answers");
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
			assert_ne!(through_rpc, Value::Null, concat!($method, " has something to compare"));
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

	// As which peer the node is known, spelled as the network does, by the node and by the command line.
	let peer = node.rpc("system_localPeerId", json!([])).await;
	let storage_node = storage_account(node).await;
	let peers = node.rpc("salus_storagePeers", json!([at])).await;
	let expected = json!([{"node": storage_node, "peer": peer.expect("it answers")}]);
	assert_eq!(peers.expect("it answers"), expected);
	let listed = cli.run(PATIENT, &["storage", "nodes"]).await;
	assert_eq!(listed["peers"][&storage_node], expected[0]["peer"], "{listed}");
	same!("emergency", "emergency", Option<EmergencyCase<AccountId>>, (case));
	same!("emergenciesOf", "emergencies_of", Vec<(CaseId, EmergencyCase<AccountId>)>, (patient));
	same!("reviewsDue", "reviews_due", Vec<(CaseId, EmergencyCase<AccountId>)>, (1u32));
	same!("sealedKey", "sealed_key", Option<SealedKey>, (id, 1u32));
	same!("activeEpoch", "active_epoch", Option<Epoch>, ());
	same!("currentEpoch", "current_epoch", Epoch, ());
	same!("epoch", "epoch", Option<EpochInfo>, (1u32));
	let dealings = runtime::<Vec<(MemberIndex, Dealing)>>(&people, &at, "dealings", (1u32,)).await;
	let through_rpc = node.rpc("salus_dealings", json!([1, at])).await.expect("it answers");
	assert_eq!(through_rpc, dealings, "dealings");
	same!("recoveryAttempt", "recovery_attempt", Option<RecoveryAttempt<AccountId>>, (patient));
	same!("recoveryPolicy", "recovery_policy", RecoveryPolicy, (patient));
	for (method, function) in [("salus_successor", "successor"), ("salus_actsFor", "acts_for")] {
		let through_runtime =
			runtime::<Option<AccountId>>(&people, &at, function, (patient.clone(),)).await;
		let through_rpc = node.rpc(method, json!([patient, at])).await.expect("it answers");
		// Nobody lost a key here; `recovery.rs` has a pair that differs.
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
