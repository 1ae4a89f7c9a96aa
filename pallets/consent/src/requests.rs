//! Requests for consent, and their answers by the patient, a guardian or a standing rule.

use crate::{person::Person, Config, Error, Event, Pallet, Patients, RequestList, Requests};
use frame_support::{dispatch::DispatchResult, ensure, storage::with_storage_layer, traits::Time};
use salus_primitives::{
	Answer, AnsweredBy, Answers, Approval, ConsentRequest, ConsentRequestId, GrantTerms, Grantee,
	GuardianId, Moment, RecordKeys, RecordWraps, RequestTerms, Role, RoleQuery, RuleAnswer, RuleId,
	CONSENT_REQUEST_LIFETIME, MAX_REQUESTS_PER_REQUESTER,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// Whether room had to be made for a grant that a rule gave.
	pub(crate) fn do_request(
		requester: T::AccountId,
		patient: T::AccountId,
		terms: RequestTerms,
	) -> Result<bool, DispatchError> {
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
			Some((rule, answer, condition)) => {
				Self::answer_by_rule(&patient, id, request, rule, answer, condition)
			}
			None => {
				Self::put_request(&patient, id, request)?;
				Ok(false)
			}
		}
	}

	pub(crate) fn do_withdraw(
		requester: T::AccountId,
		patient: T::AccountId,
		id: ConsentRequestId,
	) -> DispatchResult {
		let request = Self::take_request(&patient, id, T::Time::now())?;
		ensure!(request.requester == requester, Error::<T>::UnknownRequest);
		Self::deposit_event(Event::Withdrawn {
			patient,
			request: id,
			requester,
		});
		Ok(())
	}

	/// Whether room had to be made for the grant.
	pub(crate) fn do_approve(
		who: T::AccountId,
		patient: T::AccountId,
		id: ConsentRequestId,
		approval: Approval,
		wraps: RecordWraps<T::AccountId>,
	) -> Result<bool, DispatchError> {
		// A guardian may not reach a wrap of what lies beyond their scope, and guarded records need none.
		ensure!(
			who == patient || wraps.is_empty(),
			Error::<T>::WrapsByGuardian
		);
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

	/// How many times room had to be made.
	pub(crate) fn do_answer_many(
		who: T::AccountId,
		patient: T::AccountId,
		answers: Answers,
	) -> Result<u32, DispatchError> {
		answers.into_iter().try_fold(0u32, |cleared, (id, answer)| {
			let again = Self::answer(&who, &patient, id, answer)?;
			Ok(cleared.saturating_add(again.into()))
		})
	}

	/// The patient's or a guardian's answer; whether room had to be made for a grant.
	fn answer(
		who: &T::AccountId,
		patient: &T::AccountId,
		id: ConsentRequestId,
		answer: Answer,
	) -> Result<bool, DispatchError> {
		let now = T::Time::now();
		let request = Self::take_request(patient, id, now)?;
		let (by, guardian_until) = Self::authority(who, patient, &request, &answer, now)?;
		match answer {
			Answer::Decline => {
				Self::declined(patient, id, request.requester, by);
				Ok(false)
			}
			Answer::Approve(Approval { uses, until }) => {
				let asked = request.terms.until;
				ensure!(
					until.is_none_or(|until| asked.is_none_or(|asked| until <= asked)),
					Error::<T>::BeyondRequest
				);
				let until = [until.or(asked), guardian_until]
					.into_iter()
					.flatten()
					.min();
				Self::grant_request(patient, id, request, by, |terms| GrantTerms {
					uses,
					until,
					..terms
				})
			}
		}
	}

	/// In whose name an answer is given, and until when at most what it grants may hold.
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
		// What one asks for oneself, another must answer.
		ensure!(*who != request.requester, Error::<T>::NotAuthorized);
		let (id, guardian): (GuardianId, _) =
			Self::guardian_over(patient, who, &request.terms, now)
				.ok_or(Error::<T>::NotAuthorized)?;
		Ok((AnsweredBy::Guardian(id), guardian.until))
	}

	/// A rule's answer; whether room had to be made for a grant. Where none can be made, the request waits for the patient.
	fn answer_by_rule(
		patient: &T::AccountId,
		id: ConsentRequestId,
		request: ConsentRequest<T::AccountId>,
		rule: RuleId,
		answer: RuleAnswer,
		condition: Option<salus_primitives::Expression>,
	) -> Result<bool, DispatchError> {
		let by = AnsweredBy::Rule(rule);
		match answer {
			RuleAnswer::Decline => {
				Self::declined(patient, id, request.requester, by);
				Ok(false)
			}
			RuleAnswer::Approve { duration } => {
				let end = request.made.saturating_add(duration);
				let until = request.terms.until.map_or(end, |asked| asked.min(end));
				let waiting = request.clone();
				let granted = with_storage_layer(|| {
					Self::grant_request(patient, id, request, by, |terms| GrantTerms {
						until: Some(until),
						condition,
						..terms
					})
				});
				if granted != Err(Error::<T>::TooManyGrants.into()) {
					return granted;
				}
				Self::put_request(patient, id, waiting)?;
				Ok(true)
			}
		}
	}

	/// Gives the requester a grant with the terms of the request, narrowed; whether room had to be made for it.
	fn grant_request(
		patient: &T::AccountId,
		id: ConsentRequestId,
		request: ConsentRequest<T::AccountId>,
		by: AnsweredBy,
		narrow: impl FnOnce(GrantTerms<T::AccountId>) -> GrantTerms<T::AccountId>,
	) -> Result<bool, DispatchError> {
		let ConsentRequest {
			requester,
			terms: asked,
			made: _,
			expires: _,
		} = request;
		let now = T::Time::now();
		let terms = narrow(GrantTerms {
			grantee: Grantee::Account(requester),
			scope: asked.scope,
			purposes: asked.purposes,
			actions: asked.actions,
			from: None,
			until: None,
			uses: None,
			condition: None,
		});
		// The record may have been erased, and the end have come, since it was asked for.
		let terms = Self::checked_terms(patient, terms, now)?;
		let (grant, cleared) = Self::add_grant(patient.clone(), Self::new_grant(terms, now), now)?;
		Self::deposit_event(Event::Approved {
			patient: patient.clone(),
			request: id,
			grant,
			by,
		});
		Ok(cleared)
	}

	fn declined(
		patient: &T::AccountId,
		request: ConsentRequestId,
		requester: T::AccountId,
		by: AnsweredBy,
	) {
		Self::deposit_event(Event::Declined {
			patient: patient.clone(),
			request,
			requester,
			by,
		});
	}

	/// The terms with canonical sets, if one may ask for them now.
	fn checked_request(
		patient: &T::AccountId,
		terms: RequestTerms,
		now: Moment,
	) -> Result<RequestTerms, Error<T>> {
		let RequestTerms {
			scope,
			purposes,
			actions,
			until,
		} = terms;
		ensure!(
			until.is_none_or(|until| until > now),
			Error::<T>::InvalidPeriod
		);
		Ok(RequestTerms {
			scope: Self::checked_scope(patient, scope)?,
			purposes: Self::canonical(purposes)?,
			actions: Self::canonical(actions)?,
			until,
		})
	}

	/// Takes the number for a new request.
	fn number_request(patient: &T::AccountId) -> Result<ConsentRequestId, Error<T>> {
		Patients::<T>::try_mutate(patient, |state| {
			let id = state.next_request;
			state.next_request = id.checked_add(1).ok_or(Error::<T>::TooManyRequests)?;
			Ok(id)
		})
	}

	/// Lets a request wait for its answer.
	fn put_request(
		patient: &T::AccountId,
		id: ConsentRequestId,
		request: ConsentRequest<T::AccountId>,
	) -> DispatchResult {
		let mut requests = Self::waiting_requests(patient, request.made);
		let of_theirs = requests
			.iter()
			.filter(|(_, other)| other.requester == request.requester)
			.count();
		ensure!(
			of_theirs < MAX_REQUESTS_PER_REQUESTER as usize,
			Error::<T>::TooManyRequests
		);
		requests
			.try_push((id, request))
			.map_err(|_| Error::<T>::TooManyRequests)?;
		Requests::<T>::insert(patient, requests);
		Ok(())
	}

	/// Takes a request out of those that wait.
	fn take_request(
		patient: &T::AccountId,
		id: ConsentRequestId,
		now: Moment,
	) -> Result<ConsentRequest<T::AccountId>, Error<T>> {
		let mut requests = Self::waiting_requests(patient, now);
		let index = requests
			.iter()
			.position(|(waiting, _)| *waiting == id)
			.ok_or(Error::<T>::UnknownRequest)?;
		let (_, request) = requests.remove(index);
		if requests.is_empty() {
			Requests::<T>::remove(patient);
		} else {
			Requests::<T>::insert(patient, requests);
		}
		Ok(request)
	}

	/// The requests that still wait, and an event for each that no longer does. The caller stores them.
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
