//! Failures of requests, as HTTP status and OperationOutcome.

use axum::{
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use salus_client::{Error, ErrorKind, JournalError, Missing};
use salus_fhir::{
	outcome::{operation_outcome, Issue, IssueKind},
	MEDIA_TYPE,
};

use crate::identifiers::IdentifierError;

/// A failed request.
#[derive(Debug)]
pub(crate) struct Fault {
	status: StatusCode,
	issues: Vec<Issue>,
}

/// Result of a request.
pub(crate) type Answer<T> = Result<T, Fault>;

impl Fault {
	pub(crate) fn new(
		status: StatusCode,
		kind: IssueKind,
		code: &'static str,
		text: impl Into<String>,
	) -> Self {
		Self { status, issues: vec![Issue::error(kind, code, text)] }
	}

	/// Returns the fault of a request whose content is wrong.
	pub(crate) fn bad(issues: Vec<Issue>) -> Self {
		Self { status: StatusCode::BAD_REQUEST, issues }
	}

	/// Returns the fault of a resource that does not exist, or of which the client may not know.
	pub(crate) fn not_found() -> Self {
		let text = "there is no such resource, or this client may not see it";
		Self::new(StatusCode::NOT_FOUND, IssueKind::NotFound, "not-found", text)
	}

	/// Returns whether the resource does not exist, or the client may not know of it.
	pub(crate) fn is_not_found(&self) -> bool {
		self.status == StatusCode::NOT_FOUND
	}

	pub(crate) fn unsupported(text: impl Into<String>) -> Self {
		let status = StatusCode::METHOD_NOT_ALLOWED;
		Self::new(status, IssueKind::NotSupported, "not-supported", text)
	}

	pub(crate) fn login() -> Self {
		let text = "give an access token of this server: Authorization: Bearer …";
		Self::new(StatusCode::UNAUTHORIZED, IssueKind::Login, "no-token", text)
	}
}

impl From<Issue> for Fault {
	fn from(issue: Issue) -> Self {
		Self::bad(vec![issue])
	}
}

impl From<IdentifierError> for Fault {
	fn from(error: IdentifierError) -> Self {
		let (status, kind, code) = match error {
			IdentifierError::Taken => (StatusCode::CONFLICT, IssueKind::Conflict, "taken"),
			IdentifierError::OtherVersion => {
				(StatusCode::PRECONDITION_FAILED, IssueKind::Conflict, "other-version")
			}
			_ => (StatusCode::INTERNAL_SERVER_ERROR, IssueKind::Exception, "identifiers"),
		};
		Self::new(status, kind, code, crate::chain_of(&error))
	}
}

impl From<Error> for Fault {
	fn from(error: Error) -> Self {
		let (status, kind, code) = match (&error, error.kind()) {
			(Error::Erased(_), _) => (StatusCode::GONE, IssueKind::Deleted, "erased"),
			(Error::Refused(_), _) => (StatusCode::FORBIDDEN, IssueKind::Forbidden, "refused"),
			(Error::OtherVersion(_), _) => {
				(StatusCode::PRECONDITION_FAILED, IssueKind::Conflict, "other-version")
			}
			(Error::WriteOutput(error), _) if error.kind() == std::io::ErrorKind::StorageFull => {
				(StatusCode::INSUFFICIENT_STORAGE, IssueKind::Transient, "no-space")
			}
			(Error::Journal(JournalError::Busy), _) => {
				(StatusCode::CONFLICT, IssueKind::Conflict, "busy")
			}
			_ if is_of_records(&error, "VersionConflict") => {
				(StatusCode::PRECONDITION_FAILED, IssueKind::Conflict, "other-version")
			}
			_ if is_of_records(&error, "AlreadyRegistered") => {
				(StatusCode::CONFLICT, IssueKind::Conflict, "added-meanwhile")
			}
			_ if is_of_records(&error, "NotYourRecord") || is_of_records(&error, "NotPatient") => {
				(StatusCode::FORBIDDEN, IssueKind::Forbidden, "not-permitted")
			}
			(_, ErrorKind::Refused) => {
				(StatusCode::FORBIDDEN, IssueKind::Forbidden, "not-permitted")
			}
			(_, ErrorKind::NotFound) => (StatusCode::NOT_FOUND, IssueKind::NotFound, "not-found"),
			(_, ErrorKind::Usage) => (StatusCode::BAD_REQUEST, IssueKind::Value, "usage"),
			(_, ErrorKind::Chain) => {
				(StatusCode::UNPROCESSABLE_ENTITY, IssueKind::BusinessRule, "chain-refused")
			}
			(_, ErrorKind::Deadline) => {
				(StatusCode::GATEWAY_TIMEOUT, IssueKind::Timeout, "deadline")
			}
			(_, ErrorKind::Unreachable) => {
				(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "node-unreachable")
			}
			(Error::Fetch(_), ErrorKind::Failure) => {
				(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "not-available")
			}
			(_, ErrorKind::Key) => (StatusCode::INTERNAL_SERVER_ERROR, IssueKind::Exception, "key"),
			(_, ErrorKind::Failure) => {
				(StatusCode::INTERNAL_SERVER_ERROR, IssueKind::Exception, "failure")
			}
		};
		// Errors of the SDK show no name, title or content, but some name accounts or addresses.
		let text = match (&error, error.kind()) {
			(Error::Erased(_), _) => "the patient has erased the record",
			(
				Error::NotAPatient(_) | Error::NotFound(Missing::Patient(_) | Missing::Member(_)),
				_,
			) => "the subject is not a patient; a hospital enrols patients",
			(_, ErrorKind::NotFound) => return Self::not_found(),
			(_, ErrorKind::Unreachable) => "the node does not answer; try again later",
			_ => return Self::new(status, kind, code, crate::chain_of(&error)),
		};
		Self::new(status, kind, code, text)
	}
}

/// Returns whether the chain refused a call with an error about records.
fn is_of_records(error: &Error, name: &str) -> bool {
	error.of_chain().is_some_and(|error| error.pallet == "Records" && error.error == name)
}

impl IntoResponse for Fault {
	fn into_response(self) -> Response {
		let body = operation_outcome(&self.issues).to_string();
		let mut response = (self.status, body).into_response();
		let headers = response.headers_mut();
		headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
		if self.status == StatusCode::UNAUTHORIZED {
			headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
		}
		let pause = match self.status {
			StatusCode::TOO_MANY_REQUESTS => Some("1"),
			StatusCode::SERVICE_UNAVAILABLE => Some("5"),
			_ => None,
		};
		if let Some(pause) = pause {
			headers.insert(header::RETRY_AFTER, HeaderValue::from_static(pause));
		}
		response
	}
}
