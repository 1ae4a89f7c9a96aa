//! Failures of requests, as HTTP status and OperationOutcome.

use axum::{
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use salus_client::{
	parse_account,
	primitives::{Decision, DenyReason},
	Error, ErrorKind, FileError, JournalError, Missing, OutputError, RpcError, SubmitError,
};
use salus_fhir::{
	bundle::NotJson,
	outcome::{operation_outcome, Issue, IssueKind},
	MEDIA_TYPE,
};

use crate::{auth::scope::Act, identifiers::IdentifierError};

/// A failed request.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
	status: StatusCode,
	issues: Vec<Issue>,
}

/// Codes of faults that the node or the chain is to blame for, and that pass.
const PASSING: [&str; 4] = ["node-unreachable", "node-full", "deadline", "stalled"];

/// Codes of faults of an add that another one forestalled.
const FORESTALLED: [&str; 2] = ["added-meanwhile", "busy"];

/// Error codes of a node without room for an upload, or without an answer from its IPFS node.
const NO_ROOM: [i32; 3] = [9010, 9040, 9042];

/// Errors of the pallet Consent that tell whether a record exists, and whether it is the patient's.
const OF_NAMED_RECORD: [&str; 4] =
	["UnknownRecord", "NotYourRecord", "RecordErased", "UnknownVersion"];

/// Text of the fault of a patient whom nobody has enrolled, or who is unknown.
pub(crate) const UNKNOWN_PATIENT: &str =
	"no patient has this id or identifier; give Patient/ and the account of a patient whom a \
	 hospital has enrolled, or an identifier that this server keeps";

/// JSON-RPC error code for a method that the node does not offer.
const METHOD_NOT_FOUND: i32 = -32601;

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

	/// Returns the fault of a resource that does not exist, or that the client may not know of.
	pub(crate) fn not_found() -> Self {
		let text = "there is no such resource, or this client may not see it";
		Self::new(StatusCode::NOT_FOUND, IssueKind::NotFound, "not-found", text)
	}

	/// Returns whether the resource does not exist, or the client may not know of it.
	pub(crate) fn is_not_found(&self) -> bool {
		self.status == StatusCode::NOT_FOUND
	}

	/// Returns whether the node or the chain is to blame, and the same request may succeed later.
	pub(crate) fn passes(&self) -> bool {
		PASSING.contains(&self.code())
	}

	/// Returns whether another add of the same document came first, or is under way.
	pub(crate) fn is_forestalled(&self) -> bool {
		FORESTALLED.contains(&self.code())
	}

	/// Returns whether the same request may succeed later, if nobody changes it.
	pub(crate) fn may_pass(&self) -> bool {
		self.status.is_server_error()
			|| self.status == StatusCode::TOO_MANY_REQUESTS
			|| self.status == StatusCode::PRECONDITION_FAILED
			|| self.is_forestalled()
	}

	/// Returns the stable code of its first issue.
	pub(crate) fn code(&self) -> &'static str {
		self.issues.first().map_or("failure", |issue| issue.code)
	}

	/// Returns its first issue.
	pub(crate) fn issue(self) -> Issue {
		let other = || Issue::error(IssueKind::Exception, "failure", "the request failed");
		self.issues.into_iter().next().unwrap_or_else(other)
	}

	/// Returns its issues as a text, each with the element that it is about.
	pub(crate) fn text(&self) -> String {
		let texts = self.issues.iter().map(|issue| match &issue.path {
			Some(path) => format!("{path}: {}", issue.text),
			None => issue.text.clone(),
		});
		texts.collect::<Vec<_>>().join("; ")
	}

	pub(crate) fn unsupported(text: impl Into<String>) -> Self {
		let status = StatusCode::METHOD_NOT_ALLOWED;
		Self::new(status, IssueKind::NotSupported, "not-supported", text)
	}

	/// Returns the fault of a file of this server that cannot be used.
	pub(crate) fn of_store(error: rusqlite::Error) -> Self {
		tracing::error!(%error, "cannot use a file of the state folder");
		let text = "the server cannot use its state folder; tell its operator";
		let status = StatusCode::INTERNAL_SERVER_ERROR;
		Self::new(status, IssueKind::Exception, "storage", text)
	}

	/// Returns the fault of a search with a result that cannot be converted to FHIR.
	pub(crate) fn no_resource() -> Self {
		tracing::error!("a search result cannot be converted to FHIR; report this");
		let text = "the server cannot convert a search result to FHIR; tell its operator";
		let status = StatusCode::INTERNAL_SERVER_ERROR;
		Self::new(status, IssueKind::Exception, "no-resource", text)
	}

	/// Returns the fault of an access token whose scopes do not cover an act on a resource that the
	/// server has.
	pub(crate) fn scope(resource: &str, act: Act) -> Self {
		let text = format!(
			"the access token lacks {}; ask for this scope, or have the operator add it to the \
			 client's `scopes`",
			act.scope(resource)
		);
		Self::new(StatusCode::FORBIDDEN, IssueKind::Forbidden, "scope", text)
	}

	/// Returns the fault of a request for consent that names a document of somebody else. A
	/// document that does not exist has the same fault: the client may not know which it is.
	fn no_such_document() -> Self {
		let text = "the patient has no such document; check its id and the patient";
		let issue = Issue::error(IssueKind::BusinessRule, "unknown-document", text);
		let issues = vec![issue.at("Consent.provision.data")];
		Self { status: StatusCode::UNPROCESSABLE_ENTITY, issues }
	}

	/// Returns the fault of a request without an access token.
	pub(crate) fn no_token() -> Self {
		let text = "give an access token of this server: Authorization: Bearer …";
		Self::new(StatusCode::UNAUTHORIZED, IssueKind::Login, "no-token", text)
	}

	/// Returns the fault of an access token that is unknown, or that has expired.
	pub(crate) fn invalid_token() -> Self {
		let text = "this access token is unknown or has expired, because a token lives for five \
		            minutes and ends when the server restarts; get a new one";
		Self::new(StatusCode::UNAUTHORIZED, IssueKind::Login, "invalid-token", text)
	}

	/// Names the element with the patient, if the fault is that there is no such patient.
	pub(crate) fn of_patient(mut self, path: &str) -> Self {
		let is_of_patient =
			|issue: &&mut Issue| issue.code == "unknown-patient" && issue.path.is_none();
		for issue in self.issues.iter_mut().filter(is_of_patient) {
			issue.path = Some(path.to_owned());
		}
		self
	}

	/// Returns the challenge of RFC 6750: what is wrong with the access token, if there is one.
	fn challenge(&self) -> HeaderValue {
		let bare = HeaderValue::from_static("Bearer");
		if self.code() == "no-token" {
			return bare;
		}
		let text = format!(r#"Bearer error="invalid_token", error_description="{}""#, self.text());
		HeaderValue::try_from(text).unwrap_or(bare)
	}
}

impl From<Issue> for Fault {
	fn from(issue: Issue) -> Self {
		Self::bad(vec![issue])
	}
}

impl From<NotJson> for Fault {
	fn from(_: NotJson) -> Self {
		Self::no_resource()
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
		// A repetition finds whatever is registered already.
		let error = match error {
			Error::Stopped(stopped) => stopped.source,
			error => error,
		};
		if is_of_named_record(&error) {
			return Self::no_such_document();
		}
		let (status, kind, code) = class_of_error(&error)
			.or_else(|| class_of_refusal(&error))
			.unwrap_or_else(|| class_of_kind(&error));
		let is_said = matches!(
			&error,
			Error::Erased(_)
				| Error::NotAPatient(_)
				| Error::NotFound(Missing::Patient(_) | Missing::Member(_))
		);
		if error.kind() == ErrorKind::NotFound && !is_said {
			return Self::not_found();
		}
		Self::new(status, kind, code, text_of(&error))
	}
}

/// HTTP status, kind of issue and code of a fault.
type Class = (StatusCode, IssueKind, &'static str);

/// Returns the class of an error that has one of its own, regardless of its kind.
fn class_of_error(error: &Error) -> Option<Class> {
	let class = match error {
		Error::Erased(_) => (StatusCode::GONE, IssueKind::Deleted, "erased"),
		Error::NotAPatient(_) => (StatusCode::BAD_REQUEST, IssueKind::NotFound, "unknown-patient"),
		Error::Refused(_) => (StatusCode::FORBIDDEN, IssueKind::Forbidden, "refused"),
		Error::OtherVersion(_) => {
			(StatusCode::PRECONDITION_FAILED, IssueKind::Conflict, "other-version")
		}
		Error::File(error) => {
			(StatusCode::INTERNAL_SERVER_ERROR, IssueKind::Exception, of_file(error))
		}
		Error::Rpc(RpcError::Stale { .. })
		| Error::Submit(SubmitError::Rpc(RpcError::Stale { .. })) => {
			(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "stalled")
		}
		Error::Rpc(RpcError::Refused { code: METHOD_NOT_FOUND, .. }) => {
			(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "old-node")
		}
		Error::Rpc(RpcError::Refused { code, .. }) if NO_ROOM.contains(code) => {
			(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "node-full")
		}
		Error::WriteOutput(error) if error.kind() == std::io::ErrorKind::StorageFull => {
			(StatusCode::INSUFFICIENT_STORAGE, IssueKind::Transient, "no-space")
		}
		Error::Output(OutputError::NoRoom { .. }) => {
			(StatusCode::INSUFFICIENT_STORAGE, IssueKind::Transient, "no-space")
		}
		Error::Journal(JournalError::Busy) => (StatusCode::CONFLICT, IssueKind::Conflict, "busy"),
		Error::Fetch(_) if error.kind() == ErrorKind::Failure => {
			(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "not-available")
		}
		_ => return None,
	};
	Some(class)
}

/// Returns the class of a refusal by the chain that has one of its own.
fn class_of_refusal(error: &Error) -> Option<Class> {
	let refusal = error.of_chain()?;
	let class = match (refusal.pallet.as_str(), refusal.error.as_str()) {
		("Access", "TooManyOpen") => {
			(StatusCode::TOO_MANY_REQUESTS, IssueKind::Throttled, "too-many-open")
		}
		("Records", "VersionConflict") => {
			(StatusCode::PRECONDITION_FAILED, IssueKind::Conflict, "other-version")
		}
		("Records", "AlreadyRegistered") => {
			(StatusCode::CONFLICT, IssueKind::Conflict, "added-meanwhile")
		}
		("Records", "WrongKeyVersion" | "EpochNotActive") => {
			(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "keys-changed")
		}
		("Records", "NotYourRecord" | "NotPatient") => {
			(StatusCode::FORBIDDEN, IssueKind::Forbidden, "not-permitted")
		}
		_ => return None,
	};
	Some(class)
}

/// Returns the class of an error's kind. Logs an alarm.
fn class_of_kind(error: &Error) -> Class {
	match error.kind() {
		ErrorKind::Refused => (StatusCode::FORBIDDEN, IssueKind::Forbidden, "not-permitted"),
		ErrorKind::NotFound => (StatusCode::NOT_FOUND, IssueKind::NotFound, "not-found"),
		ErrorKind::Usage => (StatusCode::BAD_REQUEST, IssueKind::Value, "usage"),
		ErrorKind::Chain => {
			(StatusCode::UNPROCESSABLE_ENTITY, IssueKind::BusinessRule, "chain-refused")
		}
		ErrorKind::Deadline => (StatusCode::GATEWAY_TIMEOUT, IssueKind::Timeout, "deadline"),
		ErrorKind::Unreachable => {
			(StatusCode::SERVICE_UNAVAILABLE, IssueKind::Transient, "node-unreachable")
		}
		ErrorKind::Untrusted => {
			tracing::error!(
				error = %alarm_of(error),
				"an alarm; the runbook says what to do (docs/operations.md, Gateway failing)"
			);
			(StatusCode::BAD_GATEWAY, IssueKind::Exception, "untrusted")
		}
		ErrorKind::Key => (StatusCode::INTERNAL_SERVER_ERROR, IssueKind::Exception, "key"),
		ErrorKind::Failure => (StatusCode::INTERNAL_SERVER_ERROR, IssueKind::Exception, "failure"),
	}
}

/// Returns what a client learns of an error of the SDK. Those show no name, title or content, but
/// some name accounts, addresses or files of this machine.
fn text_of(error: &Error) -> String {
	let text = match (error, error.kind()) {
		(Error::Erased(_), _) => "the patient has erased the record",
		(Error::NotAPatient(_), _) => UNKNOWN_PATIENT,
		(Error::NotFound(Missing::Patient(_) | Missing::Member(_)), _) => {
			"the subject is not a patient; a hospital enrols patients"
		}
		(Error::MayNotWrite { organisation, .. }, _) => {
			return format!(
				"this client's account may not add this to the records of this patient for \
				 organisation {organisation}: the patient's consent does not cover it, or the \
				 account is not a live practitioner, records admin or device there; ask the patient \
				 or an admin of the organisation"
			);
		}
		(Error::Refused(refusal), _)
			if refusal.explanation.decision == Decision::Deny(DenyReason::NoGrant) =>
		{
			let text = without_accounts(&crate::chain_of(error));
			return format!("{text}; to ask, create a Consent with the status proposed");
		}
		(Error::Rpc(RpcError::Refused { code: METHOD_NOT_FOUND, .. }), _) => {
			"the node is older than this gateway needs; have its operator update it"
		}
		(Error::File(FileError::Changed(_)), _) => {
			"the file changed while it was read; wait until it is complete and start again"
		}
		(Error::File(FileError::Empty(_)), _) => "the file is empty; give one with content",
		(_, ErrorKind::Unreachable) => "the node does not answer; try again later",
		// Not the node's answer, but a key that somebody made.
		(Error::ForeignWrap { .. } | Error::WrongKeyShare { .. } | Error::Committee(_), _) => {
			return without_accounts(&crate::chain_of(error));
		}
		(_, ErrorKind::Untrusted) => {
			"the node's answer is not the chain's, so this server does not use it; tell the \
			 server's operator, whose journal has the cause"
		}
		_ => return without_accounts(&crate::chain_of(error)),
	};
	text.to_owned()
}

/// Length from which a word names something, such as an account, a record, a block, or a place in
/// the chain's state. No other word is that long.
const NAME: usize = 40;

/// Returns what the log has of an alarm. It names no patient, account or record.
fn alarm_of(error: &Error) -> String {
	let is_name = |word: &str| word.len() >= NAME;
	replaced(&crate::chain_of(error), |word| is_name(word).then_some("(left out)"))
}

/// Replaces the accounts that a text names, because the client must not learn other accounts.
fn without_accounts(text: &str) -> String {
	let is_account = |word: &str| parse_account(word).is_ok_and(|one| one.to_string() == word);
	replaced(text, |word| is_account(word).then_some("an account"))
}

/// Replaces the words of a text for which there is something else.
fn replaced(text: &str, other: impl Fn(&str) -> Option<&'static str>) -> String {
	let is_of_word = |letter: char| letter.is_ascii_alphanumeric();
	let mut shown = String::with_capacity(text.len());
	let mut rest = text;
	while let Some(start) = rest.find(is_of_word) {
		let (before, word) = rest.split_at(start);
		let (word, after) = word.split_at(word.find(|one| !is_of_word(one)).unwrap_or(word.len()));
		shown.push_str(before);
		shown.push_str(other(word).unwrap_or(word));
		rest = after;
	}
	shown.push_str(rest);
	shown
}

/// Returns the code of a file that cannot be added.
fn of_file(error: &FileError) -> &'static str {
	match error {
		FileError::Read { .. } => "unreadable",
		FileError::Empty(_) => "empty",
		FileError::NotAFile(_) => "not-a-file",
		FileError::OwnName { .. } | FileError::GivenName { .. } => "name",
		FileError::Changed(_) => "changed",
		FileError::Descriptor(_) => "description",
		FileError::NamedTwice(_) | FileError::SameContent { .. } | FileError::Known { .. } => {
			"failure"
		}
	}
}

/// Returns whether the chain refused a request for consent because of the record that it names.
/// While finality stalls, that is the node's word.
fn is_of_named_record(error: &Error) -> bool {
	let refusal = match error {
		Error::Submit(SubmitError::Refused { refusal }) => Some(refusal),
		error => error.of_chain(),
	};
	refusal.is_some_and(|refusal| {
		refusal.pallet == "Consent" && OF_NAMED_RECORD.contains(&refusal.error.as_str())
	})
}

impl IntoResponse for Fault {
	fn into_response(self) -> Response {
		let body = operation_outcome(&self.issues).to_string();
		let mut response = (self.status, body).into_response();
		let headers = response.headers_mut();
		headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
		if self.status == StatusCode::UNAUTHORIZED {
			headers.insert(header::WWW_AUTHENTICATE, self.challenge());
		}
		// The rest of a body that is given up must not take the connection.
		if self.status == StatusCode::REQUEST_TIMEOUT || self.code() == "too-many-bodies" {
			headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
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

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::{primitives::RecordId, ChainError, Stopped};
	use std::{
		collections::BTreeSet,
		fs,
		path::{Path, PathBuf},
	};

	/// Returns the text in quotation marks with which a text begins.
	fn literal(text: &str) -> Option<&str> {
		text.trim_start().strip_prefix('"')?.split('"').next()
	}

	/// Returns the texts in quotation marks that have the form of a code.
	fn literals(text: &str) -> impl Iterator<Item = &str> {
		let is_of_code = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
		let all = text.split('"').skip(1).step_by(2);
		all.filter(move |one| !one.is_empty() && one.bytes().all(is_of_code))
	}

	/// Adds the files of a folder that have codes of FHIR's answers.
	fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
		for entry in fs::read_dir(folder).unwrap() {
			let path = entry.unwrap().path();
			let name = path.file_name().unwrap().to_str().unwrap().to_owned();
			match &*name {
				// Senders of HL7 v2 and importers get separate codes.
				"hl7" | "import" | "tests.rs" => {}
				_ if path.is_dir() => sources(&path, found),
				_ if name.ends_with(".rs") => found.push(path),
				_ => {}
			}
		}
	}

	/// Returns the codes in a file.
	fn codes(path: &Path) -> BTreeSet<String> {
		let source = fs::read_to_string(path).unwrap();
		let source = source.split("#[cfg(test)]").next().unwrap();
		let mut found: Vec<&str> = Vec::new();
		for part in source.split("IssueKind::").skip(1) {
			let rest = part.trim_start_matches(|one: char| one.is_ascii_alphanumeric());
			found.extend(rest.strip_prefix(',').and_then(literal));
		}
		// Others are passed to functions that make the issue.
		let passed = source.split("wrong(").skip(1);
		if path.ends_with("crates/fhir/src/search.rs") {
			found.extend(passed.filter_map(literal));
		} else if path.ends_with("gateway/src/fhir/document/content.rs") {
			found.extend(passed.filter_map(|part| {
				let (_, rest) = part.trim_start().strip_prefix('"')?.split_once('"')?;
				literal(rest.strip_prefix(',')?)
			}));
		}
		for (name, end) in [("fn of_file(", "\n}"), ("fn unbound(", "\n\t}")] {
			let body = source.split_once(name).and_then(|(_, rest)| rest.split_once(end));
			found.extend(body.into_iter().flat_map(|(body, _)| literals(body)));
		}
		found.into_iter().map(str::to_owned).collect()
	}

	#[test]
	fn each_code_is_documented_once() {
		let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
		let repository = repository.canonicalize().unwrap();
		let mut files = Vec::new();
		for folder in ["gateway/src", "crates/fhir/src"] {
			sources(&repository.join(folder), &mut files);
		}
		let used: BTreeSet<_> = files.iter().flat_map(|path| codes(path)).collect();
		assert!(used.contains("expired-certificate") && used.contains("not-a-file"));
		let text = include_str!("../../docs/fhir-mapping.md");
		let (_, tables) = text.split_once("\n## Error codes\n").unwrap();
		let tables = tables.split("\n## ").next().unwrap();
		let rows = tables.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
		let rows: Vec<_> = rows.map(str::to_owned).collect();
		let documented: BTreeSet<_> = rows.iter().cloned().collect();
		assert_eq!(documented, used);
		assert_eq!(documented.len(), rows.len(), "a code is in two rows");
	}

	/// Returns the fault of a call that the chain refused, as it says and as the node says.
	fn refused(pallet: &str, name: &str) -> [Fault; 2] {
		let refusal =
			ChainError { pallet: pallet.into(), error: name.into(), docs: format!("{name}.") };
		let told = SubmitError::Refused { refusal: refusal.clone() };
		[Error::Submit(SubmitError::Chain(refusal)), Error::Submit(told)].map(Fault::from)
	}

	#[test]
	fn a_request_for_consent_tells_of_no_document() {
		let all = OF_NAMED_RECORD.map(|name| refused("Consent", name)).into_iter().flatten();
		let all = all.map(|fault| (fault.status, fault.code(), fault.text()));
		let mut all = all.collect::<Vec<_>>();
		all.dedup();
		let [(status, code, text)] = &all[..] else { panic!("these differ: {all:?}") };
		assert_eq!((*status, *code), (StatusCode::UNPROCESSABLE_ENTITY, "unknown-document"));
		assert!(!text.contains("Record"), "{text}");
		// Other errors say what they are.
		let [other, told] = refused("Consent", "TooManyRequests");
		assert_eq!((other.code(), told.code()), ("chain-refused", "chain-refused"));
		assert!(other.text().contains("TooManyRequests"), "{}", other.text());
	}

	#[test]
	fn a_reader_with_too_many_open_requests_waits() {
		let [fault, _] = refused("Access", "TooManyOpen");
		assert_eq!((fault.status, fault.code()), (StatusCode::TOO_MANY_REQUESTS, "too-many-open"));
	}

	#[test]
	fn a_document_whose_keys_changed_can_be_sent_again() {
		for name in ["WrongKeyVersion", "EpochNotActive"] {
			let [fault, _] = refused("Records", name);
			let expected = (StatusCode::SERVICE_UNAVAILABLE, "keys-changed");
			assert_eq!((fault.status, fault.code()), expected, "{name}");
			assert!(fault.may_pass(), "{name}");
		}
	}

	#[test]
	fn a_missing_scope_is_named() {
		let fault = Fault::scope("Subscription", Act::Create);
		assert_eq!((fault.status, fault.code()), (StatusCode::FORBIDDEN, "scope"));
		assert!(fault.text().contains("system/Subscription.c;"), "{}", fault.text());
	}

	#[test]
	fn an_invalid_token_is_not_reported_as_missing() {
		let challenge = |fault: Fault| {
			let response = fault.into_response();
			assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
			response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().to_owned()
		};
		assert_eq!(challenge(Fault::no_token()), "Bearer");
		let said = challenge(Fault::invalid_token());
		let expected = r#"Bearer error="invalid_token", error_description="this access token is"#;
		assert!(said.starts_with(expected) && said.contains("five minutes"), "{said}");
	}

	#[test]
	fn a_patient_whom_nobody_enrolled_is_unknown() {
		let error = Error::NotAPatient(parse_account("//Bob").unwrap());
		let fault = Fault::from(error).of_patient("DocumentReference.subject");
		assert_eq!((fault.status, fault.code()), (StatusCode::BAD_REQUEST, "unknown-patient"));
		assert!(fault.text().starts_with("DocumentReference.subject: no patient"), "{fault:?}");
		assert_eq!(Fault::not_found().of_patient("x").issue().path, None);
	}

	#[test]
	fn the_cause_of_a_stop_is_the_fault() {
		let full = || {
			let method = "salus_stageBlocks".into();
			Error::Rpc(RpcError::Refused { method, code: 9010, message: "full".into(), data: None })
		};
		let stopped = Stopped { registered: Vec::new(), files: 2, source: full() };
		for error in [full(), Box::new(stopped).into()] {
			let fault = Fault::from(error);
			assert_eq!((fault.code(), fault.passes()), ("node-full", true));
		}
	}

	#[test]
	fn an_old_node_is_said_to_be_old() {
		let (method, message) = ("salus_changesSince".into(), "Method not found".into());
		let error = Error::Rpc(RpcError::Refused { method, code: -32601, message, data: None });
		let fault = Fault::from(error);
		assert_eq!((fault.status, fault.code()), (StatusCode::SERVICE_UNAVAILABLE, "old-node"));
		assert!(fault.text().contains("older"), "{}", fault.text());
	}

	#[test]
	fn an_alarm_does_not_pass_by_itself() {
		let foreign = Error::ForeignWrap { record: RecordId([1; 32]), version: 2 };
		let metadata = Error::Submit(SubmitError::OtherMetadata);
		for (error, said) in [(foreign, "version 2"), (metadata, "tell the server's operator")] {
			let fault = Fault::from(error);
			assert_eq!((fault.status, fault.code()), (StatusCode::BAD_GATEWAY, "untrusted"));
			assert!(!fault.passes() && fault.text().contains(said), "{}", fault.text());
		}
	}

	#[test]
	fn an_alarm_in_the_log_names_nobody() {
		let log = tempfile::NamedTempFile::new().unwrap();
		let writer = std::sync::Arc::new(log.reopen().unwrap());
		let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
		let (record, reader) = (RecordId([1; 32]), parse_account("//Alice").unwrap());
		let block = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
		tracing::subscriber::with_default(subscriber, || {
			for error in [
				Error::ForeignWrap { record, version: 2 },
				Error::WrongKeyShare { organisation: 7, reader },
				Error::ForeignBlock(block.into()),
			] {
				assert_eq!(Fault::from(error).code(), "untrusted");
			}
		});
		let log = fs::read_to_string(log.path()).unwrap();
		assert_eq!(log.matches("an alarm").count(), 3, "{log}");
		assert!(log.contains("version 2") && log.contains("organisation 7"), "{log}");
		for name in [&*record.to_string(), &*reader.to_string(), block] {
			assert!(!log.contains(name), "{name} in {log}");
		}
	}

	#[test]
	fn an_outcome_names_no_account() {
		let [author, patient] = ["//Alice", "//Bob"].map(|uri| parse_account(uri).unwrap());
		let error = Error::MayNotWrite { author, organisation: 1, patient };
		let text = Fault::from(error).text();
		assert!(
			text.contains("this client's account may not add this to the records of this patient"),
			"{text}"
		);
		assert!(text.contains("organisation 1"), "{text}");
		assert!(![author, patient].iter().any(|one| text.contains(&one.to_string())), "{text}");
		let erased = Fault::from(Error::Erased(RecordId([1; 32])));
		assert_eq!((erased.status, erased.code()), (StatusCode::GONE, "erased"));
		for text in ["", "no account: 5Grw, é, 0xab", "a (b)"] {
			assert_eq!(without_accounts(text), text);
		}
	}
}
