//! Scopes: checks of the scopes that calls name, and relations between two scopes.

use crate::{Config, Error, Pallet};
use frame_support::{ensure, traits::Get, BoundedVec};
use salus_primitives::{
	Category, Confidentiality, Expression, Record, RecordEntry, RecordId, RecordQuery, Scope,
};

impl<T: Config> Pallet<T> {
	/// Returns the scope with canonical categories, if it names only the patient's own records.
	pub(crate) fn checked_scope(patient: &T::AccountId, scope: Scope) -> Result<Scope, Error<T>> {
		match scope {
			Scope::Everything => Ok(Scope::Everything),
			Scope::Categories(categories) => Ok(Scope::Categories(Self::canonical(categories)?)),
			Scope::Record(record) => {
				Self::own_record(patient, &record)?;
				Ok(Scope::Record(record))
			}
			Scope::Version { record, version } => {
				let Record { latest, .. } = Self::own_record(patient, &record)?;
				ensure!((1..=latest).contains(&version), Error::<T>::UnknownVersion);
				Ok(Scope::Version { record, version })
			}
		}
	}

	/// Returns the record, if it is live and the patient's.
	fn own_record(patient: &T::AccountId, id: &RecordId) -> Result<Record<T::AccountId>, Error<T>> {
		match T::Records::record(id).ok_or(Error::<T>::UnknownRecord)? {
			RecordEntry::Live(record) if record.patient == *patient => Ok(record),
			RecordEntry::Erased(stone) if stone.patient == *patient => {
				Err(Error::<T>::RecordErased)
			}
			RecordEntry::Live(_) | RecordEntry::Erased(_) => Err(Error::<T>::NotYourRecord),
		}
	}

	/// Returns the set in order and without repetitions, if it is not empty.
	pub(crate) fn canonical<Item: Ord, Limit: Get<u32>>(
		set: BoundedVec<Item, Limit>,
	) -> Result<BoundedVec<Item, Limit>, Error<T>> {
		let mut items = set.into_inner();
		items.sort_unstable();
		items.dedup();
		ensure!(!items.is_empty(), Error::<T>::EmptySet);
		Ok(BoundedVec::truncate_from(items))
	}

	/// Checks that a condition, if there is one, can be evaluated.
	pub(crate) fn check_condition(condition: Option<&Expression>) -> Result<(), Error<T>> {
		ensure!(condition.is_none_or(Expression::is_well_formed), Error::<T>::MalformedCondition);
		Ok(())
	}

	/// Returns whether `outer` covers every record that `inner` covers now or will cover.
	pub(crate) fn is_within(inner: &Scope, outer: &Scope) -> bool {
		match (inner, outer) {
			(_, Scope::Everything) => true,
			(Scope::Categories(inner), Scope::Categories(outer)) => is_subset(inner, outer),
			(Scope::Record(id) | Scope::Version { record: id, .. }, Scope::Categories(outer)) => {
				Self::nature_of(id).is_some_and(|(category, _)| outer.contains(&category))
			}
			(Scope::Record(inner) | Scope::Version { record: inner, .. }, Scope::Record(outer)) => {
				inner == outer
			}
			(Scope::Version { .. }, Scope::Version { .. }) => inner == outer,
			(Scope::Everything | Scope::Categories(_) | Scope::Record(_), _) => false,
		}
	}

	/// Returns whether both may cover the same record.
	pub(crate) fn may_overlap(one: &Scope, other: &Scope) -> bool {
		match (one, other) {
			(Scope::Categories(one), Scope::Categories(other)) => overlap(one, other),
			_ => Self::is_within(one, other) || Self::is_within(other, one),
		}
	}

	/// Returns the category and confidentiality of a live record.
	pub(crate) fn nature_of(id: &RecordId) -> Option<(Category, Confidentiality)> {
		match T::Records::record(id)? {
			RecordEntry::Live(record) => Some((record.category, record.confidentiality)),
			RecordEntry::Erased(_) => None,
		}
	}
}

/// Returns whether every item of `inner` is in `outer`.
pub(crate) fn is_subset<Item: PartialEq>(inner: &[Item], outer: &[Item]) -> bool {
	inner.iter().all(|item| outer.contains(item))
}

/// Returns whether the two have an item in common.
pub(crate) fn overlap<Item: PartialEq>(one: &[Item], other: &[Item]) -> bool {
	one.iter().any(|item| other.contains(item))
}
