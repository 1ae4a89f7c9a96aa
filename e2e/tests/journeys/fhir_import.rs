//! A hospital brings an archive in, folders and an NDJSON: each item once, whatever happens.

use super::fhir::{address, document};
use salus_e2e::{
	binary,
	cast::*,
	eventually,
	fhir::{temporary, FhirServer, HIS},
	files, People, Relay, PATIENCE,
};
use serde_json::{json, Value};
use std::{
	collections::BTreeSet,
	fs,
	os::unix::fs::{symlink, PermissionsExt},
	path::{Path, PathBuf},
	process::Stdio,
	sync::Arc,
	time::Duration,
};
use tokio::{process::Command, time::timeout};

/// System of the hospital's numbers of patients.
const SYSTEM: &str = "urn:oid:2.16.840.1.113883.19.5";

/// Number of the patient.
const NUMBER: &str = "MRN-0815";

/// Exit code of an import that refused something.
const REFUSED: i32 = 3;

/// Number of notes beside the four documents that are opened.
const NOTES: usize = 24;

/// Smallest document that is recognised as a C-CDA.
const CCDA: &str = "<?xml version=\"1.0\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\">\
                    <title>Summary</title></ClinicalDocument>\n";

/// An import that has ended.
pub struct Ended {
	pub code: Option<i32>,
	/// Lines of the report.
	pub entries: Vec<Value>,
	/// Standard error.
	pub err: String,
}

impl Ended {
	/// Returns the entries with an outcome.
	fn with(&self, outcome: &str) -> Vec<&Value> {
		self.entries.iter().filter(|entry| entry["outcome"] == outcome).collect()
	}

	/// Returns the entry of a file, which there is once.
	fn of(&self, path: &Path) -> &Value {
		let path = path.to_str().expect("the tests' paths are UTF-8");
		let found: Vec<_> = self.entries.iter().filter(|entry| entry["path"] == path).collect();
		assert_eq!(found.len(), 1, "{path}: {:?}", self.entries);
		found[0]
	}
}

fn importing(config: &Path, arguments: &[&str]) -> Command {
	let mut command = Command::new(binary("salus-gateway"));
	command.arg("import").arg("--config").arg(config).args(["--client", "his"]);
	command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
	command.env("TMPDIR", temporary(config)).kill_on_drop(true);
	command
}

/// Returns the lines of a report.
fn lines(text: &str) -> Vec<Value> {
	assert!(text.is_empty() || text.ends_with('\n'), "the last line is cut: {text:?}");
	let line = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line:?}"));
	text.lines().map(line).collect()
}

/// Returns the lines of a report that is being written. The last one may be cut.
fn whole_lines(text: &str) -> Vec<Value> {
	lines(text.rfind('\n').map_or("", |end| &text[..=end]))
}

/// Starts a relay to the server's node that takes a second for each transaction, and returns it
/// with a configuration that names it. An import by that lasts while the test looks, even if this
/// process pauses.
async fn slow_node(people: &People, server: &FhirServer) -> (Relay, PathBuf) {
	let relay = Relay::start(
		people.node.url(),
		Arc::new(|request| {
			if request["method"] == "author_submitAndWatchExtrinsic" {
				std::thread::sleep(Duration::from_secs(1));
			}
			None
		}),
	)
	.await;
	let config = fs::read_to_string(server.config()).expect("it has a configuration");
	let slow = server.folder().join("slow.toml");
	fs::write(&slow, config.replace(&people.node.url(), &relay.url())).expect("it is writable");
	(relay, slow)
}

/// Imports, and reads the report from standard output.
pub async fn import(server: &FhirServer, arguments: &[&str]) -> Ended {
	let ended = timeout(2 * PATIENCE, importing(server.config(), arguments).output()).await;
	let output = ended.expect("the import ends in time").expect("it can be started");
	let entries = lines(&String::from_utf8_lossy(&output.stdout));
	let err = String::from_utf8_lossy(&output.stderr).into_owned();
	Ended { code: output.status.code(), entries, err }
}

/// Gives the patient a number of the hospital.
async fn give_number(server: &FhirServer, token: &str) {
	let patient = json!({
		"resourceType": "Patient", "identifier": [{ "system": SYSTEM, "value": NUMBER }],
	});
	let path = format!("Patient/{}", address(PATIENT));
	let given = server.send("PUT", &path, token, &[], Some(&patient)).await;
	assert_eq!(given.status, 200, "{given:?}");
}

/// Returns the number of the patient's documents.
async fn count(server: &FhirServer) -> Value {
	let his = server.token("his", None).await;
	let search = format!("DocumentReference?patient={}&_summary=count", address(PATIENT));
	server.get(&his, &search).await.json()["total"].clone()
}

/// Makes the archive of one patient, and returns its root and the four documents that are opened.
fn archive(folder: &Path) -> (PathBuf, [(PathBuf, &'static str); 4]) {
	let root = folder.join("archive");
	let of_patient = root.join(NUMBER);
	fs::create_dir_all(of_patient.join("notes")).expect("the folder is writable");
	let write = |name: &str, content: &str| {
		let path = of_patient.join(name);
		fs::write(&path, content).expect("the folder is writable");
		path
	};
	let documents = [
		(files::pdf(&of_patient, "report.pdf", "all is well"), "application/pdf"),
		(write("summary.xml", CCDA), "application/xml"),
		(files::dicom(&of_patient, "15820", 3_000_000), "application/dicom"),
		(files::fhir_bundle(&of_patient, "bundle.json", 7.2), "application/fhir+json"),
	];
	for number in 0..NOTES {
		write(&format!("notes/{number:02}.txt"), &format!("note {number}"));
	}
	write("notes/broken.pdf", "");
	write("notes/.DS_Store", "x");
	symlink(of_patient.join("report.pdf"), of_patient.join("link.pdf")).expect("a link");
	// A file that somebody else may not read, say.
	fs::write(folder.join("secret"), "secret").expect("the folder is writable");
	fs::hard_link(folder.join("secret"), of_patient.join("hard.pdf")).expect("a link");
	(root, documents)
}

/// Options of the imports of the archive.
const OPTIONS: [&str; 4] = ["--patients-in-folders", SYSTEM, "--category", "clinical-note"];

/// Number of documents in the archive.
const ALL_DOCUMENTS: usize = NOTES + 4;

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_imported_once_even_if_it_is_killed() {
	let (people, server, [his]) = FhirServer::start_for([HIS]).await;
	give_number(&server, &his).await;
	let (root, documents) = archive(people.folder());
	let root = root.to_str().expect("the tests' paths are UTF-8");

	// A dry run finds the same, and adds nothing.
	let dry = import(&server, &[&OPTIONS[..], &["--dry-run", root][..]].concat()).await;
	let found = (dry.code, dry.with("new").len());
	assert_eq!(found, (Some(REFUSED), ALL_DOCUMENTS), "{}", dry.err);
	assert_eq!(count(&server).await, 0);

	let (_relay, slow) = slow_node(&people, &server).await;
	let killed = killed_half_way(&server, &slow, root, &people.path("report.ndjson")).await;
	let first = terminated_half_way(&slow, root, &people.path("second.ndjson")).await;
	assert!(first > killed, "{first} {killed}");

	// The same again continues.
	let arguments = [&OPTIONS[..], &[root][..]].concat();
	let second = import(&server, &arguments).await;
	assert_eq!(second.code, Some(REFUSED), "{}", second.err);
	let (present, new) = (second.with("present").len(), second.with("added").len());
	assert!(present >= first && new > 0, "{first}, {present}, {new}");
	let all = json!(ALL_DOCUMENTS);
	assert_eq!((present + new, count(&server).await), (ALL_DOCUMENTS, all.clone()));
	let third = import(&server, &arguments).await;
	assert_eq!((third.with("present").len(), count(&server).await), (ALL_DOCUMENTS, all));
	let records: BTreeSet<_> = third.entries.iter().map(|one| one["record"].to_string()).collect();
	// Items that are left out have no record.
	assert_eq!(records.len(), ALL_DOCUMENTS + 1);

	let in_archive = |name: &str| Path::new(root).join(NUMBER).join(name);
	says_why(&second, in_archive);
	assert_eq!(third.entries.len(), ALL_DOCUMENTS + 4);
	let last = third.err.lines().last().unwrap_or_default();
	assert!(last.starts_with("done: 0 added, 28 present, 2 refused, 2 skipped"), "{last}");
	assert_eq!(dry.of(&in_archive("bundle.json"))["fhirType"], "Bundle");
	for text in [&second.err, &third.err, &server.log()] {
		assert!(!text.contains(NUMBER) && !text.contains("report.pdf"), "{text}");
	}
	for (path, media_type) in &documents {
		assert_eq!(dry.of(path)["mediaType"], *media_type);
		let record = third.of(path)["record"].as_str().expect("an id");
		opens(&server, record, path, media_type).await;
	}
}

/// Kills an import half-way. Returns the number of documents that it had added. Its report is kept.
async fn killed_half_way(server: &FhirServer, slow: &Path, root: &str, report: &Path) -> usize {
	let path = report.to_str().expect("the tests' paths are UTF-8");
	let arguments = [&OPTIONS[..], &["--report", path, root][..]].concat();
	let mut killed = importing(slow, &arguments).spawn().expect("it can be started");
	let added = || {
		let text = fs::read_to_string(report).unwrap_or_default();
		whole_lines(&text).iter().filter(|entry| entry["outcome"] == "added").count()
	};
	eventually("some documents are imported", || async { (added() >= 5).then_some(()) }).await;
	killed.kill().await.expect("it can be killed");
	let first = added();
	assert!(first < ALL_DOCUMENTS, "it ended before it was killed");
	assert_eq!(report.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
	let again = import(server, &arguments).await;
	assert_eq!((again.code, again.entries.len()), (Some(1), 0), "{}", again.err);
	first
}

/// Has an import end half-way, as systemd does. Returns the number of documents of its report.
async fn terminated_half_way(slow: &Path, root: &str, report: &Path) -> usize {
	let path = report.to_str().expect("the tests' paths are UTF-8");
	let arguments = [&OPTIONS[..], &["--report", path, root][..]].concat();
	let running = importing(slow, &arguments).spawn().expect("it can be started");
	let with = |outcome: &str| {
		let text = fs::read_to_string(report).unwrap_or_default();
		whole_lines(&text).iter().filter(|entry| entry["outcome"] == outcome).count()
	};
	eventually("further ones are imported", || async { (with("added") >= 2).then_some(()) }).await;
	let id = running.id().expect("it runs").to_string();
	let sent = Command::new("kill").args(["-TERM", &id]).status().await;
	assert!(sent.expect("kill can be started").success());
	let output = running.wait_with_output().await.expect("it ends");
	let err = String::from_utf8_lossy(&output.stderr);
	let last = err.lines().last().unwrap_or_default();
	let says = "ended early: it was asked to end; run the same command again to continue; ";
	assert!(output.status.code() == Some(1) && last.starts_with(says), "{err}");
	// No line of the report is cut.
	let whole = lines(&fs::read_to_string(report).expect("it is there"));
	let all = with("added") + with("present");
	assert!(all <= whole.len() && all < ALL_DOCUMENTS, "it ended before it was asked to");
	all
}

/// Checks that an import says why something is left out.
fn says_why(import: &Ended, in_archive: impl Fn(&str) -> PathBuf) {
	for (name, outcome, code) in [
		("notes/broken.pdf", "refused", "empty"),
		("notes/.DS_Store", "skipped", "hidden"),
		("link.pdf", "skipped", "link"),
		("hard.pdf", "refused", "hard-link"),
	] {
		let entry = import.of(&in_archive(name));
		assert_eq!((&entry["outcome"], &entry["code"]), (&json!(outcome), &json!(code)), "{name}");
	}
}

/// Checks that a client finds and opens a document that was imported from a file.
async fn opens(server: &FhirServer, record: &str, path: &Path, media_type: &str) {
	let his = server.token("his", None).await;
	let found = server.get(&his, &format!("DocumentReference/{record}")).await.json();
	let url = found["content"][0]["attachment"]["url"].as_str().expect("an address");
	let opened = server.open(&his, url).await;
	let about = (opened.status, opened.header("content-type"));
	assert_eq!(about, (200, media_type), "{path:?}");
	assert!(opened.body == fs::read(path).expect("it is there"), "{path:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_record_is_not_present() {
	let people = People::start().await;
	let server = FhirServer::start(&people, &[HIS]).await;
	let file = files::pdf(people.folder(), "report.pdf", "all is well");
	let file = file.to_str().expect("the tests' paths are UTF-8");
	let patient = address(PATIENT);
	let arguments = ["--patient", &patient, "--category", "clinical-note", file];
	let first = import(&server, &arguments).await;
	assert_eq!((first.code, first.with("added").len()), (Some(0), 1), "{}", first.err);
	let again = import(&server, &arguments).await;
	assert_eq!((again.code, again.with("present").len()), (Some(0), 1), "{}", again.err);
	let record = again.entries[0]["record"].as_str().expect("an id");
	let withdraw = format!("record withdraw {record} --reason wrong-patient");
	let done = people.cli.try_run(DOCTOR_A, withdraw).await;
	assert_eq!(done.code, 0, "{}", done.err);
	let withdrawn = import(&server, &arguments).await;
	let entry = &withdrawn.entries[0];
	let found = (withdrawn.code, &entry["code"], &entry["record"]);
	assert_eq!(found, (Some(REFUSED), &json!("withdrawn"), &json!(record)), "{entry}");
}

/// Returns a document of the patient, by their number.
fn by_number() -> Value {
	let mut resource = document(&address(PATIENT), "Note", "by number");
	resource["subject"] = json!({ "identifier": { "system": SYSTEM, "value": NUMBER } });
	resource["masterIdentifier"] = json!({ "system": "urn:x", "value": "1" });
	resource
}

/// Codes of the lines of the NDJSON that are refused, in their order after three that are not.
const REFUSALS: [&str; 6] =
	["not-json", "outside", "outside", "unknown-patient", "same-identifier", "itself"];

/// Returns the lines of the NDJSON.
fn ndjson() -> [String; 9] {
	let inline = document(&address(PATIENT), "Note", "all is well");
	let mut other_content = by_number();
	other_content["content"] = inline["content"].clone();
	let mut stranger = inline.clone();
	stranger["subject"] = json!({ "identifier": { "system": SYSTEM, "value": "MRN-0816" } });
	let in_file = |url: &str| {
		let mut resource = inline.clone();
		let attachment = json!({ "contentType": "application/pdf", "title": "Report", "url": url });
		resource["content"][0]["attachment"] = attachment;
		resource
	};
	[
		inline.to_string(),
		by_number().to_string(),
		in_file("files/a%20b.pdf").to_string(),
		"{\"resourceType\":\"DocumentReference\"".into(),
		in_file("../secret.txt").to_string(),
		in_file("https://example.org/a.pdf").to_string(),
		stranger.to_string(),
		other_content.to_string(),
		in_file("DocumentReference.ndjson").to_string(),
	]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ndjson_names_patients_and_content() {
	let (people, server, [his]) = FhirServer::start_for([HIS]).await;
	give_number(&server, &his).await;
	let folder = people.path("export");
	fs::create_dir_all(folder.join("files")).expect("the folder is writable");
	files::pdf(&folder.join("files"), "a b.pdf", "all is well");
	fs::write(people.path("secret.txt"), "secret").expect("the folder is writable");

	let all = ndjson();
	let list = folder.join("DocumentReference.ndjson");
	fs::write(&list, all.join("\n") + "\n").expect("the folder is writable");
	let list = list.to_str().expect("the tests' paths are UTF-8");

	let imported = import(&server, &[list]).await;
	assert_eq!(imported.code, Some(REFUSED), "{}", imported.err);
	let outcome = |ended: &Ended, line: usize| {
		let found = ended.entries.iter().find(|entry| entry["line"] == json!(line));
		let entry = found.unwrap_or_else(|| panic!("no line {line}: {:?}", ended.entries));
		let code = entry["code"].as_str().or(entry["outcome"].as_str());
		code.expect("an outcome").to_owned()
	};
	let outcomes = |ended: &Ended| -> Vec<String> {
		(1..=all.len()).map(|line| outcome(ended, line)).collect()
	};
	let with = |word: &str| -> Vec<String> {
		let first = std::iter::repeat_n(word, 3);
		first.chain(REFUSALS).map(str::to_owned).collect()
	};
	assert_eq!(outcomes(&imported), with("added"));
	assert_eq!(count(&server).await, 3);
	let again = outcomes(&import(&server, &[list]).await);
	assert_eq!((again, count(&server).await), (with("present"), json!(3)));

	// A client that sends a document under its own identifier gets the one that was imported.
	let once = [("if-none-exist", "identifier=urn:x|1")];
	let sent = server.send("POST", "DocumentReference", &his, &once, Some(&by_number())).await;
	assert_eq!((sent.status, count(&server).await), (200, json!(3)), "{sent:?}");

	// A command that makes no sense adds nothing.
	let mixed = import(&server, &["--category", "other", list]).await;
	assert_eq!((mixed.code, mixed.entries.len()), (Some(1), 0), "{}", mixed.err);
	let unknown = ["--patient", "urn:x|y", "--category", "other", "--dry-run", list, "/dev/null"];
	let unknown = import(&server, &unknown).await;
	assert_eq!((unknown.code, unknown.entries.len()), (Some(1), 0), "{}", unknown.err);
}
