//! Requests to addresses, or with methods, that the server does not have.

use axum::{
	extract::State,
	http::{Method, StatusCode, Uri},
};
use salus_fhir::outcome::IssueKind;

use super::Shared;
use crate::fault::Fault;

/// Answers a request to an address that the server does not have.
pub(super) async fn elsewhere(State(gateway): Shared, address: Uri) -> Fault {
	if address.path().starts_with("/fhir") {
		return Fault::not_found();
	}
	let text = format!("there is nothing at this address; FHIR is at {}", gateway.base());
	Fault::new(StatusCode::NOT_FOUND, IssueKind::NotFound, "not-found", text)
}

/// Answers a request with a method that its address does not have.
pub(super) async fn not_offered(method: Method) -> Fault {
	Fault::unsupported(match method {
		Method::PATCH => "the server has no PATCH; send a whole update, by PUT",
		_ => "the CapabilityStatement lists the interactions of each resource",
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn a_patch_is_said_to_be_an_update() {
		for (method, said) in [(Method::PATCH, "whole update"), (Method::PUT, "lists")] {
			let text = not_offered(method).await.text();
			assert!(text.contains(said), "{text}");
		}
	}
}
