//! Opening and removing emergency cases. See `reviews` for what happens in between.

use crate::*;
use alloc::vec::Vec;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	traits::Get,
	weights::Weight,
	BoundedVec,
};
use salus_primitives::{
	CaseId, CaseStatus, ConsentPolicy, CredentialQuery, EmergencyCase, EmergencyQuery,
	EmergencyReason, Hash32, LogEvent, Moment, OrganisationId, OrganisationKind, Role, RoleQuery,
};
use sp_runtime::{traits::Zero, DispatchError, DispatchResult};

/// Error of a refused opening, with the weight of what was done before it.
pub(crate) struct RefusedOpening {
	pub(crate) error: DispatchError,
	pub(crate) weight: Weight,
}

impl<T: Config> Pallet<T> {
	/// Opens a case. Reports the weight of the work done, even if it fails.
	pub(crate) fn do_open_emergency(
		who: T::AccountId,
		patient: T::AccountId,
		organisation: OrganisationId,
		reason: EmergencyReason,
		statement: Hash32,
	) -> DispatchResultWithPostInfo {
		let terms = T::Consent::terms_weight(&patient);
		Self::open_case_for(who, patient, organisation, reason, statement, terms)
			.map(|()| Some(Self::open_emergency_weight_for(terms)).into())
			.map_err(|refused| refused.error.with_weight(refused.weight))
	}

	/// Opens a case for a patient whose denials add `terms` to a decision.
	pub(crate) fn open_case_for(
		who: T::AccountId,
		patient: T::AccountId,
		organisation: OrganisationId,
		reason: EmergencyReason,
		statement: Hash32,
		terms: Weight,
	) -> Result<(), RefusedOpening> {
		let now = Self::now();
		Self::check_opener(&who, &patient, organisation, statement, now)
			.map_err(|error| RefusedOpening { error, weight: Self::refused_opener_weight() })?;
		Self::enforce_opening_limits(&who, &patient, organisation, now).map_err(|error| {
			RefusedOpening { error, weight: Self::refused_opening_weight(terms) }
		})?;
		Self::store_case(who, patient, organisation, reason, statement, now).map_err(|error| {
			RefusedOpening { error, weight: Self::open_emergency_weight_for(terms) }
		})
	}

	fn store_case(
		who: T::AccountId,
		patient: T::AccountId,
		organisation: OrganisationId,
		reason: EmergencyReason,
		statement: Hash32,
		now: Moment,
	) -> DispatchResult {
		let case = CaseCount::<T>::get().checked_add(1).ok_or(Error::<T>::TooManyCases)?;
		Self::enforce_case_limits(&patient, organisation, case)?;
		Unreviewed::<T>::try_append(organisation, case)
			.map_err(|()| Error::<T>::TooManyUnreviewed)?;
		let until = now.saturating_add(T::EmergencyLifetime::get());
		let review_by = now.saturating_add(T::ReviewPeriod::get());
		CaseCount::<T>::put(case);
		LatestCase::<T>::insert(&patient, &who, case);
		RunningUntil::<T>::insert(organisation, until);
		Reviews::<T>::insert(
			case,
			Review {
				lot: Some(Self::ask_for_lot()),
				vouchers: Self::vouchers(&who),
				votes: Default::default(),
			},
		);
		Cases::<T>::insert(
			case,
			EmergencyCase {
				patient: patient.clone(),
				opener: who.clone(),
				organisation,
				reason,
				statement,
				opened: now,
				until,
				review_by,
				auditor: None,
				admin: None,
				status: CaseStatus::Open,
			},
		);
		let event = LogEvent::EmergencyOpened { case, reason, statement, until };
		Self::append(&patient, who.clone(), Some(organisation), event, now)?;
		Self::deposit_event(Event::EmergencyOpened {
			case,
			patient,
			opener: who,
			organisation,
			reason,
			until,
			review_by,
		});
		Ok(())
	}

	/// Returns the maximum weight of [`Pallet::open_emergency`].
	pub fn open_emergency_weight() -> Weight {
		Self::open_emergency_weight_for(T::Consent::max_terms_weight())
	}

	/// Returns the weight of opening a case for a patient whose denials add `terms` to a decision.
	fn open_emergency_weight_for(terms: Weight) -> Weight {
		T::WeightInfo::open_emergency()
			.saturating_add(Self::vouching_weight())
			.saturating_add(terms)
	}

	/// Returns the weight of the checks that need none of the patient's terms.
	fn refused_opener_weight() -> Weight {
		// The hospital, and the numbers of the patient's grants and denials.
		Self::vouching_weight().saturating_add(T::DbWeight::get().reads(3))
	}

	/// Returns the weight of the checks before a case is stored. They include those that tell
	/// whether a case still opens records.
	fn refused_opening_weight(terms: Weight) -> Weight {
		Self::open_case_weight()
			.saturating_add(Self::vouching_weight())
			// The hospital, its bond, its queue with the first case, and three lists of openings.
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(terms)
	}

	/// Returns the maximum weight of the other pallets' part in the checks of an opening, without
	/// what the patient's denials add.
	pub(crate) fn vouching_weight() -> Weight {
		T::Roles::memberships_weight()
			.saturating_add(T::Credentials::is_attested_weight().saturating_mul(4))
	}

	/// Checks that the caller may open cases, gives a statement, and names a patient.
	fn check_opener(
		who: &T::AccountId,
		patient: &T::AccountId,
		organisation: OrganisationId,
		statement: Hash32,
		now: Moment,
	) -> DispatchResult {
		ensure!(statement != [0; 32], Error::<T>::NoStatement);
		ensure!(
			T::Roles::is_live_member(who, Role::Practitioner, Some(organisation), now),
			Error::<T>::NotPractitioner
		);
		ensure!(
			T::Roles::kind(organisation) == Some(OrganisationKind::Hospital),
			Error::<T>::NotHospital
		);
		ensure!(T::Credentials::is_attested(who, Role::Practitioner), Error::<T>::NotAttested);
		ensure!(Self::is_vouched_by_two(who), Error::<T>::VouchedByOne);
		ensure!(who != patient, Error::<T>::Oneself);
		// The patient's membership need not be live: an unconscious patient cannot renew it.
		ensure!(
			T::Roles::memberships(patient).iter().any(|(role, _)| *role == Role::Patient),
			Error::<T>::UnknownPatient
		);
		Ok(())
	}

	/// Checks that the caller may open a case for this patient now, and counts the opening.
	fn enforce_opening_limits(
		who: &T::AccountId,
		patient: &T::AccountId,
		organisation: OrganisationId,
		now: Moment,
	) -> DispatchResult {
		ensure!(Self::open_case(who, patient, now).is_none(), Error::<T>::AlreadyOpen);
		// Reviewing a case that opens nothing would be pointless.
		ensure!(
			T::Consent::bars_emergency(who, patient, now).is_none(),
			Error::<T>::BarredByPatient
		);
		Self::ensure_hospital_answers(organisation, now)?;
		Self::charge_opening(who, organisation, now)
	}

	/// Checks that the hospital's bond is large enough and that none of its cases is overdue for
	/// review.
	fn ensure_hospital_answers(organisation: OrganisationId, now: Moment) -> DispatchResult {
		let bond = Bonds::<T>::get(organisation).map_or_else(Zero::zero, |bond| bond.amount);
		ensure!(bond >= T::MinBond::get(), Error::<T>::BondTooSmall);
		// The queue is ordered by due time, so checking the first case is enough.
		let overdue = Unreviewed::<T>::get(organisation)
			.first()
			.and_then(Cases::<T>::get)
			.is_some_and(|first| first.review_by <= now);
		ensure!(!overdue, Error::<T>::ReviewOverdue);
		Ok(())
	}

	/// Counts an opening against the limits of the clinician, of the hospital, and of the
	/// administrator who admitted the clinician. Fails if one is reached.
	fn charge_opening(
		who: &T::AccountId,
		organisation: OrganisationId,
		now: Moment,
	) -> DispatchResult {
		OpeningsOf::<T>::try_mutate(who, |list| {
			Self::count_opening(list, now).map_err(|()| Error::<T>::TooManyEmergencies)
		})?;
		OpeningsFor::<T>::try_mutate(organisation, |list| {
			Self::count_opening(list, now).map_err(|()| Error::<T>::TooManyOfHospital)
		})?;
		if let Some(admin) = T::Roles::admitted_by(who, Role::Practitioner) {
			OpeningsUnder::<T>::try_mutate(admin, |list| {
				Self::count_opening(list, now).map_err(|()| Error::<T>::TooManyUnderAdmin)
			})?;
		}
		Ok(())
	}

	fn count_opening<Most: Get<u32>>(
		list: &mut BoundedVec<Moment, Most>,
		now: Moment,
	) -> Result<(), ()> {
		list.retain(|at| now < at.saturating_add(T::EmergencyWindow::get()));
		list.try_push(now).map_err(|_| ())
	}

	/// Adds a hospital's case to the patient's list, unless too many of its cases in the list are
	/// open. If the list is full, removes the oldest decided case.
	fn enforce_case_limits(
		patient: &T::AccountId,
		organisation: OrganisationId,
		case: CaseId,
	) -> DispatchResult {
		let list = CasesOf::<T>::get(patient);
		// The queue has the hospital's open cases and no others.
		let queue = Unreviewed::<T>::get(organisation);
		let open = list.iter().filter(|id| queue.contains(id)).count() as u32;
		ensure!(open < T::MaxUnreviewedPerPatient::get(), Error::<T>::TooManyForPatient);
		if list.is_full() {
			let (oldest, decided) = list
				.iter()
				.filter_map(|id| Some((*id, Cases::<T>::get(id)?)))
				.find(|(_, kept)| kept.status != CaseStatus::Open)
				.ok_or(Error::<T>::TooManyCases)?;
			Self::remove_case(oldest, &decided);
		}
		CasesOf::<T>::try_append(patient, case).map_err(|()| Error::<T>::TooManyCases)?;
		Ok(())
	}

	pub(crate) fn do_forget_case(who: &T::AccountId, id: CaseId) -> DispatchResult {
		let now = Self::now();
		let case = Cases::<T>::get(id).ok_or(Error::<T>::UnknownCase)?;
		Self::ensure_keeper(who, &case.patient, now)?;
		ensure!(case.status != CaseStatus::Open, Error::<T>::NotDecided);
		ensure!(Self::is_past(case.opened, now), Error::<T>::TooYoung);
		Self::remove_case(id, &case);
		Ok(())
	}

	fn remove_case(id: CaseId, case: &EmergencyCase<T::AccountId>) {
		Cases::<T>::remove(id);
		Reviews::<T>::remove(id);
		CasesOf::<T>::mutate_exists(&case.patient, |list| {
			if let Some(kept) = list {
				kept.retain(|other| *other != id);
				if kept.is_empty() {
					*list = None;
				}
			}
		});
		LatestCase::<T>::mutate_exists(&case.patient, &case.opener, |latest| {
			latest.take_if(|latest| *latest == id);
		});
		Self::deposit_event(Event::CaseForgotten { case: id });
	}

	/// Returns an emergency case.
	pub fn emergency(id: CaseId) -> Option<EmergencyCase<T::AccountId>> {
		Cases::<T>::get(id)
	}

	/// Returns the patient's emergency cases that are kept, oldest first.
	pub fn emergencies_of(patient: &T::AccountId) -> Vec<(CaseId, EmergencyCase<T::AccountId>)> {
		Self::with_cases(CasesOf::<T>::get(patient).into_inner())
	}

	/// Returns the hospital's cases that await a review, the one due first at the front.
	pub fn reviews_due(organisation: OrganisationId) -> Vec<(CaseId, EmergencyCase<T::AccountId>)> {
		Self::with_cases(Unreviewed::<T>::get(organisation).into_inner())
	}

	/// Returns whether a case opens records to its opener now.
	pub(crate) fn opens_records(
		id: CaseId,
		case: &EmergencyCase<T::AccountId>,
		now: Moment,
	) -> bool {
		now < case.until
			&& case.status != CaseStatus::Rejected
			&& T::Roles::is_live_member(
				&case.opener,
				Role::Practitioner,
				Some(case.organisation),
				now,
			)
			&& T::Credentials::is_attested(&case.opener, Role::Practitioner)
			// Cases older than the introduction of panels did not need it.
			&& (Reviews::<T>::get(id).is_none_or(|review| review.lot.is_none())
				|| Self::is_vouched_by_two(&case.opener))
	}

	fn with_cases(ids: Vec<CaseId>) -> Vec<(CaseId, EmergencyCase<T::AccountId>)> {
		ids.into_iter().filter_map(|id| Some((id, Cases::<T>::get(id)?))).collect()
	}
}

/// A case opens records until its end, unless it was rejected. It does so only while its opener
/// could open it again: as a live practitioner of that hospital with an attested credential.
impl<T: Config> EmergencyQuery<T::AccountId> for Pallet<T> {
	fn open_case(reader: &T::AccountId, patient: &T::AccountId, now: Moment) -> Option<CaseId> {
		let id = LatestCase::<T>::get(patient, reader)?;
		let case = Cases::<T>::get(id)?;
		Self::opens_records(id, &case, now).then_some(id)
	}

	fn open_case_weight() -> Weight {
		T::WeightInfo::open_case()
			.saturating_add(T::Credentials::is_attested_weight().saturating_mul(2))
	}
}
