//! Consent: a patient's grants and denials, requests that wait for the patient, and requests that a
//! client makes.
//!
//! | on the chain | `status` | `provision.type` |
//! |---|---|---|
//! | grant in force, or yet to begin, or dormant | `active` | `permit` |
//! | grant that is over, used up, or whose capacity has ended | `inactive` | `permit` |
//! | denial | `active` | `deny` |
//! | request | `proposed` | `permit` |

use std::fmt::Display;

use fhirkit::r4::{self, CodeableConcept, Reference};
use salus_primitives::{
	Action, Actions, Categories, ConsentRequest, ConsentRequestId, Denial, DenialId, Grant,
	GrantId, Grantee, Moment, OrganisationId, Purpose, Purposes, RequestTerms, Scope,
};
use serde_json::{json, Value};

use crate::{
	code::{
		self, category_codes, category_of, coding, identifier, purpose_of, reference, system,
		ACT_REASON, BASE, LOINC,
	},
	id::{self, Statement},
	incoming::{can_be, is_of, not_kept, parsed, required, subject, text, wrong, Subject},
	outcome::{Issue, IssueKind},
	search::{Indexed, Searchable},
	time::{instant, period, Period},
};

/// Code system of scopes.
const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";

/// Code system of actions.
const CONSENT_ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";

/// Code system of statuses.
const STATUS: &str = "http://hl7.org/fhir/consent-state-codes";

/// The policy to which all consents belong.
const POLICY: &str = "https://github.com/salus-health/salus/fhir/Policy/the-patient-decides";

/// IHE's profile of consents that are for everything, by the usual purposes: PCF, Basic.
pub const BASIC: &str = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentBasic";

/// IHE's profile of consents that may name documents: PCF, Intermediate.
pub const INTERMEDIATE: &str =
	"https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentIntermediate";

/// A grant, denial or request.
#[derive(Debug, PartialEq)]
pub struct Consent {
	/// Id of the Consent.
	pub id: String,
	/// Consent as JSON.
	pub resource: Value,
	given: Moment,
	status: &'static str,
	patient: String,
	purposes: Vec<Purpose>,
	actor: Option<Indexed>,
}

/// Place of a consent: the patient, and the organisation that runs this server.
#[derive(Clone, Copy)]
pub struct Place<'a> {
	/// The patient's account.
	pub patient: &'a str,
	/// Organisation that runs this server.
	pub custodian: OrganisationId,
}

/// Fields of every kind of consent.
struct Terms<'a, AccountId> {
	number: Statement,
	given: Moment,
	status: &'static str,
	is_permit: bool,
	performer: Value,
	actor: Option<&'a Grantee<AccountId>>,
	scope: &'a Scope,
	purposes: &'a [Purpose],
	actions: &'a [Action],
	from: Option<Moment>,
	until: Option<Moment>,
	extensions: Vec<Value>,
}

impl<AccountId> Terms<'_, AccountId> {
	/// Returns what the chain has of it, once the patient has decided.
	fn source(&self) -> Option<&'static str> {
		match self.number {
			Statement::Grant(_) => Some("The grant on the chain"),
			Statement::Denial(_) => Some("The denial on the chain"),
			Statement::Request(_) => None,
		}
	}

	/// Returns the simplest profile of PCF that can say all of the terms. None has categories, only
	/// some actions, a number of uses, or a condition.
	fn profile(&self) -> Option<&'static str> {
		const ALL: [Action; 3] = [Action::Read, Action::Write, Action::Share];
		const USUAL: [Purpose; 3] = [Purpose::TREAT, Purpose::HPAYMT, Purpose::HOPERAT];
		self.source()?;
		let is_for_all =
			self.actions.is_empty() || ALL.iter().all(|action| self.actions.contains(action));
		if !is_for_all || !self.extensions.is_empty() {
			return None;
		}
		match self.scope {
			Scope::Everything if self.purposes.iter().all(|one| USUAL.contains(one)) => Some(BASIC),
			Scope::Everything | Scope::Record(_) | Scope::Version { .. } => Some(INTERMEDIATE),
			Scope::Categories(_) => None,
		}
	}

	/// Returns the element that says what is permitted or denied.
	fn provision(&self) -> Value
	where
		AccountId: Display,
	{
		let mut provision = json!({ "type": if self.is_permit { "permit" } else { "deny" } });
		let mut add = |name: &str, value: Value| {
			let is_empty = value.as_array().is_some_and(Vec::is_empty);
			if let (Some(members), false) = (provision.as_object_mut(), is_empty) {
				members.insert(name.into(), value);
			}
		};
		add("extension", self.extensions.clone().into());
		let mut duration = json!({});
		if let Some(members) = duration.as_object_mut() {
			members.extend(self.from.map(|from| ("start".into(), json!(instant(from)))));
			// The end of a Period belongs to it, and a grant's end does not.
			let last = self.until.map(|until| instant(until.saturating_sub(1)));
			members.extend(last.map(|last| ("end".into(), json!(last))));
		}
		if duration.as_object().is_some_and(|members| !members.is_empty()) {
			add("period", duration);
		}
		let actor = self.actor.map(|grantee| {
			let role = coding(
				"http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
				"IRCP",
				"information recipient",
			);
			json!({ "role": { "coding": [role] }, "reference": party(grantee) })
		});
		add("actor", actor.into_iter().collect());
		// No action means all of them, and the profiles have none.
		let actions: &[Action] = match self.profile() {
			Some(_) => &[],
			None => self.actions,
		};
		add("action", actions.iter().map(|one| action(*one)).collect());
		let purpose = |one: &Purpose| json!({ "system": ACT_REASON, "code": format!("{one:?}") });
		add("purpose", self.purposes.iter().map(purpose).collect());
		match self.scope {
			Scope::Everything => {}
			Scope::Categories(all) => {
				add("code", all.iter().map(|one| code::category(*one)).collect())
			}
			Scope::Record(record) => add("data", data(id::document(record))),
			Scope::Version { record, version } => {
				add("data", data(format!("{}/_history/{version}", id::document(record))))
			}
		}
		provision
	}
}

impl Consent {
	/// Returns a grant. `is_over` tells whether it can never permit anything again.
	pub fn grant<AccountId: Display>(
		place: Place<'_>,
		number: GrantId,
		grant: &Grant<AccountId>,
		is_over: bool,
	) -> Self {
		let terms = &grant.terms;
		let extension = |name: &str| format!("{BASE}/StructureDefinition/{name}");
		let mut extensions = Vec::new();
		if let Some(uses) = terms.uses {
			let left = uses.saturating_sub(grant.used);
			extensions.push(json!({ "url": extension("uses-left"), "valueUnsignedInt": left }));
		}
		if terms.condition.is_some() {
			extensions.push(json!({ "url": extension("has-condition"), "valueBoolean": true }));
		}
		let performer = match &grant.via {
			Some(via) => reference("Practitioner", &via.sharer),
			None => reference("Patient", place.patient),
		};
		Self::of(
			place,
			Terms {
				number: Statement::Grant(number),
				given: grant.given,
				status: if is_over { "inactive" } else { "active" },
				is_permit: true,
				performer,
				actor: Some(&terms.grantee),
				scope: &terms.scope,
				purposes: &terms.purposes,
				actions: &terms.actions,
				from: Some(terms.from.unwrap_or(grant.given)),
				until: terms.until,
				extensions,
			},
		)
	}

	/// Returns a denial, which is for every purpose and action.
	pub fn denial<AccountId: Display>(
		place: Place<'_>,
		number: DenialId,
		denial: &Denial<AccountId>,
	) -> Self {
		Self::of(
			place,
			Terms {
				number: Statement::Denial(number),
				given: denial.given,
				status: "active",
				is_permit: false,
				performer: reference("Patient", place.patient),
				actor: Some(&denial.grantee),
				scope: &denial.scope,
				purposes: &[],
				actions: &[],
				from: Some(denial.given),
				until: None,
				extensions: Vec::new(),
			},
		)
	}

	/// Returns a request that waits for the patient.
	pub fn request<AccountId: Display + Clone>(
		place: Place<'_>,
		number: ConsentRequestId,
		request: &ConsentRequest<AccountId>,
	) -> Self {
		let RequestTerms { scope, purposes, actions, until } = &request.terms;
		Self::of(
			place,
			Terms {
				number: Statement::Request(number),
				given: request.made,
				status: "proposed",
				is_permit: true,
				performer: reference("Patient", place.patient),
				actor: Some(&Grantee::Account(request.requester.clone())),
				scope,
				purposes,
				actions,
				from: None,
				until: *until,
				extensions: Vec::new(),
			},
		)
	}

	fn of<AccountId: Display>(place: Place<'_>, terms: Terms<'_, AccountId>) -> Self {
		let patient = place.patient.to_owned();
		let id = id::consent(&patient, terms.number);
		let (profile, source) = (terms.profile(), terms.source());
		let provision = terms.provision();
		let mut meta = json!({ "lastUpdated": instant(terms.given) });
		if let Some(members) = meta.as_object_mut() {
			members.extend(profile.map(|profile| ("profile".into(), json!([profile]))));
		}
		let identifier = identifier("consent", &terms.number.path(&patient));
		let mut resource = json!({
			"resourceType": "Consent",
			"id": id,
			"meta": meta,
			"identifier": [identifier],
			"status": terms.status,
			"scope": { "coding": [coding(
				SCOPE,
				"patient-privacy",
				"Privacy Consent",
			)] },
			"category": [{ "coding": [coding(LOINC, "59284-0", "Consent Document")] }],
			"patient": reference("Patient", &patient),
			"dateTime": instant(terms.given),
			"performer": [terms.performer],
			"organization": [reference("Organization", place.custodian)],
			"policy": [{ "uri": POLICY }],
			"provision": provision,
		});
		if let Some(members) = resource.as_object_mut() {
			let source =
				source.map(|display| json!({ "identifier": identifier, "display": display }));
			members.extend(source.map(|source| ("sourceReference".into(), source)));
		}
		Self {
			id,
			resource,
			given: terms.given,
			status: terms.status,
			patient,
			purposes: terms.purposes.to_vec(),
			actor: terms.actor.and_then(indexed),
		}
	}
}

/// Returns a reference to the party of a grant or denial.
pub fn party<AccountId: Display>(grantee: &Grantee<AccountId>) -> Value {
	let group = |kind: &str, of: &str, value: String, display: String| json!({ "type": kind, "identifier": identifier(of, &value), "display": display });
	match grantee {
		Grantee::Account(account) => reference("Practitioner", account),
		Grantee::Member { account, role, .. } => {
			reference("PractitionerRole", format!("{account}-{}", *role as u8))
		}
		Grantee::Person(account) => {
			let display = "This account as a person, whatever its memberships".to_owned();
			group("RelatedPerson", "account", account.to_string(), display)
		}
		Grantee::Organisation(organisation) => reference("Organization", organisation),
		Grantee::CareTeam(organisation) => {
			let display = format!("The care team of organisation {organisation}");
			group("CareTeam", "care-team", organisation.to_string(), display)
		}
		Grantee::Role { role, organisation } => {
			let code = code::role_code(*role);
			let (value, display) = match organisation {
				Some(id) => (format!("{code}/{id}"), format!("Each {code} of organisation {id}")),
				None => (code.to_owned(), format!("Each {code} of any organisation")),
			};
			group("Group", "role", value, display)
		}
	}
}

fn indexed<AccountId: Display>(grantee: &Grantee<AccountId>) -> Option<Indexed> {
	let account = grantee.account();
	let account =
		account.map(|one| Indexed::Reference { resource: "Practitioner", id: one.to_string() });
	let organisation = grantee.organisation();
	account.or(organisation
		.map(|one| Indexed::Reference { resource: "Organization", id: one.to_string() }))
}

fn data(document: String) -> Value {
	json!([{ "meaning": "instance", "reference": reference("DocumentReference", document) }])
}

pub(crate) fn action(action: Action) -> Value {
	let (of_hl7, own) = match action {
		Action::Read => (("access", "Access"), ("read", "Open records")),
		Action::Write => (("collect", "Collect"), ("write", "Add records and versions")),
		Action::Share => (("disclose", "Disclose"), ("share", "Pass access on")),
	};
	json!({ "coding": [
		coding(CONSENT_ACTION, of_hl7.0, of_hl7.1),
		coding(&system("action"), own.0, own.1),
	] })
}

/// Returns the one thing that all codings of a concept mean. One that is not understood, or that
/// contradicts another, could mean less than what would be asked for.
fn one_of<T: PartialEq>(
	concept: &CodeableConcept,
	meaning: impl Fn(&str, &str) -> Option<T>,
) -> Option<T> {
	let meanings: Option<Vec<_>> =
		concept.coding.iter().map(|one| meaning(text(&one.system)?, text(&one.code)?)).collect();
	let mut meanings = meanings?;
	meanings.dedup();
	match meanings.len() {
		1 => meanings.pop(),
		_ => None,
	}
}

fn action_of(concept: &CodeableConcept) -> Option<Action> {
	let own = system("action");
	one_of(concept, |system, code| {
		Some(match (system, code) {
			(CONSENT_ACTION, "access") => Action::Read,
			(CONSENT_ACTION, "collect") => Action::Write,
			(CONSENT_ACTION, "disclose") => Action::Share,
			(system, "read") if system == own => Action::Read,
			(system, "write") if system == own => Action::Write,
			(system, "share") if system == own => Action::Share,
			_ => return None,
		})
	})
}

impl Searchable for Consent {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		let token = |system: &str, code: String| Indexed::Token { system: system.to_owned(), code };
		match parameter {
			"_id" => vec![token("", self.id.clone())],
			"_lastUpdated" | "date" => vec![Indexed::Date(Period::of(self.given))],
			"status" => vec![token(STATUS, self.status.to_owned())],
			"purpose" => {
				let code = |one: &Purpose| token(ACT_REASON, format!("{one:?}"));
				self.purposes.iter().map(code).collect()
			}
			"actor" => self.actor.iter().cloned().collect(),
			"patient" => {
				vec![Indexed::Reference { resource: "Patient", id: self.patient.clone() }]
			}
			"patient.identifier" => {
				vec![token(&format!("{BASE}/account"), self.patient.clone())]
			}
			_ => vec![],
		}
	}
}

/// A request for consent that a client makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
	/// Patient who is asked.
	pub patient: Subject,
	/// Terms of the grant that is asked for.
	pub terms: RequestTerms,
}

/// Reads a Consent by which a client asks for access to the records of a patient. Returns every
/// issue that it finds.
pub fn request(json: &str, base: &str) -> Result<NewRequest, Vec<Issue>> {
	let r4::Consent {
		contained,
		status,
		scope,
		patient,
		performer,
		organization,
		source,
		policy,
		policy_rule,
		verification,
		provision,
		..
	} = parsed::<r4::Consent>(json)?;
	let mut issues = Vec::new();
	let patient = subject(patient.as_ref(), base, "Consent.patient");
	let patient = patient.map_err(|issue| issues.push(issue)).ok();
	if text(&status) != Some("proposed") {
		let text = "only a patient consents, so a client proposes; give proposed";
		issues.push(wrong("Consent.status", text));
	}
	let mut scopes = scope.iter().flat_map(|scope| &scope.coding).peekable();
	if scopes.peek().is_none() || !scopes.all(is_privacy) {
		issues
			.push(wrong("Consent.scope", "give patient-privacy; this server has no other consent"));
	}
	for (is_given, name) in [
		(!contained.is_empty(), "contained"),
		(!verification.is_empty(), "verification"),
		(!performer.is_empty(), "performer"),
		(!organization.is_empty(), "organization"),
		(source.is_some(), "source"),
	] {
		if is_given {
			issues.push(not_kept(&format!("Consent.{name}")));
		}
	}
	policies(&policy, policy_rule.as_ref(), &mut issues);
	let terms = match provision {
		Some(provision) => terms(provision, base, &mut issues),
		None => {
			issues.push(required("Consent.provision", "the access that is asked for"));
			None
		}
	};
	match (patient, terms) {
		(Some(patient), Some(terms)) if issues.is_empty() => Ok(NewRequest { patient, terms }),
		_ => Err(issues),
	}
}

/// Returns whether a coding is the scope of all consents. Clients leave its system out.
fn is_privacy(coding: &r4::Coding) -> bool {
	is_of(&coding.system, SCOPE) && text(&coding.code) == Some("patient-privacy")
}

/// Refuses any policy except the one that all consents have, and a Consent without one (FHIR's
/// `ppc-1`).
fn policies(policy: &[r4::ConsentPolicy], rule: Option<&CodeableConcept>, issues: &mut Vec<Issue>) {
	if policy.is_empty() && rule.is_none() {
		let text = format!("a Consent has a policy; give {POLICY}, or the rule OPTIN");
		let issue = Issue::error(IssueKind::Structure, "not-fhir", text);
		issues.push(issue.at("Consent.policy"));
	}
	for (is_other, name) in [
		(!policy.iter().all(is_known_policy), "policy"),
		(rule.is_some_and(|rule| one_of(rule, opt_in).is_none()), "policyRule"),
	] {
		if is_other {
			let text = format!("this server knows one policy; give {POLICY}, or the rule OPTIN");
			issues.push(wrong(&format!("Consent.{name}"), text));
		}
	}
}

/// Returns whether a policy is the one that all consents name.
fn is_known_policy(policy: &r4::ConsentPolicy) -> bool {
	text(&policy.uri) == Some(POLICY) && policy.authority.is_none()
}

/// Returns what a policy rule means, if it is the chain's: nothing is permitted unless the patient
/// permits it.
fn opt_in(system: &str, code: &str) -> Option<()> {
	(system == "http://terminology.hl7.org/CodeSystem/v3-ActCode" && code == "OPTIN").then_some(())
}

/// Reads what is asked for.
fn terms(
	provision: r4::ConsentProvision,
	base: &str,
	issues: &mut Vec<Issue>,
) -> Option<RequestTerms> {
	const PROVISION: &str = "Consent.provision";
	let path = |name: &str| format!("{PROVISION}.{name}");
	for (is_given, name) in [
		(!provision.extension.is_empty(), "extension"),
		(!provision.security_label.is_empty(), "securityLabel"),
		(!provision.class.is_empty(), "class"),
		(provision.data_period.is_some(), "dataPeriod"),
		(!provision.provision.is_empty(), "provision"),
		// A request is for the account that makes it.
		(!provision.actor.is_empty(), "actor"),
	] {
		if is_given {
			issues.push(not_kept(&path(name)));
		}
	}
	if text(&provision.type_) != Some("permit") {
		issues.push(wrong(&path("type"), "a request is for a permit; give permit"));
	}
	if provision.period.as_ref().is_some_and(|one| !one.extension.is_empty()) {
		issues.push(not_kept(&path("period")));
	}
	let (start, end) = provision.period.map(|one| (one.start, one.end)).unwrap_or_default();
	if start.is_some() {
		let text = "the grant begins when the patient gives it; leave out the start";
		issues.push(wrong(&path("period.start"), text));
	}
	let until = end.map(|end| {
		let named = end.value.as_deref().and_then(period);
		named.and_then(|named| Moment::try_from(named.until).ok())
	});
	if until == Some(None) {
		issues.push(wrong(&path("period.end"), "give a date, with or without a time of day"));
	}

	let purposes = purposes(&provision.purpose);
	if purposes.is_none() {
		let text = format!("give purposes of {ACT_REASON}, such as TREAT, but not BTG");
		issues.push(wrong(&path("purpose"), text));
	}

	let actions = actions(&provision.action);
	if actions.is_none() {
		issues.push(wrong(&path("action"), "give access, collect or disclose"));
	}

	let scope = scope(&provision.code, &provision.data, base).map_err(|issue| issues.push(issue));
	Some(RequestTerms {
		scope: scope.ok()?,
		purposes: purposes?,
		actions: actions?,
		until: until.flatten(),
	})
}

/// Reads the purposes that are asked for; `None` if there are none, or if one cannot be asked for.
fn purposes(codes: &[r4::Coding]) -> Option<Purposes> {
	let all: Option<Vec<_>> = codes
		.iter()
		.map(|one| {
			text(&one.code)
				.filter(|_| text(&one.system) == Some(ACT_REASON))
				.and_then(purpose_of)
				.filter(|purpose| *purpose != Purpose::BTG)
		})
		.collect();
	let mut all = all.filter(|all| !all.is_empty())?;
	all.sort_unstable();
	all.dedup();
	Purposes::try_from(all).ok()
}

/// Reads the actions that are asked for; `None` if one is unknown.
fn actions(concepts: &[CodeableConcept]) -> Option<Actions> {
	let mut all = concepts.iter().map(action_of).collect::<Option<Vec<_>>>()?;
	all.sort_unstable();
	all.dedup();
	// As the usual client means it. It never asks for more than it says.
	if all.is_empty() {
		all.push(Action::Read);
	}
	Actions::try_from(all).ok()
}

/// Reads which records are asked for: all records, one, or the records of some categories.
fn scope(
	codes: &[CodeableConcept],
	data: &[r4::ConsentProvisionData],
	base: &str,
) -> Result<Scope, Issue> {
	const CODE: &str = "Consent.provision.code";
	const DATA: &str = "Consent.provision.data";
	match (codes, data) {
		([], []) => Ok(Scope::Everything),
		(codes, []) => {
			let category = |concept: &CodeableConcept| {
				one_of(concept, |system, code| category_of(Some(system), code))
			};
			let mut all: Vec<_> =
				codes.iter().map(category).collect::<Option<_>>().ok_or_else(|| {
					wrong(CODE, format!("this is not a category here; give {}", category_codes()))
				})?;
			all.sort_unstable();
			all.dedup();
			let too_many = || wrong(CODE, "these are too many categories; leave out code for all");
			Ok(Scope::Categories(Categories::try_from(all).map_err(|_| too_many())?))
		}
		([], [one]) => {
			let is_instance = text(&one.meaning) == Some("instance");
			let named = one.reference.as_ref().filter(|_| is_instance);
			let named = named.and_then(|named| document(named, base));
			named.ok_or_else(|| wrong(DATA, "give instance and one DocumentReference/ with its id"))
		}
		([], _) => Err(wrong(DATA, "a request is for one record; send several requests")),
		_ => Err(wrong(DATA, "give code or data, not both")),
	}
}

/// Returns the record or version that a reference names.
fn document(named: &Reference, base: &str) -> Option<Scope> {
	if !can_be(named, "DocumentReference") || named.identifier.is_some() {
		return None;
	}
	let named = text(&named.reference)?;
	let own = named.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
	let id = own.unwrap_or(named).strip_prefix("DocumentReference/")?;
	Some(match id.split_once("/_history/") {
		Some((id, version)) => {
			Scope::Version { record: id::parse_document(id)?, version: id::parse_number(version)? }
		}
		None => Scope::Record(id::parse_document(id)?),
	})
}

#[cfg(test)]
mod tests;
