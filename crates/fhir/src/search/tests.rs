use super::*;
use crate::{capability::resource, time::Period};
use proptest::prelude::*;
use std::cmp::Ordering;

fn parse(pairs: &[(&str, &str)], handling: Handling) -> Result<Query, Issue> {
	let pairs: Vec<_> = pairs.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
	Query::parse(resource("DocumentReference").unwrap(), &pairs, handling)
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
	assert_eq!(
		strict("patient", "https://example.org/fhir/Patient/5Grw").unwrap().values("patient"),
		Some(&[reference][..])
	);
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
