//! What the pallet tells the world.

// A section of the pallet, pasted into its module: what is imported there is imported here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// What has happened. Fields hold identifiers and codes only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A grant was given: by the patient, as the answer to a request, or passed on.
		Granted {
			/// The patient.
			patient: T::AccountId,
			/// The grant's number.
			grant: GrantId,
			/// To whom it was given.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient revoked a grant, or the one from which this one was passed on.
		Revoked {
			/// The patient.
			patient: T::AccountId,
			/// The grant's number.
			grant: GrantId,
			/// To whom it had been given.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient denied access.
		Denied {
			/// The patient.
			patient: T::AccountId,
			/// The denial's number.
			denial: DenialId,
			/// To whom access is denied.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient lifted a denial.
		Lifted {
			/// The patient.
			patient: T::AccountId,
			/// The denial's number.
			denial: DenialId,
			/// To whom access had been denied.
			grantee: Grantee<T::AccountId>,
		},
		/// A grant that had expired or was used up made room for another.
		Cleared {
			/// The patient.
			patient: T::AccountId,
			/// The grant's number.
			grant: GrantId,
		},
		/// A patient opted out of emergency access, or in again.
		EmergencyOptOutSet {
			/// The patient.
			patient: T::AccountId,
			/// Whether they are out.
			opted_out: bool,
		},
		/// A patient appointed a guardian.
		GuardianAppointed {
			/// The patient.
			patient: T::AccountId,
			/// The appointment's number.
			id: GuardianId,
			/// Who was appointed.
			guardian: T::AccountId,
			/// Until when, that moment excluded.
			until: Option<Moment>,
		},
		/// A patient dismissed a guardian.
		GuardianDismissed {
			/// The patient.
			patient: T::AccountId,
			/// The appointment's number.
			id: GuardianId,
			/// Who had been appointed.
			guardian: T::AccountId,
		},
		/// Someone asked for consent.
		Requested {
			/// The patient.
			patient: T::AccountId,
			/// The request's number.
			request: ConsentRequestId,
			/// Who asks.
			requester: T::AccountId,
		},
		/// A requester took a request back.
		Withdrawn {
			/// The patient.
			patient: T::AccountId,
			/// The request's number.
			request: ConsentRequestId,
			/// Who had asked.
			requester: T::AccountId,
		},
		/// A request was approved.
		Approved {
			/// The patient.
			patient: T::AccountId,
			/// The request's number.
			request: ConsentRequestId,
			/// The grant that it led to.
			grant: GrantId,
			/// Who or what answered.
			by: AnsweredBy,
		},
		/// A request was declined.
		Declined {
			/// The patient.
			patient: T::AccountId,
			/// The request's number.
			request: ConsentRequestId,
			/// Who had asked.
			requester: T::AccountId,
			/// Who or what answered.
			by: AnsweredBy,
		},
		/// A request was not answered in time.
		RequestExpired {
			/// The patient.
			patient: T::AccountId,
			/// The request's number.
			request: ConsentRequestId,
		},
		/// A patient set a standing rule.
		RuleSet {
			/// The patient.
			patient: T::AccountId,
			/// The rule's number.
			rule: RuleId,
		},
		/// A patient removed a standing rule.
		RuleRemoved {
			/// The patient.
			patient: T::AccountId,
			/// The rule's number.
			rule: RuleId,
		},
		/// A grant was passed on from another.
		Shared {
			/// The patient.
			patient: T::AccountId,
			/// The grant's number.
			grant: GrantId,
			/// The one from which it was passed on.
			parent: GrantId,
			/// Who passed it on.
			sharer: T::AccountId,
		},
		/// A patient closed their emergency summaries, or opened them again.
		EmergencySummarySet {
			/// The patient.
			patient: T::AccountId,
			/// Whether they are closed.
			closed: bool,
		},
	}
}
