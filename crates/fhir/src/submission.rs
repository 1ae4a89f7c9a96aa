//! Submission sets: the Lists that say in IHE MHD's transactions what is sent. Nothing of them is
//! kept, so one that says something else is refused.

use fhirkit::r4::{List, Resource};

use crate::{
	incoming::{cannot_be_left_out, not_kept, subject, text, wrong, Subject, MAX_ISSUES},
	outcome::{Issue, IssueKind},
};

/// MHD's kinds of lists.
pub(crate) const LIST_TYPES: &str = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes";

const NO_SUBJECT: &str =
	"a patient in a submission set without a subject is not checked; give List.subject, or leave \
	 the patient out";

/// Reads a submission set at the server with this address. Returns the patient whom it names, or
/// every issue that it finds.
pub(crate) fn read(list: &List, base: &str) -> Result<Option<Subject>, Vec<Issue>> {
	if is_of_type(list, "folder") {
		// The sender of a folder expects to find it again.
		let text = "this server keeps no folders; leave it out";
		return Err(vec![Issue::error(IssueKind::NotSupported, "folder", text).at("List")]);
	}
	let mut issues = Vec::new();
	if list.code.is_some() && !is_of_type(list, "submissionset") {
		let text = "a list in a transaction is a submission set; give this code of MHD, or leave \
		            the list out";
		issues.push(Issue::error(IssueKind::NotSupported, "resource", text).at("List.code"));
	}
	if text(&list.status) != Some("current") {
		issues.push(wrong("List.status", "a submission set is current; give current"));
	}
	if text(&list.mode) != Some("working") {
		issues.push(wrong("List.mode", "a submission set is a working list; give working"));
	}
	if list.empty_reason.is_some() {
		issues.push(not_kept("List.emptyReason"));
	}
	issues.extend(changes(list).take(MAX_ISSUES));
	let named = list.subject.as_ref().map(|one| subject(Some(one), base, "List.subject"));
	let named = named.transpose().map_err(|issue| issues.push(issue)).unwrap_or_default();
	for (index, contained) in list.contained.iter().enumerate() {
		let fault = match contained {
			// This would be read as the patient of the set, and nothing compares it.
			Resource::Patient(_) if list.subject.is_none() => Some(NO_SUBJECT),
			contained => cannot_be_left_out(contained, named.as_ref()),
		};
		if let Some(text) = fault {
			issues.push(wrong(&format!("List.contained[{index}]"), text));
		}
	}
	match issues.is_empty() {
		true => Ok(named),
		false => Err(issues),
	}
}

/// Returns whether a list is of one of MHD's kinds.
fn is_of_type(list: &List, kind: &str) -> bool {
	let mut codings = list.code.iter().flat_map(|code| &code.coding);
	codings.any(|one| text(&one.system) == Some(LIST_TYPES) && text(&one.code) == Some(kind))
}

/// Returns the issues with entries that do not say what is sent, but what is to change.
fn changes(list: &List) -> impl Iterator<Item = Issue> + '_ {
	list.entry.iter().enumerate().filter_map(|(index, entry)| {
		let is_deleted = entry.deleted.as_ref().is_some_and(|one| one.value == Some(true));
		let name = match (is_deleted, entry.flag.is_some()) {
			(true, _) => "deleted",
			(false, true) => "flag",
			(false, false) => return None,
		};
		Some(not_kept(&format!("List.entry[{index}].{name}")))
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::incoming::parsed;
	use serde_json::{json, Value};

	/// Reads a submission set in which an element has this value.
	fn with(name: &str, value: Value) -> Result<Option<Subject>, Vec<(&'static str, String)>> {
		let mut list = json!({
			"resourceType": "List",
			"status": "current",
			"mode": "working",
			"code": { "coding": [{ "system": LIST_TYPES, "code": "submissionset" }] },
			"subject": { "reference": "Patient/5Grw" },
			"entry": [{ "item": { "reference": "urn:uuid:d" }, "deleted": false }],
		});
		list[name] = value;
		let list = parsed::<List>(&list.to_string()).unwrap();
		read(&list, "https://x/fhir").map_err(|issues| {
			let path = |issue: Issue| (issue.code, issue.path.unwrap_or_default());
			issues.into_iter().map(path).collect()
		})
	}

	#[test]
	fn a_submission_set_names_its_patient() {
		let named = Ok(Some(Subject::Id("5Grw".into())));
		assert_eq!(with("title", json!("Discharge")), named);
		let author = json!([{ "resourceType": "Practitioner", "id": "a" }]);
		assert_eq!(with("contained", author), named);
		let absolute = json!({ "reference": "https://x/fhir/Patient/5Grw" });
		assert_eq!(with("subject", absolute), named);
	}

	#[test]
	fn a_patient_in_a_set_without_subject_is_refused() {
		let patient = json!([{ "resourceType": "Patient", "id": "p" }]);
		let list = json!({
			"resourceType": "List",
			"status": "current",
			"mode": "working",
			"contained": [{ "resourceType": "Practitioner", "id": "a" }],
		});
		let read_now = |list: &Value| {
			let list = parsed::<List>(&list.to_string()).unwrap();
			let issues = read(&list, "https://x/fhir").map_err(|issues| issues[0].path.clone());
			issues.map(|named| named.is_some())
		};
		assert_eq!(read_now(&list), Ok(false));
		let mut list = list;
		list["contained"] = patient.clone();
		assert_eq!(read_now(&list), Err(Some("List.contained[0]".into())));
		assert!(with("contained", patient).is_ok());
	}

	#[test]
	fn a_list_that_changes_something_is_refused() {
		let coding = |system: &str, code: &str| json!({ "coding": [{ "system": system, "code": code }], "text": "x" });
		let entry = |name: &str, value: Value| {
			let mut entry = json!({ "item": { "reference": "urn:uuid:d" } });
			entry[name] = value;
			json!([{ "item": { "reference": "urn:uuid:e" } }, entry])
		};
		let elsewhere = json!({ "reference": "https://y/fhir/Patient/5Grw" });
		for (name, value, code, path) in [
			("code", coding(LIST_TYPES, "folder"), "folder", "List"),
			("code", coding(LIST_TYPES, "other"), "resource", "List.code"),
			("code", coding("http://loinc.org", "10160-0"), "resource", "List.code"),
			("code", json!({ "text": "Medication" }), "resource", "List.code"),
			("status", json!("retired"), "element-value", "List.status"),
			("status", json!("entered-in-error"), "element-value", "List.status"),
			("mode", json!("changes"), "element-value", "List.mode"),
			("mode", json!("snapshot"), "element-value", "List.mode"),
			("emptyReason", json!({ "text": "x" }), "not-kept", "List.emptyReason"),
			("entry", entry("deleted", json!(true)), "not-kept", "List.entry[1].deleted"),
			("entry", entry("flag", json!({ "text": "x" })), "not-kept", "List.entry[1].flag"),
			("subject", elsewhere, "element-value", "List.subject.reference"),
			(
				"contained",
				json!([{ "resourceType": "Basic", "id": "a", "code": { "text": "x" } }]),
				"element-value",
				"List.contained[0]",
			),
		] {
			assert_eq!(with(name, value), Err(vec![(code, path.to_owned())]), "{name}");
		}
	}
}
