//! Staging tickets. All checks of tickets are in this file.
//!
//! A ticket is a signed permission of a member: this account may upload a file with this root and
//! size to a node of this chain, until this time. It is checked at every call that carries it. The
//! cheapest checks come first, and the chain is queried last.

use salus_primitives::{Hash32, Moment, OrganisationId, SignedTicket, StagingTicket};
use salus_runtime::AccountId;
use serde::Deserialize;
use sp_core::{sr25519, Pair};

use super::{
	error::{Kind, RpcError},
	limits::{shorten, ECHO},
};

/// Maximum lifetime of a ticket, in milliseconds.
pub const MAX_LIFETIME_MS: Moment = 7 * 24 * 60 * 60 * 1000;

/// A received ticket, not checked yet.
///
/// It is kept as plain JSON, so that each fault in it gets an error code of Salus, above all a CID
/// of another version.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Ticket(serde_json::Value);

/// Contents of a valid ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
	/// Account that uploads.
	pub account: AccountId,
	/// Organisation for which it uploads.
	pub organisation: OrganisationId,
	/// Root of the upload.
	pub root: salus_ipfs::Cid,
	/// Length of the file, in bytes.
	pub size: u64,
	/// End of the ticket's validity, in milliseconds since 1970.
	pub expires: Moment,
}

impl Ticket {
	/// Creates a ticket from JSON.
	#[cfg(test)]
	pub fn from_json(json: serde_json::Value) -> Self {
		Self(json)
	}

	/// Checks the ticket against chain and clock. `may_stage` reads the account's organisation from
	/// the chain.
	pub fn check(
		self,
		genesis: &Hash32,
		now: Moment,
		may_stage: impl FnOnce(&AccountId) -> Result<Option<OrganisationId>, RpcError>,
	) -> Result<Admission, RpcError> {
		let (signed, root) = self.read()?;
		let ticket = &signed.ticket;
		check_chain_and_time(ticket, genesis, now)?;
		if !is_signed(&signed) {
			return Err(RpcError::new(
				Kind::TicketBadSignature,
				"the signature is not the account's signature of this ticket; sign \
				 \"salus/staging-ticket/1\" and the SCALE-encoded ticket with the account's sr25519 \
				 key, and send exactly that ticket",
			));
		}
		let organisation = may_stage(&ticket.account)?.ok_or_else(|| {
			RpcError::new(
				Kind::MayNotStage,
				format!(
					"{} may not stage, because it is not a live practitioner, records admin or \
					 device of an active organisation; ask the organisation's administrator to admit \
					 or reinstate it",
					ticket.account,
				),
			)
		})?;
		Ok(Admission {
			account: ticket.account.clone(),
			organisation,
			root,
			size: ticket.size,
			expires: ticket.expires,
		})
	}

	/// Reads the ticket, the root first.
	fn read(mut self) -> Result<(SignedTicket<AccountId>, salus_ipfs::Cid), RpcError> {
		let malformed = |error: String| {
			RpcError::new(
				Kind::TicketMalformed,
				format!(
					"the ticket is not {{\"ticket\": {{genesis, account, root, size, expires}}, \
					 \"signature\"}}: {}",
					shorten(&error, ECHO),
				),
			)
		};
		let Some(serde_json::Value::String(text)) = self.0.pointer_mut("/ticket/root") else {
			return Err(malformed("no text at ticket.root".into()));
		};
		let root = parse_cid(text)?;
		// Decoding an account of megabytes would take hours.
		if let Some(serde_json::Value::String(account)) = self.0.pointer("/ticket/account") {
			if account.len() > ECHO {
				return Err(malformed(format!("an account of {} bytes", account.len())));
			}
		}
		let Some(serde_json::Value::String(text)) = self.0.pointer_mut("/ticket/root") else {
			return Err(malformed("no text at ticket.root".into()));
		};
		// The root may be in another multibase.
		*text = root.to_string();
		let signed: SignedTicket<AccountId> =
			serde_json::from_value(self.0).map_err(|error| malformed(error.to_string()))?;
		Ok((signed, root))
	}
}

/// Checks that the ticket is for this chain and valid now, for no longer than the limit.
fn check_chain_and_time(
	ticket: &StagingTicket<AccountId>,
	genesis: &Hash32,
	now: Moment,
) -> Result<(), RpcError> {
	if ticket.genesis != *genesis {
		return Err(RpcError::new(
			Kind::TicketOtherChain,
			format!(
				"the ticket is for the chain with genesis 0x{}, but this one has 0x{}; sign a \
				 ticket for this chain, or send it to a node of that one",
				hex::encode(ticket.genesis),
				hex::encode(genesis),
			),
		));
	}
	let left = ticket.expires.saturating_sub(now);
	if left == 0 {
		return Err(RpcError::new(
			Kind::TicketExpired,
			format!("the ticket expired at {} (it is {now}); sign a new one", ticket.expires),
		));
	}
	if left > MAX_LIFETIME_MS {
		return Err(RpcError::new(
			Kind::TicketTooLong,
			format!(
				"the ticket is valid for another {left} ms, more than the limit of \
				 {MAX_LIFETIME_MS} ms; sign one that expires earlier",
			),
		));
	}
	Ok(())
}

/// Returns whether the account signed the ticket, either plain or between `<Bytes>` and `</Bytes>`,
/// as signers in browsers do.
fn is_signed(signed: &SignedTicket<AccountId>) -> bool {
	let signature = sr25519::Signature::from_raw(signed.signature);
	let public = sr25519::Public::from_raw(signed.ticket.account.clone().into());
	let message = signed.ticket.to_sign();
	let wrapped = [b"<Bytes>", &message[..], b"</Bytes>"].concat();
	[message, wrapped].iter().any(|message| sr25519::Pair::verify(&signature, message, &public))
}

/// Reads a CID in any multibase.
pub fn parse_cid(text: &str) -> Result<salus_ipfs::Cid, RpcError> {
	salus_ipfs::Cid::parse(text)
		.map_err(|error| RpcError::from(error).about(text.chars().take(100).collect::<String>()))
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use salus_ipfs::{Cid, Codec};
	use serde_json::{json, Value};

	const NOW: Moment = 1_700_000_000_000;
	const GENESIS: Hash32 = [7; 32];
	const HOUR: Moment = 60 * 60 * 1000;

	fn pair() -> sr25519::Pair {
		sr25519::Pair::from_string("//Alice", None).unwrap()
	}

	/// Returns a ticket for this genesis, expiry and content, signed by //Alice.
	pub fn signed(
		genesis: Hash32,
		expires: Moment,
		root: Cid,
		size: u64,
	) -> SignedTicket<AccountId> {
		let ticket = StagingTicket {
			genesis,
			account: AccountId::from(pair().public()),
			root: salus_primitives::Cid(root.to_bytes()),
			size,
			expires,
		};
		let signature = pair().sign(&ticket.to_sign()).0;
		SignedTicket { ticket, signature }
	}

	fn good() -> SignedTicket<AccountId> {
		signed(GENESIS, NOW + HOUR, Cid::of(Codec::Raw, b"one"), 3)
	}

	fn check(json: Value) -> Result<Admission, RpcError> {
		Ticket::from_json(json).check(&GENESIS, NOW, |_| Ok(Some(1)))
	}

	fn refused(json: Value) -> Kind {
		check(json).unwrap_err().kind
	}

	fn to_json(signed: &SignedTicket<AccountId>) -> Value {
		serde_json::to_value(signed).unwrap()
	}

	#[test]
	fn a_valid_ticket_is_accepted() {
		let admission = check(to_json(&good())).unwrap();
		assert_eq!(admission.organisation, 1);
		assert_eq!(admission.account, AccountId::from(pair().public()));
		assert_eq!(admission.root, Cid::of(Codec::Raw, b"one"));
		assert_eq!((admission.size, admission.expires), (3, NOW + HOUR));
	}

	#[test]
	fn a_signature_by_a_browser_is_taken() {
		let mut signed = good();
		let wrapped = [b"<Bytes>", &signed.ticket.to_sign()[..], b"</Bytes>"].concat();
		signed.signature = pair().sign(&wrapped).0;
		assert!(check(to_json(&signed)).is_ok());
	}

	#[test]
	fn a_root_in_another_multibase_is_the_same_root() {
		let mut json = to_json(&good());
		let bytes = Cid::of(Codec::Raw, b"one").to_bytes();
		json["ticket"]["root"] = format!("f{}", hex::encode(bytes)).into();
		assert_eq!(check(json).unwrap().root, Cid::of(Codec::Raw, b"one"));
	}

	#[test]
	fn a_forged_ticket_is_refused() {
		let mut other_signature = good();
		other_signature.signature[0] ^= 1;
		assert_eq!(refused(to_json(&other_signature)), Kind::TicketBadSignature);

		let mut other_size = good();
		other_size.ticket.size += 1;
		assert_eq!(refused(to_json(&other_size)), Kind::TicketBadSignature);

		let mut other_account = good();
		other_account.ticket.account = AccountId::new([1; 32]);
		assert_eq!(refused(to_json(&other_account)), Kind::TicketBadSignature);

		let mut other_root = good();
		other_root.ticket.root = salus_primitives::Cid(Cid::of(Codec::Raw, b"two").to_bytes());
		assert_eq!(refused(to_json(&other_root)), Kind::TicketBadSignature);

		let mut longer = good();
		longer.ticket.expires += 1;
		assert_eq!(refused(to_json(&longer)), Kind::TicketBadSignature);
	}

	#[test]
	fn a_ticket_of_another_chain_is_refused() {
		let other = signed([8; 32], NOW + HOUR, Cid::of(Codec::Raw, b"one"), 3);
		assert_eq!(refused(to_json(&other)), Kind::TicketOtherChain);
	}

	#[test]
	fn a_ticket_is_refused_from_its_expiry_on() {
		for expires in [0, NOW - 1, NOW] {
			let old = signed(GENESIS, expires, Cid::of(Codec::Raw, b"one"), 3);
			assert_eq!(refused(to_json(&old)), Kind::TicketExpired);
		}
		let last = signed(GENESIS, NOW + 1, Cid::of(Codec::Raw, b"one"), 3);
		assert!(check(to_json(&last)).is_ok());
	}

	#[test]
	fn a_ticket_for_more_than_seven_days_is_refused() {
		let ticket = |expires| to_json(&signed(GENESIS, expires, Cid::of(Codec::Raw, b"one"), 3));
		assert!(check(ticket(NOW + MAX_LIFETIME_MS)).is_ok());
		assert_eq!(refused(ticket(NOW + MAX_LIFETIME_MS + 1)), Kind::TicketTooLong);
		assert_eq!(refused(ticket(u64::MAX)), Kind::TicketTooLong);
	}

	#[test]
	fn an_account_that_may_not_stage_is_refused() {
		let ticket = Ticket::from_json(to_json(&good()));
		let error = ticket.check(&GENESIS, NOW, |_| Ok(None)).unwrap_err();
		assert_eq!(error.kind, Kind::MayNotStage);
	}

	#[test]
	fn the_chain_is_not_queried_for_a_forged_ticket() {
		let mut forged = good();
		forged.signature = [0; 64];
		let error = Ticket::from_json(to_json(&forged))
			.check(&GENESIS, NOW, |_| panic!("asked"))
			.unwrap_err();
		assert_eq!(error.kind, Kind::TicketBadSignature);
	}

	#[test]
	fn an_error_of_the_chain_is_passed_on() {
		let error = Ticket::from_json(to_json(&good()))
			.check(&GENESIS, NOW, |_| Err(RpcError::new(Kind::ChainUnreadable, "")))
			.unwrap_err();
		assert_eq!(error.kind, Kind::ChainUnreadable);
	}

	#[test]
	fn a_wrong_root_is_refused_with_its_own_code() {
		for (root, expected) in [
			("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o", Kind::CidNotVersion1),
			("bafyreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4", Kind::CidUnsupported),
			("no cid", Kind::CidMalformed),
			("", Kind::CidMalformed),
		] {
			let mut json = to_json(&good());
			json["ticket"]["root"] = root.into();
			assert_eq!(refused(json), expected, "{root}");
		}
	}

	#[test]
	fn a_malformed_ticket_is_refused() {
		for json in [json!(null), json!("ticket"), json!([]), json!({ "ticket": {} })] {
			assert_eq!(refused(json), Kind::TicketMalformed);
		}
		for pointer in ["/ticket/genesis", "/ticket/account", "/ticket/size", "/signature"] {
			let mut json = to_json(&good());
			*json.pointer_mut(pointer).unwrap() = json!("?");
			assert_eq!(refused(json), Kind::TicketMalformed, "{pointer}");
		}
	}
}
