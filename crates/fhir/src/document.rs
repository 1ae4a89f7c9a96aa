//! DocumentReference: a version of a record.

use std::fmt::Display;

use salus_primitives::{
	DecidedRecord, Moment, Record, RecordDetails, RecordEntry, RecordId, Version, VersionInfo,
	VersionState,
};
use serde_json::{json, Value};

use crate::{
	code::{self, reference, BASE},
	id,
	incoming::UNKNOWN_TYPE,
	search::{self, Indexed, Searchable},
	time::{instant, Period},
};

/// System of identifiers that are addresses.
const ADDRESS: &str = "urn:ietf:rfc:3986";

/// Extension with the size of a version's sealed content, in bytes. The chain does not know the
/// content's own size.
pub const SEALED_SIZE: &str =
	"https://github.com/salus-health/salus/fhir/StructureDefinition/sealed-size";

/// Status of a version that was withdrawn or rejected.
const ENTERED_IN_ERROR: &str = "entered-in-error";

/// IHE's profile of documents that are shared: MHD, Minimal Metadata.
pub const MINIMAL: &str =
	"https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Minimal.DocumentReference";

/// One version of a live record.
pub struct Document<'a, AccountId> {
	id: &'a RecordId,
	record: &'a Record<AccountId>,
	number: Version,
	version: &'a VersionInfo<AccountId>,
}

impl<'a, AccountId: Display> Document<'a, AccountId> {
	/// Returns the latest version of a record; `None` if it was erased.
	pub fn latest(details: &'a RecordDetails<AccountId>) -> Option<Self> {
		let RecordEntry::Live(record) = &details.entry else { return None };
		Self::version(details, record.latest)
	}

	/// Returns a version of a record; `None` if there is none, or the record was erased.
	pub fn version(details: &'a RecordDetails<AccountId>, number: Version) -> Option<Self> {
		let RecordEntry::Live(record) = &details.entry else { return None };
		let version = details.versions.iter().find(|one| one.version == number)?;
		Some(Self { id: &details.id, record, number, version: &version.info })
	}

	/// Returns the latest version of a record that was decided on; `None` if it was erased.
	pub fn decided(decided: &'a DecidedRecord<AccountId>) -> Option<Self> {
		let RecordEntry::Live(record) = &decided.entry else { return None };
		let version = decided.latest.as_ref()?;
		Some(Self { id: &decided.id, record, number: record.latest, version })
	}

	/// Returns its id.
	pub fn id(&self) -> String {
		id::document(self.id)
	}

	/// Returns its number.
	pub fn number(&self) -> Version {
		self.number
	}

	/// Returns when it was registered, in milliseconds since 1970.
	pub fn registered(&self) -> Moment {
		self.version.registered
	}

	fn status(&self) -> &'static str {
		match self.version.state {
			VersionState::Rejected | VersionState::Withdrawn => ENTERED_IN_ERROR,
			_ if self.number < self.record.latest => "superseded",
			_ => "current",
		}
	}

	/// Returns the record's number, as an identifier.
	fn record_number(&self) -> String {
		format!("0x{}", hex::encode(self.id.0))
	}

	/// Returns the address of the content.
	fn address(&self) -> String {
		format!("ipfs://{}", self.version.content.root)
	}

	/// Returns the resource. `base` is the address of the server's FHIR endpoint.
	pub fn resource(&self, base: &str) -> Value {
		let Self { id, record, number, version } = self;
		let label = code::confidentiality(record.confidentiality);
		let status = self.status();
		let mut meta = json!({
			"versionId": number.to_string(),
			"lastUpdated": instant(version.registered),
			"security": [label],
		});
		// The profile knows no document that was withdrawn or rejected.
		if let (true, Some(members)) = (status != ENTERED_IN_ERROR, meta.as_object_mut()) {
			members.insert("profile".into(), json!([MINIMAL]));
		}
		let mut document = json!({
			"resourceType": "DocumentReference",
			"id": self.id(),
			"meta": meta,
			"masterIdentifier": {
				"use": "usual",
				"system": ADDRESS,
				"value": self.address(),
			},
			"identifier": [code::identifier("record", &self.record_number())],
			"status": status,
			"category": [code::category(record.category)],
			"subject": reference("Patient", &record.patient),
			"date": instant(version.registered),
			"author": [
				reference("Practitioner", &version.author),
				reference("Organization", version.organisation),
			],
			"custodian": reference("Organization", version.organisation),
			"securityLabel": [{ "coding": [label] }],
			"content": [{
				"attachment": {
					"extension": [{ "url": SEALED_SIZE, "valueDecimal": version.content.size }],
					"contentType": UNKNOWN_TYPE,
					"url": format!("{base}/Binary/{}", id::binary(id, *number)),
				},
			}],
		});
		// Only its organisation's records admins attest it. MHD forbids docStatus.
		if let (VersionState::Attested, Some(members)) = (version.state, document.as_object_mut()) {
			members.insert("authenticator".into(), reference("Organization", version.organisation));
		}
		document
	}
}

impl<AccountId: Display> Searchable for Document<'_, AccountId> {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		let Self { id, record, version, .. } = self;
		let token = |system: &str, code: &str| Indexed::Token {
			system: system.to_owned(),
			code: code.to_owned(),
		};
		let organisation = || Indexed::Reference {
			resource: "Organization",
			id: version.organisation.to_string(),
		};
		match parameter {
			"_id" => vec![token("", &id::document(id))],
			"_lastUpdated" | "date" => vec![Indexed::Date(Period::of(version.registered))],
			"identifier" => vec![
				token(ADDRESS, &self.address()),
				token(&format!("{BASE}/record"), &self.record_number()),
			],
			"category" | "type" => tokens(&code::category(record.category)),
			"security-label" => {
				tokens(&json!({ "coding": [code::confidentiality(record.confidentiality)] }))
			}
			"status" => {
				vec![token("http://hl7.org/fhir/document-reference-status", self.status())]
			}
			"author" => vec![
				Indexed::Reference { resource: "Practitioner", id: version.author.to_string() },
				organisation(),
			],
			"custodian" => vec![organisation()],
			"patient.identifier" => {
				vec![token(&format!("{BASE}/account"), &record.patient.to_string())]
			}
			"patient" => {
				vec![Indexed::Reference { resource: "Patient", id: record.patient.to_string() }]
			}
			_ => vec![],
		}
	}
}

/// Returns whether a document can have the identifier of a search. Those under which clients add
/// documents are not kept, and no search finds them.
pub fn can_have(identifier: &search::Value) -> bool {
	let search::Value::Token { system, code } = identifier else { return false };
	match (system, code) {
		(Some(system), _) => *system == ADDRESS || *system == format!("{BASE}/record"),
		(None, Some(code)) => code.starts_with("ipfs://") || code.starts_with("0x"),
		(None, None) => false,
	}
}

/// Returns the codings of a CodeableConcept.
pub(crate) fn tokens(concept: &Value) -> Vec<Indexed> {
	let codings = concept.get("coding").and_then(Value::as_array).into_iter().flatten();
	codings
		.map(|coding| {
			let text = |name: &str| {
				coding.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
			};
			Indexed::Token { system: text("system"), code: text("code") }
		})
		.collect()
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::{
		capability::resource,
		incoming,
		search::{Handling, Query},
	};
	use salus_primitives::{Category, Cid, Confidentiality, Content, VersionDetails};

	pub(crate) fn details() -> RecordDetails<u64> {
		let version = |version: u32, registered: u64, state| VersionDetails {
			version,
			info: VersionInfo {
				content: Content {
					root: Cid::new(0x70, [9; 32]),
					size: 1_234,
					commitment: [1; 32],
				},
				author: 7,
				organisation: 2,
				block: 5,
				registered,
				state,
				replicas: 1,
				wraps: 1,
			},
			replicas: vec![],
			sealed_to: Some(1),
		};
		RecordDetails {
			id: RecordId([0xab; 32]),
			entry: RecordEntry::Live(Record {
				patient: 4,
				author: 7,
				organisation: 2,
				category: Category::Laboratory,
				confidentiality: Confidentiality::Restricted,
				latest: 2,
				created: 1_000,
				wraps: 2,
			}),
			versions: vec![
				version(1, 1_640_598_540_123, VersionState::Attested),
				version(2, 1_640_684_940_000, VersionState::Stored),
			],
		}
	}

	#[test]
	fn a_version_is_a_document() {
		let details = details();
		let latest = Document::latest(&details).unwrap().resource("https://example.org/fhir");
		assert_eq!(latest["id"], "ab".repeat(32));
		assert_eq!(
			(&latest["status"], &latest["meta"]["versionId"]),
			(&json!("current"), &json!("2"))
		);
		assert_eq!(latest["date"], "2021-12-28T09:49:00.000Z");
		assert_eq!(latest["subject"]["reference"], "Patient/4");
		assert_eq!(latest["category"][0]["coding"][1]["code"], "11502-2");
		assert_eq!(latest["securityLabel"][0]["coding"][0]["code"], "R");
		assert_eq!(latest.get("authenticator"), None);
		assert_eq!(latest["masterIdentifier"]["use"], "usual");
		assert_eq!(latest["meta"]["profile"], json!([MINIMAL]));
		let url = latest["content"][0]["attachment"]["url"].as_str().unwrap();
		let named = id::parse_binary(url.rsplit('/').next().unwrap());
		assert_eq!(named, Some((details.id, 2)));

		let first = Document::version(&details, 1).unwrap().resource("");
		assert_eq!(first["status"], "superseded");
		assert_eq!(first["authenticator"]["reference"], "Organization/2");
		// The profile has none.
		assert_eq!(first.get("docStatus"), None);
		assert!(Document::version(&details, 3).is_none());
	}

	#[test]
	fn a_withdrawn_document_declares_no_profile() {
		let mut details = details();
		for state in [VersionState::Rejected, VersionState::Withdrawn] {
			for version in &mut details.versions {
				version.info.state = state;
			}
			let latest = Document::latest(&details).unwrap().resource("");
			assert_eq!(latest["status"], "entered-in-error");
			assert_eq!(latest["meta"].get("profile"), None);
		}
	}

	#[test]
	fn a_document_that_was_read_can_be_sent_back() {
		let details = details();
		for number in [1, 2] {
			let mut read = Document::version(&details, number).unwrap().resource("https://x/fhir");
			read["status"] = json!("current");
			read["content"][0]["attachment"] =
				json!({ "contentType": "text/plain", "data": "YWxsIGlzIHdlbGw=" });
			// Answers of earlier servers had it.
			for status in [None, Some("final")] {
				if let Some(status) = status {
					read["docStatus"] = json!(status);
				}
				let sent = incoming::document(&read.to_string(), "https://x/fhir").unwrap();
				assert_eq!(sent.id, Some(id::document(&details.id)));
				assert_eq!(sent.confidentiality, Confidentiality::Restricted);
			}
		}
	}

	#[test]
	fn a_document_has_identifiers_of_the_chain_alone() {
		let named = |text: &str| {
			let pairs = [("identifier".to_owned(), text.to_owned())];
			let documents = resource("DocumentReference").unwrap();
			let query =
				Query::parse(documents, &pairs, Handling::Strict, "https://x/fhir").unwrap();
			can_have(&query.criteria[0].values[0])
		};
		for own in ["0xab", "ipfs://b", "urn:ietf:rfc:3986|ipfs://b"] {
			assert!(named(own), "{own}");
		}
		assert!(named(&format!("{BASE}/record|")));
		for other in ["77", "urn:oid:2.16.840.1.113883.19.5|77", "|0xab"] {
			assert!(!named(other), "{other}");
		}
	}

	#[test]
	fn a_document_is_found_by_its_parameters() {
		let details = details();
		let document = Document::latest(&details).unwrap();
		let matches = |name: &str, text: &str| {
			let pairs = [(name.to_owned(), text.to_owned())];
			let documents = resource("DocumentReference").unwrap();
			Query::parse(documents, &pairs, Handling::Strict, "https://x/fhir")
				.unwrap()
				.matches(&document)
		};
		for (name, text, expected) in [
			("category", "laboratory", true),
			("category", "http://loinc.org|11502-2", true),
			("category", "imaging,laboratory", true),
			("category", "imaging", false),
			("category:not", "imaging", true),
			("type", "http://loinc.org|11502-2", true),
			("type", "imaging", false),
			("identifier", &format!("{BASE}/record|0x{}", "ab".repeat(32)), true),
			("identifier", &format!("0x{}", "ab".repeat(32)), true),
			("identifier", &format!("urn:ietf:rfc:3986|{}", document.address()), true),
			("identifier", &format!("urn:ietf:rfc:3986|0x{}", "ab".repeat(32)), false),
			("date", "2021-12-28", true),
			("date", "ge2021-12-28T09:49:00Z", true),
			("date", "gt2021-12-28", false),
			("date", "lt2021", false),
			("status", "current", true),
			("author", "Practitioner/7", true),
			("author", "Organization/2", true),
			("author", "Practitioner/2", false),
			("custodian", "2", true),
			("security-label", "R", true),
			("_id", &"ab".repeat(32), true),
			("_id", &"ac".repeat(32), false),
			("author:missing", "true", false),
			("patient", "Patient/4", true),
			("patient.identifier", "4", true),
			("patient.identifier", "https://example.org|4", false),
		] {
			assert_eq!(matches(name, text), expected, "{name}={text}");
		}
	}
}
