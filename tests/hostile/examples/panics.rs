//! Panics over every chunk.

struct Panics;

impl hostile::Transform for Panics {
    fn process(_chunk: Vec<u8>) -> Result<(), hostile::Error> {
        panic!("the guest lost its temper")
    }
}

hostile::transform!(Panics);
