//! The reads of the chain, each declared once.
//!
//! [`for_each_read!`](crate::for_each_read!) hands this table to a macro of the caller. The runtime
//! API (`api`), the node's JSON-RPC methods, the SDK's `View` and the documents of JSON-RPC are
//! made from it. To add a read, add a row here and implement it in the runtime; a test then says
//! how to regenerate the documents.

/// Calls the given macro with all reads.
///
/// A row has the documentation, the name of the JSON-RPC method, and the function of the runtime
/// API. `limit` is capped at [`MAX_PAGE`](crate::MAX_PAGE); `from` is the index of the first item
/// of a page.
///
/// `since` names the version of the runtime API that introduced a read. Until the chain is
/// upgraded, its runtime may be older than nodes and clients: the answer of a read with `since` is
/// therefore optional for its callers, and `None` from an older runtime.
///
/// `converted` marks a read whose JSON-RPC method converts a parameter or the answer. It is written
/// by hand in the node, and the others are forwarded.
///
/// The types are resolved where the macro is called: import them from this crate, and give
/// `AccountId` a meaning.
#[macro_export]
macro_rules! for_each_read {
	($make:ident) => {
		$make! {
			/// Returns an organisation.
			"salus_organisation":
			fn organisation(id: OrganisationId) -> Option<OrganisationInfo<AccountId>>;

			/// Returns a page of all organisations, in order of registration.
			"salus_organisations":
			fn organisations(from: u32, limit: u32) -> Page<OrganisationInfo<AccountId>>;

			/// Returns the memberships of an account, in order of role, and whether each is live.
			"salus_memberships":
			fn memberships(account: AccountId) -> Vec<MemberInfo>;

			/// Returns the current key-agreement key of an account or organisation.
			"salus_key":
			fn key(recipient: Recipient<AccountId>) -> Option<KeyAgreementKey>;

			/// Returns the organisation's key, sealed for one of its records admins.
			"salus_organisationKeyShare":
			fn organisation_key_share(
				organisation: OrganisationId, account: AccountId
			) -> Option<Wrap>;

			/// Returns a record with its versions and their replicas.
			"salus_record":
			fn record(id: RecordId) -> Option<RecordDetails<AccountId>>;

			/// Returns a page of a patient's records, oldest first, including erased ones.
			"salus_recordsOf":
			fn records_of(
				patient: AccountId, from: u32, limit: u32
			) -> Page<RecordDetails<AccountId>>;

			/// Returns the record and version for which a root CID is registered.
			converted "salus_root":
			fn root(cid: Cid) -> Option<RootUse>;

			/// Returns when the last version with this root CID was erased, in milliseconds since
			/// 1970; null if a live version has the root, or none ever had. Also null for roots
			/// that were erased before version 3 of the runtime.
			"salus_erasedRoot" since 3:
			fn erased_root(cid: Cid) -> Option<Moment>;

			/// Returns the wraps of a version's key.
			"salus_wraps":
			fn wraps(record: RecordId, version: Version) -> Vec<(Recipient<AccountId>, Wrap)>;

			/// Returns one wrap of a version's key.
			"salus_wrap":
			fn wrap(
				record: RecordId, version: Version, recipient: Recipient<AccountId>
			) -> Option<Wrap>;

			/// Returns a patient's standing consent: grants, denials, guardians, requests and
			/// rules.
			"salus_consentOf":
			fn consent_of(patient: AccountId) -> ConsentDetails<AccountId>;

			/// Returns the accounts and organisations, with their keys, to which the patient's
			/// standing grants give read access to a record of this category (or to `record`, if
			/// it is named). An author wraps the record's key for them.
			"salus_standingRecipients":
			fn standing_recipients(
				patient: AccountId, category: Category, record: Option<RecordId>
			) -> Vec<RecipientKey<AccountId>>;

			/// Returns whether the author, acting for the organisation, may add a record of the
			/// category to the patient's file.
			"salus_mayWrite":
			fn may_write(
				author: AccountId, organisation: OrganisationId, patient: AccountId,
				category: Category
			) -> bool;

			/// Returns the decision on a question: permit with its basis, or deny with its reason.
			"salus_decide":
			fn decide(question: Question<AccountId>) -> Decision;

			/// Returns a page of a patient's records, oldest first, each with the decision on its
			/// latest version.
			"salus_decideMany" since 3:
			fn decide_many(
				question: PatientQuestion<AccountId>, from: u32, limit: u32
			) -> Page<DecidedRecord<AccountId>>;

			/// Returns the decision on a question, with every rule considered.
			"salus_explain":
			fn explain(question: Question<AccountId>) -> Explanation;

			/// Returns the statements about a record version or a credential.
			"salus_attestations":
			fn attestations(subject: Subject<AccountId>) -> AttestationStatus<AccountId>;

			/// Returns a page of a patient's access log from the entry with index `from` on, with
			/// the log's head.
			"salus_accessLog":
			fn access_log(patient: AccountId, from: u32, limit: u32) -> LogPage<AccountId>;

			/// Returns a release with its posted shares; `None` if it was never permitted or has
			/// ended.
			"salus_release":
			fn release(request: RequestId) -> Option<ReleaseDetails<AccountId>>;

			/// Returns the releases that still accept shares, oldest first, from this request on.
			"salus_openReleases":
			fn open_releases(from: RequestId, limit: u32) -> Vec<Release<AccountId>>;

			/// Returns whether a release is open and the decision is still a permit.
			"salus_releaseStands":
			fn release_stands(request: RequestId) -> bool;

			/// Returns an emergency case.
			"salus_emergency":
			fn emergency(case: CaseId) -> Option<EmergencyCase<AccountId>>;

			/// Returns the emergency cases of a patient, oldest first.
			"salus_emergenciesOf":
			fn emergencies_of(patient: AccountId) -> Vec<(CaseId, EmergencyCase<AccountId>)>;

			/// Returns the cases of an organisation that wait for a review, oldest first.
			"salus_reviewsDue":
			fn reviews_due(
				organisation: OrganisationId
			) -> Vec<(CaseId, EmergencyCase<AccountId>)>;

			/// Returns the reviewers of an emergency case; `None` if there is no such case.
			"salus_emergencyPanel" since 3:
			fn emergency_panel(case: CaseId) -> Option<Panel<AccountId>>;

			/// Returns the auditors whom the council appointed to review emergencies, with their
			/// organisations.
			"salus_emergencyAuditors" since 3:
			fn emergency_auditors() -> Vec<(AccountId, OrganisationId)>;

			/// Returns the key of a version, sealed to the committee; `None` in direct mode.
			"salus_sealedKey":
			fn sealed_key(record: RecordId, version: Version) -> Option<SealedKey>;

			/// Returns the active epoch, whose key seals new records.
			"salus_activeEpoch":
			fn active_epoch() -> Option<Epoch>;

			/// Returns the epoch that is forming its key, or else the active one.
			"salus_currentEpoch":
			fn current_epoch() -> Epoch;

			/// Returns an epoch of the committee with its members.
			"salus_epoch":
			fn epoch(epoch: Epoch) -> Option<EpochInfo>;

			/// Returns the epoch whose key an epoch has, and the epoch whose members release what
			/// is sealed to that key.
			"salus_epochKey" since 3:
			fn epoch_key(epoch: Epoch) -> Option<EpochKey>;

			/// Returns the number of versions sealed to each key of the committee, in order of the
			/// key. Keys without any are left out. The answer is `None` until a migration has
			/// counted the versions from before version 3 of the runtime.
			"salus_sealedVersions" since 3:
			fn sealed_versions() -> Option<Vec<SealedVersions>>;

			/// Returns the dealings of an epoch, while they are kept.
			"salus_dealings":
			fn dealings(epoch: Epoch) -> Vec<(MemberIndex, Dealing)>;

			/// Returns the validators that the council elected into the committee. Without an
			/// election, the longest-standing ones are its members.
			"salus_electedCommittee" since 3:
			fn elected_committee() -> Vec<AccountId>;

			/// Returns the open attempt to recover the account of a patient who is said to have
			/// lost their key.
			"salus_recoveryAttempt":
			fn recovery_attempt(patient: AccountId) -> Option<RecoveryAttempt<AccountId>>;

			/// Returns the conditions under which another account may come to act for a patient.
			"salus_recoveryPolicy":
			fn recovery_policy(patient: AccountId) -> RecoveryPolicy;

			/// Returns the account that acts for a patient instead of their own.
			"salus_successor":
			fn successor(patient: AccountId) -> Option<AccountId>;

			/// Returns the patient for whom an account acts.
			"salus_actsFor":
			fn acts_for(account: AccountId) -> Option<AccountId>;

			/// Returns the validators, as decided by the council, each with its last block and the
			/// block in which it joined.
			converted "salus_validators":
			fn validators() -> ValidatorSet<AccountId>;

			/// Returns the number of entries of all access logs together, including archived ones.
			"salus_logEntries" since 2:
			fn log_entries() -> u64;

			/// Returns the names of the pallets whose storage has an earlier version than the
			/// runtime's. There are some while a migration runs, and after one that failed.
			"salus_outdatedStorage" since 2:
			fn outdated_storage() -> Vec<String>;

			/// Returns the digest of the runtime's metadata (RFC 78), which a signature can cover;
			/// null if the runtime was built without it.
			"salus_metadataHash" since 3:
			fn metadata_hash() -> Option<MetadataHash>;

			/// Returns the number of live records, of versions that wait for storage, and of
			/// removals that are not confirmed.
			"salus_storageStatus":
			fn storage_status() -> StorageStatus;

			/// Returns the storage nodes, which of them are present, the replication target, and
			/// the number of under-replicated versions.
			"salus_replication":
			fn replication() -> ReplicationStatus<AccountId>;

			/// Returns the storage nodes that are live members, with their peers, in order of
			/// account. They get blocks from each other.
			converted "salus_storagePeers" since 2:
			fn storage_peers() -> Vec<StoragePeer<AccountId>>;

			/// Returns the under-replicated stored versions, fewest replicas first. `after` is the
			/// number of holders, the record and the version of the last item before, or `None`.
			"salus_underReplicated":
			fn under_replicated(
				after: Option<(u32, RecordId, Version)>, limit: u32
			) -> Vec<UnderReplicatedVersion<AccountId>>;

			/// Returns the versions that a storage node has confirmed, in no particular order.
			/// `after` is the record and the version of the last item before, or `None`.
			"salus_holdings":
			fn holdings(
				node: AccountId, after: Option<(RecordId, Version)>, limit: u32
			) -> Vec<StorageClaim>;

			/// Returns the organisation that answers for an account that may stage uploads; `None`
			/// if it may not. The account must be a live member in a role that writes
			/// (practitioner, records admin, device).
			"salus_mayStage":
			fn may_stage(account: AccountId) -> Option<OrganisationId>;
		}
	};
}
