//! The runtime API: every read of Salus, for JSON-RPC, the SDK and polkadot.js apps.

use crate::*;
use alloc::{string::String, vec::Vec};
use codec::Codec;

sp_api::decl_runtime_apis! {
	/// Reads of the Salus chain. `limit` is capped at [`MAX_PAGE`]; `from` is the index of the
	/// first item of a page.
	///
	/// Before each upgrade, nodes and clients are newer than the chain's runtime for a while. Every
	/// change here therefore gets a new version, and callers ask the runtime for its version.
	#[api_version(3)]
	pub trait SalusApi<AccountId> where AccountId: Codec {
		/// Returns an organisation.
		fn organisation(id: OrganisationId) -> Option<OrganisationInfo<AccountId>>;
		/// Returns all organisations, in order of registration.
		fn organisations(from: u32, limit: u32) -> Page<OrganisationInfo<AccountId>>;
		/// Returns the memberships of an account, in order of role.
		fn memberships(account: AccountId) -> Vec<MemberInfo>;
		/// Returns the current key-agreement key of an account or organisation.
		fn key(recipient: Recipient<AccountId>) -> Option<KeyAgreementKey>;
		/// Returns the organisation's key, sealed for one of its records admins.
		fn organisation_key_share(organisation: OrganisationId, account: AccountId) -> Option<Wrap>;
		/// Returns a record with its versions.
		fn record(id: RecordId) -> Option<RecordDetails<AccountId>>;
		/// Returns the records of a patient, oldest first, including erased ones.
		fn records_of(patient: AccountId, from: u32, limit: u32) -> Page<RecordDetails<AccountId>>;
		/// Returns the record and version for which a root CID is registered.
		fn root(cid: Cid) -> Option<RootUse>;
		/// Returns the wraps of a version's key.
		fn wraps(record: RecordId, version: Version) -> Vec<(Recipient<AccountId>, Wrap)>;
		/// Returns one wrap of a version's key.
		fn wrap(record: RecordId, version: Version, recipient: Recipient<AccountId>) -> Option<Wrap>;
		/// Returns a patient's standing consent: grants, denials, guardians, requests and rules.
		fn consent_of(patient: AccountId) -> ConsentDetails<AccountId>;
		/// Returns the accounts and organisations, with their keys, to which the patient's standing
		/// grants give read access to a record of this category (or to `record`, if it is named).
		/// An author wraps the record's key for them.
		fn standing_recipients(patient: AccountId, category: Category, record: Option<RecordId>) -> Vec<RecipientKey<AccountId>>;
		/// Returns whether the author, acting for the organisation, may add a record of the
		/// category to the patient's file.
		fn may_write(author: AccountId, organisation: OrganisationId, patient: AccountId, category: Category) -> bool;
		/// Returns the decision on a question.
		fn decide(question: Question<AccountId>) -> Decision;
		/// Returns the decision with every rule considered.
		fn explain(question: Question<AccountId>) -> Explanation;
		/// Returns the statements about a subject.
		fn attestations(subject: Subject<AccountId>) -> AttestationStatus<AccountId>;
		/// Returns a page of a patient's access log from the entry with index `from` on, with the
		/// log's head.
		fn access_log(patient: AccountId, from: u32, limit: u32) -> LogPage<AccountId>;
		/// Returns the number of entries of all access logs together, including archived ones.
		/// Since version 2.
		fn log_entries() -> u64;
		/// Returns a release with its posted shares; `None` if it was never permitted or has ended.
		fn release(request: RequestId) -> Option<ReleaseDetails<AccountId>>;
		/// Returns releases that still accept shares, oldest first, from this request on.
		fn open_releases(from: RequestId, limit: u32) -> Vec<Release<AccountId>>;
		/// Returns whether a release is open on this state and the decision is still a permit.
		fn release_stands(request: RequestId) -> bool;
		/// Returns an emergency case.
		fn emergency(case: CaseId) -> Option<EmergencyCase<AccountId>>;
		/// Returns the emergency cases of a patient, oldest first.
		fn emergencies_of(patient: AccountId) -> Vec<(CaseId, EmergencyCase<AccountId>)>;
		/// Returns the cases of an organisation that wait for a review, oldest first.
		fn reviews_due(organisation: OrganisationId) -> Vec<(CaseId, EmergencyCase<AccountId>)>;
		/// Returns the reviewers of an emergency case; `None` if there is no such case. Since
		/// version 3.
		fn emergency_panel(case: CaseId) -> Option<Panel<AccountId>>;
		/// Returns the auditors whom the council appointed to review emergencies, with their
		/// organisations. Since version 3.
		fn emergency_auditors() -> Vec<(AccountId, OrganisationId)>;
		/// Returns the sealed key of a version; `None` in direct mode.
		fn sealed_key(record: RecordId, version: Version) -> Option<SealedKey>;
		/// Returns the active epoch.
		fn active_epoch() -> Option<Epoch>;
		/// Returns the epoch that is forming its key, or else the active one.
		fn current_epoch() -> Epoch;
		/// Returns an epoch.
		fn epoch(epoch: Epoch) -> Option<EpochInfo>;
		/// Returns the dealings of an epoch, while they are kept.
		fn dealings(epoch: Epoch) -> Vec<(MemberIndex, Dealing)>;
		/// Returns the open attempt to recover the account of a patient who is said to have lost
		/// their key.
		fn recovery_attempt(patient: AccountId) -> Option<RecoveryAttempt<AccountId>>;
		/// Returns the conditions under which another account may come to act for a patient.
		fn recovery_policy(patient: AccountId) -> RecoveryPolicy;
		/// Returns the account that acts for this patient, whose own key is no longer accepted.
		fn successor(patient: AccountId) -> Option<AccountId>;
		/// Returns the patient for whom this account acts.
		fn acts_for(account: AccountId) -> Option<AccountId>;
		/// Returns the validators, as decided by the council, with their last blocks.
		fn validators() -> ValidatorSet<AccountId>;
		/// Returns the validators, without the blocks in which they joined.
		#[changed_in(2)]
		fn validators() -> version_1::ValidatorSet<AccountId>;
		/// Returns the names of the pallets whose storage is of an earlier version than the
		/// runtime's. There are some while a migration runs, and after one that failed. Since
		/// version 2.
		fn outdated_storage() -> Vec<String>;
		/// Returns counts over all records.
		fn storage_status() -> StorageStatus;
		/// Returns the storage nodes, and the number of under-replicated versions.
		fn replication() -> ReplicationStatus<AccountId>;
		/// Returns the storage nodes that are live members, with their peer keys, in order of
		/// account. Since version 2.
		fn storage_peers() -> Vec<StoragePeer<AccountId>>;
		/// Returns the under-replicated stored versions, fewest replicas first. `after` is the last
		/// version of the previous page, with its number of holders.
		fn under_replicated(after: Option<(u32, RecordId, Version)>, limit: u32) -> Vec<UnderReplicatedVersion<AccountId>>;
		/// Returns the versions that a storage node has confirmed, in no particular order. `after`
		/// is the last version of the previous page.
		fn holdings(node: AccountId, after: Option<(RecordId, Version)>, limit: u32) -> Vec<StorageClaim>;
		/// Returns the organisation that answers for an account that may stage uploads; `None` if
		/// it may not. The account must be a live member in a role that writes (practitioner,
		/// records admin, device).
		fn may_stage(account: AccountId) -> Option<OrganisationId>;
	}
}
