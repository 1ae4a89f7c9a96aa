//! A call on its way: the caller picks the state to wait for.

use tracing::{info_span, Instrument};

use super::{Executed, Follow, SignedTransaction, SubmitError};
use crate::{chain::calls::Call, Client, Signer};

/// Callback that gets each transaction once it is signed, before it is sent.
pub(super) type OnSigned<'a> = &'a (dyn Fn(&SignedTransaction) + Send + Sync);

/// A call that is signed, sent and followed once the caller waits for one of its states.
///
/// Made by [`Client::submit`]. It fails with [`SubmitError::Chain`] if the chain refuses the call.
#[must_use = "nothing is sent until a state is awaited"]
pub struct Submission<'a> {
	pub(super) client: &'a Client,
	pub(super) signer: &'a Signer,
	pub(super) call: &'a Call,
	pub(super) on_signed: Option<OnSigned<'a>>,
}

impl<'a> Submission<'a> {
	/// Calls `on_signed` with each transaction before it is sent, so that it can be followed later
	/// ([`Client::follow_sent`]).
	///
	/// Guarantees that no transaction is sent without this call. Does not guarantee that each one
	/// passed is sent, or that only one is: a call is signed again if it is refused.
	pub(crate) fn noting(self, on_signed: OnSigned<'a>) -> Self {
		Self { on_signed: Some(on_signed), ..self }
	}

	/// Sends the call, and follows it until its block is final, for about two minutes.
	///
	/// If [`Included::finalized`](super::Included::finalized) is set, guarantees that a final block
	/// has the transaction and that the call succeeded: both are proved. Otherwise finality stalls,
	/// and the result is the node's word, after a warning: the node can lie, and a fork can drop
	/// the block ([`Client::unproved`]). Of the errors, only [`SubmitError::Chain`] proves that the
	/// chain refused the call. After any other one, check the result before you repeat the call.
	pub async fn in_block(self) -> Result<Executed, SubmitError> {
		self.follow(Follow::default()).await
	}

	/// Sends the call, and follows it until it is in a final block, for as long as the client waits
	/// ([`Patience::until`](crate::Patience::until), otherwise about two minutes).
	///
	/// Guarantees, with proofs, that a final block has the transaction and that the call succeeded:
	/// the node's word never counts. Does not guarantee a result while finality stalls: it then
	/// fails at the deadline, and the transaction may still become final. Errors mean the same as
	/// for [`in_block`](Self::in_block).
	pub async fn finalized(self) -> Result<Executed, SubmitError> {
		let follow = self.client.follow_until_final();
		self.follow(follow).await
	}

	/// Sends the call, and follows it to the state that `follow` asks for.
	///
	/// Guarantees the same as [`in_block`](Self::in_block) with [`Until::Included`](super::Until),
	/// and the same as [`finalized`](Self::finalized) with [`Until::Finalized`](super::Until). Does
	/// not always end at [`Follow::deadline`]: a last search takes up to ten seconds, and the block
	/// that it finds may still have to become final.
	pub async fn follow(self, follow: Follow) -> Result<Executed, SubmitError> {
		let Self { client, signer, call, on_signed } = self;
		client.carry_out(signer, call, follow, on_signed).instrument(info_span!("submit")).await
	}
}
