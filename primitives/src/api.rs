//! The runtime API: every read of Salus, as JSON-RPC, SDK and polkadot.js apps see it.

use crate::*;
use alloc::vec::Vec;
use codec::Codec;

sp_api::decl_runtime_apis! {
	/// Reads of the Salus chain. `limit` is cut to [`MAX_PAGE`]; `from` is the index of the first item of a page.
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
		/// Counts over all records.
		fn storage_status() -> StorageStatus;
		/// Whether an account may stage uploads: a live member in a role that writes (practitioner, records admin, device).
		/// Gives the organisation that answers for it.
		fn may_stage(account: AccountId) -> Option<OrganisationId>;
	}
}
