//! Collects artifacts into the content-addressed landing area
