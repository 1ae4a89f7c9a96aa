//! The same read gives the same answer through JSON-RPC and through the runtime API.

use codec::{Decode, Encode};
use salus_e2e::{cast::*, eventually, files, people::storage_account, People};
use salus_primitives::*;
use salus_runtime::AccountId;
use serde::Serialize;
use serde_json::{json, Value};

/// A chain on which every read has something to answer, and the block that all reads are about, so
/// that later blocks do not matter.
struct Stage {
	people: People,
	at: Value,
	record: RecordId,
	request: RequestId,
	case: CaseId,
	patient: AccountId,
	author: AccountId,
	/// Account of the storage node.
	storage_node: String,
	/// Peer id of the storage node, as the network spells it.
	peer: Value,
}

/// Checks that a read with these arguments gives the same answer through both, and gives one.
macro_rules! same {
	($stage:ident, $method:literal, $function:literal, $type:ty, ($($argument:expr),*)) => {
		$stage
			.compare::<$type>(
				$method,
				$function,
				($($argument.clone(),)*),
				vec![$(serde_json::to_value(&$argument).expect("JSON"),)*],
			)
			.await
	};
}

impl Stage {
	async fn set() -> Self {
		let people = People::start().await;
		let cli = &people.cli;
		let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
		let record = people.add(&file, "laboratory", "Blood count").await;
		cli.run(RECORDS_ADMIN, format!("record attest {record}")).await;
		cli.run(PATIENT, "consent deny --to role:researcher --everything").await;
		let opened = people.assert_opens_by_default(DOCTOR_A, &record, &file).await;
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
		let at = eventually("the node announces its peer", || async {
			let at = node.ask("chain_getBlockHash", json!([])).await;
			let peers = node.ask("salus_storagePeers", json!([at])).await;
			(peers == announced).then_some(at)
		})
		.await;
		Self {
			at,
			record: serde_json::from_value(json!(record)).expect("a record id"),
			request,
			case,
			patient: account(PATIENT),
			author: account(DOCTOR_A),
			storage_node,
			peer,
			people,
		}
	}

	/// Asks the runtime API, and returns the answer in the JSON form of its type.
	async fn runtime<T: Decode + Serialize>(
		&self,
		function: &str,
		arguments: impl Encode,
	) -> Value {
		let data = format!("0x{}", hex::encode(arguments.encode()));
		let answer = self
			.people
			.node
			.rpc("state_call", json!([format!("SalusApi_{function}"), data, self.at]))
			.await
			.unwrap_or_else(|error| panic!("{function}: {error:?}"));
		let bytes = hex::decode(&answer.as_str().expect("hex")[2..]).expect("hex");
		let value =
			T::decode(&mut &bytes[..]).unwrap_or_else(|error| panic!("{function}: {error}"));
		serde_json::to_value(value).expect("the types have a JSON form")
	}

	/// See `same!`. `params` are the arguments as JSON.
	async fn compare<T: Decode + Serialize>(
		&self,
		method: &str,
		function: &str,
		arguments: impl Encode,
		mut params: Vec<Value>,
	) {
		let through_runtime = self.runtime::<T>(function, arguments).await;
		params.push(self.at.clone());
		let through_rpc = self
			.people
			.node
			.rpc(&format!("salus_{method}"), Value::Array(params))
			.await
			.unwrap_or_else(|error| panic!("{method}: {error:?}"));
		assert_eq!(through_rpc, through_runtime, "{method}");
		assert_ne!(through_rpc, Value::Null, "{method} answers with something to compare");
	}
}

/// Returns the account of a development key.
fn account(uri: &str) -> AccountId {
	let keypair =
		subxt_signer::sr25519::Keypair::from_uri(&uri.parse().expect("a URI")).expect("a key");
	AccountId::new(keypair.public_key().0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_answers_alike_by_rpc_and_by_runtime_api() {
	let stage = Stage::set().await;
	members_are_the_same(&stage).await;
	records_are_the_same(&stage).await;
	consent_is_the_same(&stage).await;
	releases_are_the_same(&stage).await;
	emergencies_are_the_same(&stage).await;
	the_committee_is_the_same(&stage).await;
	recovery_is_the_same(&stage).await;
	the_network_is_the_same(&stage).await;
	storage_is_the_same(&stage).await;
}

async fn members_are_the_same(stage: &Stage) {
	let own = Recipient::Account(stage.patient.clone());
	same!(stage, "organisation", "organisation", Option<OrganisationInfo<AccountId>>, (1u32));
	same!(
		stage,
		"organisations",
		"organisations",
		Page<OrganisationInfo<AccountId>>,
		(0u32, 10u32)
	);
	same!(stage, "memberships", "memberships", Vec<MemberInfo>, (stage.author));
	same!(stage, "key", "key", Option<KeyAgreementKey>, (own));
	same!(
		stage,
		"organisationKeyShare",
		"organisation_key_share",
		Option<Wrap>,
		(1u32, account(RECORDS_ADMIN))
	);
}

async fn records_are_the_same(stage: &Stage) {
	let Stage { record, patient, author, .. } = stage;
	let own = Recipient::Account(patient.clone());
	let details = stage.people.node.ask("salus_record", json!([record, stage.at])).await;
	let root: Cid =
		serde_json::from_value(details["versions"][0]["info"]["content"]["root"].clone())
			.expect("a CID");
	let subject = Subject::RecordVersion::<AccountId> { record: *record, version: 1 };
	same!(stage, "record", "record", Option<RecordDetails<AccountId>>, (record));
	same!(stage, "recordsOf", "records_of", Page<RecordDetails<AccountId>>, (patient, 0u32, 10u32));
	same!(stage, "root", "root", Option<RootUse>, (root));
	same!(stage, "wraps", "wraps", Vec<(Recipient<AccountId>, Wrap)>, (record, 1u32));
	same!(stage, "wrap", "wrap", Option<Wrap>, (record, 1u32, own));
	same!(stage, "sealedKey", "sealed_key", Option<SealedKey>, (record, 1u32));
	same!(stage, "attestations", "attestations", AttestationStatus<AccountId>, (subject));
	same!(stage, "mayStage", "may_stage", Option<OrganisationId>, (author));
}

async fn consent_is_the_same(stage: &Stage) {
	let Stage { record, patient, author, .. } = stage;
	let question = Question {
		reader: account(DOCTOR_B),
		record: *record,
		version: None,
		purpose: Purpose::TREAT,
		action: Action::Read,
	};
	same!(stage, "consentOf", "consent_of", ConsentDetails<AccountId>, (patient));
	same!(
		stage,
		"standingRecipients",
		"standing_recipients",
		Vec<RecipientKey<AccountId>>,
		(patient, Category::Laboratory, Some(*record))
	);
	same!(stage, "mayWrite", "may_write", bool, (author, 1u32, patient, Category::Laboratory));
	same!(stage, "decide", "decide", Decision, (question));
	let Question { reader, purpose, action, .. } = question.clone();
	let all = PatientQuestion { reader, patient: patient.clone(), purpose, action };
	same!(stage, "decideMany", "decide_many", Page<DecidedRecord<AccountId>>, (all, 0u32, 10u32));
	same!(stage, "explain", "explain", Explanation, (question));
}

async fn releases_are_the_same(stage: &Stage) {
	let Stage { patient, request, .. } = stage;
	same!(stage, "accessLog", "access_log", LogPage<AccountId>, (patient, 0u32, 10u32));
	same!(stage, "release", "release", Option<ReleaseDetails<AccountId>>, (request));
	same!(stage, "openReleases", "open_releases", Vec<Release<AccountId>>, (1u64, 10u32));
	same!(stage, "releaseStands", "release_stands", bool, (request));
	same!(stage, "logEntries", "log_entries", u64, ());
}

async fn emergencies_are_the_same(stage: &Stage) {
	type Cases = Vec<(CaseId, EmergencyCase<AccountId>)>;
	let Stage { patient, case, .. } = stage;
	same!(stage, "emergency", "emergency", Option<EmergencyCase<AccountId>>, (case));
	same!(stage, "emergenciesOf", "emergencies_of", Cases, (patient));
	same!(stage, "reviewsDue", "reviews_due", Cases, (1u32));
	same!(stage, "emergencyPanel", "emergency_panel", Option<Panel<AccountId>>, (case));
	same!(stage, "emergencyAuditors", "emergency_auditors", Vec<(AccountId, OrganisationId)>, ());
}

async fn the_committee_is_the_same(stage: &Stage) {
	same!(stage, "activeEpoch", "active_epoch", Option<Epoch>, ());
	same!(stage, "currentEpoch", "current_epoch", Epoch, ());
	same!(stage, "epoch", "epoch", Option<EpochInfo>, (1u32));
	same!(stage, "epochKey", "epoch_key", Option<EpochKey>, (1u32));
	same!(stage, "sealedVersions", "sealed_versions", Option<Vec<SealedVersions>>, ());
	same!(stage, "dealings", "dealings", Vec<(MemberIndex, Dealing)>, (1u32));
	same!(stage, "electedCommittee", "elected_committee", Vec<AccountId>, ());
}

async fn recovery_is_the_same(stage: &Stage) {
	let Stage { patient, people, at, .. } = stage;
	same!(
		stage,
		"recoveryAttempt",
		"recovery_attempt",
		Option<RecoveryAttempt<AccountId>>,
		(patient)
	);
	same!(stage, "recoveryPolicy", "recovery_policy", RecoveryPolicy, (patient));
	for (method, function) in [("salus_successor", "successor"), ("salus_actsFor", "acts_for")] {
		let through_runtime =
			stage.runtime::<Option<AccountId>>(function, (patient.clone(),)).await;
		let through_rpc = people.node.ask(method, json!([patient, at])).await;
		// Nobody lost a key here; `recovery.rs` has a case in which these differ.
		assert_eq!(through_rpc, through_runtime, "{method}");
	}
}

async fn the_network_is_the_same(stage: &Stage) {
	same!(stage, "validators", "validators", ValidatorSet<AccountId>, ());
	same!(stage, "outdatedStorage", "outdated_storage", Vec<String>, ());
	same!(stage, "metadataHash", "metadata_hash", Option<MetadataHash>, ());
}

async fn storage_is_the_same(stage: &Stage) {
	let Stage { storage_node, peer, .. } = stage;
	// The command line spells the node's peer id as the network does, too.
	let listed = stage.people.cli.run(PATIENT, "storage nodes").await;
	assert_eq!(listed["peers"][storage_node], *peer, "{listed}");
	let storage_node: AccountId = {
		use sp_core::crypto::Ss58Codec;
		AccountId::from_ss58check(storage_node).expect("an address")
	};
	same!(stage, "storageStatus", "storage_status", StorageStatus, ());
	same!(stage, "replication", "replication", ReplicationStatus<AccountId>, ());
	same!(
		stage,
		"underReplicated",
		"under_replicated",
		Vec<UnderReplicatedVersion<AccountId>>,
		(None::<(u32, RecordId, Version)>, 10u32)
	);
	same!(
		stage,
		"holdings",
		"holdings",
		Vec<StorageClaim>,
		(storage_node, None::<(RecordId, Version)>, 10u32)
	);
}
