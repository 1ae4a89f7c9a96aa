//! The reads of the runtime API [`SalusApi`](salus_primitives::api::SalusApi), each under its name in camel case.
//!
//! Each read returns the runtime's answer at the block `at`, or at the best block if `at` is left
//! out.

mod over_runtime;

pub use over_runtime::Reads;

use jsonrpsee::proc_macros::rpc;
use salus_primitives::{
	AttestationStatus, CaseId, Category, ConsentDetails, Dealing, Decision, EmergencyCase, Epoch,
	EpochInfo, Explanation, KeyAgreementKey, LogPage, MemberIndex, MemberInfo, OrganisationId,
	OrganisationInfo, Page, Question, Recipient, RecipientKey, RecordDetails, RecordId,
	RecoveryAttempt, RecoveryPolicy, Release, ReleaseDetails, ReplicationStatus, RequestId,
	RootUse, SealedKey, StorageClaim, StorageStatus, Subject, UnderReplicatedVersion, ValidatorSet,
	Version, Wrap,
};
use salus_runtime::{AccountId, Hash};

use super::error::Refusal;

/// Peer of a storage node.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NodePeer {
	/// Account of the node.
	pub node: AccountId,
	/// PeerId of the node, as in its addresses, or `None` if the key that it named cannot be a
	/// peer's.
	pub peer: Option<String>,
}

/// Reads of the chain.
#[rpc(server, namespace = "salus")]
pub trait ReadsApi {
	/// Returns an organisation.
	#[method(name = "organisation", blocking)]
	fn organisation(
		&self,
		id: OrganisationId,
		at: Option<Hash>,
	) -> Result<Option<OrganisationInfo<AccountId>>, Refusal>;

	/// Returns a page of all organisations, in order of registration.
	#[method(name = "organisations", blocking)]
	fn organisations(
		&self,
		from: u32,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Page<OrganisationInfo<AccountId>>, Refusal>;

	/// Returns the memberships of an account.
	#[method(name = "memberships", blocking)]
	fn memberships(&self, account: AccountId, at: Option<Hash>)
		-> Result<Vec<MemberInfo>, Refusal>;

	/// Returns the current key-agreement key of an account or organisation.
	#[method(name = "key", blocking)]
	fn key(
		&self,
		recipient: Recipient<AccountId>,
		at: Option<Hash>,
	) -> Result<Option<KeyAgreementKey>, Refusal>;

	/// Returns the organisation's key, sealed for one of its records admins.
	#[method(name = "organisationKeyShare", blocking)]
	fn organisation_key_share(
		&self,
		organisation: OrganisationId,
		account: AccountId,
		at: Option<Hash>,
	) -> Result<Option<Wrap>, Refusal>;

	/// Returns a record with its versions.
	#[method(name = "record", blocking)]
	fn record(
		&self,
		id: RecordId,
		at: Option<Hash>,
	) -> Result<Option<RecordDetails<AccountId>>, Refusal>;

	/// Returns a page of a patient's records, oldest first, including erased ones.
	#[method(name = "recordsOf", blocking)]
	fn records_of(
		&self,
		patient: AccountId,
		from: u32,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Page<RecordDetails<AccountId>>, Refusal>;

	/// Returns the record and version that a root CID is registered for.
	#[method(name = "root", blocking)]
	fn root(&self, cid: String, at: Option<Hash>) -> Result<Option<RootUse>, Refusal>;

	/// Returns the wraps of a version's key.
	#[method(name = "wraps", blocking)]
	fn wraps(
		&self,
		record: RecordId,
		version: Version,
		at: Option<Hash>,
	) -> Result<Vec<(Recipient<AccountId>, Wrap)>, Refusal>;

	/// Returns one wrap of a version's key.
	#[method(name = "wrap", blocking)]
	fn wrap(
		&self,
		record: RecordId,
		version: Version,
		recipient: Recipient<AccountId>,
		at: Option<Hash>,
	) -> Result<Option<Wrap>, Refusal>;

	/// Returns a patient's grants and denials.
	#[method(name = "consentOf", blocking)]
	fn consent_of(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<ConsentDetails<AccountId>, Refusal>;

	/// Returns the recipients to whom an author wraps the key of a patient's record of this
	/// category.
	#[method(name = "standingRecipients", blocking)]
	fn standing_recipients(
		&self,
		patient: AccountId,
		category: Category,
		record: Option<RecordId>,
		at: Option<Hash>,
	) -> Result<Vec<RecipientKey<AccountId>>, Refusal>;

	/// Returns whether the author may add a record of the category to the patient's file.
	#[method(name = "mayWrite", blocking)]
	fn may_write(
		&self,
		author: AccountId,
		organisation: OrganisationId,
		patient: AccountId,
		category: Category,
		at: Option<Hash>,
	) -> Result<bool, Refusal>;

	/// Returns the decision on a question.
	#[method(name = "decide", blocking)]
	fn decide(&self, question: Question<AccountId>, at: Option<Hash>) -> Result<Decision, Refusal>;

	/// Returns the decision with every rule considered.
	#[method(name = "explain", blocking)]
	fn explain(
		&self,
		question: Question<AccountId>,
		at: Option<Hash>,
	) -> Result<Explanation, Refusal>;

	/// Returns the statements about a subject.
	#[method(name = "attestations", blocking)]
	fn attestations(
		&self,
		subject: Subject<AccountId>,
		at: Option<Hash>,
	) -> Result<AttestationStatus<AccountId>, Refusal>;

	/// Returns a page of a patient's access log, oldest entries first, and the state of the log.
	#[method(name = "accessLog", blocking)]
	fn access_log(
		&self,
		patient: AccountId,
		from: u32,
		limit: u32,
		at: Option<Hash>,
	) -> Result<LogPage<AccountId>, Refusal>;

	/// Returns a release with its posted shares. `None` if the request was not permitted or has
	/// expired.
	#[method(name = "release", blocking)]
	fn release(
		&self,
		request: RequestId,
		at: Option<Hash>,
	) -> Result<Option<ReleaseDetails<AccountId>>, Refusal>;

	/// Returns the releases that take shares, oldest first, from this request on.
	#[method(name = "openReleases", blocking)]
	fn open_releases(
		&self,
		from: RequestId,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Vec<Release<AccountId>>, Refusal>;

	/// Returns whether a release still stands: it is open, and its decision is still a permit.
	#[method(name = "releaseStands", blocking)]
	fn release_stands(&self, request: RequestId, at: Option<Hash>) -> Result<bool, Refusal>;

	/// Returns an emergency case.
	#[method(name = "emergency", blocking)]
	fn emergency(
		&self,
		case: CaseId,
		at: Option<Hash>,
	) -> Result<Option<EmergencyCase<AccountId>>, Refusal>;

	/// Returns the emergency cases of a patient, oldest first.
	#[method(name = "emergenciesOf", blocking)]
	fn emergencies_of(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<Vec<(CaseId, EmergencyCase<AccountId>)>, Refusal>;

	/// Returns the cases of an organisation that wait for review, oldest first.
	#[method(name = "reviewsDue", blocking)]
	fn reviews_due(
		&self,
		organisation: OrganisationId,
		at: Option<Hash>,
	) -> Result<Vec<(CaseId, EmergencyCase<AccountId>)>, Refusal>;

	/// Returns the key of a version, sealed to the committee. `None` for a version in direct mode.
	#[method(name = "sealedKey", blocking)]
	fn sealed_key(
		&self,
		record: RecordId,
		version: Version,
		at: Option<Hash>,
	) -> Result<Option<SealedKey>, Refusal>;

	/// Returns the epoch to whose key authors seal now.
	#[method(name = "activeEpoch", blocking)]
	fn active_epoch(&self, at: Option<Hash>) -> Result<Option<Epoch>, Refusal>;

	/// Returns the epoch that is forming its key, or else the active one.
	#[method(name = "currentEpoch", blocking)]
	fn current_epoch(&self, at: Option<Hash>) -> Result<Epoch, Refusal>;

	/// Returns an epoch of the committee with its members.
	#[method(name = "epoch", blocking)]
	fn epoch(&self, epoch: Epoch, at: Option<Hash>) -> Result<Option<EpochInfo>, Refusal>;

	/// Returns the dealings of an epoch, while they are kept.
	#[method(name = "dealings", blocking)]
	fn dealings(
		&self,
		epoch: Epoch,
		at: Option<Hash>,
	) -> Result<Vec<(MemberIndex, Dealing)>, Refusal>;

	/// Returns the open attempt to recover the account of a patient who is said to have lost their
	/// key.
	#[method(name = "recoveryAttempt", blocking)]
	fn recovery_attempt(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<Option<RecoveryAttempt<AccountId>>, Refusal>;

	/// Returns what a patient requires before another account may act for them.
	#[method(name = "recoveryPolicy", blocking)]
	fn recovery_policy(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<RecoveryPolicy, Refusal>;

	/// Returns the account that acts for a patient. The patient's own key is no longer accepted.
	#[method(name = "successor", blocking)]
	fn successor(&self, patient: AccountId, at: Option<Hash>)
		-> Result<Option<AccountId>, Refusal>;

	/// Returns the patient for whom an account acts.
	#[method(name = "actsFor", blocking)]
	fn acts_for(&self, account: AccountId, at: Option<Hash>) -> Result<Option<AccountId>, Refusal>;

	/// Returns the validators, as decided by the council, and which of them are absent.
	#[method(name = "validators", blocking)]
	fn validators(&self, at: Option<Hash>) -> Result<ValidatorSet<AccountId>, Refusal>;

	/// Returns the number of entries of all access logs, including archived ones. `None` if the
	/// chain's runtime does not count them yet.
	#[method(name = "logEntries", blocking)]
	fn log_entries(&self, at: Option<Hash>) -> Result<Option<u64>, Refusal>;

	/// Returns the pallets whose storage is of an earlier version than the runtime's. `None` if the
	/// chain's runtime cannot tell.
	#[method(name = "outdatedStorage", blocking)]
	fn outdated_storage(&self, at: Option<Hash>) -> Result<Option<Vec<String>>, Refusal>;

	/// Returns counts over all records.
	#[method(name = "storageStatus", blocking)]
	fn storage_status(&self, at: Option<Hash>) -> Result<StorageStatus, Refusal>;

	/// Returns the storage nodes, and the number of under-replicated versions.
	#[method(name = "replication", blocking)]
	fn replication(&self, at: Option<Hash>) -> Result<ReplicationStatus<AccountId>, Refusal>;

	/// Returns the peers of the storage nodes that are live members. `None` if the chain's runtime
	/// does not know them yet.
	#[method(name = "storagePeers", blocking)]
	fn storage_peers(&self, at: Option<Hash>) -> Result<Option<Vec<NodePeer>>, Refusal>;

	/// Returns under-replicated versions, fewest replicas first, that follow `after`: the last one
	/// of the previous page, with the number of its holders.
	#[method(name = "underReplicated", blocking)]
	fn under_replicated(
		&self,
		after: Option<(u32, RecordId, Version)>,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Vec<UnderReplicatedVersion<AccountId>>, Refusal>;

	/// Returns the versions that a storage node says it holds and that follow `after`, the last one
	/// of the previous page.
	#[method(name = "holdings", blocking)]
	fn holdings(
		&self,
		node: AccountId,
		after: Option<(RecordId, Version)>,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Vec<StorageClaim>, Refusal>;

	/// Returns the organisation for which an account may stage uploads, or `None` if it may not.
	#[method(name = "mayStage", blocking)]
	fn may_stage(
		&self,
		account: AccountId,
		at: Option<Hash>,
	) -> Result<Option<OrganisationId>, Refusal>;
}
