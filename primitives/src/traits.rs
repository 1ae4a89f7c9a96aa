//! Questions and notifications between pallets. A pallet reaches another only through these traits,
//! never into its storage.
//!
//! Each question that costs more than a constant has its weight beside it.

use crate::{
	Basis, CaseId, Category, Decision, DenyReason, Epoch, EpochPublic, KeyAgreementKey, Member,
	MemberIndex, Moment, OrganisationId, OrganisationKind, Question, Recipient, RecordEntry,
	RecordId, RecordWraps, RequestId, Role, SealedShare, Subject, Verdict, Version, Withdrawal,
	WrapKeys,
};
use alloc::vec::Vec;
use sp_weights::Weight;

/// Identities: members, organisations and their keys. Answered by the pallet `roles`.
pub trait RoleQuery<AccountId> {
	/// Returns every membership of an account, in order of role, live or not (at most one per
	/// role). A patient's membership is always active and has no end.
	fn memberships(who: &AccountId) -> Vec<(Role, Member)>;
	/// Returns the organisation at which an account has a role, live or not; `None` if it never had
	/// the role, or has it at no organisation. At most one read, unless the default is kept.
	fn organisation_in(who: &AccountId, role: Role) -> Option<OrganisationId> {
		let memberships = Self::memberships(who).into_iter();
		memberships.filter(|(found, _)| *found == role).find_map(|(_, member)| member.organisation)
	}
	/// Returns whether a membership is live at `now`: active, with an unexpired credential, at an
	/// active organisation.
	///
	/// A patient's membership is always live: nobody can take it away.
	fn is_live(role: Role, member: &Member, now: Moment) -> bool;
	/// Returns whether `who` is a live member in `role` at `now`, of `organisation` if one is
	/// named.
	fn is_live_member(
		who: &AccountId,
		role: Role,
		organisation: Option<OrganisationId>,
		now: Moment,
	) -> bool;
	/// Returns whether the organisation exists and is active.
	fn is_active(organisation: OrganisationId) -> bool;
	/// Returns whether the organisation exists, active or suspended. A patient may deny a suspended
	/// one access before it is reinstated.
	///
	/// The default knows only the active ones.
	fn is_registered(organisation: OrganisationId) -> bool {
		Self::is_active(organisation)
	}
	/// Returns the kind of an organisation; `None` if it is not registered.
	fn kind(organisation: OrganisationId) -> Option<OrganisationKind>;
	/// Returns whether `who` administers the organisation and the organisation is active.
	fn is_admin(who: &AccountId, organisation: OrganisationId) -> bool;
	/// Returns the administrators of the organisation, active or not.
	fn admins(_organisation: OrganisationId) -> Vec<AccountId> {
		Vec::new()
	}
	/// Returns the administrator who admitted a member; `None` if unknown.
	fn admitted_by(_who: &AccountId, _role: Role) -> Option<AccountId> {
		None
	}
	/// Returns the current key-agreement key of an account or organisation.
	fn key(recipient: &Recipient<AccountId>) -> Option<KeyAgreementKey>;
	/// Maximum weight of [`RoleQuery::memberships`] with [`RoleQuery::is_live`] for each of them.
	fn memberships_weight() -> Weight;
}

/// Changes to members that other pallets cause. Answered by the pallet `roles`.
pub trait RoleControl<AccountId> {
	/// Suspends a membership if it is active and not a patient's.
	fn suspend(who: &AccountId, role: Role);
	/// Maximum weight of this, [`RoleControl::bar`] and [`RoleControl::unbar`].
	fn suspend_weight() -> Weight;
	/// Suspends a membership if it is active, and bars it: the administrators of its organisation
	/// cannot reinstate it, and no organisation can admit the account in its place. Patients'
	/// memberships do not change.
	fn bar(who: &AccountId, role: Role) {
		Self::suspend(who, role);
	}
	/// Reinstates a barred membership. Returns whether it was barred.
	fn unbar(_who: &AccountId, _role: Role) -> bool {
		false
	}
}

/// Notification of an enrolment. Answered by the pallet `consent`, which gives the first grant.
pub trait OnEnrolled<AccountId> {
	/// `organisation` is the enrolling hospital; `None` if the patient enrolled without one.
	fn on_enrolled(patient: &AccountId, organisation: Option<OrganisationId>);
	/// Maximum weight.
	fn on_enrolled_weight() -> Weight;
}

impl<AccountId> OnEnrolled<AccountId> for () {
	fn on_enrolled(_: &AccountId, _: Option<OrganisationId>) {}
	fn on_enrolled_weight() -> Weight {
		Weight::zero()
	}
}

/// The hospitals that run the chain. Answered by the pallet `validators`.
pub trait ValidatorQuery<AccountId> {
	/// Returns the validators of this session that the council has not removed, in the order in
	/// which they joined, each with its hospital: `None` for a validator of genesis without an
	/// assigned one.
	fn present() -> Vec<(AccountId, Option<OrganisationId>)>;
	/// Returns the minimum number of validators, below which the council cannot go.
	fn minimum() -> u32;
}

/// Records and their versions. Answered by the pallet `records`.
pub trait RecordQuery<AccountId> {
	/// Returns a record or its tombstone.
	fn record(id: &RecordId) -> Option<RecordEntry<AccountId>>;
	/// Returns whether at least one storage node holds the version (stored, attested or rejected).
	fn is_stored(id: &RecordId, version: Version) -> bool;
	/// Returns the organisation for which a version was written; `None` if there is no such
	/// version.
	fn version_organisation(id: &RecordId, version: Version) -> Option<OrganisationId>;
	/// Returns the author of a version; `None` if there is no such version.
	fn version_author(id: &RecordId, version: Version) -> Option<AccountId>;
	/// Returns the epoch whose key seals the version's key; `None` in direct mode or if there is
	/// no such version.
	fn sealed_to(id: &RecordId, version: Version) -> Option<Epoch>;
	/// Returns whether the record was withdrawn. Only the patient opens a withdrawn
	/// record.
	fn is_withdrawn(_id: &RecordId) -> bool {
		false
	}
	/// Maximum weight of one [`RecordQuery::record`] or [`RecordQuery::is_withdrawn`].
	fn record_weight() -> Weight;
}

/// Wrapped keys. Answered by the pallet `records`.
pub trait RecordKeys<AccountId> {
	/// Reason why wraps cannot be added or removed.
	type Error;
	/// Adds wraps to records of `patient`. Replaces a wrap that the recipient already has.
	fn add_wraps(patient: &AccountId, wraps: &RecordWraps<AccountId>) -> Result<(), Self::Error>;
	/// Removes wraps from records of `patient`, but never the patient's own. Skips absent ones.
	fn remove_wraps(patient: &AccountId, wraps: &WrapKeys<AccountId>) -> Result<(), Self::Error>;
	/// Maximum weight of adding or removing `count` wraps.
	fn wraps_weight(count: u32) -> Weight;
}

/// Organisation for which an account acts by a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsFor {
	/// Unknown to the policy; the account's memberships determine it.
	Unknown,
	/// No organisation: the account acts as a person.
	Nobody,
	/// This one.
	Organisation(OrganisationId),
}

/// Decisions on consent. Answered by the pallet `consent`.
pub trait ConsentPolicy<AccountId> {
	/// Decides a question about an existing record at `now`. Reads state and changes nothing.
	fn decide(question: &Question<AccountId>, now: Moment) -> Decision;
	/// Returns whether `author`, acting for `organisation`, may add a record of `category` (or, if
	/// `record` is named, a version of it) to `patient`'s file at `now`: a grant with
	/// [`crate::Action::Write`] for the purpose [`crate::Purpose::TREAT`] covers it, and no denial
	/// does.
	///
	/// Reads state and changes nothing. Without `record`, no registration of a record changes the
	/// answer, so that a call that registers several records asks each question once.
	fn may_write(
		author: &AccountId,
		organisation: OrganisationId,
		patient: &AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> bool;
	/// Counts one use of a permit's basis. Called once for each permitted request.
	fn count_use(question: &Question<AccountId>, patient: &AccountId, basis: &Basis);
	/// Maximum weight of [`ConsentPolicy::count_use`].
	fn count_use_weight() -> Weight;
	/// Decides again, at `now`, a question whose permit rested on `basis` and was counted. That one
	/// use does not count against it. Changes nothing, like [`ConsentPolicy::decide`].
	fn decide_again(question: &Question<AccountId>, basis: &Basis, now: Moment) -> Decision;
	/// Returns the organisation for which `reader` acts when they read `patient`'s records at `now`
	/// by `basis`: the organisation of the live membership that meets the basis.
	/// [`ConsentPolicy::count_use_weight`] includes its cost.
	fn acting_for(
		_reader: &AccountId,
		_patient: &AccountId,
		_basis: &Basis,
		_now: Moment,
	) -> ActsFor {
		ActsFor::Unknown
	}
	/// Returns why an emergency would open none of `patient`'s records to `reader` at `now`; `None`
	/// if it would open some.
	fn bars_emergency(
		_reader: &AccountId,
		_patient: &AccountId,
		_now: Moment,
	) -> Option<DenyReason> {
		None
	}
	/// Returns the weight that the patient's current grants, denials and guardians add to
	/// [`ConsentPolicy::decide`], [`ConsentPolicy::may_write`] or
	/// [`ConsentPolicy::bars_emergency`]. The caller's own benchmark, on the runtime's pallets,
	/// covers the cost for a patient without any. Callers charge
	/// [`ConsentPolicy::max_terms_weight`] beforehand and refund what exceeds this.
	fn terms_weight(_patient: &AccountId) -> Weight {
		Self::max_terms_weight()
	}
	/// Maximum of [`ConsentPolicy::terms_weight`].
	fn max_terms_weight() -> Weight;
	/// Decides as [`ConsentPolicy::decide`] does, about a record of `patient`. Returns the part of
	/// [`ConsentPolicy::terms_weight`] that it took too: some of what the maximum allows for is
	/// seldom read.
	fn decide_weighed(
		question: &Question<AccountId>,
		patient: &AccountId,
		now: Moment,
	) -> (Decision, Weight) {
		(Self::decide(question, now), Self::terms_weight(patient))
	}
	/// Answers as [`ConsentPolicy::may_write`] does, with the weight, as for
	/// [`ConsentPolicy::decide_weighed`].
	fn may_write_weighed(
		author: &AccountId,
		organisation: OrganisationId,
		patient: &AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> (bool, Weight) {
		let may = Self::may_write(author, organisation, patient, category, record, now);
		(may, Self::terms_weight(patient))
	}
}

/// Guardians of a patient. Answered by the pallet `consent`.
pub trait GuardianQuery<AccountId> {
	/// Returns the guardians of `patient` at `now`, each once, of any scope. The caller checks
	/// whether they are live members.
	fn guardians(patient: &AccountId, now: Moment) -> Vec<AccountId>;
	/// Maximum weight.
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

/// Notification that the statements about a subject reach a verdict, or fall below it again.
///
/// Later pallets (claims, research) plug in here. Tuples call each member in turn.
pub trait OnAttested<AccountId> {
	/// A verdict was reached: enough attestations support it.
	fn on_verdict_reached(subject: &Subject<AccountId>, verdict: Verdict);
	/// A verdict that had been reached has fallen: too few attestations support it.
	fn on_verdict_fallen(subject: &Subject<AccountId>, verdict: Verdict);
	/// Maximum weight of either.
	fn on_attested_weight() -> Weight;
}

impl<AccountId> OnAttested<AccountId> for () {
	fn on_verdict_reached(_: &Subject<AccountId>, _: Verdict) {}
	fn on_verdict_fallen(_: &Subject<AccountId>, _: Verdict) {}
	fn on_attested_weight() -> Weight {
		Weight::zero()
	}
}

impl<AccountId, A: OnAttested<AccountId>, B: OnAttested<AccountId>> OnAttested<AccountId>
	for (A, B)
{
	fn on_verdict_reached(subject: &Subject<AccountId>, verdict: Verdict) {
		A::on_verdict_reached(subject, verdict);
		B::on_verdict_reached(subject, verdict);
	}
	fn on_verdict_fallen(subject: &Subject<AccountId>, verdict: Verdict) {
		A::on_verdict_fallen(subject, verdict);
		B::on_verdict_fallen(subject, verdict);
	}
	fn on_attested_weight() -> Weight {
		A::on_attested_weight().saturating_add(B::on_attested_weight())
	}
}

/// Notification that the first storage node confirmed a version. For later pallets (storage
/// market).
pub trait OnStored {
	/// At least one storage node holds the version.
	fn on_stored(record: &RecordId, version: Version);
	/// Maximum weight.
	fn on_stored_weight() -> Weight;
}

impl OnStored for () {
	fn on_stored(_: &RecordId, _: Version) {}
	fn on_stored_weight() -> Weight {
		Weight::zero()
	}
}

/// Notification that a record was withdrawn. Answered by the pallet `access`, which writes it to
/// the patient's log.
pub trait OnWithdrawn<AccountId> {
	/// Reason why it cannot be written.
	type Error;
	/// The record of `patient` was withdrawn.
	fn on_withdrawn(
		patient: &AccountId,
		record: &RecordId,
		withdrawal: &Withdrawal<AccountId>,
	) -> Result<(), Self::Error>;
	/// Maximum weight.
	fn on_withdrawn_weight() -> Weight;
}

/// Notification that a record was erased, so that other pallets remove their data about its
/// versions. Answered by the pallet `attestation`, which removes the statements about them.
pub trait OnErased {
	/// The record with all its versions, 1 to `latest`, is gone.
	fn on_erased(record: &RecordId, latest: Version);
	/// Maximum weight for this number of versions.
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
	/// Returns the case under which `reader` may open `patient`'s records at `now`, if there is
	/// one.
	fn open_case(reader: &AccountId, patient: &AccountId, now: Moment) -> Option<CaseId>;
	/// Maximum weight.
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
	/// Returns whether enough statements, by the organisation's threshold, confirm the credential
	/// of `who` in `role` now.
	fn is_attested(who: &AccountId, role: Role) -> bool;
	/// Returns the accounts that confirm the credential of `who` in `role` now, each once.
	fn attesters(_who: &AccountId, _role: Role) -> Vec<AccountId> {
		Vec::new()
	}
	/// Maximum weight of either.
	fn is_attested_weight() -> Weight;
}

/// For a runtime without attestations: every credential counts as confirmed.
impl<AccountId> CredentialQuery<AccountId> for () {
	fn is_attested(_: &AccountId, _: Role) -> bool {
		true
	}
	fn is_attested_weight() -> Weight {
		Weight::zero()
	}
}

/// Acceptance of the committee's shares. Answered by the pallet `access`.
pub trait KeyRelease {
	/// Reason why a share is refused.
	type Error;
	/// Checks that a share of this member for the request would be accepted now.
	fn expects_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		now: Moment,
	) -> Result<(), Self::Error>;
	/// Accepts a member's share. The share that completes the threshold writes the release to the
	/// patient's log.
	fn accept_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		share: SealedShare,
		now: Moment,
	) -> Result<(), Self::Error>;
	/// Maximum weight of [`KeyRelease::accept_share`], including [`KeyRelease::expects_share`].
	fn accept_share_weight() -> Weight;
}

/// The committee's key. Answered by the pallet `committee`.
pub trait CommitteeQuery {
	/// Returns the epoch whose key seals new records.
	fn active() -> Option<Epoch>;
	/// Returns the number of shares that open a key sealed to this epoch; `None` if the epoch has
	/// no key.
	fn threshold(epoch: Epoch) -> Option<u32>;
	/// Returns the public part of the epoch's key.
	fn public(epoch: Epoch) -> Option<EpochPublic>;
	/// Returns the first epoch with the key of this one, possibly this one itself.
	fn origin(epoch: Epoch) -> Epoch;
	/// Returns the epoch whose members release what is sealed to this one: the last one that took
	/// over its key, or this one.
	fn holder(epoch: Epoch) -> Epoch;
	/// Returns whether the members of `other` can release what is sealed to `epoch`: they hold
	/// shares of the same key, and some may be needed.
	fn can_release(other: Epoch, epoch: Epoch) -> bool;
	/// Maximum weight of [`CommitteeQuery::threshold`].
	fn threshold_weight() -> Weight;
	/// Maximum weight of [`CommitteeQuery::holder`], and of [`CommitteeQuery::can_release`].
	fn holder_weight() -> Weight;
}
