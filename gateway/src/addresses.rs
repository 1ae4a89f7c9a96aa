//! Limits the connections of each address, so that one machine cannot take all of them.

use std::{
	collections::HashMap,
	net::{IpAddr, Ipv6Addr},
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Number of connections of each address that has any.
type Counts = Mutex<HashMap<IpAddr, usize>>;

/// The connections of a server, by address.
pub(crate) struct Addresses {
	counts: Arc<Counts>,
	/// Maximum number of connections of one address.
	from_one: usize,
	/// Whether connections from this machine count.
	own_count: bool,
}

/// Address that sent a request: an extension of each request.
#[derive(Clone, Copy)]
pub(crate) struct Sender(pub(crate) IpAddr);

/// A connection of an address. Until dropped, it counts.
pub(crate) struct Place(Option<(IpAddr, Arc<Counts>)>);

impl Addresses {
	/// Counts the connections of each address.
	pub(crate) fn new(from_one: usize) -> Self {
		Self { counts: Arc::default(), from_one, own_count: true }
	}

	/// Counts the connections of each address except this machine's: a proxy in front of the server
	/// makes the connections of all its clients.
	pub(crate) fn behind_proxy(from_one: usize) -> Self {
		Self { own_count: false, ..Self::new(from_one) }
	}

	/// Counts a connection; `None` if its address has the maximum number already.
	pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
		let address = address.to_canonical();
		if address.is_loopback() && !self.own_count {
			return Some(Place(None));
		}
		let address = network(address);
		let mut counts = lock(&self.counts);
		let count = counts.entry(address).or_default();
		if *count >= self.from_one {
			return None;
		}
		*count = count.saturating_add(1);
		Some(Place(Some((address, self.counts.clone()))))
	}
}

impl Drop for Place {
	fn drop(&mut self) {
		let Some((address, counts)) = &self.0 else { return };
		let mut counts = lock(counts);
		if let Some(count) = counts.get_mut(address) {
			*count = count.saturating_sub(1);
			if *count == 0 {
				counts.remove(address);
			}
		}
	}
}

fn lock(counts: &Counts) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
	counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the address under which a connection counts. For IPv6, this is the address of the /64
/// network, because one machine has all of it.
fn network(address: IpAddr) -> IpAddr {
	match address {
		IpAddr::V4(_) => address,
		IpAddr::V6(one) => Ipv6Addr::from(u128::from(one) & !u128::from(u64::MAX)).into(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn address(text: &str) -> IpAddr {
		text.parse().unwrap()
	}

	#[test]
	fn an_address_has_its_share_of_the_connections() {
		let addresses = Addresses::new(2);
		let take = |text: &str| addresses.take(address(text));
		let (one, two) = (take("192.0.2.1").unwrap(), take("::ffff:192.0.2.1").unwrap());
		assert!(take("192.0.2.1").is_none());
		let other = take("192.0.2.2").unwrap();
		drop(one);
		let three = take("192.0.2.1").unwrap();
		assert!(take("192.0.2.1").is_none());
		drop((two, three, other));
		assert!(lock(&addresses.counts).is_empty());
	}

	#[test]
	fn a_network_of_ipv6_is_one_address() {
		let addresses = Addresses::new(1);
		let _one = addresses.take(address("2001:db8::1")).unwrap();
		assert!(addresses.take(address("2001:db8::ffff:2")).is_none());
		assert!(addresses.take(address("2001:db8:0:1::1")).is_some());
	}

	#[test]
	fn a_proxy_on_this_machine_has_all_connections() {
		let addresses = Addresses::behind_proxy(1);
		let _one = addresses.take(address("192.0.2.1")).unwrap();
		assert!(addresses.take(address("192.0.2.1")).is_none());
		for text in ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"] {
			let held = [(); 3].map(|()| addresses.take(address(text)));
			assert!(held.iter().all(Option::is_some), "{text}");
		}
		let addresses = Addresses::new(1);
		let _one = addresses.take(address("127.0.0.1")).unwrap();
		assert!(addresses.take(address("127.0.0.1")).is_none());
	}
}
