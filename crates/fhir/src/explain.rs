//! Parameters that say who may open a record, and why.

use salus_primitives::Purpose;
use serde_json::{json, Value};

use crate::code::ACT_REASON;

/// A decision, in words.
pub struct Explained<'a> {
	/// Whether it permits.
	pub is_permit: bool,
	/// The decision with its basis or reason.
	pub decision: &'a str,
	/// The rules that were considered, in order, each with its finding.
	pub considered: &'a [String],
}

/// A party that may open a record.
pub struct Reader {
	/// Reference to the party.
	pub party: Value,
	/// Purposes for which it may; empty for any.
	pub purposes: Vec<Purpose>,
	/// The basis, in words.
	pub basis: String,
	/// Id of the Consent that is the basis, if one is.
	pub consent: Option<String>,
}

fn parameters(parts: Vec<Value>) -> Value {
	json!({ "resourceType": "Parameters", "parameter": parts })
}

fn string(name: &str, text: &str) -> Value {
	json!({ "name": name, "valueString": text })
}

/// Returns the answer to whether one party may open a record.
pub fn decision(explained: &Explained<'_>) -> Value {
	let code = if explained.is_permit { "permit" } else { "deny" };
	let mut parts = vec![
		json!({ "name": "decision", "valueCode": code }),
		string("reason", explained.decision),
	];
	parts.extend(explained.considered.iter().map(|one| string("considered", one)));
	parameters(parts)
}

/// Returns the answer to who may open a record. `is_emergency_open` tells whether emergency cases
/// can open it, too.
pub fn readers(readers: &[Reader], is_emergency_open: bool) -> Value {
	let reader = |one: &Reader| {
		let mut parts = vec![json!({ "name": "party", "valueReference": one.party })];
		parts.extend(one.purposes.iter().map(|purpose| {
			let code = format!("{purpose:?}");
			json!({ "name": "purpose", "valueCoding": { "system": ACT_REASON, "code": code } })
		}));
		parts.push(string("basis", &one.basis));
		parts.extend(one.consent.as_ref().map(|id| {
			let reference = json!({ "reference": format!("Consent/{id}") });
			json!({ "name": "consent", "valueReference": reference })
		}));
		json!({ "name": "reader", "part": parts })
	};
	let mut parts: Vec<_> = readers.iter().map(reader).collect();
	parts.push(json!({ "name": "emergency", "valueBoolean": is_emergency_open }));
	parameters(parts)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_answer_says_why() {
		let considered = ["grant 1: covers it".to_owned()];
		let explained =
			Explained { is_permit: true, decision: "permitted: grant 1", considered: &considered };
		let answer = decision(&explained);
		assert_eq!(answer["parameter"][0]["valueCode"], "permit");
		assert_eq!(answer["parameter"][2]["valueString"], "grant 1: covers it");
	}

	#[test]
	fn readers_are_listed_with_their_basis() {
		let one = Reader {
			party: json!({ "reference": "Organization/2" }),
			purposes: vec![Purpose::TREAT],
			basis: "grant 1".into(),
			consent: Some("5Grw-g1".into()),
		};
		let answer = readers(&[one], false);
		let parts = &answer["parameter"][0]["part"];
		assert_eq!(parts[1]["valueCoding"]["code"], "TREAT");
		assert_eq!(parts[3]["valueReference"]["reference"], "Consent/5Grw-g1");
		assert_eq!(answer["parameter"][1]["valueBoolean"], false);
	}
}
