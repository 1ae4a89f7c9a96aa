//! Executor of the runtime: the SDK's Wasm executor, with compiled runtimes kept on disk.
//!
//! At every start a node compiles the runtime to machine code, which takes many seconds. The result
//! is kept here and reused, unless the runtime, the node or the processor has changed. Only the
//! node's user may access the folder, because its contents decide what the node executes.

use std::path::{Path, PathBuf};

use sc_executor::{HeapAllocStrategy, WasmExecutor, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_service::{error::Error, Configuration};

use crate::files::make_private;

/// Host functions that the runtime may call.
type Functions = sp_io::SubstrateHostFunctions;

/// Executor of the chain's runtime.
pub type Executor = WasmExecutor<Functions>;

/// Builds the executor from the configuration. `cache` is the folder for compiled runtimes, by
/// default in the chain's folder.
pub fn executor(config: &Configuration, cache: Option<&Path>) -> Result<Executor, Error> {
	let cache = cache.map_or_else(|| default_cache(config), Path::to_owned);
	// The compiler takes only an absolute path, and otherwise keeps nothing.
	let cache = std::path::absolute(&cache).and_then(|path| make_private(&path).map(|()| path));
	let cache = cache.map_err(|error| {
		Error::Other(format!("cannot make the folder for compiled runtimes: {error}"))
	})?;
	let heap = config.executor.default_heap_pages.map_or(DEFAULT_HEAP_ALLOC_STRATEGY, |pages| {
		HeapAllocStrategy::Static { extra_pages: u32::try_from(pages).unwrap_or(u32::MAX) }
	});
	Ok(Executor::builder()
		.with_execution_method(config.executor.wasm_method)
		.with_onchain_heap_alloc_strategy(heap)
		.with_offchain_heap_alloc_strategy(heap)
		.with_max_runtime_instances(config.executor.max_runtime_instances)
		.with_runtime_cache_size(config.executor.runtime_cache_size)
		.with_cache_path(cache)
		.build())
}

fn default_cache(config: &Configuration) -> PathBuf {
	config.base_path.config_dir(config.chain_spec.id()).join("compiled")
}
