//! Errors that do not send back what came.
//!
//! What reads the parameters of a call quotes what it cannot read, however long that is: two megabytes of nonsense would come
//! back as two megabytes of error, and end in logs. Whatever a method answers, of such an error [`ECHO`] characters are left.

use std::sync::Arc;

use futures::FutureExt;
use jsonrpsee::{
	core::RegisterMethodError,
	server::{AsyncMethod, SyncMethod},
	types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned, Id, Params},
	ConnectionId, Extensions, MaxResponseSize, MethodCallback, MethodResponse, RpcModule,
};
use serde_json::Value;

/// The most characters of what came that an error repeats.
pub const ECHO: usize = 200;

/// The most characters of a message that is in our own words.
const MESSAGE: usize = 1_000;

/// The longest text in the parameters of our own methods, besides blocks. An account of megabytes is decoded for hours before
/// it is refused.
const TEXT: usize = 4_096;

/// The method that takes blocks. Its ticket is looked at when it is read.
const BLOCKS: &str = "salus_stageBlocks";

/// The length in bytes of the longest text in a piece of JSON.
fn longest_text(json: &str) -> usize {
	let (mut longest, mut length) = (0_usize, 0_usize);
	let (mut inside, mut escaped) = (false, false);
	for byte in json.bytes() {
		if !inside {
			inside = byte == b'"';
			length = 0;
		} else if byte == b'"' && !escaped {
			inside = false;
			longest = longest.max(length);
		} else {
			escaped = byte == b'\\' && !escaped;
			length += 1;
		}
	}
	longest
}

/// The refusal of parameters that no method has, if these are such.
fn too_long(name: &str, params: &Params) -> Option<ErrorObjectOwned> {
	if !name.starts_with("salus_") || name == BLOCKS {
		return None;
	}
	let length = longest_text(params.as_str()?);
	(length > TEXT).then(|| {
		let why = format!("a text of {length} bytes: no parameter has more than {TEXT}");
		ErrorObjectOwned::owned(INVALID_PARAMS_CODE, "Invalid params", Some(why))
	})
}

/// The beginning of a text, with a sign if that is not all.
pub fn shorten(text: &str, most: usize) -> String {
	match text.char_indices().nth(most) {
		None => text.to_owned(),
		Some(_) => text
			.chars()
			.take(most.saturating_sub(1))
			.chain(['…'])
			.collect(),
	}
}

/// The same methods, whose errors are short.
pub fn briefly<C>(module: RpcModule<C>) -> Result<RpcModule<()>, RegisterMethodError> {
	let mut brief = RpcModule::new(());
	for name in module.method_names() {
		let callback = match module.method(name).cloned() {
			None => continue,
			Some(MethodCallback::Sync(call)) => {
				let call: SyncMethod = Arc::new(
					move |id: Id, params: Params, most: MaxResponseSize, extensions: Extensions| {
						if let Some(refusal) = too_long(name, &params) {
							return MethodResponse::error(id, refusal);
						}
						cut(id.clone(), call(id, params, most, extensions))
					},
				);
				MethodCallback::Sync(call)
			}
			Some(MethodCallback::Async(call)) => {
				let call: AsyncMethod<'static> = Arc::new(
					move |id: Id<'static>,
					      params: Params<'static>,
					      connection: ConnectionId,
					      most: MaxResponseSize,
					      extensions: Extensions| {
						if let Some(refusal) = too_long(name, &params) {
							return async move { MethodResponse::error(id, refusal) }.boxed();
						}
						let answer = call(id.clone(), params, connection, most, extensions);
						async move { cut(id, answer.await) }.boxed()
					},
				);
				MethodCallback::Async(call)
			}
			Some(other) => other,
		};
		brief.verify_and_insert(name, callback)?;
	}
	Ok(brief)
}

/// Cuts an error that is too long.
fn cut(id: Id, mut answer: MethodResponse) -> MethodResponse {
	if !answer.is_error() || answer.as_result().len() <= ECHO {
		return answer;
	}
	let Ok(whole) = serde_json::from_str::<Value>(answer.as_result()) else {
		return answer;
	};
	let error = &whole["error"];
	let code = error["code"].as_i64().unwrap_or_default() as i32;
	let most = if code == INVALID_PARAMS_CODE {
		ECHO
	} else {
		MESSAGE
	};
	let message = shorten(error["message"].as_str().unwrap_or_default(), most);
	let data = match &error["data"] {
		Value::Null => None,
		Value::String(text) => Some(Value::from(shorten(text, ECHO))),
		data => Some(data.clone()),
	};
	let extensions = std::mem::take(answer.extensions_mut());
	MethodResponse::error(id, ErrorObjectOwned::owned(code, message, data))
		.with_extensions(extensions)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_longest_text_is_found() {
		for (json, longest) in [
			("", 0),
			("[1, true, {}]", 0),
			(r#"["abc", {"a": "abcd"}]"#, 4),
			(r#"["a\"b", "c\\", "d"]"#, 4),
			(r#"["unfinished"#, 0),
		] {
			assert_eq!(longest_text(json), longest, "{json}");
		}
	}

	#[test]
	fn a_text_is_cut_between_characters() {
		assert_eq!(shorten("", 3), "");
		assert_eq!(shorten("äöü", 3), "äöü");
		assert_eq!(shorten("äöüß", 3), "äö…");
		assert_eq!(shorten(&"x".repeat(2_000_000), ECHO).chars().count(), ECHO);
	}
}
