//! Turns of requests, and what they cost.

use std::{
	collections::HashSet,
	fs,
	future::Future,
	ops::Range,
	sync::atomic::{AtomicUsize, Ordering},
	time::{Duration, Instant},
};

/// Longest turn. It ends earlier once all its requests are answered.
const LONGEST: Duration = Duration::from_secs(30);

/// Multiples of it are spread evenly, modulo one.
const GOLDEN: f64 = 0.618_033_988_749_894_8;

/// Interval between blocks.
const BLOCK: Duration = Duration::from_secs(1);

/// Time of a tick in `/proc`.
const TICK: Duration = Duration::from_millis(10);

/// Processes of one part of a system, with their descendants.
#[derive(Clone)]
pub struct Processes(pub Vec<u32>);

impl Processes {
	/// Returns the processor time that they have taken.
	fn time(&self) -> Duration {
		let all: Vec<_> = fs::read_dir("/proc")
			.expect("Linux")
			.flatten()
			.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
			.filter_map(|id| Some((id, stat(id)?)))
			.collect();
		let mut own: HashSet<u32> = self.0.iter().copied().collect();
		loop {
			let before = own.len();
			own.extend(
				all.iter()
					.filter(|(_, one)| own.contains(&one.0))
					.map(|(id, _)| *id)
					.collect::<Vec<_>>(),
			);
			if own.len() == before {
				break;
			}
		}
		let ticks: u32 = all.iter().filter(|(id, _)| own.contains(id)).map(|(_, one)| one.1).sum();
		TICK * ticks
	}
}

/// Returns the parent of a process, and its ticks.
fn stat(id: u32) -> Option<(u32, u32)> {
	let line = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
	// The program's name, which is before the parenthesis, can have spaces.
	let fields: Vec<_> = line.rsplit_once(") ")?.1.split(' ').collect();
	let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
	// Ticks of the process, and of its children that have ended.
	Some((number(1)?, (11..=14).map(number).sum::<Option<u32>>()?))
}

/// Result of one turn.
pub struct Turn {
	/// Time of each request, sorted.
	pub times: Vec<Duration>,
	/// Time of the whole turn.
	pub wall: Duration,
	/// Processor time of each part of the system.
	pub cpu: Vec<Duration>,
}

impl Turn {
	/// Returns turns as one; `None` if there are none.
	pub fn joined(turns: Vec<Self>) -> Option<Self> {
		let mut turns = turns.into_iter();
		let mut all = turns.next()?;
		for one in turns {
			all.times.extend(one.times);
			all.wall += one.wall;
			for (sum, cpu) in all.cpu.iter_mut().zip(one.cpu) {
				*sum += cpu;
			}
		}
		all.times.sort_unstable();
		Some(all)
	}

	/// Returns a percentile of the times by the nearest rank, in milliseconds.
	pub fn percentile(&self, share: f64) -> f64 {
		let rank = (share * self.times.len() as f64).ceil() as usize;
		milliseconds(self.times[rank.clamp(1, self.times.len()) - 1])
	}

	/// Returns the number of requests in a second.
	pub fn rate(&self) -> f64 {
		self.times.len() as f64 / self.wall.as_secs_f64()
	}

	/// Returns the processor time of a part for each request, in milliseconds.
	pub fn cpu(&self, part: usize) -> Option<f64> {
		Some(milliseconds(*self.cpu.get(part)?) / self.times.len() as f64)
	}
}

/// Returns a time in milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
	time.as_secs_f64() * 1000.0
}

/// Returns the median of figures.
pub fn median(figures: impl Iterator<Item = f64>) -> f64 {
	let mut figures: Vec<_> = figures.collect();
	figures.sort_unstable_by(f64::total_cmp);
	figures[figures.len() / 2]
}

/// Makes the requests with these numbers over several connections: `call` gets the numbers of its
/// connection and request.
///
/// Requests that wait for blocks (`waits`) begin at evenly spread times between two blocks, those
/// of a turn at others than those that were made earlier, whose number is given. Otherwise, each
/// would begin with the block that ended the one before, and a late one would hide in the wait.
pub async fn turn<F: Future<Output = ()>>(
	connections: usize,
	numbers: Range<usize>,
	waits: Option<usize>,
	parts: &[Processes],
	call: impl Fn(usize, usize) -> F,
) -> Turn {
	let (next, end) = (AtomicUsize::new(numbers.start), numbers.end);
	let before: Vec<_> = parts.iter().map(Processes::time).collect();
	let start = Instant::now();
	let (next, call) = (&next, &call);
	let each = (0..connections).map(|connection| async move {
		let mut times = Vec::new();
		while start.elapsed() < LONGEST {
			let number = next.fetch_add(1, Ordering::Relaxed);
			if number >= end {
				break;
			}
			if let Some(earlier) = waits {
				let phase = (earlier + number) as f64 * GOLDEN;
				tokio::time::sleep(BLOCK.mul_f64(phase.fract())).await;
			}
			let began = Instant::now();
			call(connection, number).await;
			times.push(began.elapsed());
		}
		times
	});
	let times = futures::future::join_all(each).await;
	let wall = start.elapsed();
	let since = |one: &Processes, before| one.time().saturating_sub(before);
	let cpu = parts.iter().zip(before).map(|(one, before)| since(one, before)).collect();
	let mut times = times.concat();
	times.sort_unstable();
	Turn { times, wall, cpu }
}
