//! Turns of connections that together want more than there is.
//!
//! A connection that holds fewer permits comes before one that holds more. Among those that hold
//! the same number, the one that waited longest comes next. So a connection that wants little waits
//! for at most one turn of each other connection.

use std::{
	collections::{HashMap, VecDeque},
	sync::Arc,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Permits for connections.
#[derive(Clone)]
pub struct Turns(Arc<Mutex<State>>);

struct State {
	free: usize,
	/// Maximum number of permits for one connection.
	max_per_connection: usize,
	/// Number of permits that each connection holds. Connections without permits are not listed.
	held: HashMap<usize, usize>,
	waiting: HashMap<usize, VecDeque<oneshot::Sender<Permit>>>,
	/// Waiting connections, once each. The one whose turn was longest ago comes first.
	order: VecDeque<usize>,
}

impl State {
	fn held(&self, connection: usize) -> usize {
		self.held.get(&connection).copied().unwrap_or_default()
	}

	/// Returns the place in the order of the connection that holds the fewest permits, among those
	/// that may have one more.
	fn next(&self) -> Option<usize> {
		let held = |place: &usize| self.held(self.order[*place]);
		let places = 0..self.order.len();
		places.filter(|place| held(place) < self.max_per_connection).min_by_key(held)
	}

	/// Forgets callers that no longer wait.
	fn tidy(&mut self) {
		self.waiting.retain(|_, callers| {
			callers.retain(|caller| !caller.is_closed());
			!callers.is_empty()
		});
		let waiting = &self.waiting;
		self.order.retain(|connection| waiting.contains_key(connection));
	}
}

impl Turns {
	/// Creates `all` permits. One connection gets at most `max_per_connection` of them.
	pub fn new(all: usize, max_per_connection: usize) -> Self {
		Self(Arc::new(Mutex::new(State {
			free: all,
			max_per_connection,
			held: HashMap::new(),
			waiting: HashMap::new(),
			order: VecDeque::new(),
		})))
	}

	/// Waits for this connection's turn.
	pub async fn acquire(&self, connection: usize) -> Option<Permit> {
		let turn = {
			let mut state = self.0.lock();
			state.tidy();
			let (caller, turn) = oneshot::channel();
			if !state.waiting.contains_key(&connection) {
				state.order.push_back(connection);
			}
			state.waiting.entry(connection).or_default().push_back(caller);
			turn
		};
		self.hand_out();
		turn.await.ok()
	}

	/// Returns whether a connection that holds less than this one is waiting.
	pub fn is_owed(&self, connection: usize) -> bool {
		let mut state = self.0.lock();
		state.tidy();
		let next = state.next().map(|place| state.held(state.order[place]));
		next.is_some_and(|held| held < state.held(connection))
	}

	fn hand_out(&self) {
		let mut state = self.0.lock();
		while state.free > 0 {
			let Some(place) = state.next() else {
				return;
			};
			let Some(connection) = state.order.remove(place) else {
				return;
			};
			let callers = state.waiting.get_mut(&connection);
			let Some(caller) = callers.and_then(VecDeque::pop_front) else {
				state.waiting.remove(&connection);
				continue;
			};
			state.order.push_back(connection);
			let permit = Permit { turns: Some(self.clone()), connection };
			match caller.send(permit) {
				Ok(()) => {
					state.free -= 1;
					*state.held.entry(connection).or_default() += 1;
				}
				// The next caller gets the turn. The permit was never counted.
				Err(mut permit) => permit.turns = None,
			}
		}
	}
}

/// Turn of one connection, until it is dropped.
pub struct Permit {
	turns: Option<Turns>,
	connection: usize,
}

impl Drop for Permit {
	fn drop(&mut self) {
		let Some(turns) = self.turns.take() else {
			return;
		};
		{
			let mut state = turns.0.lock();
			state.free += 1;
			if let Some(held) = state.held.get_mut(&self.connection) {
				*held -= 1;
				if *held == 0 {
					state.held.remove(&self.connection);
				}
			}
		}
		turns.hand_out();
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::FutureExt;

	#[tokio::test]
	async fn a_connection_without_permits_comes_first() {
		let turns = Turns::new(4, 3);
		let mut greedy = Vec::new();
		for _ in 0..3 {
			greedy.push(turns.acquire(1).await.unwrap());
		}
		let second = turns.acquire(2).await.unwrap();
		assert!(!turns.is_owed(1));
		// The first may have no more, and the second gets one more only after a third.
		let mut over = Box::pin(turns.acquire(1));
		let mut more = Box::pin(turns.acquire(2));
		let mut third = Box::pin(turns.acquire(3));
		for waits in [&mut over, &mut more, &mut third] {
			assert!(waits.now_or_never().is_none());
		}
		assert!(turns.is_owed(1) && turns.is_owed(2));
		greedy.pop();
		let third = third.now_or_never().flatten().unwrap();
		assert!(more.as_mut().now_or_never().is_none());
		assert!(turns.is_owed(1) && !turns.is_owed(2));
		drop(second);
		assert!(more.now_or_never().is_some_and(|permit| permit.is_some()));
		drop((greedy, third));
		assert!(over.now_or_never().is_some_and(|permit| permit.is_some()));
	}

	#[tokio::test]
	async fn a_caller_that_gave_up_costs_nobody_a_turn() {
		let turns = Turns::new(1, 1);
		let first = turns.acquire(1).await.unwrap();
		let mut gone = Box::pin(turns.acquire(2));
		let mut granted = Box::pin(turns.acquire(3));
		let mut last = Box::pin(turns.acquire(4));
		for waits in [&mut gone, &mut granted, &mut last] {
			assert!(waits.now_or_never().is_none());
		}
		drop(gone);
		drop(first);
		// This caller has been given a turn, and does not take it.
		drop(granted);
		assert!(last.now_or_never().is_some_and(|permit| permit.is_some()));
		let state = turns.0.lock();
		assert_eq!((state.free, state.held.len(), state.order.len()), (1, 0, 0));
	}
}
