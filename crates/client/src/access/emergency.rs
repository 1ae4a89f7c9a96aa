//! Emergency access: opening cases, and reviewing them.

use std::collections::BTreeSet;

use salus_primitives::{
	Action, CaseId, CaseStatus, Category, ConsentDetails, EmergencyCase, EmergencyReason, Finding,
	Grantee, Hash32, LogEvent, MemberInfo, Moment, OrganisationId, OrganisationKind,
	OrganisationStatus, Party, Purpose, Question, RecordDetails, RecordEntry, RecordId, Reviewer,
	Role, Scope, VersionDetails,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
	chain::calls,
	chain::rpc::RpcError,
	chain::submit::{Executed, Included},
	error::Missing,
	Account, Client, Error, Signer,
};

/// An emergency case that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OpenedCase {
	/// Number of the case.
	pub case: CaseId,
	/// Moment from which it opens nothing, in milliseconds since 1970.
	pub until: Moment,
	/// SHA-256 of the written reason. Keep the text: the reviewers ask for it.
	#[serde(with = "crate::json::hex")]
	pub statement: Hash32,
	/// Transaction that opened the case.
	pub included: Included,
}

/// An emergency in which a clinician breaks the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emergency {
	/// The hospital for which the clinician acts.
	pub organisation: OrganisationId,
	/// Kind of the emergency.
	pub reason: EmergencyReason,
	/// SHA-256 of the written reason.
	pub statement: Hash32,
}

impl Emergency {
	/// Creates an emergency with a written reason, in any encoding. Only the SHA-256 of its bytes
	/// leaves this machine: keep the text, because the reviewers ask for it.
	pub fn new(
		organisation: OrganisationId,
		reason: EmergencyReason,
		statement: &[u8],
	) -> Result<Self, Error> {
		if !says_something(statement) {
			return Err(Error::Terms(
				"an emergency needs a written reason, which the reviewers read; give one",
			));
		}
		Ok(Self { organisation, reason, statement: Sha256::digest(statement).into() })
	}
}

/// Facts that a clinician must know before opening a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
	/// Whether the clinician is the hospital's only administrator, so that nobody there may review
	/// the case.
	pub alone: bool,
	/// Number of other organisations from which an auditor may be drawn; `None` if the runtime does
	/// not say.
	pub auditors: Option<usize>,
	/// Whether the patient has opted out of emergency access to all but their emergency summaries,
	/// which open for the purpose ETREAT.
	pub summary_alone: bool,
	/// The hospital's bond and the least bond for opening cases, in the smallest unit of the token,
	/// if the bond is too small.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub bond_too_small: Option<(u128, u128)>,
}

/// The possible reviewers of a hospital's emergencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reviewers {
	/// Hospital whose emergencies they review.
	pub organisation: OrganisationId,
	/// Number of its administrators.
	pub admins: usize,
	/// Number of other organisations from which an auditor may be drawn; `None` if the runtime does
	/// not say.
	pub auditors: Option<usize>,
}

/// Number of administrators with which one is always left to vote for the hospital. The one who
/// admitted the clinician and the one who attested them may not.
const ADMINS_FOR_VOTE: usize = 3;

impl Reviewers {
	/// Returns whether an administrator is left to vote for the hospital, no matter who vouched for
	/// the clinician.
	pub fn has_own_vote(&self) -> bool {
		self.admins >= ADMINS_FOR_VOTE
	}

	/// Returns the number of auditors that a case needs: two votes decide, and the hospital has at
	/// most one.
	pub fn needed(&self) -> usize {
		if self.has_own_vote() {
			1
		} else {
			2
		}
	}

	/// Returns whether a case can be decided.
	pub fn suffice(&self) -> bool {
		self.auditors.is_none_or(|found| found >= self.needed())
	}
}

/// Returns the number of other organisations from which an auditor may be drawn.
fn others(auditors: &[(Account, OrganisationId)], organisation: OrganisationId) -> usize {
	let others: BTreeSet<_> = auditors
		.iter()
		.map(|(_, theirs)| *theirs)
		.filter(|theirs| *theirs != organisation)
		.collect();
	others.len()
}

/// Returns why a case would open none of the patient's records to a clinician, if it would not.
fn barred(
	consent: &ConsentDetails<Account>,
	who: &Account,
	memberships: &[MemberInfo],
	has_open_summary: bool,
) -> Option<String> {
	if consent.opt_out && !has_open_summary {
		return Some(
			"the patient has opted out of emergency access, and has no emergency summary that it may open"
				.into(),
		);
	}
	let party = Party { account: who, memberships };
	let means = |grantee: &Grantee<Account>| party.finding_for_denial(grantee) == Finding::Applies;
	consent
		.denials
		.iter()
		.find(|(_, denial)| denial.scope == Scope::Everything && means(&denial.grantee))
		.map(|(id, _)| format!("the patient has denied it explicitly by denial {id}"))
}

/// Returns whether its opener's case opens records.
fn runs(case: &EmergencyCase<Account>, memberships: &[MemberInfo], clock: Moment) -> bool {
	let practises = |held: &MemberInfo| {
		held.live
			&& held.role == Role::Practitioner
			&& held.member.organisation == Some(case.organisation)
	};
	case.status != CaseStatus::Rejected && clock < case.until && memberships.iter().any(practises)
}

/// Returns whether a reader with this purpose may have meant their emergency case. Only treatment
/// counts.
fn is_treatment(purpose: Purpose) -> bool {
	matches!(purpose, Purpose::TREAT | Purpose::ETREAT)
}

/// Returns whether a written reason has more than whitespace, NUL bytes and byte-order marks.
fn says_something(statement: &[u8]) -> bool {
	statement.iter().any(|byte| {
		!byte.is_ascii_whitespace() && ![0, 0xef, 0xbb, 0xbf, 0xfe, 0xff].contains(byte)
	})
}

impl Client {
	/// Returns what a clinician must know before opening a case. Fails if it would open nothing.
	pub async fn emergency_outlook(
		&self,
		clinician: &Account,
		patient: &Account,
		organisation: OrganisationId,
	) -> Result<Outlook, Error> {
		self.expect_transaction();
		let now = self.now();
		let (consent, memberships, hospital, auditors, bond) = tokio::try_join!(
			now.consent_of(patient),
			now.memberships(clinician),
			now.organisation(organisation),
			now.emergency_auditors(),
			self.bond(organisation),
		)?;
		let summary_alone = consent.opt_out && self.has_open_summary(patient, &consent).await?;
		if let Some(why) = barred(&consent, clinician, &memberships, summary_alone) {
			return Err(Error::EmergencyBarred(why));
		}
		let missing = || Error::NotFound(Missing::Organisation(organisation));
		let hospital = hospital.ok_or_else(missing)?;
		let bond = bond.map_or(0, |bond| bond.amount);
		let least = self.least_bond().await?.unwrap_or_default();
		Ok(Outlook {
			bond_too_small: (bond < least).then_some((bond, least)),
			alone: hospital.admins == [*clinician],
			auditors: auditors.map(|auditors| others(&auditors, organisation)),
			summary_alone,
		})
	}

	/// Returns the possible reviewers for each active hospital.
	pub async fn emergency_reviewers(&self) -> Result<Vec<Reviewers>, RpcError> {
		let now = self.now();
		let auditors = now.emergency_auditors().await?;
		let organisations = now.organisations().await?;
		Ok(organisations
			.iter()
			.filter(|info| {
				info.kind == OrganisationKind::Hospital && info.status == OrganisationStatus::Active
			})
			.map(|info| Reviewers {
				organisation: info.id,
				admins: info.admins.len(),
				auditors: auditors.as_ref().map(|auditors| others(auditors, info.id)),
			})
			.collect())
	}

	/// Returns whether the patient has an emergency summary that is not closed.
	async fn has_open_summary(
		&self,
		patient: &Account,
		consent: &ConsentDetails<Account>,
	) -> Result<bool, Error> {
		let closed = self.now().emergency_summary_closed(patient).await?;
		if closed.unwrap_or(consent.opt_out) {
			return Ok(false);
		}
		let records = self.now().records_of(patient).await?;
		Ok(records.iter().any(|details| {
			matches!(&details.entry, RecordEntry::Live(record) if record.category == Category::EmergencySummary)
		}))
	}

	/// Opens an emergency case for a patient.
	///
	/// [`Client::get`] opens one together with its request, if the request names the emergency.
	pub async fn open_emergency(
		&self,
		clinician: &Signer,
		patient: &Account,
		emergency: &Emergency,
	) -> Result<OpenedCase, Error> {
		let Emergency { organisation, reason, statement } = *emergency;
		let call = calls::access::open_emergency(*patient, organisation, reason, statement);
		let Executed { included, logged, .. } = self.submit(clinician, &call).in_block().await?;
		let opened = logged.iter().find_map(|logged| match logged.entry.event {
			LogEvent::EmergencyOpened { case, until, .. } => Some((case, until)),
			_ => None,
		});
		let (case, until) = opened.ok_or(Error::NotLogged)?;
		Ok(OpenedCase { case, until, statement, included })
	}

	/// Returns the emergency, or `None` if the reader has a case that runs. Fails if a case would
	/// not help to open the version.
	pub(super) async fn unless_it_runs(
		&self,
		emergency: Emergency,
		reader: &Signer,
		details: &RecordDetails<Account>,
		version: &VersionDetails<Account>,
	) -> Result<Option<Emergency>, Error> {
		let RecordEntry::Live(entry) = &details.entry else {
			return Err(Error::Erased(details.id));
		};
		if version.sealed_to.is_none() {
			return Err(Error::EmergencyBarred(
				"hospitals do not hold the key of this version; only the people with whom it was shared do"
					.into(),
			));
		}
		let running = self.running_case(&reader.account(), &entry.patient).await?;
		Ok(running.is_none().then_some(emergency))
	}

	/// Returns the clinician's case for a patient that runs now: while they are a live practitioner
	/// of the hospital for which they opened it.
	pub async fn running_case(
		&self,
		clinician: &Account,
		patient: &Account,
	) -> Result<Option<CaseId>, RpcError> {
		let now = self.now();
		let (clock, cases, memberships) =
			tokio::try_join!(now.clock(), now.emergencies_of(patient), now.memberships(clinician))?;
		let own = cases.into_iter().rev().filter(|(_, case)| case.opener == *clinician);
		// The chain knows only the latest one.
		Ok(own.take(1).find(|(_, case)| runs(case, &memberships, clock)).map(|(id, _)| id))
	}

	/// Returns whether a clinician may open a record's latest version for treatment, without a
	/// case.
	pub async fn may_treat(&self, clinician: &Account, record: RecordId) -> Result<bool, RpcError> {
		let purpose = Purpose::TREAT;
		let question =
			Question { reader: *clinician, record, version: None, purpose, action: Action::Read };
		Ok(self.now().decide(&question).await?.is_permit())
	}

	/// Returns the reader's own case that would open the record now, for a question about treatment
	/// that is not asked under it.
	pub async fn own_case(&self, question: &Question<Account>) -> Result<Option<CaseId>, RpcError> {
		if !is_treatment(question.purpose) {
			return Ok(None);
		}
		let now = self.now();
		let Some(RecordEntry::Live(record)) =
			now.record(question.record).await?.map(|found| found.entry)
		else {
			return Ok(None);
		};
		let question = Question { purpose: Purpose::BTG, ..question.clone() };
		if !now.decide(&question).await?.is_permit() {
			return Ok(None);
		}
		self.running_case(&question.reader, &record.patient).await
	}

	/// Reviews an emergency case, and returns the case as it is afterwards.
	pub async fn review_emergency(
		&self,
		reviewer: &Signer,
		case: CaseId,
		justified: bool,
		as_what: Reviewer,
	) -> Result<(EmergencyCase<Account>, Included), Error> {
		let missing = || Error::NotFound(Missing::Case(case));
		self.now().emergency(case).await?.ok_or_else(missing)?;
		let call = calls::access::review_emergency(case, justified, as_what);
		let included = self.submit(reviewer, &call).in_block().await?.included;
		let found = self.at(included.block_hash).emergency(case).await?;
		Ok((found.ok_or_else(missing)?, included))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{Denial, Member, MemberStatus};

	fn doctor() -> Account {
		Account::from([1; 32])
	}

	fn consent(denials: Vec<(Grantee<Account>, Scope)>) -> ConsentDetails<Account> {
		ConsentDetails {
			grants: vec![],
			denials: denials
				.into_iter()
				.enumerate()
				.map(|(id, (grantee, scope))| {
					let denial = Denial { grantee, scope, given: 0 };
					(id as u32, denial)
				})
				.collect(),
			guardians: vec![],
			requests: vec![],
			rules: vec![],
			opt_out: false,
		}
	}

	fn memberships(live: bool) -> [MemberInfo; 1] {
		let member = Member {
			organisation: Some(3),
			status: MemberStatus::Active,
			credential: [0; 32],
			expires: None,
			since: 0,
			specialty: None,
		};
		[MemberInfo { role: Role::Practitioner, member, live }]
	}

	#[test]
	fn an_emergency_that_opens_nothing_is_known_beforehand() {
		let why = |consent: &ConsentDetails<Account>| {
			barred(consent, &doctor(), &memberships(true), false)
		};
		assert_eq!(why(&consent(vec![])), None);
		let mut out = consent(vec![]);
		out.opt_out = true;
		assert!(why(&out).is_some_and(|why| why.contains("opted out")));
		assert_eq!(barred(&out, &doctor(), &memberships(true), true), None);
		let role = |organisation| Grantee::Role { role: Role::Practitioner, organisation };
		for grantee in
			[Grantee::Account(doctor()), Grantee::Organisation(3), role(Some(3)), role(None)]
		{
			let denied = consent(vec![(grantee.clone(), Scope::Everything)]);
			assert!(why(&denied).is_some_and(|why| why.contains("denial 0")));
			let part = consent(vec![(grantee, Scope::Record(RecordId([2; 32])))]);
			assert_eq!(why(&part), None);
		}
		for grantee in
			[Grantee::Account(Account::from([2; 32])), Grantee::Organisation(4), role(Some(4))]
		{
			assert_eq!(why(&consent(vec![(grantee, Scope::Everything)])), None);
		}
		let denied = consent(vec![(Grantee::Organisation(3), Scope::Everything)]);
		assert_eq!(barred(&denied, &doctor(), &memberships(false), false), None);
		// Enrolled by the hospital, but not one of its staff.
		let mut patient = memberships(true);
		patient[0].role = Role::Patient;
		assert_eq!(barred(&denied, &doctor(), &patient, false), None);
	}

	#[test]
	fn a_case_runs_while_its_opener_practises_at_its_hospital() {
		let case = |status, until| EmergencyCase {
			patient: Account::from([2; 32]),
			opener: doctor(),
			organisation: 3,
			reason: EmergencyReason::Unconscious,
			statement: [1; 32],
			opened: 0,
			until,
			review_by: 100,
			auditor: None,
			admin: None,
			status,
		};
		let open = case(CaseStatus::Open, 10);
		assert!(runs(&open, &memberships(true), 9));
		assert!(runs(&case(CaseStatus::Justified, 10), &memberships(true), 9));
		assert!(!runs(&open, &memberships(true), 10), "it has ended");
		assert!(!runs(&case(CaseStatus::Rejected, 10), &memberships(true), 9));
		assert!(!runs(&open, &memberships(false), 9), "suspended");
		let mut moved = memberships(true);
		moved[0].member.organisation = Some(4);
		assert!(!runs(&open, &moved, 9), "at another hospital now");
		let mut patient = memberships(true);
		patient[0].role = Role::Patient;
		assert!(!runs(&open, &patient, 9));
	}

	#[test]
	fn two_votes_decide_and_two_admins_may_be_excluded() {
		let reviewers = |admins, auditors| Reviewers { organisation: 1, admins, auditors };
		for (admins, auditors, has_own_vote, suffice) in [
			(1, Some(1), false, false),
			(2, Some(1), false, false),
			(2, Some(2), false, true),
			(3, Some(0), true, false),
			(3, Some(1), true, true),
			(1, None, false, true),
		] {
			let reviewers = reviewers(admins, auditors);
			assert_eq!(
				(reviewers.has_own_vote(), reviewers.suffice()),
				(has_own_vote, suffice),
				"{reviewers:?}"
			);
		}
		// Two auditors of one organisation have one vote; the hospital's own auditors have none.
		let who = Account::from([1; 32]);
		assert_eq!(others(&[(who, 1), (who, 2), (who, 2), (who, 3)], 1), 2);
	}

	#[test]
	fn only_a_treating_reader_sees_their_case() {
		let treating: Vec<_> =
			Purpose::ALL.into_iter().filter(|purpose| is_treatment(*purpose)).collect();
		assert_eq!(treating, [Purpose::TREAT, Purpose::ETREAT]);
	}

	#[test]
	fn a_reason_may_have_any_encoding_but_not_be_empty() {
		for statement in [
			&b"Bewu\xdftlos eingeliefert"[..],
			b"\xff\xfeB\0e\0",
			b"\xef\xbb\xbfBrought in unconscious",
		] {
			assert!(says_something(statement));
		}
		for nothing in [&b""[..], b" \n\t", b"\xef\xbb\xbf\n", b"\xff\xfe \0", b"\0\0"] {
			assert!(!says_something(nothing));
		}
	}
}
