//! The act that a decision is about, and the patient's terms that it is checked against.

use crate::{context::Context, types::Guardians, Config, Pallet};
use alloc::{vec, vec::Vec};
use core::cell::OnceCell;
use salus_primitives::{
	Action, Basis, Category, Confidentiality, Denial, DenialId, Grant, GrantId, Moment, Purpose,
	Question, RecordId, Scope, Version,
};

/// Target of an act.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
	pub(crate) category: Category,
	/// Confidentiality of the record. `None` for a record that is about to be added.
	pub(crate) confidentiality: Option<Confidentiality>,
	/// Identifier of the record. `None` for a record that is about to be added.
	pub(crate) record: Option<&'a RecordId>,
	/// Number of the version. `None` for a version that is about to be added.
	pub(crate) version: Option<Version>,
}

impl Target<'_> {
	pub(crate) fn is_covered_by(&self, scope: &Scope) -> bool {
		scope.covers(self.category, self.record, self.version)
	}
}

/// Intended act, with its context.
pub(crate) struct Act<'a, T: Config> {
	pub(crate) target: &'a Target<'a>,
	pub(crate) purpose: Purpose,
	pub(crate) action: Action,
	/// Basis of the permit that was counted for this act. `None` if the act is decided for the
	/// first time.
	counted: Option<&'a Basis>,
	pub(crate) context: Context<'a, T>,
}

impl<'a, T: Config> Act<'a, T> {
	/// Creates the act of `actor`, decided for the first time.
	pub(crate) fn new(
		patient: &'a T::AccountId,
		actor: &'a T::AccountId,
		purpose: &'a Purpose,
		action: Action,
		target: &'a Target<'a>,
		now: Moment,
	) -> Self {
		Self {
			target,
			purpose: *purpose,
			action,
			counted: None,
			context: Context {
				patient,
				actor,
				purposes: core::slice::from_ref(purpose),
				categories: Some(vec![target.category]),
				confidentiality: target.confidentiality,
				now,
				case: OnceCell::new(),
			},
		}
	}

	/// Returns the act that a question is about.
	pub(crate) fn of_question(
		patient: &'a T::AccountId,
		question: &'a Question<T::AccountId>,
		target: &'a Target<'a>,
		counted: Option<&'a Basis>,
		now: Moment,
	) -> Self {
		let Question { reader, purpose, action, .. } = question;
		Self { counted, ..Self::new(patient, reader, purpose, *action, target, now) }
	}

	/// Returns the use that was counted for this act, as seen from this grant.
	pub(crate) fn counted_by(&self, grant: GrantId) -> Counted {
		match self.counted {
			None => Counted::NotYet,
			Some(basis) if *basis == Basis::Grant(grant) => Counted::ByThisGrant,
			Some(_) => Counted::ByAnother,
		}
	}
}

/// Use that was counted for an act, as seen from one grant.
#[derive(Clone, Copy)]
pub(crate) enum Counted {
	/// None, because the act is decided for the first time.
	NotYet,
	/// One of this grant. It does not count against the grant.
	ByThisGrant,
	/// One of another basis. This grant, if its uses are limited, has none left for the act.
	ByAnother,
}

/// Denial with its number.
pub(crate) type NumberedDenial<T> = (DenialId, Denial<<T as frame_system::Config>::AccountId>);

/// Grant with its number.
pub(crate) type NumberedGrant<T> = (GrantId, Grant<<T as frame_system::Config>::AccountId>);

/// A patient's guardians, denials and grants. Each is read when it is first needed, and once.
pub(crate) struct PatientTerms<'a, T: Config> {
	pub(crate) patient: &'a T::AccountId,
	guardians: OnceCell<Guardians<T::AccountId>>,
	denials: OnceCell<Vec<NumberedDenial<T>>>,
	grants: OnceCell<Vec<NumberedGrant<T>>>,
}

impl<'a, T: Config> PatientTerms<'a, T> {
	pub(crate) fn of(patient: &'a T::AccountId) -> Self {
		Self {
			patient,
			guardians: OnceCell::new(),
			denials: OnceCell::new(),
			grants: OnceCell::new(),
		}
	}

	pub(crate) fn guardians(&self) -> &Guardians<T::AccountId> {
		self.guardians.get_or_init(|| crate::Guardians::<T>::get(self.patient))
	}

	pub(crate) fn denials(&self) -> &[NumberedDenial<T>] {
		self.denials.get_or_init(|| Pallet::<T>::denials_of(self.patient))
	}

	pub(crate) fn grants(&self) -> &[NumberedGrant<T>] {
		self.grants.get_or_init(|| Pallet::<T>::grants_of(self.patient))
	}
}
