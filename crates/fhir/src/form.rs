//! Rules for the JSON of every resource that a client sends, whatever its type.
//!
//! Nothing in it changes the meaning of what the server reads, no name is given twice, and coded
//! elements have FHIR's codes. Content that a client sends, such as the data of a Binary or a
//! FHIR document, is not read as a resource.

use fhirkit::Json;

use crate::{
	incoming::{is_path, not_kept, MAX_ISSUES},
	outcome::{Issue, IssueKind},
};

/// Elements that change the meaning of those around them, or of the whole resource.
const MODIFIERS: [&str; 2] = ["modifierExtension", "implicitRules"];

/// Codes of `HumanName.use`.
const USES_OF_NAMES: &[&str] =
	&["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"];

/// Codes of `Address.use`.
const USES_OF_ADDRESSES: &[&str] = &["home", "work", "temp", "old", "billing"];

/// Codes of `Address.type`.
const TYPES_OF_ADDRESSES: &[&str] = &["postal", "physical", "both"];

/// Codes of `ContactPoint.use`.
const USES_OF_CONTACTS: &[&str] = &["home", "work", "temp", "old", "mobile"];

/// Codes of `ContactPoint.system`.
const SYSTEMS_OF_CONTACTS: &[&str] = &["phone", "fax", "pager", "email", "url", "sms", "other"];

/// Coded elements with a required binding, by the end of their path without indices, and their
/// codes: those that the server looks at, or whose meaning would be lost.
const BINDINGS: &[(&str, &[&str])] = &[
	("DocumentReference.status", &["current", "superseded", "entered-in-error"]),
	("DocumentReference.docStatus", &["preliminary", "final", "amended", "entered-in-error"]),
	("DocumentReference.relatesTo.code", &["replaces", "transforms", "signs", "appends"]),
	(
		"Consent.status",
		&["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"],
	),
	("provision.type", &["deny", "permit"]),
	("provision.data.meaning", &["instance", "related", "dependents", "authoredby"]),
	("Subscription.status", &["requested", "active", "error", "off"]),
	("Subscription.channel.type", &["rest-hook", "websocket", "email", "sms", "message"]),
	(
		"Bundle.type",
		&[
			"document",
			"message",
			"transaction",
			"transaction-response",
			"batch",
			"batch-response",
			"history",
			"searchset",
			"collection",
		],
	),
	("Bundle.entry.request.method", &["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]),
	("Bundle.entry.search.mode", &["match", "include", "outcome"]),
	("List.status", &["current", "retired", "entered-in-error"]),
	("List.mode", &["working", "snapshot", "changes"]),
	// Elements of data types. `masterIdentifier` is an Identifier, too.
	("dentifier.use", &["usual", "official", "temp", "secondary", "old"]),
	(".name.use", USES_OF_NAMES),
	("valueHumanName.use", USES_OF_NAMES),
	(".address.use", USES_OF_ADDRESSES),
	("valueAddress.use", USES_OF_ADDRESSES),
	(".address.type", TYPES_OF_ADDRESSES),
	("valueAddress.type", TYPES_OF_ADDRESSES),
	(".telecom.use", USES_OF_CONTACTS),
	("valueContactPoint.use", USES_OF_CONTACTS),
	("Subscription.contact.use", USES_OF_CONTACTS),
	("Device.contact.use", USES_OF_CONTACTS),
	(".telecom.system", SYSTEMS_OF_CONTACTS),
	("valueContactPoint.system", SYSTEMS_OF_CONTACTS),
	("Subscription.contact.system", SYSTEMS_OF_CONTACTS),
	("Device.contact.system", SYSTEMS_OF_CONTACTS),
	(".comparator", &["<", "<=", ">=", ">"]),
	// Elements of resources that a document can contain.
	("Patient.link.type", &["replaced-by", "replaces", "refer", "seealso"]),
	(
		"PractitionerRole.availableTime.daysOfWeek",
		&["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
	),
	("Device.status", &["active", "inactive", "entered-in-error", "unknown"]),
	(
		"Device.udiCarrier.entryType",
		&["barcode", "rfid", "manual", "card", "self-reported", "unknown"],
	),
	(
		"Device.deviceName.type",
		&[
			"udi-label-name",
			"user-friendly-name",
			"patient-reported-name",
			"manufacturer-name",
			"model-name",
			"other",
		],
	),
	(".gender", &["male", "female", "other", "unknown"]),
	(".text.status", &["generated", "extensions", "additional", "empty"]),
];

/// Returns the faults of the JSON of a resource of this type. Depth and size are bounded already.
pub(crate) fn faults(json: &Json, resource: &str) -> Vec<Issue> {
	let mut walk = Walk {
		resource,
		path: resource.to_owned(),
		element: resource.to_owned(),
		faults: Vec::new(),
	};
	walk.value(json);
	walk.faults
}

/// A way through a resource.
struct Walk<'a> {
	/// Type of the resource.
	resource: &'a str,
	/// Path of the current value.
	path: String,
	/// Path of the current value from the innermost resource that has it, without indices.
	element: String,
	/// Faults that were found.
	faults: Vec<Issue>,
}

impl Walk<'_> {
	fn value(&mut self, json: &Json) {
		match json {
			Json::Object(members) => self.object(members),
			Json::Array(all) => {
				for (index, one) in all.iter().enumerate() {
					let length = self.path.len();
					self.path.push_str(&format!("[{index}]"));
					self.value(one);
					self.path.truncate(length);
				}
			}
			Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
		}
	}

	fn object(&mut self, members: &[(String, Json)]) {
		let kind = members.iter().find(|(name, _)| name == "resourceType");
		let kind = kind.and_then(|(_, kind)| kind.as_str());
		let outer = kind.map(|kind| std::mem::replace(&mut self.element, kind.to_owned()));
		for (index, (name, value)) in members.iter().enumerate() {
			let lengths = (self.path.len(), self.element.len());
			let plain = name.strip_prefix('_').unwrap_or(name);
			self.path.extend([".", name.as_str()]);
			self.element.extend([".", plain]);
			let before = members.get(..index).unwrap_or_default();
			let fault = match has(before, name) {
				true => Some(not_fhir("the name is given twice; give it once")),
				false => self.fault(members, name, value),
			};
			self.note(fault);
			self.value(value);
			self.path.truncate(lengths.0);
			self.element.truncate(lengths.1);
		}
		if let Some(outer) = outer {
			self.element = outer;
		}
	}

	/// Returns what is wrong with a member of an object, at the current path.
	fn fault(&self, members: &[(String, Json)], name: &str, value: &Json) -> Option<Issue> {
		let plain = name.strip_prefix('_').unwrap_or(name);
		if MODIFIERS.contains(&plain) {
			return Some(not_kept(""));
		}
		if name == "fhir_comments" {
			return Some(not_fhir("FHIR R4 has no comments in JSON; leave them out"));
		}
		let (_, codes) = BINDINGS.iter().find(|(end, _)| self.element.ends_with(end))?;
		let is_code = match name == plain {
			true => is_of(value, codes),
			// Extensions of a code that is missing.
			false => has(members, plain),
		};
		(!is_code).then(|| {
			let codes = codes.join(", ");
			not_fhir(format!("this is not a code of FHIR R4 here; give one of {codes}"))
		})
	}

	/// Keeps a fault of the current path. A name that is none of FHIR's is a value, which no error
	/// repeats.
	fn note(&mut self, fault: Option<Issue>) {
		let Some(fault) = fault.filter(|_| self.faults.len() < MAX_ISSUES) else { return };
		let path = Some(self.path.clone()).filter(|path| is_path(path, self.resource));
		self.faults.push(Issue { path, ..fault });
	}
}

/// Returns whether a value can be of a coded element: its text, or each of its list, is a code.
fn is_of(value: &Json, codes: &[&str]) -> bool {
	match value {
		Json::Array(all) => all.iter().all(|one| is_of(one, codes)),
		other => other.as_str().is_none_or(|code| codes.contains(&code)),
	}
}

/// Returns whether an object has a member.
fn has(members: &[(String, Json)], name: &str) -> bool {
	members.iter().any(|(one, _)| one == name)
}

fn not_fhir(text: impl Into<String>) -> Issue {
	Issue::error(IssueKind::Structure, "not-fhir", text)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Returns the code and the path of each fault.
	fn of(json: &str, resource: &str) -> Vec<(&'static str, Option<String>)> {
		let found = faults(&Json::parse(json).unwrap(), resource);
		found.into_iter().map(|issue| (issue.code, issue.path)).collect()
	}

	fn at(code: &'static str, path: &str) -> Vec<(&'static str, Option<String>)> {
		vec![(code, Some(path.to_owned()))]
	}

	#[test]
	fn a_change_of_meaning_is_refused_at_any_depth() {
		let extension = r#""modifierExtension":[{"url":"urn:x","valueBoolean":true}]"#;
		for (resource, before, after, path) in [
			("DocumentReference", r#"{"content":[{"#, "}]}", "content[0].modifierExtension"),
			("DocumentReference", r#"{"context":{"#, "}}", "context.modifierExtension"),
			("DocumentReference", r#"{"contained":[{"#, "}]}", "contained[0].modifierExtension"),
			("Bundle", r#"{"entry":[{"#, "}]}", "entry[0].modifierExtension"),
			("Bundle", r#"{"entry":[{"request":{"#, "}}]}", "entry[0].request.modifierExtension"),
			(
				"Bundle",
				r#"{"entry":[{"resource":{"resourceType":"List","#,
				"}}]}",
				"entry[0].resource.modifierExtension",
			),
			(
				"Consent",
				r#"{"provision":{"data":[{"#,
				"}]}}",
				"provision.data[0].modifierExtension",
			),
			(
				"Parameters",
				r#"{"parameter":[{"part":[{"#,
				"}]}]}",
				"parameter[0].part[0].modifierExtension",
			),
		] {
			let json = format!("{before}{extension}{after}");
			assert_eq!(of(&json, resource), at("not-kept", &format!("{resource}.{path}")));
		}
		for name in ["implicitRules", "_implicitRules"] {
			let json = format!(r#"{{"{name}":"urn:x"}}"#);
			assert_eq!(of(&json, "Bundle"), at("not-kept", &format!("Bundle.{name}")));
		}
		let escaped = r#"{"modifier\u0045xtension":[]}"#;
		assert_eq!(of(escaped, "Binary"), at("not-kept", "Binary.modifierExtension"));
		assert_eq!(of(r#"{"data":"modifierExtension"}"#, "Binary"), []);
	}

	#[test]
	fn a_code_is_one_of_its_value_set() {
		let named = |resource: &str, element: &str, code: &str| {
			let mut json = format!("\"{code}\"");
			for name in element.rsplit('.') {
				json = format!(r#"{{"{name}":{json}}}"#);
			}
			of(&json, resource)
		};
		for (resource, element, code, other) in [
			("DocumentReference", "status", "current", "CURRENT"),
			("DocumentReference", "docStatus", "final", "junk"),
			("DocumentReference", "relatesTo.code", "appends", "append"),
			("DocumentReference", "masterIdentifier.use", "usual", "Usual"),
			("Consent", "status", "proposed", "asked"),
			("Consent", "provision.type", "permit", "PERMIT"),
			("Consent", "provision.provision.type", "deny", "no"),
			("Subscription", "status", "requested", "request"),
			("Subscription", "channel.type", "email", "rest"),
			("Bundle", "type", "batch", "transactions"),
			("Bundle", "entry.request.method", "PATCH", "post"),
			("Patient", "identifier.use", "old", "former"),
		] {
			assert_eq!(named(resource, element, code), [], "{element}");
			let path = format!("{resource}.{element}");
			assert_eq!(named(resource, element, other), at("not-fhir", &path));
		}
	}

	#[test]
	fn codes_are_checked_in_contained_resources() {
		for (kind, element, code, other) in [
			("Patient", r#"{"gender":CODE}"#, "male", "x"),
			("Patient", r#"{"link":[{"type":CODE}]}"#, "seealso", "same"),
			("Patient", r#"{"address":[{"type":CODE}]}"#, "both", "none"),
			("Patient", r#"{"contact":[{"address":{"type":CODE}}]}"#, "postal", "x"),
			("PractitionerRole", r#"{"availableTime":[{"daysOfWeek":[CODE]}]}"#, "mon", "Monday"),
			("Device", r#"{"status":CODE}"#, "active", "bogus"),
			("Device", r#"{"udiCarrier":[{"entryType":CODE}]}"#, "rfid", "x"),
			("Device", r#"{"deviceName":[{"type":CODE}]}"#, "other", "x"),
			("Device", r#"{"contact":[{"system":CODE}]}"#, "email", "mail"),
			("Device", r#"{"contact":[{"use":CODE}]}"#, "work", "x"),
			("Device", r#"{"property":[{"valueQuantity":[{"comparator":CODE}]}]}"#, "<", "="),
			("Device", r#"{"extension":[{"valueQuantity":{"comparator":CODE}}]}"#, ">=", "=>"),
			(
				"Patient",
				r#"{"extension":[{"valueRatio":{"numerator":{"comparator":CODE}}}]}"#,
				"<=",
				"~",
			),
			("Patient", r#"{"extension":[{"valueContactPoint":{"system":CODE}}]}"#, "fax", "x"),
			("Patient", r#"{"extension":[{"valueContactPoint":{"use":CODE}}]}"#, "home", "x"),
			("Patient", r#"{"extension":[{"valueHumanName":{"use":CODE}}]}"#, "old", "x"),
			("Patient", r#"{"extension":[{"valueAddress":{"use":CODE}}]}"#, "billing", "x"),
			("Patient", r#"{"extension":[{"valueAddress":{"type":CODE}}]}"#, "physical", "x"),
			("Patient", r#"{"extension":[{"valueIdentifier":{"use":CODE}}]}"#, "temp", "x"),
		] {
			let found = |code: &str| {
				let element = element.replace("CODE", &format!("\"{code}\""));
				let resource = element.replacen('{', &format!(r#"{{"resourceType":"{kind}","#), 1);
				of(&format!(r#"{{"contained":[{resource}]}}"#), "DocumentReference")
			};
			assert_eq!(found(code), [], "{element}");
			let codes: Vec<_> = found(other).into_iter().map(|(code, _)| code).collect();
			assert_eq!(codes, ["not-fhir"], "{element}");
		}
		let contained = r#"{"contained":[{"resourceType":"Patient","gender":"x"}]}"#;
		let path = "DocumentReference.contained[0].gender";
		assert_eq!(of(contained, "DocumentReference"), at("not-fhir", path));
	}

	#[test]
	fn extensions_do_not_stand_for_a_code() {
		let absent = r#"{"_status":{"extension":[{"url":"urn:x","valueCode":"unknown"}]}}"#;
		let path = "DocumentReference._status";
		assert_eq!(of(absent, "DocumentReference"), at("not-fhir", path));
		let beside = r#"{"_status":{"id":"a"},"status":"current"}"#;
		assert_eq!(of(beside, "DocumentReference"), []);
	}

	#[test]
	fn comments_and_names_given_twice_are_refused() {
		let comment = r#"{"subject":{"fhir_comments":["x"]}}"#;
		let path = "Consent.subject.fhir_comments";
		assert_eq!(of(comment, "Consent"), at("not-fhir", path));
		let twice = r#"{"status":"completed","status":"cancelled"}"#;
		assert_eq!(of(twice, "Task"), at("not-fhir", "Task.status"));
		let odd = r#"{"Jane Doe":1,"Jane Doe":2}"#;
		assert_eq!(of(odd, "Task"), [("not-fhir", None)]);
	}
}
