//! Reads everything under config and reports all problems together
