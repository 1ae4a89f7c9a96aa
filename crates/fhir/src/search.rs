//! The search grammar: parameters, their modifiers, prefixes and values.
//!
//! [`Query::parse`] knows the parameters of a resource from [`crate::capability`], so what the
//! CapabilityStatement lists and what a search understands are the same table.

mod matching;
mod value;

pub use matching::{Indexed, Searchable};
pub use value::{Prefix, Value};

use salus_primitives::Moment;

use crate::{
	capability::{Kind, Parameter, Resource},
	outcome::{Issue, IssueKind},
	time::{period, Period},
};

/// Largest page, in resources.
pub const MAX_COUNT: u32 = 100;

/// Page if the client names none, in resources.
pub const DEFAULT_COUNT: u32 = 20;

/// Maximum number of parameters of a search, and of values of a parameter.
const MAX_PARTS: usize = 32;

/// Parameters of the form of an answer. Every request can have them.
pub const OF_FORM: [&str; 2] = ["_format", "_pretty"];

/// Values of `_format` that name JSON.
const JSON: [&str; 5] =
	["json", "application/fhir+json", "application/json+fhir", "application/json", "text/json"];

/// Returns whether a value of `_format` names JSON. A `+` that an address does not escape is a
/// space.
fn is_json(format: &str) -> bool {
	JSON.iter().any(|one| one.eq_ignore_ascii_case(&format.replace(' ', "+")))
}

/// Parameters of a search's result. Each may be given once.
const OF_RESULT: [&str; 6] = ["_sort", "_count", "_summary", "_elements", "_total", "_since"];

/// Treatment of parameters that the server does not know (`Prefer: handling`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
	/// The search fails.
	Strict,
	/// The parameters are ignored, and the searchset says so.
	Lenient,
}

/// Modifier of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
	/// The value must not match.
	Not,
	/// The value says whether the element is missing.
	Missing,
}

/// A parameter with its values. One of them must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
	/// Name of the parameter.
	pub name: &'static str,
	/// Modifier of the parameter, such as `:not`.
	pub modifier: Option<Modifier>,
	/// Values. One of them must match.
	pub values: Vec<Value>,
}

/// One key of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
	/// Name of the parameter.
	pub name: &'static str,
	/// Whether the greatest comes first.
	pub is_descending: bool,
}

/// Part of each resource that is returned (`_summary`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summary {
	/// All.
	#[default]
	False,
	/// Only elements of the summary.
	True,
	/// Only text, id, meta and required elements.
	Text,
	/// All but the text.
	Data,
	/// Only the number of resources.
	Count,
}

/// Parameters of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
	/// Criteria. All of them must match.
	pub criteria: Vec<Criterion>,
	/// Order, most important key first.
	pub sort: Vec<SortKey>,
	/// Number of resources in a page; `None` if the client names none.
	pub count: Option<u32>,
	/// Part of each resource that is returned.
	pub summary: Summary,
	/// Names of the elements to return; all if empty.
	pub elements: Vec<String>,
	/// First moment of a history, in milliseconds since 1970; `None` if it goes back to the
	/// beginning.
	pub since: Option<i64>,
	/// Parameters that were understood, as they were given, for the link `self`.
	pub used: Vec<(String, String)>,
	/// Parameters that were ignored.
	pub ignored: Vec<Issue>,
}

fn wrong(code: &'static str, name: &str, text: impl Into<String>) -> Issue {
	Issue::error(IssueKind::Value, code, text).at(name.chars().take(64).collect::<String>())
}

fn unknown(name: &str, text: impl Into<String>) -> Issue {
	Issue { kind: IssueKind::NotSupported, ..wrong("unknown-parameter", name, text) }
}

impl Query {
	/// Reads the parameters of a search at the server with this address, decoded from the URL or
	/// the form.
	pub fn parse(
		resource: &Resource,
		pairs: &[(String, String)],
		handling: Handling,
		base: &str,
	) -> Result<Self, Issue> {
		if pairs.len() > MAX_PARTS {
			let text = format!("a search has at most {MAX_PARTS} parameters; leave some out");
			return Err(Issue::error(IssueKind::TooCostly, "too-many-parameters", text));
		}
		let mut query = Self::default();
		for (name, text) in pairs {
			// As every server, ignores a parameter without a value.
			if text.is_empty() {
				continue;
			}
			query.check_alone(name)?;
			if query.understands(resource, name, text, base)? {
				query.used.push((name.clone(), text.clone()));
				continue;
			}
			let text = format!(
				"{} has no search parameter of this name; the CapabilityStatement lists them",
				resource.name
			);
			let issue = unknown(name, text);
			match handling {
				Handling::Strict => return Err(issue),
				Handling::Lenient => query
					.ignored
					.push(Issue { severity: crate::outcome::Severity::Warning, ..issue }),
			}
		}
		Ok(query)
	}

	/// Reads the parameters of a read, decoded from the URL: they say how much of the resource is
	/// returned.
	pub fn of_read(pairs: &[(String, String)]) -> Result<Self, Issue> {
		let query = Self::of_others(&["_summary", "_elements"], pairs)?;
		if query.summary == Summary::Count {
			let text = "a read has one resource; give true, text, data or false";
			return Err(wrong("bad-summary", "_summary", text));
		}
		Ok(query)
	}

	/// Reads the parameters of a history, decoded from the URL.
	pub fn of_history(pairs: &[(String, String)]) -> Result<Self, Issue> {
		Self::of_others(&["_count", "_since", "_summary", "_elements"], pairs)
	}

	/// Reads the parameters of a request that has only parameters of the answer's form
	/// ([`OF_FORM`]), decoded from the URL.
	pub fn of_form(pairs: &[(String, String)]) -> Result<Self, Issue> {
		Self::of_others(&[], pairs)
	}

	/// Reads the parameters of a request that is not a search. It can have parameters with these
	/// names and of the answer's form. Any other is refused, regardless of the handling.
	fn of_others(names: &[&str], pairs: &[(String, String)]) -> Result<Self, Issue> {
		let mut query = Self::default();
		for (name, text) in pairs.iter().filter(|(_, text)| !text.is_empty()) {
			query.check_alone(name)?;
			let is_known = names.contains(&name.as_str()) || OF_FORM.contains(&name.as_str());
			if is_known && name == "_since" {
				let since = period(text).ok_or_else(|| {
					let text = "give an instant such as 2026-01-31T12:00:00Z";
					wrong("bad-value", name, text)
				})?;
				query.since = Some(since.from);
			} else if !(is_known && query.shapes(name, text)?) {
				let known: Vec<_> = names.iter().chain(&OF_FORM).copied().collect();
				let text = format!("this request has only the parameters {}", known.join(", "));
				return Err(unknown(name, text));
			}
			query.used.push((name.clone(), text.clone()));
		}
		Ok(query)
	}

	/// Refuses a parameter of the result that was given before, and parts of a resource that are
	/// named in two ways.
	fn check_alone(&self, name: &str) -> Result<(), Issue> {
		let has = |other: &str| self.used.iter().any(|(used, _)| used == other);
		if OF_RESULT.contains(&name) && has(name) {
			return Err(wrong("parameter-twice", name, "this is given twice; give it once"));
		}
		let other = match name {
			"_summary" => "_elements",
			"_elements" => "_summary",
			_ => return Ok(()),
		};
		match has(other) {
			true => Err(wrong("bad-summary", name, "give _summary or _elements, not both")),
			false => Ok(()),
		}
	}

	/// Adds a parameter of a search. Returns whether the resource has it.
	fn understands(
		&mut self,
		resource: &Resource,
		name: &str,
		text: &str,
		base: &str,
	) -> Result<bool, Issue> {
		if name == "_sort" {
			self.sort = sort(resource, text)?;
			return Ok(true);
		}
		if self.shapes(name, text)? {
			return Ok(true);
		}
		let (plain, modifier) = match name.split_once(':') {
			Some((plain, modifier)) => (plain, Some(modifier)),
			None => (name, None),
		};
		if resource.cannot_know(plain) {
			let text = "the chain does not know this of a document, so no search can be by it";
			return Err(unknown(name, text));
		}
		let Some(parameter) = resource.parameter(plain) else {
			return Ok(false);
		};
		self.criteria.push(criterion(parameter, modifier, text, base)?);
		Ok(true)
	}

	/// Adds a parameter of the answer, which any resource has. Returns whether it is one.
	fn shapes(&mut self, name: &str, text: &str) -> Result<bool, Issue> {
		match name {
			"_count" => self.count = Some(count(text)?),
			"_summary" => self.summary = summary(text)?,
			"_elements" => self.elements = elements(text)?,
			"_total" => {
				// The total is always exact.
				if !["none", "estimate", "accurate"].contains(&text) {
					return Err(wrong("bad-total", name, "give none, estimate or accurate"));
				}
			}
			"_format" => {
				if !is_json(text) {
					let text = "this server speaks JSON only; give application/fhir+json";
					return Err(Issue {
						kind: IssueKind::NotSupported,
						..wrong("json-only", name, text)
					});
				}
			}
			"_pretty" => {
				// JSON is the same with and without spaces.
				if !["true", "false"].contains(&text) {
					return Err(wrong("bad-value", name, "give true or false"));
				}
			}
			_ => return Ok(false),
		}
		Ok(true)
	}

	/// Returns whether a history goes back to a moment.
	pub fn reaches(&self, at: Moment) -> bool {
		self.since.is_none_or(|since| Period::of(at).from >= since)
	}

	/// Returns the values of a parameter that a resource must have one of; `None` if the search
	/// does not name it.
	pub fn values(&self, name: &str) -> Option<&[Value]> {
		let found = self.criteria.iter().find(|one| one.name == name && one.modifier.is_none())?;
		Some(&found.values)
	}

	/// Returns the number of resources in a page.
	pub fn page(&self) -> u32 {
		self.count.unwrap_or(DEFAULT_COUNT).min(MAX_COUNT)
	}

	/// Returns whether whole resources are wanted.
	pub fn is_whole(&self) -> bool {
		matches!(self.summary, Summary::False | Summary::Count) && self.elements.is_empty()
	}

	/// Returns whether only the number of resources is wanted.
	pub fn is_count(&self) -> bool {
		self.summary == Summary::Count || self.count == Some(0)
	}
}

fn criterion(
	parameter: &Parameter,
	modifier: Option<&str>,
	text: &str,
	base: &str,
) -> Result<Criterion, Issue> {
	let name = parameter.name;
	// A modifier must be refused if it is not known, whatever the handling: without it, the search
	// would mean something else.
	let modifier = match (modifier, parameter.kind) {
		(None, _) => None,
		(Some("missing"), _) => Some(Modifier::Missing),
		(Some("not"), Kind::Token) => Some(Modifier::Not),
		(Some(_), _) => {
			let text =
				"this modifier is not supported here; use none, :missing, or :not of a token";
			return Err(Issue {
				kind: IssueKind::NotSupported,
				..wrong("unknown-modifier", name, text)
			});
		}
	};
	let parts = value::split(text, ',');
	if parts.len() > MAX_PARTS {
		let text = format!("a parameter has at most {MAX_PARTS} values; search in parts");
		return Err(Issue { kind: IssueKind::TooCostly, ..wrong("too-many-values", name, text) });
	}
	let values = parts.iter().map(|part| match modifier {
		Some(Modifier::Missing) => match part.as_str() {
			"true" => Ok(Value::Flag(true)),
			"false" => Ok(Value::Flag(false)),
			_ => Err(wrong("bad-missing", name, "give true or false")),
		},
		_ => Value::parse(parameter.kind, name, part, base),
	});
	Ok(Criterion { name, modifier, values: values.collect::<Result<_, _>>()? })
}

fn count(text: &str) -> Result<u32, Issue> {
	let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
	// A larger page than any is the largest.
	let number = is_number.then(|| text.parse().unwrap_or(u32::MAX));
	number.ok_or_else(|| wrong("bad-count", "_count", "give a number of resources"))
}

fn sort(resource: &Resource, text: &str) -> Result<Vec<SortKey>, Issue> {
	let keys = text.split(',').map(|key| {
		let (is_descending, name) = match key.strip_prefix('-') {
			Some(name) => (true, name),
			None => (false, key),
		};
		let parameter = resource.parameter(name).filter(|one| one.sorts);
		let key = parameter.map(|one| SortKey { name: one.name, is_descending });
		key.ok_or_else(|| {
			let names: Vec<_> =
				resource.parameters().filter(|one| one.sorts).map(|one| one.name).collect();
			let text = match names.is_empty() {
				true => format!("{} has a fixed order; leave _sort out", resource.name),
				false => format!("{} is sorted by {} only", resource.name, names.join(", ")),
			};
			Issue { kind: IssueKind::NotSupported, ..wrong("bad-sort", "_sort", text) }
		})
	});
	let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
	match keys.len() {
		0..=4 => Ok(keys),
		_ => Err(wrong("bad-sort", "_sort", "give at most four keys")),
	}
}

fn summary(text: &str) -> Result<Summary, Issue> {
	Ok(match text {
		"true" => Summary::True,
		"false" => Summary::False,
		"text" => Summary::Text,
		"data" => Summary::Data,
		"count" => Summary::Count,
		_ => {
			let text = "give true, text, data, count or false";
			return Err(wrong("bad-summary", "_summary", text));
		}
	})
}

fn elements(text: &str) -> Result<Vec<String>, Issue> {
	let names: Vec<String> = text.split(',').map(str::to_owned).collect();
	let is_name = |name: &String| {
		!name.is_empty()
			&& name.len() <= 64
			&& name.bytes().all(|byte| byte.is_ascii_alphanumeric())
	};
	if names.len() > MAX_PARTS || !names.iter().all(is_name) {
		let text = "give names of elements of the resource, separated by commas";
		return Err(wrong("bad-elements", "_elements", text));
	}
	Ok(names)
}

#[cfg(test)]
mod tests;
