-- Cases that were in the queue and left it unseen for those of an open incident. Apart from left_out, which an incident's
-- routing sets anew each time.
ALTER TABLE review_overflow ADD COLUMN gave_way bigint NOT NULL DEFAULT 0;
