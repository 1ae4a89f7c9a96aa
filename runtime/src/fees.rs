//! Who pays for a transaction.
//!
//! Members in good standing act without tokens: what a member call would cost is drawn from the allowance of its sender
//! and of the organisation that answers for them (`pallet-roles`), which has one for its staff, one for its patients and one
//! for its storage nodes. Beyond the allowance, for senders without one, for all other calls, and for whoever offers a tip,
//! the ordinary fee applies. Who acts for a patient with a lost key has no membership: what they do in the patient's name is
//! drawn from the patient's allowance.
//!
//! What protects a patient ([`protects`]) is never refused for want of tokens because of what others did: beyond the allowance
//! it is drawn from a reserve of the patient's own, which no hospital, and nobody else's use, makes less. What ends access to
//! the patient's file is urgent: it is of the operational class, has the part of each block that others cannot fill, and comes
//! first, as long as the reserve of the day lasts. The rest of what protects takes the room that others leave.
//!
//! The allowance is drawn before the call is dispatched, as a fee would be, and what the call did not use is given back when
//! it has ended, whether it succeeded or failed: a flood of failing calls ends with the allowance, as a flood of paid ones ends
//! with the balance.
//!
//! [`Payment`] stands in the place of `ChargeTransactionPayment` and looks exactly like it from outside: the same name,
//! the same type, the same bytes. So wallets and libraries sign without knowing of it.

use crate::{
	Access, AccountId, Balance, Roles, Runtime, RuntimeCall, RuntimeOrigin, Succession, Validators,
};
use alloc::vec::Vec;
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

/// Priority of what ends access to a patient's file, while it is drawn from the patient's reserve:
/// ahead of whatever a tip can buy, and in the order in which it came.
const URGENT: TransactionPriority = TransactionPriority::MAX / 2;

/// The ordinary payment.
type Charge = ChargeTransactionPayment<Runtime>;
type ChargeVal = <Charge as TransactionExtension<RuntimeCall>>::Val;
type ChargePre = <Charge as TransactionExtension<RuntimeCall>>::Pre;

/// Draws a member's call from an allowance, or else charges the ordinary fee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Payment(Charge);

impl Payment {
	/// The payment with a tip. Who offers one pays the ordinary fee.
	pub fn from(tip: Balance) -> Self {
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

/// A fee that is drawn.
#[derive(Debug)]
pub struct Drawn {
	/// Whose allowance.
	who: AccountId,
	/// At whose expense.
	pool: Pool,
	/// How much.
	fee: Balance,
}

/// What validation settles.
#[derive(Debug)]
pub enum Val {
	/// The ordinary payment.
	Charge {
		/// What it settled itself.
		val: ChargeVal,
		/// What was not spent of the weight for the allowance.
		unspent: Weight,
	},
	/// The allowance covers it.
	Draw {
		/// What is drawn, and from whom.
		drawn: Drawn,
		/// What was not spent of the weight for looking.
		unspent: Weight,
	},
	/// Nothing is paid for it ([`is_free`]).
	Free {
		/// What was not spent of the weight for drawing.
		unspent: Weight,
	},
}

/// What stands when the call is dispatched.
#[derive(Debug)]
pub enum Pre {
	/// The ordinary payment, and what of this extension's weight was not spent.
	Charge(ChargePre, Weight),
	/// It is drawn; what of this extension's weight was not spent.
	Drawn(Drawn, Weight),
	/// Nothing is paid; what of this extension's weight was not spent.
	Free(Weight),
}

/// Whether a call belongs to a pallet whose calls are made by members. Of these, the ones that are marked as feeless can
/// be drawn from an allowance.
fn of_members(call: &RuntimeCall) -> bool {
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

/// Whether a call protects the patient who makes it, and so may be drawn from their reserve: it ends or answers what others may
/// do with the patient's file, and with the patient's account. That a patient can undo what they did belongs to it.
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
		// Their own record, also where they have no key of their own to it any more.
		RuntimeCall::Access(pallet_access::Call::request { request }) => {
			request.purpose == Purpose::PATRQT
		}
		RuntimeCall::Roles(call) => {
			matches!(call, Roles::rotate_key { .. } | Roles::leave { .. })
		}
		RuntimeCall::Succession(call) => match call {
			Succession::object { .. }
			| Succession::set_threshold { .. }
			| Succession::let_hospital { .. } => true,
			// Of which one is never within another.
			Succession::act { call, .. } => {
				!matches!(**call, RuntimeCall::Succession(Succession::act { .. })) && protects(call)
			}
			_ => false,
		},
		_ => false,
	}
}

/// Whose allowance a call of `who` draws from: their own, or that of the patient for whom they act.
fn drawn_from<'a>(who: &'a AccountId, call: &'a RuntimeCall) -> &'a AccountId {
	match call {
		RuntimeCall::Succession(pallet_succession::Call::act { patient, .. })
			if Succession::successor(patient).as_ref() == Some(who) =>
		{
			patient
		}
		_ => who,
	}
}

/// Returns whether an account without an allowance makes this call for nothing.
///
/// A request for access that is refused for certain is at the expense of the reader's organisation,
/// by the quota of `pallet-access`. An answer to a nomination succeeds, once.
fn is_free(who: &AccountId, call: &RuntimeCall) -> bool {
	match call {
		RuntimeCall::Access(pallet_access::Call::request { request }) => {
			Access::refuses_free(who, request)
		}
		RuntimeCall::Validators(call) => Validators::answers_nomination(who, call),
		_ => false,
	}
}

/// Returns the maximum weight of [`is_free`].
fn is_free_weight(call: &RuntimeCall) -> Weight {
	match call {
		RuntimeCall::Access(pallet_access::Call::request { .. }) => Access::refuses_free_weight(),
		RuntimeCall::Validators(
			pallet_validators::Call::object { .. } | pallet_validators::Call::agree { .. },
		) => Validators::answers_nomination_weight(),
		_ => Weight::zero(),
	}
}

/// Priority of a call without a tip, whatever its class: only what a patient signs is ahead.
fn ordinary_priority(
	info: &DispatchInfoOf<RuntimeCall>,
	len: usize,
	fee: Balance,
) -> TransactionPriority {
	let info = DispatchInfoOf::<RuntimeCall> {
		class: DispatchClass::Normal,
		..*info
	};
	Charge::get_priority(&info, len, 0, fee)
}

/// What looking at the allowance and drawing from it costs at most, for calls that may.
fn allowance_weight(call: &RuntimeCall) -> Weight {
	if !of_members(call) {
		return Weight::zero();
	}
	let besides = match call {
		RuntimeCall::Succession(pallet_succession::Call::act { .. }) => {
			<Succession as SuccessionQuery<AccountId>>::succession_weight()
		}
		_ => is_free_weight(call),
	};
	Roles::allowance_weight()
		.saturating_add(Roles::draw_weight())
		.saturating_add(besides)
		.saturating_add(if protects(call) {
			Roles::reserve_weight()
		} else {
			Weight::zero()
		})
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
		// What is left of the weight for the allowance, should it not be drawn.
		let mut unspent = allowance_weight(call);
		let member = origin
			.as_signer()
			.filter(|_| of_members(call) && self.0.tip() == 0 && call.is_feeless(&origin))
			.map(|who| drawn_from(who, call));
		if let Some(who) = member {
			let (allowance, spent) = Roles::allowance(who);
			unspent = unspent.saturating_sub(spent);
			let fee = TransactionPayment::<Runtime>::compute_fee(len as u32, info, 0);
			if allowance.is_none() && is_free(who, call) {
				let validity = ValidTransaction {
					priority: Charge::get_priority(info, len, 0, fee),
					..Default::default()
				};
				let unspent = unspent.saturating_sub(is_free_weight(call));
				return Ok((validity, Val::Free { unspent }, origin));
			}
			let covers = |allowance: &Allowance| fee <= allowance.left;
			let urgent = protects(call) && info.class == DispatchClass::Operational;
			let reserve = || Roles::reserve(who).filter(covers);
			// What is urgent draws on the reserve first, so that nobody has more of it in a day.
			let covered = match protects(call) {
				true if urgent => reserve().or(allowance.filter(covers)),
				true => allowance.filter(covers).or_else(reserve),
				false => allowance.filter(covers),
			};
			if protects(call) {
				unspent = unspent.saturating_sub(Roles::reserve_weight());
			}
			if let Some(Allowance { pool, .. }) = covered {
				let validity = ValidTransaction {
					priority: match pool {
						Pool::Reserve if urgent => URGENT,
						// After all others.
						Pool::Reserve => 0,
						// As an ordinary one without a tip.
						_ => ordinary_priority(info, len, fee),
					},
					..Default::default()
				};
				let drawn = Drawn {
					who: who.clone(),
					pool,
					fee,
				};
				let unspent = unspent.saturating_sub(Roles::draw_weight());
				return Ok((validity, Val::Draw { drawn, unspent }, origin));
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
			Val::Charge { val, unspent } => self
				.0
				.prepare(val, origin, call, info, len)
				.map(|pre| Pre::Charge(pre, unspent)),
			Val::Free { unspent } => Ok(Pre::Free(unspent.saturating_add(self.0.weight(call)))),
			Val::Draw { drawn, unspent } => {
				let unspent = unspent.saturating_add(self.0.weight(call));
				Roles::draw_from(&drawn.who, drawn.pool, drawn.fee)
					.map_err(|_| InvalidTransaction::Payment)?;
				Ok(Pre::Drawn(drawn, unspent))
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
			Pre::Charge(pre, unspent) => {
				// The fee is for what was done, not for the drawing that was not.
				let mut post_info = *post_info;
				post_info.refund(unspent);
				Charge::post_dispatch_details(pre, info, &post_info, len, result)
					.map(|more| unspent.saturating_add(more))
			}
			Pre::Drawn(drawn, unspent) => {
				let Drawn { who, pool, fee } = drawn;
				let mut post_info = *post_info;
				post_info.refund(unspent);
				let used = TransactionPayment::<Runtime>::compute_actual_fee(
					len as u32, info, &post_info, 0,
				);
				Roles::refund(&who, pool, fee.saturating_sub(used));
				Ok(unspent)
			}
			Pre::Free(unspent) => Ok(unspent),
		}
	}
}
