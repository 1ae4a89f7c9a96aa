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
//! Each AuditEvent is made by [`salus_fhir::audit`].
//!
//! To check an export by hand, fold the entries' bytes, `head' = blake2_256(head ‖ entry)`, from
//! `archived_head` on. The result is the `head` that the proof shows under `Access.Heads(patient)`
//! in the header's state root, and `blake2_256` of the header is the block's hash.
//! [`LogExport::from_bundle`] also makes each resource again from its entry and compares the two,
//! so that an altered one is detected.

use base64::{engine::general_purpose::STANDARD, Engine};
use salus_fhir::{
	audit,
	code::{identifier, BASE},
	time::instant,
};
use salus_primitives::{Hash32, Moment};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::{proof::LogError, LogExport, StateProof};
use crate::Account;

const PROOF_TYPE: &str = "application/vnd.salus.access-log-proof+json";

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
				"resource": audit::event(&self.genesis, &self.patient, entry),
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
	/// entry. [`LogExport::verify`] checks whether the entries are complete.
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
			let entry = audit::entry(resource).ok_or(wrong("a resource carries no log entry"))?;
			if *resource != audit::event(&proof.genesis, &proof.patient, &entry) {
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
