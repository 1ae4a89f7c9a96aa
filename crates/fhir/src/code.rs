//! Code systems, identifiers and references.

use salus_primitives::{Category, Confidentiality, OrganisationKind, Purpose, Role};
use serde_json::{json, Value};

/// Address below which this project's code systems and identifiers are.
pub const BASE: &str = "https://github.com/salus-health/salus/fhir";

/// HL7 v3 PurposeOfUse.
pub const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// HL7 v3 Confidentiality.
pub const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// LOINC.
pub const LOINC: &str = "http://loinc.org";

/// Returns the code system of this project with a name.
pub fn system(name: &str) -> String {
	format!("{BASE}/CodeSystem/{name}")
}

/// Returns a Coding.
pub fn coding(system: &str, code: &str, display: &str) -> Value {
	json!({ "system": system, "code": code, "display": display })
}

/// Returns an Identifier of this project: of an `account`, a `record` and the like.
pub fn identifier(of: &str, value: &str) -> Value {
	json!({ "system": format!("{BASE}/{of}"), "value": value })
}

/// Returns a reference to a resource of the same server.
pub fn reference(resource: &str, id: impl std::fmt::Display) -> Value {
	json!({ "reference": format!("{resource}/{id}") })
}

/// A category's code in this project's system, its display, and its class in LOINC.
pub struct CategoryCode {
	/// Category of Salus.
	pub category: Category,
	/// Code in `CodeSystem/category`.
	pub code: &'static str,
	/// Display of that code.
	pub display: &'static str,
	/// Code and display in LOINC of the class of documents, where one fits.
	pub loinc: Option<(&'static str, &'static str)>,
}

/// Codes of all categories.
pub const CATEGORIES: [CategoryCode; 11] = [
	CategoryCode {
		category: Category::Laboratory,
		code: "laboratory",
		display: "Laboratory",
		loinc: Some(("11502-2", "Laboratory report")),
	},
	CategoryCode {
		category: Category::Imaging,
		code: "imaging",
		display: "Imaging",
		loinc: Some(("18748-4", "Diagnostic imaging study")),
	},
	CategoryCode {
		category: Category::Prescription,
		code: "prescription",
		display: "Prescription",
		loinc: Some(("57833-6", "Prescription for medication")),
	},
	CategoryCode {
		category: Category::ClinicalNote,
		code: "clinical-note",
		display: "Clinical note",
		loinc: Some(("34109-9", "Note")),
	},
	CategoryCode {
		category: Category::DischargeSummary,
		code: "discharge-summary",
		display: "Discharge summary",
		loinc: Some(("18842-5", "Discharge summary")),
	},
	CategoryCode {
		category: Category::Immunization,
		code: "immunization",
		display: "Immunization",
		loinc: Some(("11369-6", "History of Immunization note")),
	},
	CategoryCode {
		category: Category::VitalSigns,
		code: "vital-signs",
		display: "Vital signs",
		loinc: Some(("8716-3", "Vital signs note")),
	},
	CategoryCode {
		category: Category::EmergencySummary,
		code: "emergency-summary",
		display: "Emergency summary",
		loinc: Some(("60591-5", "Patient summary Document")),
	},
	CategoryCode { category: Category::Claim, code: "claim", display: "Claim", loinc: None },
	CategoryCode {
		category: Category::Genomic,
		code: "genomic",
		display: "Genomic",
		loinc: Some(("51969-4", "Genetic analysis report")),
	},
	CategoryCode { category: Category::Other, code: "other", display: "Other", loinc: None },
];

/// Returns which codes name a category, for an error.
pub(crate) fn category_codes() -> String {
	let codes = CATEGORIES.map(|one| one.code).join(", ");
	format!(
		"one of {codes}, of {}, as the category, or its LOINC class (\"Categories\" in \
		 docs/fhir-mapping.md)",
		system("category")
	)
}

/// Returns the category that a code means; `system` is `None` for any.
pub fn category_of(system_: Option<&str>, code: &str) -> Option<Category> {
	let own = system("category");
	let found = CATEGORIES.iter().find(|one| {
		let is_own = system_.is_none_or(|system| system == own) && one.code == code;
		let is_loinc = system_.is_none_or(|system| system == LOINC)
			&& one.loinc.is_some_and(|(loinc, _)| loinc == code);
		is_own || is_loinc
	})?;
	Some(found.category)
}

/// Returns a category as a CodeableConcept.
pub fn category(category: Category) -> Value {
	let Some(code) = CATEGORIES.iter().find(|one| one.category == category) else {
		return json!({});
	};
	let mut codings = vec![coding(&system("category"), code.code, code.display)];
	codings.extend(code.loinc.map(|(loinc, display)| coding(LOINC, loinc, display)));
	json!({ "coding": codings })
}

/// Returns a confidentiality as a Coding.
pub fn confidentiality(confidentiality: Confidentiality) -> Value {
	let (code, display) = match confidentiality {
		Confidentiality::Normal => ("N", "normal"),
		Confidentiality::Restricted => ("R", "restricted"),
		Confidentiality::VeryRestricted => ("V", "very restricted"),
	};
	coding(CONFIDENTIALITY, code, display)
}

/// Returns the confidentiality of a code.
pub fn confidentiality_of(code: &str) -> Option<Confidentiality> {
	match code {
		// Unrestricted, low and moderate are less than normal, and none of them is kept apart.
		"U" | "L" | "M" | "N" => Some(Confidentiality::Normal),
		"R" => Some(Confidentiality::Restricted),
		"V" => Some(Confidentiality::VeryRestricted),
		_ => None,
	}
}

/// Returns the purpose of an HL7 code.
pub fn purpose_of(code: &str) -> Option<Purpose> {
	Purpose::ALL.into_iter().find(|purpose| format!("{purpose:?}") == code)
}

/// Returns whether a search parameter of documents or consents can have this code, of any system if
/// none is given.
pub fn is_known(parameter: &str, system: Option<&str>, code: &str) -> bool {
	const STATUSES: [&str; 5] = ["current", "entered-in-error", "active", "inactive", "proposed"];
	let is_of = |systems: &[&str]| system.is_none_or(|system| systems.contains(&system));
	match parameter {
		"category" | "type" => category_of(system, code).is_some(),
		"purpose" => is_of(&[ACT_REASON]) && purpose_of(code).is_some(),
		"security-label" => is_of(&[CONFIDENTIALITY]) && confidentiality_of(code).is_some(),
		"status" => {
			let of_document = "http://hl7.org/fhir/document-reference-status";
			let of_consent = "http://hl7.org/fhir/consent-state-codes";
			is_of(&[of_document, of_consent]) && STATUSES.contains(&code)
		}
		_ => false,
	}
}

/// Returns a kind of organisation as a CodeableConcept.
pub fn organisation_kind(kind: OrganisationKind) -> Value {
	const TYPE: &str = "http://terminology.hl7.org/CodeSystem/organization-type";
	let (code, display, of_hl7) = match kind {
		OrganisationKind::Hospital => ("hospital", "Hospital", ("prov", "Healthcare Provider")),
		OrganisationKind::Laboratory => {
			("laboratory", "Laboratory", ("prov", "Healthcare Provider"))
		}
		OrganisationKind::Pharmacy => ("pharmacy", "Pharmacy", ("prov", "Healthcare Provider")),
		OrganisationKind::Insurer => ("insurer", "Insurer", ("ins", "Insurance Company")),
		OrganisationKind::Research => {
			("research", "Research organisation", ("crs", "Clinical Research Sponsor"))
		}
		OrganisationKind::Regulator => ("regulator", "Regulator", ("govt", "Government")),
	};
	json!({ "coding": [
		coding(&system("organisation-kind"), code, display),
		coding(TYPE, of_hl7.0, of_hl7.1),
	] })
}

/// Returns a role's code in this project's system.
pub fn role_code(role: Role) -> &'static str {
	names_of(role).0
}

/// Returns a role as a CodeableConcept.
pub fn role(role: Role) -> Value {
	let (code, display) = names_of(role);
	json!({ "coding": [coding(&system("role"), code, display)] })
}

/// Returns a role's code and display.
fn names_of(role: Role) -> (&'static str, &'static str) {
	match role {
		Role::Patient => ("patient", "Patient"),
		Role::Practitioner => ("practitioner", "Practitioner"),
		Role::RecordsAdmin => ("records-admin", "Records admin"),
		Role::Auditor => ("auditor", "Auditor"),
		Role::InsurerAgent => ("insurer-agent", "Insurer agent"),
		Role::Researcher => ("researcher", "Researcher"),
		Role::Device => ("device", "Device"),
		Role::StorageNode => ("storage-node", "Storage node"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn each_category_has_a_code_that_means_it() {
		for one in Category::ALL {
			let concept = category(one);
			for coding in concept["coding"].as_array().unwrap() {
				let text = |name: &str| coding[name].as_str().unwrap();
				assert_eq!(category_of(Some(text("system")), text("code")), Some(one));
				assert_eq!(category_of(None, text("code")), Some(one));
			}
		}
		assert_eq!(category_of(Some(LOINC), "laboratory"), None);
		assert_eq!(category_of(None, "astrology"), None);
		assert!(is_known("type", None, "imaging") && !is_known("type", None, "astrology"));
	}

	#[test]
	fn confidentiality_and_purposes_lead_back() {
		for one in Confidentiality::ALL {
			assert_eq!(
				confidentiality_of(confidentiality(one)["code"].as_str().unwrap()),
				Some(one)
			);
		}
		for one in Purpose::ALL {
			assert_eq!(purpose_of(&format!("{one:?}")), Some(one));
		}
		assert_eq!(purpose_of("treat"), None);
	}
}
