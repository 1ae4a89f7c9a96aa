//! Limits on the size of calls, and on what errors repeat of them.
//!
//! Reading a parameter can cost far more than sending it. Decoding a base-58 account takes
//! quadratic time, and closing the connection does not stop it. So the parameters of every method
//! have [`Bounds`], which are checked before anything is read.
//!
//! The code that reads parameters quotes those that it cannot read, at any length. Two megabytes of
//! nonsense would come back as a two-megabyte error and appear in logs. So every error of this kind
//! is cut to [`ECHO`] characters.

use std::sync::Arc;

use futures::FutureExt;
use jsonrpsee::{
	core::RegisterMethodError,
	server::{AsyncMethod, MethodSink, SubscriptionMethod, SubscriptionState, SyncMethod},
	types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned, Id, Params},
	ConnectionId, Extensions, MaxResponseSize, MethodCallback, MethodResponse, RpcModule,
};
use serde_json::Value;

/// Maximum number of characters of a call that an error repeats.
pub const ECHO: usize = 200;

/// Maximum number of characters of any other error message.
const MESSAGE: usize = 1_000;

/// Limits of a method's parameters, or the measures of a call's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
	/// Length of the longest text, in bytes.
	text: usize,
	/// Number of values, including those inside lists and objects.
	values: usize,
}

/// Maximum number of values in the parameters of one call. Libraries request a thousand keys at a
/// time.
const VALUES: usize = 4_096;

/// Limits for accounts, hashes, CIDs, signatures and the like. An account of this length is read in
/// microseconds.
const NAMES: Bounds = Bounds { text: 256, values: VALUES };

/// Limits for storage keys and the like.
const TEXTS: Bounds = Bounds { text: 4_096, values: VALUES };

/// Limits for bytes of any length, in an encoding whose reading time is proportional to the length.
/// The maximum size of a request limits them.
const BYTES: Bounds = Bounds { text: usize::MAX, values: VALUES };

/// Returns the limits of a method's parameters. Methods that are not listed here, including those
/// of later releases, have [`TEXTS`].
fn bounds(name: &str) -> Bounds {
	match name {
		// The ticket is checked when it is read.
		"salus_stageBlocks" => BYTES,
		// Transactions, and parameters of runtime calls.
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
		"salus_proveCall" => TEXTS,
		name if name.starts_with("salus_") => NAMES,
		_ => TEXTS,
	}
}

impl Bounds {
	/// Returns the measures of a piece of JSON.
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

/// Checks that the parameters of a call are within the method's limits.
fn guard(name: &str, params: &Params) -> Result<(), ErrorObjectOwned> {
	let Some(json) = params.as_str() else {
		return Ok(());
	};
	let (max, has) = (bounds(name), Bounds::of(json));
	let why = if has.text > max.text {
		format!(
			"a text of {} bytes; no parameter of this method may have more than {}",
			has.text, max.text
		)
	} else if has.values > max.values {
		format!("{} values; send at most {} in one call", has.values, max.values)
	} else {
		return Ok(());
	};
	Err(ErrorObjectOwned::owned(INVALID_PARAMS_CODE, "Invalid params", Some(why)))
}

/// Returns the beginning of a text, with `…` at the end if it was cut.
pub fn shorten(text: &str, max: usize) -> String {
	match text.char_indices().nth(max) {
		None => text.to_owned(),
		Some(_) => text.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
	}
}

/// Wraps the methods, so that their parameters have [`Bounds`] and their errors are short.
pub fn bounded<C>(module: RpcModule<C>) -> Result<RpcModule<()>, RegisterMethodError> {
	let mut bounded = RpcModule::new(());
	for name in module.method_names() {
		let callback = match module.method(name).cloned() {
			None => continue,
			Some(MethodCallback::Sync(call)) => MethodCallback::Sync(bounded_call(name, call)),
			Some(MethodCallback::Async(call)) => MethodCallback::Async(bounded_async(name, call)),
			Some(MethodCallback::Subscription(call)) => {
				MethodCallback::Subscription(bounded_subscription(name, call))
			}
			Some(MethodCallback::Unsubscription(call)) => MethodCallback::Unsubscription(Arc::new(
				move |id: Id,
				      params: Params,
				      connection: ConnectionId,
				      max: MaxResponseSize,
				      extensions: Extensions| {
					match guard(name, &params) {
						Ok(()) => call(id, params, connection, max, extensions),
						Err(refusal) => MethodResponse::error(id, refusal),
					}
				},
			)),
		};
		bounded.verify_and_insert(name, callback)?;
	}
	Ok(bounded)
}

fn bounded_call(name: &'static str, call: SyncMethod) -> SyncMethod {
	Arc::new(move |id: Id, params: Params, max: MaxResponseSize, extensions: Extensions| {
		if let Err(refusal) = guard(name, &params) {
			return MethodResponse::error(id, refusal);
		}
		cut(id.clone(), call(id, params, max, extensions))
	})
}

fn bounded_async(name: &'static str, call: AsyncMethod<'static>) -> AsyncMethod<'static> {
	Arc::new(
		move |id: Id<'static>,
		      params: Params<'static>,
		      connection: ConnectionId,
		      max: MaxResponseSize,
		      extensions: Extensions| {
			if let Err(refusal) = guard(name, &params) {
				return async move { MethodResponse::error(id, refusal) }.boxed();
			}
			let answer = call(id.clone(), params, connection, max, extensions);
			async move { cut(id, answer.await) }.boxed()
		},
	)
}

fn bounded_subscription(
	name: &'static str,
	call: SubscriptionMethod<'static>,
) -> SubscriptionMethod<'static> {
	Arc::new(
		move |id: Id,
		      params: Params,
		      sink: MethodSink,
		      state: SubscriptionState,
		      extensions: Extensions| {
			if let Err(refusal) = guard(name, &params) {
				// A subscription answers into the connection.
				let refused = MethodResponse::subscription_error(id, refusal);
				return async move {
					let _ = sink.send(refused.as_result().to_owned()).await;
					refused
				}
				.boxed();
			}
			call(id, params, sink, state, extensions)
		},
	)
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
	let max = if code == INVALID_PARAMS_CODE { ECHO } else { MESSAGE };
	let message = shorten(error["message"].as_str().unwrap_or_default(), max);
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
