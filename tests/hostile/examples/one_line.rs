//! Behaves: an extract of one line, with no file behind it.

struct OneLine;

impl hostile::Extract for OneLine {}

hostile::extract!(OneLine);
