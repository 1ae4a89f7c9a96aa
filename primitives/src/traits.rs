//! Questions and notices between pallets. A pallet reaches another only through these, never into its storage.
//!
//! Each question that costs more than a constant has its weight beside it.

use crate::{
	Basis, CaseId, Category, Decision, Epoch, EpochPublic, KeyAgreementKey, Member, MemberIndex,
	Moment, OrganisationId, OrganisationKind, Question, Recipient, RecordEntry, RecordId,
	RecordWraps, RequestId, Role, SealedShare, Subject, Verdict, Version, Withdrawal, WrapKeys,
};
use alloc::vec::Vec;
use sp_weights::Weight;

/// Who is who. Answered by the pallet `roles`.
pub trait RoleQuery<AccountId> {
	/// Every membership of an account, in order of role, live or not (at most one per role).
	fn memberships(who: &AccountId) -> Vec<(Role, Member)>;
	/// Whether a membership counts at `now`: active, its credential not expired, its organisation active.
	///
	/// A patient's membership does not depend on the enrolling hospital: its suspension takes no rights from patients.
	fn is_live(role: Role, member: &Member, now: Moment) -> bool;
	/// Whether `who` is a live member in `role` at `now`, of `organisation` if one is named.
	fn is_live_member(
		who: &AccountId,
		role: Role,
		organisation: Option<OrganisationId>,
		now: Moment,
	) -> bool;
	/// Whether the organisation exists and is active.
	fn is_active(organisation: OrganisationId) -> bool;
	/// Whether the organisation exists, active or suspended. A patient may deny access to a suspended one before it comes back.
	///
	/// The default knows the active ones only.
	fn is_registered(organisation: OrganisationId) -> bool {
		Self::is_active(organisation)
	}
	/// What an organisation is; `None` if it is not registered.
	fn kind(organisation: OrganisationId) -> Option<OrganisationKind>;
	/// Whether `who` administers the organisation, and it is active.
	fn is_admin(who: &AccountId, organisation: OrganisationId) -> bool;
	/// The current key-agreement key of an account or organisation.
	fn key(recipient: &Recipient<AccountId>) -> Option<KeyAgreementKey>;
	/// What [`RoleQuery::memberships`] with [`RoleQuery::is_live`] for each costs at most.
	fn memberships_weight() -> Weight;
}

/// Acts on members that other pallets cause. Answered by the pallet `roles`.
pub trait RoleControl<AccountId> {
	/// Suspends a membership, if it is active.
	fn suspend(who: &AccountId, role: Role);
	/// What it costs at most.
	fn suspend_weight() -> Weight;
}

/// Told when a patient has been enrolled. Answered by the pallet `consent`, which gives the first grant.
pub trait OnEnrolled<AccountId> {
	/// `organisation` is the enrolling hospital; `None` when the patient enrolled by themself.
	fn on_enrolled(patient: &AccountId, organisation: Option<OrganisationId>);
	/// What it costs at most.
	fn on_enrolled_weight() -> Weight;
}

impl<AccountId> OnEnrolled<AccountId> for () {
	fn on_enrolled(_: &AccountId, _: Option<OrganisationId>) {}
	fn on_enrolled_weight() -> Weight {
		Weight::zero()
	}
}

/// What exists. Answered by the pallet `records`.
pub trait RecordQuery<AccountId> {
	/// A record or what stays of it.
	fn record(id: &RecordId) -> Option<RecordEntry<AccountId>>;
	/// Whether the version is held by at least one storage node (stored, attested or rejected).
	fn is_stored(id: &RecordId, version: Version) -> bool;
	/// The organisation for which a version was written; `None` if there is no such version.
	fn version_organisation(id: &RecordId, version: Version) -> Option<OrganisationId>;
	/// Who wrote a version; `None` if there is no such version.
	fn version_author(id: &RecordId, version: Version) -> Option<AccountId>;
	/// The epoch to whose key the version's key is sealed; `None` if it is not (direct mode), or there is no such version.
	fn sealed_to(id: &RecordId, version: Version) -> Option<Epoch>;
	/// Whether whoever wrote the record has withdrawn it. Then nobody opens it any more.
	fn is_withdrawn(_id: &RecordId) -> bool {
		false
	}
	/// What one [`RecordQuery::record`] or [`RecordQuery::is_withdrawn`] costs at most.
	fn record_weight() -> Weight;
}

/// Wrapped keys. Answered by the pallet `records`.
pub trait RecordKeys<AccountId> {
	/// Why wraps cannot be added or removed.
	type Error;
	/// Adds wraps to records of `patient`; one that is there already for the recipient is replaced.
	fn add_wraps(patient: &AccountId, wraps: &RecordWraps<AccountId>) -> Result<(), Self::Error>;
	/// Removes wraps from records of `patient`, but never the patient's own; absent ones are passed over.
	fn remove_wraps(patient: &AccountId, wraps: &WrapKeys<AccountId>) -> Result<(), Self::Error>;
	/// What adding or removing `count` wraps costs at most.
	fn wraps_weight(count: u32) -> Weight;
}

/// Who may do what. Answered by the pallet `consent`.
pub trait ConsentPolicy<AccountId> {
	/// Decides a question about an existing record at `now`. Pure: reads state, changes nothing.
	fn decide(question: &Question<AccountId>, now: Moment) -> Decision;
	/// Whether `author`, acting for `organisation`, may add a record of `category` (or, if `record` is named, a version
	/// of it) to `patient`'s file at `now`: a grant with [`crate::Action::Write`] for the purpose [`crate::Purpose::TREAT`] covers it
	/// and no denial does.
	fn may_write(
		author: &AccountId,
		organisation: OrganisationId,
		patient: &AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> bool;
	/// Counts one use of what a permit rests on. Called once for each permitted request.
	fn count_use(question: &Question<AccountId>, patient: &AccountId, basis: &Basis);
	/// What [`ConsentPolicy::count_use`] costs at most.
	fn count_use_weight() -> Weight;
	/// Decides a question again at `now` whose permit rested on `basis` and was counted: that one use is not held against
	/// it. Pure, as [`ConsentPolicy::decide`].
	fn decide_again(question: &Question<AccountId>, basis: &Basis, now: Moment) -> Decision;
	/// What one decision costs at most.
	fn decide_weight() -> Weight;
	/// What the grants and denials that this patient has now add to the cost of [`ConsentPolicy::may_write`]. What it costs
	/// for a patient without any is for the caller's own benchmark, which asks it on the runtime's own pallets. Callers charge
	/// [`ConsentPolicy::decide_weight`] beforehand and give back what lies above this.
	fn may_write_weight(_patient: &AccountId) -> Weight {
		Self::decide_weight()
	}
}

/// Who stands in for a patient. Answered by the pallet `consent`.
pub trait GuardianQuery<AccountId> {
	/// The accounts that are guardians of `patient` at `now`, each once, whatever their scope. Whether they are live members is
	/// for the caller to ask.
	fn guardians(patient: &AccountId, now: Moment) -> Vec<AccountId>;
	/// What it costs at most.
	fn guardians_weight() -> Weight;
}

impl<AccountId> GuardianQuery<AccountId> for () {
	fn guardians(_: &AccountId, _: Moment) -> Vec<AccountId> {
		Vec::new()
	}
	fn guardians_weight() -> Weight {
		Weight::zero()
	}
}

/// Told when the statements about a subject come to a verdict, or fall below it again.
///
/// This is the place where later pallets (claims, research) plug in. Tuples call each in turn.
pub trait OnAttested<AccountId> {
	/// Enough administrators gave `verdict`.
	fn on_attested(subject: &Subject<AccountId>, verdict: Verdict);
	/// A verdict that had been reached no longer stands.
	fn on_attestation_revoked(subject: &Subject<AccountId>, verdict: Verdict);
	/// What either costs at most.
	fn on_attested_weight() -> Weight;
}

impl<AccountId> OnAttested<AccountId> for () {
	fn on_attested(_: &Subject<AccountId>, _: Verdict) {}
	fn on_attestation_revoked(_: &Subject<AccountId>, _: Verdict) {}
	fn on_attested_weight() -> Weight {
		Weight::zero()
	}
}

impl<AccountId, A: OnAttested<AccountId>, B: OnAttested<AccountId>> OnAttested<AccountId>
	for (A, B)
{
	fn on_attested(subject: &Subject<AccountId>, verdict: Verdict) {
		A::on_attested(subject, verdict);
		B::on_attested(subject, verdict);
	}
	fn on_attestation_revoked(subject: &Subject<AccountId>, verdict: Verdict) {
		A::on_attestation_revoked(subject, verdict);
		B::on_attestation_revoked(subject, verdict);
	}
	fn on_attested_weight() -> Weight {
		A::on_attested_weight().saturating_add(B::on_attested_weight())
	}
}

/// Told when the first storage node confirms a version. For later pallets (storage market).
pub trait OnStored {
	/// The version is held by at least one storage node.
	fn on_stored(record: &RecordId, version: Version);
	/// What it costs at most.
	fn on_stored_weight() -> Weight;
}

impl OnStored for () {
	fn on_stored(_: &RecordId, _: Version) {}
	fn on_stored_weight() -> Weight {
		Weight::zero()
	}
}

/// Told when a record has been withdrawn. Answered by the pallet `access`, which writes it into the patient's log.
pub trait OnWithdrawn<AccountId> {
	/// Why it cannot be written.
	type Error;
	/// The record of `patient` was withdrawn.
	fn on_withdrawn(
		patient: &AccountId,
		record: &RecordId,
		withdrawal: &Withdrawal<AccountId>,
	) -> Result<(), Self::Error>;
	/// What it costs at most.
	fn on_withdrawn_weight() -> Weight;
}

/// Told when a record has been erased, so that nothing about its versions stays elsewhere. Answered by the pallet
/// `attestation`, which forgets the statements about them.
pub trait OnErased {
	/// The record with all its versions, 1 to `latest`, is gone.
	fn on_erased(record: &RecordId, latest: Version);
	/// What it costs at most for that many versions.
	fn on_erased_weight(versions: u32) -> Weight;
}

impl OnErased for () {
	fn on_erased(_: &RecordId, _: Version) {}
	fn on_erased_weight(_: u32) -> Weight {
		Weight::zero()
	}
}

/// Open emergency cases. Answered by the pallet `access`.
pub trait EmergencyQuery<AccountId> {
	/// The case under which `reader` may open `patient`'s records at `now`, if there is one.
	fn open_case(reader: &AccountId, patient: &AccountId, now: Moment) -> Option<CaseId>;
	/// What it costs at most.
	fn open_case_weight() -> Weight;
}

impl<AccountId> EmergencyQuery<AccountId> for () {
	fn open_case(_: &AccountId, _: &AccountId, _: Moment) -> Option<CaseId> {
		None
	}
	fn open_case_weight() -> Weight {
		Weight::zero()
	}
}

/// Confirmed credentials. Answered by the pallet `attestation`.
pub trait CredentialQuery<AccountId> {
	/// Whether as many statements as the organisation asks for confirm the credential of `who` in `role` now.
	fn is_attested(who: &AccountId, role: Role) -> bool;
	/// What it costs at most.
	fn is_attested_weight() -> Weight;
}

/// For a runtime without attestations: every credential passes for confirmed.
impl<AccountId> CredentialQuery<AccountId> for () {
	fn is_attested(_: &AccountId, _: Role) -> bool {
		true
	}
	fn is_attested_weight() -> Weight {
		Weight::zero()
	}
}

/// Takes the committee's shares. Answered by the pallet `access`.
pub trait KeyRelease {
	/// Why a share is refused.
	type Error;
	/// Whether a share of this member for the request would be taken now.
	fn expects_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		now: Moment,
	) -> Result<(), Self::Error>;
	/// Takes a member's share. The one that completes the threshold writes the release into the patient's log.
	fn accept_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		share: SealedShare,
		now: Moment,
	) -> Result<(), Self::Error>;
	/// What [`KeyRelease::accept_share`] costs at most, with [`KeyRelease::expects_share`] in it.
	fn accept_share_weight() -> Weight;
}

/// The committee's key. Answered by the pallet `committee`.
pub trait CommitteeQuery {
	/// The epoch to which is sealed now.
	fn active() -> Option<Epoch>;
	/// How many shares open what is sealed to this epoch; `None` if it has no key.
	fn threshold(epoch: Epoch) -> Option<u32>;
	/// The public part of its key.
	fn public(epoch: Epoch) -> Option<EpochPublic>;
	/// What [`CommitteeQuery::threshold`] costs at most.
	fn threshold_weight() -> Weight;
}
