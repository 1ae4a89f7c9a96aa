//! Events of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// Events of the pallet. Their fields hold identifiers, hashes and codes only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A patient's log has a new entry. Patients' clients watch this event: it is their notice.
		Logged {
			/// Patient to whom the log belongs.
			patient: T::AccountId,
			/// Index of the entry in the log.
			index: u32,
			/// Head of the log after the entry.
			head: Hash32,
			/// New entry.
			entry: LogEntry<T::AccountId>,
		},
		/// Old entries left the state.
		Archived {
			/// Patient to whom the log belongs.
			patient: T::AccountId,
			/// Total number of entries archived so far.
			archived: u32,
			/// Hash over the archived entries.
			archived_head: Hash32,
		},
		/// A request was permitted.
		Permitted {
			/// Number of the request.
			request: RequestId,
			/// Patient whose record was requested.
			patient: T::AccountId,
			/// Account that asked.
			reader: T::AccountId,
			/// Epoch whose members now release the key. `None` for a version in direct mode: it has
			/// no release, and the reader uses their wrap.
			epoch: Option<Epoch>,
		},
		/// A request was denied.
		Refused {
			/// Number of the request.
			request: RequestId,
			/// Patient whose record was requested.
			patient: T::AccountId,
			/// Account that asked.
			reader: T::AccountId,
			/// Reason for the denial.
			reason: DenyReason,
		},
		/// A reader paid for a denial beyond the quota.
		DenialPaid {
			/// Account that paid.
			reader: T::AccountId,
			/// Amount burnt.
			fee: BalanceOf<T>,
		},
		/// A committee member posted its share.
		ShareTaken {
			/// Number of the request.
			request: RequestId,
			/// Number of the member in the committee.
			member: MemberIndex,
		},
		/// Enough shares are posted to open the key.
		Released {
			/// Number of the request.
			request: RequestId,
			/// Patient whose record is released.
			patient: T::AccountId,
			/// Account that asked.
			reader: T::AccountId,
		},
		/// A release ended and was removed together with its shares.
		Ended {
			/// Number of the request.
			request: RequestId,
		},
		/// A clinician broke the glass. Clients of the patient and of their guardians watch this
		/// event.
		EmergencyOpened {
			/// Number of the case.
			case: CaseId,
			/// Patient whose records the case opens.
			patient: T::AccountId,
			/// Clinician who opened the case.
			opener: T::AccountId,
			/// Hospital for which they opened it.
			organisation: OrganisationId,
			/// Coded reason for the case.
			reason: EmergencyReason,
			/// End of the time in which the case opens records, in milliseconds, exclusive.
			until: Moment,
			/// Time at which the review is due, in milliseconds.
			review_by: Moment,
		},
		/// Somebody reviewed a case.
		EmergencyReviewed {
			/// Number of the case.
			case: CaseId,
			/// Account that reviewed it.
			by: T::AccountId,
			/// Capacity in which they reviewed it.
			reviewer: Reviewer,
			/// Whether the reviewer found the case justified.
			justified: bool,
		},
		/// A case was decided.
		EmergencyDecided {
			/// Number of the case.
			case: CaseId,
			/// Clinician who opened the case.
			opener: T::AccountId,
			/// Decision: justified or rejected.
			status: CaseStatus,
			/// Amount of the hospital's bond that was burnt.
			fine: BalanceOf<T>,
		},
		/// A decided case left the state.
		CaseForgotten {
			/// Number of the case.
			case: CaseId,
		},
		/// A hospital's bond grew.
		BondDeposited {
			/// Hospital to which the bond belongs.
			organisation: OrganisationId,
			/// Account on which the bond is held.
			depositor: T::AccountId,
			/// New amount of the bond.
			amount: BalanceOf<T>,
		},
		/// A hospital's bond was returned.
		BondWithdrawn {
			/// Hospital to which the bond belonged.
			organisation: OrganisationId,
			/// Account to which it was returned.
			depositor: T::AccountId,
			/// Amount returned.
			amount: BalanceOf<T>,
		},
		/// The council appointed an auditor to review emergencies.
		AuditorAppointed {
			/// Account of the auditor.
			account: T::AccountId,
			/// Organisation for which they audit.
			organisation: OrganisationId,
		},
		/// The council dismissed an auditor of emergencies.
		AuditorDismissed {
			/// Account of the auditor.
			account: T::AccountId,
		},
		/// The council reinstated a clinician who was suspended for a rejected emergency.
		ClinicianReinstated {
			/// Account of the clinician.
			account: T::AccountId,
		},
	}
}
