//! Limits of the server, and causes for which it closes connections.

use std::time::Duration;

/// Limits of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
	/// Maximum number of connections.
	pub connections: usize,
	/// Maximum number of connections from one address.
	pub per_address: usize,
	/// Maximum number of messages of one WebSocket in progress. A batch is one message.
	pub calls: usize,
	/// Maximum number of batches of one connection in progress.
	pub batches: usize,
	/// Maximum number of runtime calls that execute at a time.
	pub executing: usize,
	/// Number of held bytes, in all, above which a connection's next message is not read.
	pub reading: usize,
	/// Number of bytes of finished answers above which no further call of a connection starts.
	pub answers: usize,
	/// Number of bytes held for all connections above which no further call starts.
	pub room: usize,
	/// Number of bytes held for all connections above which the one that holds the most is closed.
	pub full: usize,
	/// Time for which calls wait for room before the connection that holds the most is closed.
	pub patience: Duration,
	/// Time in which the header of a request must arrive.
	pub header: Duration,
	/// Maximum pause in the body of a request.
	pub body: Duration,
	/// Time after which an HTTP connection without a request is closed.
	pub idle: Duration,
	/// Time after which a client that takes no byte of its answers is disconnected.
	pub stalled: Duration,
	/// Interval of the pings to a WebSocket.
	pub ping: Duration,
	/// Time after which a WebSocket that sends nothing, not even a pong, is closed.
	pub silent: Duration,
}

impl Limits {
	/// Returns the limits of a node with this number of connections and of runtime instances.
	pub fn new(connections: usize, instances: usize) -> Self {
		const MIB: usize = 1024 * 1024;
		let cores = std::thread::available_parallelism().map_or(1, usize::from);
		Self {
			connections,
			per_address: (connections - connections / 4).max(1),
			calls: 32,
			batches: 2,
			// Half of the instances remain for making and importing blocks.
			executing: cores.min(instances / 2).max(2),
			reading: 16 * MIB,
			answers: 4 * MIB,
			room: 256 * MIB,
			full: 512 * MIB,
			patience: Duration::from_secs(1),
			header: Duration::from_secs(10),
			body: Duration::from_secs(20),
			idle: Duration::from_secs(60),
			stalled: Duration::from_secs(30),
			ping: Duration::from_secs(30),
			silent: Duration::from_secs(100),
		}
	}
}

/// Cause for which the server closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
	/// A request did not arrive in time.
	Unfinished,
	/// The client did not read its answers.
	Stalled,
	/// Nothing came from a WebSocket, not even a pong.
	Silent,
	/// The connection's calls held more memory than any other's, and the node's share was used up.
	Memory,
	/// The connection was idle, and its slot was needed.
	Replaced,
	/// No slot was free.
	Full,
}

impl Cause {
	/// Returns the label for metrics and logs.
	pub fn label(self) -> &'static str {
		match self {
			Self::Unfinished => "unfinished",
			Self::Stalled => "stalled",
			Self::Silent => "silent",
			Self::Memory => "memory",
			Self::Replaced => "replaced",
			Self::Full => "full",
		}
	}
}
