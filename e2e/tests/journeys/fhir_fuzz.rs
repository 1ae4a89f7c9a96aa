//! Random searches: whatever a client asks, the answer is a searchset or an OperationOutcome, and
//! never a fault of the server.

use super::fhir::{address, document};
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use salus_e2e::{
	cast::*,
	eventually,
	fhir::{next_of, FhirAnswer, FhirServer, ALL, OTHER, OWN},
	PATIENCE,
};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	time::{Duration, Instant},
};

/// Number of searches of each client.
const SEARCHES: usize = 600;

/// Least numbers of searchsets with a match, of links that are followed, of links with a further
/// parameter, and of broken links.
const FLOORS: [usize; 4] = [200, 40, 25, 25];

/// Age at which a token is renewed. The server ends it at 5 min.
const RENEWAL: Duration = Duration::from_secs(120);

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

/// Path of the operation that answers a question about access.
const EXPLAIN: &str = "Consent/$explain";

/// Further paths. Only [`EXPLAIN`] can have an answer.
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
	EXPLAIN,
	"DocumentReference/x/_history",
];

/// Parameters that a search needs, and the type that they name; `None` for the one that is
/// searched.
const REQUIRED: &[(&str, Option<&str>)] = &[
	("patient", Some("Patient")),
	("practitioner", Some("Practitioner")),
	("target", Some("DocumentReference")),
	("_id", None),
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
	/// Types and ids of what the server knows.
	known: Vec<(&'static str, String)>,
	/// Links to further pages that the server gave.
	links: Vec<String>,
}

impl Fuzzer {
	fn below(&mut self, limit: usize) -> usize {
		self.random.next_u32() as usize % limit
	}

	/// Returns true once in `number` calls, on average.
	fn once_in(&mut self, number: usize) -> bool {
		self.below(number) == 0
	}

	fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
		of[self.below(of.len())]
	}

	/// Returns the id of something that the server knows, of this type if there is any.
	fn known(&mut self, of: &str) -> String {
		let all = self.known.iter().filter(|(name, _)| *name == of);
		let ids: Vec<_> = all.map(|(_, id)| id.clone()).collect();
		match ids.len() {
			0 => self.known_reference().rsplit('/').next().unwrap_or_default().to_owned(),
			count => ids[self.below(count)].clone(),
		}
	}

	/// Returns a reference to something that the server knows.
	fn known_reference(&mut self) -> String {
		let at = self.below(self.known.len());
		let (name, id) = &self.known[at];
		format!("{name}/{id}")
	}

	fn value(&mut self, kind: &str) -> String {
		match self.below(12) {
			0 => return self.one(ODD).to_owned(),
			1 => return self.known(""),
			2 => return String::new(),
			3 => return self.one(ODD).repeat(40),
			_ => (),
		}
		match kind {
			"date" => format!("{}{}", self.one(PREFIXES), self.one(DATES)),
			"reference" if self.once_in(2) => self.known_reference(),
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
			let Resource { name, parameters } = &self.resources[resource];
			let has = |name: &str| parameters.iter().any(|(own, _)| own == name);
			if let Some((required, of)) = REQUIRED.iter().find(|(name, _)| has(name)) {
				let of = of.map_or_else(|| name.clone(), str::to_owned);
				pairs.push(((*required).to_owned(), self.known(&of)));
			}
		}
		if self.once_in(2) {
			pairs.push(("_count".to_owned(), self.one(&["1", "2"]).to_owned()));
		}
		// Without these, more searches find something.
		if self.once_in(3) {
			return pairs;
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

	/// Returns the link to a further page, now and then altered, and its answer.
	fn link(&mut self) -> Option<(String, Expected)> {
		let at = self.below(self.links.len().max(1));
		let mut link = self.links.get(at)?.clone();
		let expected = match self.below(3) {
			0 => {
				link.truncate(link.len() - 1);
				Expected::Broken
			}
			1 => {
				link += "&_count=1";
				Expected::Altered
			}
			_ => Expected::Page,
		};
		Some((link, expected))
	}

	/// Returns the next request: its path, its form, and its answer.
	fn request(&mut self) -> (String, Option<String>, Expected) {
		let resource = self.below(self.resources.len());
		let query = encoded(&self.pairs(resource));
		let Resource { name, parameters } = &self.resources[resource];
		let (name, expected) = match parameters.is_empty() {
			true => (name.clone(), Expected::Refusal),
			false => (name.clone(), Expected::Searchset(name.clone())),
		};
		match self.below(20) {
			0 => {
				let path = self.one(PATHS);
				let is_question = path == EXPLAIN;
				let expected = if is_question { Expected::Parameters } else { Expected::Refusal };
				(format!("{path}?{query}"), None, expected)
			}
			1 | 2 => match self.link() {
				Some((link, expected)) => (link, None, expected),
				None => (name, None, expected),
			},
			3 => (format!("{name}?{query}&%zz=%ff&=&&a"), None, expected),
			4 => {
				let patient = self.known("Patient");
				(format!("Patient/{patient}/$everything?{query}"), None, Expected::Everything)
			}
			5..=8 => (format!("{name}/_search"), Some(query), expected),
			9 => (format!("{name}/_search?{query}"), Some(query), expected),
			_ => (format!("{name}?{query}"), None, expected),
		}
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

/// Answer of a request that is not refused.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
	/// A searchset with matches of a type.
	Searchset(String),
	/// A searchset with matches of any type.
	Everything,
	/// A further page of one of these.
	Page,
	/// None: the link has a further parameter.
	Altered,
	/// None: the link is broken.
	Broken,
	/// Parameters.
	Parameters,
	/// None: there is nothing at the path.
	Refusal,
}

/// Reach of the searches of a client.
#[derive(Debug, Default)]
struct Tally {
	/// Number of answers with each status.
	statuses: BTreeMap<u16, usize>,
	/// Number of searchsets with a match.
	filled: usize,
	/// Number of links that led to a further page.
	followed: usize,
	/// Number of links with a further parameter that were refused.
	altered: usize,
	/// Number of links that were broken.
	broken: usize,
}

/// Checks that an error is an OperationOutcome, which repeats nothing of a patient.
fn check_refusal(answer: &FhirAnswer, json: &Value, context: &str) {
	let body = String::from_utf8_lossy(&answer.body);
	assert_ne!(answer.status, 401, "{context}: {body}");
	assert_eq!(json["resourceType"], "OperationOutcome", "{context}: {body}");
	let issue = &json["issue"][0];
	assert_eq!(issue["severity"], "error", "{context}: {body}");
	assert!(issue["details"]["coding"][0]["code"].is_string(), "{context}: {body}");
	assert!(issue["diagnostics"].is_string(), "{context}: {body}");
	assert!(!body.contains(SECRET), "{context}: {body}");
}

/// Checks one answer. Returns the link to a further page.
fn check(
	answer: &FhirAnswer,
	expected: &Expected,
	tally: &mut Tally,
	context: &str,
) -> Option<String> {
	let body = String::from_utf8_lossy(&answer.body);
	assert!((200..500).contains(&answer.status), "{context}: {} {body}", answer.status);
	let json: Value = serde_json::from_slice(&answer.body)
		.unwrap_or_else(|_| panic!("{context}: {} is not JSON: {body:?}", answer.status));
	assert!(answer.header("content-type").contains("fhir+json"), "{context}: {answer:?}");
	*tally.statuses.entry(answer.status).or_default() += 1;
	if answer.status != 200 {
		check_refusal(answer, &json, context);
		// A header can refuse any answer.
		match expected {
			_ if answer.status == 406 => {}
			Expected::Altered => {
				assert_eq!(answer.status, 400, "{context}: {body}");
				tally.altered += 1;
			}
			Expected::Broken => {
				assert_eq!(answer.status, 410, "{context}: {body}");
				tally.broken += 1;
			}
			Expected::Page => panic!("{context}: {} {body}", answer.status),
			Expected::Searchset(_)
			| Expected::Everything
			| Expected::Parameters
			| Expected::Refusal => {}
		}
		return None;
	}
	match expected {
		Expected::Searchset(_) | Expected::Everything => {}
		Expected::Page => tally.followed += 1,
		Expected::Parameters => {
			assert_eq!(json["resourceType"], "Parameters", "{context}: {body}");
			return None;
		}
		Expected::Altered | Expected::Broken | Expected::Refusal => panic!("{context}: {body}"),
	}
	assert_eq!((&json["resourceType"], &json["type"]), (&json!("Bundle"), &json!("searchset")));
	let total = json["total"].as_u64().unwrap_or_else(|| panic!("{context}: no total"));
	let matches = matches(&json);
	assert!(matches.len() as u64 <= total && matches.len() <= 100, "{context}: {body}");
	tally.filled += usize::from(!matches.is_empty());
	if let Expected::Searchset(name) = expected {
		let are_of_it = matches.iter().all(|one| one["resource"]["resourceType"] == **name);
		assert!(are_of_it, "{context}: {body}");
	}
	let links = json["link"].as_array()?;
	assert!(links.iter().any(|link| link["relation"] == "self"), "{context}: {body}");
	let next = next_of(&json)?;
	assert!(!matches.is_empty(), "{context}: a page without a match has a next one: {body}");
	Some(next.to_owned())
}

/// Returns the entries of a page that match.
fn matches(page: &Value) -> Vec<&Value> {
	let entries = page["entry"].as_array().into_iter().flatten();
	entries.filter(|one| one["search"]["mode"] == "match").collect()
}

/// Follows the links of a search, which finds as many resources as it says. Returns their number.
async fn follow(server: &FhirServer, token: &str, first: &FhirAnswer, context: &str) -> usize {
	let (mut page, mut followed) = (first.json(), 0);
	let total = page["total"].as_u64();
	let mut found = matches(&page).len() as u64;
	while let Some(next) = next_of(&page) {
		let answer = paced(async || server.get(token, next).await).await;
		assert_eq!(answer.status, 200, "{context}: {answer:?}");
		page = answer.json();
		assert_eq!(page["total"].as_u64(), total, "{context}");
		found += matches(&page).len() as u64;
		followed += 1;
	}
	assert_eq!(Some(found), total, "{context}");
	followed
}

/// Sends until the client's limit of requests lets it.
async fn paced(send: impl AsyncFn() -> FhirAnswer) -> FhirAnswer {
	let start = Instant::now();
	loop {
		let answer = send().await;
		if answer.status != 429 {
			return answer;
		}
		check_refusal(&answer, &answer.json(), "too many requests");
		assert!(start.elapsed() < PATIENCE, "the limit never lets a request");
		tokio::time::sleep(Duration::from_millis(300)).await;
	}
}

/// Searches at random. Returns how far that reached.
async fn search(server: &FhirServer, client: &str, mut fuzzer: Fuzzer) -> Tally {
	let mut tally = Tally::default();
	let (mut token, mut since) = (server.token(client, None).await, Instant::now());
	for number in 0..SEARCHES {
		if since.elapsed() > RENEWAL {
			(token, since) = (server.token(client, None).await, Instant::now());
		}
		let (path, form, expected) = fuzzer.request();
		let mut headers = Vec::new();
		if fuzzer.once_in(3) {
			headers.push(("prefer", fuzzer.one(&["handling=strict", "handling=lenient", ","])));
		}
		if fuzzer.once_in(8) {
			headers.push(("accept", fuzzer.one(&["text/html", "application/json", "*/*", ";;"])));
		}
		let context = format!("{client}, search {number}: {path} {form:?} {headers:?}");
		let answer = paced(async || match &form {
			Some(form) => server.post_form(&token, &path, &headers, form.clone()).await,
			None => server.send("GET", &path, &token, &headers, None).await,
		})
		.await;
		if let Some(next) = check(&answer, &expected, &mut tally, &context) {
			// Only a first page has all the pages after it.
			let is_first = matches!(expected, Expected::Searchset(_) | Expected::Everything);
			if is_first && fuzzer.once_in(3) {
				tally.followed += follow(server, &token, &answer, &context).await;
			}
			fuzzer.links.push(next);
		}
	}
	tally
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
	let clients = [
		("his", DOCTOR_A, ALL, &["TREAT", "HOPERAT"][..]),
		OTHER,
		OWN,
		("records", RECORDS_ADMIN, "system/Patient.rus system/Consent.s", &["HOPERAT"][..]),
	];
	let (_people, server, [his, ..]) = FhirServer::start_for(clients).await;
	let patient = address(PATIENT);
	let mut known = vec![("Patient", patient.clone()), ("Organization", "1".to_owned())];
	known.extend([DOCTOR_A, DOCTOR_B, ADMIN_A].map(|one| ("Practitioner", address(one))));
	for title in ["Blood count", "X-ray", "Letter"] {
		let document = document(&patient, title, "all is well");
		let added = server.send("POST", "DocumentReference", &his, &[], Some(&document)).await;
		let added = added.json();
		known.push(("DocumentReference", added["id"].as_str().expect("an id").to_owned()));
		// Opened, so that the patient's log has pages.
		let binary = added["content"][0]["attachment"]["url"].as_str().expect("an address");
		assert_eq!(server.open(&his, binary).await.status, 200);
	}
	eventually("the requests and the releases are on the log", || async {
		(server.log_total(&patient).await >= 6).then_some(())
	})
	.await;
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
	eprintln!("{all:#?}");
	// Enough of the searches were understood, and enough refused.
	for (tally, (client, ..)) in all.iter().zip(&clients) {
		let of = |status| tally.statuses.get(&status).copied().unwrap_or_default();
		assert!(of(200) > 20 && of(400) + of(403) > 50, "{client}: {tally:?}");
	}
	// Enough of them found something, and had further pages.
	let sum = |of: fn(&Tally) -> usize| all.iter().map(of).sum::<usize>();
	let reached = [
		sum(|one| one.filled),
		sum(|one| one.followed),
		sum(|one| one.altered),
		sum(|one| one.broken),
	];
	assert!(reached.iter().zip(FLOORS).all(|(reached, floor)| *reached > floor), "{reached:?}");
	assert!(!server.log().contains(SECRET), "{}", server.log());
	let found = server.get(&his, &format!("DocumentReference?patient={patient}")).await.json();
	assert_eq!(found["total"], 3);
}
