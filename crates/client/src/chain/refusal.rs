//! What a node says that does not take a transaction, and a chain that does not carry it out: whether it passes, when, and
//! what to do.

use salus_primitives::{Moment, RecordEntry, RecordId};
use sp_crypto_hashing::{blake2_128, twox_128};
use subxt::transactions::TransactionInvalid;

use crate::{
	chain::rpc::RpcError,
	chain::submit::{constant, ChainError},
	Account, Client, Error, SubmitError,
};

/// A refusal, sorted.
pub(crate) enum Refused {
	/// It will pass: another number, or a little later.
	Passing(String),
	/// The pool has it already.
	Known,
	/// It will not.
	Final(String),
}

/// Sorts the node's refusal of a transaction by its number.
pub(crate) fn refusal(error: RpcError) -> Result<Refused, SubmitError> {
	let RpcError::Refused { code, message, data, .. } = &error else {
		return match error {
			// The connection broke under it: the node may or may not have it.
			error if error.is_unreachable() || matches!(error, RpcError::Silent { .. }) => {
				Ok(Refused::Known)
			}
			error => Err(error.into()),
		};
	};
	let details = data.clone().unwrap_or_default();
	Ok(match code {
		1010 if details.contains("outdated") || details.contains("future") => {
			Refused::Passing("another transaction of the same account took its place".into())
		}
		1010 if details.contains("fees") => {
			Refused::Final(invalid_words(&TransactionInvalid::Payment).into())
		}
		1010 if details.contains("signing address") => {
			Refused::Final(invalid_words(&TransactionInvalid::BadSigner).into())
		}
		1010 => Refused::Final(format!("{message}: {details}")),
		1012 | 1016 => Refused::Passing("the node's pool of transactions is full".into()),
		1013 => Refused::Known,
		1014 => Refused::Passing("another transaction of the same account took its place".into()),
		_ => return Err(error.into()),
	})
}

/// How often a reader may be denied.
struct DenialLimits {
	/// Over what time denials are counted.
	window: Moment,
	/// The most in it.
	most: u32,
	/// The most in it with one patient.
	most_with_patient: u32,
}

impl DenialLimits {
	/// When a reader can be denied again who was denied by these patients then, oldest first.
	fn end(&self, denials: &[(Account, Moment)], patient: &Account) -> Option<Moment> {
		let over = |times: Vec<Moment>, most: u32| {
			let first = times.len().checked_sub(most as usize)?;
			let time = times.get(first)?;
			Some(time.saturating_add(self.window))
		};
		let all = denials.iter().map(|(_, at)| *at).collect();
		let with_patient =
			denials.iter().filter(|(other, _)| other == patient).map(|(_, at)| *at).collect();
		over(all, self.most).max(over(with_patient, self.most_with_patient))
	}
}

impl ChainError {
	/// Whether the council votes on the same already.
	pub(crate) fn is_duplicate_proposal(&self) -> bool {
		self.pallet == "Council" && self.error == "DuplicateProposal"
	}

	/// Whether the reader was denied as often as may be: the request was neither decided nor logged.
	pub fn is_denial_limit(&self) -> bool {
		self.pallet == "Access"
			&& ["TooManyDenials", "DenialQuotaExhausted"].contains(&self.error.as_str())
	}
}

/// Where the pallet `access` keeps the denials that a reader caused.
fn denials_key(reader: &Account) -> Vec<u8> {
	[&twox_128(b"Access")[..], &twox_128(b"DenialsOf"), &blake2_128(&reader.0), &reader.0].concat()
}

impl Client {
	/// When a reader who was denied as often as may be can ask about a record again; none if that does not depend on time
	/// alone.
	pub async fn denial_limit_ends(
		&self,
		reader: &Account,
		record: RecordId,
	) -> Result<Option<Moment>, Error> {
		let at = self.state().await?;
		let (Some(window), Some(most), Some(most_with_patient)) = (
			constant(&at, "Access", "DenialWindow"),
			constant(&at, "Access", "MaxDenials"),
			constant(&at, "Access", "MaxDenialsPerPatient"),
		) else {
			return Ok(None);
		};
		let now = self.now();
		let Some(details) = now.record(record).await? else {
			return Ok(None);
		};
		let patient = match &details.entry {
			RecordEntry::Live(record) => &record.patient,
			RecordEntry::Erased(tombstone) => &tombstone.patient,
		};
		let denials: Option<Vec<_>> = now.storage(&denials_key(reader)).await?;
		let clock = now.clock().await?;
		let limits = DenialLimits { window, most, most_with_patient };
		let end = limits.end(&denials.unwrap_or_default(), patient);
		Ok(end.filter(|end| *end > clock))
	}
}

/// Why the chain does not take a transaction, and what to do.
pub(crate) fn invalid_words(reason: &TransactionInvalid) -> &'static str {
	match reason {
		TransactionInvalid::Payment => {
			"the account is no member with quota left today, and cannot pay the fee; ask its \
			 organisation's admin to admit it, wait until tomorrow, or give it tokens"
		}
		TransactionInvalid::BadProof => "its signature does not fit the chain; update this client",
		TransactionInvalid::BadSigner => {
			"another account acts in the place of this one, whose key was said to be lost; sign with that \
			 account. If it is not yours, tell the hospital"
		}
		TransactionInvalid::AncientBirthBlock => "it came too late; repeat it",
		TransactionInvalid::ExhaustsResources => {
			"it is too large for a block now; repeat it later or split it"
		}
		_ => "the account or the chain is not in a state for it; see `salus doctor`",
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_limit_of_denials_ends_with_the_oldest_that_counts() {
		let [here, there] = [[1; 32], [2; 32]].map(Account::from);
		let limits = DenialLimits { window: 100, most: 5, most_with_patient: 3 };
		let denials = [(here, 10), (there, 20), (here, 30), (here, 40)];
		assert_eq!(limits.end(&denials, &here), Some(110));
		assert_eq!(limits.end(&denials, &there), None);
		assert_eq!(limits.end(&denials[..3], &here), None);
		let denials = [&denials[..], &[(here, 50)]].concat();
		// One of four has to go with this patient, one of five in all.
		assert_eq!(limits.end(&denials, &here), Some(130));
		assert_eq!(limits.end(&denials, &there), Some(110));
	}

	fn refused(code: i32, data: Option<&str>) -> Refused {
		refusal(RpcError::Refused {
			method: "author_submitExtrinsic".into(),
			code,
			message: "Invalid Transaction".into(),
			data: data.map(Into::into),
		})
		.unwrap()
	}

	#[test]
	fn refusals_that_pass_are_tried_again() {
		for (code, data) in [
			(1010, Some("Transaction is outdated")),
			(1010, Some("Transaction will be valid in the future")),
			(1012, None),
			(1014, Some("The transaction has too low priority")),
			(1016, None),
		] {
			assert!(matches!(refused(code, data), Refused::Passing(_)), "{code}");
		}
		assert!(matches!(refused(1013, None), Refused::Known));
	}

	#[test]
	fn refusals_that_stay_say_what_to_do() {
		let data = "Inability to pay some fees (e.g. account balance too low)";
		let Refused::Final(reason) = refused(1010, Some(data)) else { panic!("not final") };
		assert!(reason.contains("admin"));
		let Refused::Final(reason) = refused(1010, Some("Custom error: 7")) else {
			panic!("not final")
		};
		assert!(reason.contains("Custom error: 7"));
	}
}
