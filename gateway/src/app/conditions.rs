//! Headers that change what a write means. If one were ignored, a client could write what it must
//! not.

use axum::{
	extract::{rejection::RawPathParamsRejection, RawPathParams, Request},
	http::{HeaderMap, Method, StatusCode},
	middleware::Next,
	response::{IntoResponse, Response},
};
use salus_fhir::outcome::IssueKind;

use crate::fault::{Answer, Fault};

/// Preconditions of HTTP and of FHIR. HTTP itself ignores others in a write.
const PRECONDITIONS: [&str; 4] =
	["if-match", "if-none-match", "if-unmodified-since", "if-none-exist"];

/// Parts of a path that are not fixed, decoded: of FHIR, the resource and its id. A path that the
/// server does not have, or that is not UTF-8, has none.
pub(super) type Parts = Result<RawPathParams, RawPathParamsRejection>;

/// Returns a part of a path, decoded: 0 is the name of the resource.
pub(super) fn part(parts: &Parts, at: usize) -> Option<&str> {
	parts.as_ref().ok()?.iter().nth(at).map(|(_, value)| value)
}

/// Refuses a write with a header that the server would ignore.
pub(super) async fn heeded(parts: Parts, request: Request, next: Next) -> Response {
	let path = request.uri().path();
	let is_write = [Method::POST, Method::PUT, Method::DELETE].contains(request.method());
	if path.starts_with("/fhir") && is_write {
		let known = known(request.method(), path, part(&parts, 0));
		let heeded = only(request.headers(), known).and_then(|()| whole(request.headers()));
		if let Err(fault) = heeded {
			return fault.into_response();
		}
	}
	next.run(request).await
}

/// Returns the preconditions that the handler of a write looks at. The name of the resource is
/// decoded, and the path is not.
fn known(method: &Method, path: &str, resource: Option<&str>) -> &'static [&'static str] {
	match (method, resource) {
		// A Task has no versions.
		(&Method::PUT, Some("Task")) => &[],
		(&(Method::PUT | Method::DELETE), _) => &["if-match"],
		// A create: of a resource below /fhir.
		(&Method::POST, _) if path.split('/').filter(|part| !part.is_empty()).count() == 2 => {
			&["if-none-exist"]
		}
		_ => &[],
	}
}

/// Refuses preconditions other than these.
fn only(headers: &HeaderMap, known: &[&str]) -> Answer<()> {
	let unknown = |name: &&str| headers.contains_key(*name) && !known.contains(name);
	let Some(name) = PRECONDITIONS.iter().copied().find(|name| unknown(name)) else {
		return Ok(());
	};
	let text = format!("this request does not have the condition {name}; leave it out");
	let status = StatusCode::BAD_REQUEST;
	Err(Fault::new(status, IssueKind::NotSupported, "unknown-precondition", text))
}

/// Refuses a part of a body, and a Provenance that would not be kept.
fn whole(headers: &HeaderMap) -> Answer<()> {
	let status = StatusCode::BAD_REQUEST;
	if headers.contains_key("content-range") {
		let text = "the body is a part (Content-Range); send all of it";
		return Err(Fault::new(status, IssueKind::NotSupported, "range", text));
	}
	if headers.contains_key("x-provenance") {
		let text = "the chain itself says who writes; leave X-Provenance out";
		return Err(Fault::new(status, IssueKind::NotSupported, "not-kept", text));
	}
	Ok(())
}

/// Refuses a read of content under a condition that the server does not evaluate: it would be on
/// the patient's log.
pub(super) fn of_content(headers: &HeaderMap) -> Answer<()> {
	only(headers, &["if-none-match"])
}

#[cfg(test)]
mod tests {
	use super::*;
	use axum::{body::Body, middleware, routing::any, Router};
	use hyper::service::Service;
	use hyper_util::service::TowerToHyperService;

	#[tokio::test]
	async fn a_write_has_no_condition_that_is_ignored() {
		let all = any(|| async { "done" });
		let router = Router::new()
			.route("/fhir", all.clone())
			.route("/fhir/", all.clone())
			.route("/fhir/{resource}", all.clone())
			.route("/fhir/{resource}/{id}", all.clone())
			.route("/fhir/{resource}/{id}/{operation}", all.clone())
			.route("/token", all)
			.layer(middleware::from_fn(heeded));
		let service = TowerToHyperService::new(router);
		let send = async |method: &str, path: &str, name: &str| {
			let request = Request::builder().method(method).uri(path).header(name, "x");
			let response = service.call(request.body(Body::empty()).unwrap()).await.unwrap();
			response.status().as_u16()
		};
		let one = "/fhir/DocumentReference/1";
		let (create, operation) = ("/fhir/DocumentReference", "/fhir/Consent/$explain");
		for (method, path, heeds) in [
			("PUT", one, "if-match"),
			("DELETE", one, "if-match"),
			("POST", create, "if-none-exist"),
			("POST", "/fhir/Binary", "if-none-exist"),
			("PUT", "/fhir/Task/1", ""),
			("PUT", "/fhir/%54ask/1", ""),
			("PUT", "/fhir/DocumentReference/Task", "if-match"),
			("POST", "/fhir/%42inary", "if-none-exist"),
			("POST", "/fhir", ""),
			("POST", "/fhir/", ""),
			("POST", operation, ""),
			("POST", "/fhir/Patient/1/$everything", ""),
			("POST", "/fhir/Patient/_search", ""),
		] {
			for name in PRECONDITIONS.iter().chain(&["content-range", "x-provenance"]) {
				let expected = if *name == heeds { 200 } else { 400 };
				assert_eq!(send(method, path, name).await, expected, "{method} {path} {name}");
			}
			assert_eq!(send(method, path, "if-modified-since").await, 200, "{method} {path}");
		}
		for (method, path) in [("GET", one), ("POST", "/token")] {
			assert_eq!(send(method, path, "if-match").await, 200, "{method} {path}");
		}
	}

	#[test]
	fn a_read_of_content_has_no_condition_that_is_ignored() {
		let code = |name: &'static str| {
			let headers = HeaderMap::from_iter([(
				axum::http::HeaderName::from_static(name),
				axum::http::HeaderValue::from_static("x"),
			)]);
			of_content(&headers).map_err(|fault| fault.code())
		};
		for name in ["if-match", "if-unmodified-since"] {
			assert_eq!(code(name), Err("unknown-precondition"), "{name}");
		}
		for name in ["if-range", "range", "if-none-match", "if-modified-since"] {
			assert_eq!(code(name), Ok(()), "{name}");
		}
	}
}
