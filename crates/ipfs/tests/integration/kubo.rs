//! Tests against a real Kubo: the same bytes have the same CIDs, and the client understands Kubo.

use crate::common::{cut, kubo_binary, pattern::Pattern, Repository};
use salus_ipfs::{
	fetch,
	inspect::{self, inspect, Exposure, Opening},
	kubo::{Error, PinKind},
	unixfs::DagWriter,
	Cid, Codec, Dag,
};
use tokio::net::TcpSocket;

const MIB: u64 = 1 << 20;

fn dag_of(size: u64) -> Dag {
	let mut writer = DagWriter::new(std::io::sink());
	std::io::copy(&mut Pattern::new(size), &mut writer).unwrap();
	writer.finish().unwrap().0
}

/// The unit tests of `content::unixfs` have these CIDs as vectors.
#[test]
fn roots_are_equal() {
	let Some(binary) = kubo_binary("roots_are_equal") else {
		return;
	};
	let repository = Repository::new(binary);
	for size in [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB / 2, 100 * MIB, 1025 * MIB] {
		let root = dag_of(size).root;
		println!("{size} {root}");
		assert_eq!(repository.hash(Pattern::new(size)), root, "of {size} bytes");
	}
}

/// The flags of the profile, for a Kubo with other defaults.
#[test]
fn roots_are_equal_with_explicit_flags() {
	let Some(binary) = kubo_binary("roots_are_equal_with_explicit_flags") else {
		return;
	};
	let repository = Repository::new(binary);
	let flags = [
		"add",
		"--only-hash",
		"--quieter",
		"--cid-version=1",
		"--hash=sha2-256",
		"--raw-leaves",
		"--chunker=size-1048576",
		"--max-file-links=1024",
	];
	let size = 3 * MIB + 5;
	let root = String::from_utf8(repository.run_with(&flags, Pattern::new(size))).unwrap();
	assert_eq!(root.trim(), dag_of(size).root.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_go_out_and_come_back() {
	let Some(binary) = kubo_binary("blocks_go_out_and_come_back") else {
		return;
	};
	let daemon = Repository::new(binary).daemon();
	let kubo = daemon.client();

	assert!(kubo.version().await.unwrap().version.starts_with("0."));
	let identity = kubo.id().await.unwrap();
	assert!(identity.agent_version.starts_with("kubo/"), "{identity:?}");

	let bytes = Pattern::bytes(5 * MIB as usize / 2);
	let (dag, blocks) = cut(&bytes);
	for block in &blocks {
		assert_eq!(kubo.block_stat(&block.cid).await.unwrap(), None);
		assert_eq!(kubo.block_get_offline(&block.cid).await.unwrap(), None);
		kubo.block_put(&block.cid, block.data.clone()).await.unwrap();
		kubo.block_put(&block.cid, block.data.clone()).await.unwrap();
		let length = block.data.len() as u64;
		assert_eq!(kubo.block_stat(&block.cid).await.unwrap(), Some(length));
	}
	assert_eq!(kubo.pin_kind(&dag.root).await.unwrap(), None);
	kubo.pin_add(&dag.root).await.unwrap();
	kubo.pin_add(&dag.root).await.unwrap();
	assert_eq!(kubo.pin_kind(&dag.root).await.unwrap(), Some(PinKind::Recursive));
	assert_eq!(kubo.pin_kind(&blocks[0].cid).await.unwrap(), Some(PinKind::Indirect));
	assert_eq!(kubo.pin_ls().await.unwrap(), [dag.root]);
	let leaves: Vec<Cid> = dag.leaves.iter().map(|leaf| leaf.cid).collect();
	assert_eq!(kubo.refs(&dag.root).await.unwrap(), leaves);

	// Kubo puts the file together as it was, and so does `fetch`.
	assert!(kubo.cat(&dag.root, bytes.len()).await.unwrap() == bytes);
	let short = kubo.cat(&dag.root, bytes.len() - 1).await;
	assert!(matches!(short, Err(Error::TooLarge { .. })), "{short:?}");
	assert!(fetch::cat(&kubo, &dag.root, bytes.len() as u64).await.unwrap() == bytes);

	let kept = kubo.block_rm(&blocks[0].cid).await;
	assert!(matches!(kept, Err(Error::Refused { .. })), "{kept:?}");
	assert!(kubo.pin_rm(&dag.root).await.unwrap());
	assert!(!kubo.pin_rm(&dag.root).await.unwrap());
	kubo.block_rm(&blocks[0].cid).await.unwrap();
	kubo.block_rm(&blocks[0].cid).await.unwrap();
	assert_eq!(kubo.block_stat(&blocks[0].cid).await.unwrap(), None);
	kubo.repo_gc().await.unwrap();
	assert_eq!(kubo.block_stat(&dag.root).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_another_cid_are_detected() {
	let Some(binary) = kubo_binary("bytes_of_another_cid_are_detected") else {
		return;
	};
	let daemon = Repository::new(binary).daemon();
	let kubo = daemon.client();
	let cid = Cid::of(Codec::Raw, b"right");
	let result = kubo.block_put(&cid, &b"wrong"[..]).await;
	assert!(matches!(result, Err(Error::WrongCid { .. })), "{result:?}");
	// Kubo refuses to pin a block that it lacks.
	let result = kubo.pin_add(&cid).await;
	assert!(matches!(result, Err(Error::Refused { .. })), "{result:?}");
}

/// The commands in the error, run unchanged, close the Kubo.
#[tokio::test(flavor = "multi_thread")]
async fn the_commands_in_the_error_close_an_open_kubo() {
	let Some(binary) = kubo_binary("the_commands_in_the_error_close_an_open_kubo") else {
		return;
	};
	let repository = Repository::new(binary);
	let public = "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";
	let bootstrap = format!("[\"{public}\"]");
	repository.run(&["config", "--json", "Bootstrap", &bootstrap]);
	let swarm = "[\"/ip4/0.0.0.0/tcp/4001\"]";
	repository.run(&["config", "--json", "Addresses.Swarm", swarm]);
	let daemon = repository.daemon();
	let error = inspect(&daemon.client()).await.unwrap_err();
	assert!(!error.is_transient() && !error.is_unreachable(), "{error}");
	let inspect::Error::Open { openings, .. } = &error else {
		panic!("{error}");
	};
	let expected = [Opening::Routing(None), Opening::Bootstrap(public.into())];
	assert_eq!(*openings, expected);
	let words = error.to_string();
	let commands = words.split('`').filter(|part| part.starts_with("ipfs "));
	let commands: Vec<&str> = commands.collect();
	assert_eq!(commands.len(), 2, "{words}");

	let url = daemon.url.clone();
	let repository = daemon.stop();
	// A socket that does not listen refuses connections, and keeps the port from others.
	let socket = TcpSocket::new_v4().unwrap();
	socket.set_reuseaddr(true).unwrap();
	socket.bind(url.trim_start_matches("http://").parse().unwrap()).unwrap();
	for command in commands {
		let arguments = command.trim_start_matches("ipfs ").replace('\'', "");
		repository.run(&arguments.split(' ').collect::<Vec<_>>());
	}
	let down = salus_ipfs::kubo::Kubo::new(&url, Default::default()).unwrap();
	let error = inspect(&down).await.unwrap_err();
	assert!(error.is_transient() && error.is_unreachable(), "{error}");

	let daemon = repository.daemon();
	let exposed = inspect(&daemon.client()).await.unwrap();
	assert_eq!(exposed, [Exposure::Swarm("/ip4/0.0.0.0/tcp/4001".into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_with_an_old_configuration_is_open() {
	let Some(binary) = kubo_binary("a_daemon_with_an_old_configuration_is_open") else {
		return;
	};
	let daemon = Repository::new(binary).online_daemon();
	daemon.repository.run(&["config", "Routing.Type", "none"]);
	let error = inspect(&daemon.client()).await.unwrap_err();
	let inspect::Error::Open { openings, .. } = &error else {
		panic!("{error}");
	};
	assert!(matches!(openings[..], [Opening::Dht(_)]), "{openings:?}");
	let daemon = daemon.stop().online_daemon();
	assert_eq!(inspect(&daemon.client()).await.unwrap(), []);
}
