//! Checks over frames: findings and dispositions
