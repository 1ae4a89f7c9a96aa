//! Reads of the chain's state: the runtime API `SalusApi`, one method each.

use codec::{DecodeAll, Encode};
use salus_primitives::*;
use subxt::utils::H256;

use crate::{chain::rpc::RpcError, Account, Client};

/// The method that reads one value of the state.
const STORAGE: &str = "state_getStorage";
/// The method that reads keys of the state.
const KEYS: &str = "state_getKeysPaged";

/// The first version of the runtime whose grants name capacities.
const WITH_CAPACITIES: u32 = 3;

/// The version of `SalusApi` in a runtime's list of APIs.
fn version_of_api(apis: &serde_json::Value) -> u32 {
	// An API is listed under the hash of its name.
	let id = format!("0x{}", hex::encode(sp_crypto_hashing::blake2_64(b"SalusApi")));
	apis.as_array()
		.into_iter()
		.flatten()
		.find(|api| api[0] == id.as_str())
		.and_then(|api| api[1].as_u64())
		.and_then(|version| version.try_into().ok())
		.unwrap_or_default()
}

/// The chain's state at one block, or at the best one.
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

	/// An organisation.
	pub async fn organisation(
		&self,
		id: OrganisationId,
	) -> Result<Option<OrganisationInfo<Account>>, RpcError> {
		self.call("organisation", id).await
	}

	/// One page of all organisations, in order of registration.
	pub async fn organisations_page(
		&self,
		from: u32,
		limit: u32,
	) -> Result<Page<OrganisationInfo<Account>>, RpcError> {
		self.call("organisations", (from, limit)).await
	}

	/// All organisations, in order of registration.
	pub async fn organisations(&self) -> Result<Vec<OrganisationInfo<Account>>, RpcError> {
		let mut all = Vec::new();
		let mut from = 0;
		loop {
			let page = self.organisations_page(from, MAX_PAGE).await?;
			all.extend(page.items);
			// A page that leads back would never end.
			match page.next {
				Some(next) if next > from => from = next,
				_ => return Ok(all),
			}
		}
	}

	/// The memberships of an account, in order of role.
	pub async fn memberships(&self, account: &Account) -> Result<Vec<MemberInfo>, RpcError> {
		self.call("memberships", account).await
	}

	/// The current key-agreement key of an account or organisation.
	pub async fn key(
		&self,
		recipient: &Recipient<Account>,
	) -> Result<Option<KeyAgreementKey>, RpcError> {
		self.call("key", recipient).await
	}

	/// The organisation's key as sealed for one of its records admins.
	pub async fn organisation_key_share(
		&self,
		organisation: OrganisationId,
		account: &Account,
	) -> Result<Option<Wrap>, RpcError> {
		self.call("organisation_key_share", (organisation, account)).await
	}

	/// A record with its versions.
	pub async fn record(&self, id: RecordId) -> Result<Option<RecordDetails<Account>>, RpcError> {
		self.call("record", id).await
	}

	/// One page of a patient's records, oldest first, erased ones included.
	pub async fn records_page(
		&self,
		patient: &Account,
		from: u32,
		limit: u32,
	) -> Result<Page<RecordDetails<Account>>, RpcError> {
		self.call("records_of", (patient, from, limit)).await
	}

	/// All records of a patient, oldest first, erased ones included.
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

	/// Which record and version a root CID is registered for.
	pub async fn root(&self, cid: Cid) -> Result<Option<RootUse>, RpcError> {
		self.call("root", cid).await
	}

	/// The wraps of a version's key.
	pub async fn wraps(
		&self,
		record: RecordId,
		version: Version,
	) -> Result<Vec<(Recipient<Account>, Wrap)>, RpcError> {
		self.call("wraps", (record, version)).await
	}

	/// One wrap of a version's key.
	pub async fn wrap(
		&self,
		record: RecordId,
		version: Version,
		recipient: &Recipient<Account>,
	) -> Result<Option<Wrap>, RpcError> {
		self.call("wrap", (record, version, recipient)).await
	}

	/// A patient's grants and denials.
	pub async fn consent_of(&self, patient: &Account) -> Result<ConsentDetails<Account>, RpcError> {
		self.call("consent_of", patient).await
	}

	/// For whom an author wraps the key of a record of this category.
	pub async fn standing_recipients(
		&self,
		patient: &Account,
		category: Category,
		record: Option<RecordId>,
	) -> Result<Vec<RecipientKey<Account>>, RpcError> {
		self.call("standing_recipients", (patient, category, record)).await
	}

	/// Whether the author, acting for the organisation, may add a record of the category.
	pub async fn may_write(
		&self,
		author: &Account,
		organisation: OrganisationId,
		patient: &Account,
		category: Category,
	) -> Result<bool, RpcError> {
		self.call("may_write", (author, organisation, patient, category)).await
	}

	/// The decision on a question.
	pub async fn decide(&self, question: &Question<Account>) -> Result<Decision, RpcError> {
		self.call("decide", question).await
	}

	/// The decision with every rule considered.
	pub async fn explain(&self, question: &Question<Account>) -> Result<Explanation, RpcError> {
		self.call("explain", question).await
	}

	/// The statements about a subject.
	pub async fn attestations(
		&self,
		subject: &Subject<Account>,
	) -> Result<AttestationStatus<Account>, RpcError> {
		self.call("attestations", subject).await
	}

	/// A page of a patient's access log from the entry with index `from` on, and where it stands.
	pub async fn access_log(
		&self,
		patient: &Account,
		from: u32,
		limit: u32,
	) -> Result<LogPage<Account>, RpcError> {
		self.call("access_log", (patient, from, limit)).await
	}

	/// A release with the shares that are posted; none when it was never permitted, or has ended.
	pub async fn release(
		&self,
		request: RequestId,
	) -> Result<Option<ReleaseDetails<Account>>, RpcError> {
		self.call("release", request).await
	}

	/// Whether a release still stands: it is open, and the decision is still a permit.
	pub async fn release_stands(&self, request: RequestId) -> Result<bool, RpcError> {
		self.call("release_stands", request).await
	}

	/// An emergency case.
	pub async fn emergency(
		&self,
		case: CaseId,
	) -> Result<Option<EmergencyCase<Account>>, RpcError> {
		self.call("emergency", case).await
	}

	/// The emergency cases of a patient, oldest first.
	pub async fn emergencies_of(
		&self,
		patient: &Account,
	) -> Result<Vec<(CaseId, EmergencyCase<Account>)>, RpcError> {
		self.call("emergencies_of", patient).await
	}

	/// Who reviews an emergency case. `None`: there is no such case, or the chain's runtime does not know panels yet.
	pub async fn emergency_panel(&self, case: CaseId) -> Result<Option<Panel<Account>>, RpcError> {
		match self.api_version().await? {
			0..=2 => Ok(None),
			_ => self.call("emergency_panel", case).await,
		}
	}

	/// The auditors whom the council appointed to review emergencies, with their organisations. `None`: the chain's runtime
	/// does not know them yet.
	pub async fn emergency_auditors(
		&self,
	) -> Result<Option<Vec<(Account, OrganisationId)>>, RpcError> {
		match self.api_version().await? {
			0..=2 => Ok(None),
			_ => self.call("emergency_auditors", ()).await.map(Some),
		}
	}

	/// The cases of an organisation that wait for a review, oldest first.
	pub async fn reviews_due(
		&self,
		organisation: OrganisationId,
	) -> Result<Vec<(CaseId, EmergencyCase<Account>)>, RpcError> {
		self.call("reviews_due", organisation).await
	}

	/// The sealed key of a version; none in direct mode.
	pub async fn sealed_key(
		&self,
		record: RecordId,
		version: Version,
	) -> Result<Option<SealedKey>, RpcError> {
		self.call("sealed_key", (record, version)).await
	}

	/// The committee's active epoch.
	pub async fn active_epoch(&self) -> Result<Option<Epoch>, RpcError> {
		self.call("active_epoch", ()).await
	}

	/// The committee's epoch that is on its way to a key, or else the active one.
	pub async fn current_epoch(&self) -> Result<Epoch, RpcError> {
		self.call("current_epoch", ()).await
	}

	/// An epoch of the committee.
	pub async fn epoch(&self, epoch: Epoch) -> Result<Option<EpochInfo>, RpcError> {
		self.call("epoch", epoch).await
	}

	/// The attempt to bring back a patient who is said to have lost their key; none if none is open.
	pub async fn recovery_attempt(
		&self,
		patient: &Account,
	) -> Result<Option<RecoveryAttempt<Account>>, RpcError> {
		self.call("recovery_attempt", patient).await
	}

	/// What a patient asks for before someone else's account acts for theirs.
	pub async fn recovery_policy(&self, patient: &Account) -> Result<RecoveryPolicy, RpcError> {
		self.call("recovery_policy", patient).await
	}

	/// The account that acts for this patient, whose own key is not taken any more; none if the patient's own does.
	pub async fn successor(&self, patient: &Account) -> Result<Option<Account>, RpcError> {
		self.call("successor", patient).await
	}

	/// The patient for whom this account acts, if for one.
	pub async fn acts_for(&self, account: &Account) -> Result<Option<Account>, RpcError> {
		self.call("acts_for", account).await
	}

	/// Counts over all records.
	pub async fn storage_status(&self) -> Result<StorageStatus, RpcError> {
		self.call("storage_status", ()).await
	}

	/// The storage nodes, and how many versions fewer of them hold than shall.
	pub async fn replication(&self) -> Result<ReplicationStatus<Account>, RpcError> {
		self.call("replication", ()).await
	}

	/// One page of the stored versions that fewer storage nodes hold than shall, those with the fewest first; from behind
	/// `after`, the last of the page before with the number of its holders.
	pub async fn under_replicated(
		&self,
		after: Option<(u32, RecordId, Version)>,
		limit: u32,
	) -> Result<Vec<UnderReplicatedVersion<Account>>, RpcError> {
		self.call("under_replicated", (after, limit)).await
	}

	/// One page of what a storage node says that it holds; from behind `after`, the last of the page before.
	pub async fn holdings(
		&self,
		node: &Account,
		after: Option<(RecordId, Version)>,
		limit: u32,
	) -> Result<Vec<StorageClaim>, RpcError> {
		self.call("holdings", (node, after, limit)).await
	}

	/// The validators, as the council decided, and which of them are absent.
	pub async fn validators(&self) -> Result<ValidatorSet<Account>, RpcError> {
		match self.api_version().await? {
			0 | 1 => {
				let set: version_1::ValidatorSet<Account> = self.call("validators", ()).await?;
				Ok(set.into())
			}
			_ => self.call("validators", ()).await,
		}
	}

	/// As which peers those storage nodes are known that are live members. `None`: the chain's runtime does not know it yet.
	pub async fn storage_peers(&self) -> Result<Option<Vec<StoragePeer<Account>>>, RpcError> {
		match self.api_version().await? {
			0 | 1 => Ok(None),
			_ => self.call("storage_peers", ()).await.map(Some),
		}
	}

	/// How many entries all access logs have together, archived ones too. `None`: the chain's runtime does not count them yet.
	pub async fn log_entries(&self) -> Result<Option<u64>, RpcError> {
		match self.api_version().await? {
			0 | 1 => Ok(None),
			_ => self.call("log_entries", ()).await.map(Some),
		}
	}

	/// The pallets whose storage is of an earlier version than the runtime's. `None`: the runtime cannot say.
	pub async fn outdated_storage(&self) -> Result<Option<Vec<String>>, RpcError> {
		match self.api_version().await? {
			0 | 1 => Ok(None),
			_ => self.call("outdated_storage", ()).await.map(Some),
		}
	}

	/// Which version of the runtime API `SalusApi` the chain has; 0 if it has none.
	async fn api_version(&self) -> Result<u32, RpcError> {
		let inner = &self.client.inner;
		let version = inner
			.methods
			.state_get_runtime_version(self.at)
			.await
			.map_err(|error| inner.connection.explain("state_getRuntimeVersion", error))?;
		Ok(version.other.get("apis").map_or(0, version_of_api))
	}

	/// Whether a patient has closed their emergency summaries. `None`: they said nothing, and their opt-out goes for those too.
	pub async fn emergency_summary_closed(
		&self,
		patient: &Account,
	) -> Result<Option<bool>, RpcError> {
		let [pallet, item] =
			["Consent", "SummaryClosed"].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
		let hash = sp_crypto_hashing::blake2_128(&patient.0);
		self.storage(&[&pallet[..], &item, &hash, &patient.0].concat()).await
	}

	/// Whether the chain's runtime knows grants to someone in one capacity, to a person and to a care team.
	pub async fn knows_capacities(&self) -> Result<bool, RpcError> {
		let version = self.client.inner.methods.state_get_runtime_version(self.at).await.map_err(
			|error| {
				let connection = &self.client.inner.connection;
				connection.explain("state_getRuntimeVersion", error)
			},
		)?;
		Ok(version.spec_version >= WITH_CAPACITIES)
	}

	/// Whether an account may stage uploads, and which organisation answers for it.
	pub async fn may_stage(&self, account: &Account) -> Result<Option<OrganisationId>, RpcError> {
		self.call("may_stage", account).await
	}

	/// The chain's clock: milliseconds since 1970.
	pub async fn clock(&self) -> Result<Moment, RpcError> {
		let [pallet, item] =
			["Timestamp", "Now"].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
		Ok(self.storage(&[pallet, item].concat()).await?.unwrap_or_default())
	}

	/// The validator that registers this session key; none if no one does now.
	pub(crate) async fn owner_of_key(
		&self,
		kind: [u8; 4],
		key: &Hash32,
	) -> Result<Option<Account>, RpcError> {
		self.storage(&owner_key(kind, key)).await
	}

	/// That a record was withdrawn; none if it was not.
	pub async fn withdrawal(
		&self,
		record: RecordId,
	) -> Result<Option<Withdrawal<Account>>, RpcError> {
		let [pallet, item] =
			["Records", "Withdrawals"].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
		self.storage(&[&pallet[..], &item, &record.0].concat()).await
	}

	/// How many transactions of an account the chain has carried out, which is the number of its next one.
	pub(crate) async fn transactions_of(&self, account: &Account) -> Result<u32, RpcError> {
		let [pallet, item] =
			["System", "Account"].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
		let hash = sp_crypto_hashing::blake2_128(&account.0);
		let key = [&pallet[..], &item, &hash, &account.0].concat();
		let bytes = self.storage_bytes(&key).await?;
		// The first field is the number.
		let number = bytes.as_deref().and_then(|bytes| bytes.first_chunk());
		Ok(number.map_or(0, |number| u32::from_le_bytes(*number)))
	}

	/// Who sits in the council.
	pub async fn council(&self) -> Result<Vec<Account>, RpcError> {
		let [pallet, item] =
			["Council", "Members"].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
		Ok(self.storage(&[pallet, item].concat()).await?.unwrap_or_default())
	}

	/// One value of the state.
	pub(crate) async fn storage<T: DecodeAll>(&self, key: &[u8]) -> Result<Option<T>, RpcError> {
		let Some(bytes) = self.storage_bytes(key).await? else {
			return Ok(None);
		};
		T::decode_all(&mut &bytes[..])
			.map(Some)
			.map_err(|source| RpcError::Answer { method: STORAGE.into(), source: Box::new(source) })
	}

	/// The first keys of the state with a prefix, in their order; those behind `after` alone, if that is given.
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

	/// One value of the state, as it is stored.
	pub(crate) async fn storage_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RpcError> {
		let inner = &self.client.inner;
		inner
			.methods
			.state_get_storage(key, self.at)
			.await
			.map_err(|error| inner.connection.explain(STORAGE, error))
	}
}

/// Where `pallet-session` keeps who registers a key.
fn owner_key(kind: [u8; 4], key: &Hash32) -> Vec<u8> {
	let [pallet, item] =
		["Session", "KeyOwner"].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
	let owned = (kind, key.to_vec()).encode();
	let hash = sp_crypto_hashing::twox_64(&owned);
	[&pallet[..], &item, &hash, &owned].concat()
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn the_owner_of_a_session_key_lies_where_the_chain_keeps_it() {
		// As a development chain lists it (`state_getKeysPaged`).
		let alice = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
		let expected = format!(
			"cec5070d609dd3497f72bde07fc96ba0726380404683fc89e8233450c8aa1950\
			 3837dba925868c96636f6d6d80{alice}"
		);
		let key = hex::decode(alice).unwrap().try_into().unwrap();
		assert_eq!(hex::encode(owner_key(*b"comm", &key)), expected);
	}

	#[test]
	fn the_version_of_the_api_is_found_among_others() {
		let apis = json!([["0xdf6acb689907609b", 5], ["0xcb7aa3a8fdd7ab70", 2]]);
		let id = hex::encode(sp_crypto_hashing::blake2_64(b"SalusApi"));
		assert_eq!(version_of_api(&apis), 0);
		let with = json!([["0xdf6acb689907609b", 5], [format!("0x{id}"), 2]]);
		assert_eq!(version_of_api(&with), 2);
		assert_eq!(version_of_api(&json!({})), 0);
	}
}
