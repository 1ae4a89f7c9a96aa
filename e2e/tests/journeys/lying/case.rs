//! A command with its set-up, as a row of a table.

/// Kind of a command, which decides how its lies are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
	/// Signs nothing. A success must show what an honest node shows.
	Shows,
	/// Signs a transaction. Before that, each lie must leave the call as it is; after it, a success
	/// must report what an honest node reports.
	Signs,
	/// Signs a transaction that cannot be repeated here, so that it never reaches the chain. Lies
	/// come before it only.
	SignsOnce,
}

/// A command of the set-up, which runs at the honest node.
#[derive(Clone, Copy, Debug)]
pub struct Step {
	/// Account that acts.
	pub who: &'static str,
	/// Command line.
	pub line: &'static str,
	/// Name and JSON pointer of a value that is kept from the answer for later lines.
	pub keeps: Option<(&'static str, &'static str)>,
}

/// Returns a step. In all lines, `{name}` is a kept value or one of the stage's, `{n}` a number
/// that no other attempt has, `{out}` the path of a file, and `{/pointer}` a part of the command's
/// answer.
pub const fn step(who: &'static str, line: &'static str) -> Step {
	Step { who, line, keeps: None }
}

impl Step {
	/// Keeps a value of the answer, which is waited for.
	pub const fn keeps(mut self, name: &'static str, pointer: &'static str) -> Self {
		self.keeps = Some((name, pointer));
		self
	}
}

/// A command with its set-up.
#[derive(Clone, Copy, Debug)]
pub struct Case {
	/// Account that acts.
	pub who: &'static str,
	/// Command line.
	pub line: &'static str,
	/// Kind of the command.
	pub kind: Kind,
	/// Steps before each attempt.
	pub before: &'static [Step],
	/// Steps after each success, which must succeed: they use what the command reported.
	pub then: &'static [Step],
	/// Steps after each attempt, which may fail.
	pub after: &'static [Step],
	/// Members of the answer that differ from attempt to attempt.
	pub varies: &'static [&'static str],
	/// JSON pointers to the parts of the answer that are the node's word.
	pub word: &'static [&'static str],
	/// Whether the call has parts that the client draws by lot, such as wraps and signatures.
	pub is_random: bool,
	/// Whether the command writes a file at `{out}` that must be the same each time.
	pub writes: bool,
	/// Whether a sample has more lies about it.
	pub often: bool,
	/// Whether each attempt is the first session of a machine, which knows no chain.
	pub is_first: bool,
}

const fn case(kind: Kind, who: &'static str, line: &'static str) -> Case {
	Case {
		who,
		line,
		kind,
		before: &[],
		then: &[],
		after: &[],
		varies: &[],
		word: &[],
		is_random: false,
		writes: false,
		often: false,
		is_first: false,
	}
}

/// Returns a command that only reads.
pub const fn shows(who: &'static str, line: &'static str) -> Case {
	case(Kind::Shows, who, line)
}

/// Returns a command that signs.
pub const fn signs(who: &'static str, line: &'static str) -> Case {
	case(Kind::Signs, who, line)
}

/// Returns a command whose transaction is not sent.
pub const fn signs_once(who: &'static str, line: &'static str) -> Case {
	case(Kind::SignsOnce, who, line)
}

impl Case {
	/// Sets the steps before each attempt.
	pub const fn before(mut self, before: &'static [Step]) -> Self {
		self.before = before;
		self
	}

	/// Sets the steps after each success.
	pub const fn then(mut self, then: &'static [Step]) -> Self {
		self.then = then;
		self
	}

	/// Sets the steps after each attempt.
	pub const fn after(mut self, after: &'static [Step]) -> Self {
		self.after = after;
		self
	}

	/// Names members of the answer that differ from attempt to attempt.
	pub const fn varies(mut self, varies: &'static [&'static str]) -> Self {
		self.varies = varies;
		self
	}

	/// Points at the parts of the answer that are the node's word.
	pub const fn word(mut self, word: &'static [&'static str]) -> Self {
		self.word = word;
		self
	}

	/// Says that the call has parts that the client draws by lot.
	pub const fn random(mut self) -> Self {
		self.is_random = true;
		self
	}

	/// Says that the command writes the same file each time.
	pub const fn writes(mut self) -> Self {
		self.writes = true;
		self
	}

	/// Has a sample try more lies.
	pub const fn often(mut self) -> Self {
		self.often = true;
		self
	}

	/// Makes each attempt the first session of a machine.
	pub const fn first(mut self) -> Self {
		self.is_first = true;
		self
	}

	/// Returns whether an attempt leaves the chain as it was, without steps around it.
	pub const fn stands_alone(&self) -> bool {
		self.before.is_empty() && self.then.is_empty() && self.after.is_empty()
	}
}
