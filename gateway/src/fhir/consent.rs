//! Consent: what a patient permits and denies, requests for more, and who may open a record.

use axum::{
	http::StatusCode,
	response::{IntoResponse, Response},
};
use salus_client::{
	primitives::{
		Action, Basis, Category, ConsentDetails, Decision, Finding, GrantId, Grantee, Party,
		Purpose, Question, RecordDetails, RecordEntry, RecordId, Role, Rule, Scope, VersionState,
	},
	words, Account, Answered, Error, GrantState, Included, View,
};
use salus_fhir::{
	code::{purpose_of, reference},
	consent::{self, Consent, Place},
	explain::{self, Explained, Reader},
	id::{self, Statement},
	outcome::{Issue, IssueKind},
	search::Query,
};
use serde_json::Value;

use super::{
	account, document, is_own, located, member::memberships, of_patient, patient_of, subject,
	Match, Matched,
};
use crate::{
	app::{self, Gateway},
	auth::Access,
	fault::{Answer, Fault},
};

/// Version of a match that has ended: its grant can never permit anything again.
pub(crate) const OVER: u32 = 1;

/// Returns the consents of a patient that the client may see: all for the patient's own client;
/// for others the grants that may apply to their account, and its requests.
async fn consents(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	patient: &Account,
) -> Answer<Vec<Consent>> {
	let me = access.client.signer.account();
	let of_patient = view.consent_of(patient).await.map_err(Error::from)?;
	let mut held = memberships(view, &me).await?;
	held.retain(|one| one.live);
	let own = Party { account: &me, memberships: &held };
	let is_patient = is_own(view, access, patient).await?;
	let id = patient.to_string();
	let place = Place { patient: &id, custodian: gateway.config.organisation };
	let states = view.grant_states(&of_patient).await.map_err(Error::from)?;
	let ConsentDetails { grants, denials, requests, .. } = &of_patient;
	let mut all = Vec::new();
	for ((number, grant), (_, state)) in grants.iter().zip(&states) {
		if is_patient || own.may_hold_key_of(&grant.terms.grantee) {
			all.push(Consent::grant(place, *number, grant, is_over(*state)));
		}
	}
	// Nobody else learns whom a patient keeps away.
	for (number, denial) in denials.iter().filter(|_| is_patient) {
		all.push(Consent::denial(place, *number, denial));
	}
	for (number, request) in requests {
		if is_patient || request.requester == me {
			all.push(Consent::request(place, *number, request));
		}
	}
	Ok(all)
}

/// Returns whether a grant can never permit anything again.
fn is_over(state: GrantState) -> bool {
	match state {
		GrantState::Over | GrantState::UsedUp | GrantState::Ended => true,
		GrantState::Holds | GrantState::NotBegun | GrantState::Rests | GrantState::NobodyYet => {
			false
		}
	}
}

pub(super) async fn find(
	gateway: &Gateway,
	view: View<'_>,
	access: &Access,
	query: &Query,
) -> Answer<Vec<Match>> {
	let Some(patient) = patient_of(gateway, access, query).await? else { return Ok(Vec::new()) };
	let query = &of_patient(query);
	let mut found = consents(gateway, view, access, &patient).await?;
	found.retain(|one| query.matches(one));
	// Newest first, unless the client says otherwise.
	found.reverse();
	found.sort_by(|one, other| query.compare(one, other));
	// If a grant is used up between two pages, the match has changed.
	let matches = found.into_iter().map(|one| Match {
		version: match one.resource.get("status") == Some(&"inactive".into()) {
			true => OVER,
			false => 0,
		},
		id: one.id,
		resource: Matched::Built(one.resource),
	});
	Ok(matches.collect())
}

pub(super) async fn read(gateway: &Gateway, access: &Access, id: &str) -> Answer<Value> {
	let (patient, _) = id::parse_consent(id).ok_or_else(Fault::not_found)?;
	let patient = account(patient).ok_or_else(Fault::not_found)?;
	let all = consents(gateway, gateway.client.now(), access, &patient).await?;
	let found = all.into_iter().find(|one| one.id == id);
	Ok(found.ok_or_else(Fault::not_found)?.resource)
}

/// Asks the patient for access.
pub(crate) async fn create(gateway: &Gateway, access: &Access, body: &str) -> Answer<Response> {
	let new = consent::request(body, &gateway.base()).map_err(Fault::bad)?;
	let patient = subject(gateway, access, &new.patient, "Consent.patient").await??;
	let signer = &access.client.signer;
	if is_own(gateway.client.now(), access, &patient).await? {
		let text = "a patient needs nobody's consent; grant access with `salus consent grant`";
		let issue = Issue::error(IssueKind::BusinessRule, "own-records", text);
		return Err(issue.at("Consent.patient").into());
	}
	if !new.terms.purposes.iter().all(|one| access.client.purposes.contains(one)) {
		let text = "this client cannot ask for these purposes of use; name some of its `purposes`";
		let status = StatusCode::FORBIDDEN;
		return Err(Fault::new(status, IssueKind::Forbidden, "purpose", text));
	}
	let asked = gateway.client.request_consent(signer, &patient, &new.terms).await?;
	let statement = match asked.answer {
		None | Some(Answered::Requested(_)) => Statement::Request(asked.request),
		Some(Answered::Approved { grant, .. }) => Statement::Grant(grant),
		Some(Answered::Declined { .. }) => {
			let text = "a standing rule of the patient declined the request";
			let status = StatusCode::FORBIDDEN;
			return Err(Fault::new(status, IssueKind::Forbidden, "declined", text));
		}
	};
	settled(&asked.included)?;
	let id = id::consent(&patient.to_string(), statement);
	let response = created(read(gateway, access, &id).await)?;
	Ok(located(gateway, response, &format!("Consent/{id}")))
}

/// Refuses to report success for a change in a block that is not final because finality is stalled.
fn settled(included: &Included) -> Answer<()> {
	if included.finalized {
		return Ok(());
	}
	let text = "the block that has the request is not final, because finality is stalled; search \
	            for the request before you send it again";
	Err(Fault::new(StatusCode::GATEWAY_TIMEOUT, IssueKind::Timeout, "deadline", text))
}

/// Answers with a request that was made. It is gone if the patient has answered it already.
fn created(found: Answer<Value>) -> Answer<Response> {
	match found {
		Ok(resource) => Ok(app::resource(StatusCode::CREATED, &resource)),
		Err(fault) if fault.is_not_found() => Ok(StatusCode::CREATED.into_response()),
		Err(fault) => Err(fault),
	}
}

/// The question of `$explain`.
#[derive(Default)]
struct Asked {
	record: Option<String>,
	reader: Option<String>,
	purpose: Option<String>,
}

/// Reads the parameters of `$explain`. Each may be given once.
fn asked(pairs: &[(String, String)]) -> Result<Asked, Issue> {
	let mut asked = Asked::default();
	for (name, value) in pairs {
		let place = match name.as_str() {
			"record" => &mut asked.record,
			"reader" => &mut asked.reader,
			"purpose" => &mut asked.purpose,
			_ => {
				let text =
					"$explain takes only record, reader and purpose; leave this parameter out";
				return Err(Issue::error(IssueKind::NotSupported, "unknown-parameter", text));
			}
		};
		if place.replace(value.clone()).is_some() {
			let text = "a parameter is given twice; give it once";
			return Err(Issue::error(IssueKind::Value, "parameter-twice", text));
		}
	}
	Ok(asked)
}

/// Reads the record, the reader, if one is given, and the purpose of a question.
fn question(
	gateway: &Gateway,
	access: &Access,
	pairs: &[(String, String)],
) -> Answer<(RecordId, Option<Account>, Purpose)> {
	let asked = asked(pairs)?;
	let bad = |name: &str, text: &str| {
		Fault::from(Issue::error(IssueKind::Value, "bad-value", text).at(name))
	};
	let named = |text: &str, kind: &str| {
		let own = text.strip_prefix(&gateway.base()).and_then(|rest| rest.strip_prefix('/'));
		let text = own.unwrap_or(text);
		text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text).to_owned()
	};
	let record = asked.record.ok_or_else(|| bad("record", "give DocumentReference/ and an id"))?;
	let record = id::parse_document(&named(&record, "DocumentReference"));
	let record = record.ok_or_else(|| bad("record", "give DocumentReference/ and an id"))?;
	let purpose = match &asked.purpose {
		Some(code) => {
			purpose_of(code).ok_or_else(|| bad("purpose", "give a code such as TREAT"))?
		}
		None => access.purpose,
	};
	let reader = asked.reader.map(|reader| {
		let account = account(&named(&named(&reader, "Practitioner"), "Patient"));
		account.ok_or_else(|| bad("reader", "give Practitioner/ or Patient/ and an account"))
	});
	Ok((record, reader.transpose()?, purpose))
}

/// Says whether a party may open a record now, and why; or, to the patient's own client, who may.
pub(crate) async fn explain(
	gateway: &Gateway,
	access: &Access,
	pairs: &[(String, String)],
) -> Answer<Value> {
	let (record, reader, purpose) = question(gateway, access, pairs)?;
	let view = gateway.client.now();
	let me = access.client.signer.account();
	let details = match document::live(gateway, access, &record).await {
		Ok(details) => Some(details),
		Err(fault) if fault.is_not_found() => None,
		Err(fault) => return Err(fault),
	};
	let patient = details.as_ref().and_then(|details| match &details.entry {
		RecordEntry::Live(live) => Some(live.patient),
		RecordEntry::Erased(_) => None,
	});
	let is_patient = match &patient {
		Some(patient) => is_own(view, access, patient).await?,
		None => false,
	};
	if let (Some(details), true, None) = (&details, is_patient, reader) {
		return readers(gateway, details).await;
	}
	// Without a reader, a client asks about itself.
	let reader = reader.unwrap_or(me);
	if !is_patient {
		may_ask(access, reader == me, purpose)?;
	}
	let question = Question { reader, record, version: None, purpose, action: Action::Read };
	if !is_patient && (details.is_none() || !knows(view, access, &question).await?) {
		return Ok(explain::decision(&Explained {
			is_permit: false,
			decision: "nothing permits it, or there is no such document",
			considered: &[],
		}));
	}
	let mut explanation = view.explain(&question).await.map_err(Error::from)?;
	if !is_patient {
		// Only the patient may see rules about others.
		explanation.considered.retain(|one| {
			let is_denial = matches!(one.rule, Rule::Denial(_));
			let applies = one.finding == Finding::Applies;
			one.finding != Finding::OtherGrantee && (applies || !is_denial)
		});
	}
	Ok(explain::decision(&Explained {
		is_permit: explanation.decision.is_permit(),
		decision: &words::decision(&explanation.decision),
		considered: &words::explanation(&explanation),
	}))
}

/// Refuses a question about others, or for a purpose that the client does not have, unless it is
/// the patient's own client.
fn may_ask(access: &Access, is_about_itself: bool, purpose: Purpose) -> Answer<()> {
	if !is_about_itself {
		return Err(Fault::not_found());
	}
	if access.client.purposes.contains(&purpose) {
		return Ok(());
	}
	let text = "this client has no such purpose of use; name one of its `purposes`";
	Err(Fault::new(StatusCode::FORBIDDEN, IssueKind::Forbidden, "purpose", text))
}

/// Returns whether a client may open the record of a question, for the client's purpose or the
/// question's. Any other client learns nothing of the record, not even that there is one.
async fn knows(view: View<'_>, access: &Access, question: &Question<Account>) -> Answer<bool> {
	for purpose in [question.purpose, access.purpose] {
		let decision = view.decide(&Question { purpose, ..question.clone() }).await;
		if decision.map_err(Error::from)?.is_permit() {
			return Ok(true);
		}
	}
	Ok(false)
}

/// Returns who may open a record now: the patient, guardians, and the parties of grants.
async fn readers(gateway: &Gateway, details: &RecordDetails<Account>) -> Answer<Value> {
	let RecordEntry::Live(live) = &details.entry else { return Err(Fault::not_found()) };
	let view = gateway.client.now();
	let consent = view.consent_of(&live.patient).await.map_err(Error::from)?;
	let states = view.grant_states(&consent).await.map_err(Error::from)?;
	let mut readers = vec![Reader {
		party: reference("Patient", live.patient),
		purposes: Vec::new(),
		basis: "it is the patient's own record".into(),
		consent: None,
	}];
	let latest = details.versions.iter().find(|one| one.version == live.latest);
	let is_withdrawn = latest.is_some_and(|one| one.info.state == VersionState::Withdrawn);
	let covers = |scope: &Scope| {
		!is_withdrawn && scope.covers(live.category, Some(&details.id), Some(live.latest))
	};
	for (number, guardian) in &consent.guardians {
		if !covers(&guardian.scope) {
			continue;
		}
		let (account, on) = (guardian.guardian, Basis::Guardian(*number));
		let purposes = permitted(gateway, details, account, &guardian.purposes, on).await?;
		if !purposes.is_empty() {
			readers.push(Reader {
				party: reference("Practitioner", guardian.guardian),
				purposes,
				basis: "a guardian of the patient".into(),
				consent: None,
			});
		}
	}
	for ((number, grant), (_, state)) in consent.grants.iter().zip(&states) {
		let terms = &grant.terms;
		let opens = terms.actions.contains(&Action::Read) && covers(&terms.scope);
		if *state != GrantState::Holds || !opens {
			continue;
		}
		let named: Vec<_> =
			terms.purposes.iter().copied().filter(|purpose| terms.is_for(*purpose)).collect();
		let purposes = match terms.grantee.account() {
			// The chain knows all of it: conditions, denials, and memberships.
			Some(account) => {
				permitted(gateway, details, *account, &named, Basis::Grant(*number)).await?
			}
			None if is_barred(&consent, &terms.grantee, &covers) => Vec::new(),
			None => named,
		};
		if !purposes.is_empty() {
			readers.push(Reader {
				party: consent::party(&terms.grantee),
				purposes,
				basis: basis(*number, &terms.grantee, terms.condition.is_some()),
				consent: Some(id::consent(&live.patient.to_string(), Statement::Grant(*number))),
			});
		}
	}
	let is_closed = closed_to_emergencies(view, &live.patient, &consent, live.category).await?;
	Ok(explain::readers(&readers, !is_closed && !is_withdrawn))
}

/// Returns whether a patient has closed records of a category to emergencies. Summaries have a
/// separate switch.
async fn closed_to_emergencies(
	view: View<'_>,
	patient: &Account,
	consent: &ConsentDetails<Account>,
	category: Category,
) -> Answer<bool> {
	if category != Category::EmergencySummary {
		return Ok(consent.opt_out);
	}
	let closed = view.emergency_summary_closed(patient).await.map_err(Error::from)?;
	Ok(closed == Some(true))
}

/// Returns the purposes for which an account may open the latest version of a record on this basis.
/// Of several bases, the chain names one.
async fn permitted(
	gateway: &Gateway,
	details: &RecordDetails<Account>,
	reader: Account,
	purposes: &[Purpose],
	on: Basis,
) -> Answer<Vec<Purpose>> {
	let (record, action) = (details.id, Action::Read);
	let mut permitted = Vec::new();
	for purpose in purposes.iter().copied() {
		let question = Question { reader, record, version: None, purpose, action };
		let decision = gateway.client.now().decide(&question).await.map_err(Error::from)?;
		if decision == Decision::Permit(on) {
			permitted.push(purpose);
		}
	}
	Ok(permitted)
}

/// Returns whether a denial to a group, or to one that has all of it, covers the record.
fn is_barred(
	consent: &ConsentDetails<Account>,
	grantee: &Grantee<Account>,
	covers: &impl Fn(&Scope) -> bool,
) -> bool {
	let bars = |denied: &Grantee<Account>| includes(denied, grantee);
	consent.denials.iter().any(|(_, denial)| bars(&denial.grantee) && covers(&denial.scope))
}

/// Returns whether a denial to a group bars each member whom a grant to another group would permit.
fn includes(denied: &Grantee<Account>, granted: &Grantee<Account>) -> bool {
	match (denied, granted) {
		(denied, granted) if denied == granted => true,
		(
			Grantee::Organisation(all),
			Grantee::CareTeam(one) | Grantee::Role { organisation: Some(one), .. },
		) => all == one,
		(Grantee::CareTeam(all), Grantee::Role { role, organisation: Some(one) }) => {
			all == one && Role::WRITERS.contains(role)
		}
		(Grantee::Role { role: all, organisation: None }, Grantee::Role { role, .. }) => {
			all == role
		}
		_ => false,
	}
}

fn basis(number: GrantId, grantee: &Grantee<Account>, has_condition: bool) -> String {
	let each = match grantee.account() {
		Some(_) => "",
		None => ", for each member in it whom no denial names",
	};
	let condition = if has_condition { ", under a condition" } else { "" };
	format!("grant {number} of the patient{each}{condition}")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_request_counts_once_its_block_is_final() {
		let included =
			|finalized| Included { block_hash: [1; 32], block: 1, transaction: [2; 32], finalized };
		assert!(settled(&included(true)).is_ok());
		let fault = settled(&included(false)).unwrap_err();
		assert!(fault.code() == "deadline" && fault.may_pass());
	}

	#[test]
	fn a_denial_to_a_group_bars_the_groups_in_it() {
		let role = |role, organisation| Grantee::Role { role, organisation };
		let (all, team) = (Grantee::Organisation(1), Grantee::CareTeam(1));
		let (doctor, auditor) = (Role::Practitioner, Role::Auditor);
		for (denied, granted) in [
			(&all, &all),
			(&all, &team),
			(&all, &role(doctor, Some(1))),
			(&team, &role(doctor, Some(1))),
			(&role(doctor, None), &role(doctor, Some(2))),
		] {
			assert!(includes(denied, granted), "{denied:?} {granted:?}");
		}
		for (denied, granted) in [
			(&team, &all),
			(&all, &role(doctor, Some(2))),
			(&all, &role(doctor, None)),
			(&team, &role(auditor, Some(1))),
			(&role(doctor, Some(1)), &role(doctor, None)),
			(&role(doctor, None), &role(auditor, Some(1))),
			(&role(doctor, Some(1)), &team),
		] {
			assert!(!includes(denied, granted), "{denied:?} {granted:?}");
		}
	}

	#[test]
	fn a_request_that_is_answered_at_once_was_made() {
		let status = |found| created(found).map(|response| response.status()).ok();
		assert_eq!(status(Ok(Value::Null)), Some(StatusCode::CREATED));
		assert_eq!(status(Err(Fault::not_found())), Some(StatusCode::CREATED));
		assert_eq!(status(Err(Fault::no_token())), None);
	}
}
