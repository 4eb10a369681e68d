-- The row lock makes commits take turns from here on: cursor order is commit order.
UPDATE feed_clock SET seq = seq + 1 WHERE id = 1 RETURNING seq
