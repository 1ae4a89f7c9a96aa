//! Limits on the size of calls, and on what errors repeat of them.
//!
//! Reading a parameter can cost far more than sending it. Decoding a base-58 account takes
//! quadratic time, and closing the connection does not stop it. So the parameters of every method
//! have [`Bounds`], which are checked before anything is read.
//!
//! The code that reads parameters quotes those that it cannot read, at any length. Two megabytes of
//! nonsense would come back as a two-megabyte error and appear in logs. So every error of this kind
//! is cut to [`ECHO`] characters.
//!
//! Some methods return a value for each key that they get, and collect the values before the client
//! takes any. One large value, such as the runtime's code, named thousands of times would fill the
//! node's memory. So these methods get each key once ([`repeats_a_key`]).

use std::{collections::HashSet, sync::Arc};

use futures::FutureExt;
use jsonrpsee::{
	core::RegisterMethodError,
	server::{AsyncMethod, MethodSink, SubscriptionMethod, SubscriptionState, SyncMethod},
	types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned, Id, Params},
	ConnectionId, Extensions, MaxResponseSize, MethodCallback, MethodResponse, RpcModule,
};
use serde::{de::IgnoredAny, Deserialize};
use serde_json::Value;
use sp_core::storage::StorageKey;

/// Maximum number of characters of a call that an error repeats.
pub const ECHO: usize = 200;

/// Maximum number of characters of any other error message.
const MESSAGE: usize = 1_000;

/// Size of parameters: a method's maximum, or what a call sent.
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

/// Limits for the keys of a subscription, which the node keeps as long as it lasts: 256 keys of up
/// to 299 bytes.
const KEYS: Bounds = Bounds { text: 600, values: 257 };

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
		"state_subscribeStorage" => KEYS,
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

/// Returns whether a method collects a value for each key that it gets, repeated or not.
fn collects(name: &str) -> bool {
	matches!(name, "state_subscribeStorage" | "chainHead_v1_storage" | "archive_v1_storage")
}

/// Key with what is requested of it, in `chainHead_v1_storage` and `archive_v1_storage`.
#[derive(Deserialize)]
struct Query {
	key: StorageKey,
	#[serde(rename = "type")]
	kind: Value,
	// The methods read a list in place of an object too.
	#[serde(default, rename = "paginationStartKey")]
	_start: IgnoredAny,
}

impl Query {
	/// Reads an item of a list as the methods do. A key has many spellings.
	fn read(item: &Value) -> Option<(StorageKey, String)> {
		if item.is_string() {
			return Some((StorageKey::deserialize(item).ok()?, String::new()));
		}
		let query = Self::deserialize(item).ok()?;
		Some((query.key, query.kind.to_string()))
	}
}

/// Returns whether a list among the parameters requests the same of a key twice. The methods refuse
/// items that cannot be read.
fn repeats_a_key(json: &str) -> bool {
	let lists: Vec<Value> = match serde_json::from_str(json) {
		Ok(Value::Array(params)) => params,
		Ok(Value::Object(params)) => params.into_iter().map(|(_, param)| param).collect(),
		_ => return false,
	};
	lists.iter().filter_map(Value::as_array).any(|items| {
		let mut known = HashSet::new();
		!items.iter().filter_map(Query::read).all(|query| known.insert(query))
	})
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
	} else if collects(name) && repeats_a_key(json) {
		"the same key twice; send each key once".to_owned()
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
						Err(error) => MethodResponse::error(id, error),
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
		if let Err(error) = guard(name, &params) {
			return MethodResponse::error(id, error);
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
			if let Err(error) = guard(name, &params) {
				return async move { MethodResponse::error(id, error) }.boxed();
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
			if let Err(error) = guard(name, &params) {
				// A subscription answers into the connection.
				let refused = MethodResponse::subscription_error(id, error);
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
	fn a_key_is_requested_once_in_any_spelling() {
		for (json, repeats) in [
			("[]", false),
			("[null]", false),
			(r#"[["0x3a63", "0x3a64"]]"#, false),
			(r#"[["0x3a63", "0x3a63"]]"#, true),
			(r#"[["0x3a63", "3A63"]]"#, true),
			(r#"[["0x3a63", "0x\u0033a63"]]"#, true),
			(r#"{"keys": ["0x01", "0x1"]}"#, true),
			(r#"["0x3a63", "0x3a63"]"#, false),
			(
				r#"["id", [{"key": "0x3a", "type": "value"}, {"key": "0x3a", "type": "hash"}]]"#,
				false,
			),
			(r#"["id", [{"key": "0x3a", "type": "value"}, {"type": "value", "key": "3A"}]]"#, true),
			(r#"["id", [["0x3a", "value"], {"key": "0x3a", "type": "value", "x": 1}]]"#, true),
			(r#"["id", [["0x3a", "value", null], ["0x3a", "value"]]]"#, true),
		] {
			assert_eq!(repeats_a_key(json), repeats, "{json}");
		}
	}

	#[test]
	fn a_subscription_takes_no_key_twice() {
		let code = "0x3a636f6465";
		let keys = |count: usize| serde_json::json!([vec![code; count]]).to_string();
		let many = |count: usize| {
			let keys: Vec<_> = (0..count).map(|number| format!("0x{number:0598x}")).collect();
			serde_json::json!([keys]).to_string()
		};
		for (json, is_taken) in
			[(keys(1), true), (keys(2), false), (many(256), true), (many(257), false)]
		{
			let checked = guard("state_subscribeStorage", &Params::new(Some(&json)));
			assert_eq!(checked.is_ok(), is_taken, "{json:.100}");
		}
		assert!(guard("state_queryStorageAt", &Params::new(Some(&keys(4_000)))).is_ok());
	}

	#[test]
	fn a_text_is_cut_between_characters() {
		assert_eq!(shorten("", 3), "");
		assert_eq!(shorten("äöü", 3), "äöü");
		assert_eq!(shorten("äöüß", 3), "äö…");
		assert_eq!(shorten(&"x".repeat(2_000_000), ECHO).chars().count(), ECHO);
	}
}
