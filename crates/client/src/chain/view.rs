//! Reads of the chain's state: one method for each function of the runtime API `SalusApi`.

use codec::{DecodeAll, Encode};
use salus_primitives::*;
use subxt::utils::H256;

use super::rpc::RpcError;
use crate::{storage, Account, Client};

/// Method that reads one value of the state.
const STORAGE: &str = "state_getStorage";
/// Method that lists keys of the state.
const KEYS: &str = "state_getKeysPaged";

/// First runtime version whose grants name capacities.
const WITH_CAPACITIES: u32 = 3;

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

/// A view of the chain's state, at one block or at the best one.
#[derive(Clone, Copy)]
pub struct View<'a> {
	client: &'a Client,
	at: Option<H256>,
}

impl<'a> View<'a> {
	pub(crate) fn new(client: &'a Client, at: Option<H256>) -> Self {
		Self { client, at }
	}

	/// Calls a function of the runtime API.
	async fn call<T: DecodeAll>(
		&self,
		function: &str,
		arguments: impl Encode,
	) -> Result<T, RpcError> {
		let function = format!("SalusApi_{function}");
		let inner = &self.client.inner;
		let bytes = inner
			.methods
			.state_call(&function, Some(&arguments.encode()), self.at)
			.await
			.map_err(|error| inner.connection.explain(&function, error))?;
		T::decode_all(&mut &bytes[..])
			.map_err(|source| RpcError::Answer { method: function, source: Box::new(source) })
	}

	/// Returns an organisation.
	pub async fn organisation(
		&self,
		id: OrganisationId,
	) -> Result<Option<OrganisationInfo<Account>>, RpcError> {
		self.call("organisation", id).await
	}

	/// Returns one page of all organisations, in order of registration.
	pub async fn organisations_page(
		&self,
		from: u32,
		limit: u32,
	) -> Result<Page<OrganisationInfo<Account>>, RpcError> {
		self.call("organisations", (from, limit)).await
	}

	/// Returns all organisations, in order of registration.
	pub async fn organisations(&self) -> Result<Vec<OrganisationInfo<Account>>, RpcError> {
		let mut all = Vec::new();
		let mut from = 0;
		loop {
			let page = self.organisations_page(from, MAX_PAGE).await?;
			all.extend(page.items);
			// A page that led back would never end.
			match page.next {
				Some(next) if next > from => from = next,
				_ => return Ok(all),
			}
		}
	}

	/// Returns the memberships of an account, in order of role.
	pub async fn memberships(&self, account: &Account) -> Result<Vec<MemberInfo>, RpcError> {
		self.call("memberships", account).await
	}

	/// Returns the current key-agreement key of an account or organisation.
	pub async fn key(
		&self,
		recipient: &Recipient<Account>,
	) -> Result<Option<KeyAgreementKey>, RpcError> {
		self.call("key", recipient).await
	}

	/// Returns the organisation's key, sealed for one of its records admins.
	pub async fn organisation_key_share(
		&self,
		organisation: OrganisationId,
		account: &Account,
	) -> Result<Option<Wrap>, RpcError> {
		self.call("organisation_key_share", (organisation, account)).await
	}

	/// Returns a record with its versions.
	pub async fn record(&self, id: RecordId) -> Result<Option<RecordDetails<Account>>, RpcError> {
		self.call("record", id).await
	}

	/// Returns one page of a patient's records, oldest first, including erased ones.
	pub async fn records_page(
		&self,
		patient: &Account,
		from: u32,
		limit: u32,
	) -> Result<Page<RecordDetails<Account>>, RpcError> {
		self.call("records_of", (patient, from, limit)).await
	}

	/// Returns all records of a patient, oldest first, including erased ones.
	pub async fn records_of(
		&self,
		patient: &Account,
	) -> Result<Vec<RecordDetails<Account>>, RpcError> {
		let mut all = Vec::new();
		let mut from = 0;
		loop {
			let page = self.records_page(patient, from, MAX_PAGE).await?;
			all.extend(page.items);
			match page.next {
				Some(next) if next > from => from = next,
				_ => return Ok(all),
			}
		}
	}

	/// Returns the record and version for which a root CID is registered.
	pub async fn root(&self, cid: Cid) -> Result<Option<RootUse>, RpcError> {
		self.call("root", cid).await
	}

	/// Returns the wraps of a version's key.
	pub async fn wraps(
		&self,
		record: RecordId,
		version: Version,
	) -> Result<Vec<(Recipient<Account>, Wrap)>, RpcError> {
		self.call("wraps", (record, version)).await
	}

	/// Returns one wrap of a version's key.
	pub async fn wrap(
		&self,
		record: RecordId,
		version: Version,
		recipient: &Recipient<Account>,
	) -> Result<Option<Wrap>, RpcError> {
		self.call("wrap", (record, version, recipient)).await
	}

	/// Returns a patient's grants, denials, guardians, requests and rules.
	pub async fn consent_of(&self, patient: &Account) -> Result<ConsentDetails<Account>, RpcError> {
		self.call("consent_of", patient).await
	}

	/// Returns the recipients for whom an author wraps the key of a record of this category.
	pub async fn standing_recipients(
		&self,
		patient: &Account,
		category: Category,
		record: Option<RecordId>,
	) -> Result<Vec<RecipientKey<Account>>, RpcError> {
		self.call("standing_recipients", (patient, category, record)).await
	}

	/// Returns whether the author, acting for the organisation, may add a record of the category.
	pub async fn may_write(
		&self,
		author: &Account,
		organisation: OrganisationId,
		patient: &Account,
		category: Category,
	) -> Result<bool, RpcError> {
		self.call("may_write", (author, organisation, patient, category)).await
	}

	/// Returns the decision on a question.
	pub async fn decide(&self, question: &Question<Account>) -> Result<Decision, RpcError> {
		self.call("decide", question).await
	}

	/// Returns the decision with every rule considered.
	pub async fn explain(&self, question: &Question<Account>) -> Result<Explanation, RpcError> {
		self.call("explain", question).await
	}

	/// Returns the statements about a subject.
	pub async fn attestations(
		&self,
		subject: &Subject<Account>,
	) -> Result<AttestationStatus<Account>, RpcError> {
		self.call("attestations", subject).await
	}

	/// Returns a page of a patient's access log from the entry with index `from` on, and the log's
	/// head.
	pub async fn access_log(
		&self,
		patient: &Account,
		from: u32,
		limit: u32,
	) -> Result<LogPage<Account>, RpcError> {
		self.call("access_log", (patient, from, limit)).await
	}

	/// Returns a release with the shares posted so far; `None` if it was never permitted, or has
	/// ended.
	pub async fn release(
		&self,
		request: RequestId,
	) -> Result<Option<ReleaseDetails<Account>>, RpcError> {
		self.call("release", request).await
	}

	/// Returns whether a release still stands: it is open, and the decision is still a permit.
	pub async fn release_stands(&self, request: RequestId) -> Result<bool, RpcError> {
		self.call("release_stands", request).await
	}

	/// Returns an emergency case.
	pub async fn emergency(
		&self,
		case: CaseId,
	) -> Result<Option<EmergencyCase<Account>>, RpcError> {
		self.call("emergency", case).await
	}

	/// Returns the emergency cases of a patient, oldest first.
	pub async fn emergencies_of(
		&self,
		patient: &Account,
	) -> Result<Vec<(CaseId, EmergencyCase<Account>)>, RpcError> {
		self.call("emergencies_of", patient).await
	}

	/// Returns the panel that reviews an emergency case; `None` if there is none, or if the runtime
	/// has no panels yet.
	pub async fn emergency_panel(&self, case: CaseId) -> Result<Option<Panel<Account>>, RpcError> {
		match self.api_version().await? {
			0..=2 => Ok(None),
			_ => self.call("emergency_panel", case).await,
		}
	}

	/// Returns the auditors whom the council appointed to review emergencies, with their
	/// organisations; `None` if the runtime has no auditors yet.
	pub async fn emergency_auditors(
		&self,
	) -> Result<Option<Vec<(Account, OrganisationId)>>, RpcError> {
		match self.api_version().await? {
			0..=2 => Ok(None),
			_ => self.call("emergency_auditors", ()).await.map(Some),
		}
	}

	/// Returns an organisation's cases that await a review, oldest first.
	pub async fn reviews_due(
		&self,
		organisation: OrganisationId,
	) -> Result<Vec<(CaseId, EmergencyCase<Account>)>, RpcError> {
		self.call("reviews_due", organisation).await
	}

	/// Returns the sealed key of a version; `None` in direct mode.
	pub async fn sealed_key(
		&self,
		record: RecordId,
		version: Version,
	) -> Result<Option<SealedKey>, RpcError> {
		self.call("sealed_key", (record, version)).await
	}

	/// Returns the committee's active epoch.
	pub async fn active_epoch(&self) -> Result<Option<Epoch>, RpcError> {
		self.call("active_epoch", ()).await
	}

	/// Returns the committee's epoch that is forming a key, or else the active one.
	pub async fn current_epoch(&self) -> Result<Epoch, RpcError> {
		self.call("current_epoch", ()).await
	}

	/// Returns an epoch of the committee.
	pub async fn epoch(&self, epoch: Epoch) -> Result<Option<EpochInfo>, RpcError> {
		self.call("epoch", epoch).await
	}

	/// Returns the open attempt to recover a patient who is said to have lost their key, if any.
	pub async fn recovery_attempt(
		&self,
		patient: &Account,
	) -> Result<Option<RecoveryAttempt<Account>>, RpcError> {
		self.call("recovery_attempt", patient).await
	}

	/// Returns what a patient requires before another account may act for them.
	pub async fn recovery_policy(&self, patient: &Account) -> Result<RecoveryPolicy, RpcError> {
		self.call("recovery_policy", patient).await
	}

	/// Returns the account that acts for a patient whose own key is no longer accepted; `None` if
	/// the own key is.
	pub async fn successor(&self, patient: &Account) -> Result<Option<Account>, RpcError> {
		self.call("successor", patient).await
	}

	/// Returns the patient for whom this account acts, if any.
	pub async fn acts_for(&self, account: &Account) -> Result<Option<Account>, RpcError> {
		self.call("acts_for", account).await
	}

	/// Returns counts over all records.
	pub async fn storage_status(&self) -> Result<StorageStatus, RpcError> {
		self.call("storage_status", ()).await
	}

	/// Returns the storage nodes, and the number of versions per replica count.
	pub async fn replication(&self) -> Result<ReplicationStatus<Account>, RpcError> {
		self.call("replication", ()).await
	}

	/// Returns one page of the under-replicated versions, fewest replicas first. `after` is the
	/// last one of the previous page, with its number of replicas.
	pub async fn under_replicated(
		&self,
		after: Option<(u32, RecordId, Version)>,
		limit: u32,
	) -> Result<Vec<UnderReplicatedVersion<Account>>, RpcError> {
		self.call("under_replicated", (after, limit)).await
	}

	/// Returns one page of the versions that a storage node has confirmed. `after` is the last one
	/// of the previous page.
	pub async fn holdings(
		&self,
		node: &Account,
		after: Option<(RecordId, Version)>,
		limit: u32,
	) -> Result<Vec<StorageClaim>, RpcError> {
		self.call("holdings", (node, after, limit)).await
	}

	/// Returns the validators that the council decided on, and which of them are absent.
	pub async fn validators(&self) -> Result<ValidatorSet<Account>, RpcError> {
		match self.api_version().await? {
			0 | 1 => {
				let set: version_1::ValidatorSet<Account> = self.call("validators", ()).await?;
				Ok(set.into())
			}
			_ => self.call("validators", ()).await,
		}
	}

	/// Returns the peer identities of storage nodes that are live members; `None` if the runtime
	/// does not know them yet.
	pub async fn storage_peers(&self) -> Result<Option<Vec<StoragePeer<Account>>>, RpcError> {
		match self.api_version().await? {
			0 | 1 => Ok(None),
			_ => self.call("storage_peers", ()).await.map(Some),
		}
	}

	/// Returns the number of entries in all access logs, including archived ones; `None` if the
	/// runtime does not count them yet.
	pub async fn log_entries(&self) -> Result<Option<u64>, RpcError> {
		match self.api_version().await? {
			0 | 1 => Ok(None),
			_ => self.call("log_entries", ()).await.map(Some),
		}
	}

	/// Returns the pallets whose storage is of an earlier version than the runtime's; `None` if the
	/// runtime cannot say.
	pub async fn outdated_storage(&self) -> Result<Option<Vec<String>>, RpcError> {
		match self.api_version().await? {
			0 | 1 => Ok(None),
			_ => self.call("outdated_storage", ()).await.map(Some),
		}
	}

	/// Returns the version of the runtime API `SalusApi`; 0 if the chain has none.
	async fn api_version(&self) -> Result<u32, RpcError> {
		let inner = &self.client.inner;
		let version = inner
			.methods
			.state_get_runtime_version(self.at)
			.await
			.map_err(|error| inner.connection.explain("state_getRuntimeVersion", error))?;
		Ok(version.other.get("apis").map_or(0, version_of_api))
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
		let version = self.client.inner.methods.state_get_runtime_version(self.at).await.map_err(
			|error| {
				let connection = &self.client.inner.connection;
				connection.explain("state_getRuntimeVersion", error)
			},
		)?;
		Ok(version.spec_version >= WITH_CAPACITIES)
	}

	/// Returns the organisation on whose account an account may stage uploads; `None` if it may
	/// not.
	pub async fn may_stage(&self, account: &Account) -> Result<Option<OrganisationId>, RpcError> {
		self.call("may_stage", account).await
	}

	/// Returns the chain's clock, in milliseconds since 1970.
	pub async fn clock(&self) -> Result<Moment, RpcError> {
		Ok(self.storage(&storage::item("Timestamp", "Now")).await?.unwrap_or_default())
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
	/// it.
	pub(crate) async fn keys(
		&self,
		prefix: &[u8],
		count: u32,
		after: Option<&[u8]>,
	) -> Result<Vec<Vec<u8>>, RpcError> {
		let inner = &self.client.inner;
		inner
			.methods
			.state_get_keys_paged(prefix, count, after, self.at)
			.await
			.map_err(|error| inner.connection.explain(KEYS, error))
	}

	/// Reads one value of the state, encoded as stored.
	pub(crate) async fn storage_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RpcError> {
		let inner = &self.client.inner;
		inner
			.methods
			.state_get_storage(key, self.at)
			.await
			.map_err(|error| inner.connection.explain(STORAGE, error))
	}
}

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
