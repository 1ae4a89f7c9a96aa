//! Test of the definitions in `docs/fhir`: they are those that the code names.

use std::{
	collections::BTreeSet,
	fs,
	path::{Path, PathBuf},
};

use salus_primitives::{OrganisationKind, Role};
use serde_json::Value;

use crate::{
	code::{self, BASE, CATEGORIES},
	subscription::TOPICS,
};

/// Kinds of definitions. The server itself publishes the CapabilityStatement.
const KINDS: [&str; 4] =
	["CodeSystem", "OperationDefinition", "StructureDefinition", "SubscriptionTopic"];

fn folder() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fhir")
}

fn definition(name: &str) -> Value {
	let path = folder().join(format!("{name}.json"));
	let text =
		fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
	serde_json::from_str(&text).unwrap()
}

/// Adds the sources below a folder to a text, except this one.
fn read(folder: &Path, sources: &mut String) {
	for entry in fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		if path.is_dir() {
			read(&path, sources);
		} else if !path.ends_with("definitions.rs") {
			sources.push_str(&fs::read_to_string(&path).unwrap());
		}
	}
}

fn sources() -> String {
	let mut sources = String::new();
	read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
	sources
}

/// Returns the names that follow a text.
fn names_after(sources: &str, before: &str) -> Vec<String> {
	let is_of_name = |one: &char| one.is_ascii_alphanumeric() || *one == '-';
	let name = |rest: &str| rest.chars().take_while(is_of_name).collect::<String>();
	sources.split(before).skip(1).map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn each_canonical_address_has_its_definition() {
	let sources = sources();
	let mut named = BTreeSet::new();
	for kind in KINDS {
		for before in [format!("salus/fhir/{kind}/"), format!("{{BASE}}/{kind}/")] {
			let names = names_after(&sources, &before);
			named.extend(names.iter().map(|name| format!("{kind}-{name}")));
		}
	}
	for (before, kind) in [("system(\"", "CodeSystem"), ("extension(\"", "StructureDefinition")] {
		let names = names_after(&sources, before);
		assert!(!names.is_empty(), "{kind}");
		named.extend(names.iter().map(|name| format!("{kind}-{name}")));
	}
	for topic in TOPICS {
		let url = topic.url();
		let name = url.rsplit('/').next().unwrap();
		named.insert(format!("SubscriptionTopic-{name}"));
	}
	let files = fs::read_dir(folder()).unwrap().map(|entry| {
		let name = entry.unwrap().file_name().into_string().unwrap();
		name.strip_suffix(".json").unwrap().to_owned()
	});
	assert_eq!(files.collect::<BTreeSet<_>>(), named);
	for name in named {
		let (kind, rest) = name.split_once('-').unwrap();
		let definition = definition(&name);
		// R4 has no resource for a topic.
		let url = match kind {
			"SubscriptionTopic" => &definition["identifier"][0]["value"],
			_ => &definition["url"],
		};
		assert_eq!(*url, format!("{BASE}/{kind}/{rest}"));
	}
}

/// Returns the codes of a code system, with their displays.
fn codes(name: &str) -> Vec<(String, String)> {
	let system = definition(&format!("CodeSystem-{name}"));
	let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
	let concepts = system["concept"].as_array().into_iter().flatten();
	concepts.map(|one| (text(one, "code"), text(one, "display"))).collect()
}

#[test]
fn code_systems_have_the_codes_that_are_sent() {
	let own = |concept: Value| {
		let coding = &concept["coding"][0];
		let text = |name: &str| coding[name].as_str().unwrap().to_owned();
		(text("code"), text("display"))
	};
	let of = |one: &code::CategoryCode| (one.code.to_owned(), one.display.to_owned());
	assert_eq!(codes("category"), CATEGORIES.iter().map(of).collect::<Vec<_>>());
	assert_eq!(codes("role"), Role::ALL.map(|role| own(code::role(role))));
	assert_eq!(
		codes("organisation-kind"),
		OrganisationKind::ALL.map(|kind| own(code::organisation_kind(kind)))
	);

	let sources = sources();
	for name in ["action", "log-event", "reason", "task", "task-part", "verdict"] {
		let codes = codes(name);
		assert!(!codes.is_empty(), "{name}");
		for (code, display) in codes {
			for text in [code, display] {
				assert!(sources.contains(&format!("\"{text}\"")), "{name}: {text}");
			}
		}
	}
	// Errors have a display, which is their code, and too many codes to list.
	assert_eq!(definition("CodeSystem-error")["content"], "not-present");
}
