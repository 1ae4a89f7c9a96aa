//! Random searches: whatever a client asks, the answer is a searchset or an OperationOutcome, and
//! never a fault of the server.

use super::fhir::{address, document, ALL};
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use salus_e2e::{
	cast::*,
	fhir::{FhirAnswer, FhirServer},
	People,
};
use serde_json::{json, Value};
use std::{collections::BTreeMap, time::Duration};

/// Number of searches of each client.
const SEARCHES: usize = 600;

/// Value of a patient that no error may repeat.
const SECRET: &str = "zebedee";

/// Parameters that FHIR or other servers have.
const OTHERS: &[&str] = &[
	"_has:Observation:patient:code",
	"_include",
	"_revinclude",
	"_filter",
	"_contained",
	"_query",
	"_text",
	"_content",
	"_security",
	"_profile",
	"_page",
	"patient.name",
	"patient.identifier",
	"subject:Patient.identifier",
	"target",
	"colour",
	"",
	":",
	"_",
	"ü",
	"\0",
];

const MODIFIERS: &[&str] =
	&[":not", ":missing", ":exact", ":in", ":identifier", ":Patient", ":", ":not:missing", ":NOT"];

const PREFIXES: &[&str] =
	&["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap", "zz", "eqeq", "é"];

const DATES: &[&str] = &[
	"2026",
	"2026-11",
	"2026-11-29",
	"2026-11-29T12:00Z",
	"2026-11-29T12:00:00.123456789+14:00",
	"2026-11-29T25:00:00Z",
	"2026-11-29T23:59:60Z",
	"2026-02-30",
	"2024-02-29",
	"2026-13",
	"2026-00-00",
	"0000",
	"0001-01-01T00:00:00+23:59",
	"9999-12-31T23:59:59-23:59",
	"99999",
	"-2026",
	"2026-11-29 12:00",
	"T",
];

const TOKENS: &[&str] = &[
	"current",
	"active",
	"true",
	"TREAT",
	"11502-2",
	"http://loinc.org|11502-2",
	"http://loinc.org|",
	"|11502-2",
	"|",
	"||",
	"a|b|c",
	"\\",
	"\\,",
	"a\\|b",
	"a,b,,c",
	",",
	"urn:oid:2.16.840.1.113883.19.5|zebedee",
	"zebedee",
];

const REFERENCES: &[&str] = &[
	"Patient/",
	"/",
	"//",
	"Patient/zebedee",
	"Organization/1",
	"http://example.org/fhir/Patient/1",
	"Patient/1/_history/1",
	"0x00",
	"../../etc/passwd",
];

const ODD: &[&str] = &[
	" ",
	"\0",
	"\u{202e}",
	"🦓",
	"'; DROP TABLE identifiers; --",
	"*",
	"%",
	"18446744073709551616",
	"-1",
	"1e9",
	"NaN",
	"{\"a\":1}",
	"zebedee zebedee",
];

const COUNTS: &[&str] =
	&["0", "1", "2", "100", "101", "4294967296", "-1", "1.5", "abc", "+1", " 1"];

const SUMMARIES: &[&str] = &["true", "false", "text", "data", "count", "TRUE", "yes"];

const ELEMENTS: &[&str] = &["id", "status,subject", "a,,b", ",", "meta.profile", "é", "content"];

/// Paths of searches that have no parameters of their own, or are of nothing.
const PATHS: &[&str] = &[
	"Observation",
	"patient",
	"",
	"Binary",
	"$everything",
	"%00",
	"%ff",
	"%2e%2e",
	"DocumentReference/_search",
	"Patient/zebedee/$everything",
	"Consent/$explain",
	"DocumentReference/x/_history",
];

/// A way to search: a resource with its parameters and their types.
struct Resource {
	name: String,
	parameters: Vec<(String, String)>,
}

/// A generator of searches.
struct Fuzzer {
	random: ChaCha8Rng,
	resources: Vec<Resource>,
	/// Values that the server knows: accounts and ids.
	known: Vec<String>,
	/// Links to further pages that the server gave.
	links: Vec<String>,
}

impl Fuzzer {
	fn below(&mut self, limit: usize) -> usize {
		self.random.next_u32() as usize % limit
	}

	/// Returns whether an event happens that happens once in a number of times.
	fn once_in(&mut self, number: usize) -> bool {
		self.below(number) == 0
	}

	fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
		of[self.below(of.len())]
	}

	fn known(&mut self) -> String {
		let at = self.below(self.known.len());
		self.known[at].clone()
	}

	fn value(&mut self, kind: &str) -> String {
		match self.below(12) {
			0 => return self.one(ODD).to_owned(),
			1 => return self.known(),
			2 => return String::new(),
			3 => return self.one(ODD).repeat(40),
			_ => (),
		}
		match kind {
			"date" => format!("{}{}", self.one(PREFIXES), self.one(DATES)),
			"reference" if self.once_in(2) => self.known(),
			"reference" => format!("{}{}", self.one(REFERENCES), self.one(&["", "1", "x,y"])),
			"token" => self.one(TOKENS).to_owned(),
			_ => self.one(&["true", "count", "id", "-date", "x"]).to_owned(),
		}
	}

	/// Returns a parameter that shapes the result.
	fn shape(&mut self, resource: usize) -> (String, String) {
		let name = self.one(&["_count", "_sort", "_summary", "_elements", "_total", "_format"]);
		let value = match name {
			"_count" => self.one(COUNTS).to_owned(),
			"_sort" => {
				let keys = 1 + self.below(5);
				(0..keys).map(|_| self.sort_key(resource)).collect::<Vec<_>>().join(",")
			}
			"_summary" => self.one(SUMMARIES).to_owned(),
			"_elements" => self.one(ELEMENTS).to_owned(),
			"_total" => self.one(&["none", "estimate", "accurate", "exact"]).to_owned(),
			_ => self.one(&["json", "application/fhir+json", "xml", "html"]).to_owned(),
		};
		(name.to_owned(), value)
	}

	fn sort_key(&mut self, resource: usize) -> String {
		let (name, _) = self.parameter(resource);
		format!("{}{name}", self.one(&["", "-", "-", "--", " "]))
	}

	/// Returns the name and type of a parameter, mostly one that the resource has.
	fn parameter(&mut self, resource: usize) -> (String, String) {
		let of = match self.once_in(6) {
			true => self.below(self.resources.len()),
			false => resource,
		};
		let number = self.resources[of].parameters.len();
		if number == 0 || self.once_in(12) {
			return (self.one(OTHERS).to_owned(), "string".to_owned());
		}
		let at = self.below(number);
		self.resources[of].parameters[at].clone()
	}

	/// Returns the parameters of a search, mostly with the one that the resource requires.
	fn pairs(&mut self, resource: usize) -> Vec<(String, String)> {
		let mut pairs = Vec::new();
		if !self.once_in(5) {
			let required = ["patient", "practitioner", "target", "_id"];
			let has =
				|name: &str| self.resources[resource].parameters.iter().any(|(own, _)| own == name);
			if let Some(name) = required.into_iter().find(|name| has(name)) {
				pairs.push((name.to_owned(), self.known()));
			}
		}
		for _ in 0..self.below(4) {
			let (mut name, kind) = self.parameter(resource);
			if self.once_in(4) {
				name += self.one(MODIFIERS);
			}
			pairs.push((name, self.value(&kind)));
		}
		for _ in 0..self.below(3) {
			let shape = self.shape(resource);
			pairs.push(shape);
		}
		if self.once_in(60) {
			pairs = pairs.iter().cycle().take(40.min(pairs.len() * 40)).cloned().collect();
		}
		pairs
	}

	/// Returns the link to a further page, now and then altered.
	fn link(&mut self) -> Option<String> {
		let at = self.below(self.links.len().max(1));
		let mut link = self.links.get(at)?.clone();
		match self.below(3) {
			0 => link.truncate(link.len() - 1),
			1 => link += "&_count=1",
			_ => (),
		}
		Some(link)
	}
}

fn encoded(pairs: &[(String, String)]) -> String {
	let one = |text: &String| -> String {
		let byte = |byte: u8| match byte {
			b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b':' => {
				char::from(byte).to_string()
			}
			_ => format!("%{byte:02X}"),
		};
		text.bytes().map(byte).collect()
	};
	let pairs = pairs.iter().map(|(name, value)| format!("{}={}", one(name), one(value)));
	pairs.collect::<Vec<_>>().join("&")
}

/// Checks one answer. Returns the link to a further page.
fn check(answer: &FhirAnswer, context: &str) -> Option<String> {
	let body = String::from_utf8_lossy(&answer.body);
	assert!((200..500).contains(&answer.status), "{context}: {} {body}", answer.status);
	let json: Value = serde_json::from_slice(&answer.body)
		.unwrap_or_else(|_| panic!("{context}: {} is not JSON: {body:?}", answer.status));
	assert!(answer.header("content-type").contains("fhir+json"), "{context}: {answer:?}");
	if answer.status != 200 {
		assert_eq!(json["resourceType"], "OperationOutcome", "{context}: {body}");
		let issue = &json["issue"][0];
		assert_eq!(issue["severity"], "error", "{context}: {body}");
		assert!(issue["details"]["coding"][0]["code"].is_string(), "{context}: {body}");
		assert!(issue["diagnostics"].is_string(), "{context}: {body}");
		assert!(!issue["diagnostics"].to_string().contains(SECRET), "{context}: {body}");
		return None;
	}
	if json["type"] != "searchset" {
		return None;
	}
	let total = json["total"].as_u64().unwrap_or_else(|| panic!("{context}: no total"));
	let entries = json["entry"].as_array().map_or(&[][..], Vec::as_slice);
	let matches = entries.iter().filter(|one| one["search"]["mode"] == "match").count();
	assert!(matches as u64 <= total && matches <= 100, "{context}: {body}");
	let links = json["link"].as_array()?;
	assert!(links.iter().any(|link| link["relation"] == "self"), "{context}: {body}");
	let next = links.iter().find(|link| link["relation"] == "next")?;
	assert!(matches > 0, "{context}: a page without a match has a next one: {body}");
	next["url"].as_str().map(str::to_owned)
}

/// Follows the links of a search, which finds as many resources as it says.
async fn follow(server: &FhirServer, token: &str, first: &FhirAnswer, context: &str) {
	let (mut page, mut found) = (first.json(), 0);
	let total = page["total"].as_u64();
	loop {
		let entries = page["entry"].as_array().map_or(&[][..], Vec::as_slice);
		found += entries.iter().filter(|one| one["search"]["mode"] == "match").count() as u64;
		let links = page["link"].as_array().expect("links");
		let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
		let next = next["url"].as_str().expect("an address");
		let answer = paced(async || server.get(token, next).await).await;
		assert_eq!(answer.status, 200, "{context}: {answer:?}");
		page = answer.json();
		assert_eq!(page["total"].as_u64(), total, "{context}");
	}
	assert_eq!(Some(found), total, "{context}");
}

/// Sends until the client's limit of requests lets it.
async fn paced(send: impl AsyncFn() -> FhirAnswer) -> FhirAnswer {
	loop {
		let answer = send().await;
		if answer.status != 429 {
			return answer;
		}
		check(&answer, "too many requests");
		tokio::time::sleep(Duration::from_millis(300)).await;
	}
}

/// Searches at random. Returns the number of answers with each status.
async fn search(server: &FhirServer, client: &str, mut fuzzer: Fuzzer) -> BTreeMap<u16, usize> {
	let token = server.token(client, None).await;
	let mut statuses = BTreeMap::new();
	for number in 0..SEARCHES {
		let resource = fuzzer.below(fuzzer.resources.len());
		let query = encoded(&fuzzer.pairs(resource));
		let name = fuzzer.resources[resource].name.clone();
		let mut headers = Vec::new();
		if fuzzer.once_in(3) {
			headers.push(("prefer", fuzzer.one(&["handling=strict", "handling=lenient", ","])));
		}
		if fuzzer.once_in(8) {
			headers.push(("accept", fuzzer.one(&["text/html", "application/json", "*/*", ";;"])));
		}
		let (path, form) = match fuzzer.below(20) {
			0 => (format!("{}?{query}", fuzzer.one(PATHS)), None),
			1 => (fuzzer.link().unwrap_or_else(|| name.clone()), None),
			2 => (format!("{name}?{query}&%zz=%ff&=&&a"), None),
			3 => (format!("Patient/{}/$everything?{query}", fuzzer.known()), None),
			4..=8 => (format!("{name}/_search"), Some(query)),
			9 => (format!("{name}/_search?{query}"), Some(query)),
			_ => (format!("{name}?{query}"), None),
		};
		let context = format!("{client}, search {number}: {path} {form:?} {headers:?}");
		let answer = paced(async || match &form {
			Some(form) => server.post_form(&token, &path, &headers, form.clone()).await,
			None => server.send("GET", &path, &token, &headers, None).await,
		})
		.await;
		*statuses.entry(answer.status).or_default() += 1;
		if let Some(next) = check(&answer, &context) {
			if fuzzer.once_in(4) {
				follow(server, &token, &answer, &context).await;
			}
			fuzzer.links.push(next);
		}
	}
	statuses
}

async fn resources(server: &FhirServer) -> Vec<Resource> {
	let statement = server.get("", "metadata").await.json();
	let all = statement["rest"][0]["resource"].as_array().expect("a list").iter();
	let text = |value: &Value| value.as_str().expect("a text").to_owned();
	let all = all.map(|one| Resource {
		name: text(&one["type"]),
		parameters: one["searchParam"]
			.as_array()
			.into_iter()
			.flatten()
			.map(|parameter| (text(&parameter["name"]), text(&parameter["type"])))
			.collect(),
	});
	all.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_search_is_a_fault_of_the_server() {
	let people = People::start().await;
	let clients = [
		("his", DOCTOR_A, ALL, &["TREAT", "HOPERAT"][..]),
		("other", DOCTOR_B, ALL, &["TREAT"][..]),
		("patient", PATIENT, ALL, &["PATRQT"][..]),
		("records", RECORDS_ADMIN, "system/Patient.rus system/Consent.s", &["HOPERAT"][..]),
	];
	let server = FhirServer::start(&people, &clients).await;
	let patient = address(PATIENT);
	let his = server.token("his", None).await;
	let mut known = vec![patient.clone(), patient.clone(), format!("Patient/{patient}")];
	known.extend([address(DOCTOR_A), address(DOCTOR_B), address(ADMIN_A), "1".to_owned()]);
	for title in ["Blood count", "X-ray", "Letter"] {
		let document = document(&patient, title, "all is well");
		let added = server.send("POST", "DocumentReference", &his, &[], Some(&document)).await;
		let id = added.json()["id"].as_str().expect("an id").to_owned();
		known.extend([format!("DocumentReference/{id}"), id]);
	}
	let kept = json!({
		"resourceType": "Patient",
		"id": patient,
		"identifier": [{ "system": "urn:oid:2.16.840.1.113883.19.5", "value": SECRET }],
	});
	let kept = server.send("PUT", &format!("Patient/{patient}"), &his, &[], Some(&kept)).await;
	assert_eq!(kept.status, 200, "{kept:?}");

	let mut searches = Vec::new();
	for (seed, (client, ..)) in (1..).zip(&clients) {
		let fuzzer = Fuzzer {
			random: ChaCha8Rng::seed_from_u64(seed),
			resources: resources(&server).await,
			known: known.clone(),
			links: Vec::new(),
		};
		searches.push(search(&server, client, fuzzer));
	}
	let all = futures::future::join_all(searches).await;
	eprintln!("{all:?}");
	// Enough of the searches were understood, and enough refused.
	for (statuses, (client, ..)) in all.iter().zip(&clients) {
		let of = |status| statuses.get(&status).copied().unwrap_or_default();
		assert!(of(200) > 20 && of(400) + of(403) > 50, "{client}: {statuses:?}");
	}
	assert!(!server.log().contains(SECRET), "{}", server.log());
	let found = server.get(&his, &format!("DocumentReference?patient={patient}")).await.json();
	assert_eq!(found["total"], 3);
}
