//! Checks that the tables of codes and search parameters in `docs/fhir-mapping.md` agree with this
//! crate.

use salus_primitives::{Action, Confidentiality, OrganisationKind, Purpose, Role};
use serde_json::Value;

use crate::{
	capability::{Kind, RESOURCES},
	code, consent,
};

const TEXT: &str = include_str!("../../../docs/fhir-mapping.md");

/// Returns the rows of the table below a heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
	let (_, below) = TEXT.split_once(&format!("\n{heading}\n")).unwrap();
	let section = below.split("\n#").next().unwrap();
	let cells = |line: &str| -> Vec<String> {
		line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
	};
	section.lines().filter(|line| line.starts_with('|')).skip(2).map(cells).collect()
}

fn quoted(code: &str) -> String {
	format!("`{code}`")
}

/// Returns a text of a concept's coding.
fn text(concept: &Value, index: usize, name: &str) -> String {
	concept["coding"][index][name].as_str().unwrap().to_owned()
}

#[test]
fn the_categories_are_documented() {
	let all = code::CATEGORIES.iter().map(|one| {
		let (loinc, display) = match one.loinc {
			Some((loinc, display)) => (quoted(loinc), display.to_owned()),
			None => ("–".to_owned(), "–".to_owned()),
		};
		vec![quoted(one.code), one.display.to_owned(), loinc, display]
	});
	assert_eq!(rows("### Categories"), all.collect::<Vec<_>>());
}

#[test]
fn the_levels_of_confidentiality_are_documented() {
	let all = Confidentiality::ALL.map(|one| {
		let coding = code::confidentiality(one);
		let own = coding["code"].as_str().unwrap();
		let others = ["U", "L", "M", "N", "R", "V"].into_iter();
		let others = others.filter(|other| *other != own);
		let read: Vec<_> = others
			.filter(|other| code::confidentiality_of(other) == Some(one))
			.map(quoted)
			.collect();
		let read = if read.is_empty() { "–".to_owned() } else { read.join(", ") };
		vec![quoted(own), coding["display"].as_str().unwrap().to_owned(), read]
	});
	assert_eq!(rows("### Confidentiality"), all);
}

#[test]
fn the_purposes_of_use_are_documented() {
	let documented: Vec<_> =
		rows("### Purposes of use").into_iter().map(|row| row[0].clone()).collect();
	assert_eq!(documented, Purpose::ALL.map(|one| quoted(&format!("{one:?}"))));
}

#[test]
fn the_actions_are_documented() {
	let all = [Action::Read, Action::Write, Action::Share].map(|one| {
		let concept = consent::action(one);
		let [of_hl7, own] = [0, 1].map(|index| quoted(&text(&concept, index, "code")));
		vec![of_hl7, own, text(&concept, 1, "display")]
	});
	assert_eq!(rows("### Actions"), all);
}

#[test]
fn the_roles_are_documented() {
	let all = Role::ALL.map(|one| {
		let concept = code::role(one);
		let number = (one as u8).to_string();
		vec![quoted(&text(&concept, 0, "code")), text(&concept, 0, "display"), number]
	});
	assert_eq!(rows("### Roles"), all);
}

#[test]
fn the_kinds_of_organisations_are_documented() {
	let all = OrganisationKind::ALL.map(|one| {
		let concept = code::organisation_kind(one);
		let [own, of_hl7] = [0, 1].map(|index| quoted(&text(&concept, index, "code")));
		vec![own, text(&concept, 0, "display"), of_hl7]
	});
	assert_eq!(rows("### Kinds of organisations"), all);
}

#[test]
fn the_search_parameters_are_documented() {
	let searched = RESOURCES.iter().filter(|resource| resource.can("search-type"));
	let all = searched.flat_map(|resource| {
		resource.parameters().map(move |one| {
			let kind = match one.kind {
				Kind::Token => "token",
				Kind::Reference => "reference",
				Kind::Date => "date",
			};
			let sorts = if one.sorts { "yes" } else { "no" };
			let name = quoted(one.name);
			let text = [resource.name, name.as_str(), kind, sorts, one.documentation];
			text.map(str::to_owned).to_vec()
		})
	});
	assert_eq!(rows("## Search parameters"), all.collect::<Vec<_>>());
}
