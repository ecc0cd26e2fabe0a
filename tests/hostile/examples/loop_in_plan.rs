//! Loops for ever while the job is planned.

struct LoopInPlan;

impl hostile::Extract for LoopInPlan {
    fn plan(_config: &str) -> Result<hostile::Source, hostile::Error> {
        hostile::spin()
    }
}

hostile::extract!(LoopInPlan);
