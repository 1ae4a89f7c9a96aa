//! In an emergency, a clinician's client opens what nobody has granted to it, under a case that the
//! patient sees and that reviewers can end.

use super::{
	fhir::{address, document},
	fhir_later::{opened, output},
};
use salus_e2e::{
	cast::*,
	fhir::{FhirAnswer, FhirServer, ALL, HIS, OWN},
	People,
};
use serde_json::{json, Value};

const RESULT: &str = "haemoglobin 7.2";
const SUMMARY: &str = "allergic to penicillin";

/// A document of the patient.
struct Added {
	path: String,
	/// Address of its content.
	content: String,
}

/// A server with a clinician's client, and two documents that the clinician may not open.
struct Stage {
	people: People,
	server: FhirServer,
	result: Added,
	summary: Added,
}

impl Stage {
	async fn set() -> Self {
		let people = People::start().await;
		let clinician = ("clinician", DOCTOR_B, ALL, &["TREAT", "ETREAT", "BTG"][..]);
		let server = FhirServer::start(&people, &[HIS, clinician, OWN]).await;
		let result = add(&server, "11502-2", RESULT).await;
		let summary = add(&server, "60591-5", SUMMARY).await;
		Self { people, server, result, summary }
	}

	/// Returns the clinician's token for a purpose.
	async fn token(&self, purpose: &str) -> String {
		self.server.token("clinician", Some(purpose)).await
	}

	/// Returns the ids of the documents that the clinician finds for a purpose.
	async fn found(&self, purpose: &str) -> Vec<String> {
		let token = self.token(purpose).await;
		let search = format!("DocumentReference?patient={}&_sort=date", address(PATIENT));
		let page = self.server.get(&token, &search).await.json();
		let entries = page["entry"].as_array().cloned().unwrap_or_default();
		assert_eq!(page["total"], json!(entries.len()), "{page}");
		let id = |entry: &Value| entry["resource"]["id"].as_str().expect("an id").to_owned();
		entries.iter().map(|entry| format!("DocumentReference/{}", id(entry))).collect()
	}

	/// Reads content as the clinician, for a purpose.
	async fn read(&self, purpose: &str, content: &str) -> FhirAnswer {
		self.server.open(&self.token(purpose).await, content).await
	}

	async fn opens(&self, purpose: &str, content: &str, expected: &str) {
		let read = self.read(purpose, content).await;
		assert_eq!((read.status, &*read.body), (200, expected.as_bytes()), "{purpose}: {read:?}");
	}

	/// Checks that a read is refused, and returns the reason. A reader is refused four times a day
	/// for one patient; then nothing is logged.
	async fn refuses(&self, purpose: &str, content: &str) -> String {
		let read = self.read(purpose, content).await;
		let issue = read.json()["issue"][0].clone();
		let code = &issue["details"]["coding"][0]["code"];
		assert_eq!((read.status, code), (403, &json!("refused")), "{purpose}: {read:?}");
		issue["diagnostics"].as_str().expect("a text").to_owned()
	}

	/// Returns the entries of the patient's log, as the patient's own client finds them.
	async fn log(&self) -> Vec<Value> {
		let own = self.server.token("patient", None).await;
		let search = format!("AuditEvent?patient={}&_count=100", address(PATIENT));
		let page = self.server.get(&own, &search).await.json();
		let entries = page["entry"].as_array().expect("entries").iter();
		entries.map(|entry| entry["resource"].clone()).collect()
	}

	async fn nothing_opens_without_a_case(&self) {
		for purpose in ["TREAT", "ETREAT", "BTG"] {
			assert_eq!(self.found(purpose).await, [""; 0], "{purpose}");
			let read = self.read(purpose, &self.result.path).await;
			assert_eq!(read.status, 404, "{purpose}: {read:?}");
		}
		let why = self.refuses("BTG", &self.result.content).await;
		assert!(why.contains("nothing that the patient has granted covers it"), "{why}");

		// A client whose configuration does not name the purpose gets no token for it.
		let his = &self.server.clients[0];
		let audience = format!("{}/token", self.server.base);
		let claims = json!({ "purpose_of_use": "BTG" });
		let assertion = his.assertion(&audience, &json!({}), &claims);
		let denied = self.server.ask_for_token(&assertion, ALL).await;
		let error = denied.json()["error"].clone();
		assert_eq!((denied.status, error), (400, json!("invalid_request")), "{denied:?}");
	}

	/// Opens a case as the clinician, and returns its number.
	async fn open_case(&self) -> String {
		self.people.allow_emergencies(HOSPITAL_B, ADMIN_B, VICE_B, DOCTOR_B).await;
		let case = self.people.open_emergency(DOCTOR_B, HOSPITAL_B, "unconscious").await;
		case["case"].to_string()
	}

	/// With BTG, the case opens all documents; with ETREAT, emergency summaries; else none.
	async fn a_case_opens_by_purpose(&self) {
		let Self { result, summary, .. } = self;
		assert_eq!(self.found("TREAT").await, [""; 0]);
		assert_eq!(self.found("ETREAT").await, [&*summary.path]);
		assert_eq!(self.found("BTG").await, [&*result.path, &*summary.path]);
		assert_eq!(self.read("BTG", &result.path).await.status, 200);
		self.opens("BTG", &result.content, RESULT).await;
		self.opens("BTG", &summary.content, SUMMARY).await;
		self.opens("ETREAT", &summary.content, SUMMARY).await;
		self.refuses("ETREAT", &result.content).await;
	}

	/// The patient's log has the case, and names it with each opening.
	async fn the_patient_sees(&self, case: &str) {
		let log = self.log().await;
		let purpose = |entry: &Value| entry["purposeOfEvent"][0]["coding"][0]["code"].clone();
		// "Emergency Override Started"
		let mut cases = log.iter().filter(|entry| entry["subtype"][0]["code"] == "110127");
		let entry = cases.next().unwrap_or_else(|| panic!("no case: {log:?}"));
		assert_eq!(cases.next(), None, "another case");
		assert_eq!(entry["entity"][1]["what"]["identifier"]["value"], case, "{entry}");
		assert_eq!(entry["agent"][0]["who"]["identifier"]["value"], address(DOCTOR_B), "{entry}");
		assert_eq!(purpose(entry), "BTG");
		let text = entry.to_string();
		assert!(text.contains("the patient is unconscious"), "{text}");
		assert!(!text.contains("medication unknown"), "only its hash leaves the clinician: {text}");

		let under_it = format!("permitted: the reader broke the glass (emergency case {case})");
		let permitted = log.iter().filter(|entry| entry.to_string().contains(&under_it));
		let mut purposes: Vec<_> = permitted.map(|entry| purpose(entry).to_string()).collect();
		purposes.sort();
		purposes.dedup();
		assert_eq!(purposes, ["\"BTG\"", "\"ETREAT\""], "{log:?}");
	}

	/// The patient bars emergencies, except for the summary, and lets them open documents again.
	async fn the_patient_bars_emergencies(&self) {
		let Self { people, server, result, summary } = self;
		let token = self.token("BTG").await;
		let later = output(&opened(server, &token, &result.content).await);
		self.opens("BTG", &later, RESULT).await;
		people.cli.run(PATIENT, "consent opt-out on").await;
		assert_eq!(self.found("BTG").await, [""; 0]);
		// The content is still on the server, and is no longer given.
		let why = self.refuses("BTG", &later).await;
		assert!(why.contains("they have barred emergency access to it"), "{why}");
		assert_eq!(self.found("ETREAT").await, [&*summary.path]);
		self.opens("ETREAT", &summary.content, SUMMARY).await;
		people.cli.run(PATIENT, "consent opt-out off").await;
		assert_eq!(self.found("BTG").await, [&*result.path, &*summary.path]);
	}

	/// Two reviewers reject the case, and it no longer opens anything.
	async fn reviewers_end_it(&self, case: &str) {
		for (reviewer, role) in [(AUDITOR_A, "auditor"), (MATRON_B, "admin")] {
			let review = format!("emergency review {case} --role {role} --unjustified");
			self.people.cli.run(reviewer, review).await;
		}
		for purpose in ["ETREAT", "BTG"] {
			assert_eq!(self.found(purpose).await, [""; 0], "{purpose}");
		}
		self.refuses("BTG", &self.result.content).await;
		let log = self.log().await;
		let reviews = log.iter().filter(|entry| {
			entry["subtype"][0]["code"] == "emergency-reviewed" && entry["outcome"] == "8"
		});
		assert_eq!(reviews.count(), 2, "{log:?}");
	}
}

/// Adds a document of a category, by its code in LOINC.
async fn add(server: &FhirServer, category: &str, content: &str) -> Added {
	let mut resource = document(&address(PATIENT), "Report", content);
	resource["category"][0]["coding"][0]["code"] = category.into();
	let his = server.token("his", None).await;
	let added = server.send("POST", "DocumentReference", &his, &[], Some(&resource)).await;
	assert_eq!(added.status, 201, "{added:?}");
	let added = added.json();
	let path = format!("DocumentReference/{}", added["id"].as_str().expect("an id"));
	let content = added["content"][0]["attachment"]["url"].as_str().expect("an address");
	Added { path, content: content.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_opens_documents_until_it_ends() {
	let stage = Stage::set().await;
	stage.nothing_opens_without_a_case().await;
	let case = stage.open_case().await;
	stage.a_case_opens_by_purpose().await;
	stage.the_patient_sees(&case).await;
	stage.the_patient_bars_emergencies().await;
	stage.reviewers_end_it(&case).await;
	let log = stage.server.log();
	for name in [PATIENT, DOCTOR_B] {
		assert!(!log.contains(&address(name)), "{log}");
	}
}
