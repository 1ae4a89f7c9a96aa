//! Payment for transactions.
//!
//! Live members act without tokens. The cost of a member call is drawn from the allowance of its
//! sender and of the organisation that answers for them (`pallet-roles`). An organisation has one
//! allowance for its staff, one for its patients and one for its storage nodes. The ordinary fee
//! applies beyond the allowance, to senders without one, to all other calls, and to any sender who
//! offers a tip. A successor who acts for a patient with a lost key has no membership, so calls in
//! the patient's place are drawn from the patient's allowance.
//!
//! A call that protects a patient ([`protects`]) is never refused because of what others spent.
//! Beyond the allowance it is drawn from a reserve of the patient's own, which no hospital and no
//! other account can reduce. Calls that end access to the patient's file are urgent: they are of
//! the operational class, which has a part of each block to itself, and they come first for as long
//! as the day's reserve lasts. The other protective calls use the room that others leave.
//!
//! The allowance is drawn before the call is dispatched, like a fee, and the unused part is
//! returned afterwards, whether the call succeeded or failed. A flood of failing calls therefore
//! ends with the allowance, as a flood of paid ones ends with the balance.
//!
//! [`Payment`] replaces `ChargeTransactionPayment` and looks identical from outside: the same name,
//! the same type, the same bytes. Wallets and libraries can sign without knowing of it.

use crate::{
	Access, AccountId, Balance, Records, Roles, Runtime, RuntimeCall, RuntimeOrigin, Succession,
	Validators,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{CheckIfFeeless, DispatchClass, DispatchResult},
	pallet_prelude::{InvalidTransaction, TransactionSource, ValidTransaction},
	traits::OriginTrait,
	weights::Weight,
};
use pallet_roles::{Allowance, Pool};
use pallet_transaction_payment::{ChargeTransactionPayment, Pallet as TransactionPayment};
use salus_primitives::{Purpose, SuccessionQuery};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{
		DispatchInfoOf, Implication, PostDispatchInfoOf, RefundWeight, TransactionExtension,
		TransactionExtensionMetadata, ValidateResult,
	},
	transaction_validity::{TransactionPriority, TransactionValidityError},
};

/// Priority of a call that ends access to a patient's file, while the patient's reserve pays for
/// it: above any tip, and first come, first served.
const URGENT: TransactionPriority = TransactionPriority::MAX / 2;

/// Tag of an account's free call in the transaction pool.
const FREE: &[u8] = b"salus/free";

/// Ordinary payment.
type Charge = ChargeTransactionPayment<Runtime>;
type ChargeVal = <Charge as TransactionExtension<RuntimeCall>>::Val;
type ChargePre = <Charge as TransactionExtension<RuntimeCall>>::Pre;

/// Draws a member's call from an allowance, or charges the ordinary fee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Payment(Charge);

impl Payment {
	/// Creates the payment with a tip. Any tip leads to the ordinary fee.
	pub fn with_tip(tip: Balance) -> Self {
		Self(Charge::from(tip))
	}
}

// Metadata shows the ordinary payment.
impl TypeInfo for Payment {
	type Identity = Charge;

	fn type_info() -> scale_info::Type {
		Charge::type_info()
	}
}

/// Fee drawn from an allowance.
#[derive(Debug)]
pub struct Drawn {
	/// Account whose allowance is used.
	who: AccountId,
	/// Pool that is charged.
	pool: Pool,
	/// Amount drawn.
	fee: Balance,
}

/// Result of validation.
///
/// A transaction is charged in advance for looking up an allowance. `unspent` is the part of that
/// weight that validation did not need, and that is refunded.
#[derive(Debug)]
pub enum Val {
	/// The ordinary payment applies.
	Charge {
		/// Result of the ordinary payment's validation.
		val: ChargeVal,
		/// Weight to refund.
		unspent: Weight,
	},
	/// The allowance covers the call.
	Draw {
		/// Fee to draw, with its source.
		drawn: Drawn,
		/// Weight to refund.
		unspent: Weight,
	},
	/// The call is free ([`is_free`]).
	Free {
		/// Weight to refund.
		unspent: Weight,
	},
}

/// State before the call is dispatched.
///
/// `unspent` also includes the weight of an ordinary payment that is not made.
#[derive(Debug)]
pub enum Pre {
	/// The ordinary payment applies.
	Charge {
		/// State of the ordinary payment.
		pre: ChargePre,
		/// Weight to refund.
		unspent: Weight,
	},
	/// The fee was drawn from an allowance.
	Drawn {
		/// Fee that was drawn, with its source.
		drawn: Drawn,
		/// Weight to refund.
		unspent: Weight,
	},
	/// Nothing is paid.
	Free {
		/// Weight to refund.
		unspent: Weight,
	},
}

/// Returns whether a call belongs to a pallet for members. A call of these pallets that is marked
/// feeless can be drawn from an allowance.
fn is_member_call(call: &RuntimeCall) -> bool {
	matches!(
		call,
		RuntimeCall::Roles(_)
			| RuntimeCall::Records(_)
			| RuntimeCall::Attestation(_)
			| RuntimeCall::Consent(_)
			| RuntimeCall::Access(_)
			| RuntimeCall::Succession(_)
			| RuntimeCall::Validators(_)
	)
}

/// Returns whether a call protects the patient who makes it and may be drawn from their reserve: it
/// ends or answers what others may do with the patient's file or account. Undoing these calls is
/// included.
pub fn protects(call: &RuntimeCall) -> bool {
	use pallet_consent::Call as Consent;
	use pallet_records::Call as Records;
	use pallet_roles::Call as Roles;
	use pallet_succession::Call as Succession;
	match call {
		RuntimeCall::Consent(call) => matches!(
			call,
			Consent::grant { .. }
				| Consent::revoke { .. }
				| Consent::deny { .. }
				| Consent::lift { .. }
				| Consent::set_emergency_opt_out { .. }
				| Consent::set_emergency_summary_closed { .. }
				| Consent::dismiss_guardian { .. }
				| Consent::approve { .. }
				| Consent::decline { .. }
				| Consent::answer_many { .. }
				| Consent::set_rule { .. }
				| Consent::remove_rule { .. }
		),
		RuntimeCall::Records(call) => {
			matches!(call, Records::erase { .. } | Records::remove_wraps { .. })
		}
		// A request for the patient's own record, because an old record may have no wrap for them.
		RuntimeCall::Access(
			pallet_access::Call::request { request }
			| pallet_access::Call::request_from { request, .. },
		) => request.purpose == Purpose::PATRQT,
		RuntimeCall::Roles(call) => {
			matches!(call, Roles::rotate_key { .. } | Roles::leave { .. })
		}
		RuntimeCall::Succession(call) => match call {
			Succession::object { .. }
			| Succession::set_threshold { .. }
			| Succession::let_hospital { .. } => true,
			// An `act` is never nested within another one.
			Succession::act { call, .. } => {
				!matches!(**call, RuntimeCall::Succession(Succession::act { .. })) && protects(call)
			}
			_ => false,
		},
		_ => false,
	}
}

/// Ways in which a call may be drawn from a patient's reserve.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protection {
	/// Not at all: the call is not protective ([`protects`]).
	None,
	/// After the allowance.
	Ordinary,
	/// Before the allowance, because the call ends access to the patient's file.
	Urgent,
}

impl Protection {
	fn of(call: &RuntimeCall, info: &DispatchInfoOf<RuntimeCall>) -> Self {
		if !protects(call) {
			Self::None
		} else if info.class == DispatchClass::Operational {
			Self::Urgent
		} else {
			Self::Ordinary
		}
	}
}

/// Returns the allowance or reserve that covers the fee of a call of `who`, if one does, and the
/// weight of reading both.
fn cover(who: &AccountId, protection: Protection, fee: Balance) -> (Option<Allowance>, Weight) {
	let covers = |allowance: &Allowance| fee <= allowance.left;
	let (allowance, weight) = Roles::allowance(who);
	let allowance = allowance.filter(covers);
	let reserve = || Roles::reserve(who).filter(covers);
	let with_reserve = weight.saturating_add(Roles::reserve_weight());
	match protection {
		Protection::None => (allowance, weight),
		Protection::Ordinary => (allowance.or_else(reserve), with_reserve),
		// The reserve limits urgent calls for each patient and day.
		Protection::Urgent => (reserve().or(allowance), with_reserve),
	}
}

/// Returns the patient in whose place a call may be sent by the patient's successor.
fn in_place_of(call: &RuntimeCall) -> Option<&AccountId> {
	use pallet_succession::Call;
	match call {
		RuntimeCall::Succession(
			Call::act { patient, .. }
			| Call::object { patient }
			| Call::set_threshold { patient, .. }
			| Call::let_hospital { patient, .. },
		) => Some(patient),
		_ => None,
	}
}

/// Returns the account whose allowance pays for a call of `who`: their own, or the patient for whom
/// they act.
fn payer_of<'a>(who: &'a AccountId, call: &'a RuntimeCall) -> &'a AccountId {
	in_place_of(call)
		.filter(|patient| Succession::successor(patient).as_ref() == Some(who))
		.unwrap_or(who)
}

/// Returns whether the call is free for an account whose allowance does not cover it.
///
/// An access request that is certain to be refused is charged to the reader's organisation, within
/// the quota of `pallet-access`. An answer to a nomination succeeds, and can be given once. A
/// storage node confirms each removal that it owes once, even after it was dismissed.
fn is_free(who: &AccountId, call: &RuntimeCall) -> bool {
	match call {
		RuntimeCall::Access(
			pallet_access::Call::request { request }
			| pallet_access::Call::request_from { request, .. },
		) => Access::refuses_free(who, request),
		RuntimeCall::Validators(call) => Validators::answers_nomination(who, call),
		RuntimeCall::Records(pallet_records::Call::confirm_removed { claims }) => {
			Records::owes(who, claims)
		}
		_ => false,
	}
}

/// Returns the maximum weight of [`is_free`].
fn is_free_weight(call: &RuntimeCall) -> Weight {
	match call {
		RuntimeCall::Access(
			pallet_access::Call::request { .. } | pallet_access::Call::request_from { .. },
		) => Access::refuses_free_weight(),
		RuntimeCall::Validators(
			pallet_validators::Call::object { .. } | pallet_validators::Call::agree { .. },
		) => Validators::answers_nomination_weight(),
		RuntimeCall::Records(pallet_records::Call::confirm_removed { claims }) => {
			Records::owes_weight(claims.len() as u32)
		}
		_ => Weight::zero(),
	}
}

/// Returns the priority of a call without a tip, regardless of its class.
fn ordinary_priority(
	info: &DispatchInfoOf<RuntimeCall>,
	len: usize,
	fee: Balance,
) -> TransactionPriority {
	let info = DispatchInfoOf::<RuntimeCall> { class: DispatchClass::Normal, ..*info };
	Charge::get_priority(&info, len, 0, fee)
}

/// Returns the priority of a call that is drawn from a pool.
fn drawn_priority(
	pool: Pool,
	protection: Protection,
	info: &DispatchInfoOf<RuntimeCall>,
	len: usize,
	fee: Balance,
) -> TransactionPriority {
	match pool {
		Pool::Reserve if protection == Protection::Urgent => URGENT,
		// After all others.
		Pool::Reserve => 0,
		// As an ordinary one without a tip.
		_ => ordinary_priority(info, len, fee),
	}
}

/// Returns the maximum weight of reading the allowance and drawing from it, for calls that may.
fn allowance_weight(call: &RuntimeCall) -> Weight {
	if !is_member_call(call) {
		return Weight::zero();
	}
	let besides = match in_place_of(call) {
		Some(_) => <Succession as SuccessionQuery<AccountId>>::succession_weight(),
		None => is_free_weight(call),
	};
	Roles::allowance_weight()
		.saturating_add(Roles::draw_weight())
		.saturating_add(besides)
		.saturating_add(if protects(call) { Roles::reserve_weight() } else { Weight::zero() })
}

impl TransactionExtension<RuntimeCall> for Payment {
	const IDENTIFIER: &'static str = <Charge as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = <Charge as TransactionExtension<RuntimeCall>>::Implicit;
	type Val = Val;
	type Pre = Pre;

	fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
		self.0.implicit()
	}

	fn metadata() -> Vec<TransactionExtensionMetadata> {
		<Charge as TransactionExtension<RuntimeCall>>::metadata()
	}

	fn weight(&self, call: &RuntimeCall) -> Weight {
		self.0.weight(call).saturating_add(allowance_weight(call))
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
		// Remaining weight for the allowance, in case it is not drawn.
		let mut unspent = allowance_weight(call);
		let member = origin
			.as_signer()
			.filter(|_| is_member_call(call) && self.0.tip() == 0 && call.is_feeless(&origin))
			.map(|who| payer_of(who, call));
		if let Some(who) = member {
			let fee = TransactionPayment::<Runtime>::compute_fee(len as u32, info, 0);
			let protection = Protection::of(call, info);
			let (covered, weight) = cover(who, protection, fee);
			unspent = unspent.saturating_sub(weight);
			if let Some(Allowance { pool, .. }) = covered {
				let priority = drawn_priority(pool, protection, info, len, fee);
				let validity = ValidTransaction { priority, ..Default::default() };
				let drawn = Drawn { who: who.clone(), pool, fee };
				let unspent = unspent.saturating_sub(Roles::draw_weight());
				return Ok((validity, Val::Draw { drawn, unspent }, origin));
			}
			if is_free(who, call) {
				// The pool accepts one at a time, because the next may no longer be free.
				let validity = ValidTransaction {
					priority: Charge::get_priority(info, len, 0, fee),
					provides: vec![(FREE, who).encode()],
					..Default::default()
				};
				let unspent = unspent.saturating_sub(is_free_weight(call));
				return Ok((validity, Val::Free { unspent }, origin));
			}
		}
		let (mut validity, val, origin) = self.0.validate(
			origin,
			call,
			info,
			len,
			self_implicit,
			inherited_implication,
			source,
		)?;
		validity.priority = validity.priority.min(URGENT.saturating_sub(1));
		Ok((validity, Val::Charge { val, unspent }, origin))
	}

	fn prepare(
		self,
		val: Self::Val,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfoOf<RuntimeCall>,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		match val {
			Val::Charge { val, unspent } => {
				self.0.prepare(val, origin, call, info, len).map(|pre| Pre::Charge { pre, unspent })
			}
			Val::Free { unspent } => {
				Ok(Pre::Free { unspent: unspent.saturating_add(self.0.weight(call)) })
			}
			Val::Draw { drawn, unspent } => {
				let unspent = unspent.saturating_add(self.0.weight(call));
				Roles::draw_from(&drawn.who, drawn.pool, drawn.fee)
					.map_err(|_| InvalidTransaction::Payment)?;
				Ok(Pre::Drawn { drawn, unspent })
			}
		}
	}

	fn post_dispatch_details(
		pre: Self::Pre,
		info: &DispatchInfoOf<RuntimeCall>,
		post_info: &PostDispatchInfoOf<RuntimeCall>,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		match pre {
			Pre::Charge { pre, unspent } => {
				// The fee covers what was done, and nothing was drawn.
				let mut post_info = *post_info;
				post_info.refund(unspent);
				Charge::post_dispatch_details(pre, info, &post_info, len, result)
					.map(|more| unspent.saturating_add(more))
			}
			Pre::Drawn { drawn, unspent } => {
				let Drawn { who, pool, fee } = drawn;
				let mut post_info = *post_info;
				post_info.refund(unspent);
				let used = TransactionPayment::<Runtime>::compute_actual_fee(
					len as u32, info, &post_info, 0,
				);
				Roles::refund(&who, pool, fee.saturating_sub(used));
				Ok(unspent)
			}
			Pre::Free { unspent } => Ok(unspent),
		}
	}
}
