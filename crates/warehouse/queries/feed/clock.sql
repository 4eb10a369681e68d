SELECT seq FROM feed_clock WHERE id = 1
