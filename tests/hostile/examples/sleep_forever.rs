//! Sleeps and never wakes.

struct SleepForever;

impl hostile::Transform for SleepForever {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        std::thread::sleep(std::time::Duration::from_secs(86_400));
        Ok(())
    }
}

hostile::transform!(SleepForever);
