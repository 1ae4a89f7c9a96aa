//! The simulated world as the runtime sees it.

use super::world::{Misbehaviour, Request, World};
use sp_core::offchain::{
	DbExternalities, Externalities, HttpError, HttpRequestId, HttpRequestStatus,
	OpaqueNetworkState, StorageKind, Timestamp,
};

impl Externalities for World {
	fn is_validator(&self) -> bool {
		true
	}
	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		Err(())
	}
	fn timestamp(&mut self) -> Timestamp {
		Timestamp::from_unix_millis(self.clock())
	}
	fn sleep_until(&mut self, deadline: Timestamp) {
		self.with(|state| state.late(Some(deadline)));
	}
	fn random_seed(&mut self) -> [u8; 32] {
		[0; 32]
	}
	fn http_request_start(
		&mut self,
		method: &str,
		url: &str,
		_: &[u8],
	) -> Result<HttpRequestId, ()> {
		assert_eq!(method, "POST");
		let call = url.strip_prefix("http://").unwrap().replacen("/api/v0/", " ", 1);
		self.with(|state| {
			let fault = state.rule.as_mut().and_then(|rule| rule(&call));
			state.calls.push(call.clone());
			let id = state.requests.len() as u16;
			state.requests.insert(id, Request { call, fault, ..Default::default() });
			Ok(HttpRequestId(id))
		})
	}
	fn http_request_add_header(
		&mut self,
		id: HttpRequestId,
		name: &str,
		value: &str,
	) -> Result<(), ()> {
		assert_eq!(name, "content-type");
		self.with(|state| state.requests.get_mut(&id.0).unwrap().kind = value.to_string());
		Ok(())
	}
	fn http_request_write_body(
		&mut self,
		id: HttpRequestId,
		chunk: &[u8],
		deadline: Option<Timestamp>,
	) -> Result<(), HttpError> {
		self.with(|state| {
			assert!(deadline.is_some(), "every request has a deadline");
			let request = state.requests.get_mut(&id.0).unwrap();
			assert!(!request.sent, "the body has ended");
			request.body.extend_from_slice(chunk);
			if chunk.is_empty() {
				request.sent = true;
				state.most_open = state.most_open.max(state.open());
			} else if matches!(request.fault, Some(Misbehaviour::Refuse)) {
				return Err(HttpError::IoError);
			}
			Ok(())
		})
	}
	fn http_response_wait(
		&mut self,
		ids: &[HttpRequestId],
		deadline: Option<Timestamp>,
	) -> Vec<HttpRequestStatus> {
		let [id] = ids else { panic!("one at a time") };
		self.with(|state| {
			let request = &state.requests[&id.0];
			assert!(request.sent);
			let end = deadline.expect("every request has a deadline").unix_millis();
			let fault = request.fault.clone();
			let latency = match fault {
				Some(Misbehaviour::Slow(milliseconds)) => milliseconds,
				_ => state.latency,
			};
			if matches!(fault, Some(Misbehaviour::Hang)) || state.clock + latency > end {
				state.late(deadline);
				return vec![HttpRequestStatus::DeadlineReached];
			}
			state.clock += latency;
			let answer = match fault {
				Some(Misbehaviour::Refuse) => return vec![HttpRequestStatus::IoError],
				Some(Misbehaviour::Answer(status, body)) => (status, body),
				Some(Misbehaviour::Status(status)) => (status, state.answer(id.0).1),
				Some(Misbehaviour::Repeat(_, line)) => (200, line.as_bytes().to_vec()),
				_ => state.answer(id.0),
			};
			let status = HttpRequestStatus::Finished(answer.0);
			state.requests.get_mut(&id.0).unwrap().answer = answer;
			vec![status]
		})
	}
	fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		Vec::new()
	}
	fn http_response_read_body(
		&mut self,
		id: HttpRequestId,
		buffer: &mut [u8],
		deadline: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		self.with(|state| {
			assert!(deadline.is_some(), "every request has a deadline");
			let request = state.requests.get_mut(&id.0).unwrap();
			let mut rest = &request.answer.1[request.read..];
			match request.fault {
				Some(Misbehaviour::Cut(at)) if request.read >= at => {
					return Err(HttpError::IoError)
				}
				Some(Misbehaviour::Stall(at)) if request.read >= at => {
					state.late(deadline);
					return Err(HttpError::DeadlineReached);
				}
				Some(Misbehaviour::Repeat(pause, line)) => {
					state.clock += pause;
					buffer[..line.len()].copy_from_slice(line.as_bytes());
					return Ok(line.len());
				}
				Some(Misbehaviour::Cut(at) | Misbehaviour::Stall(at)) => {
					rest = &rest[..rest.len().min(at - request.read)];
				}
				_ => {}
			}
			// Short reads, so that lines are cut anywhere.
			let length = rest.len().min(buffer.len()).min(50);
			buffer[..length].copy_from_slice(&rest[..length]);
			request.read += length;
			request.done = length == 0;
			state.bytes_read += length;
			Ok(length)
		})
	}
	fn set_authorized_nodes(&mut self, _: Vec<sp_core::OpaquePeerId>, _: bool) {
		unreachable!()
	}
}

impl DbExternalities for World {
	fn local_storage_set(&mut self, _: StorageKind, key: &[u8], value: &[u8]) {
		self.with(|state| state.storage.insert(key.to_vec(), value.to_vec()));
	}
	fn local_storage_clear(&mut self, _: StorageKind, key: &[u8]) {
		self.with(|state| state.storage.remove(key));
	}
	fn local_storage_compare_and_set(
		&mut self,
		kind: StorageKind,
		key: &[u8],
		old: Option<&[u8]>,
		new: &[u8],
	) -> bool {
		let same = self.with(|state| state.storage.get(key).map(Vec::as_slice) == old);
		if same {
			self.local_storage_set(kind, key, new);
		}
		same
	}
	fn local_storage_get(&mut self, _: StorageKind, key: &[u8]) -> Option<Vec<u8>> {
		self.with(|state| state.storage.get(key).cloned())
	}
}
