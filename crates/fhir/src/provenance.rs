//! Provenance: who added a version of a record, and who attested it.

use std::fmt::Display;

use salus_primitives::{
	Attestation, AttestationStatus, Moment, OrganisationId, ReasonCode, RecordDetails, Verdict,
	VersionDetails,
};
use serde_json::{json, Value};

use crate::{
	code::{coding, reference, system},
	id,
	search::{Indexed, Searchable},
	time::{instant, Period},
};

/// Code system of the agents' parts.
const PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";

/// Number of the act by which a version is added, the first one.
const ADDED: usize = 0;

/// An act on a version of a record.
#[derive(Debug, PartialEq)]
pub struct Provenance {
	/// Id of the Provenance: the version's id, a dot, and the number of the act.
	pub id: String,
	/// Provenance as JSON.
	pub resource: Value,
	at: Moment,
	document: String,
	agent: String,
}

/// Fields of every act.
struct Act<'a> {
	number: usize,
	at: Moment,
	/// Code and display of the agent's part.
	part: (&'a str, &'a str),
	agent: String,
	organisation: OrganisationId,
	activity: Value,
	reason: Option<Value>,
}

/// Returns the id of an act on the version that has this Binary.
fn of_version(binary: &str, number: usize) -> String {
	format!("{binary}.{number}")
}

/// Returns the id of the act by which the version that has this Binary was added.
pub(crate) fn added(binary: &str) -> String {
	of_version(binary, ADDED)
}

/// Returns the acts on a version, the oldest first.
pub fn acts<AccountId: Display>(
	details: &RecordDetails<AccountId>,
	version: &VersionDetails<AccountId>,
	status: &AttestationStatus<AccountId>,
) -> Vec<Provenance> {
	let data_operation =
		coding("http://terminology.hl7.org/CodeSystem/v3-DataOperation", "CREATE", "create");
	let added = Act {
		number: ADDED,
		at: version.info.registered,
		part: ("author", "Author"),
		agent: version.info.author.to_string(),
		organisation: version.info.organisation,
		activity: json!({ "coding": [data_operation] }),
		reason: None,
	};
	let attested = status.attestations.iter().enumerate().map(|(index, (account, said))| Act {
		number: index.saturating_add(1),
		at: said.at,
		part: ("verifier", "Verifier"),
		agent: account.to_string(),
		organisation: said.organisation,
		activity: verdict(said),
		reason: Some(reason(said.reason)),
	});
	let all = std::iter::once(added).chain(attested);
	all.map(|act| of(details, version, act)).collect()
}

fn of<AccountId>(
	details: &RecordDetails<AccountId>,
	version: &VersionDetails<AccountId>,
	act: Act<'_>,
) -> Provenance {
	let id = of_version(&id::binary(&details.id, version.version), act.number);
	let document = id::document(&details.id);
	let target = format!("{document}/_history/{}", version.version);
	let mut resource = json!({
		"resourceType": "Provenance",
		"id": id,
		"meta": { "lastUpdated": instant(act.at) },
		"target": [reference("DocumentReference", target)],
		"recorded": instant(act.at),
		"activity": act.activity,
		"agent": [{
			"type": { "coding": [coding(PARTICIPANT, act.part.0, act.part.1)] },
			"who": reference("Practitioner", &act.agent),
			"onBehalfOf": reference("Organization", act.organisation),
		}],
	});
	if let (Some(reason), Some(members)) = (act.reason, resource.as_object_mut()) {
		members.insert("reason".into(), json!([reason]));
	}
	Provenance { id, resource, at: act.at, document, agent: act.agent }
}

fn verdict(said: &Attestation) -> Value {
	let (code, display) = match said.verdict {
		Verdict::Confirmed => ("confirmed", "Confirmed"),
		Verdict::Rejected => ("rejected", "Rejected"),
	};
	json!({ "coding": [coding(&system("verdict"), code, display)] })
}

fn reason(reason: ReasonCode) -> Value {
	let (code, display) = match reason {
		ReasonCode::Reviewed => ("reviewed", "Reviewed and found in order"),
		ReasonCode::WrongPatient => ("wrong-patient", "About another patient"),
		ReasonCode::WrongCategory => ("wrong-category", "Filed under the wrong category"),
		ReasonCode::Incomplete => ("incomplete", "Parts are missing"),
		ReasonCode::Unreadable => ("unreadable", "Cannot be read"),
		ReasonCode::Duplicate => ("duplicate", "Registered elsewhere"),
		ReasonCode::CredentialUnverified => {
			("credential-unverified", "The credential could not be verified")
		}
		ReasonCode::Other => ("other", "Other"),
	};
	json!({ "coding": [coding(&system("reason"), code, display)] })
}

impl Searchable for Provenance {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		let reference = |resource, id: &String| Indexed::Reference { resource, id: id.clone() };
		match parameter {
			"_id" => vec![Indexed::Token { system: String::new(), code: self.id.clone() }],
			"_lastUpdated" | "recorded" => vec![Indexed::Date(Period::of(self.at))],
			"target" => vec![reference("DocumentReference", &self.document)],
			"agent" => vec![reference("Practitioner", &self.agent)],
			_ => vec![],
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::document::tests::details;

	#[test]
	fn a_version_has_an_author_and_verifiers() {
		let details = details();
		let status = AttestationStatus {
			threshold: 1,
			attestations: vec![(
				9,
				Attestation {
					organisation: 3,
					verdict: Verdict::Rejected,
					reason: ReasonCode::WrongPatient,
					at: 1_640_684_940_000,
					expires: None,
				},
			)],
		};
		let acts = acts(&details, &details.versions[0], &status);
		let [added, attested] = &acts[..] else { panic!("{acts:?}") };
		assert!(id::is_valid(&added.id) && added.id.ends_with("-1.0"));
		assert_eq!(added.resource["agent"][0]["who"]["reference"], "Practitioner/7");
		let target = format!("DocumentReference/{}/_history/1", "ab".repeat(32));
		assert_eq!(added.resource["target"][0]["reference"], target);
		assert_eq!(added.resource.get("reason"), None);
		assert_eq!(attested.resource["activity"]["coding"][0]["code"], "rejected");
		assert_eq!(attested.resource["reason"][0]["coding"][0]["code"], "wrong-patient");
		assert_eq!(attested.resource["recorded"], "2021-12-28T09:49:00.000Z");
	}
}
