use super::*;
use crate::capability::resource;
use proptest::prelude::*;
use std::cmp::Ordering;

const BASE_URL: &str = "https://fhir.example.org/fhir";

fn parse(pairs: &[(&str, &str)], handling: Handling) -> Result<Query, Issue> {
	let pairs: Vec<_> = pairs.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
	Query::parse(resource("DocumentReference").unwrap(), &pairs, handling, BASE_URL)
}

fn strict(name: &str, text: &str) -> Result<Query, Issue> {
	parse(&[(name, text)], Handling::Strict)
}

#[test]
fn unknown_parameters_are_refused_or_reported() {
	let issue = strict("colour", "red").unwrap_err();
	assert_eq!((issue.code, issue.kind), ("unknown-parameter", IssueKind::NotSupported));
	let query = parse(&[("colour", "red"), ("patient", "1")], Handling::Lenient).unwrap();
	assert_eq!((query.ignored.len(), query.used.len()), (1, 1));
	// A modifier changes the meaning, so it is never ignored.
	let issue = parse(&[("date:exact", "2026")], Handling::Lenient).unwrap_err();
	assert_eq!(issue.code, "unknown-modifier");
	assert_eq!(strict("patient", "").unwrap(), Query::default());
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
	all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn a_read_says_how_much_it_wants() {
	let form = [("_format", "json"), ("_pretty", "true"), ("_elements", "status"), ("_since", "")];
	let query = Query::of_read(&pairs(&form)).unwrap();
	assert_eq!((query.elements, query.used.len()), (vec!["status".to_owned()], 3));
	assert_eq!(Query::of_read(&pairs(&[("_summary", "true")])).unwrap().summary, Summary::True);
	for (name, text, code) in [
		("_summary", "count", "bad-summary"),
		("_count", "1", "unknown-parameter"),
		("_since", "2026", "unknown-parameter"),
		("patient", "1", "unknown-parameter"),
		("_pretty", "yes", "bad-value"),
		("_format", "xml", "json-only"),
		("_format", "notjsonreally", "json-only"),
		("_format", "application/json;x", "json-only"),
	] {
		let issue = Query::of_read(&pairs(&[(name, text)])).unwrap_err();
		assert_eq!((issue.code, issue.path.as_deref()), (code, Some(name)));
	}
	assert!(Query::of_form(&pairs(&form[..2])).is_ok());
	for text in ["application/fhir+json", "application/fhir json", "text/json", "JSON"] {
		assert!(Query::of_form(&pairs(&[("_format", text)])).is_ok(), "{text}");
	}
	assert_eq!(Query::of_form(&pairs(&form)).unwrap_err().code, "unknown-parameter");
}

#[test]
fn a_history_goes_back_to_an_instant() {
	let asked = [("_count", "2"), ("_since", "2021-12-27T09:49:00.123Z"), ("_summary", "text")];
	let query = Query::of_history(&pairs(&asked)).unwrap();
	assert_eq!((query.page(), query.used.len()), (2, 3));
	let at = 1_640_598_540_123;
	assert!(query.reaches(at) && query.reaches(u64::MAX) && !query.reaches(at - 1));
	assert!(Query::default().reaches(0));
	for (name, code) in [
		("_since", "bad-value"),
		("_at", "unknown-parameter"),
		("_list", "unknown-parameter"),
		("_sort", "unknown-parameter"),
	] {
		let issue = Query::of_history(&pairs(&[(name, "x")])).unwrap_err();
		assert_eq!(issue.code, code, "{name}");
	}
}

#[test]
fn unknowable_parameters_are_never_ignored() {
	for name in ["period", "facility", "author.family", "creation:missing"] {
		let issue = parse(&[(name, "x")], Handling::Lenient).unwrap_err();
		assert_eq!((issue.code, issue.kind), ("unknown-parameter", IssueKind::NotSupported));
	}
	let consents = resource("Consent").unwrap();
	let period = [("period", "2026")];
	let period = Query::parse(consents, &pairs(&period), Handling::Lenient, BASE_URL).unwrap();
	assert_eq!(period.ignored.len(), 1);
}

#[test]
fn everything_has_only_the_parameters_of_results() {
	let parse = |name: &str, text: &str| {
		let everything = &crate::capability::EVERYTHING;
		let pairs = pairs(&[(name, text)]);
		Query::parse(everything, &pairs, Handling::Strict, BASE_URL).map_err(|one| one.code)
	};
	assert_eq!(parse("_id", "x"), Err("unknown-parameter"));
	assert_eq!(parse("_sort", "_id"), Err("bad-sort"));
	assert_eq!(parse("_count", "2").map(|query| query.page()), Ok(2));
}

#[test]
fn values_have_the_form_of_their_kind() {
	let token = |system: Option<&str>, code: Option<&str>| Value::Token {
		system: system.map(Into::into),
		code: code.map(Into::into),
	};
	for (text, expected) in [
		("a", token(None, Some("a"))),
		("s|a", token(Some("s"), Some("a"))),
		("|a", token(Some(""), Some("a"))),
		("s|", token(Some("s"), None)),
		("s\\|a", token(None, Some("s|a"))),
	] {
		assert_eq!(strict("category", text).unwrap().criteria[0].values, [expected], "{text}");
	}
	let both = strict("category", "a\\,b,c").unwrap();
	assert_eq!(both.criteria[0].values, [token(None, Some("a,b")), token(None, Some("c"))]);
	let reference = Value::Reference { resource: Some("Patient".into()), id: "5Grw".into() };
	for text in ["Patient/5Grw", &format!("{BASE_URL}/Patient/5Grw")] {
		let query = strict("patient", text).unwrap();
		assert_eq!(query.values("patient"), Some(&[reference.clone()][..]), "{text}");
	}
	for (name, text) in [
		("category", "|"),
		("category", "a|b|c"),
		("patient", "a b"),
		("date", "tomorrow"),
		("date", "xx2026"),
		("_count", "-1"),
		("_count", "ten"),
		("_summary", "some"),
		("_total", "yes"),
		("_sort", "category"),
		("_elements", "a b"),
		("_format", "xml"),
		("date:missing", "perhaps"),
	] {
		assert!(strict(name, text).is_err(), "{name}={text}");
	}
}

#[test]
fn a_reference_is_of_this_server() {
	for (name, text) in [
		("patient", "http://evil.example/fhir/Patient/5Grw"),
		("author", "https://evil.example/Practitioner/5Grw"),
		("patient", "https://fhir.example.org/fhirs/Patient/5Grw"),
		("author", "Practitioner/1,http://evil.example/Practitioner/1"),
	] {
		let issue = strict(name, text).unwrap_err();
		assert_eq!((issue.code, issue.path.as_deref()), ("element-value", Some(name)), "{text}");
	}
	for text in
		["x/Patient/5Grw", "/Patient/5Grw", "/5Grw", "urn:uuid:5Grw", "Patient/1/_history/1"]
	{
		assert_eq!(strict("patient", text).unwrap_err().code, "bad-value", "{text}");
	}
}

#[test]
fn a_parameter_of_the_result_is_given_once() {
	for (name, text) in [
		("_sort", "date"),
		("_count", "1"),
		("_summary", "true"),
		("_elements", "status"),
		("_total", "none"),
	] {
		let twice = [(name, text), ("patient", "1"), (name, text)];
		let issue = parse(&twice, Handling::Lenient).unwrap_err();
		assert_eq!((issue.code, issue.path.as_deref()), ("parameter-twice", Some(name)));
		assert!(parse(&[(name, ""), (name, text)], Handling::Lenient).is_ok(), "{name}");
	}
	for name in ["_since", "_count"] {
		let twice = pairs(&[(name, "2026"), (name, "2027")]);
		assert_eq!(Query::of_history(&twice).unwrap_err().code, "parameter-twice", "{name}");
	}
	let both = [("_summary", "true"), ("_elements", "status")];
	assert_eq!(parse(&both, Handling::Lenient).unwrap_err().code, "bad-summary");
	assert_eq!(Query::of_read(&pairs(&both)).unwrap_err().code, "bad-summary");
}

#[test]
fn a_page_is_bounded() {
	assert_eq!(strict("patient", "1").unwrap().page(), DEFAULT_COUNT);
	assert_eq!(strict("_count", "99999999999999").unwrap().page(), MAX_COUNT);
	assert!(strict("_count", "0").unwrap().is_count());
	let many = vec![("category", "a"); 33];
	assert_eq!(parse(&many, Handling::Lenient).unwrap_err().kind, IssueKind::TooCostly);
	assert_eq!(strict("category", &"a,".repeat(40)).unwrap_err().kind, IssueKind::TooCostly);
}

struct At(u64);

impl Searchable for At {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		match parameter {
			"date" => vec![Indexed::Date(Period::of(self.0))],
			_ => vec![],
		}
	}
}

#[test]
fn matches_are_sorted() {
	let descending = strict("_sort", "-date").unwrap();
	assert_eq!(descending.compare(&At(1), &At(2)), Ordering::Greater);
	assert_eq!(strict("_sort", "date,_id").unwrap().compare(&At(1), &At(2)), Ordering::Less);
	assert_eq!(Query::default().compare(&At(1), &At(2)), Ordering::Equal);
}

proptest! {
	/// Each prefix has the meaning that its definition gives it for a moment.
	#[test]
	fn dates_compare_as_defined(at in 0u64..4_000_000_000_000, day in 0u64..46_296) {
		let day = day * 86_400_000;
		let text = crate::time::date(day);
		let end = day + 86_400_000;
		let is_in = (day..end).contains(&at);
		for (prefix, expected) in [
			("", is_in),
			("eq", is_in),
			("ne", !is_in),
			("gt", at >= end),
			("lt", at < day),
			("ge", at >= day),
			("le", at < end),
			("sa", at >= end),
			("eb", at < day),
			("ap", is_in),
		] {
			let query = strict("date", &format!("{prefix}{text}")).unwrap();
			prop_assert_eq!(query.matches(&At(at)), expected, "{}{} {}", prefix, text, at);
		}
	}

	#[test]
	fn no_parameter_panics(name in "\\PC{0,20}", text in "\\PC{0,60}", known in 0usize..12) {
		let names = ["_count", "_sort", "_summary", "_total", "_elements", "_format", "category",
			"date", "patient", "patient.identifier", "author:missing", "status:not"];
		let _ = parse(&[(&name, &text), (names[known], &text)], Handling::Lenient);
	}
}
