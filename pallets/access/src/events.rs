//! What the pallet tells the world.

// A section of the pallet, pasted into its module: what is imported there is imported here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// What has happened. Fields hold identifiers, hashes and codes only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A patient's log has a new entry. Patients' clients watch this: it is the notice.
		Logged {
			/// Whose log.
			patient: T::AccountId,
			/// The entry's place in it.
			index: u32,
			/// The log's head after it.
			head: Hash32,
			/// The entry itself.
			entry: LogEntry<T::AccountId>,
		},
		/// Old entries left the state.
		Archived {
			/// Of whose log.
			patient: T::AccountId,
			/// How many of the oldest are archived now, in all.
			archived: u32,
			/// The hash over those.
			archived_head: Hash32,
		},
		/// A request was permitted.
		Permitted {
			/// Which one.
			request: RequestId,
			/// Whose record it is for.
			patient: T::AccountId,
			/// Who asked.
			reader: T::AccountId,
			/// The epoch whose members now release the key. `None` for a version in direct mode: there is no release, the
			/// reader uses their wrap.
			epoch: Option<Epoch>,
		},
		/// A request was denied.
		Refused {
			/// Which one.
			request: RequestId,
			/// Whose record it was for.
			patient: T::AccountId,
			/// Who asked.
			reader: T::AccountId,
			/// Why.
			reason: DenyReason,
		},
		/// A reader paid for a denial beyond the quota.
		DenialPaid {
			/// Who.
			reader: T::AccountId,
			/// How much was burnt.
			fee: BalanceOf<T>,
		},
		/// A member of the committee posted its share.
		ShareTaken {
			/// For which request.
			request: RequestId,
			/// Which member.
			member: MemberIndex,
		},
		/// As many shares are posted as open the key.
		Released {
			/// For which request.
			request: RequestId,
			/// Whose record it is.
			patient: T::AccountId,
			/// Who asked.
			reader: T::AccountId,
		},
		/// A release had ended, and was removed with its shares.
		Ended {
			/// For which request.
			request: RequestId,
		},
		/// A clinician broke the glass. Clients of the patient and of their guardians watch this.
		EmergencyOpened {
			/// Number of the case.
			case: CaseId,
			/// Whose records.
			patient: T::AccountId,
			/// Who.
			opener: T::AccountId,
			/// For which hospital.
			organisation: OrganisationId,
			/// Why.
			reason: EmergencyReason,
			/// Until when the case opens records, that moment excluded.
			until: Moment,
			/// By when it must be reviewed.
			review_by: Moment,
		},
		/// Someone reviewed a case.
		EmergencyReviewed {
			/// Which one.
			case: CaseId,
			/// Who.
			by: T::AccountId,
			/// As what.
			reviewer: Reviewer,
			/// Whether it was justified.
			justified: bool,
		},
		/// A case has been decided.
		EmergencyDecided {
			/// Which one.
			case: CaseId,
			/// Who had opened it.
			opener: T::AccountId,
			/// Whether it was justified.
			status: CaseStatus,
			/// What was burnt of the hospital's bond.
			fine: BalanceOf<T>,
		},
		/// A decided case left the state.
		CaseForgotten {
			/// Which one.
			case: CaseId,
		},
		/// A hospital's bond has grown.
		BondDeposited {
			/// Whose.
			organisation: OrganisationId,
			/// On whose account it is held.
			depositor: T::AccountId,
			/// What it holds now.
			amount: BalanceOf<T>,
		},
		/// A hospital's bond was given back.
		BondWithdrawn {
			/// Whose.
			organisation: OrganisationId,
			/// To whom.
			depositor: T::AccountId,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// The council appointed an auditor to review emergencies.
		AuditorAppointed {
			/// Who.
			account: T::AccountId,
			/// Of which organisation.
			organisation: OrganisationId,
		},
		/// The council dismissed an auditor of emergencies.
		AuditorDismissed {
			/// Who.
			account: T::AccountId,
		},
		/// The council reinstated a clinician who was suspended for a rejected emergency.
		ClinicianReinstated {
			/// Who.
			account: T::AccountId,
		},
	}
}
