//! Answers of the chain's runtime about itself: its version, and the names and numbers of its
//! calls.
//!
//! A node that swapped the numbers of two calls would have a client sign one for the other. So the
//! runtime whose hash a final block proves is executed here, instead of asking the node.

#[cfg(test)]
pub(crate) mod tests;

use std::{
	collections::HashMap,
	fs,
	path::{Path, PathBuf},
	sync::{Arc, Mutex, PoisonError},
};

use codec::Encode;
use futures::future::BoxFuture;
use salus_light::Code;
use salus_primitives::Hash32;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subxt::rpcs::{
	client::{RawRpcFuture, RawRpcSubscription, RawValue, RpcClientT},
	Error as Raw,
};
use tracing::{debug_span, info_span, Instrument};

use super::{
	client::Client,
	rpc::{Connection, RpcError},
	view::RuntimeVersion,
};
use crate::{files::output::replace_private, threads::spawn_blocking};

/// Functions that read nothing of the state, so that the runtime alone answers them.
const STATELESS: [&str; 5] =
	[VERSION, EMBEDDED_DIGEST, "Metadata_metadata", METADATA, METADATA_VERSIONS];

/// Function that returns the runtime's version.
pub(super) const VERSION: &str = "Core_version";

/// Function that returns the digest of the metadata that the build of the runtime embeds, since
/// version 3 of `SalusApi`.
pub(super) const EMBEDDED_DIGEST: &str = "SalusApi_metadata_hash";

/// Function that returns the metadata of a version.
pub(super) const METADATA: &str = "Metadata_metadata_at_version";

/// Function that returns the versions of the metadata that the runtime has.
const METADATA_VERSIONS: &str = "Metadata_metadata_versions";

/// Version of the metadata by which calls are encoded: the digest that is signed is defined for it
/// (RFC 78).
pub(super) const METADATA_VERSION: u32 = 15;

/// The runtime of the last final block, once it is known.
pub(crate) struct Runtime {
	/// Folder that keeps answers between runs.
	folder: Option<PathBuf>,
	known: Mutex<Known>,
	/// Held while an earlier runtime answers for one block.
	turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
	code: Option<Arc<Code>>,
	/// Hash of a block, and the runtime that answers for it instead.
	earlier: Option<(Hash32, Arc<Code>)>,
	/// Answers of this runtime, by function and arguments in hexadecimal.
	answers: HashMap<String, Arc<Vec<u8>>>,
}

impl Known {
	/// Returns the runtime that answers for a block.
	fn of(&self, block: Option<Hash32>) -> Option<&Arc<Code>> {
		let earlier = self.earlier.as_ref().filter(|(at, _)| Some(*at) == block);
		earlier.map(|(_, code)| code).or(self.code.as_ref())
	}

	fn is_current(&self, hash: &Hash32) -> bool {
		self.code.as_ref().is_some_and(|code| code.hash() == hash)
	}
}

/// Has an earlier runtime answer for one block until it is dropped.
pub(super) struct Earlier<'a> {
	runtime: &'a Runtime,
	_turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Drop for Earlier<'_> {
	fn drop(&mut self) {
		self.runtime.lock().earlier = None;
	}
}

impl Runtime {
	pub(crate) fn new(folder: Option<PathBuf>) -> Self {
		Self { folder, known: Mutex::default(), turn: tokio::sync::Mutex::default() }
	}

	/// Answers with this runtime from now on.
	pub(crate) fn use_code(&self, code: &Arc<Code>) {
		let mut known = self.lock();
		if !known.is_current(code.hash()) {
			known.code = Some(code.clone());
			known.answers.clear();
		}
	}

	/// Answers for this block with this runtime, which its own state names.
	pub(super) async fn use_earlier(&self, block: Hash32, code: Arc<Code>) -> Earlier<'_> {
		let turn = self.turn.lock().await;
		self.lock().earlier = Some((block, code));
		Earlier { runtime: self, _turn: turn }
	}

	/// Returns the runtime's answer; `None` if the runtime is not known yet.
	async fn answer(&self, question: Question) -> Option<Result<Arc<Vec<u8>>, Raw>> {
		let name = question.name();
		let code = {
			let known = self.lock();
			let code = known.of(question.block)?.clone();
			if let Some(answer) = known.answers.get(&name).filter(|_| known.is_current(code.hash()))
			{
				return Some(Ok(answer.clone()));
			}
			code
		};
		if question.function == METADATA_VERSIONS {
			// The library encodes by the greatest version.
			return Some(Ok(Arc::new(vec![METADATA_VERSION].encode())));
		}
		let hash = *code.hash();
		let kept = self.file(&hash, &name);
		let answer = match kept.as_deref().and_then(read_kept) {
			Some(answer) => answer,
			None => match execute(code, question).await {
				Ok(answer) => {
					if let Some(path) = kept {
						// Without the file, the next run executes the runtime again.
						let checked = [&Sha256::digest(&answer)[..], &answer].concat();
						if let Err(error) = replace_private(&path, &checked) {
							tracing::warn!(%error, "cannot keep {}", path.display());
						}
					}
					answer
				}
				Err(error) => return Some(Err(error)),
			},
		};
		let answer = Arc::new(answer);
		let mut known = self.lock();
		if known.is_current(&hash) {
			known.answers.insert(name, answer.clone());
		}
		Some(Ok(answer))
	}

	/// Returns the answer of a function, SCALE-encoded.
	pub(super) async fn ask(
		&self,
		function: &str,
		arguments: Vec<u8>,
	) -> Result<Arc<Vec<u8>>, Raw> {
		let question = Question { function: function.into(), arguments, block: None };
		self.answer(question).await.unwrap_or_else(|| Err(Raw::Client("no runtime".into())))
	}

	fn file(&self, hash: &Hash32, name: &str) -> Option<PathBuf> {
		Some(self.folder.as_ref()?.join(format!("{}.{name}", hex::encode(hash))))
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
		self.known.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

impl Client {
	/// Returns the version of the last final block's runtime.
	pub(super) fn proven_version(&self) -> BoxFuture<'_, Result<RuntimeVersion, RpcError>> {
		Box::pin(async move {
			let answer = self.ask_runtime(VERSION, Vec::new()).await?;
			RuntimeVersion::decode(&answer).map_err(|source| RpcError::Answer {
				method: VERSION.into(),
				source: Box::new(source),
			})
		})
	}

	/// Executes a function of the last final block's runtime, which reads nothing of the state.
	pub(super) async fn ask_runtime(
		&self,
		function: &'static str,
		arguments: Vec<u8>,
	) -> Result<Arc<Vec<u8>>, RpcError> {
		self.know_runtime().await?;
		let answer = self.inner.certain.runtime.ask(function, arguments).await;
		answer.map_err(|error| self.inner.connection.explain(function, error))
	}
}

/// Reads an answer behind its SHA-256; `None` if there is none, or if it is damaged.
fn read_kept(path: &Path) -> Option<Vec<u8>> {
	let kept = fs::read(path).ok()?;
	let (sum, answer) = kept.split_first_chunk::<32>()?;
	(Sha256::digest(answer)[..] == *sum).then(|| answer.to_vec())
}

/// Executes a function that reads nothing of the state.
async fn execute(code: Arc<Code>, question: Question) -> Result<Vec<u8>, Raw> {
	let Question { function, arguments, .. } = question;
	let executed = spawn_blocking(info_span!("execute runtime"), move || {
		code.call(&[0; 32], None, &function, &arguments)
	});
	let executed = executed.await.map_err(|error| Raw::Client(Box::new(error)))?;
	executed.map_err(|fault| Raw::Client(Box::new(fault)))
}

/// A call of a stateless function.
struct Question {
	function: String,
	arguments: Vec<u8>,
	/// Hash of the block whose runtime is asked; `None` for the best block.
	block: Option<Hash32>,
}

impl Question {
	/// Returns the question that a request asks, if the runtime alone answers it.
	fn of(method: &str, params: Option<&RawValue>) -> Option<Self> {
		/// Parameters of `state_call`.
		#[derive(Deserialize)]
		struct Params(String, String, #[serde(default)] Option<String>);

		if method != "state_call" {
			return None;
		}
		let Params(function, arguments, block) = serde_json::from_str(params?.get()).ok()?;
		let decode = |text: &str| hex::decode(text.strip_prefix("0x")?).ok();
		let arguments = decode(&arguments)?;
		let block = block.and_then(|block| decode(&block)?.try_into().ok());
		STATELESS.contains(&function.as_str()).then_some(Self { function, arguments, block })
	}

	fn name(&self) -> String {
		format!("{}.{}", self.function, hex::encode(&self.arguments))
	}
}

/// The node as the library for transactions asks it: what the runtime says about itself does not
/// come from the node.
#[derive(Clone)]
pub(crate) struct WithRuntime {
	pub(crate) connection: Arc<Connection>,
	pub(crate) runtime: Arc<Runtime>,
}

impl RpcClientT for WithRuntime {
	fn request_raw<'a>(
		&'a self,
		method: &'a str,
		params: Option<Box<RawValue>>,
	) -> RawRpcFuture<'a, Box<RawValue>> {
		let Some(question) = Question::of(method, params.as_deref()) else {
			return self.connection.request_raw(method, params);
		};
		let span = debug_span!("runtime", function = question.function);
		let asked = async move {
			match self.runtime.answer(question).await {
				Some(Ok(answer)) => {
					RawValue::from_string(format!("\"0x{}\"", hex::encode(&*answer)))
						.map_err(Raw::Deserialization)
				}
				Some(Err(error)) => Err(error),
				None => self.connection.request_raw(method, params).await,
			}
		};
		Box::pin(asked.instrument(span))
	}

	fn subscribe_raw<'a>(
		&'a self,
		sub: &'a str,
		params: Option<Box<RawValue>>,
		unsub: &'a str,
	) -> RawRpcFuture<'a, RawRpcSubscription> {
		self.connection.subscribe_raw(sub, params, unsub)
	}
}
