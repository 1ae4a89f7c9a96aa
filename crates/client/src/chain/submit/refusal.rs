//! Refusals of a transaction, by a node or the chain: whether they pass, and what to do.

use subxt::transactions::{TransactionInvalid, ValidationResult};

use super::{library, SignedTransaction, SubmitError, TAKEN};
use crate::{chain::rpc::RpcError, Client};

/// Reason to sign a transaction again that was signed for the previous runtime.
const UPGRADED: &str = "the chain has just been upgraded";

/// Reason to sign a transaction again whose life is over.
const EXPIRED: &str =
	"the node had to catch up with the chain, and the transaction expired before it did";

/// Reason for which a node refuses a transaction that is valid at its best block.
const BEHIND: &str = "the node's pool of transactions is behind its chain";

/// A refusal, classified.
pub(super) enum NodeRefusal {
	/// The transaction will pass, with another nonce or a little later.
	Temporary(String),
	/// The pool already has the transaction.
	Known,
	/// The transaction will not pass.
	Permanent(String),
}

/// Classifies the node's refusal of a transaction by its code.
pub(super) fn refusal(error: RpcError) -> Result<NodeRefusal, SubmitError> {
	let RpcError::Refused { code, message, data, .. } = &error else {
		return match error {
			// The connection broke before the answer, so the node may or may not have it.
			error if error.is_unreachable() || matches!(error, RpcError::NoAnswer { .. }) => {
				Ok(NodeRefusal::Known)
			}
			error => Err(error.into()),
		};
	};
	let details = data.clone().unwrap_or_default();
	Ok(match code {
		1010 if details.contains("outdated") || details.contains("future") => {
			NodeRefusal::Temporary(TAKEN.into())
		}
		1010 if details.contains("fees") => {
			NodeRefusal::Permanent(invalid_words(&TransactionInvalid::Payment).into())
		}
		1010 if details.contains("signing address") => {
			NodeRefusal::Permanent(invalid_words(&TransactionInvalid::BadSigner).into())
		}
		1010 => NodeRefusal::Permanent(format!("{message}: {details}")),
		1012 | 1016 => NodeRefusal::Temporary("the node's pool of transactions is full".into()),
		1013 => NodeRefusal::Known,
		1014 => NodeRefusal::Temporary(TAKEN.into()),
		_ => return Err(error.into()),
	})
}

/// The chain's answer on a transaction that a node does not accept, with cause and remedy.
pub(super) enum Validity {
	/// The chain refuses it, and will do so later.
	Permanent(String),
	/// The chain would accept it, or it can be signed again so that the chain accepts it.
	Temporary(String),
}

impl Client {
	/// Returns whether the runtime was upgraded while the transaction was on its way.
	async fn was_upgraded(&self, signed: &SignedTransaction) -> Result<bool, SubmitError> {
		let methods = &self.inner.methods;
		let version = methods
			.state_get_runtime_version(None)
			.await
			.map_err(|error| self.inner.connection.explain("state_getRuntimeVersion", error))?;
		Ok(version.spec_version != signed.spec_version)
	}

	/// Asks the chain why it refuses a transaction.
	pub(super) async fn validity(
		&self,
		signed: &SignedTransaction,
	) -> Result<Validity, SubmitError> {
		if self.was_upgraded(signed).await? {
			return Ok(Validity::Temporary(UPGRADED.into()));
		}
		let at = self.state().await?;
		let result = at.tx().from_bytes(signed.bytes.clone()).validate().await.map_err(library)?;
		Ok(opinion(signed, at.block_number(), &result))
	}
}

/// Returns the chain's opinion in the block with this number.
fn opinion(signed: &SignedTransaction, block: u64, result: &ValidationResult) -> Validity {
	match result {
		ValidationResult::Valid(_) => Validity::Temporary(BEHIND.into()),
		ValidationResult::Invalid(TransactionInvalid::Stale | TransactionInvalid::Future) => {
			Validity::Temporary(TAKEN.into())
		}
		// The chain does not tell an expired transaction from one with a bad signature. If the node
		// lies about its best block, the call is signed again, with the same nonce.
		ValidationResult::Invalid(
			TransactionInvalid::BadProof | TransactionInvalid::AncientBirthBlock,
		) if signed.has_expired(block) => Validity::Temporary(EXPIRED.into()),
		ValidationResult::Invalid(reason) => Validity::Permanent(invalid_words(reason).into()),
		ValidationResult::Unknown(_) => {
			Validity::Permanent("its validity cannot be determined; update this client".into())
		}
	}
}

/// Returns why the chain refuses a transaction, and what to do.
fn invalid_words(reason: &TransactionInvalid) -> &'static str {
	match reason {
		TransactionInvalid::Payment => {
			"the account has no membership with allowance left today, and cannot pay the fee; ask its \
			 organisation's admin to admit it, wait until tomorrow, or give it tokens"
		}
		TransactionInvalid::BadProof => "its signature does not match the chain; update this client",
		TransactionInvalid::BadSigner => {
			"another account acts in place of this one, whose key was reported lost; sign with that \
			 account. If it is not yours, tell the hospital"
		}
		TransactionInvalid::AncientBirthBlock => "it came too late; repeat it",
		TransactionInvalid::ExhaustsResources => {
			"it is too large for the block now; repeat it later, or split it"
		}
		_ => "the account or the chain is not in a state that allows it; check the account, and repeat it later",
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn refused(code: i32, data: Option<&str>) -> NodeRefusal {
		refusal(RpcError::Refused {
			method: "author_submitExtrinsic".into(),
			code,
			message: "Invalid Transaction".into(),
			data: data.map(Into::into),
		})
		.unwrap()
	}

	#[test]
	fn a_temporary_refusal_is_tried_again() {
		for (code, data) in [
			(1010, Some("Transaction is outdated")),
			(1010, Some("Transaction will be valid in the future")),
			(1012, None),
			(1014, Some("The transaction has too low priority")),
			(1016, None),
		] {
			assert!(matches!(refused(code, data), NodeRefusal::Temporary(_)), "{code}");
		}
		assert!(matches!(refused(1013, None), NodeRefusal::Known));
	}

	#[test]
	fn an_expired_transaction_is_signed_again() {
		let signed = SignedTransaction::example(1);
		let bad_proof = ValidationResult::Invalid(TransactionInvalid::BadProof);
		assert!(matches!(opinion(&signed, 128, &bad_proof), Validity::Permanent(_)));
		assert!(matches!(opinion(&signed, 129, &bad_proof), Validity::Temporary(_)));
		let payment = ValidationResult::Invalid(TransactionInvalid::Payment);
		assert!(matches!(opinion(&signed, 129, &payment), Validity::Permanent(_)));
	}

	#[test]
	fn a_permanent_refusal_says_what_to_do() {
		let data = "Inability to pay some fees (e.g. account balance too low)";
		let NodeRefusal::Permanent(reason) = refused(1010, Some(data)) else {
			panic!("not permanent")
		};
		assert!(reason.contains("admin"));
		let NodeRefusal::Permanent(reason) = refused(1010, Some("Custom error: 7")) else {
			panic!("not permanent")
		};
		assert!(reason.contains("Custom error: 7"));
	}
}
