//! openraft's own tests of a store.

use openraft::StorageError;
use openraft::testing::log::{StoreBuilder, Suite};
use tempfile::TempDir;

use crate::ReplicaConfig;
use crate::replica::apply::Applier;
use crate::replica::raft::Types;
use crate::replica::stop::Halt;
use crate::replica::store::{LogStore, Store, Writer};
use bubbles_pipeline::NodeId;

struct InFolder;

impl StoreBuilder<Types, LogStore, Applier, (Writer, TempDir)> for InFolder {
    async fn build(&self) -> Result<((Writer, TempDir), LogStore, Applier), StorageError<Types>> {
        let folder = tempfile::tempdir().unwrap();
        let config = ReplicaConfig::new(NodeId(0), folder.path());
        let halt = Halt::default();
        let store = Store::open(&config, halt.clone()).await.unwrap();
        let applier = Applier::new(store.snapshot, store.snapshots, halt).unwrap();
        Ok(((store.writer, folder), store.log, applier))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openrafts_storage_suite_passes() {
    Suite::test_all(InFolder).await.unwrap();
}
