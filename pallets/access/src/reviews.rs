//! Reviews of emergencies, by auditors drawn by lot and by the hospital.
//!
//! The council appoints auditors. For each case, some auditors of other organisations are drawn, at
//! most one of each organisation. The lot is the hash of the block after the one that opened the
//! case. The opener cannot know it in advance, and it is stored as soon as it exists, so nobody
//! gains by waiting. The lot fixes the order for good. If an auditor may no longer vote, the next
//! one takes the seat. Further seats are added while a case waits, so that silent auditors do not
//! hold a hospital up.
//!
//! The hospital has one vote. Nobody who opened the case, admitted the opener or attested the
//! opener's credential may cast it.

use crate::*;
use alloc::vec::Vec;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	traits::Get,
	weights::Weight,
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use salus_primitives::{
	CaseId, CaseStatus, CredentialQuery, EmergencyCase, LogEvent, Moment, OrganisationId, Panel,
	PanelVote, Reviewer, Role, RoleControl, RoleQuery, MAX_VOTES, PANEL,
};
use sp_runtime::{
	traits::{Hash, One, Saturating, Zero},
	DispatchError, DispatchResult,
};

/// Number of times that the panel grows until the review is due.
const GROWTHS: u64 = 3;

impl<T: Config> Pallet<T> {
	// ---- the council's part ----

	pub(crate) fn do_appoint_auditor(account: T::AccountId) -> DispatchResult {
		let since = Self::now();
		let organisation = T::Roles::memberships(&account)
			.iter()
			.find(|(role, member)| {
				*role == Role::Auditor && T::Roles::is_live(*role, member, since)
			})
			.and_then(|(_, member)| member.organisation)
			.ok_or(Error::<T>::NotAuditor)?;
		Auditors::<T>::try_mutate(|auditors| {
			ensure!(
				auditors.iter().all(|other| other.account != account),
				Error::<T>::AlreadyAppointed
			);
			auditors
				.try_push(Auditor { account: account.clone(), organisation, since })
				.map_err(|_| DispatchError::from(Error::<T>::TooManyAuditors))
		})?;
		Self::deposit_event(Event::AuditorAppointed { account, organisation });
		Ok(())
	}

	pub(crate) fn do_dismiss_auditor(account: T::AccountId) -> DispatchResult {
		Auditors::<T>::try_mutate(|auditors| {
			let before = auditors.len();
			auditors.retain(|other| other.account != account);
			ensure!(auditors.len() < before, Error::<T>::NotAppointed);
			Ok::<_, DispatchError>(())
		})?;
		Self::deposit_event(Event::AuditorDismissed { account });
		Ok(())
	}

	pub(crate) fn do_reinstate_clinician(account: T::AccountId) -> DispatchResult {
		ensure!(T::Roles::unbar(&account, Role::Practitioner), Error::<T>::NotBarred);
		Self::deposit_event(Event::ClinicianReinstated { account });
		Ok(())
	}

	/// Returns whether an account is a live auditor whom the council appointed.
	pub(crate) fn is_appointed(who: &T::AccountId, now: Moment) -> bool {
		Auditors::<T>::get().iter().find(|auditor| auditor.account == *who).is_some_and(|auditor| {
			T::Roles::is_live_member(who, Role::Auditor, Some(auditor.organisation), now)
		})
	}

	// ---- the lot ----

	/// Requests a lot for a case that is being opened, and returns the block that gives it.
	pub(crate) fn ask_for_lot() -> BlockNumberFor<T> {
		let block = frame_system::Pallet::<T>::block_number().saturating_add(One::one());
		Lots::<T>::mutate(block, |lot| {
			let lot = lot.get_or_insert_with(|| Lot { hash: None, cases: 0 });
			lot.cases = lot.cases.saturating_add(1);
		});
		block
	}

	/// Stores the hash of the block before `now`, if a case asked for it.
	pub(crate) fn draw_lot(now: BlockNumberFor<T>) -> Weight {
		let block = now.saturating_sub(One::one());
		if let Some(lot) = Lots::<T>::get(block) {
			let hash = Some(frame_system::Pallet::<T>::parent_hash());
			Lots::<T>::insert(block, Lot { hash, ..lot });
		}
		T::WeightInfo::draw_lot()
	}

	/// Releases the lot of a decided case.
	pub(crate) fn give_back_lot(block: BlockNumberFor<T>) {
		Lots::<T>::mutate_exists(block, |lot| {
			if let Some(kept) = lot {
				kept.cases = kept.cases.saturating_sub(1);
				if kept.cases == 0 {
					*lot = None;
				}
			}
		});
	}

	/// Returns the hash that draws the panel of a case, or `None` if it is not known yet. There was
	/// nobody to draw when cases older than the introduction of panels were opened, so the case
	/// number alone fixes the order.
	fn lot_of(review: &ReviewOf<T>) -> Option<T::Hash> {
		match review.lot {
			None => Some(T::Hash::default()),
			Some(block) => Lots::<T>::get(block)?.hash,
		}
	}

	/// Returns the auditors who may vote now and have not done so yet.
	fn drawn(
		id: CaseId,
		case: &EmergencyCase<T::AccountId>,
		review: &ReviewOf<T>,
		now: Moment,
	) -> Vec<(T::AccountId, OrganisationId)> {
		let Some(lot) = Self::lot_of(review) else {
			return Vec::new();
		};
		let mut auditors = Auditors::<T>::get().into_inner();
		// Auditors appointed later come last: an appointment takes nobody's seat.
		auditors.sort_by_cached_key(|auditor| {
			let place = T::Hashing::hash_of(&(lot, id, &auditor.account));
			(auditor.since > case.opened, place)
		});
		let seats = Self::seats(case, now);
		let mut taken: Vec<_> = review.votes.iter().map(|vote| vote.organisation).collect();
		let mut drawn = Vec::new();
		for auditor in auditors {
			if taken.len() >= seats {
				break;
			}
			if !taken.contains(&auditor.organisation)
				&& Self::is_independent_auditor(&auditor, case, review, now)
			{
				taken.push(auditor.organisation);
				drawn.push((auditor.account, auditor.organisation));
			}
		}
		drawn
	}

	/// Returns the number of auditors' seats at this time.
	fn seats(case: &EmergencyCase<T::AccountId>, now: Moment) -> usize {
		let times = now
			.saturating_sub(case.opened)
			.saturating_mul(GROWTHS)
			.checked_div(T::ReviewPeriod::get())
			.unwrap_or_default()
			.saturating_add(1);
		let most = u64::from(MAX_VOTES);
		let seats = times.saturating_mul(u64::from(PANEL)).min(most);
		usize::try_from(seats).unwrap_or_default()
	}

	/// Returns whether an appointed auditor is still a live one, and is independent of the case's
	/// hospital and of those who vouched for the opener.
	fn is_independent_auditor(
		auditor: &AuditorOf<T>,
		case: &EmergencyCase<T::AccountId>,
		review: &ReviewOf<T>,
		now: Moment,
	) -> bool {
		let Auditor { account, organisation, since } = auditor;
		let hospital = T::Roles::admins(case.organisation);
		let vouched = |who: &T::AccountId| {
			*who == case.opener
				|| hospital.contains(who)
				|| review.vouchers.as_ref().is_some_and(|vouchers| vouchers.contains(who))
		};
		// Memberships that began after the appointment do not count: otherwise a hospital could
		// keep unwanted auditors from being drawn by admitting them. Being a patient there does not
		// count either.
		let belonged = T::Roles::memberships(account).iter().any(|(role, member)| {
			*role != Role::Patient
				&& member.organisation == Some(case.organisation)
				&& member.since <= *since
		});
		*organisation != case.organisation
			&& *account != case.patient
			&& !vouched(account)
			&& !belonged
			&& T::Roles::is_live_member(account, Role::Auditor, Some(*organisation), now)
			&& !T::Roles::admitted_by(account, Role::Auditor).is_some_and(|admin| vouched(&admin))
			&& !T::Roles::admins(*organisation).iter().any(vouched)
			&& !T::Roles::memberships(&case.opener).iter().any(|(role, member)| {
				*role != Role::Patient && member.organisation == Some(*organisation)
			})
	}

	// ---- the hospital's vote ----

	/// Returns the administrators who vouched for a clinician: the one who admitted them, and those
	/// who attest their credential. Returns `None` if it is not known who admitted them: it may
	/// then have been any administrator of their organisation.
	pub(crate) fn vouchers(who: &T::AccountId) -> Option<VouchersOf<T>> {
		let admin = T::Roles::admitted_by(who, Role::Practitioner)?;
		let mut vouchers = T::Credentials::attesters(who, Role::Practitioner);
		vouchers.retain(|other| *other != admin);
		vouchers.insert(0, admin);
		BoundedVec::try_from(vouchers).ok()
	}

	/// Returns whether two people vouch for a clinician: one admitted them, and another attests
	/// their credential. If it is not known who admitted them, two must attest it, because one of
	/// these may have admitted them.
	pub(crate) fn is_vouched_by_two(who: &T::AccountId) -> bool {
		let attesters = T::Credentials::attesters(who, Role::Practitioner);
		match T::Roles::admitted_by(who, Role::Practitioner) {
			Some(admin) => attesters.iter().any(|other| *other != admin),
			None => attesters.len() >= 2,
		}
	}

	/// Returns the administrators who may vote on the hospital's behalf: its current ones who had
	/// no part in the case.
	fn independent_admins(
		case: &EmergencyCase<T::AccountId>,
		review: &ReviewOf<T>,
	) -> Vec<T::AccountId> {
		let Some(vouchers) = &review.vouchers else {
			return Vec::new();
		};
		if !T::Roles::is_active(case.organisation) {
			return Vec::new();
		}
		let mut admins = T::Roles::admins(case.organisation);
		admins.retain(|admin| *admin != case.opener && !vouchers.contains(admin));
		admins
	}

	// ---- reviews ----

	/// Returns the review of a case. Reviews of cases older than the introduction of panels start
	/// over: earlier votes do not count, except the vote of an administrator who may vote under the
	/// current rules as well.
	fn review_of(id: CaseId, case: &mut EmergencyCase<T::AccountId>) -> ReviewOf<T> {
		Reviews::<T>::get(id).unwrap_or_else(|| {
			let review = Review {
				lot: None,
				vouchers: Self::vouchers(&case.opener),
				votes: BoundedVec::new(),
			};
			case.auditor = None;
			let admins = Self::independent_admins(case, &review);
			case.admin.take_if(|(who, _)| !admins.contains(who));
			review
		})
	}

	/// Adds a vote to the review of a case. Reports the weight of the work done, even if it fails.
	pub(crate) fn do_review_emergency(
		who: T::AccountId,
		id: CaseId,
		justified: bool,
		reviewer: Reviewer,
	) -> DispatchResultWithPostInfo {
		let weight = Self::review_weight_for(&reviewer);
		Self::review(who, id, justified, reviewer)
			.map(|()| Some(weight).into())
			.map_err(|error| error.with_weight(Self::refused_review_weight(&error, weight)))
	}

	fn review(
		who: T::AccountId,
		id: CaseId,
		justified: bool,
		reviewer: Reviewer,
	) -> DispatchResult {
		let now = Self::now();
		let mut case = Cases::<T>::get(id).ok_or(Error::<T>::UnknownCase)?;
		ensure!(case.status == CaseStatus::Open, Error::<T>::AlreadyDecided);
		ensure!(who != case.opener, Error::<T>::OwnCase);
		let mut review = Self::review_of(id, &mut case);
		let organisation = match reviewer {
			Reviewer::Auditor => {
				Self::vote_as_auditor(&who, id, justified, &mut case, &mut review, now)?
			}
			Reviewer::Admin => Self::vote_as_admin(&who, justified, &mut case, &review)?,
		};
		let event = LogEvent::EmergencyReviewed { case: id, reviewer, justified };
		Self::append(&case.patient, who.clone(), Some(organisation), event, now)?;
		Self::deposit_event(Event::EmergencyReviewed { case: id, by: who, reviewer, justified });
		let admins = Self::independent_admins(&case, &review);
		let status = case.count_votes(&review.votes, &admins).status();
		if status != CaseStatus::Open {
			Self::decide_case(id, &mut case, &review, status);
		}
		Reviews::<T>::insert(id, review);
		Cases::<T>::insert(id, case);
		Ok(())
	}

	fn vote_as_auditor(
		who: &T::AccountId,
		id: CaseId,
		justified: bool,
		case: &mut EmergencyCase<T::AccountId>,
		review: &mut ReviewOf<T>,
		now: Moment,
	) -> Result<OrganisationId, DispatchError> {
		let organisation = Auditors::<T>::get()
			.iter()
			.find(|auditor| auditor.account == *who)
			.map(|auditor| auditor.organisation)
			.ok_or(Error::<T>::NotAuditor)?;
		ensure!(
			review
				.votes
				.iter()
				.all(|vote| vote.organisation != organisation && vote.auditor != *who),
			Error::<T>::AlreadyReviewed
		);
		ensure!(case.admin.as_ref().is_none_or(|(by, _)| by != who), Error::<T>::SameReviewer);
		ensure!(Self::lot_of(review).is_some(), Error::<T>::LotPending);
		ensure!(
			Self::drawn(id, case, review, now).iter().any(|(drawn, _)| drawn == who),
			Error::<T>::NotDrawn
		);
		review
			.votes
			.try_push(PanelVote { auditor: who.clone(), organisation, justified })
			.map_err(|_| Error::<T>::AlreadyReviewed)?;
		if case.auditor.is_none() {
			case.auditor = Some((who.clone(), justified));
		}
		Ok(organisation)
	}

	fn vote_as_admin(
		who: &T::AccountId,
		justified: bool,
		case: &mut EmergencyCase<T::AccountId>,
		review: &ReviewOf<T>,
	) -> Result<OrganisationId, DispatchError> {
		ensure!(T::Roles::is_admin(who, case.organisation), Error::<T>::NotAdmin);
		ensure!(Self::independent_admins(case, review).contains(who), Error::<T>::NotIndependent);
		ensure!(case.admin.is_none(), Error::<T>::AlreadyReviewed);
		ensure!(review.votes.iter().all(|vote| vote.auditor != *who), Error::<T>::SameReviewer);
		case.admin = Some((who.clone(), justified));
		Ok(case.organisation)
	}

	/// Decides a case: removes it from the queue, and applies the sanction if it was rejected.
	fn decide_case(
		id: CaseId,
		case: &mut EmergencyCase<T::AccountId>,
		review: &ReviewOf<T>,
		status: CaseStatus,
	) {
		case.status = status;
		Unreviewed::<T>::mutate_exists(case.organisation, |queue| {
			if let Some(waiting) = queue {
				waiting.retain(|other| *other != id);
				if waiting.is_empty() {
					*queue = None;
				}
			}
		});
		if let Some(block) = review.lot {
			Self::give_back_lot(block);
		}
		let fine = if status == CaseStatus::Rejected {
			T::Roles::bar(&case.opener, Role::Practitioner);
			Self::fine(case.organisation)
		} else {
			Zero::zero()
		};
		Self::deposit_event(Event::EmergencyDecided {
			case: id,
			opener: case.opener.clone(),
			status,
			fine,
		});
	}

	// ---- reads ----

	/// Returns the reviewers of a case.
	pub fn panel(id: CaseId) -> Option<Panel<T::AccountId>> {
		let mut case = Cases::<T>::get(id)?;
		let review = match case.status {
			CaseStatus::Open => Self::review_of(id, &mut case),
			_ => Reviews::<T>::get(id).unwrap_or_default(),
		};
		let open = case.status == CaseStatus::Open;
		Some(Panel {
			waiting: match open {
				true => Self::drawn(id, &case, &review, Self::now()),
				false => Vec::new(),
			},
			admins: match open && case.admin.is_none() {
				true => Self::independent_admins(&case, &review),
				false => Vec::new(),
			},
			votes: review.votes.into_inner(),
		})
	}

	/// Returns the auditors whom the council appointed, with their organisations, oldest first.
	pub fn auditors() -> Vec<(T::AccountId, OrganisationId)> {
		Auditors::<T>::get()
			.into_iter()
			.map(|auditor| (auditor.account, auditor.organisation))
			.collect()
	}

	/// Returns the maximum weight of a review.
	pub fn review_weight() -> Weight {
		Self::own_review_weight().saturating_add(Self::panel_weight(T::MaxAuditors::get()))
	}

	/// Returns the weight of a review as `reviewer`, with the auditors who are appointed now. Only
	/// an auditor's review determines who is drawn.
	fn review_weight_for(reviewer: &Reviewer) -> Weight {
		let looked_at = match reviewer {
			Reviewer::Auditor => Auditors::<T>::decode_len().unwrap_or_default() as u32,
			Reviewer::Admin => 0,
		};
		Self::own_review_weight().saturating_add(Self::panel_weight(looked_at))
	}

	/// Returns the weight of a refused review that would have weighed `whole`. All its errors but
	/// two come before the panel is looked at.
	fn refused_review_weight(error: &DispatchError, whole: Weight) -> Weight {
		let after = [Error::<T>::NotDrawn, Error::LogFull].map(DispatchError::from);
		match after.contains(error) {
			true => whole,
			false => T::WeightInfo::review_emergency(),
		}
	}

	fn own_review_weight() -> Weight {
		T::WeightInfo::review_emergency()
			.saturating_add(T::Roles::suspend_weight())
			.saturating_add(T::Credentials::is_attested_weight())
	}

	/// Returns the maximum weight of determining which of a number of auditors are drawn.
	pub(crate) fn panel_weight(auditors: u32) -> Weight {
		T::Roles::memberships_weight()
			.saturating_mul(2)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_mul(auditors.into())
	}
}
