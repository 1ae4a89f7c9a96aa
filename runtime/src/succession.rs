//! Lost keys: accounts that may no longer sign, and calls that are allowed in a patient's name.
//!
//! `pallet-succession` knows which account acts for which. It leaves two tasks to the runtime,
//! which knows all calls and sees all transactions: refusing everything that a lost key signs
//! ([`CheckSender`]), and limiting a successor to a patient's calls ([`PatientCalls`]).

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

/// Refuses signatures of an account that has a successor, and of the zero account.
///
/// It replaces [`CheckNonZeroSender`] and looks identical from outside: the same name, the same
/// type, no bytes. Wallets and libraries can sign without knowing of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct CheckSender(NonZero);

impl CheckSender {
	/// Creates the check.
	#[allow(
		clippy::new_without_default,
		reason = "extensions are created by `new`, like those of the SDK"
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

/// Calls that a successor may dispatch: a patient's calls about their own file, and a guardian's
/// for another patient.
///
/// Transfers and calls of an organisation's members are excluded. A patient may also be a doctor
/// under the same account, but the people who restored the patient did not restore a doctor or an
/// administrator. While the patient has another membership that is not revoked, or administers an
/// organisation, the successor may only request the patient's own records, cannot change the
/// account's key for wraps, and has no vote on the recovery of others.
pub struct PatientCalls;

impl PatientCalls {
	fn is_record_of(patient: &AccountId, record: &RecordId) -> bool {
		match Records::record(record) {
			Some(RecordEntry::Live(record)) => record.patient == *patient,
			Some(RecordEntry::Erased(tombstone)) => tombstone.patient == *patient,
			None => false,
		}
	}

	/// Returns whether the account administers no organisation and has no other membership that is
	/// not revoked.
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
			RuntimeCall::Access(
				Access::request { request } | Access::request_from { request, .. },
			) => Self::is_record_of(patient, &request.record) || Self::is_patient_only(patient),
			RuntimeCall::Access(call) => matches!(call, Access::archive { .. }),
			// An administrator speaks for the hospital in these calls.
			RuntimeCall::Succession(call) => {
				matches!(
					call,
					Succession::propose_accepted { .. }
						| Succession::approve { .. }
						| Succession::withdraw { .. }
						| Succession::complete { .. }
				) && Self::is_patient_only(patient)
			}
			// The calls inside are checked one by one.
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
			RuntimeCall::Access(
				pallet_access::Call::request { .. } | pallet_access::Call::request_from { .. },
			) => <Records as RecordQuery<AccountId>>::record_weight().saturating_add(patient_only),
			RuntimeCall::Utility(
				Utility::batch { calls }
				| Utility::batch_all { calls }
				| Utility::force_batch { calls },
			) => calls.iter().map(Self::may_act_weight).fold(Weight::zero(), Weight::saturating_add),
			_ => Weight::zero(),
		}
	}
}
