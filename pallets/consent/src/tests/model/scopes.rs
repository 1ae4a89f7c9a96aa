//! Reference for scopes: tries every record and category that exists.

use super::*;

impl World {
	/// Returns whether all of `inner` is in `outer`.
	pub fn inside(&self, inner: &Scope, outer: &Scope) -> bool {
		let category = |id: &RecordId| self.filed(*id).map(|filed| filed.category);
		match outer {
			Scope::Everything => true,
			Scope::Categories(outer) => match inner {
				Scope::Everything => false,
				Scope::Categories(inner) => inner.iter().all(|one| outer.contains(one)),
				Scope::Record(id) => category(id).is_some_and(|one| outer.contains(&one)),
				Scope::Version { record, .. } => {
					category(record).is_some_and(|one| outer.contains(&one))
				}
			},
			Scope::Record(outer) => match inner {
				Scope::Record(inner) => inner == outer,
				Scope::Version { record, .. } => record == outer,
				_ => false,
			},
			Scope::Version { .. } => inner == outer,
		}
	}

	/// Returns whether something, present or future, is in both.
	pub fn touch(&self, one: &Scope, other: &Scope) -> bool {
		// A future record may be of any category and does not exist yet.
		let to_come = Category::ALL.iter().any(|category| {
			reaches(one, *category, None, None) && reaches(other, *category, None, None)
		});
		let there = self.records.iter().filter(|filed| !filed.erased).any(|filed| {
			(1..=filed.latest).any(|version| {
				let reached = |scope| reaches(scope, filed.category, Some(filed.id), Some(version));
				reached(one) && reached(other)
			})
		});
		to_come || there || self.erased_in_both(one, other)
	}

	/// An erased record has no category, but a scope can still name it.
	fn erased_in_both(&self, one: &Scope, other: &Scope) -> bool {
		let named = |scope: &Scope| match scope {
			Scope::Record(id) => Some((*id, None)),
			Scope::Version { record, version } => Some((*record, Some(*version))),
			_ => None,
		};
		match (named(one), named(other)) {
			(Some((a, v)), Some((b, w))) => a == b && (v == w || v.is_none() || w.is_none()),
			(Some(_), None) => *other == Scope::Everything,
			(None, Some(_)) => *one == Scope::Everything,
			(None, None) => false,
		}
	}
}

pub fn reaches(
	scope: &Scope,
	category: Category,
	record: Option<RecordId>,
	version: Option<Version>,
) -> bool {
	match scope {
		Scope::Everything => true,
		Scope::Categories(list) => list.contains(&category),
		Scope::Record(id) => record == Some(*id),
		Scope::Version { record: id, version: one } => record == Some(*id) && version == Some(*one),
	}
}
