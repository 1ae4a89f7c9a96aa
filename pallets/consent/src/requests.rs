//! Requests for consent, and their answers by the patient, a guardian or a standing rule.

use crate::{
	grants::{Clearings, Source},
	person::Person,
	types::most_requests,
	AskedAs, Config, Error, Event, Pallet, Patients, RequestList, Requests, WeightInfo,
};
use frame_support::{
	dispatch::{DispatchResult, DispatchResultWithPostInfo},
	ensure,
	storage::with_storage_layer,
	traits::Time,
	weights::Weight,
};
use salus_primitives::{
	Answer, AnsweredBy, Answers, Approval, ConsentRequest, ConsentRequestId, GrantTerms, Grantee,
	GuardianId, Moment, RecordKeys, RecordWraps, RequestTerms, Role, RoleQuery, RuleAnswer, RuleId,
	StandingRule, CONSENT_REQUEST_LIFETIME, MAX_REQUESTS_PER_REQUESTER,
};
use sp_runtime::DispatchError;

/// A refused request, and the clearings before the part that failed.
pub(crate) struct RefusedRequest {
	pub(crate) error: DispatchError,
	pub(crate) clearings: Clearings,
}

impl From<DispatchError> for RefusedRequest {
	fn from(error: DispatchError) -> Self {
		Self { error, clearings: Clearings::NONE }
	}
}

impl<T: Config> From<Error<T>> for RefusedRequest {
	fn from(error: Error<T>) -> Self {
		DispatchError::from(error).into()
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_request(
		requester: T::AccountId,
		patient: T::AccountId,
		terms: RequestTerms,
	) -> Result<Clearings, RefusedRequest> {
		let now = T::Time::now();
		ensure!(requester != patient, Error::<T>::Oneself);
		let person = Person::load::<T>(&requester, now);
		ensure!(person.is_in_good_standing(), Error::<T>::NotMember);
		ensure!(
			T::Roles::is_live_member(&patient, Role::Patient, None, now),
			Error::<T>::UnknownPatient
		);
		let terms = Self::checked_request(&patient, terms, now)?;
		let id = Self::number_request(&patient)?;
		Self::deposit_event(Event::Requested {
			patient: patient.clone(),
			request: id,
			requester: requester.clone(),
		});
		let request = ConsentRequest {
			requester: requester.clone(),
			terms,
			made: now,
			expires: now.saturating_add(CONSENT_REQUEST_LIFETIME),
		};
		match Self::answering_rule(&patient, &person, &request.terms, now) {
			Some((number, rule, capacity)) => {
				Self::answer_by_rule(&patient, id, request, number, rule, capacity)
			}
			None => {
				let capacity = person.party().capacity().ok_or(Error::<T>::NotMember)?;
				Self::put_request(&patient, id, request, capacity)?;
				Ok(Clearings::NONE)
			}
		}
	}

	pub(crate) fn do_withdraw(
		requester: T::AccountId,
		patient: T::AccountId,
		id: ConsentRequestId,
	) -> DispatchResult {
		let (request, _) = Self::take_request(&patient, id, T::Time::now())?;
		ensure!(request.requester == requester, Error::<T>::UnknownRequest);
		Self::deposit_event(Event::Withdrawn { patient, request: id, requester });
		Ok(())
	}

	pub(crate) fn do_approve(
		who: T::AccountId,
		patient: T::AccountId,
		id: ConsentRequestId,
		approval: Approval,
		wraps: RecordWraps<T::AccountId>,
	) -> Result<Clearings, DispatchError> {
		// A guardian must not add a wrap for anything beyond their scope, and guarded records need
		// none.
		ensure!(who == patient || wraps.is_empty(), Error::<T>::WrapsByGuardian);
		T::Keys::add_wraps(&patient, &wraps)?;
		Self::answer(&who, &patient, id, Answer::Approve(approval))
	}

	pub(crate) fn do_decline(
		who: T::AccountId,
		patient: T::AccountId,
		id: ConsentRequestId,
	) -> DispatchResult {
		Self::answer(&who, &patient, id, Answer::Decline).map(|_| ())
	}

	/// Answers in the order of the list. A refusal is charged for the answers up to it.
	pub(crate) fn do_answer_many(
		who: &T::AccountId,
		patient: &T::AccountId,
		answers: Answers,
	) -> DispatchResultWithPostInfo {
		let (mut least, mut clearings) = (Weight::zero(), Clearings::NONE);
		for (id, answer) in answers {
			least = least.saturating_add(T::WeightInfo::approve());
			let more = Self::answer(who, patient, id, answer)
				.map_err(|error| Self::refused(error, least, clearings))?;
			clearings = clearings.and(more);
		}
		Ok(Self::with_clearing_weight(least, clearings))
	}

	/// Gives the patient's or a guardian's answer.
	fn answer(
		who: &T::AccountId,
		patient: &T::AccountId,
		id: ConsentRequestId,
		answer: Answer,
	) -> Result<Clearings, DispatchError> {
		let now = T::Time::now();
		let (request, capacity) = Self::take_request(patient, id, now)?;
		let (by, guardian_until) = Self::authority(who, patient, &request, &answer, now)?;
		match answer {
			Answer::Decline => {
				Self::declined(patient, id, request.requester, by);
				Ok(Clearings::NONE)
			}
			Answer::Approve(Approval { uses, until }) => {
				let asked = request.terms.until;
				ensure!(
					until.is_none_or(|until| asked.is_none_or(|asked| until <= asked)),
					Error::<T>::BeyondRequest
				);
				let until = [until.or(asked), guardian_until].into_iter().flatten().min();
				// A request older than the stored capacities is approved for the current capacity.
				let of_today = || {
					let requester = Person::load::<T>(&request.requester, now);
					requester.party().capacity()
				};
				let capacity = capacity.or_else(of_today).ok_or(Error::<T>::NotMember)?;
				Self::grant_request(patient, id, request, by, capacity, |terms| GrantTerms {
					uses,
					until,
					..terms
				})
			}
		}
	}

	/// Returns the authority for an answer, and the latest end of a grant that it makes.
	fn authority(
		who: &T::AccountId,
		patient: &T::AccountId,
		request: &ConsentRequest<T::AccountId>,
		answer: &Answer,
		now: Moment,
	) -> Result<(AnsweredBy, Option<Moment>), Error<T>> {
		if who == patient {
			match answer {
				Answer::Approve(_) => Self::ensure_live_patient(who, now)?,
				Answer::Decline => Self::ensure_ever_patient(who)?,
			}
			return Ok((AnsweredBy::Patient, None));
		}
		// Nobody answers their own request.
		ensure!(*who != request.requester, Error::<T>::NotAuthorized);
		let (id, guardian): (GuardianId, _) =
			Self::guardian_over(patient, who, &request.terms, now)
				.ok_or(Error::<T>::NotAuthorized)?;
		Ok((AnsweredBy::Guardian(id), guardian.until))
	}

	/// Gives a rule's answer. If there is no room for a grant, the request waits for the patient.
	fn answer_by_rule(
		patient: &T::AccountId,
		id: ConsentRequestId,
		request: ConsentRequest<T::AccountId>,
		number: RuleId,
		rule: StandingRule<T::AccountId>,
		capacity: Grantee<T::AccountId>,
	) -> Result<Clearings, RefusedRequest> {
		let by = AnsweredBy::Rule(number);
		match rule.answer {
			RuleAnswer::Decline => {
				Self::declined(patient, id, request.requester, by);
				Ok(Clearings::NONE)
			}
			RuleAnswer::Approve { duration } => {
				let end = request.made.saturating_add(duration);
				let until = request.terms.until.map_or(end, |asked| asked.min(end));
				let (waiting, asked_as) = (request.clone(), capacity.clone());
				let granted =
					with_storage_layer(|| {
						Self::grant_request(patient, id, request, by, capacity, |terms| {
							GrantTerms { until: Some(until), condition: rule.condition, ..terms }
						})
					});
				let no_room = [Error::<T>::TooManyGrants, Error::<T>::TooManyAnswered];
				if !no_room.map(|error| Err(error.into())).contains(&granted) {
					return Ok(granted?);
				}
				Self::put_request(patient, id, waiting, asked_as)
					.map_err(|error| RefusedRequest { error, clearings: Clearings::ONE })?;
				Ok(Clearings::ONE)
			}
		}
	}

	/// Gives the requester a grant with the narrowed terms of the request, in the capacity in which
	/// they asked.
	fn grant_request(
		patient: &T::AccountId,
		id: ConsentRequestId,
		request: ConsentRequest<T::AccountId>,
		by: AnsweredBy,
		capacity: Grantee<T::AccountId>,
		narrow: impl FnOnce(GrantTerms<T::AccountId>) -> GrantTerms<T::AccountId>,
	) -> Result<Clearings, DispatchError> {
		let asked = request.terms;
		let now = T::Time::now();
		let terms = narrow(GrantTerms {
			grantee: capacity,
			scope: asked.scope,
			purposes: asked.purposes,
			actions: asked.actions,
			from: None,
			until: None,
			uses: None,
			condition: None,
		});
		// Since the request, the record may have been erased, and the request or the capacity may
		// have ended.
		let terms = Self::checked_terms(patient, terms, now)?;
		let source = match by {
			AnsweredBy::Patient => Source::Patient,
			AnsweredBy::Rule(_) | AnsweredBy::Guardian(_) => Source::Answered,
		};
		let given = Self::new_grant(terms, now);
		let (grant, clearings) = Self::add_grant(patient.clone(), given, source, now)?;
		Self::deposit_event(Event::Approved { patient: patient.clone(), request: id, grant, by });
		Ok(clearings)
	}

	fn declined(
		patient: &T::AccountId,
		request: ConsentRequestId,
		requester: T::AccountId,
		by: AnsweredBy,
	) {
		Self::deposit_event(Event::Declined { patient: patient.clone(), request, requester, by });
	}

	/// Returns the terms with canonical sets, if they may be requested now.
	fn checked_request(
		patient: &T::AccountId,
		terms: RequestTerms,
		now: Moment,
	) -> Result<RequestTerms, Error<T>> {
		let RequestTerms { scope, purposes, actions, until } = terms;
		ensure!(until.is_none_or(|until| until > now), Error::<T>::InvalidPeriod);
		Self::check_purposes(&purposes)?;
		Ok(RequestTerms {
			scope: Self::checked_scope(patient, scope)?,
			purposes: Self::canonical(purposes)?,
			actions: Self::canonical(actions)?,
			until,
		})
	}

	/// Assigns the number of a new request.
	fn number_request(patient: &T::AccountId) -> Result<ConsentRequestId, Error<T>> {
		Patients::<T>::try_mutate(patient, |state| {
			let id = state.next_request;
			state.next_request = id.checked_add(1).ok_or(Error::<T>::TooManyRequests)?;
			Ok(id)
		})
	}

	/// Adds a waiting request, if the requester and their organisation are within their limits.
	fn put_request(
		patient: &T::AccountId,
		id: ConsentRequestId,
		request: ConsentRequest<T::AccountId>,
		capacity: Grantee<T::AccountId>,
	) -> DispatchResult {
		let mut requests = Self::waiting_requests(patient, request.made);
		let of_theirs =
			requests.iter().filter(|(_, other)| other.requester == request.requester).count();
		ensure!(of_theirs < MAX_REQUESTS_PER_REQUESTER as usize, Error::<T>::TooManyRequests);
		let mut asked_as = AskedAs::<T>::get(patient);
		asked_as.retain(|(asked, _)| requests.iter().any(|(waiting, _)| waiting == asked));
		let organisation = capacity.organisation();
		let of_same =
			asked_as.iter().filter(|(_, other)| other.organisation() == organisation).count();
		ensure!(of_same < most_requests(organisation) as usize, Error::<T>::TooManyRequests);
		requests.try_push((id, request)).map_err(|_| Error::<T>::TooManyRequests)?;
		asked_as.try_push((id, capacity)).map_err(|_| Error::<T>::TooManyRequests)?;
		Requests::<T>::insert(patient, requests);
		AskedAs::<T>::insert(patient, asked_as);
		Ok(())
	}

	/// Removes a waiting request, and returns it with the capacity in which it was made. The
	/// capacity is `None` if the request is older than the stored capacities.
	#[allow(clippy::type_complexity)]
	fn take_request(
		patient: &T::AccountId,
		id: ConsentRequestId,
		now: Moment,
	) -> Result<(ConsentRequest<T::AccountId>, Option<Grantee<T::AccountId>>), Error<T>> {
		let mut requests = Self::waiting_requests(patient, now);
		let index = requests
			.iter()
			.position(|(waiting, _)| *waiting == id)
			.ok_or(Error::<T>::UnknownRequest)?;
		let (_, request) = requests.remove(index);
		let mut asked_as = AskedAs::<T>::get(patient);
		let asked = asked_as.iter().position(|(asked, _)| *asked == id);
		let capacity = asked.map(|index| asked_as.remove(index).1);
		asked_as.retain(|(asked, _)| requests.iter().any(|(waiting, _)| waiting == asked));
		if asked_as.is_empty() {
			AskedAs::<T>::remove(patient);
		} else {
			AskedAs::<T>::insert(patient, asked_as);
		}
		if requests.is_empty() {
			Requests::<T>::remove(patient);
		} else {
			Requests::<T>::insert(patient, requests);
		}
		Ok((request, capacity))
	}

	/// Returns the requests that still wait, and deposits an event for each that expired. The
	/// caller stores them.
	fn waiting_requests(patient: &T::AccountId, now: Moment) -> RequestList<T::AccountId> {
		let mut requests = Requests::<T>::get(patient);
		requests.retain(|(id, request)| {
			let waits = now < request.expires;
			if !waits {
				Self::deposit_event(Event::RequestExpired {
					patient: patient.clone(),
					request: *id,
				});
			}
			waits
		});
		requests
	}
}
