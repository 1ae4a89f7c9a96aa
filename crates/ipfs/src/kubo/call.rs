//! One call of the RPC API: attempts, pauses, the deadline, and the bound on the answer.

use std::{
	hash::{BuildHasher, RandomState},
	time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::{multipart, RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout_at, Instant};

use super::{answer::KuboError, Error, Kubo};

/// Maximum size of an answer that is neither a block nor a file, in bytes.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// A request that can be repeated.
pub(super) struct Call<'a> {
	name: &'static str,
	query: Vec<(&'a str, String)>,
	body: Option<Bytes>,
	limit: usize,
}

impl<'a> Call<'a> {
	pub(super) fn new(name: &'static str) -> Self {
		Self { name, query: Vec::new(), body: None, limit: MAX_ANSWER }
	}

	pub(super) fn arg(mut self, name: &'a str, value: impl ToString) -> Self {
		self.query.push((name, value.to_string()));
		self
	}

	pub(super) fn body(mut self, body: Bytes) -> Self {
		self.body = Some(body);
		self
	}

	pub(super) fn limit(mut self, limit: usize) -> Self {
		self.limit = limit;
		self
	}
}

/// A failed attempt.
struct Failure {
	error: Error,
	/// Whether a retry may succeed.
	again: bool,
}

impl Kubo {
	pub(super) async fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
		let name = call.name;
		let data = self.bytes(call).await?;
		serde_json::from_slice(&data).map_err(self.answer(name))
	}

	/// Reads an answer that Kubo streams as one JSON value after another.
	pub(super) async fn json_lines<T: DeserializeOwned>(
		&self,
		call: Call<'_>,
	) -> Result<Vec<T>, Error> {
		let name = call.name;
		let data = self.bytes(call).await?;
		serde_json::Deserializer::from_slice(&data)
			.into_iter()
			.collect::<Result<_, _>>()
			.map_err(self.answer(name))
	}

	fn answer(&self, call: &'static str) -> impl FnOnce(serde_json::Error) -> Error + '_ {
		move |source| Error::Answer { call, url: self.base.to_string(), source }
	}

	/// Makes the call, and retries until the deadline if that can help.
	pub(super) async fn bytes(&self, call: Call<'_>) -> Result<Vec<u8>, Error> {
		let deadline = Instant::now() + self.options.deadline;
		let over = || Error::Deadline { call: call.name, deadline: self.options.deadline };
		let mut pause = self.options.pause;
		let mut left = self.options.retries;
		loop {
			let failure = match timeout_at(deadline, self.attempt(&call)).await {
				Err(_) => return Err(over()),
				Ok(Ok(data)) => return Ok(data),
				Ok(Err(failure)) => failure,
			};
			let wait = jittered(pause);
			if !failure.again || left == 0 || Instant::now() + wait >= deadline {
				return Err(failure.error);
			}
			log::debug!("{}: trying again in {wait:?}: {}", call.name, failure.error);
			sleep(wait).await;
			left -= 1;
			pause = pause.saturating_mul(2);
		}
	}

	/// Builds the HTTP request of a call.
	fn request(&self, url: Url, call: &Call<'_>) -> RequestBuilder {
		let mut request = self.http.post(url).query(&call.query);
		if let Some(authorization) = &self.options.authorization {
			request = request.header(reqwest::header::AUTHORIZATION, authorization);
		}
		if let Some(body) = &call.body {
			let length = body.len() as u64;
			let part = multipart::Part::stream_with_length(body.clone(), length);
			let part = part.file_name("block");
			request = request.multipart(multipart::Form::new().part("file", part));
		}
		request
	}

	async fn attempt(&self, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
		let connection = |source: reqwest::Error| Failure {
			error: Error::Connection { call: call.name, url: self.base.to_string(), source },
			again: true,
		};
		let url = self.base.join(call.name).map_err(|error| Failure {
			error: Error::Address { url: self.base.to_string(), reason: error.to_string() },
			again: false,
		})?;
		let response = self.request(url, call).send().await.map_err(connection)?;
		let status = response.status();
		// Kubo streams files, and reports in a trailer if it fails half-way. The announced length
		// reveals that too.
		let announced = response
			.headers()
			.get("x-content-length")
			.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
		let limit = if status.is_success() { call.limit } else { 64 * 1024 };
		let body = match read_bounded(response, limit).await {
			Ok(Some(body)) => body,
			Ok(None) => {
				let error = Error::TooLarge { call: call.name, limit };
				return Err(Failure { error, again: false });
			}
			Err(source) => return Err(connection(source)),
		};
		if status.is_success() {
			let actual = body.len() as u64;
			return match announced {
				Some(announced) if announced != actual => Err(Failure {
					error: Error::CutOff { call: call.name, announced, actual },
					again: true,
				}),
				_ => Ok(body.into()),
			};
		}
		Err(refusal(call.name, status, &body))
	}
}

/// Reads the error from an answer without a success status.
fn refusal(call: &'static str, status: StatusCode, body: &[u8]) -> Failure {
	if status == StatusCode::INTERNAL_SERVER_ERROR {
		if let Ok(error) = serde_json::from_slice::<KuboError>(body) {
			if error.kind == "error" {
				return Failure {
					error: Error::Refused { call, message: error.message },
					again: false,
				};
			}
		}
	}
	let text: String = String::from_utf8_lossy(body).trim().chars().take(200).collect();
	Failure {
		error: Error::Status { call, status: status.as_u16(), body: text },
		again: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
	}
}

/// Reads the body, or returns `None` if it exceeds `limit` bytes.
async fn read_bounded(
	mut response: reqwest::Response,
	limit: usize,
) -> Result<Option<BytesMut>, reqwest::Error> {
	if response.content_length().is_some_and(|length| length > limit as u64) {
		return Ok(None);
	}
	let mut body = BytesMut::new();
	while let Some(chunk) = response.chunk().await? {
		if body.len() + chunk.len() > limit {
			return Ok(None);
		}
		body.extend_from_slice(&chunk);
	}
	Ok(Some(body))
}

/// Returns a random duration between half of the pause and all of it, so that many clients do not
/// retry at once.
pub fn jittered(pause: Duration) -> Duration {
	let chance = RandomState::new().hash_one(()) as u32;
	pause / 2 + pause.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 2.0)
}

/// Turns the error for a missing block or pin into `None`. Kubo marks it only by its text.
pub(super) fn absent_as_none<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
	match result {
		Ok(value) => Ok(Some(value)),
		Err(Error::Refused { message, .. })
			if message.contains("could not find")
				|| message.contains("not found")
				|| message.contains("not pinned") =>
		{
			Ok(None)
		}
		Err(error) => Err(error),
	}
}
