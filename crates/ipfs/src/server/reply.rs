//! Answers in the formats of Kubo.

use std::error::Error as StdError;

use axum::{
	body::Body,
	extract::multipart::MultipartError,
	http::{header, HeaderName, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

use crate::{content::Cid, errors::causes, store};

const STREAM: HeaderName = HeaderName::from_static("x-stream-output");
const CHUNKED: HeaderName = HeaderName::from_static("x-chunked-output");
const LENGTH: HeaderName = HeaderName::from_static("x-content-length");

/// Makes successful answers.
pub(super) struct Reply;

impl Reply {
	/// Answers with one JSON value.
	pub(super) fn json(value: &impl Serialize) -> Response {
		respond("application/json", None, line(value).into())
	}

	/// Answers with one JSON value after another.
	pub(super) fn lines(values: &[impl Serialize]) -> Response {
		let text: String = values.iter().map(line).collect();
		respond("application/json", Some(CHUNKED), text.into())
	}

	/// Answers with the bytes of a block.
	pub(super) fn raw(data: Vec<u8>) -> Response {
		respond("application/vnd.ipld.raw", Some(STREAM), data.into())
	}

	/// Answers with a file of this length, in bytes.
	pub(super) fn file(length: u64, body: Body) -> Response {
		let mut response = respond("text/plain", Some(STREAM), body);
		response.headers_mut().insert(LENGTH, HeaderValue::from(length));
		response
	}
}

fn line(value: &impl Serialize) -> String {
	let mut text = serde_json::to_string(value).expect("answers are maps with text keys; qed");
	text.push('\n');
	text
}

fn respond(kind: &'static str, flag: Option<HeaderName>, body: Body) -> Response {
	let mut response = Response::new(body);
	let headers = response.headers_mut();
	headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
	if let Some(flag) = flag {
		headers.insert(flag, HeaderValue::from_static("1"));
	}
	response
}

/// Reason to refuse a request.
#[derive(Debug)]
pub(super) enum CommandError {
	/// The command failed. The answer has Kubo's error format.
	Error(String),
	/// The request is invalid.
	Bad(String),
	/// No command has this path.
	NoSuchCommand,
}

impl CommandError {
	/// Makes an error from another and all its causes.
	pub(super) fn failed(error: &(dyn StdError + 'static)) -> Self {
		Self::Error(causes(error))
	}

	/// Makes the error of an invalid request.
	pub(super) fn bad(message: String) -> Self {
		Self::Bad(message)
	}

	/// Makes the error for a missing block, in Kubo's words.
	pub(super) fn absent(cid: &Cid) -> Self {
		Self::Error(format!("block was not found locally (offline): ipld: could not find {cid}"))
	}

	/// Returns only the text.
	pub(super) fn message(self) -> String {
		match self {
			Self::Error(message) | Self::Bad(message) => message,
			Self::NoSuchCommand => "404 page not found".into(),
		}
	}
}

impl From<store::Error> for CommandError {
	fn from(error: store::Error) -> Self {
		let refusal = Self::failed(&error);
		// The caller cannot repair a disk. The operator can, and reads the log.
		if let (store::Error::DiskFull(_) | store::Error::Io { .. }, Self::Error(text)) =
			(&error, &refusal)
		{
			log::error!("{text}");
		}
		refusal
	}
}

impl From<MultipartError> for CommandError {
	fn from(error: MultipartError) -> Self {
		Self::failed(&error)
	}
}

impl IntoResponse for CommandError {
	fn into_response(self) -> Response {
		match self {
			Self::Error(message) => {
				let body = json!({ "Message": message, "Code": 0, "Type": "error" });
				let mut response = Reply::json(&body);
				*response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
				response
			}
			Self::Bad(message) => (StatusCode::BAD_REQUEST, message + "\n").into_response(),
			Self::NoSuchCommand => (StatusCode::NOT_FOUND, "404 page not found\n").into_response(),
		}
	}
}
