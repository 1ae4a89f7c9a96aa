//! What became of a transaction, as the events of its block tell.

use codec::DecodeAll;
use salus_primitives::{AnsweredBy, ConsentRequestId, GrantId, Hash32, LogEntry};
use serde::Serialize;
use subxt::{
	client::OnlineClientAtBlock, config::SubstrateConfig, error::DispatchError, events::Phase,
	utils::H256,
};

use super::{library, ChainError, Signed, SubmitError};
use crate::{Account, Client};

/// A transaction that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Included {
	/// Hash of the block.
	#[serde(with = "crate::json::hex")]
	pub block_hash: Hash32,
	/// Number of the block.
	pub block: u64,
	/// Hash of the transaction.
	#[serde(with = "crate::json::hex")]
	pub transaction: Hash32,
	/// Whether the block was final when this was found out.
	pub finalized: bool,
}

/// An entry that a transaction wrote into a patient's access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logged {
	/// Whose log.
	pub patient: Account,
	/// The log's head after the entry, which names it.
	#[serde(with = "crate::json::hex")]
	pub head: Hash32,
	/// The entry.
	pub entry: LogEntry<Account>,
}

impl Logged {
	/// Reads the event: patient, index, head, entry.
	pub(super) fn decode(mut fields: &[u8]) -> Option<Self> {
		let (patient, _, head, entry) =
			<(Account, u32, Hash32, LogEntry<Account>)>::decode_all(&mut fields).ok()?;
		Some(Self { patient, head, entry })
	}
}

/// What became of a request for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
	/// It was made.
	Requested(ConsentRequestId),
	/// It was approved.
	Approved {
		/// Which one.
		request: ConsentRequestId,
		/// The grant that it came to.
		grant: GrantId,
		/// By whom or what.
		by: AnsweredBy,
	},
	/// It was declined.
	Declined {
		/// Which one.
		request: ConsentRequestId,
		/// By whom or what.
		by: AnsweredBy,
	},
}

impl Answered {
	/// Reads an event of the pallet `consent`; none if it is about something else.
	pub(super) fn decode(name: &str, mut fields: &[u8]) -> Result<Option<Self>, SubmitError> {
		type Requested = (Account, ConsentRequestId, Account);
		type Approved = (Account, ConsentRequestId, GrantId, AnsweredBy);
		type Declined = (Account, ConsentRequestId, Account, AnsweredBy);
		let unknown = |event| SubmitError::UnknownEvent { pallet: "Consent", event };
		Ok(Some(match name {
			"Requested" => {
				let (_, request, _) =
					Requested::decode_all(&mut fields).map_err(|_| unknown("Requested"))?;
				Self::Requested(request)
			}
			"Approved" => {
				let (_, request, grant, by) =
					Approved::decode_all(&mut fields).map_err(|_| unknown("Approved"))?;
				Self::Approved { request, grant, by }
			}
			"Declined" => {
				let (_, request, _, by) =
					Declined::decode_all(&mut fields).map_err(|_| unknown("Declined"))?;
				Self::Declined { request, by }
			}
			_ => return Ok(None),
		}))
	}
}

/// What the events of a transaction tell.
pub(crate) struct Events {
	pub(crate) result: Result<(), ChainError>,
	pub(crate) council: Option<Council>,
	pub(super) logged: Vec<Logged>,
	pub(super) answered: Vec<Answered>,
}

/// What the council's pallet tells.
pub(crate) enum Council {
	Executed(Result<(), ChainError>),
	Proposed(Hash32),
	Disapproved,
}

impl Client {
	/// Which transaction of a block it is.
	pub(super) async fn position(
		&self,
		block: H256,
		transaction: H256,
	) -> Result<Option<u32>, SubmitError> {
		let explain = |error| self.inner.connection.explain("chain_getBlock", error);
		let body = self.inner.methods.chain_get_block(Some(block)).await.map_err(explain)?;
		let Some(body) = body else { return Ok(None) };
		Ok(body
			.block
			.extrinsics
			.iter()
			.position(|extrinsic| sp_crypto_hashing::blake2_256(&extrinsic.0) == transaction.0)
			.map(|position| position as u32))
	}

	/// Reads from a block what became of a transaction.
	pub(super) async fn outcome(
		&self,
		signed: &Signed,
		block: H256,
		finalized: bool,
	) -> Result<(Included, Events), SubmitError> {
		let missing = || SubmitError::Invalid { reason: "a fork dropped it; repeat it".into() };
		let position = self.position(block, signed.hash).await?.ok_or_else(missing)?;
		let at = self.inner.online.at_block(block).await.map_err(library)?;
		// The state after a block may hold another runtime already than the one that wrote its events.
		let upgraded = at.spec_version() != signed.spec_version;
		let events = match upgraded {
			false => at.events().fetch().await.map_err(library)?,
			true => self.events_of_parents_runtime(&at).await?,
		};
		let mut found =
			Events { result: Ok(()), council: None, logged: Vec::new(), answered: Vec::new() };
		for event in events.iter() {
			let event = event.map_err(library)?;
			if event.phase() != Phase::ApplyExtrinsic(position) {
				continue;
			}
			let fields = event.field_bytes();
			match (event.pallet_name(), event.event_name()) {
				("System", "ExtrinsicFailed") => {
					found.result = Err(chain_error(&at, fields)?);
				}
				// Hash of the code, then why not: the chain takes the transaction, and not the runtime.
				("System", "RejectedInvalidAuthorizedUpgrade") => {
					let reason = fields.get(32..).unwrap_or_default();
					found.result = Err(chain_error(&at, reason)?);
				}
				("Access", "Logged") => {
					let logged = Logged::decode(fields)
						.ok_or(SubmitError::UnknownEvent { pallet: "Access", event: "Logged" })?;
					found.logged.push(logged);
				}
				("Consent", name) => found.answered.extend(Answered::decode(name, fields)?),
				("Council", "Executed") => {
					// Hash of the proposal, then the result.
					let result = match fields.split_at_checked(33) {
						Some(([.., 0], _)) => Ok(()),
						Some((_, error)) => Err(chain_error(&at, error)?),
						None => return Err(missing()),
					};
					found.council = Some(Council::Executed(result));
				}
				("Council", "Proposed") => {
					// Account, index, hash of the proposal, threshold.
					let hash = fields.get(36..68).and_then(|hash| hash.try_into().ok());
					found.council = hash.map(Council::Proposed).or(found.council);
				}
				("Council", "Disapproved") => found.council = Some(Council::Disapproved),
				_ => {}
			}
		}
		let included = Included {
			block_hash: block.0,
			block: at.block_number(),
			transaction: signed.hash.0,
			finalized,
		};
		Ok((included, found))
	}

	/// The events of a block after which another runtime runs: they are in the words of the one before.
	async fn events_of_parents_runtime(
		&self,
		at: &OnlineClientAtBlock<SubstrateConfig>,
	) -> Result<subxt::events::Events<SubstrateConfig>, SubmitError> {
		let bytes = at.events().fetch().await.map_err(library)?;
		let parent = at.block_number().saturating_sub(1);
		let before = self.inner.online.at_block(parent).await.map_err(library)?;
		Ok(before.events().from_bytes(bytes.bytes().to_vec()))
	}
}

/// Reads a dispatch error.
fn chain_error(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	bytes: &[u8],
) -> Result<ChainError, SubmitError> {
	let system = |error: &str, docs: &str| ChainError {
		pallet: "System".into(),
		error: error.into(),
		docs: docs.into(),
	};
	let error = DispatchError::decode_from(bytes, at.metadata()).map_err(library)?;
	Ok(match error {
		DispatchError::Module(error) => {
			let details = error.details().map_err(library)?;
			ChainError {
				pallet: details.pallet.name().to_owned(),
				error: details.variant.name.clone(),
				docs: docs_in_one_line(&details.variant.docs),
			}
		},
		DispatchError::BadOrigin => system(
			"BadOrigin",
			"this account may not do that, only another one (the council, an admin, the patient) may",
		),
		DispatchError::Exhausted => {
			system("Exhausted", "the block had no room for it; repeat it later or split it")
		},
		other => system("Other", &other.to_string()),
	})
}

pub(super) fn docs_in_one_line(docs: &[String]) -> String {
	let text = docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
	let text = text.trim().trim_end_matches('.');
	if text.is_empty() {
		"it gives no reason".into()
	} else {
		text.to_owned()
	}
}
