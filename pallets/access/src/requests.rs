//! Requests: deciding, logging and limiting them.

use crate::*;
use alloc::vec::Vec;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
	ensure,
	traits::{
		fungible::Mutate,
		tokens::{Fortitude, Precision, Preservation},
		Get,
	},
	weights::Weight,
	BoundedVec,
};
use salus_primitives::{
	AccessRequest, Action, ActsFor, Basis, CommitteeQuery, ConsentPolicy, Decision, DenyReason,
	EmergencyReason, Epoch, Hash32, LogEvent, Member, MemberStatus, Moment, OrganisationId,
	Question, ReaderKey, RecordEntry, RecordQuery, Release, RequestId, Role, RoleQuery, Version,
};
use sp_runtime::{traits::Zero, DispatchError, DispatchResult};

/// Request with the facts known about it.
struct Asked<T: Config> {
	reader: T::AccountId,
	memberships: Vec<(Role, Member)>,
	patient: T::AccountId,
	/// Requested version, if the record has it.
	version: Option<Version>,
	question: Question<T::AccountId>,
	reader_key: ReaderKey,
	now: Moment,
}

impl<T: Config> Asked<T> {
	/// Returns the version as the log stores it: 0 if the record does not have it.
	fn logged_version(&self) -> Version {
		self.version.unwrap_or(0)
	}
}

impl<T: Config> Pallet<T> {
	/// Requests a version. The members of `epoch` release its key; without `epoch`, the members of
	/// the epoch that holds it. Reports the weight of the work done, even if it fails.
	pub(crate) fn do_request(
		reader: T::AccountId,
		request: AccessRequest,
		epoch: Option<Epoch>,
	) -> DispatchResultWithPostInfo {
		let (asked, decision, taken) = Self::ask(reader, request)
			.map_err(|error| error.with_weight(Self::undecided_weight()))?;
		let weight = Self::undecided_weight()
			.saturating_add(taken)
			.saturating_add(Self::after_decision_weight());
		match decision {
			Decision::Permit(basis) => Self::permit(asked, basis, epoch),
			Decision::Deny(reason) => Self::refuse(asked, reason),
		}
		.map(|()| Some(weight).into())
		.map_err(|error| error.with_weight(weight))
	}

	pub(crate) fn do_request_in_emergency(
		reader: T::AccountId,
		organisation: OrganisationId,
		reason: EmergencyReason,
		statement: Hash32,
		request: AccessRequest,
	) -> DispatchResultWithPostInfo {
		let find = T::Records::record_weight();
		let patient = match T::Records::record(&request.record) {
			Some(RecordEntry::Live(record)) => record.patient,
			Some(RecordEntry::Erased(_)) => return Err(Error::<T>::RecordErased.with_weight(find)),
			None => return Err(Error::<T>::UnknownRecord.with_weight(find)),
		};
		let terms = T::Consent::terms_weight(&patient);
		Self::open_case_for(reader.clone(), patient, organisation, reason, statement, terms)
			.map_err(|refused| refused.error.with_weight(find.saturating_add(refused.weight)))?;
		let weight = Self::request_in_emergency_weight_for(terms);
		let permit = || match Self::ask(reader, request)? {
			(asked, Decision::Permit(basis @ Basis::Emergency(_)), _) => {
				Self::permit(asked, basis, None)
			}
			_ => Err(Error::<T>::NotByCase.into()),
		};
		permit().map(|()| Some(weight).into()).map_err(|error| error.with_weight(weight))
	}

	/// Decides on a request. Returns the weight that the patient's terms added too.
	fn ask(
		reader: T::AccountId,
		request: AccessRequest,
	) -> Result<(Asked<T>, Decision, Weight), DispatchError> {
		let now = Self::now();
		let memberships = T::Roles::memberships(&reader);
		ensure!(!memberships.is_empty(), Error::<T>::NotMember);
		let entry = T::Records::record(&request.record).ok_or(Error::<T>::UnknownRecord)?;
		let (patient, version) = match entry {
			RecordEntry::Live(record) => {
				let asked = request.version.unwrap_or(record.latest);
				(record.patient, (1..=record.latest).contains(&asked).then_some(asked))
			}
			RecordEntry::Erased(tombstone) => (tombstone.patient, None),
		};
		let question = Question {
			reader: reader.clone(),
			record: request.record,
			// The latest version is fixed here: a version written later needs another request.
			version: version.or(request.version),
			purpose: request.purpose,
			action: Action::Read,
		};
		let (decision, taken) = T::Consent::decide_weighed(&question, &patient, now);
		let asked = Asked {
			reader,
			memberships,
			patient,
			version,
			question,
			reader_key: request.reader_key,
			now,
		};
		Ok((asked, decision, taken))
	}

	fn permit(asked: Asked<T>, basis: Basis, epoch: Option<Epoch>) -> DispatchResult {
		let now = asked.now;
		let expires = now.saturating_add(T::ReleaseLifetime::get());
		// Before any write: without a key there is nothing to log.
		let sealed = Self::releasing_epoch(&asked, epoch)?;
		let request = Self::next_request();
		Self::enforce_permit_limits(
			&asked.reader,
			Permitted { request, reader_key: asked.reader_key, expires },
			now,
		)?;
		T::Consent::count_use(&asked.question, &asked.patient, &basis);
		let organisation = Self::organisation_by_basis(&asked, &basis);
		let (index, entry) =
			Self::log_request(&asked, request, organisation, Decision::Permit(basis))?;
		if let Some((epoch, threshold)) = sealed {
			Releases::<T>::insert(
				request,
				Release {
					request,
					patient: asked.patient.clone(),
					index,
					entry,
					reader: asked.reader.clone(),
					record: asked.question.record,
					version: asked.logged_version(),
					purpose: asked.question.purpose,
					reader_key: asked.reader_key,
					basis,
					epoch,
					threshold,
					shares: 0,
					expires,
				},
			);
		}
		Self::deposit_event(Event::Permitted {
			request,
			patient: asked.patient,
			reader: asked.reader,
			epoch: sealed.map(|(epoch, _)| epoch),
		});
		Ok(())
	}

	/// Returns the epoch whose members release the version's key, `wanted` or the one that holds
	/// it, with its threshold. `None` for a version in direct mode, whose key nobody releases.
	fn releasing_epoch(
		asked: &Asked<T>,
		wanted: Option<Epoch>,
	) -> Result<Option<(Epoch, u32)>, Error<T>> {
		let Some(sealed) = T::Records::sealed_to(&asked.question.record, asked.logged_version())
		else {
			return Ok(None);
		};
		ensure!(asked.reader_key != [0; 32], Error::<T>::InvalidReaderKey);
		let epoch = match wanted {
			Some(wanted) => {
				ensure!(T::Committee::can_release(wanted, sealed), Error::<T>::WrongEpoch);
				wanted
			}
			None => T::Committee::holder(sealed),
		};
		let threshold = T::Committee::threshold(epoch).ok_or(Error::<T>::EpochWithoutKey)?;
		Ok(Some((epoch, threshold)))
	}

	/// Returns the organisation for which a reader acts in a permitted request, which its basis
	/// determines.
	fn organisation_by_basis(asked: &Asked<T>, basis: &Basis) -> Option<OrganisationId> {
		match basis {
			// Patients and guardians act for themselves, wherever they work.
			Basis::Patient | Basis::Guardian(_) => None,
			Basis::Emergency(case) => Cases::<T>::get(case).map(|case| case.organisation),
			// The organisation of the capacity in which they received the basis.
			Basis::Grant(_) | Basis::EmergencySummary => {
				match T::Consent::acting_for(&asked.reader, &asked.patient, basis, asked.now) {
					ActsFor::Unknown => {
						Self::organisation_by_membership(&asked.memberships, asked.now)
					}
					ActsFor::Nobody => None,
					ActsFor::Organisation(organisation) => Some(organisation),
				}
			}
		}
	}

	fn refuse(asked: Asked<T>, reason: DenyReason) -> DispatchResult {
		let organisation = Self::organisation_to_charge(&asked.memberships, asked.now);
		let logged = Self::organisation_to_log(&asked.memberships, asked.now);
		Self::charge_denial(&asked.reader, &asked.patient, asked.now)?;
		Self::draw_denial(
			&asked.reader,
			Self::pool_to_charge(&asked.memberships, organisation),
			asked.now,
		)?;
		let request = Self::next_request();
		Self::log_request(&asked, request, logged, Decision::Deny(reason))?;
		Self::deposit_event(Event::Refused {
			request,
			patient: asked.patient,
			reader: asked.reader,
			reason,
		});
		Ok(())
	}

	fn log_request(
		asked: &Asked<T>,
		request: RequestId,
		organisation: Option<OrganisationId>,
		decision: Decision,
	) -> Result<(u32, Hash32), DispatchError> {
		RequestCount::<T>::put(request);
		let event = LogEvent::Requested {
			request,
			record: asked.question.record,
			version: asked.logged_version(),
			purpose: asked.question.purpose,
			decision,
		};
		Self::append(&asked.patient, asked.reader.clone(), organisation, event, asked.now)
	}

	fn next_request() -> RequestId {
		RequestCount::<T>::get().saturating_add(1)
	}

	/// Returns whether a request by somebody without any live membership is logged at the expense
	/// of their organisation: it is certain to be denied, the quota has room, and the reader has
	/// not reached a denial limit.
	///
	/// This reader has no allowance and perhaps no tokens, but the patient's log must still show
	/// the attempt.
	pub fn refuses_free(reader: &T::AccountId, request: &AccessRequest) -> bool {
		let now = Self::now();
		let memberships = T::Roles::memberships(reader);
		let is_live = |(role, member): &(Role, Member)| T::Roles::is_live(*role, member, now);
		if memberships.is_empty() || memberships.iter().any(is_live) {
			return false;
		}
		let patient = match T::Records::record(&request.record) {
			Some(RecordEntry::Live(record)) => record.patient,
			Some(RecordEntry::Erased(stone)) => stone.patient,
			None => return false,
		};
		let organisation = Self::organisation_to_charge(&memberships, now);
		let has_quota = Self::pool_to_charge(&memberships, organisation)
			.is_some_and(|pool| Self::denials_drawn(pool, now) < T::DenialQuota::get());
		let mut denials = DenialsOf::<T>::get(reader);
		denials.retain(|(_, at)| now < at.saturating_add(T::DenialWindow::get()));
		let with_patient = denials.iter().filter(|(other, _)| *other == patient);
		has_quota
			&& (denials.len() as u32) < T::MaxDenials::get()
			&& (with_patient.count() as u32) < T::MaxDenialsPerPatient::get()
	}

	/// Returns the maximum weight of a request.
	pub fn request_weight() -> Weight {
		Self::undecided_weight()
			.saturating_add(T::Consent::max_terms_weight())
			.saturating_add(Self::after_decision_weight())
	}

	/// Returns the maximum weight of [`Pallet::request_in_emergency`].
	pub fn request_in_emergency_weight() -> Weight {
		Self::request_in_emergency_weight_for(T::Consent::max_terms_weight())
	}

	/// Returns the weight of [`Pallet::request_in_emergency`] for a patient whose grants and
	/// denials add `terms` to a decision.
	fn request_in_emergency_weight_for(terms: Weight) -> Weight {
		T::WeightInfo::request_in_emergency()
			.saturating_add(T::Records::record_weight())
			.saturating_add(Self::vouching_weight())
			.saturating_add(Self::known_weight())
			// For the check that nothing bars the emergency, and for the decision.
			.saturating_add(terms.saturating_mul(2))
			.saturating_add(Self::after_decision_weight())
	}

	/// Returns the weight of a request without what the patient's grants and denials add: the
	/// heavier of the two outcomes.
	fn undecided_weight() -> Weight {
		T::WeightInfo::request_permitted()
			.max(T::WeightInfo::request_denied())
			.saturating_add(Self::known_weight())
	}

	/// Returns the maximum weight of finding the reader and the record.
	fn known_weight() -> Weight {
		T::Roles::memberships_weight().saturating_add(T::Records::record_weight())
	}

	/// Returns the maximum weight of the other pallets' part after the decision.
	fn after_decision_weight() -> Weight {
		T::Consent::count_use_weight()
			.saturating_add(T::Committee::holder_weight())
			.saturating_add(T::Committee::threshold_weight())
	}

	/// Returns the maximum weight of [`Pallet::refuses_free`].
	pub fn refuses_free_weight() -> Weight {
		T::Roles::memberships_weight()
			.saturating_add(T::Records::record_weight())
			.saturating_add(T::DbWeight::get().reads(2))
	}

	/// Returns the number of denials drawn from a pool in this period.
	fn denials_drawn(pool: Pool, now: Moment) -> u32 {
		let period = now.checked_div(T::DenialWindow::get()).unwrap_or_default();
		let usage = DenialUsages::<T>::get(pool);
		if usage.period == period {
			usage.used
		} else {
			0
		}
	}

	/// Adds a request to the reader's permitted ones. Fails if too many of them are open, or
	/// one has the same one-time key.
	fn enforce_permit_limits(
		reader: &T::AccountId,
		permitted: Permitted,
		now: Moment,
	) -> DispatchResult {
		PermittedOf::<T>::try_mutate(reader, |list| {
			list.retain(|open| now < open.expires);
			ensure!(
				list.iter().all(|open| open.reader_key != permitted.reader_key),
				Error::<T>::ReaderKeyUsed
			);
			list.try_push(permitted).map_err(|_| Error::<T>::TooManyOpen.into())
		})
	}

	/// Counts a denial against the reader's limits, over all patients and with this one. Fails if
	/// one is reached.
	fn charge_denial(reader: &T::AccountId, patient: &T::AccountId, now: Moment) -> DispatchResult {
		DenialsOf::<T>::try_mutate(reader, |list| {
			list.retain(|(_, at)| now < at.saturating_add(T::DenialWindow::get()));
			let with_patient = list.iter().filter(|(other, _)| other == patient).count();
			ensure!(
				(with_patient as u32) < T::MaxDenialsPerPatient::get(),
				Error::<T>::TooManyDenials
			);
			list.try_push((patient.clone(), now)).map_err(|_| Error::<T>::TooManyDenials.into())
		})
	}

	/// Draws a denial from the quota of its pool. If the quota is used up or there is no pool, the
	/// reader pays.
	fn draw_denial(reader: &T::AccountId, pool: Option<Pool>, now: Moment) -> DispatchResult {
		let period = now.checked_div(T::DenialWindow::get()).unwrap_or_default();
		if let Some(pool) = pool {
			let used = Self::denials_drawn(pool, now);
			if used < T::DenialQuota::get() {
				let used = used.saturating_add(1);
				DenialUsages::<T>::insert(pool, Usage { period, used });
				return Ok(());
			}
		}
		let fee = T::DenialFee::get();
		ensure!(!fee.is_zero(), Error::<T>::DenialQuotaExhausted);
		T::Currency::burn_from(
			reader,
			fee,
			// A member's account does not exist through its balance alone, so all of it may be
			// spent.
			Preservation::Expendable,
			Precision::Exact,
			Fortitude::Polite,
		)
		.map_err(|_| Error::<T>::DenialQuotaExhausted)?;
		Self::deposit_event(Event::DenialPaid { reader: reader.clone(), fee });
		Ok(())
	}

	/// Returns the organisation for which somebody acts if no basis says so: that of their first
	/// live membership, in order of role, other than as a patient.
	fn organisation_by_membership(
		memberships: &[(Role, Member)],
		now: Moment,
	) -> Option<OrganisationId> {
		memberships
			.iter()
			.find(|(role, member)| *role != Role::Patient && T::Roles::is_live(*role, member, now))
			.and_then(|(_, member)| member.organisation)
	}

	/// Returns the organisation that the log names for a refused request: the one for which the
	/// account acts, or else the first one that suspended them or whose membership expired. It
	/// never names an organisation that revoked the membership, because that one has no part in
	/// what they do.
	fn organisation_to_log(memberships: &[(Role, Member)], now: Moment) -> Option<OrganisationId> {
		let is_still_named = |(role, member): &&(Role, Member)| {
			*role != Role::Patient && member.status != MemberStatus::Revoked
		};
		Self::organisation_by_membership(memberships, now).or_else(|| {
			let first = memberships.iter().find(is_still_named);
			first.and_then(|(_, member)| member.organisation)
		})
	}

	/// Returns the organisation at whose expense somebody's denials are logged: the one for which
	/// they act, or else that of their first membership other than as a patient, even a revoked
	/// one.
	fn organisation_to_charge(
		memberships: &[(Role, Member)],
		now: Moment,
	) -> Option<OrganisationId> {
		let first = || {
			memberships
				.iter()
				.find(|(role, _)| *role != Role::Patient)
				.and_then(|(_, member)| member.organisation)
		};
		Self::organisation_by_membership(memberships, now).or_else(first)
	}

	/// Returns the quota from which somebody's denials are drawn: that of the staff of an
	/// organisation, or else that of the patients of the one that enrolled them. `None` if they are
	/// neither.
	fn pool_to_charge(
		memberships: &[(Role, Member)],
		organisation: Option<OrganisationId>,
	) -> Option<Pool> {
		let enrolled_by = || {
			memberships
				.iter()
				.filter(|(role, _)| *role == Role::Patient)
				.find_map(|(_, member)| member.organisation)
		};
		organisation.map(Pool::Staff).or_else(|| enrolled_by().map(Pool::Patients))
	}

	/// Removes requests that have ended from a reader's list.
	pub(crate) fn prune_permitted(reader: &T::AccountId, now: Moment) {
		PermittedOf::<T>::mutate_exists(reader, |list| {
			if let Some(open) = list {
				open.retain(|permitted| now < permitted.expires);
				if open.is_empty() {
					*list = None;
				}
			}
		});
	}
}

/// Permitted requests of one reader.
pub(crate) type PermittedList<T> = BoundedVec<Permitted, <T as Config>::MaxOpenReleases>;

/// Denials of one reader, with patient and time.
pub(crate) type DenialList<T> =
	BoundedVec<(<T as frame_system::Config>::AccountId, Moment), <T as Config>::MaxDenials>;
