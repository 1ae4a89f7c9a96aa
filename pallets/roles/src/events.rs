//! Events of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The council registered an organisation.
		OrganisationRegistered {
			/// Number of the organisation.
			organisation: OrganisationId,
			/// Kind of the organisation.
			kind: OrganisationKind,
		},
		/// The council suspended an organisation; its staff and administrators cannot act.
		OrganisationSuspended {
			/// Number of the organisation.
			organisation: OrganisationId,
		},
		/// The council reinstated an organisation.
		OrganisationReinstated {
			/// Number of the organisation.
			organisation: OrganisationId,
		},
		/// The council replaced the administrators of an organisation.
		AdminsSet {
			/// Number of the organisation.
			organisation: OrganisationId,
			/// New administrators of the organisation.
			admins: AdminsOf<T>,
		},
		/// An administrator admitted a member.
		MemberAdmitted {
			/// Organisation that answers for the member.
			organisation: OrganisationId,
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// An administrator replaced a member's credential.
		MemberRenewed {
			/// Organisation that answers for the member.
			organisation: OrganisationId,
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A membership was suspended: by an administrator, because its credential was rejected, or
		/// after a rejected emergency.
		MemberSuspended {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A suspended membership was reinstated: by an administrator, or because its bar was
		/// lifted.
		MemberReinstated {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// An administrator revoked a membership.
		MemberRevoked {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A patient was enrolled.
		PatientEnrolled {
			/// Account of the patient.
			patient: T::AccountId,
			/// Hospital that enrolled the patient; `None` if the patient enrolled without one.
			organisation: Option<OrganisationId>,
		},
		/// An account or organisation has a new key-agreement key.
		KeySet {
			/// Owner of the key.
			recipient: Recipient<T::AccountId>,
			/// Version of the key.
			version: u32,
		},
		/// An administrator sealed an organisation's secret key for an account.
		OrganisationKeyShared {
			/// Organisation whose key it is.
			organisation: OrganisationId,
			/// Account that can now use it.
			account: T::AccountId,
		},
		/// A member ended their membership.
		MemberLeft {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A hospital no longer answers for a patient.
		PatientReleased {
			/// Account of the patient, who stays a patient without an organisation.
			patient: T::AccountId,
			/// Hospital that released the patient.
			organisation: OrganisationId,
		},
	}
}
