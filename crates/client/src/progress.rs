//! Telling how far a long step is.

/// A step that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
	/// Encrypting a file.
	Sealing,
	/// Reading again what an earlier run encrypted.
	Checking,
	/// Handing blocks to the node.
	Uploading,
	/// Waiting for the chain.
	Registering,
	/// Waiting until a storage node holds it, or until all have removed it.
	Waiting,
	/// Fetching blocks and decrypting them.
	Downloading,
	/// Wrapping keys.
	Wrapping,
}

/// Is told how far a step is. Every method may be called from any thread.
pub trait Progress: Send + Sync {
	/// A step begins; its size is in bytes, or in items where there are none.
	fn begin(&self, _step: Step, _total: u64) {}
	/// So much more of it is done.
	fn advance(&self, _amount: u64) {}
	/// It is over.
	fn end(&self) {}
}

/// Nobody wants to know.
impl Progress for () {}
