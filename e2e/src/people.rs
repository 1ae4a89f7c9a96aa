//! Two hospitals with their people, ready for a patient.

use crate::{
	cast::*,
	chain,
	cli::{quoted, NOT_FINAL, REFUSED},
	files, Cli, CommandResult, Node, NodeOptions,
};
use serde_json::{json, Value};
use std::{
	path::{Path, PathBuf},
	time::Duration,
};
use tempfile::TempDir;

/// A running node, and everyone in [`cast`](crate::cast) as its user.
pub struct People {
	/// Node that they use.
	pub node: Node,
	/// Command line of all of them.
	pub cli: Cli,
	/// Mode in which records are added: `guarded` or `direct`.
	pub mode: &'static str,
	folder: TempDir,
}

/// Returns the account with which a node confirms that it stores a record.
pub async fn storage_account(node: &Node) -> String {
	let info = node.ask("salus_nodeInfo", json!([])).await;
	info["storageAccount"].as_str().expect("an account is a text").to_owned()
}

/// Returns the words that sign for a node's storage account in `salus member admit`: the file with
/// its key, or its development account.
fn storage_signer(node: &Node) -> String {
	let keystore = node.base().join("chains/dev/keystore");
	// Files of keys begin with their kind, `salu` in hex.
	let key = std::fs::read_dir(&keystore)
		.into_iter()
		.flatten()
		.flatten()
		.find(|key| key.file_name().to_str().is_some_and(|name| name.starts_with("73616c75")));
	if let Some(key) = key {
		return format!("--node-key {}", quoted(key.path()));
	}
	// A development account's node keeps the key in memory, and everyone knows it.
	let flags = &node.options().extra;
	let is_named = |name: &&str| flags.contains(&format!("--{}", name.to_lowercase()));
	let named = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"].into_iter().find(is_named);
	// `--dev` implies `--alice`.
	let is_alice = node.options().chain.is_none() || flags.iter().any(|flag| flag == "--dev");
	let name = named.or(is_alice.then_some("Alice")).unwrap_or_else(|| {
		panic!(
			"no storage key in {}, and the node runs as no development account",
			keystore.display()
		)
	});
	format!("//{name}//storage")
}

impl People {
	/// Admits everyone at a node of a new chain.
	pub async fn on(node: Node) -> Self {
		let people = Self::at(node, tempfile::tempdir().expect("a temporary folder"));
		people.set_up().await;
		people
	}

	/// Returns the people of a chain on which everyone is admitted, with their own folder.
	pub(crate) fn at(node: Node, folder: TempDir) -> Self {
		let cli = Cli::new(&node.url(), &folder.path().join("state"));
		Self { node, cli, mode: "guarded", folder }
	}

	/// Has the council decide: its first member proposes, and the others vote until that is enough.
	pub async fn decide(&self, line: impl AsRef<str>) {
		let line = line.as_ref();
		let mut answer = self.cli.run(COUNCIL, line).await;
		for seat in ["//Bob", "//Charlie", "//Dave"] {
			let Some(motion) = answer["decision"]["proposed"]["proposal"].as_str() else {
				break;
			};
			let vote = format!("council vote {motion}");
			answer = self.cli.run(seat, vote).await;
		}
		assert_eq!(answer["decision"], "executed", "{line}: {answer}");
	}

	/// Has the council vote on what the chain refuses, and returns the result of the last vote.
	pub async fn try_decide(&self, line: impl AsRef<str>) -> CommandResult {
		let line = line.as_ref();
		let mut result = self.cli.try_run(COUNCIL, line).await;
		for seat in ["//Bob", "//Charlie", "//Dave"] {
			// A success without a proof, because finality seems to stall, is one.
			if ![0, NOT_FINAL].contains(&result.code) {
				break;
			}
			let answer = result.json();
			let motion = answer["decision"]["proposed"]["proposal"]
				.as_str()
				.unwrap_or_else(|| panic!("{line} was not refused: {answer}"));
			result = self.cli.try_run(seat, format!("council vote {motion}")).await;
		}
		result
	}

	/// Makes a node a storage node of hospital A.
	pub async fn admit_storage(&self, node: &Node) {
		self.admit_storage_at(node, ADMIN_A, HOSPITAL_A).await;
	}

	/// Makes a node a storage node of an organisation. Replicas count once for each organisation.
	pub async fn admit_storage_at(&self, node: &Node, admin: &str, organisation: &str) {
		// A node that answers has made its key.
		storage_account(node).await;
		let signer = storage_signer(node);
		self.cli
			.run(admin, format!("member admit --org {organisation} --role storage-node {signer}"))
			.await;
	}

	/// Opens a record as someone, who must get what its author wrote. Returns the command's answer.
	pub async fn assert_opens(
		&self,
		who: &str,
		record: &str,
		purpose: &str,
		original: &Path,
	) -> Value {
		self.gets(who, record, &format!("--purpose {purpose}"), original).await
	}

	/// Opens a record as [`assert_opens`](Self::assert_opens) does, for the purpose that the
	/// command line chooses.
	pub async fn assert_opens_by_default(&self, who: &str, record: &str, original: &Path) -> Value {
		self.gets(who, record, "", original).await
	}

	/// Opens a record as [`assert_opens`](Self::assert_opens) does, in an emergency for which a
	/// case is opened with the request.
	pub async fn assert_opens_in_emergency(
		&self,
		who: &str,
		hospital: &str,
		record: &str,
		original: &Path,
	) -> Value {
		let statement = quoted(self.statement());
		let options = format!("--emergency unconscious --statement {statement} --org {hospital}");
		self.gets(who, record, &options, original).await
	}

	async fn gets(&self, who: &str, record: &str, options: &str, original: &Path) -> Value {
		let copy = self.path(&format!("opened-{}", &who[2..]));
		let _ = std::fs::remove_file(&copy);
		let out = quoted(&copy);
		let answer = self.cli.run(who, format!("record get {record} {options} --out {out}")).await;
		assert!(files::same(original, &copy), "{record} came back altered");
		answer
	}

	/// Tries to open a record as someone whom consent must refuse, and who must get no file.
	pub async fn assert_refused(&self, who: &str, record: &str, purpose: &str) -> CommandResult {
		let copy = self.path(&format!("stolen-{}", &who[2..]));
		let out = quoted(&copy);
		let get = format!("record get {record} --purpose {purpose} --out {out}");
		let refusal = self.cli.run_expecting_failure(who, get, REFUSED).await;
		assert!(!copy.exists(), "{who} is refused and gets a file");
		refusal
	}

	/// Returns the account of someone.
	pub async fn account(&self, who: &str) -> String {
		let keys = self.cli.run(who, "keys show").await;
		keys["account"].as_str().unwrap_or_else(|| panic!("no account in {keys}")).to_owned()
	}

	/// Returns the events of the patient's log, oldest first.
	pub async fn log(&self) -> Vec<Value> {
		let patient = self.account(PATIENT).await;
		let page = self.node.ask("salus_accessLog", json!([patient, 0, 256])).await;
		page["entries"]
			.as_array()
			.expect("a list")
			.iter()
			.map(|entry| entry["event"].clone())
			.collect()
	}

	/// Exports the log of a patient, verifies that it is complete, and returns the exported file.
	pub async fn verified_log(&self, patient: &str) -> PathBuf {
		let export = self.path("log.json");
		let file = quoted(&export);
		self.cli.run(patient, format!("log export --out {file}")).await;
		self.cli.run("", format!("log verify {file}")).await;
		export
	}

	/// Returns the folder for the test's files, which is removed with this value.
	pub fn folder(&self) -> &Path {
		self.folder.path()
	}

	/// Returns the path of a file in the folder for the test's files.
	pub fn path(&self, name: &str) -> PathBuf {
		self.folder().join(name)
	}

	/// Kills the node and starts it again.
	pub fn kill_and_restart(&mut self) {
		self.restart_with(self.node.options().clone());
	}

	/// Kills the node and starts it again with its clock ahead by that much more.
	pub fn restart_later(&mut self, later: Duration) {
		let mut options = self.node.options().clone();
		options.ahead += later;
		self.restart_with(options);
	}

	fn restart_with(&mut self, options: NodeOptions) {
		self.node.kill();
		self.node = Node::start(self.node.base(), options);
		self.cli = self.cli.at(&self.node.url());
	}

	/// Sets both hospitals up in parallel, because each step of one waits for its block.
	async fn set_up(&self) {
		let cli = &self.cli;
		let register = "org register --kind hospital";
		self.decide(format!("{register} --admin {ADMIN_A} --admin {VICE_A}")).await;
		self.decide(format!("{register} --admin {ADMIN_B} --admin {VICE_B} --admin {MATRON_B}"))
			.await;
		let hospital_a = async {
			self.admit(ADMIN_A, HOSPITAL_A, RECORDS_ADMIN, "records-admin").await;
			tokio::join!(cli.run(RECORDS_ADMIN, "keys publish"), async {
				cli.run(ADMIN_A, format!("org set-key {HOSPITAL_A}")).await;
				self.admit(ADMIN_A, HOSPITAL_A, DOCTOR_A, "practitioner").await;
			});
			tokio::join!(cli.run(DOCTOR_A, "keys publish"), async {
				cli.run(ADMIN_A, format!("org share-key {HOSPITAL_A} --to {RECORDS_ADMIN}")).await;
				self.admit_storage(&self.node).await;
				cli.run(ADMIN_A, format!("patient enrol --org {HOSPITAL_A} --patient {PATIENT}"))
					.await;
			});
		};
		let hospital_b = async {
			cli.run(ADMIN_B, format!("org set-key {HOSPITAL_B}")).await;
			self.admit(ADMIN_B, HOSPITAL_B, DOCTOR_B, "practitioner").await;
			cli.run(DOCTOR_B, "keys publish").await;
		};
		tokio::join!(hospital_a, hospital_b);
	}

	/// Has an organisation admit someone in a role.
	pub async fn admit(&self, admin: &str, organisation: &str, who: &str, role: &str) {
		self.cli.run(admin, format!("member admit --org {organisation} {who} --role {role}")).await;
	}

	/// Lets a doctor open emergencies: another administrator attests the doctor, and the hospital
	/// deposits its bond.
	pub async fn allow_emergencies(&self, hospital: &str, admin: &str, vice: &str, doctor: &str) {
		let attest = format!("member attest {doctor} --role practitioner --verdict confirmed");
		let deposit = format!("org bond deposit {hospital} 10000");
		tokio::join!(self.cli.run(vice, attest), self.cli.run(admin, deposit));
	}

	/// Writes the reason of an emergency to a file.
	pub fn statement(&self) -> PathBuf {
		let statement = self.path("statement.txt");
		std::fs::write(&statement, "Brought in unconscious; medication unknown.")
			.expect("the folder is writable");
		statement
	}

	/// Opens an emergency for the patient, and returns the command's answer.
	pub async fn open_emergency(&self, doctor: &str, hospital: &str, reason: &str) -> Value {
		let statement = quoted(self.statement());
		let open = format!(
			"emergency open --patient {PATIENT} --org {hospital} --reason {reason} \
			 --statement {statement}"
		);
		self.cli.run(doctor, open).await
	}

	/// Has each hospital admit an auditor, and the council appoint both to review emergencies.
	pub(crate) async fn appoint_auditors(&self) {
		tokio::join!(
			self.admit(ADMIN_A, HOSPITAL_A, AUDITOR_A, "auditor"),
			self.admit(ADMIN_B, HOSPITAL_B, AUDITOR_B, "auditor")
		);
		for auditor in [AUDITOR_A, AUDITOR_B] {
			self.decide(format!("emergency auditor appoint {auditor}")).await;
		}
	}

	/// Waits until the committee has a key.
	pub async fn has_a_key(&self) {
		chain::has_key_of(&self.node, 0).await;
	}

	/// Adds a file as doctor A for the patient, waits until it is stored, and returns the record.
	pub async fn add(&self, file: &Path, category: &str, title: &str) -> String {
		let line = self.add_and_wait_line(file, category, title);
		record_id(&self.cli.run(DOCTOR_A, line).await)
	}

	/// Adds a scan as doctor A for the patient, does not wait until it is stored, and returns the
	/// record.
	pub async fn register_scan(&self, file: &Path) -> String {
		record_id(&self.cli.run(DOCTOR_A, self.add_line(file, "imaging", "Scan")).await)
	}

	/// Returns a `record add` that ends when the record is registered.
	pub fn add_line(&self, file: &Path, category: &str, title: &str) -> String {
		let (file, mode) = (quoted(file), self.mode);
		format!(
			"record add {file} --patient {PATIENT} --org {HOSPITAL_A} --category {category} \
			 --title '{title}' --mode {mode}"
		)
	}

	/// Returns a `record add` that waits until the record is stored.
	pub fn add_and_wait_line(&self, file: &Path, category: &str, title: &str) -> String {
		self.add_line(file, category, title) + " --wait stored"
	}
}

/// Returns the id of the record in a command's answer.
pub fn record_id(answer: &Value) -> String {
	let one = answer.get(0).unwrap_or(answer);
	one["record"].as_str().unwrap_or_else(|| panic!("no record in {answer}")).to_owned()
}
