//! SMART scopes, version 2, of systems: `system/Type.cruds`.

use std::fmt;

use salus_fhir::capability;

/// Permitted actions on resources of a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Actions {
	create: bool,
	read: bool,
	update: bool,
	delete: bool,
	search: bool,
}

/// One thing that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
	Create,
	Read,
	Update,
	Delete,
	Search,
}

impl Act {
	/// Returns the scope that allows it on resources of a type, and nothing else.
	pub(crate) fn scope(self, resource: &str) -> String {
		let letter = match self {
			Self::Create => 'c',
			Self::Read => 'r',
			Self::Update => 'u',
			Self::Delete => 'd',
			Self::Search => 's',
		};
		format!("system/{resource}.{letter}")
	}
}

impl Actions {
	/// Reads letters in the order `cruds`, or a word of version 1.
	fn parse(text: &str) -> Option<Self> {
		match text {
			"read" => return Self::parse("rs"),
			"write" => return Self::parse("cud"),
			"*" => return Self::parse("cruds"),
			"" => return None,
			_ => {}
		}
		let mut actions = Self::default();
		let mut rest = text;
		for (letter, allows) in [
			('c', &mut actions.create),
			('r', &mut actions.read),
			('u', &mut actions.update),
			('d', &mut actions.delete),
			('s', &mut actions.search),
		] {
			if let Some(after) = rest.strip_prefix(letter) {
				(*allows, rest) = (true, after);
			}
		}
		rest.is_empty().then_some(actions)
	}

	fn common(self, other: Self) -> Self {
		Self {
			create: self.create && other.create,
			read: self.read && other.read,
			update: self.update && other.update,
			delete: self.delete && other.delete,
			search: self.search && other.search,
		}
	}

	fn allow(self, act: Act) -> bool {
		match act {
			Act::Create => self.create,
			Act::Read => self.read,
			Act::Update => self.update,
			Act::Delete => self.delete,
			Act::Search => self.search,
		}
	}
}

impl fmt::Display for Actions {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		for (letter, allows) in [
			("c", self.create),
			("r", self.read),
			("u", self.update),
			("d", self.delete),
			("s", self.search),
		] {
			if allows {
				f.write_str(letter)?;
			}
		}
		Ok(())
	}
}

/// Maximum number of scopes in a set.
pub(super) const MAX_SCOPES: usize = 64;

/// Reason why scopes cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScopeError {
	#[error("there are more than {MAX_SCOPES} scopes; give fewer, such as system/*.rs")]
	TooMany,
	/// The beginning of a word that is not a scope.
	#[error("{0} is not a scope such as system/Binary.r")]
	Not(String),
}

/// A scope: a type, or `*` for all, and the actions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scope {
	resource: String,
	actions: Actions,
}

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<Scope>);

impl Scopes {
	/// Reads scopes separated by spaces.
	pub(crate) fn parse(text: &str) -> Result<Self, ScopeError> {
		if text.split_ascii_whitespace().nth(MAX_SCOPES).is_some() {
			return Err(ScopeError::TooMany);
		}
		let scopes = text.split_ascii_whitespace().map(|text| {
			let scope = text.strip_prefix("system/").and_then(|rest| rest.split_once('.'));
			let scope = scope.and_then(|(resource, actions)| {
				let is_type = resource == "*"
					|| (!resource.is_empty()
						&& resource.bytes().all(|byte| byte.is_ascii_alphabetic()));
				let actions = Actions::parse(actions).filter(|_| is_type)?;
				Some(Scope { resource: resource.to_owned(), actions })
			});
			scope.ok_or_else(|| ScopeError::Not(text.chars().take(64).collect()))
		});
		Ok(Self(scopes.collect::<Result<_, _>>()?))
	}

	/// Returns what both sets allow.
	pub(crate) fn common(&self, other: &Self) -> Self {
		let pairs = self.0.iter().flat_map(|one| other.0.iter().map(move |two| (one, two)));
		let common = pairs.filter_map(|(one, two)| {
			let resource = match (&*one.resource, &*two.resource) {
				(resource, "*") | ("*", resource) => resource,
				(one, two) if one == two => one,
				_ => return None,
			};
			let actions = one.actions.common(two.actions);
			let resource = resource.to_owned();
			(actions != Actions::default()).then_some(Scope { resource, actions })
		});
		Self(common.collect())
	}

	/// Leaves out the types that the server does not have: a scope for one would be a promise that
	/// it cannot keep.
	pub(crate) fn of_server(mut self) -> Self {
		let is_known = |name: &str| name == "*" || capability::resource(name).is_some();
		self.0.retain(|scope| is_known(&scope.resource));
		self
	}

	pub(crate) fn is_empty(&self) -> bool {
		self.0.is_empty()
	}

	/// Returns whether an action on resources of a type is allowed.
	pub(crate) fn allow(&self, resource: &str, act: Act) -> bool {
		let of = |scope: &&Scope| scope.resource == "*" || scope.resource == resource;
		self.0.iter().filter(of).any(|scope| scope.actions.allow(act))
	}
}

impl fmt::Display for Scopes {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		for (index, Scope { resource, actions }) in self.0.iter().enumerate() {
			let space = if index == 0 { "" } else { " " };
			write!(f, "{space}system/{resource}.{actions}")?;
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn scopes(text: &str) -> Scopes {
		Scopes::parse(text).unwrap()
	}

	#[test]
	fn scopes_are_read_and_written() {
		for (text, written) in [
			("system/*.cruds", "system/*.cruds"),
			("system/Binary.r  system/Patient.rs", "system/Binary.r system/Patient.rs"),
			("system/Binary.read", "system/Binary.rs"),
			("system/Binary.write", "system/Binary.cud"),
			("", ""),
		] {
			assert_eq!(scopes(text).to_string(), written);
		}
		for text in [
			"Binary.r",
			"user/Binary.r",
			"system/Binary",
			"system/Binary.",
			"system/Binary.sr",
			"system/Binary.x",
			"system/.r",
			"system/Bin ary.r",
			"system/Binary.rs?category=x",
			"openid",
		] {
			assert!(Scopes::parse(text).is_err(), "{text}");
		}
	}

	#[test]
	fn the_scope_of_an_act_allows_it_alone() {
		let acts = [Act::Create, Act::Read, Act::Update, Act::Delete, Act::Search];
		for act in acts {
			let given = scopes(&act.scope("Subscription"));
			let allowed = acts.into_iter().filter(|one| given.allow("Subscription", *one));
			assert_eq!(allowed.collect::<Vec<_>>(), [act]);
			assert!(!given.allow("Consent", act));
		}
		assert_eq!(Act::Create.scope("Subscription"), "system/Subscription.c");
	}

	#[test]
	fn no_scope_is_dropped() {
		let many = |count| vec!["system/Binary.r"; count].join(" ");
		assert!(Scopes::parse(&many(MAX_SCOPES)).is_ok());
		assert_eq!(Scopes::parse(&many(MAX_SCOPES + 1)), Err(ScopeError::TooMany));
	}

	#[test]
	fn a_client_gets_what_it_asks_for_within_what_it_may() {
		let may = scopes("system/*.rs system/DocumentReference.cu");
		for (wants, gets) in [
			("system/Binary.cruds", "system/Binary.rs"),
			("system/DocumentReference.c", "system/DocumentReference.c"),
			("system/Binary.d", ""),
			("system/*.r", "system/*.r"),
		] {
			assert_eq!(may.common(&scopes(wants)).to_string(), gets, "{wants}");
		}
		assert!(may.allow("DocumentReference", Act::Create) && may.allow("Patient", Act::Search));
		assert!(!may.allow("Patient", Act::Create) && !may.allow("Binary", Act::Delete));
	}
}
