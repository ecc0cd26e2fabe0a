//! Loops for ever once the job has decided to commit.
#![cfg(target_arch = "wasm32")]

struct LoopInCommit;

impl hostile::Load for LoopInCommit {
    fn commit(_config: &str) -> Result<(), hostile::Error> {
        hostile::spin()
    }
}

hostile::load!(LoopInCommit);
