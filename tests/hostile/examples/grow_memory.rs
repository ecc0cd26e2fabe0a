//! Takes memory, and touches it, until there is no more.
#![cfg(target_arch = "wasm32")]

struct GrowMemory;

impl hostile::Transform for GrowMemory {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        let mut taken = Vec::new();
        loop {
            taken.push(std::hint::black_box(vec![1_u8; 1 << 20]));
        }
    }
}

hostile::transform!(GrowMemory);
