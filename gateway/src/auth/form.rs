//! The form of a token request (RFC 6749).

use std::time::Duration;

use axum::{
	body::Body,
	http::{header, HeaderMap},
};
use form_urlencoded::parse;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::{sync::Semaphore, time::timeout};

use super::{Denied, TokenRequest};
use crate::{
	body::MAX_FORM,
	media::{is_one_of, is_utf_8},
};

/// Maximum number of forms that arrive at a time: nobody knows yet who sends them.
pub(super) const AT_A_TIME: usize = 64;

/// Limit for a form to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

impl TokenRequest {
	/// Receives a form, which takes one of the places until it has arrived.
	pub(crate) async fn receive(
		places: &Semaphore,
		headers: &HeaderMap,
		body: Body,
	) -> Result<Self, Denied> {
		Self::receive_within(ARRIVAL, places, headers, body).await
	}

	async fn receive_within(
		limit: Duration,
		places: &Semaphore,
		headers: &HeaderMap,
		body: Body,
	) -> Result<Self, Denied> {
		let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
		if !media_type.is_some_and(is_form) {
			return Err(Denied::NotAForm);
		}
		let _place = places.try_acquire().map_err(|_| Denied::TooManyForms)?;
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

/// Returns whether a media type is that of a form in UTF-8.
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

	#[tokio::test]
	async fn the_forms_that_arrive_are_bounded() {
		let places = Semaphore::new(2);
		let form = HeaderValue::from_static(FORM);
		let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, form)]);
		let receive = |limit, body| TokenRequest::receive_within(limit, &places, &headers, body);
		let slow = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
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
