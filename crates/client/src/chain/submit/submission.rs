//! A call on its way: the caller picks the state to wait for.

use tracing::{info_span, Instrument};

use super::{Executed, Follow, SignedTransaction, SubmitError};
use crate::{chain::calls::Call, Client, Signer};

/// Called with each transaction before it is sent.
pub(super) type Before<'a> = &'a (dyn Fn(&SignedTransaction) + Send + Sync);

/// A call that is signed, sent and followed once the caller waits for one of its states.
///
/// Made by [`Client::submit`]. It fails with [`SubmitError::Chain`] if the chain refuses the call.
#[must_use = "nothing is sent until a state is awaited"]
pub struct Submission<'a> {
	pub(super) client: &'a Client,
	pub(super) signer: &'a Signer,
	pub(super) call: &'a Call,
	pub(super) before: Option<Before<'a>>,
}

impl<'a> Submission<'a> {
	/// Calls `before` with each transaction before it is sent, so that it can be followed later
	/// ([`Client::follow_sent`]).
	pub(crate) fn noting(self, before: Before<'a>) -> Self {
		Self { before: Some(before), ..self }
	}

	/// Sends the call, and follows it until its block is final. That, and the call's success, are
	/// proved. While finality stalls, any block counts, as the node tells it, after a warning.
	pub async fn in_block(self) -> Result<Executed, SubmitError> {
		self.follow(Follow::default()).await
	}

	/// Sends the call, and follows it until it is in a final block, for as long as the client
	/// waits.
	pub async fn finalized(self) -> Result<Executed, SubmitError> {
		let follow = self.client.follow_until_final();
		self.follow(follow).await
	}

	/// Sends the call, and follows it as specified.
	pub async fn follow(self, follow: Follow) -> Result<Executed, SubmitError> {
		let Self { client, signer, call, before } = self;
		client.carry_out(signer, call, follow, before).instrument(info_span!("submit")).await
	}
}
