//! The form of a token request (RFC 6749).

use form_urlencoded::parse;

use super::{Denied, TokenRequest};

/// Media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

impl TokenRequest {
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

/// Returns whether a media type is that of a form.
pub(crate) fn is_form(media_type: &str) -> bool {
	let essence = media_type.split(';').next().unwrap_or_default();
	essence.trim().eq_ignore_ascii_case(FORM)
}

#[cfg(test)]
mod tests {
	use super::*;

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
	}
}
