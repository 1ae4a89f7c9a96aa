//! Reads of the chain's state: one method for each function of the runtime API `SalusApi`.
//!
//! [`View`] says which view serves which use.

use std::{
	borrow::Borrow,
	time::{SystemTime, UNIX_EPOCH},
};

use codec::{Decode, DecodeAll, Encode};
use futures::future::BoxFuture;
use salus_primitives::*;
use subxt::utils::H256;

use super::{proven::KnownBlock, rpc::RpcError};
use crate::{storage, Account, Client};

type AccountId = Account;

/// Method that reads one value of the state.
const STORAGE: &str = "state_getStorage";
/// Method that lists keys of the state.
const KEYS: &str = "state_getKeysPaged";

/// Time by which the last final block may be behind the best one, in milliseconds, to give the
/// chain's clock.
const CLOCK_LAG: Moment = 5_000;

/// Maximum difference of the chain's clock from this machine's, in milliseconds.
const CLOCKS_DIFFER: Moment = 300_000;

/// First runtime version whose grants name capacities.
const WITH_CAPACITIES: u32 = 3;

/// Version of a runtime.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct RuntimeVersion {
	/// Version of its rules.
	pub(super) spec: u32,
	/// Version of `SalusApi`; 0 if it has none.
	pub(super) salus_api: u32,
}

impl RuntimeVersion {
	/// Decodes the answer of the runtime's function `Core_version`.
	pub(super) fn decode(mut bytes: &[u8]) -> Result<Self, codec::Error> {
		/// Names of the rules and of the program, version of block production, versions of both.
		type Version = (String, String, u32, u32, u32, Vec<([u8; 8], u32)>);
		let (_, _, _, spec, _, apis) = Version::decode(&mut bytes)?;
		let id = sp_crypto_hashing::blake2_64(b"SalusApi");
		let salus_api = apis.iter().find(|(api, _)| *api == id);
		Ok(Self { spec, salus_api: salus_api.map_or(0, |(_, version)| *version) })
	}
}

impl Client {
	/// Returns what the node says about a block, or about its best one.
	pub(super) async fn read_reported(
		&self,
		wanted: Wanted<'_>,
		at: Option<H256>,
	) -> Result<Option<Vec<u8>>, RpcError> {
		let inner = &self.inner;
		let (method, reported) = match wanted {
			Wanted::Call(function, arguments) => {
				let called = inner.methods.state_call(function, Some(arguments), at).await;
				(function, called.map(Some))
			}
			Wanted::Value(key) => (STORAGE, inner.methods.state_get_storage(key, at).await),
		};
		reported.map_err(|error| inner.connection.explain(method, error))
	}

	/// Returns the version of the runtime, as the node says.
	async fn reported_version(&self, at: Option<H256>) -> Result<RuntimeVersion, RpcError> {
		let inner = &self.inner;
		let version = inner
			.methods
			.state_get_runtime_version(at)
			.await
			.map_err(|error| inner.connection.explain("state_getRuntimeVersion", error))?;
		let salus_api = version.other.get("apis").map_or(0, version_of_api);
		Ok(RuntimeVersion { spec: version.spec_version, salus_api })
	}
}

/// Returns the version of `SalusApi` in a runtime's list of APIs.
fn version_of_api(apis: &serde_json::Value) -> u32 {
	// The list has the hash of each API's name.
	let id = format!("0x{}", hex::encode(sp_crypto_hashing::blake2_64(b"SalusApi")));
	apis.as_array()
		.into_iter()
		.flatten()
		.find(|api| api[0] == id.as_str())
		.and_then(|api| api[1].as_u64())
		.and_then(|version| version.try_into().ok())
		.unwrap_or_default()
}

/// A view of the chain's state: as the node reports it, or with proofs.
///
/// - [`Client::now`]: what a command shows and decides. While finality stalls, the node's word.
/// - [`Client::proven`]: keys, and for whom they are wrapped or sealed. Refuses in a long stall.
/// - [`Client::settled`]: what fills a transaction, or is written out as verified. Answers in a
///   stall from the last final block, however old it is.
/// - [`Client::snapshot`]: several reads that must be of the same state. Like `settled`, of one
///   block.
/// - [`Client::at`]: what one block did.
/// - [`Client::reported`]: the node's word, for what proves itself, is proved later, or decides
///   nothing.
///
/// The crate's README compares them.
#[derive(Clone, Copy)]
pub struct View<'a> {
	client: &'a Client,
	source: Source,
}

/// Source of a view's answers.
#[derive(Clone, Copy)]
enum Source {
	/// The node's word about a block, or about its best one.
	Node(Option<H256>),
	/// Proofs of the state of the block with this hash.
	Hash(Hash32),
	/// Proofs of the state of a block.
	Block(KnownBlock),
	/// Proofs of the state of the last final block, once it is as new as the node's best block.
	Proven(Stall),
}

/// Answer of a view while finality stalls.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stall {
	/// The last final block, with proofs. It must be recent.
	Final,
	/// The last final block, with proofs, however old it is.
	Old,
	/// The best block, as the node reports it, after a warning.
	Reported,
}

/// Something to be read of the chain's state.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
	/// Result of a function of the runtime API, with its arguments.
	Call(&'a str, &'a [u8]),
	/// Value under a key of the state.
	Value(&'a [u8]),
}

impl<'a> View<'a> {
	pub(crate) fn reported(client: &'a Client, at: Option<H256>) -> Self {
		Self { client, source: Source::Node(at) }
	}

	/// Views the state of the block with this hash, with proofs.
	pub(super) fn at(client: &'a Client, block: Hash32) -> Self {
		Self { client, source: Source::Hash(block) }
	}

	/// Views the last final block's state, with proofs.
	pub(super) fn proven(client: &'a Client, stall: Stall) -> Self {
		Self { client, source: Source::Proven(stall) }
	}

	/// Returns whether each read is of the best block of its time.
	pub fn is_of_best(&self) -> bool {
		matches!(self.source, Source::Node(None))
	}

	/// Returns the view of one block, the last final one unless the view names another, for several
	/// reads of the same state. Views of the node's word do not change.
	pub(crate) async fn fixed(self) -> Result<Self, RpcError> {
		let source = match self.source {
			Source::Proven(_) => {
				let block = self.client.last_final().await?;
				self.client.notice_age(&block).await?;
				Source::Block(block)
			}
			Source::Hash(hash) => Source::Block(self.client.block(hash).await?),
			source => source,
		};
		Ok(Self { source, ..self })
	}

	fn read<'b>(&'b self, wanted: Wanted<'b>) -> BoxFuture<'b, Result<Option<Vec<u8>>, RpcError>> {
		Box::pin(async move {
			match self.source {
				Source::Node(at) => self.client.read_reported(wanted, at).await,
				Source::Hash(hash) => self.client.proven_in(wanted, hash).await,
				Source::Block(block) => self.client.proven_at(wanted, &block).await,
				Source::Proven(stall) => self.client.proven_now(wanted, stall).await,
			}
		})
	}

	/// Calls a function of the runtime API.
	async fn call<T: DecodeAll>(
		&self,
		function: &str,
		arguments: impl Encode,
	) -> Result<T, RpcError> {
		let function = format!("SalusApi_{function}");
		let bytes = self.read(Wanted::Call(&function, &arguments.encode())).await?;
		T::decode_all(&mut &bytes.unwrap_or_default()[..])
			.map_err(|source| RpcError::Answer { method: function, source: Box::new(source) })
	}

	/// Returns all organisations, in order of registration.
	pub async fn organisations(&self) -> Result<Vec<OrganisationInfo<Account>>, RpcError> {
		self.all_pages("organisations", ()).await
	}

	/// Returns all records of a patient, oldest first, including erased ones.
	pub async fn records_of(
		&self,
		patient: &Account,
	) -> Result<Vec<RecordDetails<Account>>, RpcError> {
		self.all_pages("records_of", patient).await
	}

	/// Returns the items of all pages. `first` has the arguments before the page's.
	async fn all_pages<T: Decode>(
		&self,
		function: &str,
		first: impl Encode,
	) -> Result<Vec<T>, RpcError> {
		let mut all = Vec::new();
		let mut from = 0;
		loop {
			let page: Page<T> = self.call(function, (&first, from, MAX_PAGE)).await?;
			all.extend(page.items);
			// A page that led back would never end.
			match page.next {
				Some(next) if next > from => from = next,
				_ => return Ok(all),
			}
		}
	}

	/// Returns the validators, as decided by the council, each with its last block and the block in
	/// which it joined.
	pub async fn validators(&self) -> Result<ValidatorSet<Account>, RpcError> {
		match self.api_version().await? {
			0 | 1 => {
				let set: version_1::ValidatorSet<Account> = self.call("validators", ()).await?;
				Ok(set.into())
			}
			_ => self.call("validators", ()).await,
		}
	}

	/// Returns the version of the runtime API `SalusApi`; 0 if the chain has none.
	async fn api_version(&self) -> Result<u32, RpcError> {
		Ok(self.runtime_version().await?.salus_api)
	}

	fn runtime_version(&self) -> BoxFuture<'_, Result<RuntimeVersion, RpcError>> {
		Box::pin(async move {
			match self.source {
				Source::Node(at) => self.client.reported_version(at).await,
				_ => self.client.proven_version().await,
			}
		})
	}

	/// Returns the version of the runtime, as its `spec_version` says.
	pub async fn spec_version(&self) -> Result<u32, RpcError> {
		Ok(self.runtime_version().await?.spec)
	}

	/// Returns whether a patient has closed their emergency summaries; `None` if they never said,
	/// so that their opt-out applies.
	pub async fn emergency_summary_closed(
		&self,
		patient: &Account,
	) -> Result<Option<bool>, RpcError> {
		self.storage(&storage::blake2_entry("Consent", "SummaryClosed", &patient.0)).await
	}

	/// Returns whether the runtime supports grants to a member in one capacity, to a person, and to
	/// a care team.
	pub async fn knows_capacities(&self) -> Result<bool, RpcError> {
		Ok(self.runtime_version().await?.spec >= WITH_CAPACITIES)
	}

	/// Returns the chain's clock, in milliseconds since 1970.
	pub fn clock(&self) -> BoxFuture<'_, Result<Moment, RpcError>> {
		Box::pin(async move {
			let now = storage::item("Timestamp", "Now");
			let Source::Proven(stall) = self.source else {
				return Ok(self.storage(&now).await?.unwrap_or_default());
			};
			// The clock differs in each block, so the clock of a recent final block is good enough.
			let last: Moment = self.fixed().await?.storage(&now).await?.unwrap_or_default();
			let reported: Moment = self.client.reported().storage(&now).await?.unwrap_or_default();
			// While finality stalls, the node's clock counts only if it fits this machine's: a date
			// in the far future would be signed.
			let here = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
			let here = Moment::try_from(here.as_millis()).unwrap_or(Moment::MAX);
			let uses_reported = stall == Stall::Reported
				&& reported.abs_diff(last) > CLOCK_LAG
				&& reported.abs_diff(here) <= CLOCKS_DIFFER;
			Ok(if uses_reported { reported } else { last })
		})
	}

	/// Returns the validator that registers a session key, if any.
	pub(crate) async fn owner_of_key(
		&self,
		kind: [u8; 4],
		key: &Hash32,
	) -> Result<Option<Account>, RpcError> {
		self.storage(&owner_key(kind, key)).await
	}

	/// Returns the withdrawal of a record; `None` if it was not withdrawn.
	pub async fn withdrawal(
		&self,
		record: RecordId,
	) -> Result<Option<Withdrawal<Account>>, RpcError> {
		self.storage(&storage::plain_entry("Records", "Withdrawals", &record.0)).await
	}

	/// Returns the number of transactions that the chain has executed for an account, which is the
	/// next nonce.
	pub(crate) async fn transactions_of(&self, account: &Account) -> Result<u32, RpcError> {
		let key = storage::blake2_entry("System", "Account", &account.0);
		let bytes = self.storage_bytes(&key).await?;
		// The first field is the nonce.
		let number = bytes.as_deref().and_then(|bytes| bytes.first_chunk());
		Ok(number.map_or(0, |number| u32::from_le_bytes(*number)))
	}

	/// Returns the accounts that sit in the council.
	pub async fn council(&self) -> Result<Vec<Account>, RpcError> {
		Ok(self.storage(&storage::item("Council", "Members")).await?.unwrap_or_default())
	}

	/// Reads and decodes one value of the state.
	pub(crate) async fn storage<T: DecodeAll>(&self, key: &[u8]) -> Result<Option<T>, RpcError> {
		let Some(bytes) = self.storage_bytes(key).await? else {
			return Ok(None);
		};
		T::decode_all(&mut &bytes[..])
			.map(Some)
			.map_err(|source| RpcError::Answer { method: STORAGE.into(), source: Box::new(source) })
	}

	/// Returns the first keys of the state with a prefix, in order; with `after`, only keys behind
	/// it. This is the node's word in every view.
	pub(crate) fn keys<'b>(
		&'b self,
		prefix: &'b [u8],
		count: u32,
		after: Option<&'b [u8]>,
	) -> BoxFuture<'b, Result<Vec<Vec<u8>>, RpcError>> {
		Box::pin(async move {
			let inner = &self.client.inner;
			let at = match self.source {
				Source::Node(at) => at,
				Source::Hash(hash) => Some(H256(hash)),
				Source::Block(block) => Some(H256(block.hash)),
				Source::Proven(_) => None,
			};
			inner
				.methods
				.state_get_keys_paged(prefix, count, after, at)
				.await
				.map_err(|error| inner.connection.explain(KEYS, error))
		})
	}

	/// Reads one value of the state, encoded as stored.
	pub(crate) async fn storage_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RpcError> {
		self.read(Wanted::Value(key)).await
	}
}

/// Adds the functions of the [table of reads](salus_primitives::for_each_read) to [`View`].
macro_rules! functions {
	($(
		$(#[doc = $doc:literal])+
		$($converted:ident)? $method:literal $(since $since:literal)?:
		fn $name:ident($($param:ident: $type:ty),*) -> $answer:ty;
	)*) => {
		impl View<'_> {
			$(function! {
				$name stringify!($name), [$(#[doc = $doc])+] ($($param: $type),*) -> $answer $(, $since)?
			})*
		}
	};
}

/// Declares the function of one read.
macro_rules! function {
	// `View` has it already: it accepts the answer of an older runtime, too.
	(validators $($read:tt)*) => {};
	// `View` has functions of these names that return all pages.
	(organisations $($read:tt)*) => { function!(@organisations_page $($read)*); };
	(records_of $($read:tt)*) => { function!(@records_page $($read)*); };
	($name:ident $($read:tt)*) => { function!(@$name $($read)*); };
	(
		@$name:ident $function:expr, [$($doc:tt)+]
		($($param:ident: $type:ty),*) -> $answer:ty
	) => {
		$($doc)+
		pub async fn $name(&self, $($param: impl Borrow<$type>),*) -> Result<$answer, RpcError> {
			self.call($function, ($(Borrow::<$type>::borrow(&$param),)*)).await
		}
	};
	(
		@$name:ident $function:expr, [$($doc:tt)+]
		($($param:ident: $type:ty),*) -> $answer:ty, $since:literal
	) => {
		$($doc)+
		///
		/// `None` if the chain's runtime is too old for this read.
		pub async fn $name(
			&self,
			$($param: impl Borrow<$type>),*
		) -> Result<Option<$answer>, RpcError> {
			if self.api_version().await? < $since {
				return Ok(None);
			}
			self.call($function, ($(Borrow::<$type>::borrow(&$param),)*)).await.map(Some)
		}
	};
}

for_each_read!(functions);

/// Returns the storage key under which `pallet-session` keeps the owner of a session key.
fn owner_key(kind: [u8; 4], key: &Hash32) -> Vec<u8> {
	storage::twox_entry("Session", "KeyOwner", &(kind, key.to_vec()).encode())
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn a_session_keys_owner_is_read_where_the_chain_keeps_it() {
		// From a development chain (`state_getKeysPaged`).
		let alice = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
		let expected = format!(
			"cec5070d609dd3497f72bde07fc96ba0726380404683fc89e8233450c8aa1950\
			 3837dba925868c96636f6d6d80{alice}"
		);
		let key = hex::decode(alice).unwrap().try_into().unwrap();
		assert_eq!(hex::encode(owner_key(*b"comm", &key)), expected);
	}

	#[test]
	fn the_apis_version_is_found_among_others() {
		let apis = json!([["0xdf6acb689907609b", 5], ["0xcb7aa3a8fdd7ab70", 2]]);
		let id = hex::encode(sp_crypto_hashing::blake2_64(b"SalusApi"));
		assert_eq!(version_of_api(&apis), 0);
		let with = json!([["0xdf6acb689907609b", 5], [format!("0x{id}"), 2]]);
		assert_eq!(version_of_api(&with), 2);
		assert_eq!(version_of_api(&json!({})), 0);
	}
}
