//! Lost keys: who may not sign any more, and what may be done in a patient's name.
//!
//! `pallet-succession` says which account acts for which. It leaves two things to the runtime, which knows all calls and
//! sees all transactions: to take nothing that a lost key signs ([`CheckSender`]), and to keep a successor to what a patient
//! does ([`PatientCalls`]).

use crate::{AccountId, Records, Roles, Runtime, RuntimeCall, RuntimeOrigin, Succession};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	pallet_prelude::{InvalidTransaction, TransactionSource, ValidTransaction},
	traits::OriginTrait,
	weights::Weight,
};
use frame_system::CheckNonZeroSender;
use salus_primitives::{
	ActFilter, MemberStatus, RecordEntry, RecordId, RecordQuery, Role, RoleQuery, SuccessionQuery,
};
use scale_info::TypeInfo;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{
		DispatchInfoOf, Implication, TransactionExtension, TransactionExtensionMetadata,
		ValidateResult,
	},
};

type NonZero = CheckNonZeroSender<Runtime>;

/// Refuses what an account signs in whose place another one acts, and what the zero account signs.
///
/// It stands in the place of [`CheckNonZeroSender`] and looks exactly like it from outside: the same name, the same type, no
/// bytes. So wallets and libraries sign without knowing of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct CheckSender(NonZero);

impl CheckSender {
	/// The check.
	#[allow(
		clippy::new_without_default,
		reason = "extensions are made by `new`, as the SDK's"
	)]
	pub fn new() -> Self {
		Self(NonZero::new())
	}
}

// Metadata shows the ordinary check.
impl TypeInfo for CheckSender {
	type Identity = NonZero;

	fn type_info() -> scale_info::Type {
		NonZero::type_info()
	}
}

impl TransactionExtension<RuntimeCall> for CheckSender {
	const IDENTIFIER: &'static str = <NonZero as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn metadata() -> Vec<TransactionExtensionMetadata> {
		<NonZero as TransactionExtension<RuntimeCall>>::metadata()
	}

	fn weight(&self, call: &RuntimeCall) -> Weight {
		let succession = <Succession as SuccessionQuery<AccountId>>::succession_weight();
		self.0.weight(call).saturating_add(succession)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
		self_implicit: Self::Implicit,
		inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		if origin.as_signer().is_some_and(Succession::is_succeeded) {
			return Err(InvalidTransaction::BadSigner.into());
		}
		let (_, (), origin) = self.0.validate(
			origin,
			call,
			info,
			len,
			self_implicit,
			inherited_implication,
			source,
		)?;
		Ok((ValidTransaction::default(), (), origin))
	}

	impl_tx_ext_default!(RuntimeCall; prepare);
}

/// What a successor may dispatch: what a patient does with their own file, and what a guardian does for another patient.
///
/// No transfers, nothing that a member does for an organisation. A patient may be a doctor as well, under the same account;
/// who brought the patient back has brought back no doctor, and no administrator. So while the patient has another membership
/// that is not revoked, or administers an organisation, the successor asks for the patient's own records only, leaves the
/// account's key for wraps as it is, and has no say in who else is brought back.
pub struct PatientCalls;

impl PatientCalls {
	fn is_record_of(patient: &AccountId, record: &RecordId) -> bool {
		match Records::record(record) {
			Some(RecordEntry::Live(record)) => record.patient == *patient,
			Some(RecordEntry::Erased(tombstone)) => tombstone.patient == *patient,
			None => false,
		}
	}

	/// Whether the account administers no organisation, and has no other membership that is not revoked.
	fn is_patient_only(patient: &AccountId) -> bool {
		let administers = pallet_roles::Administrations::<Runtime>::decode_len(patient);
		administers.is_none_or(|organisations| organisations == 0)
			&& Roles::memberships(patient).iter().all(|(role, member)| {
				*role == Role::Patient || member.status == MemberStatus::Revoked
			})
	}

	fn is_patient_only_weight() -> Weight {
		<Runtime as frame_system::Config>::DbWeight::get()
			.reads(1)
			.saturating_add(<Roles as RoleQuery<AccountId>>::memberships_weight())
	}
}

impl ActFilter<AccountId, RuntimeCall> for PatientCalls {
	fn may_act(patient: &AccountId, call: &RuntimeCall) -> bool {
		use pallet_access::Call as Access;
		use pallet_consent::Call as Consent;
		use pallet_records::Call as Records;
		use pallet_roles::Call as Roles;
		use pallet_succession::Call as Succession;
		use pallet_utility::Call as Utility;
		match call {
			RuntimeCall::Roles(Roles::leave { role }) => *role == Role::Patient,
			RuntimeCall::Roles(call) => {
				matches!(call, Roles::rotate_key { .. }) && Self::is_patient_only(patient)
			}
			RuntimeCall::Records(call) => matches!(
				call,
				Records::erase { .. }
					| Records::add_wraps { .. }
					| Records::remove_wraps { .. }
					| Records::reseal { .. }
			),
			RuntimeCall::Consent(call) => matches!(
				call,
				Consent::grant { .. }
					| Consent::revoke { .. }
					| Consent::deny { .. }
					| Consent::lift { .. }
					| Consent::set_emergency_opt_out { .. }
					| Consent::set_emergency_summary_closed { .. }
					| Consent::appoint_guardian { .. }
					| Consent::dismiss_guardian { .. }
					| Consent::approve { .. }
					| Consent::decline { .. }
					| Consent::answer_many { .. }
					| Consent::set_rule { .. }
					| Consent::remove_rule { .. }
			),
			RuntimeCall::Access(Access::request { request }) => {
				Self::is_record_of(patient, &request.record) || Self::is_patient_only(patient)
			}
			RuntimeCall::Access(call) => matches!(call, Access::archive { .. }),
			// An administrator speaks for the hospital there.
			RuntimeCall::Succession(call) => {
				matches!(
					call,
					Succession::propose { .. }
						| Succession::approve { .. }
						| Succession::withdraw { .. }
						| Succession::complete { .. }
				) && Self::is_patient_only(patient)
			}
			// What they hold is asked for one by one.
			RuntimeCall::Utility(call) => matches!(
				call,
				Utility::batch { .. } | Utility::batch_all { .. } | Utility::force_batch { .. }
			),
			_ => false,
		}
	}

	fn may_act_weight(call: &RuntimeCall) -> Weight {
		use pallet_utility::Call as Utility;
		let patient_only = Self::is_patient_only_weight();
		match call {
			RuntimeCall::Roles(_) | RuntimeCall::Succession(_) => patient_only,
			RuntimeCall::Access(pallet_access::Call::request { .. }) => {
				<Records as RecordQuery<AccountId>>::record_weight().saturating_add(patient_only)
			}
			RuntimeCall::Utility(
				Utility::batch { calls }
				| Utility::batch_all { calls }
				| Utility::force_batch { calls },
			) => calls
				.iter()
				.map(Self::may_act_weight)
				.fold(Weight::zero(), Weight::saturating_add),
			_ => Weight::zero(),
		}
	}
}
