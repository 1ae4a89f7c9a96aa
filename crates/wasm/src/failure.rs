//! Failures, with codes that never change.

use salus_ipfs::{unixfs::NodeError, CidError};
use salus_light::Fault;
use salus_threshold::{CombineError, ShareError, ShareFault, VerifyError};
use wasm_bindgen::prelude::*;

/// Every code of a [`Failure`] and of a [`BadShare`]. Codes are only ever added.
pub const CODES: [&str; 38] = [
	"block-altered",
	"cid-malformed",
	"cid-unsupported",
	"failure",
	"finality-refused",
	"length",
	"library",
	"malformed",
	"no-randomness",
	"node-malformed",
	"number",
	"older",
	"other-block",
	"other-body",
	"other-chain",
	"other-code",
	"other-epoch",
	"other-motion",
	"proof-incomplete",
	"runtime",
	"runtime-refused",
	"sealed-key-refused",
	"seed-size",
	"share-malformed",
	"share-other-epoch",
	"share-other-member",
	"share-proof",
	"share-refused",
	"share-unknown-member",
	"state-malformed",
	"state-proof-refused",
	"too-long",
	"unknown-format",
	"unprovable",
	"waiting",
	"weak-public-key",
	"wrap-refused",
	"wrap-size",
];

/// Largest number up to which JavaScript has every whole one: `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What every function of this module throws. */
export interface SalusError extends Error {
	readonly name: "SalusError";
	/** Stable code; README.md lists all of them. */
	readonly code: string;
	/** Number of missing good shares, if the code is `waiting`. */
	readonly missing?: number;
	/** Bad shares, each with the member of the committee that sent it. */
	readonly bad?: ReadonlyArray<{ member: number; code: string; message: string }>;
}
"#;

/// A share that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadShare {
	/// Index of the member that sent it, from 1.
	pub member: u16,
	/// Stable code, one of [`CODES`].
	pub code: &'static str,
	/// Reason in English.
	pub message: String,
}

impl From<&ShareError> for BadShare {
	fn from(error: &ShareError) -> Self {
		let code = match error.fault {
			ShareFault::UnknownMember => "share-unknown-member",
			ShareFault::Malformed => "share-malformed",
			ShareFault::OtherEpoch { .. } => "share-other-epoch",
			ShareFault::OtherMember { .. } => "share-other-member",
			ShareFault::Proof => "share-proof",
			_ => "failure",
		};
		Self { member: error.member, code, message: error.to_string() }
	}
}

/// Reason why a function failed, thrown to JavaScript as a `SalusError`. Carries no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
	/// Stable code, one of [`CODES`].
	pub code: &'static str,
	/// Cause and remedy, in English.
	pub message: String,
	/// Number of missing good shares, if that is the reason.
	pub missing: Option<usize>,
	/// Bad shares, with the members that sent them.
	pub bad: Vec<BadShare>,
}

impl Failure {
	pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
		Self { code, message: message.into(), missing: None, bad: Vec::new() }
	}

	/// Names the member that sent the share at fault.
	pub(crate) fn of_member(mut self, member: u16) -> Self {
		self.bad.push(BadShare { member, code: self.code, message: self.message.clone() });
		self
	}

	fn of(code: &'static str, error: &impl ToString) -> Self {
		Self::new(code, error.to_string())
	}
}

/// Converts an argument that has a fixed length.
pub(crate) fn array<const N: usize>(what: &str, bytes: &[u8]) -> Result<[u8; N], Failure> {
	bytes.try_into().map_err(|_| {
		Failure::new("length", format!("the {what} has {} bytes; pass {N}", bytes.len()))
	})
}

/// Converts a number of JavaScript. WebAssembly would cut one that is too large, and take
/// `undefined` for 0: a key would be sealed for another version.
pub(crate) fn integer<T: TryFrom<u64>>(what: &str, value: f64) -> Result<T, Failure> {
	let is_whole = value.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&value);
	let integer = is_whole.then_some(value as u64).and_then(|value| T::try_from(value).ok());
	integer.ok_or_else(|| {
		Failure::new("number", format!("the {what} is {value}; pass a whole number in its range"))
	})
}

/// Converts the number of a version, which is counted from 1. JavaScript takes `null` for 0.
pub(crate) fn version(what: &str, value: f64) -> Result<u32, Failure> {
	match integer::<u32>(what, value)? {
		0 => Err(Failure::new("number", format!("the {what} is 0; the first one is 1"))),
		version => Ok(version),
	}
}

impl From<salus_threshold::Error> for Failure {
	fn from(error: salus_threshold::Error) -> Self {
		use salus_threshold::Error;
		let code = match error {
			Error::NoRandomness => "no-randomness",
			Error::Malformed { .. } => "malformed",
			Error::UnknownFormat { .. } => "unknown-format",
			Error::OtherEpoch { .. } => "other-epoch",
			Error::SealedKeyRefused => "sealed-key-refused",
			Error::OtherChain => "other-chain",
			Error::Library(_) | Error::KeyGeneration(_) => "library",
			_ => "failure",
		};
		Self::of(code, &error)
	}
}

impl From<ShareError> for Failure {
	fn from(error: ShareError) -> Self {
		let BadShare { member, code, message } = BadShare::from(&error);
		Self::new(code, message).of_member(member)
	}
}

impl From<VerifyError> for Failure {
	fn from(error: VerifyError) -> Self {
		match error {
			VerifyError::SealedKey(error) => error.into(),
			VerifyError::Share(error) => error.into(),
		}
	}
}

impl From<CombineError> for Failure {
	fn from(error: CombineError) -> Self {
		let message = error.to_string();
		match error {
			CombineError::SealedKey(error) => error.into(),
			CombineError::Waiting { missing, bad } => Self {
				missing: Some(missing),
				bad: bad.iter().map(BadShare::from).collect(),
				..Self::new("waiting", message)
			},
		}
	}
}

impl From<salus_envelope::Error> for Failure {
	fn from(error: salus_envelope::Error) -> Self {
		use salus_envelope::Error;
		let code = match error {
			Error::NoRandomness => "no-randomness",
			Error::SeedSize { .. } => "seed-size",
			Error::WeakPublicKey => "weak-public-key",
			Error::WrapSize { .. } => "wrap-size",
			Error::WrapRefused => "wrap-refused",
			Error::ShareRefused => "share-refused",
			Error::Library => "library",
			_ => "failure",
		};
		Self::of(code, &error)
	}
}

impl From<Fault> for Failure {
	fn from(fault: Fault) -> Self {
		let code = match fault {
			Fault::Malformed(_) => "malformed",
			Fault::TooLong(_) => "too-long",
			Fault::OtherBlock(_) => "other-block",
			Fault::OtherBody => "other-body",
			Fault::OtherMotion(_) => "other-motion",
			Fault::OtherChain(_) => "other-chain",
			Fault::Finality(_) => "finality-refused",
			Fault::Older { .. } => "older",
			Fault::State => "state-proof-refused",
			Fault::Lacking(_) | Fault::Incomplete => "proof-incomplete",
			Fault::Unprovable(_) => "unprovable",
			Fault::OtherCode => "other-code",
			Fault::Runtime(_) => "runtime",
			Fault::Refused { .. } => "runtime-refused",
		};
		// The fault's text is about "its" proof: that of the node.
		Self::new(code, format!("the node's answer is refused: {fault}; ask another node"))
	}
}

impl From<CidError> for Failure {
	fn from(error: CidError) -> Self {
		let code = match error {
			CidError::NotVersion1(_)
			| CidError::UnsupportedHash { .. }
			| CidError::UnsupportedCodec(_) => "cid-unsupported",
			CidError::Malformed(_) => "cid-malformed",
			CidError::Mismatch { .. } => "block-altered",
		};
		Self::of(code, &error)
	}
}

impl From<NodeError> for Failure {
	fn from(error: NodeError) -> Self {
		Self::of("node-malformed", &error)
	}
}

impl From<Failure> for JsValue {
	fn from(failure: Failure) -> Self {
		let error = js_sys::Error::new(&failure.message);
		error.set_name("SalusError");
		set(&error, "code", failure.code);
		if let Some(missing) = failure.missing {
			// An epoch has at most 16 members.
			set(&error, "missing", missing as u32);
		}
		if !failure.bad.is_empty() {
			let bad = failure.bad.into_iter().map(|share| {
				let object = js_sys::Object::new();
				set(&object, "member", share.member);
				set(&object, "code", share.code);
				set(&object, "message", share.message);
				object
			});
			set(&error, "bad", bad.collect::<js_sys::Array>());
		}
		error.into()
	}
}

/// Sets a property of a new object. That cannot fail: nothing has frozen the object.
fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) {
	let _ = js_sys::Reflect::set(object, &JsValue::from(name), &value.into());
}
