//! Bodies of requests, bounded in size, in time, and in their number at a time.

use std::{sync::Arc, time::Duration};

use axum::{
	body::{Body, Bytes},
	http::{header, HeaderMap, StatusCode},
};
use http_body_util::BodyExt;
use salus_fhir::{outcome::IssueKind, MEDIA_TYPE};
use tokio::{
	sync::{OwnedSemaphorePermit, Semaphore},
	time::timeout,
};

use crate::{
	app::Gateway,
	auth::Access,
	clients::SmartClient,
	fault::{Answer, Fault},
};

/// Largest body of a request, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024 * 1024;

/// Largest body of all requests at a time, in KiB.
pub(crate) const ALL_BODIES: usize = 256 * 1024;

/// Largest form, in bytes.
pub(crate) const MAX_FORM: usize = 64 * 1024;

/// Maximum number of one client's bodies that arrive at a time: a small part of the connections.
pub(crate) const BODIES: usize = 64;

/// Limit for a body to arrive.
const ARRIVAL: Duration = Duration::from_secs(120);

/// Media types of a resource in JSON.
pub(crate) const RESOURCES: &[&str] =
	&[MEDIA_TYPE, "application/json+fhir", "application/json", "text/json"];

/// Media type of a form.
pub(crate) const FORMS: &[&str] = &["application/x-www-form-urlencoded"];

/// The body of a request. Until dropped, it counts toward its client's limit and the server's.
pub(crate) struct Received {
	pub(crate) text: String,
	_room: Room,
}

/// A body that arrives. Until dropped, it counts toward its client's limit of arriving bodies.
pub(crate) struct Arriving {
	body: Body,
	_place: OwnedSemaphorePermit,
}

impl Arriving {
	/// Takes one of the places of a client. Fails if the client has none left.
	pub(crate) fn new(places: &Arc<Semaphore>, body: Body) -> Answer<Self> {
		let place = places.clone().try_acquire_owned().map_err(|_| {
			let text = "too many bodies of this client are arriving; wait until one has arrived";
			let status = StatusCode::TOO_MANY_REQUESTS;
			Fault::new(status, IssueKind::Throttled, "too-many-bodies", text)
		})?;
		Ok(Self { body, _place: place })
	}

	/// Returns the next bytes; `None` at the end.
	pub(crate) async fn next_part(&mut self) -> Answer<Option<Bytes>> {
		while let Some(frame) = self.body.frame().await {
			let frame = frame.map_err(|_| {
				let text = "the body ended early; send it again";
				Fault::new(StatusCode::BAD_REQUEST, IssueKind::Structure, "broken-off", text)
			})?;
			if let Ok(part) = frame.into_data() {
				return Ok(Some(part));
			}
		}
		Ok(None)
	}
}

/// Memory that something takes as it arrives, out of several shares. Dropping this frees it.
pub(crate) struct Room {
	of: Vec<Arc<Semaphore>>,
	/// Permits of each share; empty before any room is taken.
	held: Vec<OwnedSemaphorePermit>,
	/// KiB that are held.
	kib: u32,
}

impl Room {
	/// Creates an empty reservation against the client's and the server's memory.
	pub(crate) fn new(gateway: &Gateway, client: &SmartClient) -> Self {
		Self::of(vec![client.room.clone(), gateway.room.clone()])
	}

	/// Creates an empty reservation against each of these shares.
	pub(crate) fn of(of: Vec<Arc<Semaphore>>) -> Self {
		Self { of, held: Vec::new(), kib: 0 }
	}

	/// Adds a share to take from. Call it before any room is taken.
	pub(crate) fn and(mut self, share: Arc<Semaphore>) -> Self {
		self.of.push(share);
		self
	}

	/// Takes room for this number of bytes in all. Returns whether there is that much.
	pub(crate) fn grow(&mut self, bytes: usize) -> bool {
		let needed = u32::try_from(bytes / 1024).unwrap_or(u32::MAX).saturating_add(1);
		if needed <= self.kib {
			return true;
		}
		let more = needed.saturating_sub(self.kib);
		let taken = self.of.iter().map(|share| share.clone().try_acquire_many_owned(more).ok());
		let Some(taken) = taken.collect::<Option<Vec<_>>>() else { return false };
		match self.held.is_empty() {
			true => self.held = taken,
			false => self.held.iter_mut().zip(taken).for_each(|(held, more)| held.merge(more)),
		}
		self.kib = needed;
		true
	}
}

/// Reads the body of a request whose client may send it. It takes room as it arrives, so that a
/// client that sends slowly, or says nothing of the length, keeps no room from others.
pub(crate) async fn receive(
	gateway: &Gateway,
	access: &Access,
	headers: &HeaderMap,
	body: Body,
	limit: usize,
) -> Answer<Received> {
	let too_large = || {
		let text = format!("the body is larger than {limit} bytes; split it");
		Fault::new(StatusCode::PAYLOAD_TOO_LARGE, IssueKind::TooLong, "too-large", text)
	};
	let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
	let announced = announced.and_then(|value| value.parse::<usize>().ok());
	if announced.is_some_and(|size| size > limit) {
		return Err(too_large());
	}
	let full = || {
		let text = "too many bodies are being received; try again later";
		let status = StatusCode::SERVICE_UNAVAILABLE;
		Fault::new(status, IssueKind::Throttled, "no-room", text)
	};
	let mut body = Arriving::new(&access.client.bodies, body)?;
	let receiving = async {
		let mut bytes = Vec::new();
		let mut room = Room::new(gateway, &access.client);
		room.grow(0).then_some(()).ok_or_else(full)?;
		while let Some(part) = body.next_part().await? {
			if bytes.len().saturating_add(part.len()) > limit {
				return Err(too_large());
			}
			bytes.extend_from_slice(&part);
			room.grow(bytes.len()).then_some(()).ok_or_else(full)?;
		}
		Ok((bytes, room))
	};
	let (bytes, room) = timeout(ARRIVAL, receiving).await.map_err(|_| too_slow())??;
	let text = String::from_utf8(bytes).map_err(|_| {
		let text = "the body is not UTF-8; FHIR's JSON must be";
		Fault::new(StatusCode::BAD_REQUEST, IssueKind::Structure, "not-utf-8", text)
	})?;
	Ok(Received { text, _room: room })
}

/// Returns the fault of a body that does not arrive.
pub(crate) fn too_slow() -> Fault {
	let text = "the body did not arrive in time; send it again";
	Fault::new(StatusCode::REQUEST_TIMEOUT, IssueKind::Timeout, "too-slow", text)
}

#[cfg(test)]
mod tests {
	use super::*;
	use axum::response::IntoResponse;
	use std::convert::Infallible;

	#[test]
	fn room_comes_out_of_all_shares_or_none() {
		let [small, large] = [8, 100].map(|kib| Arc::new(Semaphore::new(kib)));
		let free = || [&small, &large].map(|share| share.available_permits());
		let mut room = Room::of(vec![large.clone()]).and(small.clone());
		assert!(room.grow(0) && room.grow(2 * 1024) && room.grow(1024));
		assert_eq!(free(), [5, 97]);
		let mut other = Room::of(vec![large.clone(), small.clone()]);
		assert!(!other.grow(5 * 1024));
		assert_eq!(free(), [5, 97], "nothing is kept of what is refused");
		assert!(other.grow(4 * 1024));
		assert_eq!(free(), [0, 92]);
		drop((room, other));
		assert_eq!(free(), [8, 100]);
	}

	#[tokio::test]
	async fn the_bodies_of_a_client_that_arrive_are_bounded() {
		let [his, lab] = [(); 2].map(|()| Arc::new(Semaphore::new(BODIES)));
		let slow = || Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>());
		let mut held: Vec<_> =
			(0..BODIES).map(|_| Arriving::new(&his, slow()).ok().unwrap()).collect();
		let refused = Arriving::new(&his, slow()).err().unwrap();
		assert_eq!(refused.code(), "too-many-bodies");
		let response = refused.into_response();
		assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
		assert_eq!(response.headers()[header::CONNECTION], "close");
		assert!(response.headers().contains_key(header::RETRY_AFTER));
		assert!(Arriving::new(&lab, slow()).is_ok());
		held.pop();
		let mut next = Arriving::new(&his, Body::from("all is well")).ok().unwrap();
		assert_eq!(next.next_part().await.ok().flatten().unwrap(), "all is well");
		assert!(next.next_part().await.is_ok_and(|part| part.is_none()));
	}
}
