//! The outcome of a transaction, read from the events of its block.

use codec::DecodeAll;
use salus_light::{Fault, Header};
use salus_primitives::{AnsweredBy, ConsentRequestId, GrantId, Grantee, Hash32, LogEntry};
use serde::Serialize;
use subxt::{
	client::OnlineClientAtBlock, config::SubstrateConfig, error::DispatchError, events::Phase,
	utils::H256,
};

use super::{library, ChainError, SignedTransaction, SubmitError, Until};
use crate::{
	chain::{proven::Finality, rpc::RpcError},
	storage, Account, Client,
};

/// A transaction that was executed.
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
	/// Whether the block is final. If not, the node's word counts.
	pub finalized: bool,
}

/// An entry that a transaction wrote into a patient's access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logged {
	/// The patient whose log it is.
	pub patient: Account,
	/// The log's head after the entry, which names it.
	#[serde(with = "crate::json::hex")]
	pub head: Hash32,
	/// Entry that was written.
	pub entry: LogEntry<Account>,
}

impl Logged {
	/// Decodes the event: patient, index, head, entry.
	pub(super) fn decode(mut fields: &[u8]) -> Option<Self> {
		let (patient, _, head, entry) =
			<(Account, u32, Hash32, LogEntry<Account>)>::decode_all(&mut fields).ok()?;
		Some(Self { patient, head, entry })
	}
}

/// An event about a request for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
	/// The request was made.
	Requested(ConsentRequestId),
	/// The request was approved.
	Approved {
		/// Request that was answered.
		request: ConsentRequestId,
		/// The resulting grant.
		grant: GrantId,
		/// The patient, guardian or rule that approved.
		by: AnsweredBy,
	},
	/// The request was declined.
	Declined {
		/// Request that was answered.
		request: ConsentRequestId,
		/// The patient, guardian or rule that declined.
		by: AnsweredBy,
	},
}

impl Answered {
	/// Decodes an event of the pallet `consent`; `None` for events about something else.
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

/// A transaction that the chain carried out, and what its events report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
	/// Transaction, and the block that has it.
	pub included: Included,
	/// Entries that it wrote into access logs.
	pub logged: Vec<Logged>,
	/// Events about requests for consent.
	pub answered: Vec<Answered>,
	/// Number of the grant or denial that was given.
	pub given: Option<u32>,
	/// The council's answer.
	pub(crate) council: Option<Council>,
}

/// The reports that a transaction's events make.
struct Events {
	/// `None` before the event that says it.
	result: Option<Result<(), ChainError>>,
	council: Option<Council>,
	given: Option<u32>,
	logged: Vec<Logged>,
	answered: Vec<Answered>,
}

impl Events {
	/// Reads the events of the transaction with this index in its block.
	fn of_transaction(
		at: &OnlineClientAtBlock<SubstrateConfig>,
		events: &subxt::events::Events<SubstrateConfig>,
		index: u32,
	) -> Result<Self, SubmitError> {
		let mut found = Self {
			result: None,
			council: None,
			given: None,
			logged: Vec::new(),
			answered: Vec::new(),
		};
		for event in events.iter() {
			let event = event.map_err(library)?;
			if event.phase() == Phase::ApplyExtrinsic(index) {
				let (pallet, name) = (event.pallet_name(), event.event_name());
				found.take(at, pallet, name, event.field_bytes())?;
			}
		}
		Ok(found)
	}

	/// Adds what an event of the transaction reports.
	fn take(
		&mut self,
		at: &OnlineClientAtBlock<SubstrateConfig>,
		pallet: &str,
		name: &str,
		fields: &[u8],
	) -> Result<(), SubmitError> {
		match (pallet, name) {
			("System", "ExtrinsicSuccess") => {
				self.result.get_or_insert(Ok(()));
			}
			("System", "ExtrinsicFailed") => self.result = Some(Err(chain_error(at, fields)?)),
			// Hash of the code, then the error: the chain accepts the transaction, but not its
			// runtime.
			("System", "RejectedInvalidAuthorizedUpgrade") => {
				let reason = fields.get(32..).unwrap_or_default();
				self.result = Some(Err(chain_error(at, reason)?));
			}
			("Access", "Logged") => {
				let logged = Logged::decode(fields)
					.ok_or(SubmitError::UnknownEvent { pallet: "Access", event: "Logged" })?;
				self.logged.push(logged);
			}
			("Consent", "Granted") => self.given = Some(given("Granted", fields)?),
			("Consent", "Denied") => self.given = Some(given("Denied", fields)?),
			("Consent", name) => self.answered.extend(Answered::decode(name, fields)?),
			("Council", "Executed") => {
				// Hash of the proposal, then the result.
				let result = match fields.split_at_checked(33) {
					Some(([.., 0], _)) => Ok(()),
					Some((_, error)) => Err(chain_error(at, error)?),
					None => {
						return Err(SubmitError::UnknownEvent {
							pallet: "Council",
							event: "Executed",
						})
					}
				};
				self.council = Some(Council::Executed(result));
			}
			("Council", "Proposed") => {
				// Account, index, hash of the proposal, threshold.
				let hash = fields.get(36..68).and_then(|hash| hash.try_into().ok());
				self.council = hash.map(Council::Proposed).or(self.council.take());
			}
			("Council", "Disapproved") => self.council = Some(Council::Disapproved),
			_ => {}
		}
		Ok(())
	}
}

/// Decodes the number of a grant or denial that was given: patient, number, grantee.
pub(super) fn given(event: &'static str, mut fields: &[u8]) -> Result<u32, SubmitError> {
	<(Account, u32, Grantee<Account>)>::decode_all(&mut fields)
		.map(|(_, number, _)| number)
		.map_err(|_| SubmitError::UnknownEvent { pallet: "Consent", event })
}

/// An event of the council's pallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Council {
	/// The council approved the call, which was executed with this result.
	Executed(Result<(), ChainError>),
	/// The council votes on the call, as the motion with this hash.
	Proposed(Hash32),
	/// The council rejected the motion.
	Disapproved,
}

impl Client {
	/// Returns the transactions of a block; `None` if the node has no such block.
	async fn body(&self, block: H256) -> Result<Option<Vec<Vec<u8>>>, SubmitError> {
		let explain = |error| self.inner.connection.explain("chain_getBlock", error);
		let found = self.inner.methods.chain_get_block(Some(block)).await.map_err(explain)?;
		Ok(found.map(|found| found.block.extrinsics.into_iter().map(|bytes| bytes.0).collect()))
	}

	/// Returns the index of a transaction in a block.
	pub(super) async fn position(
		&self,
		block: H256,
		transaction: H256,
	) -> Result<Option<u32>, SubmitError> {
		Ok(self.body(block).await?.and_then(|body| index_of(&body, transaction)))
	}

	/// Returns the transactions of a block, which the header proves.
	pub(super) async fn proven_body(&self, header: &Header) -> Result<Vec<Vec<u8>>, SubmitError> {
		let body = self.body(H256(header.hash)).await?.unwrap_or_default();
		self.check_body(header, &body)?;
		Ok(body)
	}

	fn check_body(&self, header: &Header, body: &[Vec<u8>]) -> Result<(), SubmitError> {
		match header.has_body(body) {
			true => Ok(()),
			false => Err(self.untrue("chain_getBlock", Fault::OtherBody).into()),
		}
	}

	/// Waits until a block is final, and reads the outcome of a transaction from it, with proofs.
	/// While finality stalls, the node's word counts, after a warning, unless the transaction must
	/// be final. Returns `None` if it is not, or if a fork dropped it. Fails if the chain refused
	/// the call.
	pub(super) async fn outcome(
		&self,
		signed: &SignedTransaction,
		block: H256,
		until: Until,
	) -> Result<Option<Executed>, SubmitError> {
		let header = match self.finality_of(block.0).await? {
			Finality::Final(header) => Some(header),
			Finality::Stalls(_) if until == Until::Finalized => return Ok(None),
			Finality::Stalls(last_final) => {
				self.warn_of_stall(last_final);
				None
			}
			Finality::Pending | Finality::Dropped => return Ok(None),
			Finality::Forgotten => return Err(SubmitError::Unknown { transaction: signed.hash.0 }),
		};
		let (body, at, bytes) =
			tokio::join!(self.body(block), self.chain_at(block), self.events_of(block));
		let body = body?.unwrap_or_default();
		if let Some(header) = &header {
			self.check_body(header, &body)?;
		}
		let Some(position) = index_of(&body, signed.hash) else { return Ok(None) };
		let number = self.block(block.0).await?.number;
		let bytes = bytes.map_err(|error| match error.is_pruned() {
			true => SubmitError::Pruned { transaction: signed.hash.0, block: number },
			false => error.into(),
		})?;
		let mut at = at?;
		// The chain may have a newer runtime by now than the one that wrote the block's events.
		if at.spec_version() != signed.spec_version {
			at = self.by_parents_runtime(block, signed).await?;
		}
		let events = at.events().from_bytes(bytes);
		let Events { result, council, given, logged, answered } =
			Events::of_transaction(&at, &events, position)?;
		let included = Included {
			block_hash: block.0,
			block: number,
			transaction: signed.hash.0,
			finalized: header.is_some(),
		};
		match result.ok_or(SubmitError::NoOutcome)? {
			Ok(()) => {}
			Err(refusal) if header.is_some() => return Err(refusal.into()),
			Err(refusal) => return Err(SubmitError::Refused { refusal }),
		}
		let executed = Executed { included, logged, answered, given, council };
		if !included.finalized {
			self.note_unproved(signed, &executed);
		}
		Ok(Some(executed))
	}

	/// Returns the encoded events of a block.
	async fn events_of(&self, block: H256) -> Result<Vec<u8>, RpcError> {
		let key = storage::item("System", "Events");
		Ok(self.at(block.0).storage_bytes(&key).await?.unwrap_or_default())
	}

	/// Returns the chain by the runtime that executed the transactions of a block: the one that the
	/// state of the block's parent names.
	async fn by_parents_runtime(
		&self,
		block: H256,
		signed: &SignedTransaction,
	) -> Result<OnlineClientAtBlock<SubstrateConfig>, SubmitError> {
		let header = self.header(block.0).await?.ok_or(SubmitError::NoBlock)?;
		let at = self.chain_by_own_runtime(H256(header.parent)).await?;
		check_runtime(signed, at.spec_version())?;
		Ok(at)
	}
}

/// Refuses a runtime for which a transaction is not signed. By its names, a success can read as a
/// failure.
pub(super) fn check_runtime(
	signed: &SignedTransaction,
	spec_version: u32,
) -> Result<(), SubmitError> {
	match spec_version == signed.spec_version {
		true => Ok(()),
		false => Err(SubmitError::OtherRuntime { transaction: signed.hash.0 }),
	}
}

pub(super) fn index_of(body: &[Vec<u8>], transaction: H256) -> Option<u32> {
	let is_it = |bytes: &Vec<u8>| sp_crypto_hashing::blake2_256(bytes) == transaction.0;
	body.iter().position(is_it).and_then(|index| index.try_into().ok())
}

/// Decodes a dispatch error.
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
		}
		DispatchError::BadOrigin => system(
			"BadOrigin",
			"this account may not make this call; ask the council, an admin or the patient",
		),
		DispatchError::Exhausted => {
			system("Exhausted", "the block had no room for it; repeat it later, or split it")
		}
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
