//! OperationOutcome: what went wrong, for programs and for people.

use serde_json::{json, Value};

use crate::code::{coding, system};

/// Kind of a fault: codes of FHIR's IssueType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueKind {
	/// The content is not FHIR.
	Structure,
	/// A required element is missing.
	Required,
	/// An element's value is not allowed.
	Value,
	/// The content contradicts a rule of this server.
	BusinessRule,
	/// The interaction, resource or parameter is not supported.
	NotSupported,
	/// The resource does not exist, or the client may not know that it does.
	NotFound,
	/// The resource was deleted.
	Deleted,
	/// The client has not said who it is, or not convincingly.
	Login,
	/// The client may not do this.
	Forbidden,
	/// The client expects a version that is not the latest.
	Conflict,
	/// The request is too large.
	TooLong,
	/// The search would return too much, or its page has expired.
	TooCostly,
	/// Too many requests.
	Throttled,
	/// The chain, the node or the hospitals did not answer in time.
	Timeout,
	/// Something else failed, and may work later.
	Transient,
	/// Something is wrong with this server.
	Exception,
}

impl IssueKind {
	/// Returns FHIR's code.
	pub fn code(self) -> &'static str {
		match self {
			Self::Structure => "structure",
			Self::Required => "required",
			Self::Value => "value",
			Self::BusinessRule => "business-rule",
			Self::NotSupported => "not-supported",
			Self::NotFound => "not-found",
			Self::Deleted => "deleted",
			Self::Login => "login",
			Self::Forbidden => "forbidden",
			Self::Conflict => "conflict",
			Self::TooLong => "too-long",
			Self::TooCostly => "too-costly",
			Self::Throttled => "throttled",
			Self::Timeout => "timeout",
			Self::Transient => "transient",
			Self::Exception => "exception",
		}
	}
}

/// Severity of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
	/// The request failed.
	Error,
	/// The request worked, but not all of it was used.
	Warning,
	/// The request worked.
	Information,
}

/// One issue of an OperationOutcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
	/// Severity for the client.
	pub severity: Severity,
	/// Code of FHIR.
	pub kind: IssueKind,
	/// Stable code of this project, in kebab-case.
	pub code: &'static str,
	/// Cause and remedy. Contains no name, title or content.
	pub text: String,
	/// Path of the element, as in FHIRPath; `None` if it is about the whole.
	pub path: Option<String>,
}

impl Issue {
	/// Creates an error.
	pub fn error(kind: IssueKind, code: &'static str, text: impl Into<String>) -> Self {
		Self { severity: Severity::Error, kind, code, text: text.into(), path: None }
	}

	/// Creates a warning.
	pub fn warning(kind: IssueKind, code: &'static str, text: impl Into<String>) -> Self {
		Self { severity: Severity::Warning, ..Self::error(kind, code, text) }
	}

	/// Names the element that it is about.
	pub fn at(mut self, path: impl Into<String>) -> Self {
		self.path = Some(path.into());
		self
	}

	fn to_value(&self) -> Value {
		let severity = match self.severity {
			Severity::Error => "error",
			Severity::Warning => "warning",
			Severity::Information => "information",
		};
		let mut issue = json!({
			"severity": severity,
			"code": self.kind.code(),
			"details": { "coding": [coding(&system("error"), self.code, self.code)] },
			"diagnostics": self.text,
		});
		// The name of an ignored parameter can be empty, and an empty text is not valid FHIR.
		let path = self.path.as_ref().filter(|path| !path.is_empty());
		if let (Some(path), Some(issue)) = (path, issue.as_object_mut()) {
			issue.insert("expression".into(), json!([path]));
		}
		issue
	}
}

/// Returns an OperationOutcome. There is at least one issue.
pub fn operation_outcome(issues: &[Issue]) -> Value {
	json!({
		"resourceType": "OperationOutcome",
		"issue": issues.iter().map(Issue::to_value).collect::<Vec<_>>(),
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_issue_says_what_where_and_why() {
		let issue = Issue::error(IssueKind::Required, "subject-missing", "give a subject")
			.at("DocumentReference.subject");
		let outcome = operation_outcome(&[issue]);
		assert_eq!(outcome["issue"][0]["expression"][0], "DocumentReference.subject");
		assert_eq!(outcome["issue"][0]["code"], "required");
		let nameless = Issue::error(IssueKind::Value, "unknown-parameter", "x").at("");
		assert_eq!(operation_outcome(&[nameless])["issue"][0].get("expression"), None);
		assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], "subject-missing");
	}
}
