//! The context in which conditions are evaluated.

use crate::{person::Person, Config, Pallet};
use alloc::{vec, vec::Vec};
use core::cell::OnceCell;
use salus_primitives::{
	Attribute, CaseId, Category, Confidentiality, EmergencyQuery, Expression, MemberInfo, Moment,
	Purpose, Scope, MINUTES_PER_DAY,
};

const MILLISECONDS_PER_MINUTE: u64 = 60_000;

/// Facts known when somebody acts or asks for permission to act. Several purposes or categories
/// mean any one of them.
pub(crate) struct Context<'a, T: Config> {
	pub(crate) patient: &'a T::AccountId,
	pub(crate) actor: &'a T::AccountId,
	pub(crate) purposes: &'a [Purpose],
	/// Possible categories. `None` means any category.
	pub(crate) categories: Option<Vec<Category>>,
	/// Confidentiality of the record. `None` if it is not known.
	pub(crate) confidentiality: Option<Confidentiality>,
	pub(crate) now: Moment,
	/// Open emergency case, cached after the first lookup.
	pub(crate) case: OnceCell<Option<CaseId>>,
}

impl<'a, T: Config> Context<'a, T> {
	/// Returns the context of an account that requests, or passes on, access over `scope`.
	pub(crate) fn over(
		scope: &Scope,
		patient: &'a T::AccountId,
		actor: &'a T::AccountId,
		purposes: &'a [Purpose],
		now: Moment,
	) -> Self {
		let (categories, confidentiality) = match scope {
			Scope::Record(id) | Scope::Version { record: id, .. } => {
				Pallet::<T>::nature_of(id).unzip()
			}
			_ => (None, None),
		};
		let categories = match scope {
			Scope::Categories(categories) => Some(categories.to_vec()),
			_ => categories.map(|category| vec![category]),
		};
		Self { patient, actor, purposes, categories, confidentiality, now, case: OnceCell::new() }
	}

	/// Returns the actor's open emergency case.
	pub(crate) fn case(&self) -> Option<CaseId> {
		*self.case.get_or_init(|| T::Emergencies::open_case(self.actor, self.patient, self.now))
	}

	/// Returns whether the actor's open emergency case was looked for.
	pub(crate) fn has_read_case(&self) -> bool {
		self.case.get().is_some()
	}

	/// Returns whether the condition is met under at least one of the person's live memberships to
	/// which `is_meant_by` applies.
	///
	/// Returns `Some(true)` if it is met under one, `Some(false)` if under none, and `None` if that
	/// is unknown. No condition is always met.
	pub(crate) fn meets(
		&self,
		condition: Option<&Expression>,
		person: &Person<T::AccountId>,
		is_meant_by: impl Fn(&MemberInfo) -> bool,
	) -> Option<bool> {
		let Some(condition) = condition else {
			return Some(true);
		};
		let mut met = Some(false);
		for held in person.live_where(is_meant_by) {
			match self.meets_as(Some(condition), person, held) {
				Some(true) => return Some(true),
				Some(false) => (),
				None => met = None,
			}
		}
		met
	}

	/// Returns whether the condition is met under this membership of the person, as for
	/// [`Context::meets`].
	pub(crate) fn meets_as(
		&self,
		condition: Option<&Expression>,
		person: &Person<T::AccountId>,
		held: &MemberInfo,
	) -> Option<bool> {
		condition.map_or(Some(true), |condition| {
			condition.truth(|attribute| self.truth(attribute, person, held))
		})
	}

	fn truth(
		&self,
		attribute: &Attribute,
		person: &Person<T::AccountId>,
		held: &MemberInfo,
	) -> Option<bool> {
		match attribute {
			Attribute::Role(role) => Some(held.role == *role),
			Attribute::Specialty(specialty) => Some(held.member.specialty == Some(*specialty)),
			Attribute::OrganisationKind(kind) => Some(person.kind::<T>(held) == Some(*kind)),
			Attribute::Organisation(id) => Some(held.acts_for() == Some(*id)),
			Attribute::Purpose(purpose) => is_one_of(purpose, self.purposes),
			Attribute::Category(category) => {
				self.categories.as_ref().and_then(|categories| is_one_of(category, categories))
			}
			Attribute::ConfidentialityAtMost(most) => match self.confidentiality {
				Some(confidentiality) => Some(confidentiality <= *most),
				// Nothing is more confidential than this.
				None => (*most == Confidentiality::VeryRestricted).then_some(true),
			},
			Attribute::TimeOfDay { from, until } => Some(is_within(self.now, *from, *until)),
			Attribute::EmergencyOpen => Some(self.case().is_some()),
		}
	}
}

/// Returns whether the single item that `any` stands for is `item`, or `None` if it may be one of
/// several.
fn is_one_of<Item: PartialEq>(item: &Item, any: &[Item]) -> Option<bool> {
	if !any.contains(item) {
		Some(false)
	} else if any.iter().all(|other| other == item) {
		Some(true)
	} else {
		None
	}
}

/// Returns whether the time of day at `now` is in the window, which may cross midnight.
fn is_within(now: Moment, from: u16, until: u16) -> bool {
	let minute = now
		.checked_div(MILLISECONDS_PER_MINUTE)
		.and_then(|minutes| minutes.checked_rem(MINUTES_PER_DAY.into()))
		.unwrap_or_default();
	let (from, until) = (u64::from(from), u64::from(until));
	if from < until {
		(from..until).contains(&minute)
	} else {
		minute >= from || minute < until
	}
}
