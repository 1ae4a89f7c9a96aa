//! The form of a token request (RFC 6749).

use std::{net::IpAddr, time::Duration};

use axum::{
	body::Body,
	http::{header, HeaderMap},
};
use form_urlencoded::parse;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::{
	sync::{Semaphore, SemaphorePermit},
	time::timeout,
};

use super::{Denied, TokenRequest};
use crate::{
	addresses::{Addresses, Place},
	body::MAX_FORM,
	media::{is_one_of, is_utf_8},
};

/// Maximum number of forms that arrive at a time: nobody knows yet who sends them.
const AT_A_TIME: usize = 64;

/// Maximum number of them from one address.
const FROM_ONE: usize = 16;

/// Limit for a form to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Limits for the forms that arrive: from all senders, and from each address. Forms from a proxy on
/// this machine count only toward the first.
pub(crate) struct Forms {
	all: Semaphore,
	addresses: Addresses,
}

impl Default for Forms {
	fn default() -> Self {
		Self::new(AT_A_TIME, FROM_ONE)
	}
}

impl Forms {
	fn new(at_a_time: usize, from_one: usize) -> Self {
		let addresses = Addresses::behind_proxy(from_one);
		Self { all: Semaphore::new(at_a_time), addresses }
	}

	/// Takes a place for a form of an address. Fails if the address or all have none left.
	fn take(&self, address: IpAddr) -> Result<(Place, SemaphorePermit<'_>), Denied> {
		let of_address = self.addresses.take(address).ok_or(Denied::TooManyForms)?;
		let of_all = self.all.try_acquire().map_err(|_| Denied::TooManyForms)?;
		Ok((of_address, of_all))
	}
}

impl TokenRequest {
	/// Receives a form of an address, which takes one of the places until it has arrived.
	pub(crate) async fn receive(
		forms: &Forms,
		address: IpAddr,
		headers: &HeaderMap,
		body: Body,
	) -> Result<Self, Denied> {
		Self::receive_within(ARRIVAL, forms, address, headers, body).await
	}

	async fn receive_within(
		limit: Duration,
		forms: &Forms,
		address: IpAddr,
		headers: &HeaderMap,
		body: Body,
	) -> Result<Self, Denied> {
		let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
		if !media_type.is_some_and(is_form) {
			return Err(Denied::NotAForm);
		}
		let _place = forms.take(address)?;
		let body = Limited::new(body, MAX_FORM).collect();
		let form = timeout(limit, body).await.map_err(|_| Denied::TooSlow)?;
		let form = form.map_err(|error| match error.is::<LengthLimitError>() {
			true => Denied::TooLarge(MAX_FORM),
			false => Denied::Request("the form ended early; send it again"),
		})?;
		Self::read(&form.to_bytes())
	}

	/// Reads a form. Other parameters are ignored, and one without a value counts as left out.
	pub(crate) fn read(form: &[u8]) -> Result<Self, Denied> {
		if std::str::from_utf8(form).is_err() {
			return Err(Denied::Request("the form is not UTF-8; encode it as UTF-8"));
		}
		let mut read = Self::default();
		for (name, value) in parse(form) {
			let place = match &*name {
				"grant_type" => &mut read.grant_type,
				"client_assertion_type" => &mut read.client_assertion_type,
				"client_assertion" => &mut read.client_assertion,
				"client_id" => &mut read.client_id,
				"purpose_of_use" => &mut read.purpose_of_use,
				"scope" => &mut read.scope,
				_ => continue,
			};
			if !place.is_empty() {
				return Err(Denied::Request("a parameter is given twice; give it once"));
			}
			*place = value.into_owned();
		}
		if read.grant_type.is_empty() {
			return Err(Denied::Request("grant_type is missing; give client_credentials"));
		}
		Ok(read)
	}
}

/// Returns whether a media type names a form in UTF-8.
fn is_form(media_type: &str) -> bool {
	is_one_of(media_type, &[FORM]) && is_utf_8(media_type)
}

#[cfg(test)]
mod tests {
	use super::*;
	use axum::{
		body::Bytes,
		http::{HeaderValue, StatusCode},
		response::IntoResponse,
	};
	use futures::{future::join_all, stream};
	use std::convert::Infallible;

	fn headers() -> HeaderMap {
		HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(FORM))])
	}

	/// Returns a body that never arrives.
	fn slow() -> Body {
		Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())
	}

	#[tokio::test]
	async fn no_address_takes_the_places_of_others() {
		let (forms, headers) = (Forms::new(8, 2), headers());
		let addresses = [1_u8, 1, 1, 1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
		let bodies = [slow(), slow(), slow(), slow(), Body::from("grant_type=a")];
		let short = Duration::from_millis(50);
		let receiving = addresses.into_iter().zip(bodies).map(|(address, body)| {
			TokenRequest::receive_within(short, &forms, address, &headers, body)
		});
		let received = join_all(receiving).await.into_iter();
		let statuses: Vec<_> =
			received.map(|one| one.err().map(|denied| denied.status().as_u16())).collect();
		assert_eq!(statuses, [Some(408), Some(408), Some(503), Some(503), None]);
		// The places are free again.
		let [first, ..] = addresses;
		let request =
			TokenRequest::receive(&forms, first, &headers, Body::from("grant_type=a")).await;
		assert!(request.is_ok());
	}

	#[tokio::test]
	async fn the_forms_that_arrive_are_bounded() {
		let (forms, headers) = (Forms::new(2, 2), headers());
		let own = IpAddr::from([127, 0, 0, 1]);
		let receive =
			|limit, body| TokenRequest::receive_within(limit, &forms, own, &headers, body);
		let short = Duration::from_millis(50);
		let denied = join_all((0..3).map(|_| receive(short, slow()))).await;
		let denied = denied.into_iter().map(|one| one.err().unwrap().into_response());
		let denied: Vec<_> = denied.collect();
		let statuses: Vec<_> = denied.iter().map(|one| one.status().as_u16()).collect();
		assert_eq!(statuses, [408, 408, 503]);
		assert!(denied.iter().all(|one| one.headers()[header::CONNECTION] == "close"));
		assert_eq!(denied[2].status(), StatusCode::SERVICE_UNAVAILABLE);
		assert!(denied[2].headers().contains_key(header::RETRY_AFTER));
		let request = receive(ARRIVAL, Body::from("grant_type=a")).await;
		assert_eq!(request.ok().unwrap().grant_type, "a");
	}

	#[test]
	fn a_form_has_each_parameter_once() {
		let read = TokenRequest::read(b"grant_type=a&scope=&scope=b+c&x=1&x=2").ok().unwrap();
		assert_eq!((&*read.grant_type, &*read.scope), ("a", "b c"));
		for form in
			[&b"grant_type=a&grant_type=a"[..], b"grant_type=a&scope=b&scope=c", b"", b"\xff"]
		{
			let denied = TokenRequest::read(form).err().unwrap();
			assert_eq!((denied.code(), denied.status().as_u16()), ("invalid_request", 400));
		}
	}

	#[test]
	fn only_forms_are_read() {
		assert!(is_form("Application/x-www-form-urlencoded; charset=utf-8"));
		assert!(!is_form("application/json") && !is_form(""));
		assert!(!is_form("application/x-www-form-urlencoded; charset=iso-8859-1"));
	}
}
