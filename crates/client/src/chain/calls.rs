//! The chain's calls, one function each.
//!
//! A [`Call`] names its pallet and itself; which numbers the two have on the chain is looked up in
//! the metadata when it is submitted. The arguments are the SCALE encoding of the types that the
//! pallets themselves take (`salus-primitives`), in the order of the pallets' functions.

use codec::{Compact, Encode};
use subxt::ext::{
	scale_encode::{EncodeAsFields, Error as EncodeError, FieldIter},
	scale_type_resolver::TypeResolver,
};

/// A call, ready to be signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
	pallet: &'static str,
	name: &'static str,
	arguments: Arguments,
}

impl std::fmt::Debug for Call {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "{}.{}(0x{})", self.pallet, self.name, hex::encode(self.arguments()))
	}
}

/// SCALE bytes that go into the transaction as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Arguments(Vec<u8>);

impl EncodeAsFields for Arguments {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		_fields: &mut dyn FieldIter<'_, R::TypeId>,
		_types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		out.extend_from_slice(&self.0);
		Ok(())
	}
}

impl Call {
	/// A call of a pallet by their names in the metadata. Several arguments are a tuple, none are `()`.
	pub fn new(pallet: &'static str, name: &'static str, arguments: impl Encode) -> Self {
		Self { pallet, name, arguments: Arguments(arguments.encode()) }
	}

	/// The pallet's name.
	pub fn pallet(&self) -> &'static str {
		self.pallet
	}

	/// The call's name.
	pub fn name(&self) -> &'static str {
		self.name
	}

	/// The encoded arguments, without pallet and call number.
	pub fn arguments(&self) -> &[u8] {
		&self.arguments.0
	}
}

impl subxt::transactions::Payload for Call {
	type CallData = Arguments;

	fn pallet_name(&self) -> &str {
		self.pallet
	}

	fn call_name(&self) -> &str {
		self.name
	}

	fn call_data(&self) -> &Arguments {
		&self.arguments
	}
}

/// Calls of the pallet `roles`: organisations, members, keys.
pub mod roles {
	use super::*;
	use crate::{Account, Entitlement};
	use salus_primitives::{
		Hash32, KeyAgreementPublic, Moment, OrganisationId, OrganisationKind, Role, Specialty, Wrap,
	};

	const PALLET: &str = "Roles";

	/// Registers an organisation. By the council.
	pub fn register_organisation(
		kind: OrganisationKind,
		admins: &[Account],
		profile: Hash32,
	) -> Call {
		Call::new(PALLET, "register_organisation", (kind, admins, profile))
	}

	/// Suspends an organisation. By the council; by two thirds of it if the organisation has a
	/// seat.
	pub fn suspend_organisation(organisation: OrganisationId) -> Call {
		Call::new(PALLET, "suspend_organisation", organisation)
	}

	/// Lifts the suspension of an organisation. By the council; by two thirds of it if the
	/// organisation has a seat.
	pub fn reinstate_organisation(organisation: OrganisationId) -> Call {
		Call::new(PALLET, "reinstate_organisation", organisation)
	}

	/// Replaces an organisation's admins. By two thirds of the council.
	pub fn set_admins(organisation: OrganisationId, admins: &[Account]) -> Call {
		Call::new(PALLET, "set_admins", (organisation, admins))
	}

	/// Admits an account that signed for it. By an admin of the organisation.
	pub fn admit_accepted(
		organisation: OrganisationId,
		account: Account,
		role: Role,
		entitled: &Entitlement,
		until: Moment,
		signature: [u8; 64],
	) -> Call {
		let Entitlement { credential, expires, specialty } = *entitled;
		let signature = subxt::utils::MultiSignature::Sr25519(signature);
		Call::new(
			PALLET,
			"admit_accepted",
			(organisation, account, role, credential, expires, specialty, until, signature),
		)
	}

	/// Ends the caller's membership in a role.
	pub fn leave(role: Role) -> Call {
		Call::new(PALLET, "leave", role)
	}

	/// Ends a hospital's answering for a patient. By an admin of it.
	pub fn release_patient(organisation: OrganisationId, patient: Account) -> Call {
		Call::new(PALLET, "release_patient", (organisation, patient))
	}

	/// Admits the caller. By an admin of the organisation.
	pub fn admit_member(
		organisation: OrganisationId,
		account: Account,
		role: Role,
		credential: Hash32,
		expires: Option<Moment>,
		specialty: Option<Specialty>,
	) -> Call {
		Call::new(
			PALLET,
			"admit_member",
			(organisation, account, role, credential, expires, specialty),
		)
	}

	/// Renews a member's credential. By an admin of the organisation.
	pub fn renew_member(
		organisation: OrganisationId,
		account: Account,
		role: Role,
		credential: Hash32,
		expires: Option<Moment>,
		specialty: Option<Specialty>,
	) -> Call {
		Call::new(
			PALLET,
			"renew_member",
			(organisation, account, role, credential, expires, specialty),
		)
	}

	/// Suspends a membership. By an admin of the organisation.
	pub fn suspend_member(organisation: OrganisationId, account: Account, role: Role) -> Call {
		Call::new(PALLET, "suspend_member", (organisation, account, role))
	}

	/// Lifts the suspension of a membership. By an admin of the organisation.
	pub fn reinstate_member(organisation: OrganisationId, account: Account, role: Role) -> Call {
		Call::new(PALLET, "reinstate_member", (organisation, account, role))
	}

	/// Ends a membership. By an admin of the organisation.
	pub fn revoke_member(organisation: OrganisationId, account: Account, role: Role) -> Call {
		Call::new(PALLET, "revoke_member", (organisation, account, role))
	}

	/// Enrols a patient who signed for it. By an admin or a records admin of the hospital.
	pub fn enrol_patient(
		organisation: OrganisationId,
		patient: Account,
		key: KeyAgreementPublic,
		credential: Hash32,
		expires: Moment,
		signature: [u8; 64],
	) -> Call {
		let signature = subxt::utils::MultiSignature::Sr25519(signature);
		let arguments = (organisation, patient, key, credential, expires, signature);
		Call::new(PALLET, "enrol_patient", arguments)
	}

	/// Enrols the caller as a patient.
	pub fn enrol(key: KeyAgreementPublic) -> Call {
		Call::new(PALLET, "enrol", key)
	}

	/// Publishes or replaces the caller's key-agreement key.
	pub fn rotate_key(public: KeyAgreementPublic) -> Call {
		Call::new(PALLET, "rotate_key", public)
	}

	/// Publishes or replaces an organisation's key. By an admin of it.
	pub fn set_organisation_key(organisation: OrganisationId, public: KeyAgreementPublic) -> Call {
		Call::new(PALLET, "set_organisation_key", (organisation, public))
	}

	/// Shares an organisation's key with a records admin. By an admin of it.
	pub fn share_organisation_key(
		organisation: OrganisationId,
		account: Account,
		wrap: &Wrap,
	) -> Call {
		Call::new(PALLET, "share_organisation_key", (organisation, account, wrap))
	}
}

/// Calls of the pallet `records`.
pub mod records {
	use super::*;
	use crate::Account;
	use salus_primitives::{
		Content, NewRecord, OrganisationId, ReasonCode, RecordId, RecordWraps, SealedKey, Version,
		WrapKeys, Wraps,
	};

	const PALLET: &str = "Records";

	/// Says after how many blocks without a word a storage node counts as absent. By the council.
	pub fn set_absence_limit(blocks: u32) -> Call {
		Call::new(PALLET, "set_absence_limit", blocks)
	}

	/// Registers a record. By its author.
	pub fn register(new: &NewRecord<Account>) -> Call {
		Call::new(PALLET, "register", new)
	}

	/// Registers many records, all or none. By their author. Takes up to [`crate::MAX_BATCH`].
	pub fn register_many(new: &[NewRecord<Account>]) -> Call {
		Call::new(PALLET, "register_many", new)
	}

	/// Appends a version; guarded if its key is sealed. By its author.
	pub fn revise(
		record: RecordId,
		expected_version: Version,
		organisation: OrganisationId,
		content: &Content,
		wraps: &Wraps<Account>,
		sealed: Option<&SealedKey>,
	) -> Call {
		let arguments = (record, expected_version, organisation, content, wraps, sealed);
		Call::new(PALLET, "revise", arguments)
	}

	/// Withdraws a record that should not be. By its author, or a records admin of its organisation.
	pub fn withdraw(record: RecordId, reason: ReasonCode) -> Call {
		Call::new(PALLET, "withdraw", (record, reason))
	}

	/// Erases a record. By the patient.
	pub fn erase(record: RecordId) -> Call {
		Call::new(PALLET, "erase", record)
	}

	/// Adds wraps of keys. By the patient.
	pub fn add_wraps(wraps: &RecordWraps<Account>) -> Call {
		Call::new(PALLET, "add_wraps", wraps)
	}

	/// Removes wraps of keys. By the patient.
	pub fn remove_wraps(wraps: &WrapKeys<Account>) -> Call {
		Call::new(PALLET, "remove_wraps", wraps)
	}

	/// Seals a version's key to the committee's active epoch. By the patient.
	pub fn reseal(record: RecordId, version: Version, sealed: &SealedKey) -> Call {
		Call::new(PALLET, "reseal", (record, version, sealed))
	}
}

/// Calls of the pallet `attestation`.
pub mod attestation {
	use super::*;
	use crate::Account;
	use salus_primitives::{Moment, OrganisationId, ReasonCode, Subject, Verdict};

	const PALLET: &str = "Attestation";

	/// States a verdict about a subject.
	pub fn attest(
		subject: &Subject<Account>,
		verdict: Verdict,
		reason: ReasonCode,
		expires: Option<Moment>,
	) -> Call {
		Call::new(PALLET, "attest", (subject, verdict, reason, expires))
	}

	/// Takes a statement back. By the attester, or an admin of their organisation.
	pub fn revoke(subject: &Subject<Account>, attester: Account) -> Call {
		Call::new(PALLET, "revoke", (subject, attester))
	}

	/// Sets how many equal verdicts an organisation asks for. By an admin of it.
	pub fn set_threshold(organisation: OrganisationId, threshold: u32) -> Call {
		Call::new(PALLET, "set_threshold", (organisation, threshold))
	}
}

/// Calls of the pallet `consent`. By the patient, where nobody else is named.
pub mod consent {
	use super::*;
	use crate::Account;
	use salus_primitives::{
		Answers, Approval, ConsentRequestId, DenialId, GrantId, GrantTerms, Grantee, GuardianId,
		Moment, Purposes, RecordWraps, RequestTerms, RuleId, Scope, StandingRule, WrapKeys,
	};

	const PALLET: &str = "Consent";

	/// Permits something, and adds the keys that go with it.
	pub fn grant(terms: &GrantTerms<Account>, wraps: &RecordWraps<Account>) -> Call {
		Call::new(PALLET, "grant", (terms, wraps))
	}

	/// Takes a permission back, and removes the keys that went with it.
	pub fn revoke(grant: GrantId, remove: &WrapKeys<Account>) -> Call {
		Call::new(PALLET, "revoke", (grant, remove))
	}

	/// Denies something explicitly, and removes the keys that stand against it.
	pub fn deny(grantee: &Grantee<Account>, scope: &Scope, remove: &WrapKeys<Account>) -> Call {
		Call::new(PALLET, "deny", (grantee, scope, remove))
	}

	/// Takes a denial back.
	pub fn lift(denial: DenialId) -> Call {
		Call::new(PALLET, "lift", denial)
	}

	/// Bars emergency access, or permits it again.
	pub fn set_emergency_opt_out(opted_out: bool) -> Call {
		Call::new(PALLET, "set_emergency_opt_out", opted_out)
	}

	/// Closes one's emergency summaries to emergency access, or opens them again.
	pub fn set_emergency_summary_closed(closed: bool) -> Call {
		Call::new(PALLET, "set_emergency_summary_closed", closed)
	}

	/// Appoints a guardian, who reads and answers requests in the patient's stead.
	pub fn appoint_guardian(
		guardian: Account,
		scope: &Scope,
		purposes: &Purposes,
		until: Option<Moment>,
	) -> Call {
		Call::new(PALLET, "appoint_guardian", (guardian, scope, purposes, until))
	}

	/// Dismisses a guardian.
	pub fn dismiss_guardian(guardian: GuardianId) -> Call {
		Call::new(PALLET, "dismiss_guardian", guardian)
	}

	/// Asks a patient for a grant. By any live member.
	pub fn request(patient: Account, terms: &RequestTerms) -> Call {
		Call::new(PALLET, "request", (patient, terms))
	}

	/// Takes a request back. By who made it.
	pub fn withdraw(patient: Account, request: ConsentRequestId) -> Call {
		Call::new(PALLET, "withdraw", (patient, request))
	}

	/// Approves a request, perhaps for less than was asked. By the patient or a guardian.
	pub fn approve(
		patient: Account,
		request: ConsentRequestId,
		approval: &Approval,
		wraps: &RecordWraps<Account>,
	) -> Call {
		Call::new(PALLET, "approve", (patient, request, approval, wraps))
	}

	/// Declines a request. By the patient or a guardian.
	pub fn decline(patient: Account, request: ConsentRequestId) -> Call {
		Call::new(PALLET, "decline", (patient, request))
	}

	/// Answers many requests. By the patient or a guardian.
	pub fn answer_many(patient: Account, answers: &Answers) -> Call {
		Call::new(PALLET, "answer_many", (patient, answers))
	}

	/// Sets a rule by which requests are answered at once.
	pub fn set_rule(rule: &StandingRule<Account>) -> Call {
		Call::new(PALLET, "set_rule", rule)
	}

	/// Removes a standing rule.
	pub fn remove_rule(rule: RuleId) -> Call {
		Call::new(PALLET, "remove_rule", rule)
	}

	/// Passes a grant on. By someone to whom the patient's grant `parent` permits it.
	pub fn share(patient: Account, parent: GrantId, terms: &GrantTerms<Account>) -> Call {
		Call::new(PALLET, "share", (patient, parent, terms))
	}
}

/// Calls of the pallet `access`.
pub mod access {
	use super::*;
	use crate::Account;
	use salus_primitives::{
		AccessRequest, CaseId, EmergencyReason, Hash32, OrganisationId, Reviewer,
	};

	const PALLET: &str = "Access";

	/// Asks to open a version. Logged, permit or deny. By the reader.
	pub fn request(request: &AccessRequest) -> Call {
		Call::new(PALLET, "request", request)
	}

	/// Moves old entries of a log, up to the one with this index, out of the state. By the patient or an appointed auditor.
	pub fn archive(patient: Account, up_to: u32) -> Call {
		Call::new(PALLET, "archive", (patient, up_to))
	}

	/// Breaks the glass. By a practitioner of the hospital, whom one administrator admitted and another attested.
	pub fn open_emergency(
		patient: Account,
		organisation: OrganisationId,
		reason: EmergencyReason,
		statement: Hash32,
	) -> Call {
		let arguments = (patient, organisation, reason, statement);
		Call::new(PALLET, "open_emergency", arguments)
	}

	/// Reviews an emergency case. By a drawn auditor, or an administrator of the hospital without a part in it.
	pub fn review_emergency(case: CaseId, justified: bool, reviewer: Reviewer) -> Call {
		Call::new(PALLET, "review_emergency", (case, justified, reviewer))
	}

	/// Moves a decided case out of the state. By the patient or an appointed auditor.
	pub fn forget_case(case: CaseId) -> Call {
		Call::new(PALLET, "forget_case", case)
	}

	/// Adds to a hospital's bond. By an administrator of it.
	pub fn deposit_bond(organisation: OrganisationId, amount: u128) -> Call {
		Call::new(PALLET, "deposit_bond", (organisation, Compact(amount)))
	}

	/// Gives a hospital's bond back. By its depositor or an administrator of the hospital.
	pub fn withdraw_bond(organisation: OrganisationId) -> Call {
		Call::new(PALLET, "withdraw_bond", organisation)
	}

	/// Appoints an auditor to review emergencies. By the council.
	pub fn appoint_auditor(auditor: Account) -> Call {
		Call::new(PALLET, "appoint_auditor", auditor)
	}

	/// Dismisses an auditor of emergencies. By the council.
	pub fn dismiss_auditor(auditor: Account) -> Call {
		Call::new(PALLET, "dismiss_auditor", auditor)
	}

	/// Reinstates a practitioner who was suspended for a rejected emergency. By the council.
	pub fn reinstate_clinician(clinician: Account) -> Call {
		Call::new(PALLET, "reinstate_clinician", clinician)
	}
}

/// Calls of the pallet `succession`: bringing back a patient who lost their key.
pub mod succession {
	use super::*;
	use crate::Account;

	const PALLET: &str = "Succession";

	/// Says that a patient lost their key, and names the account that is to act for them. By a guardian, or an admin of the
	/// hospital that enrolled the patient.
	pub fn propose(patient: Account, successor: Account) -> Call {
		Call::new(PALLET, "propose", (patient, successor))
	}

	/// Supports an attempt. By a guardian, or an admin of the hospital that enrolled the patient.
	pub fn approve(patient: Account, successor: Account) -> Call {
		Call::new(PALLET, "approve", (patient, successor))
	}

	/// Ends an attempt: the key is not lost. By the patient.
	pub fn object(patient: Account) -> Call {
		Call::new(PALLET, "object", patient)
	}

	/// Takes an attempt back. By the one who proposed it.
	pub fn withdraw(patient: Account) -> Call {
		Call::new(PALLET, "withdraw", patient)
	}

	/// Completes an attempt. By anyone.
	pub fn complete(patient: Account) -> Call {
		Call::new(PALLET, "complete", patient)
	}

	/// Says how many guardians it takes; `None` for most of them. By the patient.
	pub fn set_threshold(patient: Account, threshold: Option<u32>) -> Call {
		Call::new(PALLET, "set_threshold", (patient, threshold))
	}

	/// Says whether the hospital that enrolled the patient can do it with one guardian. By the patient.
	pub fn let_hospital(patient: Account, hospital: bool) -> Call {
		Call::new(PALLET, "let_hospital", (patient, hospital))
	}

	/// Dispatches a call, given with its pallet and call number, in the patient's name. By the patient's successor.
	pub fn act(patient: Account, call: &[u8]) -> Call {
		let mut arguments = patient.encode();
		arguments.extend_from_slice(call);
		Call { pallet: PALLET, name: "act", arguments: Arguments(arguments) }
	}
}

/// Calls of the pallet `Validators`.
pub mod validators {
	use super::*;
	use crate::Account;
	use salus_primitives::OrganisationId;

	const PALLET: &str = "Validators";

	/// Lets a hospital run a validator, for which an account votes in the council. By the council.
	pub fn add(
		validator: &Account,
		organisation: OrganisationId,
		representative: &Account,
	) -> Call {
		Call::new(PALLET, "add", (validator, organisation, representative))
	}

	/// Removes a validator and its seat. By the council.
	pub fn remove(validator: &Account) -> Call {
		Call::new(PALLET, "remove", validator)
	}

	/// Lets a hospital run its validator under another account. By the council.
	pub fn replace(validator: &Account, by: &Account) -> Call {
		Call::new(PALLET, "replace", (validator, by))
	}

	/// Says which hospital runs a validator of genesis. By the council.
	pub fn assign(validator: &Account, organisation: OrganisationId) -> Call {
		Call::new(PALLET, "assign", (validator, organisation))
	}

	/// Names who is to vote for the hospital that runs a validator. By its admin.
	pub fn represent(validator: &Account, representative: &Account) -> Call {
		Call::new(PALLET, "represent", (validator, representative))
	}

	/// Agrees to be replaced by the one whom an admin named. By the hospital's representative.
	pub fn agree(validator: &Account, representative: &Account) -> Call {
		Call::new(PALLET, "agree", (validator, representative))
	}

	/// Objects to whom an admin named. By the hospital's representative, or another admin.
	pub fn object(validator: &Account) -> Call {
		Call::new(PALLET, "object", validator)
	}

	/// Lets the one vote whom an admin named, and to whom nobody objected in time. By anyone.
	pub fn confirm(validator: &Account) -> Call {
		Call::new(PALLET, "confirm", validator)
	}

	/// Says who votes for a hospital. By the council.
	pub fn appoint(validator: &Account, representative: &Account) -> Call {
		Call::new(PALLET, "appoint", (validator, representative))
	}

	/// Says below how many validators the council cannot go. By the council.
	pub fn set_minimum(minimum: u32) -> Call {
		Call::new(PALLET, "set_minimum", minimum)
	}
}

/// Calls of the pallet `Session`.
pub mod session {
	use super::*;

	/// Registers a validator's session keys, with the proof that it has them: both as `salus-node consortium keys` writes them.
	pub fn set_keys(keys: &[u8], proof: &[u8]) -> Call {
		let mut arguments = keys.to_vec();
		proof.encode_to(&mut arguments);
		Call { pallet: "Session", name: "set_keys", arguments: Arguments(arguments) }
	}
}

/// Calls of the pallet `Balances`.
pub mod balances {
	use super::*;
	use crate::Account;

	/// Sends tokens, in the smallest unit. The sender's account stays alive.
	pub fn transfer(to: &Account, amount: u128) -> Call {
		// The address is the first of its kinds: an account's number.
		let arguments = (0_u8, to, Compact(amount));
		Call::new("Balances", "transfer_keep_alive", arguments)
	}
}

/// Calls by which the chain comes to a new runtime, of the pallets `Upgrades` and `System`.
pub mod upgrades {
	use super::*;
	use salus_primitives::Hash32;

	/// Authorises the runtime with this hash. By two thirds of the council.
	pub fn authorize(hash: &Hash32) -> Call {
		Call::new("Upgrades", "authorize", hash)
	}

	/// Hands in the runtime that was authorised. By anyone.
	pub fn apply(code: &[u8]) -> Call {
		Call::new("System", "apply_authorized_upgrade", code)
	}
}

/// Calls of the pallet `Council`.
pub mod council {
	use super::*;

	const PALLET: &str = "Council";

	/// Proposes a call, given with its pallet and call number. With a threshold of 1 it is executed at once.
	pub fn propose(threshold: u32, call: &[u8]) -> Call {
		let length = Compact(call.len() as u32);
		let mut arguments = Compact(threshold).encode();
		arguments.extend_from_slice(call);
		length.encode_to(&mut arguments);
		Call { pallet: PALLET, name: "propose", arguments: Arguments(arguments) }
	}

	/// Votes on a proposal.
	pub fn vote(proposal: [u8; 32], index: u32, approve: bool) -> Call {
		Call::new(PALLET, "vote", (proposal, Compact(index), approve))
	}

	/// Closes a proposal on which enough seats have voted, or whose time is over. `weight` and `length` are at least those of
	/// the call: its time in picoseconds, its proof's size in bytes, its length in bytes.
	pub fn close(proposal: [u8; 32], index: u32, weight: (u64, u64), length: u32) -> Call {
		let weight = (Compact(weight.0), Compact(weight.1));
		Call::new(PALLET, "close", (proposal, Compact(index), weight, Compact(length)))
	}
}

#[cfg(test)]
mod tests {
	use super::{access, attestation, consent, council, records, roles, succession, Call};
	use crate::Account;
	use salus_primitives::*;

	const ALICE: Account = subxt::utils::AccountId32([0xaa; 32]);
	const BOB: Account = subxt::utils::AccountId32([0xbb; 32]);

	fn hex_of(call: &Call) -> String {
		hex::encode(call.arguments())
	}

	fn repeat(byte: &str, count: usize) -> String {
		byte.repeat(count)
	}

	#[test]
	fn roles_encode_as_the_pallet_reads_them() {
		let call =
			roles::register_organisation(OrganisationKind::Laboratory, &[ALICE, BOB], [7; 32]);
		assert_eq!((call.pallet(), call.name()), ("Roles", "register_organisation"));
		let admins = format!("08{}{}", repeat("aa", 32), repeat("bb", 32));
		assert_eq!(hex_of(&call), format!("01{admins}{}", repeat("07", 32)));

		let call = roles::admit_member(3, BOB, Role::RecordsAdmin, [9; 32], Some(1), Some(2));
		let expected = format!(
			"03000000{}02{}010100000000000000010200000000000000",
			repeat("bb", 32),
			repeat("09", 32)
		);
		assert_eq!(hex_of(&call), expected);
		let call = roles::renew_member(3, BOB, Role::Device, [9; 32], None, None);
		let expected = format!("03000000{}06{}0000", repeat("bb", 32), repeat("09", 32));
		assert_eq!(hex_of(&call), expected);

		let call = roles::enrol_patient(1, ALICE, [2; 32], [3; 32], 0x0102, [4; 64]);
		let expected = format!(
			"01000000{}{}{}020100000000000001{}",
			repeat("aa", 32),
			repeat("02", 32),
			repeat("03", 32),
			repeat("04", 64)
		);
		assert_eq!(hex_of(&call), expected);

		let wrap = Wrap { key_version: 5, sealed: [6; 80] };
		let call = roles::share_organisation_key(1, BOB, &wrap);
		let expected = format!("01000000{}05000000{}", repeat("bb", 32), repeat("06", 80));
		assert_eq!(hex_of(&call), expected);
	}

	#[test]
	fn records_encode_as_the_pallet_reads_them() {
		let wrap = Wrap { key_version: 1, sealed: [0; 80] };
		let sealed = SealedKey { epoch: 7, sealed: vec![1, 2, 3].try_into().unwrap() };
		let new = NewRecord {
			patient: ALICE,
			organisation: 2,
			category: Category::Imaging,
			confidentiality: Confidentiality::Restricted,
			salt: [1; 32],
			content: Content { root: Cid::new(CODEC_RAW, [2; 32]), size: 256, commitment: [3; 32] },
			wraps: vec![(Recipient::Account(ALICE), wrap)].try_into().unwrap(),
			sealed: Some(sealed.clone()),
		};
		let one = format!(
			"{}020000000101{}01551220{}0001000000000000{}0400{}01000000{}01070000000c010203",
			repeat("aa", 32),
			repeat("01", 32),
			repeat("02", 32),
			repeat("03", 32),
			repeat("aa", 32),
			repeat("00", 80),
		);
		assert_eq!(hex_of(&records::register(&new)), one);
		assert_eq!(hex_of(&records::register_many(&[new.clone(), new])), format!("08{one}{one}"));

		let keys = vec![WrapKey {
			record: RecordId([4; 32]),
			version: 1,
			recipient: Recipient::Organisation(7),
		}];
		let call = records::remove_wraps(&keys.try_into().unwrap());
		assert_eq!(hex_of(&call), format!("04{}010000000107000000", repeat("04", 32)));
		assert_eq!(hex_of(&records::erase(RecordId([4; 32]))), repeat("04", 32));
		let call = records::reseal(RecordId([4; 32]), 2, &sealed);
		let expected = format!("{}02000000070000000c010203", repeat("04", 32));
		assert_eq!(hex_of(&call), expected);
	}

	#[test]
	fn consent_and_attestation_encode_as_the_pallets_read_them() {
		let terms = GrantTerms {
			grantee: Grantee::Account(BOB),
			scope: Scope::Categories(vec![Category::Laboratory].try_into().unwrap()),
			purposes: vec![Purpose::TREAT].try_into().unwrap(),
			actions: vec![Action::Read].try_into().unwrap(),
			from: None,
			until: Some(0x0a),
			uses: Some(3),
			condition: None,
		};
		let call = consent::grant(&terms, &Default::default());
		let expected =
			format!("00{}010400040004000001{}00", repeat("bb", 32), "0a00000000000000010300000000");
		assert_eq!(hex_of(&call), expected);
		assert_eq!(hex_of(&consent::revoke(3, &Default::default())), "0300000000");
		let role = Grantee::Role { role: Role::Researcher, organisation: None };
		let call = consent::deny(&role, &Scope::Everything, &Default::default());
		assert_eq!(hex_of(&call), "0205000000");

		let subject = Subject::RecordVersion { record: RecordId([5; 32]), version: 2 };
		let call = attestation::attest(&subject, Verdict::Rejected, ReasonCode::WrongPatient, None);
		assert_eq!(hex_of(&call), format!("00{}02000000010100", repeat("05", 32)));
	}

	#[test]
	fn requests_and_their_answers_encode_as_the_pallet_reads_them() {
		let terms = RequestTerms {
			scope: Scope::Everything,
			purposes: vec![Purpose::TREAT].try_into().unwrap(),
			actions: vec![Action::Read].try_into().unwrap(),
			until: None,
		};
		let call = consent::request(ALICE, &terms);
		assert_eq!(hex_of(&call), format!("{}000400040000", repeat("aa", 32)));
		let approval = Approval { uses: Some(1), until: None };
		let call = consent::approve(ALICE, 2, &approval, &Default::default());
		let expected = format!("{}0200000001010000000000", repeat("aa", 32));
		assert_eq!(hex_of(&call), expected);
		let answers = vec![(2, Answer::Decline)].try_into().unwrap();
		let call = consent::answer_many(ALICE, &answers);
		assert_eq!(hex_of(&call), format!("{}040200000001", repeat("aa", 32)));
		let rule = StandingRule {
			requester: None,
			scope: Scope::Everything,
			purposes: vec![Purpose::HRESCH].try_into().unwrap(),
			actions: vec![Action::Read].try_into().unwrap(),
			condition: None,
			answer: RuleAnswer::Decline,
		};
		assert_eq!(hex_of(&consent::set_rule(&rule)), "0000040504000001");
	}

	#[test]
	fn access_encodes_as_the_pallet_reads_it() {
		let request = AccessRequest {
			record: RecordId([4; 32]),
			version: Some(2),
			purpose: Purpose::BTG,
			reader_key: [5; 32],
		};
		let call = access::request(&request);
		assert_eq!((call.pallet(), call.name()), ("Access", "request"));
		assert_eq!(hex_of(&call), format!("{}010200000002{}", repeat("04", 32), repeat("05", 32)));
		let call = access::open_emergency(ALICE, 1, EmergencyReason::Disaster, [6; 32]);
		assert_eq!(hex_of(&call), format!("{}0100000003{}", repeat("aa", 32), repeat("06", 32)));
		let call = access::review_emergency(9, true, Reviewer::Admin);
		assert_eq!(hex_of(&call), "090000000101");
		assert_eq!(hex_of(&access::deposit_bond(1, 64)), "010000000101");
		for (call, name) in [
			(access::appoint_auditor(ALICE), "appoint_auditor"),
			(access::dismiss_auditor(ALICE), "dismiss_auditor"),
			(access::reinstate_clinician(ALICE), "reinstate_clinician"),
		] {
			assert_eq!((call.pallet(), call.name()), ("Access", name));
			assert_eq!(hex_of(&call), repeat("aa", 32));
		}
	}

	#[test]
	fn a_successors_call_carries_the_whole_call() {
		let call = succession::act(ALICE, &[20, 11, 7]);
		assert_eq!((call.pallet(), call.name()), ("Succession", "act"));
		assert_eq!(hex_of(&call), format!("{}140b07", repeat("aa", 32)));
		let call = succession::set_threshold(ALICE, Some(3));
		assert_eq!(hex_of(&call), format!("{}0103000000", repeat("aa", 32)));
	}

	#[test]
	fn a_proposal_carries_the_whole_call_and_its_length() {
		let call = council::propose(1, &[20, 1, 9, 0, 0, 0]);
		assert_eq!(hex_of(&call), "04140109000000".to_owned() + "18");
		assert_eq!(hex_of(&council::vote([1; 32], 2, true)), format!("{}0801", repeat("01", 32)));
	}
}
