//! Check that the ports for peers are free.

use std::{
	io,
	net::{IpAddr, TcpListener},
};

use sc_network::{multiaddr::Protocol, Multiaddr};

/// Refuses to start if another program uses a port for peers. Otherwise the network would silently
/// drop that address, and nobody could reach the node.
pub fn check(addresses: &[Multiaddr]) -> Result<(), String> {
	for address in addresses {
		let mut parts = address.iter();
		let (ip, port) = match (parts.next(), parts.next()) {
			(Some(Protocol::Ip4(ip)), Some(Protocol::Tcp(port))) => (IpAddr::V4(ip), port),
			(Some(Protocol::Ip6(ip)), Some(Protocol::Tcp(port))) => (IpAddr::V6(ip), port),
			_ => continue,
		};
		match TcpListener::bind((ip, port)) {
			Err(error) if port != 0 && error.kind() == io::ErrorKind::AddrInUse => {
				return Err(format!(
					"cannot listen for peers on {address}: {error}; end the program that uses the \
					 port, or choose another one with `--port`"
				))
			}
			_ => {}
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::net::TcpSocket;

	#[tokio::test]
	async fn a_port_used_by_another_program_is_refused() {
		// A bound socket reserves the port for this test. It does not use it before it listens.
		let other = TcpSocket::new_v4().unwrap();
		other.set_reuseaddr(true).unwrap();
		other.bind("127.0.0.1:0".parse().unwrap()).unwrap();
		let port = other.local_addr().unwrap().port();
		let address =
			|port: u16| -> Multiaddr { format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap() };
		assert_eq!(check(&[address(0), address(port)]), Ok(()));
		let _other = other.listen(1).unwrap();
		let refusal = check(&[address(0), address(port)]).unwrap_err();
		assert!(refusal.contains(&port.to_string()), "{refusal}");
	}
}
