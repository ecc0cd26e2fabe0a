//! Sleeps and never wakes.
#![cfg(target_arch = "wasm32")]

struct SleepForever;

impl hostile::Transform for SleepForever {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        std::thread::sleep(std::time::Duration::from_secs(86_400));
        Ok(())
    }
}

hostile::transform!(SleepForever);
