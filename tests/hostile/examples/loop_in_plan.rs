//! Loops for ever while the job is planned.
#![cfg(target_arch = "wasm32")]

struct LoopInPlan;

impl hostile::Extract for LoopInPlan {
    fn plan(_config: &str) -> Result<hostile::Source, hostile::Error> {
        hostile::spin()
    }
}

hostile::extract!(LoopInPlan);
