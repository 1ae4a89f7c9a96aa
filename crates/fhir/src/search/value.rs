//! Values of search parameters.

use super::wrong;
use crate::{
	capability::Kind,
	outcome::Issue,
	time::{period, Period},
};

/// Comparison of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
	/// The searched period contains the resource's.
	Equal,
	/// The searched period does not contain the resource's.
	NotEqual,
	/// The resource's period reaches beyond it.
	Greater,
	/// The resource's period begins before it.
	Less,
	/// [`Prefix::Greater`] or [`Prefix::Equal`].
	GreaterOrEqual,
	/// [`Prefix::Less`] or [`Prefix::Equal`].
	LessOrEqual,
	/// The resource's period begins after it.
	StartsAfter,
	/// The resource's period ends before it.
	EndsBefore,
	/// Both overlap.
	Approximate,
}

/// One value of a search parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
	/// `code`, `system|code`, `|code` or `system|`.
	Token {
		/// The system; `None` for any, empty for none.
		system: Option<String>,
		/// The code; `None` for any of the system.
		code: Option<String>,
	},
	/// `id` or `Type/id`, perhaps with the address of this server.
	Reference {
		/// Type of the resource, if it is named.
		resource: Option<String>,
		/// Id of the resource.
		id: String,
	},
	/// A date with its comparison.
	Date(Prefix, Period),
	/// The value of `:missing`.
	Flag(bool),
}

impl Value {
	/// Reads a value of the parameter with this name. Refuses one that does not have the form that
	/// the kind of parameter asks for, and a reference to a server other than the one at `base`.
	pub(super) fn parse(kind: Kind, name: &str, text: &str, base: &str) -> Result<Self, Issue> {
		let own = match kind {
			Kind::Reference => within(text, base).ok_or_else(|| {
				let text = "this names a resource of another server; give an id or Type/id";
				wrong("element-value", name, text)
			})?,
			Kind::Token | Kind::Date => text,
		};
		Self::of(kind, own).ok_or_else(|| wrong("bad-value", name, kind.form()))
	}

	/// Reads a value; `None` if it does not have the form that the kind of parameter asks for.
	fn of(kind: Kind, text: &str) -> Option<Self> {
		match kind {
			Kind::Token => {
				let mut parts = split(text, '|').into_iter().map(|part| unescaped(&part));
				match (parts.next()?, parts.next(), parts.next()) {
					(code, None, None) => Some(Self::Token { system: None, code: Some(code) }),
					(system, Some(code), None) if !(system.is_empty() && code.is_empty()) => {
						let code = (!code.is_empty()).then_some(code);
						Some(Self::Token { system: Some(system), code })
					}
					_ => None,
				}
			}
			Kind::Reference => {
				let text = unescaped(text);
				let (resource, id) = match text.split_once('/') {
					Some((resource, id)) => (Some(resource.to_owned()), id.to_owned()),
					None => (None, text),
				};
				let is_type = |name: &String| {
					!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic())
				};
				(crate::id::is_valid(&id) && resource.as_ref().is_none_or(is_type))
					.then_some(Self::Reference { resource, id })
			}
			Kind::Date => {
				let (prefix, rest) = text.split_at_checked(2)?;
				let (prefix, rest) = match prefix {
					"eq" => (Prefix::Equal, rest),
					"ne" => (Prefix::NotEqual, rest),
					"gt" => (Prefix::Greater, rest),
					"lt" => (Prefix::Less, rest),
					"ge" => (Prefix::GreaterOrEqual, rest),
					"le" => (Prefix::LessOrEqual, rest),
					"sa" => (Prefix::StartsAfter, rest),
					"eb" => (Prefix::EndsBefore, rest),
					"ap" => (Prefix::Approximate, rest),
					_ => (Prefix::Equal, text),
				};
				period(rest).map(|period| Self::Date(prefix, period))
			}
		}
	}
}

/// Returns a reference without the address of this server; `None` if it has another server's
/// address.
fn within<'a>(reference: &'a str, base: &str) -> Option<&'a str> {
	let own = reference.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
	own.or_else(|| (!reference.contains("://")).then_some(reference))
}

/// Splits at a character that no backslash escapes. Leaves the escapes in the parts.
pub(super) fn split(text: &str, at: char) -> Vec<String> {
	let mut parts = vec![String::new()];
	let mut is_escaped = false;
	for character in text.chars() {
		if character == at && !is_escaped {
			parts.push(String::new());
		} else if let Some(part) = parts.last_mut() {
			part.push(character);
		}
		is_escaped = character == '\\' && !is_escaped;
	}
	parts
}

/// Removes the backslash before `\`, `,`, `|` and `$`.
fn unescaped(text: &str) -> String {
	let mut plain = String::with_capacity(text.len());
	let mut characters = text.chars().peekable();
	while let Some(character) = characters.next() {
		match (character, characters.peek()) {
			('\\', Some(next @ ('\\' | ',' | '|' | '$'))) => {
				plain.push(*next);
				characters.next();
			}
			_ => plain.push(character),
		}
	}
	plain
}
