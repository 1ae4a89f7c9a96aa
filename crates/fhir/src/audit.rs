//! AuditEvent: entries of the access log, after the IHE Basic Audit Log Patterns (BALP 1.1).
//!
//! | entry | type | subtype | outcome |
//! |---|---|---|---|
//! | requested | DCM 110113 | `AuthZ-Consent` (pattern `AuthZconsent`) | 0 permit, 8 deny |
//! | released | DCM 110106 | ISO 21089 `disclose` | 0 |
//! | emergency opened | DCM 110113 | DCM 110127 | 0 |
//! | emergency reviewed | DCM 110113 | `emergency-reviewed` | 0 justified, 8 not |
//! | lost key | DCM 110113 | DCM 110137 | 0 |
//!
//! The reader's application and its address are marked as absent, because the chain does not know
//! them. Accounts, organisations and the rest are identifiers under this project's address; there
//! are no names.

use std::fmt::Display;

use base64::{engine::general_purpose::STANDARD, Engine};
use codec::{Decode, DecodeAll, Encode};
use salus_primitives::{
	Basis, Decision, DenyReason, Hash32, LogEntry, LogEvent, OrganisationId, Purpose, RequestId,
	SuccessionEvent,
};
use serde_json::{json, Value};

use crate::{
	code::{coding, identifier, ACT_REASON, BASE},
	time::instant,
	words,
};

const ENTRY_DETAIL: &str = "salus-log-entry";
const AUTHZ: &str =
	"https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent";
const AUTHZ_SUBTYPE: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const LIFECYCLE: &str = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";

/// Returns the log entry that a resource carries.
pub fn entry<AccountId: Decode>(resource: &Value) -> Option<LogEntry<AccountId>> {
	let text = resource
		.get("entity")?
		.as_array()?
		.iter()
		.filter_map(|entity| entity.get("detail")?.as_array())
		.flatten()
		.find(|detail| detail.get("type").and_then(Value::as_str) == Some(ENTRY_DETAIL))?
		.get("valueBase64Binary")?
		.as_str()?;
	LogEntry::decode_all(&mut &STANDARD.decode(text).ok()?[..]).ok()
}

fn reference(of: &str, value: &str) -> Value {
	json!({ "identifier": identifier(of, value) })
}

fn detail(of: &str, value: impl ToString) -> Value {
	json!({ "type": of, "valueString": value.to_string() })
}

fn agent(kind: Value, who: Value, requestor: bool) -> Value {
	json!({ "type": { "coding": [kind] }, "who": who, "requestor": requestor })
}

fn purpose_of_use(purpose: Purpose) -> Value {
	json!([{ "coding": [{ "system": ACT_REASON, "code": format!("{purpose:?}") }] }])
}

/// Adds members to an object.
fn with(mut object: Value, members: Value) -> Value {
	if let (Some(object), Value::Object(members)) = (object.as_object_mut(), members) {
		object.extend(members);
	}
	object
}

/// Returns the parties of every kind of event, except the client application.
fn agents(genesis: &str, actor: &impl Display, organisation: Option<OrganisationId>) -> [Value; 3] {
	let user = agent(
		coding(
			"http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
			"IRCP",
			"information recipient",
		),
		reference("account", &actor.to_string()),
		true,
	);
	let organisation = match organisation {
		Some(number) => reference("organisation", &number.to_string()),
		None => json!({ "display": "acting for no organisation" }),
	};
	let organisation = agent(
		coding("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV", "healthcare provider"),
		organisation,
		false,
	);
	let authorizer = agent(
		coding(
			"http://terminology.hl7.org/CodeSystem/extra-security-role-type",
			"authserver",
			"authorization server",
		),
		reference("chain", genesis),
		false,
	);
	[user, organisation, authorizer]
}

/// Returns the reader's application, which the chain does not know.
fn client_agent() -> Value {
	let absent = json!({ "extension": [{
		"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
		"valueCode": "unknown",
	}] });
	with(
		agent(
			coding(DICOM, "110150", "Application"),
			json!({ "display": "not known to the chain" }),
			false,
		),
		json!({ "network": { "_address": absent } }),
	)
}

/// Returns an entry as an AuditEvent.
///
/// Its texts are part of an export's format: a reader of one makes each resource again and
/// compares the two. So the words that it uses must not change.
pub fn event<AccountId: Display + Encode + From<[u8; 32]>>(
	genesis: &Hash32,
	patient: &AccountId,
	entry: &LogEntry<AccountId>,
) -> Value {
	let genesis = format!("0x{}", hex::encode(genesis));
	let patient_entity = patient_entity(patient, entry);
	let [user, organisation, authorizer] = agents(&genesis, &entry.actor, entry.organisation);
	let of_event = match &entry.event {
		LogEvent::Requested { request, record, version, purpose, decision } => {
			let purposes = purpose_of_use(*purpose);
			let user = with(user, json!({ "purposeOfUse": purposes }));
			let decided = match decision {
				Decision::Permit(_) => json!({ "outcome": "0" }),
				Decision::Deny(reason) => {
					json!({ "outcome": "8", "outcomeDesc": words::deny_reason(reason) })
				}
			};
			let consent = json!({
				"what": { "type": "Consent", "identifier": identifier("consent", &consent_id(patient, decision)) },
				"type": coding("http://hl7.org/fhir/resource-types", "Consent", "Consent"),
				"detail": [
					detail("request", request),
					detail("record", record),
					detail("version", version),
					detail("decision", words::decision(decision)),
				],
			});
			let event = json!({
				"meta": { "profile": [AUTHZ] },
				"type": coding(DICOM, "110113", "Security Alert"),
				"subtype": [coding(AUTHZ_SUBTYPE, "AuthZ-Consent", "Authorization Decision using Roles and Consent")],
				"action": "E",
				"purposeOfEvent": purposes,
				"agent": [client_agent(), user, organisation, authorizer],
				"entity": [patient_entity, consent],
			});
			with(event, decided)
		}
		LogEvent::Released { request } => json!({
			"type": coding(DICOM, "110106", "Export"),
			"subtype": [coding(LIFECYCLE, "disclose", "Disclose Record Lifecycle Event")],
			"action": "R",
			"outcome": "0",
			"outcomeDesc": "enough hospitals released the key: the reader could open the record",
			"agent": [committee_agent(&genesis), reader_agent(&entry.actor), organisation],
			"entity": [patient_entity, request_entity(*request)],
		}),
		event => with(
			other_event::<AccountId>(event, patient_entity),
			json!({ "agent": [user, organisation, authorizer] }),
		),
	};
	with(common(&genesis, entry), of_event)
}

/// Returns what all resources have in common.
fn common<AccountId>(genesis: &str, entry: &LogEntry<AccountId>) -> Value {
	json!({
		"resourceType": "AuditEvent",
		"id": format!("entry-{}", entry.index),
		"recorded": instant(entry.at),
		"source": {
			"site": genesis,
			"observer": reference("chain", genesis),
			"type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "6", "Security Server")],
		},
	})
}

/// Returns the patient as an entity, which carries the log entry.
fn patient_entity<AccountId: Display + Encode>(
	patient: &AccountId,
	entry: &LogEntry<AccountId>,
) -> Value {
	json!({
		"what": { "type": "Patient", "identifier": identifier("account", &patient.to_string()) },
		"type": coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "1", "Person"),
		"role": coding("http://terminology.hl7.org/CodeSystem/object-role", "1", "Patient"),
		"detail": [
			detail("index", entry.index),
			detail("block", entry.block),
			{ "type": ENTRY_DETAIL, "valueBase64Binary": STANDARD.encode(entry.encode()) },
		],
	})
}

/// Returns the committee, as the source of a released key.
fn committee_agent(genesis: &str) -> Value {
	agent(coding(DICOM, "110153", "Source Role ID"), reference("chain", genesis), false)
}

/// Returns the reader, as the destination of a released key.
fn reader_agent(reader: &impl Display) -> Value {
	let account = reference("account", &reader.to_string());
	agent(coding(DICOM, "110152", "Destination Role ID"), account, true)
}

/// Returns what an event other than a request or release adds, but for its agents.
fn other_event<AccountId: Display + From<[u8; 32]>>(
	event: &LogEvent,
	patient_entity: Value,
) -> Value {
	match event {
		LogEvent::EmergencyOpened { case, reason, statement, until } => json!({
			"type": coding(DICOM, "110113", "Security Alert"),
			"subtype": [coding(DICOM, "110127", "Emergency Override Started")],
			"action": "E",
			"outcome": "0",
			"purposeOfEvent": purpose_of_use(Purpose::BTG),
			"entity": [patient_entity, {
				"what": reference("emergency-case", &case.to_string()),
				"detail": [
					detail("reason", words::emergency_reason(*reason)),
					detail("statement-sha256", hex::encode(statement)),
					detail("until", instant(*until)),
				],
			}],
		}),
		LogEvent::EmergencyReviewed { case, reviewer, justified } => json!({
			"type": coding(DICOM, "110113", "Security Alert"),
			"subtype": [coding(&format!("{BASE}/CodeSystem/log-event"), "emergency-reviewed", "Emergency Override Reviewed")],
			"action": "E",
			"outcome": if *justified { "0" } else { "8" },
			"outcomeDesc": if *justified { "justified" } else { "not justified" },
			"entity": [patient_entity, {
				"what": reference("emergency-case", &case.to_string()),
				"detail": [detail("reviewed-as", words::reviewer(*reviewer))],
			}],
		}),
		LogEvent::Succession(event) => json!({
			"type": coding(DICOM, "110113", "Security Alert"),
			"subtype": [coding(DICOM, "110137", "User Security Attributes Changed")],
			"action": if matches!(event, SuccessionEvent::Completed { .. }) { "U" } else { "E" },
			"outcome": "0",
			"outcomeDesc": words::succession_event::<AccountId>(event),
			"entity": [patient_entity],
		}),
		LogEvent::Withdrawn { record, reason } => json!({
			"type": coding(DICOM, "110110", "Patient Record"),
			"subtype": [coding(LIFECYCLE, "deprecate", "Deprecate Record Lifecycle Event")],
			"action": "U",
			"outcome": "0",
			"outcomeDesc": words::reason_code(*reason),
			"entity": [patient_entity, { "what": reference("record", &record.to_string()) }],
		}),
		// These have more members, and are made by the caller.
		LogEvent::Requested { .. } | LogEvent::Released { .. } => Value::Null,
	}
}

fn request_entity(request: RequestId) -> Value {
	json!({ "what": reference("request", &request.to_string()) })
}

/// Returns the identifier of the consent that decided.
fn consent_id(patient: &impl Display, decision: &Decision) -> String {
	match decision {
		Decision::Permit(Basis::Grant(id)) => format!("{patient}/grant/{id}"),
		Decision::Permit(Basis::Guardian(id)) => format!("{patient}/guardian/{id}"),
		Decision::Deny(DenyReason::Denied(id)) => {
			format!("{patient}/denial/{id}")
		}
		_ => patient.to_string(),
	}
}
