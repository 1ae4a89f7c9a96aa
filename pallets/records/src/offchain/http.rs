//! HTTP for the worker. Every request has a deadline, and every answer a maximum length.

use super::kubo::{Fault, Service};
use alloc::{vec, vec::Vec};
use sp_core::offchain::{HttpError, Timestamp};
use sp_runtime::offchain::http::{Error, PendingRequest, Request, Response};

/// Bytes per read. Each read copies this many in and out of the runtime's memory.
const READ: usize = 64 * 1024;

/// Maximum length of a line of an answer, in bytes.
const LINE: usize = 4096;

/// A request in flight.
pub(super) struct Sent {
	request: PendingRequest,
	deadline: Timestamp,
}

/// A multipart body with one file: content type, and the parts in the order in which to send them.
pub(super) type Body<'a> = Option<(&'a str, [&'a [u8]; 3])>;

/// Starts a `POST` request.
pub(super) fn post(
	service: Service,
	url: &str,
	body: Body,
	deadline: Timestamp,
) -> Result<Sent, Fault> {
	let (kind, parts) = match body {
		Some((kind, parts)) => (Some(kind), parts.to_vec()),
		None => (None, Vec::new()),
	};
	// An empty part would end the body.
	let parts: Vec<&[u8]> = parts.into_iter().filter(|part| !part.is_empty()).collect();
	let mut request = Request::post(url, parts).deadline(deadline);
	if let Some(kind) = kind {
		request = request.add_header("content-type", kind);
	}
	let request = request.send().map_err(|error| fault(service, error))?;
	Ok(Sent { request, deadline })
}

/// Waits for the head of an answer.
pub(super) fn wait(service: Service, sent: Sent) -> Result<Response, Fault> {
	match sent.request.try_wait(sent.deadline) {
		Ok(Ok(response)) => Ok(response),
		Ok(Err(Error::IoError | Error::Unknown)) => Err(Fault::Unreachable(service)),
		Ok(Err(Error::DeadlineReached)) | Err(_) => Err(Fault::Late(service)),
	}
}

/// Reads a whole body of at most `limit` bytes.
pub(super) fn read(
	service: Service,
	response: &Response,
	limit: usize,
	deadline: Timestamp,
) -> Result<Vec<u8>, Fault> {
	let mut body = Vec::new();
	let mut buffer = vec![0; READ];
	loop {
		let part = read_part(service, response, &mut buffer, deadline)?;
		if part.is_empty() {
			return Ok(body);
		}
		if body.len().saturating_add(part.len()) > limit {
			return Err(Fault::TooLong(service));
		}
		body.extend_from_slice(part);
	}
}

/// Reads one part of a body. The part is empty at the end of the body.
fn read_part<'a>(
	service: Service,
	response: &Response,
	buffer: &'a mut [u8],
	deadline: Timestamp,
) -> Result<&'a [u8], Fault> {
	let length = sp_io::offchain::http_response_read_body(response.id, buffer, Some(deadline))
		.map_err(|error| match error {
			HttpError::DeadlineReached => Fault::Late(service),
			HttpError::IoError | HttpError::Invalid => Fault::Cut(service),
		})?;
	buffer.get(..length as usize).ok_or(Fault::Garbled(service))
}

fn fault(service: Service, error: HttpError) -> Fault {
	match error {
		HttpError::DeadlineReached => Fault::Late(service),
		HttpError::IoError | HttpError::Invalid => Fault::Unreachable(service),
	}
}

/// A body that is read line by line.
pub(super) struct Lines {
	service: Service,
	response: Response,
	buffer: Vec<u8>,
	pending: Vec<u8>,
	at: usize,
	ended: bool,
}

impl Lines {
	pub(super) fn new(service: Service, response: Response) -> Self {
		let (buffer, pending) = (vec![0; READ], Vec::new());
		Self { service, response, buffer, pending, at: 0, ended: false }
	}

	/// Returns the next line that is not empty; `None` at the end.
	pub(super) fn next(&mut self, deadline: Timestamp) -> Result<Option<Vec<u8>>, Fault> {
		loop {
			let rest = self.pending.get(self.at..).unwrap_or_default();
			let end = rest.iter().position(|byte| *byte == b'\n');
			if let Some(end) = end.or((self.ended && !rest.is_empty()).then_some(rest.len())) {
				let line = rest.get(..end).unwrap_or_default().trim_ascii().to_vec();
				self.at = self.at.saturating_add(end).saturating_add(1);
				if line.is_empty() {
					continue;
				}
				return Ok(Some(line));
			}
			if self.ended {
				return Ok(None);
			}
			if rest.len() > LINE {
				return Err(Fault::TooLong(self.service));
			}
			self.pending = rest.to_vec();
			self.at = 0;
			let part = read_part(self.service, &self.response, &mut self.buffer, deadline)?;
			self.ended = part.is_empty();
			self.pending.extend_from_slice(part);
		}
	}
}
