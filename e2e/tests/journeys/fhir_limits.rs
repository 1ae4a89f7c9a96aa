//! No client of the gateway takes the room of others, or learns more than its rights and the log
//! allow, whatever it asks for.

use super::{
	fhir::{address, document},
	fhir_later::{opened, output},
};
use futures::{future::join_all, stream, StreamExt};
use salus_e2e::{
	binary,
	cast::*,
	eventually,
	fhir::{FhirAnswer, FhirServer, ALL, HIS, OTHER, OWN},
	files, output_in_time, People,
};
use serde_json::{json, Value};
use std::{fs, process::Command, time::Duration};
use tokio::time::sleep;

const LATER: (&str, &str) = ("prefer", "respond-async");

/// Time after which a client leaves.
const LEAVES: Duration = Duration::from_millis(1_500);

/// Size of a content, in bytes. A client has room for one of this size.
const LARGE: u64 = 600 << 20;

/// Size of a content that is read again, in bytes: more than is fetched for a client that is not
/// permitted to open it.
const SIZE: u64 = 5 << 20;

/// Rounds of equal creates, creates of a round, and rounds at a time.
const ROUNDS: usize = 50;
const AT_ONCE: usize = 16;
const ROUNDS_AT_ONCE: usize = 3;

/// Returns the code of an answer's issue.
fn code(answer: &FhirAnswer) -> String {
	let code = &answer.json()["issue"][0]["details"]["coding"][0]["code"];
	code.as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_what_is_open_is_bounded_and_does_not_leak() {
	let (people, server, [his, other, _]) = FhirServer::start_for([HIS, OTHER, OWN]).await;
	let file = files::dicom(people.folder(), "large.dcm", LARGE);
	people.add(&file, "imaging", "Scan").await;
	let search = format!("DocumentReference?patient={}&category=imaging", address(PATIENT));
	let found = server.get(&his, &search).await.json();
	let url = &found["entry"][0]["resource"]["content"][0]["attachment"]["url"];
	let large = url.as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
	let small = document(&address(PATIENT), "Note", "all is well");
	let small = server.send("POST", "DocumentReference", &his, &[], Some(&small)).await.json();
	let small = small["content"][0]["attachment"]["url"].as_str().expect("an address").to_owned();
	let before = server.log_total(&address(PATIENT)).await;

	// Without a right, no answer depends on the size: a lack of room would say that it exists.
	let unknown = format!("Binary/{}-1", "a".repeat(52));
	for path in [&large, &large, &unknown] {
		let answer = server.send("GET", path, &other, &[LATER], None).await;
		assert_eq!(answer.status, 202, "{answer:?}");
	}
	eventually("both requests are on the log", || async {
		(server.log_total(&address(PATIENT)).await == before + 2).then_some(())
	})
	.await;

	// A client that leaves while its content arrives has no more room than one that waits.
	let first = [("range", "bytes=0-0")];
	server.leave(("GET", &large), &his, &first, None, LEAVES).await;
	let full = server.send("GET", &large, &his, &[LATER], None).await;
	assert_eq!((full.status, code(&full)), (503, "no-room".into()));
	// A further read waits for the first one, and continues with its request.
	let read = server.send("GET", &large, &his, &first, None).await;
	assert_eq!((read.status, read.body.len()), (206, 1), "{read:?}");
	eventually("one request and its release are on the log", || async {
		(server.log_total(&address(PATIENT)).await == before + 4).then_some(())
	})
	.await;

	// With a right, room is counted before anything is requested, whether the client waits or not.
	eventually("there is room again", || async {
		let accepted = server.send("GET", &large, &his, &[LATER], None).await;
		(accepted.status == 202).then_some(())
	})
	.await;
	for headers in [&[LATER][..], &[]] {
		let full = server.send("GET", &large, &his, headers, None).await;
		assert_eq!((full.status, code(&full)), (503, "no-room".into()));
	}
	let read = server.open(&his, &small).await;
	assert_eq!((read.status, &*read.body), (200, &b"all is well"[..]), "{read:?}");
	let of_other = server.get(&other, &large).await;
	assert_eq!((of_other.status, code(&of_other)), (403, "refused".into()));

	// A resource is sent whole, and takes no further room.
	let headers = [("accept", "application/fhir+json"), ("range", "bytes=0-0")];
	let whole = server.send("GET", &small, &his, &headers, None).await;
	assert_eq!((whole.status, whole.header("accept-ranges")), (200, "none"));
	let length = whole.header("content-length").parse::<usize>();
	assert_eq!(length, Ok(whole.body.len()));
	assert_eq!(whole.json()["resourceType"], "Binary");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_was_left_uses_a_grant_once() {
	let (people, server, [other, _]) = FhirServer::start_for([OTHER, OWN]).await;
	let file = files::dicom(people.folder(), "scan.dcm", SIZE);
	let record = people.add(&file, "imaging", "Scan").await;
	let grant = format!("--record {record} --purpose TREAT --action read --uses 1");
	people.cli.run(PATIENT, format!("consent grant --to {DOCTOR_B} {grant}")).await;
	let search = format!("DocumentReference?patient={}&category=imaging", address(PATIENT));
	let found = server.get(&other, &search).await.json();
	let url = &found["entry"][0]["resource"]["content"][0]["attachment"]["url"];
	let url = url.as_str().unwrap_or_else(|| panic!("{found}"));
	let before = server.log_total(&address(PATIENT)).await;

	// The client leaves before its request is final, and reads again at once and later. On a busy
	// machine it may leave before anything began.
	while server.log_total(&address(PATIENT)).await == before {
		for _ in 0..2 {
			server.leave(("GET", url), &other, &[], None, LEAVES / 4).await;
		}
		sleep(2 * LEAVES).await;
	}
	eventually("the request and the release are on the log", || async {
		(server.log_total(&address(PATIENT)).await == before + 2).then_some(())
	})
	.await;
	let read = server.get(&other, url).await;
	assert_eq!((read.status, read.body.len() as u64), (200, SIZE), "{}", read.status);
	assert_eq!(server.log_total(&address(PATIENT)).await, before + 2, "one request was enough");

	// The client has the content, so the next read is another request.
	let refused = server.get(&other, url).await;
	assert_eq!((refused.status, code(&refused)), (403, "refused".into()));
	assert_eq!(server.log_total(&address(PATIENT)).await, before + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_one_account_leave_their_own_entries() {
	let clients = [HIS, ("ward", DOCTOR_A, ALL, &["TREAT"][..]), OWN];
	let (people, server, [his, ward, _]) = FhirServer::start_for(clients).await;
	let file = files::dicom(people.folder(), "scan.dcm", SIZE);
	people.add(&file, "imaging", "Scan").await;
	let search = format!("DocumentReference?patient={}&category=imaging", address(PATIENT));
	let found = server.get(&his, &search).await.json();
	let url = &found["entry"][0]["resource"]["content"][0]["attachment"]["url"];
	let url = url.as_str().unwrap_or_else(|| panic!("{found}"));
	let total = async || server.log_total(&address(PATIENT)).await;
	let before = total().await;

	// One client leaves before it has the content. On a busy machine, it may leave before anything
	// began.
	while total().await == before {
		server.leave(("GET", url), &his, &[], None, LEAVES / 4).await;
		sleep(2 * LEAVES).await;
	}
	eventually("the request and the release are on the log", || async {
		(total().await == before + 2).then_some(())
	})
	.await;
	// The other client with the account makes its own request. The first one continues with its
	// own.
	let reads = async |reader: &str, url: &str, entries: u64| {
		let read = server.get(reader, url).await;
		assert_eq!((read.status, read.body.len() as u64), (200, SIZE), "{}", read.status);
		eventually("each request and release is on the log", || async {
			(total().await == before + entries).then_some(())
		})
		.await;
	};
	reads(&ward, url, 4).await;
	reads(&his, url, 4).await;

	// So it is while the content that a task has opened waits for the first one.
	let content = output(&opened(&server, &his, url).await);
	reads(&ward, url, 8).await;
	reads(&his, &content, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_address_is_in_use_does_not_start() {
	let (_people, server, [his]) = FhirServer::start_for([HIS]).await;
	let used = server.base.trim_start_matches("http://").to_owned();
	let config = fs::read_to_string(server.config()).expect("it has a configuration");
	let line = |name: &str| {
		let found = config.lines().find(|line| line.starts_with(&format!("{name} = ")));
		found.unwrap_or_else(|| panic!("it has no {name}")).to_owned()
	};
	let free = "\"127.0.0.1:0\"";
	let hl7 =
		format!("\n[[hl7]]\nlisten = \"{used}\"\nclient = \"his\"\ncategory = \"laboratory\"\n");
	for (listen, metrics, table) in [
		(line("listen"), format!("metrics = {free}"), ""),
		(format!("listen = {free}"), format!("metrics = \"{used}\""), ""),
		(format!("listen = {free}"), format!("metrics = {free}"), &*hl7),
	] {
		let mut second = config.replace(&line("listen"), &listen);
		second = second.replace(&line("metrics"), &metrics);
		second = second.replace("state = \"state\"", "state = \"second\"") + table;
		let path = server.folder().join("second.toml");
		fs::write(&path, second).expect("the folder is writable");
		let mut command = Command::new(binary("salus-gateway"));
		let output = output_in_time(command.args(["fhir", "--config"]).arg(&path));
		let log = String::from_utf8_lossy(&output.stderr);
		assert_eq!(output.status.code(), Some(1), "{log}");
		let says = format!(
			"cannot listen at {used}; end what else listens there, or configure another address"
		);
		assert!(log.contains(&says) && !log.contains("is served"), "{log}");
		assert!(!log.contains("is received"), "{log}");
	}
	let patient = format!("Patient/{}", address(PATIENT));
	assert_eq!(server.get(&his, &patient).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_add_ends_without_its_client_and_leaves_no_file() {
	let (_people, server, [his]) = FhirServer::start_for([HIS]).await;
	let total = async || {
		let search = format!("DocumentReference?patient={}&_summary=count", address(PATIENT));
		server.get(&his, &search).await.json()["total"].clone()
	};
	let uploads = server.folder().join("state/salus/uploads");
	let left = || fs::read_dir(&uploads).map_or(0, |files| files.count());

	let (server, his) = (&server, &his);
	let mut sent = 0;
	// On a busy machine, clients may leave before anything began.
	while total().await == 0 {
		let leaving = (sent..sent + 5).map(|number| async move {
			let note = document(&address(PATIENT), "Note", &format!("note {number}"));
			let add = ("POST", "DocumentReference");
			server.leave(add, his, &[], Some(&note), LEAVES / 4).await;
		});
		join_all(leaving).await;
		sent += 5;
		sleep(2 * LEAVES).await;
	}
	eventually("no upload is left", || async { (left() == 0).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_equal_creates_at_once_one_adds_the_document() {
	let people = People::start().await;
	let clients = [HIS, ("ward", DOCTOR_A, ALL, &["TREAT"][..])];
	let server = FhirServer::start_with_rate(&people, &clients, 1_000).await;
	let server = &server;
	let rounds = stream::iter(0..ROUNDS).map(|round| async move {
		// Each client has one account, and both have the same.
		let tokens = server.tokens(["his", "ward"]).await;
		let once = format!("identifier=urn:oid:2.16.840.1.113883.19.5|{round}");
		let once = [("if-none-exist", &*once)];
		let same = document(&address(PATIENT), "Note", &format!("note {round}"));
		let adding = tokens
			.iter()
			.cycle()
			.take(AT_ONCE)
			.map(|token| server.send("POST", "DocumentReference", token, &once, Some(&same)));
		let answers = join_all(adding).await;
		let mut statuses: Vec<_> = answers.iter().map(|one| one.status).collect();
		statuses.sort_unstable();
		let (added, found) = statuses.split_last().expect("sixteen");
		assert_eq!((*added, found), (201, &[200; AT_ONCE - 1][..]), "round {round}: {answers:?}");
		let id = |answer: &FhirAnswer| answer.json()["id"].clone();
		assert!(answers.iter().all(|one| id(one) == id(&answers[0])), "round {round}: {answers:?}");
	});
	rounds.buffer_unordered(ROUNDS_AT_ONCE).collect::<Vec<_>>().await;

	let his = server.token("his", None).await;
	let search = format!("DocumentReference?patient={}&_summary=count", address(PATIENT));
	assert_eq!(server.get(&his, &search).await.json()["total"], json!(ROUNDS));
	let uploads = server.folder().join("state/salus/uploads");
	assert_eq!(fs::read_dir(uploads).map_or(0, |files| files.count()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_grant_is_an_event_of_its_id() {
	let (people, server, [other]) = FhirServer::start_for([OTHER]).await;
	let backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";
	let wanted = json!({
		"resourceType": "Subscription",
		"status": "requested",
		"reason": "Consents",
		"criteria": "https://github.com/salus-health/salus/fhir/SubscriptionTopic/consents",
		"_criteria": { "extension": [{
			"url": format!("{backport}/backport-filter-criteria"),
			"valueString": format!("Consent?patient={}", address(PATIENT)),
		}] },
		"channel": {
			"type": "rest-hook",
			"endpoint": format!("http://127.0.0.1:{}/other", server.endpoint_port),
			"payload": "application/fhir+json",
			"_payload": { "extension": [{
				"url": format!("{backport}/backport-payload-content"), "valueCode": "id-only",
			}] },
		},
	});
	let made = server.send("POST", "Subscription", &other, &[], Some(&wanted)).await;
	assert_eq!(made.status, 201, "{made:?}");
	let events = format!("{}/$events", made.header("location"));
	// The methods and addresses of the resources that events name.
	let named = async |count: usize| {
		eventually(&format!("there are {count} events"), || async {
			let bundle = server.get(&other, &events).await.json();
			let parameters = bundle["entry"][0]["resource"]["parameter"].as_array()?;
			let events = parameters.iter().filter(|one| one["name"] == "notification-event");
			(events.count() >= count).then_some(bundle["entry"][1]["request"].clone())
		})
		.await
	};
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
	people.cli.run(PATIENT, grant).await;
	let given: Value = named(1).await;
	assert_eq!(given["method"], "POST", "{given}");
	let consent = given["url"].as_str().expect("an address").to_owned();
	assert_eq!(server.get(&other, &consent).await.json()["status"], "active");
	let number = consent.rsplit_once("-g").expect("a grant").1;
	people.cli.run(PATIENT, format!("consent revoke {number}")).await;
	let revoked = named(2).await;
	assert_eq!((&revoked["method"], &revoked["url"]), (&json!("DELETE"), &json!(consent)));
	assert_eq!(server.get(&other, &consent).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_what_an_import_adds() {
	let people = People::start().await;
	let server = FhirServer::start(&people, &[HIS]).await;
	let folder = people.path("archive");
	fs::create_dir_all(&folder).expect("the folder is writable");
	for (name, content) in [("a.txt", "one"), ("b.txt", "one"), ("c.txt", "two")] {
		fs::write(folder.join(name), content).expect("the folder is writable");
	}
	let import = |options: &[&str]| {
		let mut command = Command::new(binary("salus-gateway"));
		command.arg("import").arg("--config").arg(server.config()).args(["--client", "his"]);
		command.args(["--patient", &address(PATIENT), "--category", "clinical-note"]);
		let output = command.args(options).arg(&folder).output().expect("it can be started");
		let report = String::from_utf8_lossy(&output.stdout).into_owned();
		let outcome = |line: &str| {
			let entry: Value = serde_json::from_str(line).expect("JSON");
			entry["outcome"].as_str().expect("an outcome").to_owned()
		};
		let mut all: Vec<_> = report.lines().map(outcome).collect();
		all.sort();
		all
	};
	assert_eq!(import(&["--dry-run"]), ["new", "new", "present"]);
	assert_eq!(import(&[]), ["added", "added", "present"]);
}
