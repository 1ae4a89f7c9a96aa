//! The form of an answer: FHIR R4 in JSON. A client that does not take it is refused before
//! anything is done.

use axum::{
	extract::Request,
	http::{HeaderMap, Method},
	middleware::Next,
	response::{IntoResponse, Response},
};
use salus_fhir::search;

use super::conditions::{part, Parts};
use crate::{
	fault::{Answer, Fault},
	fhir::Query,
	media::{speaks_json, takes_utf_8},
};

/// Refuses a request below /fhir whose client does not take FHIR R4 in JSON.
pub(super) async fn agreed(parts: Parts, request: Request, next: Next) -> Response {
	let uri = request.uri();
	let is_configuration = uri.path().starts_with("/fhir/.well-known/");
	let is_fhir = uri.path().starts_with("/fhir") && !is_configuration;
	if is_fhir && !is_agreed_later(request.method(), uri.path(), &parts) {
		let query = Query::from_url(uri.query().unwrap_or_default(), request.headers());
		if let Err(fault) = takes_answer(request.headers(), &query) {
			return fault.into_response();
		}
	}
	next.run(request).await
}

/// Returns whether the handler itself looks at what a client takes: content has any media type, and
/// a form can have `_format`.
fn is_agreed_later(method: &Method, path: &str, parts: &Parts) -> bool {
	let is_read = [Method::GET, Method::HEAD].contains(method);
	let is_of_one =
		part(parts, 1).is_some_and(|id| !id.starts_with('$')) && part(parts, 2).is_none();
	let is_content = is_read && part(parts, 0) == Some("Binary") && is_of_one;
	is_content || (*method == Method::POST && path.ends_with("/_search"))
}

/// Refuses a client that accepts no FHIR R4 in JSON, or no UTF-8. `_format` takes precedence over
/// `Accept`.
pub(super) fn takes_answer(headers: &HeaderMap, query: &Query) -> Answer<()> {
	match names_json(query)? {
		true => takes_utf_8(headers),
		false => speaks_json(headers),
	}
}

/// Returns whether `_format` names JSON. Refuses another one.
fn names_json(query: &Query) -> Answer<bool> {
	let formats = query.pairs().iter().filter(|(name, _)| name == "_format");
	let formats: Vec<_> = formats.cloned().collect();
	let form = search::Query::of_form(&formats).map_err(Fault::from)?;
	Ok(!form.used.is_empty())
}

#[cfg(test)]
mod tests {
	use super::*;
	use axum::{body::Body, middleware, routing::any, Router};
	use hyper::service::Service;
	use hyper_util::service::TowerToHyperService;

	/// Returns the status of a request with this header.
	async fn send(method: &str, path: &str, name: &str, value: &str) -> u16 {
		let all = any(|| async { "done" });
		let router = Router::new()
			.route("/token", all.clone())
			.route("/fhir/.well-known/smart-configuration", all.clone())
			.route("/fhir", all.clone())
			.route("/fhir/{resource}", all.clone())
			.route("/fhir/{resource}/_search", all.clone())
			.route("/fhir/{resource}/{id}", all.clone())
			.route("/fhir/{resource}/{id}/{operation}", all)
			.layer(middleware::from_fn(agreed));
		let request = Request::builder().method(method).uri(path).header(name, value);
		let request = request.body(Body::empty()).unwrap();
		let response = TowerToHyperService::new(router).call(request).await.unwrap();
		response.status().as_u16()
	}

	const ALL: [(&str, &str); 9] = [
		("POST", "/fhir"),
		("POST", "/fhir/DocumentReference"),
		("POST", "/fhir/Binary"),
		("PUT", "/fhir/DocumentReference/1"),
		("DELETE", "/fhir/DocumentReference/1"),
		("POST", "/fhir/Consent/$explain"),
		("GET", "/fhir/Binary/$explain"),
		("GET", "/fhir/Patient"),
		("GET", "/fhir/metadata"),
	];

	#[tokio::test]
	async fn a_client_that_takes_no_json_of_r4_does_nothing() {
		for (method, path) in ALL {
			for (accept, status) in [
				("*/*", 200),
				("application/fhir+xml;q=1.0, application/fhir+json;q=1.0", 200),
				("application/fhir+json", 200),
				("application/fhir+xml", 406),
				("text/html", 406),
				("application/fhir+json; fhirVersion=5.0", 406),
			] {
				let given = send(method, path, "accept", accept).await;
				assert_eq!(given, status, "{method} {path} {accept}");
			}
			assert_eq!(send(method, path, "accept-charset", "iso-8859-1").await, 406, "{path}");
			assert_eq!(send(method, path, "x-other", "x").await, 200, "{method} {path}");
		}
	}

	#[tokio::test]
	async fn the_parameter_goes_before_accept() {
		for (method, path) in ALL {
			for (format, status) in [
				("_format=json", 200),
				("_pretty=true&_format=application/fhir%2Bjson", 200),
				("_format=", 406),
				("_format=xml", 400),
				("_format=json&_format=xml", 400),
			] {
				let path = format!("{path}?{format}");
				for accept in ["text/html", "application/fhir+xml"] {
					assert_eq!(send(method, &path, "accept", accept).await, status, "{path}");
				}
			}
			let path = format!("{path}?_format=json");
			assert_eq!(send(method, &path, "accept-charset", "iso-8859-1").await, 406, "{path}");
		}
	}

	#[tokio::test]
	async fn content_and_forms_are_agreed_later() {
		for (method, path) in [
			("GET", "/fhir/Binary/1"),
			("GET", "/fhir/%42inary/1"),
			("HEAD", "/fhir/Binary/1"),
			("POST", "/fhir/Patient/_search"),
			("GET", "/fhir/.well-known/smart-configuration"),
			("POST", "/token"),
		] {
			assert_eq!(send(method, path, "accept", "text/html").await, 200, "{method} {path}");
		}
		let headers = HeaderMap::from_iter([(
			axum::http::header::ACCEPT,
			axum::http::HeaderValue::from_static("text/html"),
		)]);
		let takes = |form: &str| {
			let form = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
			let query = Query::from_url("", &headers).and(form);
			takes_answer(&headers, &query).map_err(|fault| fault.code())
		};
		assert_eq!(takes("patient=1&_format=json"), Ok(()));
		assert_eq!(
			(takes("patient=1"), takes("_format=xml")),
			(Err("json-only"), Err("json-only"))
		);
	}
}
