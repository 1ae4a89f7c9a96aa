//! The runtime API: every read of Salus, as JSON-RPC, SDK and polkadot.js apps see it.

use crate::*;
use alloc::{string::String, vec::Vec};
use codec::Codec;

sp_api::decl_runtime_apis! {
	/// Reads of the Salus chain. `limit` is cut to [`MAX_PAGE`]; `from` is the index of the first item of a page.
	///
	/// Nodes and clients are newer than the chain's runtime for a while before each upgrade: what changes here gets a new
	/// version, and they ask which one the runtime has.
	#[api_version(3)]
	pub trait SalusApi<AccountId> where AccountId: Codec {
		/// An organisation.
		fn organisation(id: OrganisationId) -> Option<OrganisationInfo<AccountId>>;
		/// All organisations, in order of registration.
		fn organisations(from: u32, limit: u32) -> Page<OrganisationInfo<AccountId>>;
		/// The memberships of an account, in order of role.
		fn memberships(account: AccountId) -> Vec<MemberInfo>;
		/// The current key-agreement key of an account or organisation.
		fn key(recipient: Recipient<AccountId>) -> Option<KeyAgreementKey>;
		/// The organisation's key as sealed for one of its records admins.
		fn organisation_key_share(organisation: OrganisationId, account: AccountId) -> Option<Wrap>;
		/// A record with its versions.
		fn record(id: RecordId) -> Option<RecordDetails<AccountId>>;
		/// The records of a patient, oldest first, erased ones included.
		fn records_of(patient: AccountId, from: u32, limit: u32) -> Page<RecordDetails<AccountId>>;
		/// Which record and version a root CID is registered for.
		fn root(cid: Cid) -> Option<RootUse>;
		/// The wraps of a version's key.
		fn wraps(record: RecordId, version: Version) -> Vec<(Recipient<AccountId>, Wrap)>;
		/// One wrap of a version's key.
		fn wrap(record: RecordId, version: Version, recipient: Recipient<AccountId>) -> Option<Wrap>;
		/// A patient's grants and denials.
		fn consent_of(patient: AccountId) -> ConsentDetails<AccountId>;
		/// The accounts and organisations, with their keys, to which the patient's standing grants give read access to a
		/// record of this category (if `record` is named, to that record), for whom an author therefore wraps its key.
		fn standing_recipients(patient: AccountId, category: Category, record: Option<RecordId>) -> Vec<RecipientKey<AccountId>>;
		/// Whether the author, acting for the organisation, may add a record of the category to the patient's file.
		fn may_write(author: AccountId, organisation: OrganisationId, patient: AccountId, category: Category) -> bool;
		/// The decision on a question.
		fn decide(question: Question<AccountId>) -> Decision;
		/// The decision with every rule considered.
		fn explain(question: Question<AccountId>) -> Explanation;
		/// The statements about a subject.
		fn attestations(subject: Subject<AccountId>) -> AttestationStatus<AccountId>;
		/// A patient's access log from the entry with index `from` on, and where it stands.
		fn access_log(patient: AccountId, from: u32, limit: u32) -> LogPage<AccountId>;
		/// How many entries all access logs have together, archived ones too. Since version 2.
		fn log_entries() -> u64;
		/// A release with the shares that are posted; `None` when it was never permitted, or has ended.
		fn release(request: RequestId) -> Option<ReleaseDetails<AccountId>>;
		/// Releases that still take shares, oldest first, from this request on.
		fn open_releases(from: RequestId, limit: u32) -> Vec<Release<AccountId>>;
		/// Whether a release still stands on this state: it is open, and the decision is still a permit.
		fn release_stands(request: RequestId) -> bool;
		/// An emergency case.
		fn emergency(case: CaseId) -> Option<EmergencyCase<AccountId>>;
		/// The emergency cases of a patient, oldest first.
		fn emergencies_of(patient: AccountId) -> Vec<(CaseId, EmergencyCase<AccountId>)>;
		/// The cases of an organisation that wait for a review, oldest first.
		fn reviews_due(organisation: OrganisationId) -> Vec<(CaseId, EmergencyCase<AccountId>)>;
		/// Who reviews an emergency case; `None` if there is no such case. Since version 3.
		fn emergency_panel(case: CaseId) -> Option<Panel<AccountId>>;
		/// The auditors whom the council appointed to review emergencies, with their organisations. Since version 3.
		fn emergency_auditors() -> Vec<(AccountId, OrganisationId)>;
		/// The sealed key of a version; `None` when it was written in direct mode.
		fn sealed_key(record: RecordId, version: Version) -> Option<SealedKey>;
		/// The epoch that is active now.
		fn active_epoch() -> Option<Epoch>;
		/// The epoch that is on its way to a key, or else the active one.
		fn current_epoch() -> Epoch;
		/// An epoch.
		fn epoch(epoch: Epoch) -> Option<EpochInfo>;
		/// The dealings of an epoch, as long as they are kept.
		fn dealings(epoch: Epoch) -> Vec<(MemberIndex, Dealing)>;
		/// The attempt to bring a patient back who is said to have lost their key, if one is open.
		fn recovery_attempt(patient: AccountId) -> Option<RecoveryAttempt<AccountId>>;
		/// What a patient asks for before someone else's account acts for theirs.
		fn recovery_policy(patient: AccountId) -> RecoveryPolicy;
		/// The account that acts for this patient, whose own key is not taken any more.
		fn successor(patient: AccountId) -> Option<AccountId>;
		/// The patient for whom this account acts.
		fn acts_for(account: AccountId) -> Option<AccountId>;
		/// The validators, as the council decided, and which of them are absent.
		fn validators() -> ValidatorSet<AccountId>;
		/// The validators, without the blocks in which they came.
		#[changed_in(2)]
		fn validators() -> version_1::ValidatorSet<AccountId>;
		/// The pallets, by name, whose storage is of an earlier version than the runtime's: while a migration runs, and after
		/// one that failed. Since version 2.
		fn outdated_storage() -> Vec<String>;
		/// Counts over all records.
		fn storage_status() -> StorageStatus;
		/// The storage nodes, and how many versions fewer of them hold than shall.
		fn replication() -> ReplicationStatus<AccountId>;
		/// As which peers those storage nodes are known that are live members, in order of account. Since version 2.
		fn storage_peers() -> Vec<StoragePeer<AccountId>>;
		/// The stored versions that fewer storage nodes hold than shall, those with the fewest first; from behind `after`,
		/// the last of the page before with the number of its holders.
		fn under_replicated(after: Option<(u32, RecordId, Version)>, limit: u32) -> Vec<UnderReplicatedVersion<AccountId>>;
		/// What a storage node says that it holds, in no order that means anything; from behind `after`, the last of the page
		/// before.
		fn holdings(node: AccountId, after: Option<(RecordId, Version)>, limit: u32) -> Vec<StorageClaim>;
		/// Whether an account may stage uploads: a live member in a role that writes (practitioner, records admin, device).
		/// Gives the organisation that answers for it.
		fn may_stage(account: AccountId) -> Option<OrganisationId>;
	}
}
