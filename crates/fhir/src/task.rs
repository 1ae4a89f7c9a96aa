//! Task: work that a client waits for, and work that waits for a person.

use fhirkit::Json;
use salus_primitives::{Moment, OrganisationId};
use serde_json::{json, Map, Value};

use crate::{
	code::{coding, reference, system},
	form,
	incoming::{is_modest, is_path},
	outcome::{Issue, IssueKind},
	search::{Indexed, Searchable},
	time::{instant, Period},
};

/// FHIR's code system of a task's state.
const STATUS: &str = "http://hl7.org/fhir/task-status";

/// State of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
	/// Waits for a person.
	Requested,
	/// The server is at it.
	InProgress,
	/// Done.
	Completed,
	/// Not done, and not to be done.
	Cancelled,
	/// Could not be done.
	Failed,
}

impl Status {
	/// Returns FHIR's code.
	pub fn code(self) -> &'static str {
		match self {
			Self::Requested => "requested",
			Self::InProgress => "in-progress",
			Self::Completed => "completed",
			Self::Cancelled => "cancelled",
			Self::Failed => "failed",
		}
	}
}

/// An identifier that the hospital gave a patient, with the patient's account if it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
	/// System of the identifier.
	pub system: String,
	/// Value in that system.
	pub value: String,
	/// Account of the patient, if it is known.
	pub account: Option<String>,
}

impl Identified {
	fn input(&self, name: &str, display: &str) -> Value {
		let mut value = json!({
			"type": "Patient",
			"identifier": { "system": self.system, "value": self.value },
		});
		if let (Some(account), Some(members)) = (&self.account, value.as_object_mut()) {
			members.insert("reference".into(), json!(format!("Patient/{account}")));
		}
		json!({ "type": part(name, display), "valueReference": value })
	}
}

/// Subject of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
	/// Opening a version for a client that does not wait for the answer.
	Opening {
		/// Id of the version's Binary.
		binary: String,
		/// Id of the Binary that has the content, once it is open.
		opened: Option<String>,
		/// Reason why it could not be opened.
		fault: Option<Issue>,
	},
	/// Two identifiers that another system says are one patient's.
	Merge {
		/// The identifier that remains.
		survivor: Identified,
		/// The one that is to be given up.
		prior: Identified,
	},
}

/// A task of the server or of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
	/// Id of the Task.
	pub id: String,
	/// Work to do.
	pub subject: Subject,
	/// State of the work.
	pub status: Status,
	/// The organisation that runs this server.
	pub owner: OrganisationId,
	/// Time at which it was made, in milliseconds since 1970.
	pub made: Moment,
	/// Time at which its state last changed, in milliseconds since 1970.
	pub changed: Moment,
}

/// Returns the type of an input or output.
fn part(name: &str, display: &str) -> Value {
	json!({ "coding": [coding(&system("task-part"), name, display)] })
}

impl Task {
	/// Returns the code of its kind, with its display.
	fn kind(&self) -> (&'static str, &'static str) {
		match self.subject {
			Subject::Opening { .. } => ("open", "Open a document"),
			Subject::Merge { .. } => ("merge", "Merge the identifiers of a patient"),
		}
	}

	/// Returns the resource.
	pub fn resource(&self) -> Value {
		let (code, display) = self.kind();
		let mut resource = json!({
			"resourceType": "Task",
			"id": self.id,
			"meta": { "lastUpdated": instant(self.changed) },
			"status": self.status.code(),
			"intent": "order",
			"code": { "coding": [coding(&system("task"), code, display)] },
			"authoredOn": instant(self.made),
			"lastModified": instant(self.changed),
			"owner": reference("Organization", self.owner),
		});
		if let Some(members) = resource.as_object_mut() {
			self.subject.write(members);
		}
		resource
	}
}

impl Subject {
	fn write(&self, members: &mut Map<String, Value>) {
		match self {
			Self::Opening { binary, opened, fault } => {
				members.insert("focus".into(), reference("Binary", binary));
				if let Some(opened) = opened {
					let output = json!({
						"type": part("content", "Content"),
						"valueReference": reference("Binary", opened),
					});
					members.insert("output".into(), json!([output]));
				}
				if let Some(fault) = fault {
					let reason = json!({
						"coding": [{ "system": system("error"), "code": fault.code }],
						"text": fault.text,
					});
					members.insert("statusReason".into(), reason);
				}
			}
			Self::Merge { survivor, prior } => {
				let description = "Another system says that two identifiers are one patient's. \
				                   Nothing was changed. Move what has to be moved, and complete \
				                   the task.";
				members.insert("description".into(), json!(description));
				if let Some(account) = survivor.account.as_ref().or(prior.account.as_ref()) {
					members.insert("for".into(), reference("Patient", account));
				}
				let inputs = [
					survivor.input("survivor", "Identifier that remains"),
					prior.input("prior", "Identifier that is given up"),
				];
				members.insert("input".into(), json!(inputs));
			}
		}
	}
}

impl Searchable for Task {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		let token = |system: String, code: &str| vec![Indexed::Token { system, code: code.into() }];
		match parameter {
			"_id" => token(String::new(), &self.id),
			"_lastUpdated" | "modified" => vec![Indexed::Date(Period::of(self.changed))],
			"authored-on" => vec![Indexed::Date(Period::of(self.made))],
			"status" => token(STATUS.to_owned(), self.status.code()),
			"code" => token(system("task"), self.kind().0),
			_ => vec![],
		}
	}
}

/// Reads the update of a task that a person has settled: the same task, with another status.
pub fn settled(json: &str, task: &Task) -> Result<Status, Issue> {
	let wrong = |name: &str, text: &str| {
		let path = Some(format!("Task.{name}")).filter(|path| is_path(path, "Task"));
		// A name that is none of FHIR's is a value, which no error repeats.
		let path = path.unwrap_or_else(|| "Task".into());
		Err(Issue::error(IssueKind::Value, "element-value", text).at(path))
	};
	let not_json = || {
		let text = "the body is not a JSON object of FHIR; send a Task";
		Issue::error(IssueKind::Structure, "not-json", text)
	};
	let read = is_modest(json).then(|| Json::parse(json).ok()).flatten().ok_or_else(not_json)?;
	if let Some(fault) = form::faults(&read, "Task").into_iter().next() {
		return Err(fault);
	}
	let Ok(Value::Object(given)) = serde_json::from_str(json) else { return Err(not_json()) };
	let known = task.resource();
	let own = ["status", "meta", "lastModified", "text"];
	for (name, value) in given.iter().filter(|(name, _)| !own.contains(&name.as_str())) {
		if known.get(name) != Some(value) {
			let text = "an update changes only the status; send the task as it was read, with \
			            another status";
			return wrong(name, text);
		}
	}
	if !given.contains_key("resourceType") || !given.contains_key("id") {
		return wrong("id", "give the resource's type and id");
	}
	match given.get("status").and_then(Value::as_str) {
		Some("completed") => Ok(Status::Completed),
		Some("cancelled") => Ok(Status::Cancelled),
		_ => wrong("status", "give completed or cancelled"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn task(subject: Subject) -> Task {
		Task {
			id: "t1".into(),
			subject,
			status: Status::Requested,
			owner: 1,
			made: 1_640_684_940_000,
			changed: 1_640_684_941_000,
		}
	}

	fn merge() -> Task {
		let identified = |value: &str, account: Option<&str>| Identified {
			system: "urn:oid:1.2.3".into(),
			value: value.into(),
			account: account.map(Into::into),
		};
		task(Subject::Merge {
			survivor: identified("1", None),
			prior: identified("2", Some("5Grw")),
		})
	}

	#[test]
	fn an_opening_has_its_content_or_its_fault() {
		let of = |opened: Option<&str>, fault| {
			let (binary, opened) = ("b-1".into(), opened.map(Into::into));
			task(Subject::Opening { binary, opened, fault }).resource()
		};
		let running = of(None, None);
		assert_eq!(running["focus"]["reference"], "Binary/b-1");
		assert_eq!((running.get("output"), running.get("statusReason")), (None, None));
		let opened = of(Some("o1"), None);
		assert_eq!(opened["output"][0]["valueReference"]["reference"], "Binary/o1");
		let fault = Issue::error(IssueKind::Forbidden, "refused", "no consent");
		let failed = of(None, Some(fault));
		assert_eq!(failed["statusReason"]["coding"][0]["code"], "refused");
		assert_eq!(failed["statusReason"]["text"], "no consent");
	}

	#[test]
	fn a_merge_names_both_patients_and_is_settled_by_its_status() {
		let merge = merge();
		let resource = merge.resource();
		assert_eq!(resource["for"]["reference"], "Patient/5Grw");
		let of = |index: usize| &resource["input"][index]["valueReference"];
		assert_eq!((&of(0)["identifier"]["value"], of(0).get("reference")), (&json!("1"), None));
		assert_eq!(of(1)["reference"], "Patient/5Grw");

		let with = |name: &str, value: Value| {
			let mut given = resource.clone();
			given[name] = value;
			settled(&given.to_string(), &merge)
		};
		assert_eq!(with("status", json!("completed")), Ok(Status::Completed));
		assert_eq!(with("status", json!("cancelled")), Ok(Status::Cancelled));
		for (name, value) in [
			("status", json!("in-progress")),
			("status", json!(null)),
			("id", json!("t2")),
			("resourceType", json!("Patient")),
			("note", json!([{ "text": "Jane Doe" }])),
			("input", json!([])),
		] {
			let issue = with(name, value).unwrap_err();
			assert_eq!(issue.path, Some(format!("Task.{name}")));
			assert!(!issue.text.contains("Jane"));
		}
		let twice = r#"{"status":"completed","status":"cancelled"}"#;
		assert_eq!(settled(twice, &merge).unwrap_err().code, "not-fhir");
		let ruled = with("meta", json!({ "modifierExtension": [] })).unwrap_err();
		assert_eq!(ruled.path.as_deref(), Some("Task.meta.modifierExtension"));
		let odd = with("Jane Doe", json!(1)).unwrap_err();
		assert_eq!(odd.path.as_deref(), Some("Task"));
		for bad in ["", "[]", "{}", "{\"status\":\"completed\"}"] {
			assert!(settled(bad, &merge).is_err(), "{bad}");
		}
	}

	#[test]
	fn tasks_are_found_by_code_and_status() {
		let merge = merge();
		let code = |parameter: &str| match &merge.indexed(parameter)[0] {
			Indexed::Token { code, .. } => code.clone(),
			other => panic!("{other:?}"),
		};
		assert_eq!((code("code"), code("status")), ("merge".into(), "requested".into()));
	}
}
