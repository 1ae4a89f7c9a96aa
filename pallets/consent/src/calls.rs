//! Calls of the pallet. Each checks its origin and leaves the rest to a `do_…` function.
//!
//! `feeless_if` with `true`: the runtime may draw the call from the sender's allowance instead of
//! charging a fee (`runtime/src/fees.rs`).

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod calls {
	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Gives a grant, together with the wrapped keys of the records that it covers now.
		///
		/// ## Origin
		/// Signed by a live patient. The grant concerns the caller's own records only.
		///
		/// ## Details
		/// The grant gets the patient's next number. It holds from `terms.from` (or now) until just
		/// before `terms.until` (or until revoked), for `terms.uses` permitted requests, and where
		/// `terms.condition` is met. Repetitions in the sets are dropped. If there is no room left,
		/// the call clears some grants that have expired or are used up. `wraps` may name any of
		/// the patient's records. A wrap replaces an existing one for the same recipient.
		///
		/// A grant to a member names one capacity, which must exist, and ends with it. A grant to
		/// an account (`Grantee::Account`) ends with the last of the capacities that the account
		/// has now. A grant to a person holds through any live membership. No grant permits
		/// breaking the glass.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::Oneself`], [`Error::PatientRole`],
		/// [`Error::UnknownOrganisation`], [`Error::UnknownMember`], [`Error::EmptySet`],
		/// [`Error::BreaksTheGlass`], [`Error::InvalidPeriod`], [`Error::UnknownRecord`],
		/// [`Error::NotYourRecord`], [`Error::RecordErased`], [`Error::UnknownVersion`],
		/// [`Error::NoUses`], [`Error::MalformedCondition`], [`Error::TooManyGrants`], and those of
		/// [`RecordKeys::add_wraps`].
		///
		/// ## Events
		/// [`Event::Granted`], and [`Event::Cleared`] for each grant cleared to make room.
		#[pallet::call_index(0)]
		#[pallet::weight(
			T::WeightInfo::grant()
				.saturating_add(T::WeightInfo::clear_ended())
				.saturating_add(T::Keys::wraps_weight(wraps.len() as u32))
		)]
		#[pallet::feeless_if(
			|_origin: &OriginFor<T>,
			 _terms: &GrantTerms<T::AccountId>,
			 _wraps: &RecordWraps<T::AccountId>|
			 -> bool { true }
		)]
		pub fn grant(
			origin: OriginFor<T>,
			terms: GrantTerms<T::AccountId>,
			wraps: RecordWraps<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			let (own, keys) = (T::WeightInfo::grant(), wraps.len() as u32);
			let clearings = Self::do_grant(patient, terms, wraps)
				.map_err(|error| Self::refused_changing_keys(error, own, keys))?;
			let least = own.saturating_add(T::Keys::wraps_weight(keys));
			Ok(Self::with_clearing_weight(least, clearings))
		}

		/// Revokes a grant, together with the wrapped keys that `remove` names.
		///
		/// ## Origin
		/// Signed by the patient who gave the grant, even if their membership is no longer live:
		/// revoking consent always works.
		///
		/// ## Details
		/// Takes effect at once, and ends the grants passed on from it. Its number is not used
		/// again. Other grants that cover the same reader stay. `remove` may name wraps that do not
		/// exist and the patient's own wraps: both are skipped.
		///
		/// ## Errors
		/// [`Error::UnknownGrant`], and those of [`RecordKeys::remove_wraps`].
		///
		/// ## Events
		/// [`Event::Revoked`].
		#[pallet::call_index(1)]
		#[pallet::weight((
			T::WeightInfo::revoke().saturating_add(T::Keys::wraps_weight(remove.len() as u32)),
			DispatchClass::Operational,
		))]
		#[pallet::feeless_if(
			|_origin: &OriginFor<T>, _grant: &GrantId, _remove: &WrapKeys<T::AccountId>|
			 -> bool { true }
		)]
		pub fn revoke(
			origin: OriginFor<T>,
			grant: GrantId,
			remove: WrapKeys<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			let (own, keys) = (T::WeightInfo::revoke(), remove.len() as u32);
			Self::do_revoke(patient, grant, remove)
				.map_err(|error| Self::refused_changing_keys(error, own, keys))?;
			Ok(().into())
		}

		/// Denies access explicitly, above every present and future grant, and removes the wrapped
		/// keys that `remove` names.
		///
		/// ## Origin
		/// Signed by a patient, even if their membership is no longer live: narrowing consent
		/// always works.
		///
		/// ## Details
		/// Holds for every purpose and action, emergencies included, until it is lifted. It does
		/// not change the grants, and it does not bar guardians, whom the patient dismisses
		/// instead. A denied account is barred in every capacity. Grants passed on by a denied
		/// member pause where the denial covers them. A denial to an organisation or role bars its
		/// live members at the moment of a decision. The organisation may be suspended.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::Oneself`], [`Error::PatientRole`],
		/// [`Error::UnknownOrganisation`], [`Error::EmptySet`], [`Error::UnknownRecord`],
		/// [`Error::NotYourRecord`], [`Error::RecordErased`], [`Error::UnknownVersion`],
		/// [`Error::TooManyDenials`], and those of [`RecordKeys::remove_wraps`].
		///
		/// ## Events
		/// [`Event::Denied`].
		#[pallet::call_index(2)]
		#[pallet::weight((
			T::WeightInfo::deny().saturating_add(T::Keys::wraps_weight(remove.len() as u32)),
			DispatchClass::Operational,
		))]
		#[pallet::feeless_if(
			|_origin: &OriginFor<T>,
			 _grantee: &Grantee<T::AccountId>,
			 _scope: &Scope,
			 _remove: &WrapKeys<T::AccountId>|
			 -> bool { true }
		)]
		pub fn deny(
			origin: OriginFor<T>,
			grantee: Grantee<T::AccountId>,
			scope: Scope,
			remove: WrapKeys<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let patient = ensure_signed(origin)?;
			let (own, keys) = (T::WeightInfo::deny(), remove.len() as u32);
			Self::do_deny(patient, grantee, scope, remove)
				.map_err(|error| Self::refused_changing_keys(error, own, keys))?;
			Ok(().into())
		}

		/// Lifts a denial. The remaining grants apply again.
		///
		/// ## Origin
		/// Signed by the patient who denied, as a live patient: lifting a denial widens access, as
		/// a grant does.
		///
		/// ## Details
		/// Takes effect at once. Wrapped keys removed with the denial do not come back.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::UnknownDenial`].
		///
		/// ## Events
		/// [`Event::Lifted`].
		#[pallet::call_index(3)]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _denial: &DenialId| -> bool { true })]
		pub fn lift(origin: OriginFor<T>, denial: DenialId) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_lift(patient, denial)
		}

		/// Opts out of emergency access, or back in.
		///
		/// ## Origin
		/// Signed by a patient. Opting out always works. Opting in requires a live patient.
		///
		/// ## Details
		/// While a patient is opted out, an open emergency case opens none of their records except
		/// emergency summaries. Those have a separate switch
		/// ([`Pallet::set_emergency_summary_closed`]), which this call leaves unchanged. Grants and
		/// guardians are not affected.
		///
		/// ## Errors
		/// [`Error::NotPatient`].
		///
		/// ## Events
		/// [`Event::EmergencyOptOutSet`].
		#[pallet::call_index(4)]
		#[pallet::weight((T::WeightInfo::set_emergency_opt_out(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _opted_out: &bool| -> bool { true })]
		pub fn set_emergency_opt_out(origin: OriginFor<T>, opted_out: bool) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_set_emergency_opt_out(patient, opted_out)
		}

		/// Appoints a guardian, who reads in the patient's place and answers requests.
		///
		/// ## Origin
		/// Signed by a live patient.
		///
		/// ## Details
		/// The guardian may read what `scope` and `purposes` cover, and answer read-only requests
		/// within both, until just before `until`: for example the day on which a child comes of
		/// age. Whenever they act, they need a live membership of any kind. They cannot appoint
		/// others. The call removes expired guardians.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::Oneself`], [`Error::EmptySet`],
		/// [`Error::BreaksTheGlass`], [`Error::UnknownRecord`], [`Error::NotYourRecord`],
		/// [`Error::RecordErased`], [`Error::UnknownVersion`], [`Error::InvalidPeriod`],
		/// [`Error::AlreadyGuardian`], [`Error::TooManyGuardians`].
		///
		/// ## Events
		/// [`Event::GuardianAppointed`].
		#[pallet::call_index(5)]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _guardian: &T::AccountId, _scope: &Scope, _purposes: &Purposes, _until: &Option<Moment>| -> bool { true })]
		pub fn appoint_guardian(
			origin: OriginFor<T>,
			guardian: T::AccountId,
			scope: Scope,
			purposes: Purposes,
			until: Option<Moment>,
		) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_appoint_guardian(patient, guardian, scope, purposes, until)
		}

		/// Dismisses a guardian.
		///
		/// ## Origin
		/// Signed by the patient who appointed them, even if the patient's membership is no longer
		/// live.
		///
		/// ## Details
		/// Takes effect at once. Grants that the guardian gave by answering requests stay.
		///
		/// ## Errors
		/// [`Error::UnknownGuardian`].
		///
		/// ## Events
		/// [`Event::GuardianDismissed`].
		#[pallet::call_index(6)]
		#[pallet::weight((T::WeightInfo::dismiss_guardian(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _id: &GuardianId| -> bool { true })]
		pub fn dismiss_guardian(origin: OriginFor<T>, id: GuardianId) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_dismiss_guardian(patient, id)
		}

		/// Asks a patient for consent.
		///
		/// ## Origin
		/// Signed by a live member.
		///
		/// ## Details
		/// The patient's standing rules are tried in order, and the first that matches answers at
		/// once. An approval makes a grant to the caller, in the capacity that matches the rule.
		/// This grant ends with the rule's duration and carries the rule's condition. The request
		/// waits for an answer, for at most 30 days, if no rule matches, if the patient has no room
		/// for a grant, or if rules already gave the caller or their organisation the maximum
		/// number. A request is made in the caller's first live capacity in order of role, or as a
		/// person if the caller is only a live patient. The call removes expired requests.
		///
		/// ## Errors
		/// [`Error::Oneself`], [`Error::NotMember`], [`Error::UnknownPatient`],
		/// [`Error::EmptySet`], [`Error::BreaksTheGlass`], [`Error::UnknownRecord`],
		/// [`Error::NotYourRecord`], [`Error::RecordErased`], [`Error::UnknownVersion`],
		/// [`Error::InvalidPeriod`], [`Error::TooManyRequests`].
		///
		/// ## Events
		/// [`Event::Requested`]. If a rule answers, also [`Event::Granted`] and
		/// [`Event::Approved`], or [`Event::Declined`]. [`Event::RequestExpired`] and
		/// [`Event::Cleared`] for removed requests and grants.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::request().saturating_add(T::WeightInfo::clear_ended()))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _patient: &T::AccountId, _terms: &RequestTerms| -> bool { true })]
		pub fn request(
			origin: OriginFor<T>,
			patient: T::AccountId,
			terms: RequestTerms,
		) -> DispatchResultWithPostInfo {
			let requester = ensure_signed(origin)?;
			let least = T::WeightInfo::request();
			let clearings = Self::do_request(requester, patient, terms)
				.map_err(|refused| Self::refused(refused.error, least, refused.clearings))?;
			Ok(Self::with_clearing_weight(least, clearings))
		}

		/// Withdraws a request.
		///
		/// ## Origin
		/// Signed by the requester.
		///
		/// ## Details
		/// The request is removed, and its place is free.
		///
		/// ## Errors
		/// [`Error::UnknownRequest`].
		///
		/// ## Events
		/// [`Event::Withdrawn`].
		#[pallet::call_index(8)]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _patient: &T::AccountId, _request: &ConsentRequestId| -> bool { true })]
		pub fn withdraw(
			origin: OriginFor<T>,
			patient: T::AccountId,
			request: ConsentRequestId,
		) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			Self::do_withdraw(requester, patient, request)
		}

		/// Approves a request.
		///
		/// ## Origin
		/// Signed by the live patient, or by a guardian other than the requester, within whose
		/// scope and purposes the request lies.
		///
		/// ## Details
		/// Makes a grant to the requester in the capacity in which they asked, with the request's
		/// terms narrowed by `approval`. A grant by a guardian ends with their appointment at the
		/// latest, and the number of those grants is limited for each requester and organisation.
		/// `wraps` are as for [`Pallet::grant`]. A guardian passes none.
		///
		/// ## Errors
		/// [`Error::UnknownRequest`], [`Error::NotAuthorized`], [`Error::NotPatient`],
		/// [`Error::BeyondRequest`], [`Error::WrapsByGuardian`], [`Error::NotMember`],
		/// [`Error::TooManyAnswered`], and those of [`Pallet::grant`].
		///
		/// ## Events
		/// [`Event::Granted`], [`Event::Approved`]. [`Event::RequestExpired`] and
		/// [`Event::Cleared`] for removed requests and grants.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::approve().saturating_add(T::WeightInfo::clear_ended()).saturating_add(T::Keys::wraps_weight(wraps.len() as u32)))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _patient: &T::AccountId, _request: &ConsentRequestId, _approval: &Approval, _wraps: &RecordWraps<T::AccountId>| -> bool { true })]
		pub fn approve(
			origin: OriginFor<T>,
			patient: T::AccountId,
			request: ConsentRequestId,
			approval: Approval,
			wraps: RecordWraps<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let least =
				T::WeightInfo::approve().saturating_add(T::Keys::wraps_weight(wraps.len() as u32));
			let clearings = Self::do_approve(who, patient, request, approval, wraps)
				.map_err(|error| Self::refused(error, least, Clearings::NONE))?;
			Ok(Self::with_clearing_weight(least, clearings))
		}

		/// Declines a request.
		///
		/// ## Origin
		/// As for [`Pallet::approve`], but the patient need not be live.
		///
		/// ## Details
		/// The request is removed. The requester may ask again.
		///
		/// ## Errors
		/// [`Error::UnknownRequest`], [`Error::NotAuthorized`].
		///
		/// ## Events
		/// [`Event::Declined`].
		#[pallet::call_index(10)]
		#[pallet::weight((T::WeightInfo::decline(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _patient: &T::AccountId, _request: &ConsentRequestId| -> bool { true })]
		pub fn decline(
			origin: OriginFor<T>,
			patient: T::AccountId,
			request: ConsentRequestId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_decline(who, patient, request)
		}

		/// Answers several requests. If one answer is refused, none takes effect.
		///
		/// ## Origin
		/// As for each separate answer.
		///
		/// ## Details
		/// Answers in the order of the list, each as by [`Pallet::approve`] without wraps or by
		/// [`Pallet::decline`].
		///
		/// ## Errors
		/// Those of [`Pallet::approve`] and [`Pallet::decline`].
		///
		/// ## Events
		/// Those of each answer.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::approve().saturating_add(T::WeightInfo::clear_ended()).saturating_mul(answers.len() as u64))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _patient: &T::AccountId, _answers: &Answers| -> bool { true })]
		pub fn answer_many(
			origin: OriginFor<T>,
			patient: T::AccountId,
			answers: Answers,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_answer_many(&who, &patient, answers)
		}

		/// Adds a standing rule after the existing ones.
		///
		/// ## Origin
		/// Signed by a live patient.
		///
		/// ## Details
		/// From now on, the rule answers requests that it matches and that no earlier rule matches.
		/// It does not affect requests that already wait. See `StandingRule` for how rules match.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::Oneself`], [`Error::PatientRole`],
		/// [`Error::UnknownOrganisation`], [`Error::EmptySet`], [`Error::UnknownRecord`],
		/// [`Error::NotYourRecord`], [`Error::RecordErased`], [`Error::UnknownVersion`],
		/// [`Error::MalformedCondition`], [`Error::InvalidPeriod`] (an approval without a
		/// duration), [`Error::BreaksTheGlass`] (an approval for that purpose),
		/// [`Error::TooManyRules`].
		///
		/// ## Events
		/// [`Event::RuleSet`].
		#[pallet::call_index(12)]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _rule: &StandingRule<T::AccountId>| -> bool { true })]
		pub fn set_rule(origin: OriginFor<T>, rule: StandingRule<T::AccountId>) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_set_rule(patient, rule)
		}

		/// Removes a standing rule.
		///
		/// ## Origin
		/// Signed by the patient who set it. Removing a rule that declines may widen access, so it
		/// requires a live patient.
		///
		/// ## Details
		/// Takes effect at once. Grants that the rule gave stay.
		///
		/// ## Errors
		/// [`Error::UnknownRule`], [`Error::NotPatient`].
		///
		/// ## Events
		/// [`Event::RuleRemoved`].
		#[pallet::call_index(13)]
		#[pallet::weight((T::WeightInfo::remove_rule(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _rule: &RuleId| -> bool { true })]
		pub fn remove_rule(origin: OriginFor<T>, rule: RuleId) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_remove_rule(patient, rule)
		}

		/// Passes a grant, or part of it, on to somebody else.
		///
		/// ## Origin
		/// Signed by a member to whom one of the patient's grants with the action share applies
		/// now.
		///
		/// ## Details
		/// The new grant lies within its parent's scope, purposes, actions (share itself is never
		/// passed on), end and uses. It holds only while the parent holds for the sharer and the
		/// parent's conditions are met. Its uses also count against the parent. Revoking the parent
		/// ends it. It cannot be passed on again.
		///
		/// ## Errors
		/// [`Error::UnknownGrant`], [`Error::NotShareable`], [`Error::BeyondParent`],
		/// [`Error::TooManyShared`], and those of [`Pallet::grant`].
		///
		/// ## Events
		/// [`Event::Granted`], [`Event::Shared`], and [`Event::Cleared`] for each grant that made
		/// room.
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::share().saturating_add(T::WeightInfo::clear_ended()))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _patient: &T::AccountId, _parent: &GrantId, _terms: &GrantTerms<T::AccountId>| -> bool { true })]
		pub fn share(
			origin: OriginFor<T>,
			patient: T::AccountId,
			parent: GrantId,
			terms: GrantTerms<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let sharer = ensure_signed(origin)?;
			let least = T::WeightInfo::share();
			let clearings = Self::do_share(sharer, patient, parent, terms)
				.map_err(|error| Self::refused(error, least, Clearings::NONE))?;
			Ok(Self::with_clearing_weight(least, clearings))
		}

		/// Closes the caller's emergency summaries to emergency access, or opens them again.
		///
		/// ## Origin
		/// Signed by a patient. Closing always works. Opening requires a live patient.
		///
		/// ## Details
		/// While they are open, a clinician with an open emergency case reads records of that
		/// category for the purpose ETREAT, even if the patient has opted out of emergency access
		/// to other records. Grants and guardians are not affected.
		///
		/// ## Errors
		/// [`Error::NotPatient`].
		///
		/// ## Events
		/// [`Event::EmergencySummarySet`].
		#[pallet::call_index(15)]
		#[pallet::weight((T::WeightInfo::set_emergency_summary_closed(), DispatchClass::Operational))]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _closed: &bool| -> bool { true })]
		pub fn set_emergency_summary_closed(origin: OriginFor<T>, closed: bool) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_set_emergency_summary_closed(patient, closed)
		}
	}
}
