//! Calls that are no larger than they need to be, and errors that do not send back what came.
//!
//! Reading a parameter can cost far more than sending it: an account is read from base 58 in a time that grows with the square
//! of its length, on a thread that closing the connection does not stop. So the parameters of every method have [`Bounds`],
//! which hold before anything is read.
//!
//! What reads the parameters of a call quotes what it cannot read, however long that is: two megabytes of nonsense would come
//! back as two megabytes of error, and end in logs. Whatever a method answers, of such an error [`ECHO`] characters are left.

use std::sync::Arc;

use futures::FutureExt;
use jsonrpsee::{
	core::RegisterMethodError,
	server::{AsyncMethod, MethodSink, SubscriptionMethod, SubscriptionState, SyncMethod},
	types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned, Id, Params},
	ConnectionId, Extensions, MaxResponseSize, MethodCallback, MethodResponse, RpcModule,
};
use serde_json::Value;

/// The most characters of what came that an error repeats.
pub const ECHO: usize = 200;

/// The most characters of a message that is in our own words.
const MESSAGE: usize = 1_000;

/// What the parameters of a method have at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
	/// The bytes of the longest text.
	text: usize,
	/// The values, those inside lists and objects included.
	values: usize,
}

/// The most values in the parameters of one call. Libraries ask for a page of a thousand keys at a time.
const VALUES: usize = 4_096;

/// Parameters that are accounts, hashes, CIDs, signatures and the like: an account takes microseconds to read.
const NAMES: Bounds = Bounds { text: 256, values: VALUES };

/// Parameters such as storage keys.
const TEXTS: Bounds = Bounds { text: 4_096, values: VALUES };

/// Parameters with bytes of any number, in a code that takes no longer than its length. The largest request bounds them.
const BYTES: Bounds = Bounds { text: usize::MAX, values: VALUES };

/// What the parameters of a method may have. A method that is not named here, of a release to come as well, has [`TEXTS`].
fn bounds(name: &str) -> Bounds {
	match name {
		// Its ticket is looked at when it is read.
		"salus_stageBlocks" => BYTES,
		// Transactions, and parameters of calls of the runtime.
		"author_submitExtrinsic"
		| "author_submitAndWatchExtrinsic"
		| "author_removeExtrinsic"
		| "transaction_v1_broadcast"
		| "transactionWatch_v1_submitAndWatch"
		| "system_dryRun"
		| "system_dryRunAt"
		| "payment_queryInfo"
		| "payment_queryFeeDetails"
		| "state_call"
		| "state_callAt"
		| "state_callRecorded"
		| "chainHead_v1_call"
		| "archive_v1_call"
		| "offchain_localStorageSet" => BYTES,
		"system_accountNextIndex" | "account_nextIndex" => NAMES,
		name if name.starts_with("salus_") => NAMES,
		_ => TEXTS,
	}
}

impl Bounds {
	/// What a piece of JSON has.
	fn of(json: &str) -> Self {
		let (mut longest, mut length, mut values) = (0_usize, 0_usize, 0_usize);
		let (mut inside, mut escaped) = (false, false);
		for byte in json.bytes() {
			if !inside {
				inside = byte == b'"';
				length = 0;
				values += usize::from(matches!(byte, b',' | b'[' | b'{'));
			} else if byte == b'"' && !escaped {
				inside = false;
				longest = longest.max(length);
			} else {
				escaped = byte == b'\\' && !escaped;
				length += 1;
			}
		}
		Self { text: longest, values }
	}
}

/// The refusal of parameters that are larger than a method's, if these are such.
fn too_large(name: &str, params: &Params) -> Option<ErrorObjectOwned> {
	let (most, has) = (bounds(name), Bounds::of(params.as_str()?));
	let why = match () {
		() if has.text > most.text => format!(
			"a text of {} bytes: no parameter of this method has more than {}",
			has.text, most.text
		),
		() if has.values > most.values => {
			format!("{} values: no call has more than {}, so make several", has.values, most.values)
		}
		() => return None,
	};
	let refusal = ErrorObjectOwned::owned(INVALID_PARAMS_CODE, "Invalid params", Some(why));
	Some(refusal)
}

/// The beginning of a text, with a sign if that is not all.
pub fn shorten(text: &str, most: usize) -> String {
	match text.char_indices().nth(most) {
		None => text.to_owned(),
		Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
	}
}

/// The same methods, whose parameters have [`Bounds`], and whose errors are short.
pub fn briefly<C>(module: RpcModule<C>) -> Result<RpcModule<()>, RegisterMethodError> {
	let mut brief = RpcModule::new(());
	for name in module.method_names() {
		let callback = match module.method(name).cloned() {
			None => continue,
			Some(MethodCallback::Sync(call)) => {
				let call: SyncMethod = Arc::new(
					move |id: Id, params: Params, most: MaxResponseSize, extensions: Extensions| {
						if let Some(refusal) = too_large(name, &params) {
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
						if let Some(refusal) = too_large(name, &params) {
							return async move { MethodResponse::error(id, refusal) }.boxed();
						}
						let answer = call(id.clone(), params, connection, most, extensions);
						async move { cut(id, answer.await) }.boxed()
					},
				);
				MethodCallback::Async(call)
			}
			Some(MethodCallback::Subscription(call)) => {
				let call: SubscriptionMethod<'static> = Arc::new(
					move |id: Id,
					      params: Params,
					      sink: MethodSink,
					      state: SubscriptionState,
					      extensions: Extensions| {
						if let Some(refusal) = too_large(name, &params) {
							// As a subscription answers: into the connection.
							let refused = MethodResponse::subscription_error(id, refusal);
							return async move {
								let _ = sink.send(refused.as_result().to_owned()).await;
								refused
							}
							.boxed();
						}
						call(id, params, sink, state, extensions)
					},
				);
				MethodCallback::Subscription(call)
			}
			Some(MethodCallback::Unsubscription(call)) => MethodCallback::Unsubscription(Arc::new(
				move |id: Id,
				      params: Params,
				      connection: ConnectionId,
				      most: MaxResponseSize,
				      extensions: Extensions| {
					match too_large(name, &params) {
						Some(refusal) => MethodResponse::error(id, refusal),
						None => call(id, params, connection, most, extensions),
					}
				},
			)),
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
	let most = if code == INVALID_PARAMS_CODE { ECHO } else { MESSAGE };
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
	fn the_longest_text_and_the_values_are_found() {
		for (json, text, values) in [
			("", 0, 0),
			("[1, true, {}]", 0, 4),
			(r#"["abc", {"a": "abcd"}]"#, 4, 3),
			(r#"["a\"b", "c\\", "d"]"#, 4, 3),
			(r#"["a,[,{"]"#, 5, 1),
			(r#"["unfinished"#, 0, 1),
		] {
			assert_eq!(Bounds::of(json), Bounds { text, values }, "{json}");
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
