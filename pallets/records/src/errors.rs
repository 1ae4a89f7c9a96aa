//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Errors of this pallet.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is not a live practitioner, records admin or device of the organisation. Act
		/// for your own organisation, or ask its administrator to admit or renew you.
		NotWriter,
		/// The caller is not a live storage node. Ask an administrator to admit the account in that
		/// role.
		NotStorageNode,
		/// The caller is not a live patient. Enrol first.
		NotPatient,
		/// The network counts the maximum number of storage nodes. Retire absent nodes first.
		TooManyStorageNodes,
		/// The storage node is present. Its replicas can be retired once it is absent, or once its
		/// membership has ended.
		NodePresent,
		/// Storage nodes cannot announce themselves that often. Set a longer limit.
		AbsenceLimitTooShort,
		/// The account is not a live patient. Enrol the patient first.
		UnknownPatient,
		/// The patient has not permitted this. Ask the patient for a grant to write.
		NotPermitted,
		/// The root is not a CIDv1 with sha2-256 and codec raw or dag-pb. Build the DAG with the
		/// profile `unixfs-v1-2025`.
		InvalidCid,
		/// The ciphertext is empty. Seal the file first: even an empty file encrypts to some bytes.
		EmptyContent,
		/// The ciphertext exceeds the maximum size. Split the file.
		TooLarge,
		/// The author has registered this root for another version. Encrypt the file again with a
		/// fresh key, and register the result.
		RootTaken,
		/// The patient has no wrap. Wrap the key for the patient too.
		MissingOwnerWrap,
		/// Two wraps name the same recipient. Send one wrap per recipient.
		DuplicateRecipient,
		/// The author has used the salt for a record with other content. Choose another salt.
		AlreadyRegistered,
		/// The record does not exist. Check the identifier.
		UnknownRecord,
		/// The record was erased. Register a new one.
		RecordErased,
		/// The record does not have this version. Read the record first.
		UnknownVersion,
		/// The record is about another patient. Only that patient can do this.
		NotYourRecord,
		/// Another version was appended in the meantime. Read the record again and revise its
		/// latest version.
		VersionConflict,
		/// The record has the maximum number of versions. Register a new record.
		TooManyVersions,
		/// The record has the maximum number of wraps. Remove some first.
		TooManyWraps,
		/// The patient has the maximum number of records.
		TooManyRecords,
		/// The patient's own wrap stays as long as the record does. Erase the record instead.
		OwnerWrap,
		/// The key is not sealed to the active epoch. Read the active epoch and seal to its key.
		EpochNotActive,
		/// The version is guarded, and a wrap for anyone but the patient would bypass the access
		/// log. Leave the wrap out and let the reader request access, or remove the other wraps
		/// before sealing.
		WrapBypassesLog,
		/// The record was withdrawn. Register a new one.
		// This is about a record. `Event::Withdrawn` is about replicas.
		Withdrawn,
		/// This reason says that the record is in order. Name what is wrong with the record.
		NoReasonToWithdraw,
		/// The organisation has the maximum number of storage nodes. Wait until the replicas of one
		/// of its absent or dismissed nodes are retired, or use a node that it has.
		TooManyOfOrganisation,
		/// Too many versions of others have this root. Encrypt the file again with a fresh key, and
		/// register the result.
		RootFull,
		/// A key is wrapped for a recipient who has published another key since, or has none. Read
		/// the recipient's current key, and wrap for it.
		WrongKeyVersion,
	}
}
