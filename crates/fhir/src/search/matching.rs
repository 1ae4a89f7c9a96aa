//! Whether a resource matches a search, and in which order matches come.

use std::cmp::Ordering;

use super::{Criterion, Modifier, Prefix, Query, Value};
use crate::time::Period;

/// A value that a resource has for a search parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Indexed {
	/// A code or identifier.
	Token {
		/// System of the code or identifier.
		system: String,
		/// The code, or the identifier's value.
		code: String,
	},
	/// A reference to a resource of this server.
	Reference {
		/// Type of the resource.
		resource: &'static str,
		/// Id of the resource.
		id: String,
	},
	/// A moment or period.
	Date(Period),
}

/// A resource that can be searched.
pub trait Searchable {
	/// Returns what it has for a parameter; nothing if the element is missing.
	fn indexed(&self, parameter: &str) -> Vec<Indexed>;
}

impl Query {
	/// Returns whether a resource matches all criteria.
	pub fn matches(&self, resource: &impl Searchable) -> bool {
		self.criteria.iter().all(|criterion| criterion.matches(resource))
	}

	/// Compares two resources by the keys of the order.
	pub fn compare<R: Searchable>(&self, one: &R, other: &R) -> Ordering {
		let by = |name: &str| sort_value(one, name).cmp(&sort_value(other, name));
		self.sort.iter().fold(Ordering::Equal, |found, key| {
			found.then_with(|| match key.is_descending {
				true => by(key.name).reverse(),
				false => by(key.name),
			})
		})
	}
}

/// Returns the least value of a parameter.
fn sort_value(resource: &impl Searchable, name: &str) -> Option<(i64, String)> {
	let key = |indexed: Indexed| match indexed {
		Indexed::Token { code, .. } => (0, code),
		Indexed::Reference { id, .. } => (0, id),
		Indexed::Date(period) => (period.from, String::new()),
	};
	resource.indexed(name).into_iter().map(key).min()
}

impl Criterion {
	fn matches(&self, resource: &impl Searchable) -> bool {
		let found = resource.indexed(self.name);
		let any = || self.values.iter().any(|value| found.iter().any(|one| fits(value, one)));
		match self.modifier {
			None => any(),
			Some(Modifier::Not) => !any(),
			Some(Modifier::Missing) => self.values.contains(&Value::Flag(found.is_empty())),
		}
	}
}

fn fits(value: &Value, indexed: &Indexed) -> bool {
	match (value, indexed) {
		(Value::Token { system, code }, Indexed::Token { system: has, code: is }) => {
			system.as_ref().is_none_or(|system| system == has)
				&& code.as_ref().is_none_or(|code| code == is)
		}
		(Value::Reference { resource, id }, Indexed::Reference { resource: of, id: is }) => {
			resource.as_ref().is_none_or(|resource| resource == of) && id == is
		}
		(Value::Date(prefix, searched), Indexed::Date(has)) => compares(*prefix, searched, has),
		_ => false,
	}
}

/// Compares periods as FHIR R4 defines it for ranges.
fn compares(prefix: Prefix, searched: &Period, has: &Period) -> bool {
	let contains = searched.from <= has.from && has.until <= searched.until;
	let above = has.until > searched.until;
	let below = has.from < searched.from;
	match prefix {
		Prefix::Equal => contains,
		Prefix::NotEqual => !contains,
		Prefix::Greater => above,
		Prefix::Less => below,
		Prefix::GreaterOrEqual => above || contains,
		Prefix::LessOrEqual => below || contains,
		Prefix::StartsAfter => has.from >= searched.until,
		Prefix::EndsBefore => has.until <= searched.from,
		Prefix::Approximate => has.from < searched.until && searched.from < has.until,
	}
}
