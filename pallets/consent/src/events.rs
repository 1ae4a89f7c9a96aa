//! Events of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// Events of the pallet. Their fields hold identifiers and codes only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A grant was given: by the patient, as the answer to a request, or passed on.
		Granted {
			/// Patient whose records the grant covers.
			patient: T::AccountId,
			/// Number of the grant.
			grant: GrantId,
			/// Grantee of the grant.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient revoked a grant, or the parent of a passed-on grant.
		Revoked {
			/// Patient whose records the grant covered.
			patient: T::AccountId,
			/// Number of the grant.
			grant: GrantId,
			/// Grantee of the grant.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient denied access.
		Denied {
			/// Patient who denied access.
			patient: T::AccountId,
			/// Number of the denial.
			denial: DenialId,
			/// Grantee whose access is denied.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient lifted a denial.
		Lifted {
			/// Patient who lifted the denial.
			patient: T::AccountId,
			/// Number of the denial.
			denial: DenialId,
			/// Grantee whose access had been denied.
			grantee: Grantee<T::AccountId>,
		},
		/// A grant that had expired or was used up was removed to make room.
		Cleared {
			/// Patient whose records the grant covered.
			patient: T::AccountId,
			/// Number of the grant.
			grant: GrantId,
		},
		/// A patient opted out of emergency access, or back in.
		EmergencyOptOutSet {
			/// Patient who decided.
			patient: T::AccountId,
			/// Whether they are opted out.
			opted_out: bool,
		},
		/// A patient appointed a guardian.
		GuardianAppointed {
			/// Patient who appointed the guardian.
			patient: T::AccountId,
			/// Number of the appointment.
			id: GuardianId,
			/// Account of the guardian.
			guardian: T::AccountId,
			/// End of the appointment, in milliseconds, exclusive. `None` if it has no end.
			until: Option<Moment>,
		},
		/// A patient dismissed a guardian.
		GuardianDismissed {
			/// Patient who dismissed the guardian.
			patient: T::AccountId,
			/// Number of the appointment.
			id: GuardianId,
			/// Account of the former guardian.
			guardian: T::AccountId,
		},
		/// A member asked for consent.
		Requested {
			/// Patient whose consent is requested.
			patient: T::AccountId,
			/// Number of the request.
			request: ConsentRequestId,
			/// Account that asks.
			requester: T::AccountId,
		},
		/// A requester withdrew a request.
		Withdrawn {
			/// Patient whose consent was requested.
			patient: T::AccountId,
			/// Number of the request.
			request: ConsentRequestId,
			/// Account that had asked.
			requester: T::AccountId,
		},
		/// A request was approved.
		Approved {
			/// Patient whose consent was requested.
			patient: T::AccountId,
			/// Number of the request.
			request: ConsentRequestId,
			/// Number of the resulting grant.
			grant: GrantId,
			/// Author of the answer: the patient, a guardian or a rule.
			by: AnsweredBy,
		},
		/// A request was declined.
		Declined {
			/// Patient whose consent was requested.
			patient: T::AccountId,
			/// Number of the request.
			request: ConsentRequestId,
			/// Account that had asked.
			requester: T::AccountId,
			/// Author of the answer: the patient, a guardian or a rule.
			by: AnsweredBy,
		},
		/// A request expired without an answer.
		RequestExpired {
			/// Patient whose consent was requested.
			patient: T::AccountId,
			/// Number of the request.
			request: ConsentRequestId,
		},
		/// A patient set a standing rule.
		RuleSet {
			/// Patient who set the rule.
			patient: T::AccountId,
			/// Number of the rule.
			rule: RuleId,
		},
		/// A patient removed a standing rule.
		RuleRemoved {
			/// Patient who removed the rule.
			patient: T::AccountId,
			/// Number of the rule.
			rule: RuleId,
		},
		/// A grant was passed on.
		Shared {
			/// Patient whose records the grant covers.
			patient: T::AccountId,
			/// Number of the new grant.
			grant: GrantId,
			/// Number of its parent.
			parent: GrantId,
			/// Account that passed it on.
			sharer: T::AccountId,
		},
		/// A patient closed their emergency summaries, or opened them again.
		EmergencySummarySet {
			/// Patient who decided.
			patient: T::AccountId,
			/// Whether their summaries are closed.
			closed: bool,
		},
	}
}
