//! Whose turn it is, when connections want more at a time than there is.
//!
//! A connection that holds less comes before one that holds more, and of those that hold the same the one that waited longest
//! comes next. So whoever wants a little waits for one turn of each other connection at most, however much these want.

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
	/// The most that one connection holds.
	most: usize,
	/// How many each connection holds; none that holds nothing.
	held: HashMap<usize, usize>,
	waiting: HashMap<usize, VecDeque<oneshot::Sender<Permit>>>,
	/// The connections that wait, once each, the one whose turn was longest ago first.
	order: VecDeque<usize>,
}

impl State {
	fn held(&self, connection: usize) -> usize {
		self.held.get(&connection).copied().unwrap_or_default()
	}

	/// Of the connections that may have one more, the one that holds the least. Gives its place in the order.
	fn next(&self) -> Option<usize> {
		let held = |place: &usize| self.held(self.order[*place]);
		let places = 0..self.order.len();
		places.filter(|place| held(place) < self.most).min_by_key(held)
	}

	/// Lets go of those who do not wait any longer.
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
	/// So many permits in all, and so many of them for one connection.
	pub fn new(all: usize, most: usize) -> Self {
		Self(Arc::new(Mutex::new(State {
			free: all,
			most,
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

	/// Whether a connection waits that holds less than this one.
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
				// Its turn goes to the next: it was never counted.
				Err(mut permit) => permit.turns = None,
			}
		}
	}
}

/// One connection's turn, until it is dropped.
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
	async fn a_connection_that_holds_nothing_comes_before_those_that_wait_for_more() {
		let turns = Turns::new(4, 3);
		let mut greedy = Vec::new();
		for _ in 0..3 {
			greedy.push(turns.acquire(1).await.unwrap());
		}
		let second = turns.acquire(2).await.unwrap();
		assert!(!turns.is_owed(1));
		// More than the first one may have, and one more of the second before a third comes.
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
	async fn whoever_does_not_wait_any_longer_loses_nobody_a_turn() {
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
		// It has been given a turn and does not take it.
		drop(granted);
		assert!(last.now_or_never().is_some_and(|permit| permit.is_some()));
		let state = turns.0.lock();
		assert_eq!((state.free, state.held.len(), state.order.len()), (1, 0, 0));
	}
}
