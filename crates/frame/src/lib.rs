//! The columns of frames, in one place
