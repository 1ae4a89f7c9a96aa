//! Who pays for a transaction.
//!
//! Members in good standing act without tokens: what a member call would cost is drawn from the allowance of its sender
//! and of the organisation that answers for them (`pallet-roles`), which has one for its staff, one for its patients and one
//! for its storage nodes. Beyond the allowance, for senders without one, for all other calls, and for whoever offers a tip,
//! the ordinary fee applies. Who acts for a patient with a lost key has no membership: what they do in the patient's name is
//! drawn from the patient's allowance.
//!
//! What protects a patient ([`protects`]) is never refused for want of tokens because of what others did: beyond the allowance
//! it is drawn from a reserve of the patient's own, which no hospital, and nobody else's use, makes less. It takes the room
//! in blocks that others leave, so that a flood of it delays nobody else.
//!
//! The allowance is drawn before the call is dispatched, as a fee would be, and what the call did not use is given back when
//! it has ended, whether it succeeded or failed: a flood of failing calls ends with the allowance, as a flood of paid ones ends
//! with the balance.
//!
//! [`Payment`] stands in the place of `ChargeTransactionPayment` and looks exactly like it from outside: the same name,
//! the same type, the same bytes. So wallets and libraries sign without knowing of it.

use crate::{
	Access, AccountId, Balance, Records, Roles, Runtime, RuntimeCall, RuntimeOrigin, Succession,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{CheckIfFeeless, DispatchResult},
	pallet_prelude::{InvalidTransaction, TransactionSource, ValidTransaction},
	traits::OriginTrait,
	weights::Weight,
};
use pallet_roles::{Allowance, Pool};
use pallet_transaction_payment::{ChargeTransactionPayment, Pallet as TransactionPayment};
use salus_primitives::{RecordQuery, SuccessionQuery};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{
		DispatchInfoOf, Implication, PostDispatchInfoOf, RefundWeight, TransactionExtension,
		TransactionExtensionMetadata, ValidateResult,
	},
	transaction_validity::TransactionValidityError,
};

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
	/// What the call has cost at most if it is refused, where that is far less than what it declares.
	refused: Option<Weight>,
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
	/// It is refused for certain, and its entry in the patient's log is at the expense of the reader's organisation, by the
	/// quota of `pallet-access`.
	Refused {
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

/// What a call that is refused has cost at most, where it declares far more: an erasure that is refused has read the record
/// and nothing else, while what it declares is that of the largest record.
fn refused_weight(call: &RuntimeCall) -> Option<Weight> {
	matches!(
		call,
		RuntimeCall::Records(pallet_records::Call::erase { .. })
	)
	.then(<Records as RecordQuery<AccountId>>::record_weight)
}

/// Whether the call is a request for access that `pallet-access` refuses at no cost to the reader.
fn refuses_free(who: &AccountId, call: &RuntimeCall) -> bool {
	matches!(
		call,
		RuntimeCall::Access(pallet_access::Call::request { request }) if Access::refuses_free(who, request)
	)
}

/// What looking at the allowance and drawing from it costs at most, for calls that may.
fn allowance_weight(call: &RuntimeCall) -> Weight {
	if !of_members(call) {
		return Weight::zero();
	}
	let besides = match call {
		RuntimeCall::Access(pallet_access::Call::request { .. }) => Access::refuses_free_weight(),
		RuntimeCall::Succession(pallet_succession::Call::act { .. }) => {
			<Succession as SuccessionQuery<AccountId>>::succession_weight()
		}
		_ => Weight::zero(),
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
			if allowance.is_none() && refuses_free(who, call) {
				let validity = ValidTransaction {
					priority: Charge::get_priority(info, len, 0, fee),
					..Default::default()
				};
				let unspent = unspent.saturating_sub(Access::refuses_free_weight());
				return Ok((validity, Val::Refused { unspent }, origin));
			}
			let covers = |allowance: &Allowance| fee <= allowance.left;
			let mut covered = allowance.filter(covers);
			if covered.is_none() && protects(call) {
				covered = Roles::reserve(who).filter(covers);
				unspent = unspent.saturating_sub(Roles::reserve_weight());
			}
			if let Some(Allowance { pool, .. }) = covered {
				let validity = ValidTransaction {
					priority: match pool {
						// After all others.
						Pool::Reserve => 0,
						// As an ordinary one without a tip.
						_ => Charge::get_priority(info, len, 0, fee),
					},
					..Default::default()
				};
				let drawn = Drawn {
					who: who.clone(),
					pool,
					fee,
					refused: refused_weight(call),
				};
				let unspent = unspent.saturating_sub(Roles::draw_weight());
				return Ok((validity, Val::Draw { drawn, unspent }, origin));
			}
		}
		let (validity, val, origin) = self.0.validate(
			origin,
			call,
			info,
			len,
			self_implicit,
			inherited_implication,
			source,
		)?;
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
			Val::Refused { unspent } => Ok(Pre::Free(unspent.saturating_add(self.0.weight(call)))),
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
				let Drawn {
					who,
					pool,
					fee,
					refused,
				} = drawn;
				let mut post_info = *post_info;
				if let (Err(_), Some(refused)) = (result, refused) {
					let used = refused.saturating_add(info.extension_weight);
					post_info.actual_weight = Some(post_info.calc_actual_weight(info).min(used));
				}
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
