//! An export as a FHIR R4 Bundle of AuditEvents, after the IHE Basic Audit Log Patterns (BALP 1.1).
//!
//! ```text
//! Bundle (collection)
//! ├─ Binary "proof"       JSON, base64: format, genesis, patient, exported,
//! │                       header (base64), nodes (base64)
//! └─ AuditEvent "entry-i" one for each log entry, oldest first
//!     └─ entity[0].detail "salus-log-entry": the entry's SCALE bytes, base64
//! ```
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
//!
//! To check an export by hand, fold the entries' bytes, `head' = blake2_256(head ‖ entry)`, from
//! `archived_head` on. The result is the `head` that the proof shows under `Access.Heads(patient)`
//! in the header's state root, and `blake2_256` of the header is the block's hash.
//! [`LogExport::from_bundle`] also makes each resource again from its entry and compares the two,
//! so that an altered one is detected.

use base64::{engine::general_purpose::STANDARD, Engine};
use codec::{DecodeAll, Encode};
use salus_primitives::{
	Basis, Decision, Hash32, LogEntry, LogEvent, Moment, OrganisationId, Purpose, RequestId,
	SuccessionEvent,
};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::{proof::LogError, LogExport, StateProof};
use crate::{words, Account};

const BASE: &str = "https://github.com/salus-health/salus/fhir";
const PROOF_TYPE: &str = "application/vnd.salus.access-log-proof+json";
const ENTRY_DETAIL: &str = "salus-log-entry";
const AUTHZ: &str =
	"https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent";
const AUTHZ_SUBTYPE: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const LIFECYCLE: &str = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";

/// Content of the Binary.
#[derive(Serialize, Deserialize)]
struct Proof {
	format: u32,
	#[serde(with = "crate::json::hex")]
	genesis: Hash32,
	patient: Account,
	exported: Moment,
	header: String,
	nodes: Vec<String>,
}

const FORMAT: u32 = 1;

impl LogExport {
	/// Returns the export as a FHIR R4 Bundle.
	pub fn to_bundle(&self) -> Value {
		let proof = Proof {
			format: FORMAT,
			genesis: self.genesis,
			patient: self.patient,
			exported: self.exported,
			header: STANDARD.encode(&self.proof.header),
			nodes: self.proof.nodes.iter().map(|node| STANDARD.encode(node)).collect(),
		};
		let binary = json!({
			"resourceType": "Binary",
			"id": "proof",
			"contentType": PROOF_TYPE,
			"data": STANDARD.encode(serde_json::to_string(&proof).unwrap_or_default()),
		});
		let log = format!("{BASE}/log/{}", self.patient);
		let mut entries = vec![json!({ "fullUrl": format!("{log}/proof"), "resource": binary })];
		entries.extend(self.entries.iter().map(|entry| {
			json!({
				"fullUrl": format!("{log}/entry-{}", entry.index),
				"resource": audit_event(&self.genesis, &self.patient, entry),
			})
		}));
		json!({
			"resourceType": "Bundle",
			"type": "collection",
			"identifier": identifier("access-log", &self.patient.to_string()),
			"timestamp": instant(self.exported),
			"entry": entries,
		})
	}

	/// Reads a Bundle of [`LogExport::to_bundle`]. Refuses an AuditEvent that differs from its log
	/// entry. Whether the entries are complete is for [`LogExport::verify`] to say.
	pub fn from_bundle(bundle: &Value) -> Result<Self, LogError> {
		let wrong = LogError::NotAnExport;
		let mut resources = bundle
			.get("entry")
			.and_then(Value::as_array)
			.ok_or(wrong("no Bundle"))?
			.iter()
			.map(|entry| entry.get("resource").unwrap_or(&Value::Null));
		let binary = resources.next().ok_or(wrong("an empty Bundle"))?;
		if binary.get("contentType").and_then(Value::as_str) != Some(PROOF_TYPE) {
			return Err(wrong("its first entry is not a proof"));
		}
		let data = binary
			.get("data")
			.and_then(Value::as_str)
			.and_then(|data| STANDARD.decode(data).ok())
			.ok_or(wrong("its proof cannot be read"))?;
		let proof: Proof =
			serde_json::from_slice(&data).map_err(|_| wrong("its proof cannot be read"))?;
		if proof.format != FORMAT {
			return Err(wrong("it is of a newer release"));
		}
		let bytes =
			|text: &String| STANDARD.decode(text).map_err(|_| wrong("its proof cannot be read"));
		let mut entries = Vec::new();
		for resource in resources {
			let entry = entry_of(resource).ok_or(wrong("a resource carries no log entry"))?;
			if *resource != audit_event(&proof.genesis, &proof.patient, &entry) {
				return Err(LogError::Altered(entry.index));
			}
			entries.push(entry);
		}
		let export = Self {
			genesis: proof.genesis,
			patient: proof.patient,
			exported: proof.exported,
			entries,
			proof: StateProof {
				header: bytes(&proof.header)?,
				nodes: proof.nodes.iter().map(bytes).collect::<Result<_, _>>()?,
			},
		};
		// Everything around the resources is made again, too.
		if export.to_bundle() != *bundle {
			return Err(wrong("it was altered around the entries"));
		}
		Ok(export)
	}
}

/// Returns the log entry that a resource carries.
fn entry_of(resource: &Value) -> Option<LogEntry<Account>> {
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

fn coding(system: &str, code: &str, display: &str) -> Value {
	json!({ "system": system, "code": code, "display": display })
}

fn identifier(of: &str, value: &str) -> Value {
	json!({ "system": format!("{BASE}/{of}"), "value": value })
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
fn agents(genesis: &str, actor: &Account, organisation: Option<OrganisationId>) -> [Value; 3] {
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
/// Its texts are part of an export's format: [`LogExport::from_bundle`] makes each resource again
/// and compares the two. So the words that it uses must not change.
fn audit_event(genesis: &Hash32, patient: &Account, entry: &LogEntry<Account>) -> Value {
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
			other_event(event, patient_entity),
			json!({ "agent": [user, organisation, authorizer] }),
		),
	};
	with(common(&genesis, entry), of_event)
}

/// Returns what all resources have in common.
fn common(genesis: &str, entry: &LogEntry<Account>) -> Value {
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
fn patient_entity(patient: &Account, entry: &LogEntry<Account>) -> Value {
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
fn reader_agent(reader: &Account) -> Value {
	let account = reference("account", &reader.to_string());
	agent(coding(DICOM, "110152", "Destination Role ID"), account, true)
}

/// Returns what an event other than a request or release adds, but for its agents.
fn other_event(event: &LogEvent, patient_entity: Value) -> Value {
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
			"outcomeDesc": words::succession_event(event),
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
fn consent_id(patient: &Account, decision: &Decision) -> String {
	match decision {
		Decision::Permit(Basis::Grant(id)) => format!("{patient}/grant/{id}"),
		Decision::Permit(Basis::Guardian(id)) => format!("{patient}/guardian/{id}"),
		Decision::Deny(salus_primitives::DenyReason::Denied(id)) => {
			format!("{patient}/denial/{id}")
		}
		_ => patient.to_string(),
	}
}

/// Formats a moment as in FHIR (RFC 3339, UTC).
fn instant(at: Moment) -> String {
	const DAY: u64 = 24 * 60 * 60 * 1_000;
	let (days, rest) = (at / DAY, at % DAY);
	let (seconds, millis) = (rest / 1_000, rest % 1_000);
	// Days since 1970 as a Gregorian date, in years that begin in March.
	let shifted = days + 719_468;
	let (era, of_era) = (shifted / 146_097, shifted % 146_097);
	let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
	let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	let shifted_month = (5 * of_year + 2) / 153;
	let day = of_year - (153 * shifted_month + 2) / 5 + 1;
	let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
	let year = year_of_era + era * 400 + u64::from(month <= 2);
	format!(
		"{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{millis:03}Z",
		seconds / 3_600,
		seconds / 60 % 60,
		seconds % 60
	)
}

#[cfg(test)]
mod tests {
	use super::instant;

	#[test]
	fn moments_are_written_as_dates() {
		for (at, text) in [
			(0, "1970-01-01T00:00:00.000Z"),
			(951_782_400_000, "2000-02-29T00:00:00.000Z"),
			(1_640_598_540_123, "2021-12-27T09:49:00.123Z"),
			(4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
			(4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
		] {
			assert_eq!(instant(at), text);
		}
	}
}
