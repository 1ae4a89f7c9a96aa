//! Two hospitals with their people, ready for a patient.

use crate::{cast::*, eventually, files, Cli, CommandResult, Node, NodeOptions};
use serde_json::{json, Value};
use std::{path::Path, time::Duration};
use tempfile::TempDir;

/// A running node and everyone who uses it, set up through the command line.
pub struct People {
	/// The node.
	pub node: Node,
	/// The command line of all of them.
	pub cli: Cli,
	/// In which mode records are added: `guarded` or `direct`.
	pub mode: &'static str,
	folder: TempDir,
}

/// The account that confirms what a node stores.
pub async fn storage_account(node: &Node) -> String {
	let info = node.rpc("salus_nodeInfo", json!([])).await.expect("the node answers");
	info["storageAccount"].as_str().expect("an account is a text").to_owned()
}

/// Who signs for the account that confirms what a node stores, as `salus member admit` takes it.
fn storage_signer(node: &Node) -> Vec<String> {
	let keys = std::fs::read_dir(node.base().join("chains/dev/keystore"));
	let key = keys
		.into_iter()
		.flatten()
		.flatten()
		.find(|key| key.file_name().to_str().is_some_and(|name| name.starts_with("73616c75")));
	if let Some(key) = key {
		let path = key.path().to_str().expect("UTF-8").to_owned();
		return vec!["--node-key".to_owned(), path];
	}
	// That of a development node lies in memory, and everyone knows it.
	let flags = &node.options().extra;
	let name = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"]
		.into_iter()
		.find(|name| flags.contains(&format!("--{}", name.to_lowercase())))
		.unwrap_or("Alice");
	vec![format!("//{name}//storage")]
}

impl People {
	/// Waits until the committee has a key.
	pub async fn has_a_key(&self) {
		eventually("the committee has a key", Duration::from_secs(240), || async {
			let epoch = self.node.rpc("salus_activeEpoch", json!([])).await.ok()?;
			epoch.as_u64().map(|_| ())
		})
		.await;
	}

	/// At a node of a chain that is new: everyone is admitted first.
	pub async fn on(node: Node) -> Self {
		let people = Self::at(node, tempfile::tempdir().expect("a temporary folder"));
		people.set_up().await;
		people
	}

	/// At a node of a chain on which everyone is admitted, with a folder of their own.
	pub(crate) fn at(node: Node, folder: TempDir) -> Self {
		let cli = Cli::new(&node.url(), &folder.path().join("state"));
		Self { node, cli, mode: "guarded", folder }
	}

	/// Has the council decide something: its first member proposes it, and the others vote for it until that is enough.
	pub async fn decide(&self, arguments: &[&str]) {
		let mut answer = self.cli.run(COUNCIL, arguments).await;
		for seat in ["//Bob", "//Charlie", "//Dave"] {
			let proposed = &answer["decision"]["proposed"]["proposal"];
			let Some(motion) = proposed.as_str().map(str::to_owned) else {
				break;
			};
			answer = self.cli.run(seat, &["council", "vote", &motion]).await;
		}
		assert_eq!(answer["decision"], "executed", "{arguments:?}: {answer}");
	}

	/// The same for what the chain refuses: what the vote that decided it said.
	pub async fn try_decide(&self, arguments: &[&str]) -> CommandResult {
		let mut result = self.cli.try_run(COUNCIL, arguments).await;
		for seat in ["//Bob", "//Charlie", "//Dave"] {
			if result.code != 0 {
				break;
			}
			let answer = result.json();
			let motion = answer["decision"]["proposed"]["proposal"]
				.as_str()
				.unwrap_or_else(|| panic!("{arguments:?} was not refused: {answer}"));
			result = self.cli.try_run(seat, &["council", "vote", motion]).await;
		}
		result
	}

	/// Makes a node a storage node of hospital A.
	pub async fn admit_storage(&self, node: &Node) {
		self.admit_storage_at(node, ADMIN_A, HOSPITAL_A).await;
	}

	/// Makes a node a storage node of an organisation. Copies count once for each.
	pub async fn admit_storage_at(&self, node: &Node, admin: &str, organisation: &str) {
		// The key is made while the node starts.
		storage_account(node).await;
		let signer = storage_signer(node);
		let mut arguments = vec!["member", "admit", "--org", organisation];
		arguments.extend(["--role", "storage-node"]);
		arguments.extend(signer.iter().map(String::as_str));
		self.cli.run(admin, &arguments).await;
	}

	/// Someone opens a record, and gets what its author wrote.
	pub async fn opens(&self, who: &str, record: &str, purpose: &str, original: &Path) -> Value {
		let copy = self.folder().join(format!("opened-{}", &who[2..]));
		let _ = std::fs::remove_file(&copy);
		let out = copy.to_str().expect("UTF-8");
		let arguments = ["record", "get", record, "--purpose", purpose, "--out", out];
		let answer = self.cli.run(who, &arguments).await;
		assert!(files::same(original, &copy), "{record} came back altered");
		answer
	}

	/// The account of someone.
	pub async fn account(&self, who: &str) -> Value {
		self.cli.run(who, &["keys", "show"]).await["account"].clone()
	}

	/// The events of the patient's log, oldest first.
	pub async fn log(&self) -> Vec<Value> {
		let patient = self.account(PATIENT).await;
		let page =
			self.node.rpc("salus_accessLog", json!([patient, 0, 256])).await.expect("it answers");
		page["entries"]
			.as_array()
			.expect("a list")
			.iter()
			.map(|entry| entry["event"].clone())
			.collect()
	}

	/// A folder for the test's files; removed with this value.
	pub fn folder(&self) -> &Path {
		self.folder.path()
	}

	/// Kills the node and starts it again.
	pub fn kill_and_restart(&mut self) {
		self.restart_with(self.node.options().clone());
	}

	/// The node is started again so much later, for all that it can see.
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

	/// Sets both hospitals up, side by side: each step of one waits for its block.
	async fn set_up(&self) {
		let cli = &self.cli;
		for admins in [&[ADMIN_A, VICE_A][..], &[ADMIN_B, VICE_B, MATRON_B]] {
			let named = admins.iter().flat_map(|admin| ["--admin", *admin]);
			let register = ["org", "register", "--kind", "hospital"];
			self.decide(&register.into_iter().chain(named).collect::<Vec<_>>()).await;
		}
		let admit = |admin, organisation, account: &'static str, role| async move {
			cli.run(admin, &["member", "admit", "--org", organisation, account, "--role", role])
				.await;
		};
		let publish = |account: &'static str| async move {
			cli.run(account, &["keys", "publish"]).await;
		};
		let hospital_a = async {
			admit(ADMIN_A, HOSPITAL_A, RECORDS_ADMIN, "records-admin").await;
			tokio::join!(publish(RECORDS_ADMIN), async {
				cli.run(ADMIN_A, &["org", "set-key", HOSPITAL_A]).await;
				admit(ADMIN_A, HOSPITAL_A, DOCTOR_A, "practitioner").await;
			});
			tokio::join!(publish(DOCTOR_A), async {
				cli.run(ADMIN_A, &["org", "share-key", HOSPITAL_A, "--to", RECORDS_ADMIN]).await;
				self.admit_storage(&self.node).await;
				cli.run(ADMIN_A, &["patient", "enrol", "--org", HOSPITAL_A, "--patient", PATIENT])
					.await;
			});
		};
		let hospital_b = async {
			cli.run(ADMIN_B, &["org", "set-key", HOSPITAL_B]).await;
			admit(ADMIN_B, HOSPITAL_B, DOCTOR_B, "practitioner").await;
			publish(DOCTOR_B).await;
		};
		tokio::join!(hospital_a, hospital_b);
	}

	/// Has each hospital admit an auditor, and the council appoint both to review emergencies.
	pub(crate) async fn appoint_auditors(&self) {
		let admit =
			async |admin: &'static str, organisation: &'static str, auditor: &'static str| {
				let who = ["member", "admit", "--org", organisation, auditor];
				let role = ["--role", "auditor"];
				self.cli.run(admin, &[&who[..], &role].concat()).await;
			};
		tokio::join!(admit(ADMIN_A, HOSPITAL_A, AUDITOR_A), admit(ADMIN_B, HOSPITAL_B, AUDITOR_B));
		for auditor in [AUDITOR_A, AUDITOR_B] {
			self.decide(&["emergency", "auditor", "appoint", auditor]).await;
		}
	}

	/// Adds a file as doctor A for the patient and waits until it is stored. Gives the record's id.
	pub async fn add(&self, file: &Path, category: &str, title: &str) -> String {
		let answer = self.cli.run(DOCTOR_A, &self.add_arguments(file, category, title)).await;
		record_id(&answer)
	}

	/// The arguments of a `record add` that waits until the record is stored.
	pub fn add_arguments<'a>(
		&self,
		file: &'a Path,
		category: &'a str,
		title: &'a str,
	) -> Vec<&'a str> {
		let file = file.to_str().expect("the tests' paths are UTF-8");
		vec![
			"record",
			"add",
			file,
			"--patient",
			PATIENT,
			"--org",
			HOSPITAL_A,
			"--category",
			category,
			"--title",
			title,
			"--mode",
			self.mode,
			"--wait",
			"stored",
		]
	}
}

/// The record's id in a command's answer.
pub fn record_id(answer: &Value) -> String {
	let one = answer.get(0).unwrap_or(answer);
	one["record"].as_str().unwrap_or_else(|| panic!("no record in {answer}")).to_owned()
}
