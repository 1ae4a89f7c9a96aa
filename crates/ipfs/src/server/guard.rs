//! Refuses browsers, and requests to the name of another host.

use std::{net::IpAddr, sync::Arc};

use axum::{
	extract::{Request, State},
	http::{
		header::{ALLOW, HOST, ORIGIN, REFERER},
		HeaderMap, Method, StatusCode,
	},
	middleware::Next,
	response::{IntoResponse, Response},
};

/// Refuses a request that is not a POST, comes from a web page, or names another host.
pub(super) async fn guard(
	State(hosts): State<Arc<Vec<String>>>,
	request: Request,
	next: Next,
) -> Response {
	match *request.method() {
		Method::POST => {}
		Method::OPTIONS => {
			return (StatusCode::NO_CONTENT, [(ALLOW, "OPTIONS, POST")]).into_response();
		}
		_ => {
			let allow = [(ALLOW, "OPTIONS, POST")];
			return (StatusCode::METHOD_NOT_ALLOWED, allow, "405 - Method Not Allowed\n")
				.into_response();
		}
	}
	let headers = request.headers();
	let browser = headers.contains_key(ORIGIN) || headers.contains_key(REFERER);
	// A request in absolute form has a host in its URI too, which takes precedence in routing.
	let named = request.uri().host().is_none_or(|host| is_allowed(host, &hosts))
		&& host(headers).is_some_and(|host| is_allowed(host, &hosts));
	if browser || !named {
		log::warn!("refused a request to {} (possible CSRF)", request.uri().path());
		return (StatusCode::FORBIDDEN, "403 - Forbidden\n").into_response();
	}
	next.run(request).await
}

/// Returns the `Host` header without the port, if there is exactly one.
fn host(headers: &HeaderMap) -> Option<&str> {
	let mut hosts = headers.get_all(HOST).iter();
	let host = hosts.next()?.to_str().ok()?;
	if hosts.next().is_some() {
		return None;
	}
	Some(match host.rsplit_once(':') {
		// The last colon of `[::1]` does not precede a port.
		Some((name, port)) if !port.contains(']') => name,
		_ => host,
	})
}

fn is_allowed(host: &str, hosts: &[String]) -> bool {
	let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
	bare.eq_ignore_ascii_case("localhost")
		|| bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
		|| hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(bare))
}
